// The player: a waveform one can click, drag and steer by keys, over an audio element.

import { Keys } from "./playerkeys.js";
import { Lane } from "./lane.js";
import { startNext } from "./next.js";
import { startPanel } from "./panel.js";
import { startPins } from "./pins.js";
import { startSession } from "./session.js";
import { fetchPauses, Skipper } from "./silence.js";
import { Transport } from "./transport.js";
import { Band, changes, fetchTurns, jump } from "./turns.js";
import { Wave } from "./wave.js";
import { lengthWords } from "./when.js";

const STEP_S = 5;
const LONG_S = 10;

export function startPlayer() {
  const box = document.getElementById("player");
  if (!box?.querySelector("audio")) return null;
  const player = new Transport(box);
  const slider = box.querySelector("#wave");
  const wave = new Wave(slider.querySelector("canvas"), player.seconds);
  const lane = new Lane(box.querySelector("#lane"), player, box.dataset.icons);
  let marks = [];
  let turns = [];

  for (const part of box.querySelectorAll("[data-script]")) part.hidden = false;
  player.audio.controls = false;
  player.audio.hidden = true;

  function setMarks(found) {
    marks = found;
    wave.setMarks(found);
    lane.set(found);
    for (const part of box.querySelectorAll("[data-for=marks]")) part.hidden = found.length === 0;
  }

  function go(places, forward) {
    const to = jump(places, player.audio.currentTime, forward);
    if (to !== null) player.seek(to);
  }

  const next = startNext(player);
  const skipper = new Skipper(player, () => panel.tellSaved());
  const pins = startPins(player, setMarks);
  const actions = {
    toggle: () => player.toggle(),
    back: () => player.by(-STEP_S),
    forward: () => player.by(STEP_S),
    longBack: () => player.by(-LONG_S),
    begin: () => player.seek(0),
    finish: () => player.seek(player.seconds),
    loop: () => player.toggleLoop(),
    nextTurn: () => go(changes(turns), true),
    lastTurn: () => go(changes(turns), false),
    nextMark: () => go(marks.map((mark) => mark.at), true),
    lastMark: () => go(marks.map((mark) => mark.at), false),
    note: () => pins?.open(),
    next,
  };
  const keys = new Keys(player, actions);
  const panel = startPanel({ player, actions, keys, skipper });
  Object.assign(actions, panel.actions);
  startSession(player, (forward) => go(marks.map((mark) => mark.at), forward), next);
  startSlider(player, slider, wave);
  setMarks(JSON.parse(box.dataset.marks));

  player.on("tick", () => wave.show(player.at, player.loop));
  player.on("loop", () => wave.show(player.at, player.loop));
  fetch(box.dataset.peaks)
    .then((answer) => (answer.ok ? answer.arrayBuffer() : Promise.reject(new Error(answer.statusText))))
    .then((bytes) => wave.setPeaks(new Int8Array(bytes)))
    .catch(() => wave.setPeaks(new Int8Array(0)));
  const heard = fetchTurns(box.dataset.turns);
  heard.then((told) => {
    turns = told.turns;
    showTurns(box, player, told);
  });
  async function look() {
    if (!player.habits.skip || skipper.pauses) return;
    skipper.pauses = await fetchPauses(box.dataset.peaks, player.seconds, heard);
    panel.tellSaved();
  }
  player.on("habits", look);
  look();
  player.tell("tick");
  player.tell("habits");
  if (new URLSearchParams(location.search).has("play")) {
    history.replaceState(null, "", location.pathname); // a reload does not play again
    player.play();
  }
  return player;
}

function showTurns(box, player, { turns, near_share: near }) {
  if (!turns.length) return;
  const canvas = box.querySelector("#turns");
  const legend = box.querySelector("#legend");
  canvas.hidden = legend.hidden = false;
  if (near !== null) {
    const percent = new Intl.NumberFormat(document.documentElement.lang, { style: "percent" });
    legend.querySelector("[data-is=near]").textContent = percent.format(near);
    legend.querySelector("[data-is=far]").textContent = percent.format(1 - near);
  }
  const unsure = turns.some((turn) => turn.sure === false);
  legend.querySelector("[data-is=unsure]").hidden = !unsure;
  for (const part of box.querySelectorAll("[data-for=turns]")) part.hidden = false;
  new Band(canvas, player.seconds, turns).draw();
}

// The waveform as a slider: click, drag, and what lies under the pointer.
function startSlider(player, slider, wave) {
  const tip = slider.querySelector(".tip");

  function show() {
    slider.setAttribute("aria-valuenow", String(Math.round(player.at)));
    slider.setAttribute("aria-valuetext", lengthWords(player.at));
  }

  function point(event) {
    const frame = slider.getBoundingClientRect();
    return player.clamp(((event.clientX - frame.left) / frame.width) * player.seconds);
  }

  function hint(event) {
    const frame = slider.getBoundingClientRect();
    const x = event.clientX - frame.left;
    const mark = wave.markNear(x);
    tip.textContent = lengthWords(point(event)) + (mark ? ` · ${mark.words}` : "");
    tip.hidden = false;
    const half = tip.offsetWidth / 2 + 4;
    tip.style.left = `${Math.min(frame.width - half, Math.max(half, x))}px`;
  }

  function drag(at) {
    player.drag = at;
    player.tell("tick");
  }

  slider.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    slider.setPointerCapture(event.pointerId);
    drag(point(event));
  });
  slider.addEventListener("pointermove", (event) => {
    hint(event);
    if (player.drag !== null) drag(point(event));
  });
  slider.addEventListener("pointerup", () => {
    if (player.drag === null) return;
    const at = player.drag;
    player.drag = null;
    player.seek(at);
  });
  slider.addEventListener("pointercancel", () => drag(null));
  slider.addEventListener("pointerleave", () => { tip.hidden = true; });
  player.on("tick", show);
}
