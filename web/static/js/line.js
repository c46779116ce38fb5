// The card of the line: its state as it is now, the clock beside it, what to do about consent.

import { listen } from "./live.js";
import { clockWords, fullTimes, lengthWords } from "./when.js";

const card = document.getElementById("line");
const script = document.getElementById("script");
const part = Object.fromEntries([...card.querySelectorAll("[data-is]")].map((e) => [e.dataset.is, e]));
const bar = card.querySelector(".meter i");
const lamp = card.querySelector(".lamp use");
let skew = Number(card.dataset.now) - Date.now() / 1000;
let since = part.clock.hidden ? 0 : Number(card.dataset.since);

function tick() {
  if (since) part.clock.textContent = lengthWords(Date.now() / 1000 + skew - since);
}

function text(element, value) {
  if (element.textContent !== value) element.textContent = value;
}

// dBov to the share of the meter: -60 empty, 0 full.
function share(dbov) {
  return Math.min(1, Math.max(0, (dbov + 60) / 60));
}

function show(data) {
  const line = data.line;
  skew = data.now_utc - Date.now() / 1000;
  since = line.timed ? line.since_utc : 0;
  card.dataset.tone = line.tone;
  const said = { ...line, ...data.said?.[document.documentElement.lang] };
  text(part.words, said.words);
  text(part.detail, said.detail);
  text(part.number, line.number ?? "");
  part.clock.hidden = !line.timed;
  part.rec.hidden = !line.recording;
  bar.style.transform = `scaleX(${share(line.level_dbov ?? -120).toFixed(3)})`;
  bar.classList.toggle("hot", line.peak_dbov > -1);
  if (line.card !== undefined && line.card !== script.dataset.key) fetchCard(line.card);
  const symbol = lamp.getAttribute("href").replace(/#.*/, `#${line.icon}`);
  if (lamp.getAttribute("href") !== symbol) lamp.setAttribute("href", symbol);
  tick();
}

// What to do about consent: rendered by the server, fetched when its state changes.
async function fetchCard(key) {
  script.dataset.key = key;
  const answer = await fetch(script.dataset.card, { headers: { Accept: "text/html" } });
  if (!answer.ok || answer.redirected || script.dataset.key !== key) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  fullTimes(page);
  script.replaceChildren(...page.body.childNodes);
}

// A button tells the recorder; the card changes when the recorder's state does.
script.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  const buttons = form.querySelectorAll("button");
  for (const button of buttons) button.disabled = true;
  const answer = await fetch(form.action, {
    method: "POST",
    body: new URLSearchParams(new FormData(form, event.submitter)),
    headers: { Accept: "application/json" },
  }).catch(() => null);
  for (const button of buttons) button.disabled = false;
  if (answer?.ok) return;
  const trouble = document.createElement("p");
  trouble.className = "trouble";
  trouble.setAttribute("role", "alert");
  trouble.textContent = script.dataset.trouble;
  form.closest(".script-card").append(trouble);
});

// Nothing shown may be taken for the state of the line any more.
let heard = new Date();
function lost() {
  const detail = card.dataset.lostDetail.replace("{time}", clockWords(heard));
  show({
    now_utc: Date.now() / 1000 + skew,
    line: { tone: "bad", icon: "warning", words: card.dataset.lost, detail },
  });
}

function told(data) {
  heard = new Date();
  show(data);
}

// Keep the card true; `onChange` is told when a call has come or changed.
export function watchLine(onChange) {
  fullTimes(script);
  tick();
  setInterval(tick, 500);
  listen({
    events: card.dataset.events,
    status: card.dataset.status,
    change: Number(card.dataset.change),
    onStatus: told,
    onChange,
    onTrouble: lost,
  });
}
