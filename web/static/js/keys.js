// Keys of the list: / j k x Enter ? Esc.  Nothing while somebody types or a key is held
// down with Ctrl, Alt or the command key.

export function keys(list, search, selection) {
  const help = document.getElementById("keys");
  const button = document.getElementById("keys-button");

  const links = () => [...list.querySelectorAll(".call > a")];

  function toggleHelp() {
    help.hidden = !help.hidden;
    button.setAttribute("aria-expanded", String(!help.hidden));
    if (!help.hidden) help.scrollIntoView({ block: "nearest" });
  }

  function move(by) {
    const all = links();
    const here = all.indexOf(document.activeElement?.closest(".call")?.querySelector("a"));
    const next = all[here < 0 ? (by > 0 ? 0 : all.length - 1) : here + by];
    next?.focus();
    next?.scrollIntoView({ block: "nearest" });
  }

  function select(event) {
    const box = document.activeElement?.closest(".call")?.querySelector(".pick input");
    if (box) selection?.toggle(box, event.shiftKey);
  }

  const deeds = {
    "/": () => { search.focus(); search.select(); },
    j: () => move(1),
    k: () => move(-1),
    x: select,
    X: select,
    "?": toggleHelp,
    Escape: () => selection?.none(),
  };

  button.hidden = false;
  button.addEventListener("click", toggleHelp);
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const typing = event.target.closest("input:not([type=checkbox]), select, textarea");
    if (typing) {
      if (event.key === "Escape") typing.blur();
      return;
    }
    const deed = deeds[event.key];
    if (!deed) return;
    if (event.key !== "Escape") event.preventDefault();
    deed(event);
  });
}
