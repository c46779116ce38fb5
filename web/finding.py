"""What is looked for in the list: read strictly from an address, and put back."""

from dataclasses import dataclass
from typing import Any

from flask import g
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest

from firmware.archive import Archive
from firmware.archive.model import Call
from web import vocabulary, words

PAGE_ROWS = 50
MAX_ROWS = 200
MAX_QUERY = 80


@dataclass(frozen=True, slots=True)
class Find:
    """A search; None means no wish."""

    q: str | None = None
    direction: str | None = None
    outcome: str | None = None
    before: tuple[float, str] | None = None
    limit: int = PAGE_ROWS

    @property
    def filtered(self) -> bool:
        return bool(self.q or self.direction or self.outcome)

    def address(self, **changes: str | None) -> dict[str, Any]:
        """Return the wishes as arguments of an address, without those not set."""
        kept = {"q": self.q, "direction": self.direction, "outcome": self.outcome}
        return {k: v for k, v in {**kept, **changes}.items() if v}


def read(args: MultiDict[str, str]) -> Find:
    """Read a search; BadRequest names what is wrong."""
    q = words.clean(args.get("q")) or None
    if q and len(q) > MAX_QUERY:
        raise BadRequest(f"q: want at most {MAX_QUERY} characters")
    return Find(
        q=q,
        direction=_one_of(args, "direction", vocabulary.DIRECTIONS),
        outcome=_one_of(args, "outcome", vocabulary.OUTCOMES),
        before=_cursor(args.get("before")),
        limit=_limit(args.get("limit")),
    )


def look(archive: Archive, find: Find) -> tuple[list[Call], str | None]:
    """Return one page of calls and the cursor of the next, if there is one."""
    calls = archive.calls.page(
        limit=find.limit + 1,
        before=find.before,
        q=find.q,
        direction=find.direction,
        outcome=find.outcome,
        lines=g.user.lines,
    )
    if len(calls) <= find.limit:
        return calls, None
    calls = calls[: find.limit]
    return calls, f"{calls[-1].start_utc!r}_{calls[-1].id}"


def _one_of(args: MultiDict[str, str], key: str, known: dict[str, Any]) -> str | None:
    value = args.get(key) or None
    if value is not None and value not in known:
        raise BadRequest(f"{key}: want one of {', '.join(known)}")
    return value


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
