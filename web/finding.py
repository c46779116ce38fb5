"""What is looked for in the list: read strictly from an address, and put back.

Everything is in the address, so that a search can be kept, sent and gone back to.
"""

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from flask import current_app, g
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest

from firmware.archive import Archive, search
from firmware.archive.conditions import Wanted
from firmware.archive.finder import Caller
from firmware.archive.model import Call
from web import days, house, i18n, vocabulary, words

PAGE_ROWS = 50
MAX_ROWS = 200
MAX_QUERY = 80
#: A day, the longest that a call is looked for by.
MAX_S = 86_400
#: What a call can be -> the mark it is found by.
IS = {
    "starred": "!star",
    "noted": "!note",
    "held": "!hold",
    "restricted": "!restricted",
    "gap": "!gap",
    "recovered": "!recovered",
    "quarantined": "!quarantined",
    "audio": "!audio",
    "no_audio": "!mute",
}
UNHEARD = ("all", "me")
#: Arguments that narrow the list, in the order in which chips show them.
NARROWS = (
    *("q", "direction", "outcome", "line", "by", "from", "to", "min", "max", "is"),
    *("why", "tag", "unheard", "number"),
)


@dataclass(frozen=True, slots=True)
class Find:
    """A search; None means no wish."""

    q: str | None = None
    direction: str | None = None
    outcome: str | None = None
    line: str | None = None
    by: str | None = None
    first: date | None = None  # from …
    last: date | None = None  # … to, both included
    min: int | None = None  # seconds off-hook
    max: int | None = None
    kinds: tuple[str, ...] = ()  # keys of IS
    why: str | None = None  # reason why there is no sound
    tag: str | None = None
    unheard: str | None = None
    number: str | None = None  # digits of one caller
    grouped: bool = False
    before: tuple[float, str] | None = None
    limit: int = PAGE_ROWS

    @property
    def filtered(self) -> bool:
        """Is anything wished for?"""
        return any(key != "group" for key in self.address())

    def address(self, **changes: Any) -> dict[str, Any]:
        """Return the wishes as arguments of an address, without those not set."""
        kept = {
            **{name: getattr(self, name) for name in _PLAIN},
            "from": self.first and self.first.isoformat(),
            "to": self.last and self.last.isoformat(),
            "is": list(self.kinds),
            "group": "number" if self.grouped else None,
        }
        return {k: v for k, v in {**kept, **changes}.items() if v not in (None, "", [])}


_PLAIN = (
    *("q", "direction", "outcome", "line", "by", "min", "max", "why", "tag"),
    *("unheard", "number"),
)


def read(args: MultiDict[str, str]) -> Find:
    """Read a search; BadRequest names what is wrong."""
    found = Find(
        q=_text(args, "q", MAX_QUERY),
        direction=_one_of(args, "direction", vocabulary.DIRECTIONS),
        outcome=_one_of(args, "outcome", vocabulary.OUTCOMES),
        line=_text(args, "line", 40),
        by=_text(args, "by", 64),
        first=_day(args, "from"),
        last=_day(args, "to"),
        min=_seconds(args, "min"),
        max=_seconds(args, "max"),
        kinds=_kinds(args),
        why=_shaped(args, "why", r"[a-z_]{1,32}", "a reason such as recording_off"),
        tag=_text(args, "tag", 40),
        unheard=_one_of(args, "unheard", dict.fromkeys(UNHEARD)),
        number=_shaped(args, "number", r"[0-9*#]{1,40}", "digits of a number"),
        grouped=_one_of(args, "group", {"number": 1}) is not None,
        before=_cursor(args.get("before")),
        limit=_limit(args.get("limit")),
    )
    if found.first and found.last and found.last < found.first:
        return replace(found, first=found.last, last=found.first)
    return found


def asked(find: Find) -> days.Asked:
    """Return what was typed without its days, and the days."""
    today = datetime.fromtimestamp(house.now()).astimezone().date()
    country = str(current_app.extensions["linekeeper.settings"].line.country)
    language = i18n.language()
    return days.read(
        find.q or "", language, today, month_first=country == "us" and language == "en"
    )


