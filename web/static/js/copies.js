// Copies of a call: "here" takes the player's time; stretches appear one by one.

const player = document.querySelector("#whole");
const rows = [...document.querySelectorAll(".span")];
const more = document.querySelector("[data-add]");

/** A time of the recording as 1:30.5. */
function clock(seconds) {
  const minutes = Math.floor(seconds / 60);
  const rest = (seconds - 60 * minutes).toFixed(1).padStart(4, "0");
  return `${minutes}:${rest}`;
}

for (const row of document.querySelectorAll("[data-more]")) row.hidden = true;

function offerMore() {
  if (more) more.hidden = !rows.some((row) => row.hidden);
}

for (const button of document.querySelectorAll("[data-here]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    document.getElementById(button.dataset.here).value = clock(player.currentTime);
  });
}
more?.addEventListener("click", () => {
  const next = rows.find((row) => row.hidden);
  next.hidden = false;
  next.querySelector("input").focus();
  offerMore();
});
offerMore();
