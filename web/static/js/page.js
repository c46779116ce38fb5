// On every page: what waits for work to end looks again by itself; when the box was seen.

localStorage.setItem("linekeeper-seen", Date.now());

const wait = Number(document.querySelector("meta[name=again]")?.content ?? 0);
const main = document.getElementById("main");

// What can be seen of a page; the tokens in its forms differ each time.
function gist(page) {
  const copy = page.cloneNode(true);
  for (const token of copy.querySelectorAll("[name=csrf_token]")) token.remove();
  return copy.innerHTML;
}

// Nothing is taken away from whoever is typing, and nothing moves that has not changed.
async function again() {
  const typing = main.contains(document.activeElement) && document.activeElement.matches("input, select, textarea");
  if (document.hidden || typing) return setTimeout(again, 1000 * wait);
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => null);
  if (!answer?.ok || answer.redirected) return answer ? location.reload() : setTimeout(again, 1000 * wait);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const next = page.getElementById("main");
  if (!page.querySelector("meta[name=again]") || !next || gist(next) !== before) return location.reload();
  setTimeout(again, 1000 * wait);
}

const before = wait ? gist(main) : "";
if (wait) setTimeout(again, 1000 * wait);
