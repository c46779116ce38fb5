// What this browser remembers: how somebody likes to listen, and where in a call they were.

const KEY = "linekeeper.player";
const PLACE = "linekeeper.at.";

export const DEFAULTS = {
  speed: "1", volume: 1, skip: false, backstep: 0, letters: true,
  pedal: {}, hold: false, chain: false, order: "newest",
};

// A browser may forbid to remember anything; it then begins anew on each page.
function read(store, key) {
  try { return store().getItem(key); } catch { return null; }
}

function write(store, key, value) {
  try { store().setItem(key, value); } catch { /* not remembered */ }
}

export function habits() {
  try {
    return { ...DEFAULTS, ...JSON.parse(read(() => localStorage, KEY) ?? "{}") };
  } catch {
    return { ...DEFAULTS };
  }
}

export function keep(changed) {
  const all = { ...habits(), ...changed };
  write(() => localStorage, KEY, JSON.stringify(all));
  return all;
}

// The address says where to begin; otherwise where this tab was before it was reloaded.
export function startingPlace(call, seconds) {
  const asked = new URLSearchParams(location.search).get("at");
  const at = Number.parseFloat(asked ?? read(() => sessionStorage, PLACE + call) ?? "0");
  return Number.isFinite(at) ? Math.min(Math.max(0, at), seconds) : 0;
}

export function keepPlace(call, at) {
  write(() => sessionStorage, PLACE + call, at.toFixed(2));
}
