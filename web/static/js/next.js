// The next call that nobody has heard: by its button, its key, or by itself at the end.

export function startNext(player) {
  const button = document.getElementById("next");
  if (!button) return () => {};
  const order = () => player.habits.order;

  async function go() {
    const answer = await fetch(`${button.dataset.next}&order=${order()}`, {
      headers: { Accept: "application/json" },
    }).catch(() => null);
    const told = answer?.ok ? await answer.json() : null;
    if (told?.url) location.assign(`${told.url}?play=1`);
    else button.querySelector("span").textContent = button.dataset.none;
  }

  button.addEventListener("click", go);
  player.audio.addEventListener("ended", () => { if (player.habits.chain) go(); });
  return go;
}
