// The controls around the waveform: they show the player's state and change it.

import { lengthWords } from "./when.js";

const REASON = "form.why";

export function startPanel({ player, actions, keys, skipper }) {
  const { box, audio } = player;
  const part = Object.fromEntries([...box.querySelectorAll("[data-is]")].map((e) => [e.dataset.is, e]));
  const words = JSON.parse(box.dataset.words);
  const go = box.querySelector("[data-do=toggle]");
  const speed = box.querySelector("#speed");
  const help = document.getElementById("help");
  const playWords = go.getAttribute("aria-label");

  const own = {
    slower: () => stepSpeed(-1),
    faster: () => stepSpeed(1),
    skip: () => player.remember({ skip: !player.habits.skip }),
    version: () => player.choose(player.version === "listening" ? "original" : "listening"),
    link: copyLink,
    help: () => (help.open ? help.close() : help.showModal()),
  };
  const all = { ...actions, ...own };

  function stepSpeed(by) {
    const next = speed.options[speed.selectedIndex + by];
    if (next) player.setSpeed(next.value);
  }

  function say(text) {
    part.said.textContent = text;
  }

  // Without HTTPS a browser gives no page its clipboard: then the address is shown to copy.
  async function copyLink() {
    const address = new URL(location.href);
    address.search = `?at=${Math.floor(player.at)}`;
    address.hash = "";
    try {
      await navigator.clipboard.writeText(address.href);
      say(words.copied.replace("{time}", lengthWords(player.at)));
    } catch {
      part.address.hidden = false;
      part.address.value = address.href;
      part.address.select();
      say(words.copy);
    }
  }

  function tellSaved() {
    const on = player.habits.skip && skipper.pauses;
    part.saved.hidden = !on;
    if (!on) return;
    part.saved.textContent = skipper.saved
      ? words.saved.replace("{time}", lengthWords(skipper.saved))
      : words.pauses.replace("{time}", lengthWords(skipper.total));
  }

  function show() {
    part.elapsed.textContent = lengthWords(player.at);
  }

  function turned() {
    const symbol = go.querySelector("use");
    symbol.setAttribute("href", symbol.getAttribute("href").replace(/#.*/, player.playing ? "#pause" : "#play"));
    go.setAttribute("aria-label", player.playing ? words.pause : playWords);
    show();
  }

  function showHabits() {
    const { habits } = player;
    speed.value = habits.speed;
    press("skip", habits.skip);
    for (const input of document.querySelectorAll("[data-habit]")) {
      const value = habits[input.dataset.habit];
      if (input.type === "checkbox") input.checked = Boolean(value);
      else input.value = String(value);
    }
    for (const button of document.querySelectorAll("[data-pedal]")) {
      button.querySelector("kbd").textContent = habits.pedal[button.dataset.pedal] ?? words.none;
    }
    tellSaved();
  }

  function press(name, on) {
    box.querySelector(`[data-do=${name}]`)?.setAttribute("aria-pressed", String(on));
  }

  for (const button of document.querySelectorAll("[data-do]")) {
    button.addEventListener("click", () => all[button.dataset.do]());
  }
  for (const input of document.querySelectorAll("[data-habit]")) {
    const name = input.dataset.habit;
    input.addEventListener(input.type === "range" ? "input" : "change", () => {
      if (name === "volume") return player.setVolume(input.value);
      const value = input.type === "checkbox" ? input.checked : input.type === "number" || name === "backstep" ? Number(input.value) : input.value;
      player.remember({ [name]: value });
    });
  }
  for (const button of document.querySelectorAll("[data-pedal]")) {
    const shown = button.querySelector("kbd");
    button.addEventListener("click", () => {
      shown.textContent = words.press;
      keys.teach(button.dataset.pedal, showHabits);
    });
    button.addEventListener("blur", () => {
      keys.teaching = null;
      showHabits();
    });
  }
  speed.addEventListener("change", () => player.setSpeed(speed.value));
  box.querySelector("#version").addEventListener("change", (event) => player.choose(event.target.value));
  document.getElementById("forget-pedals")?.addEventListener("click", () => player.remember({ pedal: {} }));

  player.on("turned", turned);
  player.on("tick", show);
  player.on("habits", showHabits);
  player.on("loop", () => press("loop", Boolean(player.loop)));
  player.on("busy", (is) => go.setAttribute("aria-busy", String(is)));
  player.on("trying", () => { part.trouble.hidden = true; });
  player.on("unasked", () => say(words.unasked));
  player.on("version", () => {
    for (const input of box.querySelectorAll("#version input")) input.checked = input.value === player.version;
  });
  player.on("failed", () => {
    part.trouble.textContent = words.failed;
    part.trouble.hidden = false;
  });
  askWhy(player, say);
  return { actions: own, tellSaved };
}

// Where the owner wants to know why somebody listens, the first sound waits for it.
function askWhy(player, say) {
  const form = player.box.querySelector(REASON);
  if (!form) return;
  player.gate = () => {
    form.scrollIntoView({ block: "nearest" });
    form.querySelector("select").focus();
  };
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const answer = await fetch(form.action, {
      method: "POST", body: new URLSearchParams(new FormData(form)), headers: { Accept: "application/json" },
    }).catch(() => null);
    if (!answer?.ok) {
      const told = await answer?.json().catch(() => null);
      return say(told?.message ?? form.dataset.trouble);
    }
    form.hidden = true;
    player.gate = null;
    say("");
    player.play();
  });
}
