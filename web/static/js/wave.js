// Draws a recording's waveform on a canvas: marks as ticks, progress in a second colour.

const BAR = 2;
const SPACE = 1;

export class Wave {
  constructor(canvas, seconds) {
    this.canvas = canvas;
    this.seconds = seconds;
    this.marks = [];
    this.loop = null;
    this.peaks = new Int8Array(0);
    this.at = 0;
    this.layers = null;
    new ResizeObserver(() => this.rebuild()).observe(canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.rebuild());
  }

  setPeaks(peaks) {
    this.peaks = peaks;
    this.rebuild();
  }

  setMarks(marks) {
    this.marks = marks;
    this.rebuild();
  }

  show(at, loop) {
    this.at = at;
    this.loop = loop;
    this.paint();
  }

  x(seconds) {
    return (seconds / this.seconds) * this.canvas.clientWidth;
  }

  markNear(x) {
    const inside = this.marks.find((m) => m.length && x >= this.x(m.at) && x <= this.x(m.at + m.length));
    const near = this.marks.filter((m) => Math.abs(this.x(m.at) - x) < 8);
    near.sort((a, b) => Math.abs(this.x(a.at) - x) - Math.abs(this.x(b.at) - x));
    return near[0] ?? inside;
  }

  // Both colourings are drawn once; a frame then only copies the two parts.
  rebuild() {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (!width) return;
    this.ratio = devicePixelRatio || 1;
    this.canvas.width = Math.round(width * this.ratio);
    this.canvas.height = Math.round(height * this.ratio);
    const colours = getComputedStyle(this.canvas);
    this.cursor = colours.getPropertyValue("--text");
    this.looped = colours.getPropertyValue("--accent");
    this.layers = ["--wave", "--wave-done"].map((name) =>
      this.layer(width, height, colours, colours.getPropertyValue(name)));
    this.paint();
  }

  layer(width, height, colours, colour) {
    const sheet = document.createElement("canvas");
    sheet.width = this.canvas.width;
    sheet.height = this.canvas.height;
    const pen = sheet.getContext("2d");
    pen.scale(this.ratio, this.ratio);
    this.drawGaps(pen, height, colours);
    this.drawBars(pen, width, height, colour);
    this.drawMarks(pen, height, colours);
    return sheet;
  }

  drawBars(pen, width, height, colour) {
    const pairs = this.peaks.length / 2;
    const bars = Math.floor(width / (BAR + SPACE));
    const middle = height / 2;
    const room = height / 2 - 6;
    const tops = new Float32Array(bars);
    let loudest = 8; // never blow up plain silence
    for (let i = 0; i < bars; i++) {
      const from = Math.floor((i * pairs) / bars);
      const to = Math.max(from + 1, Math.floor(((i + 1) * pairs) / bars));
      let top = 0;
      let sum = 0;
      for (let k = from; k < Math.min(to, pairs); k++) {
        const peak = Math.max(-this.peaks[2 * k], this.peaks[2 * k + 1]);
        top = Math.max(top, peak);
        sum += peak;
      }
      // Between highest and mean: peaks alone make hours of talk a wall.
      tops[i] = 0.4 * top + (0.6 * sum) / (to - from);
      loudest = Math.max(loudest, tops[i]);
    }
    pen.fillStyle = colour;
    for (let i = 0; i < bars; i++) {
      // The far side is often 20 dB below the near one: the power keeps it visible.
      const half = Math.max(0.75, (tops[i] / loudest) ** 0.7 * room);
      pen.beginPath();
      pen.roundRect(i * (BAR + SPACE), middle - half, BAR, 2 * half, BAR / 2);
      pen.fill();
    }
  }

  drawGaps(pen, height, colours) {
    pen.fillStyle = colours.getPropertyValue("--warn-tint");
    for (const mark of this.marks) {
      if (mark.kind === "gap") pen.fillRect(this.x(mark.at), 0, Math.max(3, this.x(mark.length)), height);
    }
  }

  drawMarks(pen, height, colours) {
    for (const mark of this.marks) {
      pen.fillStyle = colours.getPropertyValue(mark.kind === "gap" ? "--warn" : mark.kind === "pin" ? "--accent" : "--info");
      pen.globalAlpha = mark.kind === "pin" ? 0.9 : 0.5;
      pen.fillRect(this.x(mark.at) - 0.5, 0, 1.5, height);
    }
    pen.globalAlpha = 1;
  }

  paint() {
    if (!this.layers) return;
    const pen = this.canvas.getContext("2d");
    const { width, height } = this.canvas;
    const edge = Math.round((this.at / this.seconds) * width);
    pen.clearRect(0, 0, width, height);
    if (edge < width) pen.drawImage(this.layers[0], edge, 0, width - edge, height, edge, 0, width - edge, height);
    if (edge > 0) pen.drawImage(this.layers[1], 0, 0, edge, height, 0, 0, edge, height);
    if (this.loop) {
      const [from, to] = this.loop.map((at) => (at / this.seconds) * width);
      pen.fillStyle = this.looped;
      pen.globalAlpha = 0.25;
      pen.fillRect(from, 0, Math.max(2, to - from), height);
      pen.globalAlpha = 1;
    }
    pen.fillStyle = this.cursor;
    pen.fillRect(Math.min(edge, width - 2 * this.ratio), 0, 2 * this.ratio, height);
  }
}
