// The offline page and its dress, kept by the browser; nothing else ever is.

const CACHE = "linekeeper-{{ mark }}";
const SHELL = {{ shell|tojson }};

addEventListener("install", (event) => {
  const fill = (cache) => cache.addAll(SHELL.map((address) => new Request(address, { cache: "reload" })));
  event.waitUntil(caches.open(CACHE).then(fill).then(() => skipWaiting()));
});

addEventListener("activate", (event) => {
  const drop = (names) => Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name)));
  event.waitUntil(caches.keys().then(drop).then(() => clients.claim()));
});

addEventListener("fetch", (event) => {
  const { request } = event;
  const at = new URL(request.url);
  if (request.method !== "GET" || at.origin !== location.origin) return;
  if (request.mode === "navigate") {
    event.respondWith(fetch(request).catch(() => caches.match(SHELL[0])));
  } else if (SHELL.includes(at.pathname + at.search)) {
    event.respondWith(caches.match(request).then((kept) => kept ?? fetch(request)));
  }
});
