"""What the list shows of its search: chips to take away, choices of the filters."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from babel.dates import format_date
from flask import g, url_for

from firmware.archive import Archive
from web import finding, vocabulary, words
from web.finding import Find
from web.i18n import N_, _, get_locale

#: Lengths to choose from, s.
LENGTHS = (10, 30, 60, 120, 300, 600, 1200, 1800, 3600)
#: What a call can be, in the words of the filters.
KINDS = {
    "starred": N_("With a star"),
    "noted": N_("With a note"),
    "held": N_("Held"),
    "restricted": N_("Restricted"),
    "gap": N_("With a gap"),
    "recovered": N_("Recovered"),
    "quarantined": N_("Set aside"),
    "audio": N_("With sound"),
    "no_audio": N_("Without sound"),
}
UNHEARD = {"all": N_("Nobody has heard it"), "me": N_("I have not heard it")}
#: Why a call has no sound, as short as a filter wants it.
WHYS = {
    "not_answered": N_("Nobody answered"),
    "recording_off": N_("Recording was off"),
    "not_requested": N_("Nobody asked for it"),
    "too_short": N_("Too short"),
    "refused": N_("They refused"),
    "not_confirmed": N_("Nobody confirmed"),
    "paused": N_("Paused"),
    "erased": N_("Erased"),
    "store_error": N_("The disk refused it"),
}


@dataclass(frozen=True, slots=True)
class Chip:
    """One wish in words, and where the list goes without it."""

    words: str
    href: str


def chips(find: Find) -> list[Chip]:
    """Return what narrows the list, each with the way back."""
    made: list[Chip] = []
    typed = finding.asked(find)
    if typed.first and typed.after:
        without = find.address(q=typed.q)
        made.append(Chip(span(typed.first, typed.after), _to(without)))
    if typed.q:
        made.append(Chip(f"“{typed.q}”", _to(find.address(q=_days_of(find, typed.q)))))
    told = (
        ("direction", _told(vocabulary.DIRECTIONS, find.direction)),
        ("outcome", _told(_outcomes(), find.outcome)),
        ("line", find.line and _("Line %(line)s", line=find.line)),
        ("by", find.by and _("Heard or handled by %(name)s", name=find.by)),
        ("from", find.first and _("From %(day)s", day=_date(find.first))),
        ("to", find.last and _("To %(day)s", day=_date(find.last))),
        ("min", find.min and _("At least %(time)s", time=words.amount(find.min))),
        ("max", find.max and _("At most %(time)s", time=words.amount(find.max))),
        ("why", find.why and _(WHYS.get(find.why, find.why.replace("_", " ")))),
        ("tag", find.tag and f"#{find.tag}"),
        ("unheard", _told(UNHEARD, find.unheard)),
        ("number", find.number and _("Number %(number)s", number=find.number)),
    )
    made += [Chip(text, _to(find.address(**{key: None}))) for key, text in told if text]
    for kind in find.kinds:
        left = [each for each in find.kinds if each != kind]
        made.append(Chip(_(KINDS[kind]), _to(find.address(**{"is": left}))))
    return made


def choices(archive: Archive, find: Find, lines: tuple[str, ...]) -> dict[str, Any]:
    """Return what the filters offer."""
    return {
        "directions": [(k, _(told)) for k, told in vocabulary.DIRECTION_CHOICES],
        "outcomes": [(k, _(told)) for k, told in vocabulary.OUTCOME_CHOICES],
        "lengths": [(str(s), words.amount(s)) for s in LENGTHS],
        "kinds": [(k, _(told)) for k, told in KINDS.items()],
        "whys": [(k, _(told)) for k, told in WHYS.items()],
        "unheards": [(k, _(told)) for k, told in UNHEARD.items()],
        "tags": tags(archive),
        "people": sorted(
            {*archive.listeners.people(), *([find.by] if find.by else [])}
        ),
        "lines": [line for line in lines if not g.user.lines or line in g.user.lines],
    }


def tags(archive: Archive) -> list[str]:
    """Return the tags in use, in the folded form by which they are found."""
    return [mark.removeprefix("!=").replace("_", " ") for mark in archive.finder.tags()]


def span(first: date, after: date) -> str:
    """Return a stretch of days in words."""
    last = after - timedelta(days=1)
    return _date(first) if first == last else f"{_date(first)} – {_date(last)}"


def _days_of(find: Find, q: str) -> str:
    """Return the words of a question that are days, without the others."""
    left = (find.q or "").split()
    for word in q.split():
        if word in left:
            left.remove(word)
    kept = " ".join(left)
    return kept if not finding.asked(replace(find, q=kept)).q else ""


def _told(table: dict[str, Any], key: str | None) -> str:
    return _(table[key]) if key in table else ""


def _outcomes() -> dict[str, str]:
    return {key: told for key, (told, _icon, _tone) in vocabulary.OUTCOMES.items()}


def _date(day: date) -> str:
    at = datetime.combine(day, time())
    return str(format_date(at, "E d MMM y", locale=get_locale() or "en_GB"))


def _to(address: dict[str, Any]) -> str:
    return url_for("calls.index", **address)
