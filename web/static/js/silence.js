// Where nobody talks: from the peaks, or where those are too coarse from the turns.

const LEAST_S = 0.8; // shorter pauses belong to talk
const LEAD_S = 0.15; // a word begins softly
const TAIL_S = 0.25;
const FINE_S = 0.25; // coarser peaks hide pauses
const POINTS = 20000;

// `turns` is a promise: an old call's are found only now, which takes a while.
export async function fetchPauses(url, seconds, turns) {
  const answer = await fetch(`${url}?points=${POINTS}`);
  const peaks = answer.ok ? new Int8Array(await answer.arrayBuffer()) : new Int8Array(0);
  const pairs = peaks.length / 2;
  const fine = pairs && seconds / pairs <= FINE_S;
  const spans = fine ? quiet(peaks, seconds) : between((await turns).turns, seconds);
  return spans.filter(([from, to]) => to - from > LEAST_S);
}

// A pause is what hardly rises above the noise of the line.
export function quiet(peaks, seconds) {
  const pairs = peaks.length / 2;
  const tops = new Float32Array(pairs);
  for (let i = 0; i < pairs; i++) tops[i] = Math.max(-peaks[2 * i], peaks[2 * i + 1]);
  const sorted = Float32Array.from(tops).sort();
  const floor = sorted[Math.floor(pairs * 0.1)];
  const loud = sorted[Math.floor(pairs * 0.95)];
  const limit = floor + Math.max(1, 0.04 * (loud - floor));
  const step = seconds / pairs;
  const spans = [];
  let from = -1;
  for (let i = 0; i <= pairs; i++) {
    const still = i < pairs && tops[i] <= limit;
    if (still && from < 0) from = i;
    if (!still && from >= 0) {
      spans.push([from * step, i * step]);
      from = -1;
    }
  }
  return spans;
}

export function between(turns, seconds) {
  const spans = [];
  let end = 0;
  for (const turn of turns) {
    if (turn.start_s > end) spans.push([end, turn.start_s]);
    end = Math.max(end, turn.end_s);
  }
  if (turns.length && seconds > end) spans.push([end, seconds]);
  return spans;
}

// Jumps over pauses while it is switched on, and counts what that saved.
export class Skipper {
  constructor(player, tell) {
    this.player = player;
    this.tell = tell;
    this.pauses = null;
    this.saved = 0;
    player.on("tick", () => this.look());
  }

  get total() {
    return (this.pauses ?? []).reduce((sum, [from, to]) => sum + to - from, 0);
  }

  look() {
    const { player } = this;
    if (!player.habits.skip || !this.pauses || !player.playing || player.loop || player.audio.seeking) return;
    const at = player.audio.currentTime;
    const span = this.pauses.find(([from, to]) => at >= from + TAIL_S && at < to - LEAD_S - 0.1);
    if (!span) return;
    const to = span[1] >= player.seconds - 0.05 ? player.seconds : span[1] - LEAD_S;
    this.saved += to - at;
    player.audio.currentTime = to;
    this.tell();
  }
}
