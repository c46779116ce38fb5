"""Missed and not called back: who still waits to hear from us.

A missed call is over when a later call with the same number was answered, whichever
side rang, or when a person says so.  The first is never stored: it is read from the
calls themselves, so that it holds after every rebuild.  What a person says hangs on
the newest missed call of that caller, so that the next one opens the matter again and
an erased call takes its mark along.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from firmware.archive.catalogue import Catalogue
from firmware.archive.figures import of_lines

#: Older missed calls are looked up in the list, not waited for.
WINDOW_S = 14 * 86_400.0
#: Nobody works off more than so many missed calls from one page.
MOST = 500
#: Digits at the end of a number by which two are thought to be one before they are
#: looked at closely; a local number has as many in North America.
TAIL = 7


@dataclass(frozen=True, slots=True)
class Missed:
    """One call that nobody took; `absence` says why there is no number."""

    call_id: str
    line: str
    start_utc: float
    number: str | None = None
    absence: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Talk:
    """A call that was answered, as far as it can end the waiting of somebody."""

    number: str
    start_utc: float


@dataclass(frozen=True, slots=True)
class Mark:
    """What a person said of somebody who waits; `until_utc` None: it is done."""

    call_id: str
    by: str
    at_utc: float
    until_utc: float | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody who waits on a line: how often they rang, the newest call first."""

    calls: tuple[Missed, ...]

    @property
    def last(self) -> Missed:
        """The newest call, by which this waiting is named."""
        return self.calls[0]

    @property
    def name(self) -> str | None:
        """The newest name that came with any of the calls."""
        return next((call.name for call in self.calls if call.name), None)


class Callbacks:
    """Missed calls, what answered them, and what people said of them."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def missed(self, since_utc: float, lines: Sequence[str] = ()) -> list[Missed]:
        """Return the missed calls since a time, the newest first, at most `MOST`."""
        where, parameters = of_lines(lines)
        sql = (
            "SELECT c.id, c.line, c.start_utc, json_extract(data, '$.number'),"
            " json_extract(data, '$.number_absence'), json_extract(data, '$.name')"
            " FROM (SELECT id FROM facets WHERE start_utc >= ? AND outcome = 'missed'"
            f" AND direction = 'incoming' {where}"
            f" ORDER BY start_utc DESC, id DESC LIMIT {MOST}) AS f"
            " JOIN calls AS c ON c.id = f.id WHERE keep NOT LIKE '%bin%'"
            " ORDER BY c.start_utc DESC, c.id DESC"
        )
        rows = self._catalogue.rows(sql, [since_utc, *parameters])
        return [Missed(*row) for row in rows]

    def talks(self, missed: Iterable[Missed]) -> list[Talk]:
        """Return the answered calls whose numbers end like those of missed ones."""
        numbered = [call for call in missed if call.number]
        if not numbered:
            return []
        tails = sorted({str(call.number)[-TAIL:] for call in numbered})
        sql = (
            "SELECT json_extract(data, '$.number') AS raw, c.start_utc"
            " FROM (SELECT id FROM facets WHERE start_utc > ? AND outcome = 'answered'"
            f" AND substr(number, -{TAIL}) IN (SELECT value FROM json_each(?))) AS f"
            " JOIN calls AS c ON c.id = f.id WHERE raw IS NOT NULL"
        )
        oldest = min(call.start_utc for call in numbered)
        rows = self._catalogue.rows(sql, [oldest, json.dumps(tails)])
        return [Talk(*row) for row in rows]

    def marks(self) -> dict[str, Mark]:
        """Return what people said, by the call it hangs on."""
        sql = 'SELECT call_id, "by", at_utc, until_utc FROM callbacks'
        rows = self._catalogue.rows(sql)
        return {row[0]: Mark(*row) for row in rows}

    def mark(
        self, call_id: str, by: str, now_utc: float, until_utc: float | None = None
    ) -> None:
        """Note that a caller is dealt with, or waits until a time."""
        with self._catalogue.write() as db:
            sql = "DELETE FROM callbacks WHERE at_utc < ?"
            db.execute(sql, [now_utc - 2 * WINDOW_S])
            sql = "INSERT OR REPLACE INTO callbacks VALUES (?, ?, ?, ?)"
            db.execute(sql, [call_id, by, now_utc, until_utc])

    def unmark(self, call_id: str) -> None:
        """Take back what was said."""
        with self._catalogue.write() as db:
            db.execute("DELETE FROM callbacks WHERE call_id = ?", [call_id])


def waiting(
    missed: Iterable[Missed],
    talks: Iterable[Talk],
    marks: Mapping[str, Mark],
    now_utc: float,
    form: Callable[[str], str],
    alike: Callable[[str, str], bool],
) -> list[Waiting]:
    """Return who still waits, who rang last first.

    `missed` are the newest first; `form` is how a number is written whatever way it
    came, `alike` says whether two are one.  Calls without a number fold by line and
    reason; only a person can say that those are done.
    """
    ended: dict[str, list[Talk]] = {}
    for talk in talks:
        ended.setdefault(talk.number[-TAIL:], []).append(talk)
    groups: dict[tuple[str, str], list[Missed]] = {}
    shut: set[tuple[str, str]] = set()
    for call in missed:
        key = (call.line, form(call.number) if call.number else f"?{call.absence}")
        if key in shut:
            continue
        mark = marks.get(call.call_id)
        if _over(mark, now_utc) or _answered(call, ended, alike):
            shut.add(key)  # and with it everything older
        else:
            groups.setdefault(key, []).append(call)
    return [Waiting(tuple(calls)) for calls in groups.values()]


def _over(mark: Mark | None, now_utc: float) -> bool:
    return mark is not None and (mark.until_utc is None or mark.until_utc > now_utc)


def _answered(
    call: Missed, ended: dict[str, list[Talk]], alike: Callable[[str, str], bool]
) -> bool:
    """Say whether somebody has talked with this number since."""
    number = call.number
    return number is not None and any(
        talk.start_utc > call.start_utc and alike(number, talk.number)
        for talk in ended.get(number[-TAIL:], ())
    )
