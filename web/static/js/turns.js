// Who talks when: a band of two rows, the near side above, the far side below.

const ROW = { near: [true, false], far: [false, true], both: [true, true] };

export async function fetchTurns(url) {
  const answer = await fetch(url, { headers: { Accept: "application/json" } }).catch(() => null);
  if (!answer?.ok) return { turns: [], near_share: null };
  const told = await answer.json();
  return { turns: told.turns ?? [], near_share: told.near_share ?? null };
}

export class Band {
  constructor(canvas, seconds, turns) {
    this.canvas = canvas;
    this.seconds = seconds;
    this.turns = turns;
    new ResizeObserver(() => this.draw()).observe(canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
  }

  // Rows tell the sides apart without colour; what is not sure is hatched.
  draw() {
    const { canvas, seconds } = this;
    const { clientWidth: width, clientHeight: height } = canvas;
    if (!width) return;
    const ratio = devicePixelRatio || 1;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    const pen = canvas.getContext("2d");
    pen.scale(ratio, ratio);
    const colours = getComputedStyle(canvas);
    const ink = [colours.getPropertyValue("--near"), colours.getPropertyValue("--far")];
    const row = (height - 2) / 2;
    for (const turn of this.turns) {
      const x = (turn.start_s / seconds) * width;
      const wide = Math.max(1, ((turn.end_s - turn.start_s) / seconds) * width);
      (ROW[turn.who] ?? [true, true]).forEach((here, side) => {
        if (!here) return;
        pen.fillStyle = turn.sure === false ? hatched(pen, ink[side]) : ink[side];
        pen.fillRect(x, side * (row + 2), wide, row);
      });
    }
  }
}

function hatched(pen, colour) {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 6;
  const small = tile.getContext("2d");
  small.strokeStyle = colour;
  small.lineWidth = 1.4;
  for (const shift of [-6, 0, 6]) {
    small.beginPath();
    small.moveTo(shift, 6);
    small.lineTo(shift + 6, 0);
    small.stroke();
  }
  return pen.createPattern(tile, "repeat");
}

// Seconds at which the other side begins to talk.
export function changes(turns) {
  const found = [];
  let last = null;
  for (const turn of turns) {
    if (turn.who === "both") continue;
    if (turn.who !== last) found.push(turn.start_s);
    last = turn.who;
  }
  return found;
}

// The next place after `at`, or the one before; pressed twice it goes further back.
export function jump(places, at, forward) {
  const sorted = [...new Set(places)].sort((a, b) => a - b);
  if (forward) return sorted.find((place) => place > at + 0.1) ?? null;
  return sorted.findLast((place) => place < at - 1) ?? null;
}
