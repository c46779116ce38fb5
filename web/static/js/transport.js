// The audio element and what can be done with it; the rest of the page listens to it.

import { habits, keep, keepPlace, startingPlace } from "./habits.js";

const LOOP_S = 8, SETTLED_S = 0.25;

export class Transport extends EventTarget {
  constructor(box) {
    super();
    this.box = box;
    this.audio = box.querySelector("audio");
    this.seconds = Number(box.dataset.seconds);
    this.version = "listening";
    this.habits = habits();
    this.loop = null; // [from, to] in seconds
    this.pausedAt = null;
    this.drag = null; // seconds under the finger while it is down
    this.gate = null; // what has to be done before anything sounds
    this.audio.preservesPitch = true;
    this.audio.currentTime = startingPlace(box.dataset.call, this.seconds);
    this.setVolume(this.habits.volume);
    this.setSpeed(this.habits.speed);
    this.listen();
  }

  listen() {
    const { audio } = this;
    for (const name of ["play", "pause", "ended"]) audio.addEventListener(name, () => this.tell("turned"));
    for (const name of ["seeked", "timeupdate", "loadedmetadata"]) audio.addEventListener(name, () => this.tick());
    audio.addEventListener("play", () => this.follow());
    audio.addEventListener("pause", () => { this.pausedAt = audio.currentTime; });
    audio.addEventListener("error", () => this.fail());
    // Far into a long call the box may need a moment to make the listening copy.
    const busy = { waiting: true, playing: false, pause: false, error: false };
    for (const [name, is] of Object.entries(busy)) audio.addEventListener(name, () => this.tell("busy", is));
    addEventListener("pagehide", () => keepPlace(this.box.dataset.call, audio.currentTime));
  }

  tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  on(name, action) {
    this.addEventListener(name, (event) => action(event.detail));
  }

  get at() {
    return this.drag ?? this.audio.currentTime;
  }

  get playing() {
    return !this.audio.paused;
  }

  tick() {
    if (this.loop && this.playing && this.audio.currentTime >= this.loop[1]) this.audio.currentTime = this.loop[0];
    this.tell("tick");
  }

  follow() {
    this.tick();
    if (this.playing) requestAnimationFrame(() => this.follow());
  }

  clamp(at) {
    return Math.min(this.seconds, Math.max(0, at));
  }

  seek(at) {
    const to = this.clamp(at);
    if (this.loop && (to < this.loop[0] || to > this.loop[1])) this.setLoop(null);
    this.audio.currentTime = to;
    this.tell("tick");
  }

  by(seconds) {
    this.seek(this.audio.currentTime + seconds);
  }

  // Is it where it was stopped?  A browser settles a little later than it says so.
  stands() {
    return this.pausedAt !== null && Math.abs(this.pausedAt - this.audio.currentTime) < SETTLED_S;
  }

  play() {
    if (this.gate) return this.gate();
    const { audio } = this;
    if (audio.currentTime >= this.seconds - 0.05) audio.currentTime = 0;
    else if (this.habits.backstep && this.stands()) this.by(-this.habits.backstep);
    this.pausedAt = null;
    this.tell("trying");
    return audio.play().catch((error) => {
      if (error.name === "AbortError") return;
      if (error.name === "NotAllowedError") this.tell("unasked"); // the browser wants a press
      else this.fail();
    });
  }

  pause() {
    this.audio.pause();
    this.pausedAt = this.audio.currentTime; // its event comes later
  }

  toggle() {
    if (this.playing) this.pause();
    else this.play();
  }

  playFrom(at) {
    this.seek(at);
    this.play();
  }

  setSpeed(value) {
    this.audio.defaultPlaybackRate = this.audio.playbackRate = Number(value);
    this.remember({ speed: String(value) });
  }

  setVolume(value) {
    this.audio.volume = Math.min(1, Math.max(0, Number(value)));
    this.remember({ volume: this.audio.volume });
  }

  remember(changed) {
    this.habits = keep(changed);
    this.tell("habits");
  }

  // The last seconds again and again, until it is asked for once more.
  toggleLoop() {
    if (this.loop) return this.setLoop(null);
    const to = Math.max(this.audio.currentTime, Math.min(1, this.seconds));
    this.setLoop([Math.max(0, to - LOOP_S), to]);
    this.audio.currentTime = this.loop[0];
    this.play();
  }

  setLoop(span) {
    this.loop = span;
    this.tell("loop");
  }

  // The same second and speed in the other version; playing goes on if it was playing.
  choose(name) {
    const { audio, playing } = this;
    const at = audio.currentTime;
    this.version = name;
    audio.src = this.box.dataset[name];
    // Nothing is fetched before somebody plays (load() would); it then begins here.
    audio.playbackRate = audio.defaultPlaybackRate;
    audio.currentTime = at;
    if (playing) this.play();
    this.tell("version");
    this.tell("tick");
  }

  // The box may have locked itself, want a reason, or the session be over: the page says so.
  async fail() {
    const answer = await fetch(this.audio.src, { method: "HEAD" }).catch(() => null);
    if (answer && [401, 403, 404, 423, 428].includes(answer.status)) {
      keepPlace(this.box.dataset.call, this.audio.currentTime);
      return location.reload();
    }
    this.tell("failed");
  }
}
