// Symbols above the waveform: what happened when.  One stop of the tab key; arrows go on.

import { lengthWords } from "./when.js";

const ROOM = 26; // CSS pixels of one symbol: finger-sized enough, WCAG 2.2 wants 24

export class Lane {
  constructor(lane, player, sprite) {
    this.lane = lane;
    this.player = player;
    this.sprite = sprite;
    this.marks = [];
    this.many = lane.dataset.many;
    lane.addEventListener("keydown", (event) => this.move(event));
    lane.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (button) player.playFrom(Number(button.dataset.at));
    });
    new ResizeObserver(() => this.draw()).observe(lane);
  }

  set(marks) {
    this.marks = [...marks].sort((a, b) => a.at - b.at);
    this.lane.hidden = marks.length === 0;
    this.draw();
  }

  // What would overlap becomes one symbol that tells of all.
  groups(width) {
    const found = [];
    for (const mark of this.marks) {
      const x = (mark.at / this.player.seconds) * width;
      const last = found.at(-1);
      if (last && x - last.x < ROOM) last.marks.push(mark);
      else found.push({ x, marks: [mark] });
    }
    return found;
  }

  draw() {
    const width = this.lane.clientWidth;
    if (!width) return;
    const focused = this.lane.contains(document.activeElement) ? document.activeElement.dataset.at : null;
    this.lane.replaceChildren(...this.groups(width).map((group) => this.button(group, width)));
    const buttons = [...this.lane.children];
    const now = buttons.find((one) => one.dataset.at === focused) ?? buttons[0];
    if (now) now.tabIndex = 0;
    if (focused !== null) now?.focus();
  }

  button({ x, marks }, width) {
    const button = document.createElement("button");
    const words = marks.slice(0, 6).map((mark) => `${lengthWords(mark.at)} ${mark.words}`);
    if (marks.length > 6) words.push("…");
    button.type = "button";
    button.tabIndex = -1;
    button.dataset.at = String(marks[0].at);
    button.dataset.kind = marks.some((mark) => mark.kind === "pin") ? "pin" : marks[0].kind;
    button.title = words.join("\n");
    button.setAttribute("aria-label", words.join(", "));
    button.style.left = `${Math.min(Math.max(0, x - ROOM / 2), width - ROOM)}px`;
    const pin = marks.find((mark) => mark.kind === "pin");
    button.append(this.symbol((pin ?? marks[0]).icon));
    if (marks.length > 1) button.dataset.count = marks.length > 9 ? "9+" : String(marks.length);
    return button;
  }

  symbol(name) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
    svg.setAttribute("class", "icon");
    svg.setAttribute("aria-hidden", "true");
    use.setAttribute("href", `${this.sprite}#${name}`);
    svg.append(use);
    return svg;
  }

  move(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1, Home: -Infinity, End: Infinity }[event.key];
    if (!step) return;
    const buttons = [...this.lane.children];
    const here = buttons.indexOf(document.activeElement);
    const next = buttons[Math.min(buttons.length - 1, Math.max(0, here + step))];
    for (const button of buttons) button.tabIndex = button === next ? 0 : -1;
    next?.focus();
    event.preventDefault();
    event.stopPropagation();
  }
}
