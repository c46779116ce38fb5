// One call's page: times, the player, and the page's own change from recording to kept.

import { listen } from "./live.js";
import { startPlayer } from "./player.js";
import { fullTimes, shortTimes } from "./when.js";

fullTimes(document);
shortTimes(document.getElementById("when"));
startPlayer();

const call = document.getElementById("call");
if (call.dataset.final !== "yes") {
  listen({
    events: call.dataset.events,
    status: call.dataset.status,
    onChange: async () => {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      if (!answer.ok || answer.redirected) return location.reload();
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const state = page.getElementById("call")?.dataset.state;
      const playing = document.querySelector("audio")?.paused === false;
      if (state !== call.dataset.state && !playing) location.reload();
    },
  });
}
