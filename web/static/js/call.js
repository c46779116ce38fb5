// One call's page: times, the player, and the page's own change from going on to kept.

import { listen } from "./live.js";
import { startPlayer } from "./player.js";
import { fullTimes, lengthWords, shortTimes } from "./when.js";

fullTimes(document);
shortTimes(document.getElementById("when"));
startPlayer();
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}

const call = document.getElementById("call");
const going = document.getElementById("going");
if (call.dataset.final !== "yes") {
  listen({
    events: call.dataset.events,
    status: call.dataset.status,
    onStatus: going ? showGoing() : undefined,
    onChange: look,
  });
}

// The page of a call that goes on tells what the line hears, and how long it lasts.
function showGoing() {
  const part = Object.fromEntries([...going.querySelectorAll("[data-is]")].map((e) => [e.dataset.is, e]));
  const since = Number(going.dataset.since);
  const bar = going.querySelector(".meter i");
  let skew = Number(going.dataset.now) - Date.now() / 1000;
  const tick = () => { part.clock.textContent = lengthWords(Date.now() / 1000 + skew - since); };
  tick();
  setInterval(tick, 500);
  return (data) => {
    skew = data.now_utc - Date.now() / 1000;
    const line = data.lines?.find((one) => one.call_id === going.dataset.call);
    if (!line) return lookSoon();
    const said = line.id === data.line.id ? data.said?.[document.documentElement.lang] : null;
    const words = said?.words ?? line.words;
    if (part.words.textContent !== words) part.words.textContent = words;
    part.rec.hidden = !line.recording;
    bar.style.transform = `scaleX(${Math.min(1, Math.max(0, (line.level_dbov + 60) / 60)).toFixed(3)})`;
  };
}

// The line has let go of the call: its record follows within seconds.
let waiting = 0;
function lookSoon() {
  waiting ||= setTimeout(() => { waiting = 0; look(); }, 1000);
}

// What is known of the call has changed: its list in place, or the whole page.
async function look() {
  const answer = await fetch(location.pathname, { headers: { Accept: "text/html" } });
  if (!answer.ok || answer.redirected) return location.reload();
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const state = page.getElementById("call")?.dataset.state;
  const playing = document.querySelector("audio")?.paused === false;
  if (playing) return;
  if (state !== call.dataset.state) return location.reload();
  if (!going) return;
  fullTimes(page);
  for (const id of ["events"]) {
    const fresh = page.getElementById(id);
    const mine = document.getElementById(id);
    if (fresh.innerHTML !== mine.innerHTML) mine.replaceChildren(...fresh.childNodes);
  }
}
