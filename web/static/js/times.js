// Pages with little script: times in the reader's own zone, the chosen tab in sight.

import { fullTimes } from "./when.js";

fullTimes(document);
document.querySelector(".tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}
