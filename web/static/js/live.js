// What the box tells while a page is open: server-sent events, and asking every few
// seconds where those do not get through.  Closed while the page is hidden, because a
// browser allows six connections to one host, and every open tab would take one.

const ASK_MS = 3000;
const TRY_EVENTS_AGAIN_MS = 30000;

export function listen({ events, status, onStatus, onChange, onTrouble }) {
  let source = null;
  let asking = 0;
  let retry = 0;
  let change = null;

  function changed(number) {
    if (change !== null && number !== change) onChange?.(number);
    change = number;
  }

  function told(data) {
    onTrouble?.(false);
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
      onTrouble?.(true);
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
    asking = retry = 0;
  }

  function start() {
    stop();
    if (document.hidden) return;
    source = new EventSource(events);
    source.addEventListener("status", (event) => told(JSON.parse(event.data)));
    source.addEventListener("bye", leave);
    source.onerror = () => {
      onTrouble?.(true);
      if (source?.readyState === EventSource.CLOSED) {
        source = null;
        poll();
      }
    };
  }

  document.addEventListener("visibilitychange", start);
  addEventListener("pagehide", stop);
  start();
}
