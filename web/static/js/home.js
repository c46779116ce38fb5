// The start page: the line as it is now, and the page itself when something changes.

import { watchLine } from "./line.js";
import { nearTimes } from "./when.js";

const fresh = document.getElementById("fresh");

// What the server renders is put in whole: it is short, and nothing in it is typed into.
async function refresh() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const next = page.getElementById("fresh");
  if (!next) return location.reload();
  document.title = page.title;
  nearTimes(next);
  fresh.replaceChildren(...next.childNodes);
}

// Serves the offline page; only where the browser trusts the address.
navigator.serviceWorker?.register(document.body.dataset.worker);

let waiting = 0;
nearTimes(fresh);
watchLine(() => {
  clearTimeout(waiting);
  waiting = setTimeout(refresh, 300);
});
