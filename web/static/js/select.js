// Ticking calls: with the mouse, with Shift all between, and with the keys.

export function selectable(list, bar) {
  const count = document.getElementById("count");
  const all = document.getElementById("all");
  let last = null;

  const boxes = () => [...list.querySelectorAll(".pick input")];

  function told() {
    const some = boxes().filter((box) => box.checked).length;
    const on = some > 0 || all?.checked === true;
    bar.hidden = !on;
    document.documentElement.classList.toggle("picking", on);
    count.textContent = some === 1 ? count.dataset.one : count.dataset.many.replace("{n}", some);
    for (const box of boxes()) box.closest(".call").classList.toggle("picked", box.checked);
  }

  // Tick a call; with `through` every one between it and the one ticked before.
  function pick(box, through) {
    const row = boxes();
    const from = row.indexOf(last);
    const to = row.indexOf(box);
    if (through && from >= 0 && to >= 0) {
      const [low, high] = from < to ? [from, to] : [to, from];
      for (const between of row.slice(low, high + 1)) between.checked = box.checked;
    }
    last = box;
    told();
  }

  function none() {
    for (const box of boxes()) box.checked = false;
    if (all) all.checked = false;
    last = null;
    told();
  }

  list.addEventListener("click", (event) => {
    const box = event.target.closest?.(".pick input");
    if (box) pick(box, event.shiftKey);
  });
  all?.addEventListener("change", () => {
    for (const box of boxes()) box.checked = all.checked;
    told();
  });
  addEventListener("pageshow", told);
  told();
  return { none, told, toggle: (box, through) => { box.checked = !box.checked; pick(box, through); } };
}
