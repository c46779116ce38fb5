// Keys of the player, and pedals, which are keys that somebody has taught it.

const TYPING = "input:not([type=checkbox], [type=radio], [type=range]), select, textarea";

// A pedal sends a key that prints nothing; it then works while somebody types, too.
const PRINTS = /^(Key|Digit|Numpad|Space$|Bracket|Semicolon|Quote|Comma|Period|Slash|Minus|Equal|Back|Intl)/;
const NEVER = new Set(["Tab", "Escape", "Enter", "ShiftLeft", "ShiftRight"]);

export class Keys {
  constructor(player, actions) {
    this.player = player;
    this.actions = actions;
    this.teaching = null;
    addEventListener("keydown", (event) => this.down(event), { capture: true });
    addEventListener("keyup", (event) => this.up(event), { capture: true });
  }

  // The next key pressed is this pedal's; Escape leaves it as it was.
  teach(name, done) {
    this.teaching = { name, done };
  }

  down(event) {
    if (this.teaching) return this.learn(event);
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const pedal = this.pedal(event);
    if (pedal) {
      event.preventDefault();
      event.stopPropagation();
      if (!event.repeat) this.press(pedal);
      return;
    }
    if (document.querySelector("dialog[open]") || event.target.closest?.(TYPING)) return;
    this.letter(event);
  }

  up(event) {
    if (this.pedal(event) === "play" && this.player.habits.hold) this.player.pause();
  }

  learn(event) {
    event.preventDefault();
    event.stopPropagation();
    if (event.repeat || (NEVER.has(event.code) && event.code !== "Escape")) return;
    const { name, done } = this.teaching;
    this.teaching = null;
    if (event.code !== "Escape") {
      const pedal = Object.fromEntries(
        Object.entries(this.player.habits.pedal).filter(([, code]) => code !== code_of(event)));
      this.player.remember({ pedal: { ...pedal, [name]: code_of(event) } });
    }
    done();
  }

  pedal(event) {
    const code = code_of(event);
    if (PRINTS.test(code) && event.target.closest?.(TYPING)) return null;
    return Object.entries(this.player.habits.pedal).find(([, taught]) => taught === code)?.[0] ?? null;
  }

  press(name) {
    if (name !== "play") return this.actions[name]();
    if (this.player.habits.hold) return this.player.play();
    this.player.toggle();
  }

  letter(event) {
    const { key } = event;
    // A focused button, link or fold keeps its own space bar; a focused slider its arrows.
    if (key === " " && event.target.closest("button, a, summary, input")) return;
    if (key.startsWith("Arrow") && event.target.closest("input, #lane")) return;
    if (/^[0-9]$/.test(key) && this.player.habits.letters) {
      event.preventDefault();
      return this.player.seek((this.player.seconds * Number(key)) / 10);
    }
    const name = key.length === 1 && event.shiftKey && /[a-z]/i.test(key) ? `Shift+${key.toLowerCase()}` : key.toLowerCase();
    const one = KEYS[name];
    if (!one || !(this.player.habits.letters || key.length > 1 || key === " ")) return;
    event.preventDefault();
    this.actions[one]();
  }
}

function code_of(event) {
  return event.code || event.key;
}

//: key -> action; the page's help lists the same.
export const KEYS = {
  " ": "toggle", k: "toggle", j: "longBack", arrowleft: "back", arrowright: "forward",
  home: "begin", end: "finish", "<": "slower", ">": "faster", l: "loop", s: "skip",
  t: "nextTurn", "Shift+t": "lastTurn", m: "nextMark", "Shift+m": "lastMark",
  n: "note", u: "next", v: "version", c: "link", "?": "help",
};
