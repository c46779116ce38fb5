// One event stream for all windows of a browser.  A browser allows six connections to one
// host; a stream for every window would leave none for pages.  Whoever has the stream
// passes on what it hears; when that window goes or falls silent, another takes over.

// The box says something every 5 s, so whoever has the stream does, too.
const SILENT_MS = 12000;
// Windows that lose their source together do not ask together.
const JITTER_MS = 400;

export function share({ open, close, onNews }) {
  const channel = "BroadcastChannel" in window ? new BroadcastChannel("linekeeper-live") : null;
  const me = Math.random();
  let leads = false;
  let waiting = 0;

  function claim() {
    channel?.postMessage({ kind: "lead", me });
  }

  function take() {
    clearTimeout(waiting);
    if (leads) return;
    leads = true;
    claim();
    open();
  }

  function soon(after) {
    clearTimeout(waiting);
    waiting = setTimeout(take, after + Math.random() * JITTER_MS);
  }

  function follow() {
    if (leads) {
      leads = false;
      close();
    }
    soon(SILENT_MS);
  }

  const heard = {
    who: () => leads && claim(),
    gone: () => leads || soon(0),
    // Two that began at once: one of them goes on.
    lead: (data) => (leads && data.me < me ? claim() : follow()),
    news: (data) => {
      if (!leads) soon(SILENT_MS);
      onNews(data.name, data.text);
    },
  };
  channel?.addEventListener("message", ({ data }) => {
    if (!document.hidden) heard[data.kind]?.(data);
  });

  return {
    // Ask who has the stream; take it if nobody answers.
    start() {
      if (!channel) return take();
      if (leads) return open();
      channel.postMessage({ kind: "who" });
      soon(JITTER_MS / 2);
    },
    stop() {
      clearTimeout(waiting);
      if (!leads) return;
      leads = false;
      close();
      channel?.postMessage({ kind: "gone" });
    },
    pass(name, text) {
      channel?.postMessage({ kind: "news", name, text });
    },
  };
}
