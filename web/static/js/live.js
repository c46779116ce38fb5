// What the box tells while a page is open: server-sent events, and asking every few
// seconds where those do not get through.  Closed while the page is hidden, because a
// browser allows six connections to one host, and every open tab would take one.

const ASK_MS = 3000;
const TRY_EVENTS_AGAIN_MS = 30000;
// The box says something every 5 s; a network that has gone says nothing at all.
const SILENT_MS = 12000;
// A page reconnects in less, and need not tell.
const TROUBLE_MS = 3000;

export function listen({ events, status, onStatus, onChange, onTrouble }) {
  let source = null;
  let asking = 0;
  let retry = 0;
  let change = null;
  let silent = 0;
  let troubled = 0;

  function trouble() {
    troubled ||= setTimeout(() => onTrouble?.(), TROUBLE_MS);
  }

  function watch() {
    clearTimeout(silent);
    silent = setTimeout(() => { trouble(); start(); }, SILENT_MS);
  }

  function heard() {
    clearTimeout(troubled);
    troubled = 0;
    watch();
  }

  function changed(number) {
    if (change !== null && number !== change) onChange?.(number);
    change = number;
  }

  function told(data) {
    heard();
    onStatus?.(data);
    changed(data.change);
  }

  async function ask() {
    try {
      const answer = await fetch(status, { headers: { Accept: "application/json" } });
      if (answer.status === 401) return leave();
      if (!answer.ok) throw new Error(answer.statusText);
      told(await answer.json());
    } catch {
      trouble();
    }
  }

  function leave() {
    stop();
    location.reload();
  }

  function poll() {
    if (asking) return;
    ask();
    asking = setInterval(ask, ASK_MS);
    retry = setTimeout(start, TRY_EVENTS_AGAIN_MS);
  }

  function stop() {
    source?.close();
    source = null;
    clearInterval(asking);
    clearTimeout(retry);
    clearTimeout(silent);
    asking = retry = 0;
  }

  function start() {
    stop();
    if (document.hidden) return;
    source = new EventSource(events);
    watch();
    source.addEventListener("here", heard);
    source.addEventListener("status", (event) => told(JSON.parse(event.data)));
    source.addEventListener("bye", leave);
    source.onerror = () => {
      trouble();
      if (source?.readyState === EventSource.CLOSED) {
        source = null;
        poll();
      }
    };
  }

  addEventListener("offline", trouble);
  addEventListener("online", start);
  document.addEventListener("visibilitychange", start);
  addEventListener("pagehide", stop);
  start();
}
