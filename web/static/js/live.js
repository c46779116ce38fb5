// What the box tells while a page is open: server-sent events, and asking every few
// seconds where those do not get through.  Closed while the page is hidden; shared by all
// windows of a browser.  After a gap the box tells its whole state and the number of the
// last change, so whatever was missed is fetched then.

import { share } from "./share.js";

const ASK_MS = 3000;
const TRY_EVENTS_AGAIN_MS = 30000;
// The box says something every 5 s; a network that has gone says nothing at all.
const SILENT_MS = 12000;
// A page reconnects in less, and need not tell.
const TROUBLE_MS = 3000;
const NAMES = ["status", "here", "bye"];

export function listen({ events, status, change, onStatus, onChange, onTrouble }) {
  let source = null;
  let asking = 0;
  let retry = 0;
  let silent = 0;
  let troubled = 0;
  const shared = share({ open, close, onNews: told });

  function trouble() {
    troubled ||= setTimeout(() => onTrouble?.(), TROUBLE_MS);
  }

  function heard() {
    clearTimeout(troubled);
    troubled = 0;
  }

  function told(name, text) {
    if (name === "trouble") return trouble();
    if (name === "bye") return leave();
    heard();
    if (name !== "status") return;
    const data = JSON.parse(text);
    onStatus?.(data);
    if (change !== undefined && data.change !== change) onChange?.(data.change);
    change = data.change;
  }

  // Heard from the box itself: for this window and all others.
  function news(name, text) {
    shared.pass(name, text);
    watch();
    told(name, text);
  }

  function watch() {
    clearTimeout(silent);
    silent = setTimeout(() => { news("trouble"); open(); }, SILENT_MS);
  }

  async function ask() {
    try {
      const answer = await fetch(status, { headers: { Accept: "application/json" } });
      if (answer.status === 401) return news("bye");
      if (!answer.ok) throw new Error(answer.statusText);
      news("status", await answer.text());
    } catch {
      news("trouble");
    }
  }

  function leave() {
    shared.stop();
    location.reload();
  }

  function poll() {
    if (asking) return;
    ask();
    asking = setInterval(ask, ASK_MS);
    retry = setTimeout(open, TRY_EVENTS_AGAIN_MS);
  }

  function close() {
    source?.close();
    source = null;
    clearInterval(asking);
    clearTimeout(retry);
    clearTimeout(silent);
    asking = retry = 0;
  }

  function open() {
    close();
    source = new EventSource(events);
    watch();
    for (const name of NAMES) source.addEventListener(name, (event) => news(name, event.data));
    source.onerror = () => {
      news("trouble");
      if (source?.readyState === EventSource.CLOSED) {
        source = null;
        poll();
      }
    };
  }

  function begin() {
    if (document.hidden) shared.stop();
    else shared.start();
  }

  addEventListener("offline", trouble);
  addEventListener("online", begin);
  document.addEventListener("visibilitychange", begin);
  addEventListener("pagehide", () => shared.stop());
  addEventListener("pageshow", (event) => event.persisted && begin());
  begin();
}
