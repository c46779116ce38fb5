"""What wants doing, the gravest first, each with the one way to do it.

`worth_telling` is the choice alone; `gather` asks the box.
"""

from collections.abc import Callable, Iterable

from flask import g

from web import access, box, coverage_words, house, live
from web.box import Card
from web.i18n import N_, _
from web.store import archive

#: tone -> place in the order; what has none of these tones is in order, and untold.
SEVERITY = {"bad": 0, "warn": 1, "todo": 2}
#: Page where something is done -> what the way there is called.
ACTIONS = {
    "coverage.index": N_("Look at coverage"),
    "disk.index": N_("Look at disk and backup"),
    "keeping.held": N_("Look at them"),
    "lock.index": N_("Choose a passphrase"),
    "overview.index": N_("Look at consent"),
    "proof.index": N_("Look at the proof"),
    "setup.index": N_("Set up recording"),
}
#: Alerts of which the box tells by itself.
OWN_CARDS = frozenset(("disk_low", "backup_late", "anchor_late"))
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
    cards = [*_recording(), *_alerts(), *box.cards_to_tell()]
    return worth_telling(cards, access.may)


def _alerts() -> list[Card]:
    """Return what is wrong with the lines that whoever is logged in may see.

    What somebody has seen, and what has a card of its own, is left out.
    """
    lines = g.user.lines
    holding = archive().alerts.holding()
    kinds = {a.kind: a for a in holding if not lines or a.line in lines}
    return [
        Card(*coverage_words.alert(alert), "warning", "bad", "coverage.index")
        for alert in kinds.values()
        if not alert.seen_by and alert.kind not in OWN_CARDS
    ]


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
