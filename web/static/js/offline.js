// The page that stands where another would be: since when, and back as soon as it can be.

const TRY_MS = 5000;
const card = document.getElementById("offline");
const seen = Number(localStorage.getItem("linekeeper-seen")) || Date.now();
const date = new Date(seen);
const day = date.toDateString() === new Date().toDateString() ? {} : { weekday: "short" };
const clock = new Intl.DateTimeFormat(document.documentElement.lang, { ...day, hour: "numeric", minute: "2-digit" });

card.querySelector("[data-is=since]").textContent = card.dataset.since.replace("{time}", clock.format(date));

async function look() {
  const answer = await fetch(card.dataset.health, { cache: "no-store" }).catch(() => null);
  // Served as itself it would only find itself again.
  if (answer?.ok) location.replace(location.pathname === "/offline" ? "/" : location.href);
}

card.querySelector("a").addEventListener("click", (event) => { event.preventDefault(); look(); });
setInterval(look, TRY_MS);
addEventListener("online", look);
