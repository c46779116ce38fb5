// Notes pinned to seconds: written at the playhead, changed, taken away and back again.
// The list is the server's; after each change it is fetched anew.

import { fullTimes, lengthWords } from "./when.js";

export function startPins(player, setMarks) {
  const list = document.getElementById("events");
  const said = document.getElementById("said");
  const writing = document.getElementById("pinning");
  const form = writing?.querySelector("form");

  async function refresh(query = "") {
    const answer = await fetch(location.pathname + query, { headers: { Accept: "text/html" } });
    if (!answer.ok || answer.redirected) return location.reload();
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    fullTimes(page);
    list.replaceChildren(...page.getElementById("events").childNodes);
    said.replaceChildren(...page.getElementById("said").childNodes);
    setMarks(JSON.parse(page.getElementById("player").dataset.marks));
  }

  function trouble(text) {
    const line = document.createElement("p");
    line.className = "notice bad";
    line.setAttribute("role", "alert");
    line.textContent = text;
    said.replaceChildren(line);
  }

  async function send(event) {
    const sent = event.target.closest("form[data-pin]");
    if (!sent) return;
    event.preventDefault();
    const button = event.submitter;
    if (button) button.disabled = true;
    const answer = await fetch(sent.action, {
      method: "POST", body: new URLSearchParams(new FormData(sent)), headers: { Accept: "application/json" },
    }).catch(() => null);
    if (button) button.disabled = false;
    const told = await answer?.json().catch(() => null);
    // What was typed stays until it is kept.
    if (!answer?.ok) return trouble(told?.message ?? player.box.dataset.lost);
    if (sent === form) close();
    const did = sent.dataset.pin;
    await refresh(did === "unpin" ? `?did=unpin&unpinned=${encodeURIComponent(told.pin.id)}` : `?did=${did}`);
  }

  function open() {
    if (!form) return;
    writing.open = true;
    form.elements.at_s.value = lengthWords(player.at);
    form.elements.text.focus();
  }

  function close() {
    form.elements.text.value = "";
    writing.open = false;
    writing.querySelector("summary").focus();
  }

  document.addEventListener("submit", send);
  writing?.addEventListener("toggle", () => { if (writing.open) open(); });
  form?.addEventListener("keydown", (event) => { if (event.key === "Escape") close(); });
  document.addEventListener("click", (event) => {
    const mark = event.target.closest("[data-seek]");
    if (mark) player.playFrom(Number(mark.dataset.seek));
  });
  return { open, refresh };
}
