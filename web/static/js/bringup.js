// Trying out the line interface: the changing part of the page, fetched while it changes.

const part = document.getElementById("bringup");
const PAUSE_MS = 700;
const HEADERS = { Accept: "text/x-part" };
let shown = part.innerHTML;

function show(html) {
  if (html === shown) return;
  const focused = document.activeElement?.closest("form")?.getAttribute("action");
  part.innerHTML = shown = html;
  if (focused) part.querySelector(`form[action="${CSS.escape(focused)}"] button`)?.focus();
}

async function look() {
  const answer = await fetch(part.dataset.now, { headers: HEADERS }).catch(() => null);
  if (answer?.ok) show(await answer.text());
  setTimeout(look, PAUSE_MS);
}

part.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  const answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers: HEADERS }).catch(() => null);
  if (answer?.ok) show(await answer.text());
  else form.submit(); // the page itself says what is wrong
});

setTimeout(look, PAUSE_MS);
