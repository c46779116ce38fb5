// Pages without more script than times in the reader's own zone.

import { fullTimes } from "./when.js";

fullTimes(document);
