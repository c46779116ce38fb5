"""What wants doing, the gravest first, each with the one way to do it.

`worth_telling` is the choice alone; `gather` asks the box.
"""

from collections.abc import Callable, Iterable

from web import access, box, house, live
from web.box import Card
from web.i18n import N_, _

#: tone -> place in the order; what has none of these tones is in order, and untold.
SEVERITY = {"bad": 0, "warn": 1, "todo": 2}
#: Page where something is done -> what the way there is called.
ACTIONS = {
    "disk.index": N_("Look at disk and backup"),
    "keeping.held": N_("Look at them"),
    "lock.index": N_("Choose a passphrase"),
    "overview.index": N_("Look at consent"),
    "proof.index": N_("Look at the proof"),
    "setup.index": N_("Set up recording"),
}
#: While nothing is set up yet, only what is bad is told beside it.
FIRST = "setup.index"


def worth_telling(cards: Iterable[Card], permits: Callable[[str], bool]) -> list[Card]:
    """Return what somebody can do something about, the gravest first."""
    told = [c for c in cards if c.tone in SEVERITY and permits(c.permission)]
    if any(card.endpoint == FIRST for card in told):
        told = [c for c in told if c.tone == "bad" or c.endpoint == FIRST]
    return sorted(told, key=lambda card: SEVERITY[card.tone])


def gather() -> list[Card]:
    """Return what the box has to tell whoever is logged in."""
    return worth_telling([*_recording(), *box.cards_to_tell()], access.may)


def action(card: Card) -> str:
    """Return what the button of a notice says."""
    return _(ACTIONS[card.endpoint]) if card.endpoint in ACTIONS else _("See to it")


def _recording() -> list[Card]:
    """Return whether anything is recorded at all."""
    if not house.is_set_up():
        told = _("Say what it is for; it takes two minutes.")
        title = _("This box records nothing yet.")
        return [Card(title, told, "shield", "todo", FIRST, "settle")]
    notice = live.here()["notice"]
    if not notice:
        return []
    return [Card(notice, "", "warning", "warn", "overview.index")]
