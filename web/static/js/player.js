// The player: an audio element behind a waveform one can click, drag and steer by keys.

import { Wave } from "./wave.js";
import { lengthWords } from "./when.js";

const STEP_S = 5;

export function startPlayer() {
  const box = document.getElementById("player");
  if (!box) return;
  const audio = box.querySelector("audio");
  const slider = box.querySelector("#wave");
  const tip = slider.querySelector(".tip");
  const elapsed = box.querySelector("[data-is=elapsed]");
  const trouble = box.querySelector("[data-is=trouble]");
  const speed = box.querySelector("#speed");
  const go = box.querySelector("[data-do=toggle]");
  const version = box.querySelector("#version");
  const seconds = Number(box.dataset.seconds);
  const wave = new Wave(slider.querySelector("canvas"), seconds, JSON.parse(box.dataset.marks));
  const playWords = go.getAttribute("aria-label");
  let drag = null; // seconds under the finger while it is down

  for (const part of [slider, box.querySelector("#bar"), box.querySelector("#keys"), version]) {
    if (part) part.hidden = false;
  }
  audio.controls = false;
  audio.hidden = true;

  const clamp = (at) => Math.min(seconds, Math.max(0, at));

  function show() {
    const at = drag ?? audio.currentTime;
    elapsed.textContent = lengthWords(at);
    slider.setAttribute("aria-valuenow", String(Math.round(at)));
    slider.setAttribute("aria-valuetext", lengthWords(at));
    wave.show(at);
  }

  function follow() {
    show();
    if (!audio.paused) requestAnimationFrame(follow);
  }

  function seek(at) {
    audio.currentTime = clamp(at);
    show();
  }

  function play() {
    trouble.hidden = true;
    audio.play().catch((error) => {
      if (error.name !== "AbortError") fail();
    });
  }

  function toggle() {
    if (!audio.paused) return audio.pause();
    if (audio.currentTime >= seconds - 0.05) audio.currentTime = 0;
    play();
  }

  function setSpeed(value) {
    speed.value = value;
    audio.playbackRate = Number(value);
  }

  function stepSpeed(by) {
    const next = speed.options[speed.selectedIndex + by];
    if (next) setSpeed(next.value);
  }

  // The box may have locked itself, or the session may be over: the page says so.
  async function fail() {
    const answer = await fetch(audio.src, { method: "HEAD" }).catch(() => null);
    if (answer && [401, 403, 404, 423].includes(answer.status)) return location.reload();
    trouble.textContent = box.dataset.failed;
    trouble.hidden = false;
  }

  // The same second in the other version; playing goes on if it was playing.
  function choose(name) {
    const at = audio.currentTime;
    const playing = !audio.paused;
    audio.src = box.dataset[name];
    // Nothing is fetched before somebody plays (load() would); it then begins here.
    audio.playbackRate = Number(speed.value);
    audio.currentTime = at;
    if (playing) play();
    show();
  }

  function point(event) {
    const frame = slider.getBoundingClientRect();
    return clamp(((event.clientX - frame.left) / frame.width) * seconds);
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

  slider.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    slider.setPointerCapture(event.pointerId);
    drag = point(event);
    show();
  });
  slider.addEventListener("pointermove", (event) => {
    hint(event);
    if (drag === null) return;
    drag = point(event);
    show();
  });
  slider.addEventListener("pointerup", () => {
    if (drag === null) return;
    const at = drag;
    drag = null;
    seek(at);
  });
  slider.addEventListener("pointercancel", () => {
    drag = null;
    show();
  });
  slider.addEventListener("pointerleave", () => { tip.hidden = true; });

  const actions = {
    toggle,
    back: () => seek(audio.currentTime - STEP_S),
    forward: () => seek(audio.currentTime + STEP_S),
  };
  for (const button of box.querySelectorAll("[data-do]")) button.addEventListener("click", actions[button.dataset.do]);
  for (const mark of document.querySelectorAll("[data-seek]")) {
    mark.addEventListener("click", () => { seek(Number(mark.dataset.seek)); play(); });
  }
  speed.addEventListener("change", () => setSpeed(speed.value));
  version?.addEventListener("change", (event) => choose(event.target.value));

  const keys = {
    " ": toggle,
    ArrowLeft: actions.back,
    ArrowRight: actions.forward,
    Home: () => seek(0),
    End: () => seek(seconds),
    "<": () => stepSpeed(-1),
    ">": () => stepSpeed(1),
  };
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, select, textarea")) return;
    // A focused button or link keeps its own space bar.
    if (event.key === " " && event.target.closest("button, a")) return;
    const action = keys[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });

  function turned() {
    const playing = !audio.paused;
    const symbol = go.querySelector("use");
    symbol.setAttribute("href", symbol.getAttribute("href").replace(/#.*/, playing ? "#pause" : "#play"));
    go.setAttribute("aria-label", playing ? box.dataset.pause : playWords);
    follow();
  }
  for (const name of ["play", "pause", "ended"]) audio.addEventListener(name, turned);
  // Far into a long call the box may need seconds to make the listening copy.
  const busy = { waiting: true, playing: false, pause: false, error: false };
  for (const [name, is] of Object.entries(busy)) {
    audio.addEventListener(name, () => go.setAttribute("aria-busy", String(is)));
  }
  for (const name of ["seeked", "timeupdate", "loadedmetadata"]) audio.addEventListener(name, show);
  audio.addEventListener("error", fail);
  audio.preservesPitch = true;

  fetch(box.dataset.peaks)
    .then((answer) => (answer.ok ? answer.arrayBuffer() : Promise.reject(new Error(answer.statusText))))
    .then((bytes) => wave.setPeaks(new Int8Array(bytes)))
    .catch(() => wave.setPeaks(new Int8Array(0)));
  show();
}