def wanted(find: Find) -> Wanted:
    """Return a search as the archive takes it, within the visitor's own lines."""
    typed = asked(find)
    after = find.last + timedelta(days=1) if find.last else None
    since = max(filter(None, (typed.first, find.first)), default=None)
    until = min(filter(None, (typed.after, after)), default=None)
    marks = [IS[kind] for kind in find.kinds]
    if find.why:
        marks.append(f"!no_{find.why}" if find.why != "not_answered" else "!mute")
    if find.tag:
        marks.append(search.tag_mark(find.tag))
    outcome = find.outcome
    if find.why == "not_answered":
        outcome = outcome or "missed"
    return Wanted(
        q=typed.q,
        direction=find.direction,
        outcome=outcome,
        lines=_lines(find.line),
        number=find.number,
        since_utc=days.utc(since) if since else None,
        until_utc=days.utc(until) if until else None,
        min_s=find.min,
        max_s=find.max,
        marks=tuple(marks),
        by=find.by,
        unheard=find.unheard == "all",
        unheard_by=g.user.name if find.unheard == "me" else None,
    )


def _lines(line: str | None) -> tuple[str, ...]:
    """Return the line asked for, or those that the visitor may see."""
    own = tuple(g.user.lines)
    if line is None:
        return own
    return (line,) if not own or line in own else ("",)  # no line is called that


def look(archive: Archive, find: Find) -> tuple[list[Call], str | None]:
    """Return one page of calls and the cursor of the next, if there is one."""
    calls = archive.finder.page(wanted(find), find.limit + 1, find.before)
    if len(calls) <= find.limit:
        return calls, None
    calls = calls[: find.limit]
    return calls, _mark(calls[-1])


def callers(archive: Archive, find: Find) -> tuple[list[Caller], str | None]:
    """Return one page of callers, each with the newest call, and the next cursor."""
    found = archive.finder.callers(wanted(find), find.limit + 1, find.before)
    if len(found) <= find.limit:
        return found, None
    found = found[: find.limit]
    return found, _mark(found[-1].latest)


def _mark(call: Call) -> str:
    return f"{call.start_utc!r}_{call.id}"


def _text(args: MultiDict[str, str], key: str, most: int) -> str | None:
    text = words.clean(args.get(key)) or None
    if text and len(text) > most:
        raise BadRequest(f"{key}: want at most {most} characters")
    return text


def _shaped(args: MultiDict[str, str], key: str, shape: str, want: str) -> str | None:
    text = args.get(key) or None
    if text is not None and not re.fullmatch(shape, text, re.ASCII):
        raise BadRequest(f"{key}: want {want}")
    return text


def _one_of(args: MultiDict[str, str], key: str, known: dict[str, Any]) -> str | None:
    value = args.get(key) or None
    if value is not None and value not in known:
        raise BadRequest(f"{key}: want one of {', '.join(known)}")
    return value


def _kinds(args: MultiDict[str, str]) -> tuple[str, ...]:
    found = dict.fromkeys(kind for kind in args.getlist("is") if kind)
    if not set(found) <= set(IS):
        raise BadRequest(f"is: want one of {', '.join(IS)}")
    return tuple(found)


def _day(args: MultiDict[str, str], key: str) -> date | None:
    text = args.get(key) or None
    if text is None:
        return None
    found = days.parse(text)
    if found is None:
        raise BadRequest(f"{key}: want a day such as 2026-11-21")
    return found


def _seconds(args: MultiDict[str, str], key: str) -> int | None:
    text = args.get(key) or None
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and int(text[:9]) <= MAX_S):
        raise BadRequest(f"{key}: want 0 to {MAX_S} seconds")
    return int(text)


def _cursor(text: str | None) -> tuple[float, str] | None:
    if not text:
        return None
    utc, _, call_id = text.partition("_")
    try:
        start = float(utc)
    except ValueError:
        start = float("nan")
    if not (abs(start) < 1e12 and call_id.isascii() and 0 < len(call_id) <= 40):
        raise BadRequest("before: want the cursor of a page of this list")
    return start, call_id


def _limit(text: str | None) -> int:
    if not text:
        return PAGE_ROWS
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= MAX_ROWS):
        raise BadRequest(f"limit: want 1 to {MAX_ROWS}")
    return int(text)
