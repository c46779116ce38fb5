// The list: times, days, filters that act at once, new calls as they come.

import { keys } from "./keys.js";
import { watchLine } from "./line.js";
import { selectable } from "./select.js";
import { clockTimes, dayWords, shortTimes } from "./when.js";

const list = document.getElementById("calls");
const find = document.querySelector("form.find");

document.documentElement.classList.add("script");

function days() {
  for (const old of list.querySelectorAll(".day")) old.remove();
  let last = "";
  for (const row of list.querySelectorAll(".call")) {
    const words = dayWords(new Date(row.querySelector("time").dateTime));
    if (words === last) continue;
    last = words;
    const heading = document.createElement("li");
    heading.className = "day";
    heading.textContent = words;
    row.before(heading);
  }
}

// Fetch the rows again as the server renders them; keep every row that has not changed.
async function refresh() {
  if (list.dataset.first !== "yes") return;
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById("calls");
  if (!fresh || fresh.tagName !== list.tagName) return location.reload();
  clockTimes(fresh);
  let place = null;
  const kept = new Set();
  for (const row of fresh.querySelectorAll(".call")) {
    kept.add(row.id);
    let mine = document.getElementById(row.id);
    if (!mine) {
      row.classList.add("new");
      mine = row;
    } else if (mine.firstElementChild.innerHTML !== row.firstElementChild.innerHTML) {
      mine.firstElementChild.replaceChildren(...row.firstElementChild.childNodes);
      mine.toggleAttribute("data-unheard", row.hasAttribute("data-unheard"));
    }
    const next = place ? place.nextElementSibling : list.firstElementChild;
    if (mine !== next) list.insertBefore(mine, next);
    place = mine;
  }
  for (const row of list.querySelectorAll(".call")) if (!kept.has(row.id)) row.remove();
  days();
  selection?.told();
}

let waiting = 0;
function refreshSoon() {
  clearTimeout(waiting);
  waiting = setTimeout(refresh, 300);
}

const bar = document.querySelector(".bulk .bar");
const selection = bar ? selectable(list, bar) : null;
keys(list, document.getElementById("q"), selection);
if (list.classList.contains("callers")) {
  shortTimes(list);
} else {
  clockTimes(list);
  days();
}
for (const field of find.querySelectorAll("select, input[type=date]")) field.addEventListener("change", () => find.requestSubmit());
// Empty fields have no place in the address.
find.addEventListener("formdata", (event) => {
  for (const [name, value] of [...event.formData]) if (!value) event.formData.delete(name);
});
watchLine(refreshSoon);
