"""What a search asks of a call, as SQL: conditions to check, queries that list.

Everything a person typed or chose is a parameter, never a part of a statement.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from firmware.archive import search, texts

#: A condition and its parameters.
Clause = tuple[str, list[Any]]


#: Weight of a call that has to be looked up in another table to be listed.
LOOKED_UP = 3


class Listing(NamedTuple):
    """A query that lists when and which calls; `size` counts them without a look.

    `weight` is what a call costs to be listed, against one from the terms.
    """

    sql: str
    parameters: list[Any]
    size: str = ""
    weight: int = 1


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for; everything that is set must hold."""

    q: str = ""
    direction: str | None = None
    outcome: str | None = None
    lines: tuple[str, ...] = ()
    number: str | None = None  # all its digits: the calls of one caller
    since_utc: float | None = None
    until_utc: float | None = None
    min_s: float | None = None
    max_s: float | None = None
    marks: tuple[str, ...] = ()  # of `search.marks`, or a prefix that ends with *
    by: str | None = None  # who played it or had a hand in it
    unheard: bool = False
    unheard_by: str | None = None
    binned: bool = False

    @property
    def plain(self) -> bool:
        """Is it answered by the calls' own rows?"""
        return (
            replace(self, direction=None, outcome=None, lines=(), binned=False)
            == Wanted()
        )


def conditions(
    wanted: Wanted, row: str = "f", known: Collection[search.Part] = ()
) -> list[Clause]:
    """Return what a facet, by the name it has in the query, has to be like.

    `known` are parts of the question that need not be checked.
    """
    clauses: list[Clause] = []
    if not wanted.binned and "!bin" not in wanted.marks:
        clauses.append(("instr(words, ' !bin ') = 0", []))
    if wanted.lines:
        clauses.append((f"line IN ({marks(wanted.lines)})", list(wanted.lines)))
    for sql, value in (
        ("direction = ?", wanted.direction),
        ("outcome = ?", wanted.outcome),
        ("number = ?", wanted.number),
        ("start_utc >= ?", wanted.since_utc),
        ("start_utc < ?", wanted.until_utc),
        ("duration_s >= ?", wanted.min_s),
        ("duration_s <= ?", wanted.max_s),
    ):
        if value is not None:
            clauses.append((sql, [value]))
    if wanted.number is not None:
        clauses.append(("number <> ''", []))
    if wanted.unheard:
        clauses.append(("unheard = 1", []))
    played = f'SELECT 1 FROM heard WHERE call_id = {row}.id AND "by" = ?'
    if wanted.unheard_by is not None:
        sql = f"instr(words, ' !audio ') > 0 AND NOT EXISTS ({played})"
        clauses.append((sql, [wanted.unheard_by]))
    if wanted.by is not None:
        sql = f"(instr(words, ?) > 0 OR EXISTS ({played}))"
        clauses.append((sql, [f" {search.who_mark(wanted.by)} ", wanted.by]))
    for mark in wanted.marks:
        told = f" {mark[:-1]}" if mark.endswith("*") else f" {mark} "
        clauses.append(("instr(words, ?) > 0", [told]))
    clauses += [_check(part, row) for part in _parts(wanted.q) if part not in known]
    return clauses


def _check(part: search.Part, row: str) -> Clause:
    """Return whether a facet has one part of what was typed."""
    checks: list[str] = []
    parameters: list[Any] = []
    if part.words:
        checks.append(" AND ".join(["instr(words, ?) > 0"] * len(part.words)))
        spoken = " AND instr(t.words, ?) > 0" * len(part.words)
        checks.append(
            f"EXISTS (SELECT 1 FROM texts t WHERE t.call_id = {row}.id{spoken})"
        )
        parameters += [f" {word}" for word in part.words] * 2
    if len(part.digits) >= search.MIN_FRAGMENT:
        checks.append("instr(number, ?) > 0")
        parameters.append(part.digits)
        if trunk := search.without_trunk(part.digits):
            checks.append(f"instr(number, ?) {_AFTER_COUNTRY}")
            parameters.append(trunk)
    elif part.digits:
        checks.append("instr(number, ?) = 1")
        parameters.append(part.digits)
    return f"({' OR '.join(checks) or '0'})", parameters


#: Where a number begins behind its country code, which has one to three digits.
_AFTER_COUNTRY = "BETWEEN 2 AND 4"


def lists(wanted: Wanted) -> Iterator[tuple[search.Part | None, list[Listing]]]:
    """Yield, for each thing asked for, the queries that list the calls with it.

    With it comes the part of the question, if the list is exactly that.
    """
    if wanted.number:
        sql = "SELECT start_utc, id FROM facets WHERE number = ? AND number <> ''"
        yield None, [Listing(sql, [wanted.number])]
    if wanted.by is not None:
        played = (
            "SELECT c.start_utc, c.id FROM heard h CROSS JOIN calls c"
            ' ON c.id = h.call_id WHERE h."by" = ?'
        )
        size = 'SELECT 1 FROM heard WHERE "by" = ?'
        listed = Listing(played, [wanted.by], size, LOOKED_UP)
        yield None, [_exactly(search.who_mark(wanted.by)), listed]
    if wanted.outcome and wanted.outcome not in search.COMMON_OUTCOMES:
        yield None, [_exactly(f"!is_{wanted.outcome}")]
    if wanted.min_s is not None and wanted.min_s >= search.LONG_S:
        yield None, [_between(search.long_mark(wanted.min_s), search.LONG_END)]
    for mark in wanted.marks:
        if mark not in ("!audio", "!mute"):
            prefix = mark.removesuffix("*")
            yield None, [_exactly(mark) if prefix == mark else _beginning(prefix)]
    for part in _parts(wanted.q):
        whole = len(part.words) <= 1
        yield part if whole else None, list(_part_lists(part))


def _part_lists(part: search.Part) -> Iterator[Listing]:
    if part.words:
        longest = max(part.words, key=len)  # the others are checked
        yield _beginning(longest)
        matches = "SELECT rowid FROM texts_index WHERE texts_index MATCH ?"
        sql = (
            f"SELECT t.start_utc, t.call_id FROM ({matches}) m"
            " CROSS JOIN texts t ON t.id = m.rowid"
        )
        yield Listing(sql, [texts.match(longest)], matches, LOOKED_UP)
    short = len(part.digits) < search.MIN_FRAGMENT
    numbers = (
        "SELECT f.start_utc, f.id FROM (SELECT DISTINCT number FROM endings"
        " WHERE ending >= ? AND ending < ?{}) e CROSS JOIN facets f"
        " ON f.number = e.number AND f.number <> ''"
    )
    if part.digits:
        prefix = f"^{part.digits}" if short else part.digits
        yield Listing(numbers.format(""), list(search.span(prefix)))
    if trunk := search.without_trunk(part.digits):
        place = f" AND instr(number, ?) {_AFTER_COUNTRY}"
        yield Listing(numbers.format(place), [*search.span(trunk), trunk])


def _parts(q: str) -> list[search.Part]:
    if not q.strip():
        return []
    return search.parts(q) or [search.Part()]  # nothing that could be found


def _beginning(prefix: str) -> Listing:
    return _between(*search.span(prefix))


def _between(first: str, after: str) -> Listing:
    sql = "SELECT start_utc, call_id FROM terms WHERE term >= ? AND term < ?"
    return Listing(sql, [first, after])


def _exactly(term: str) -> Listing:
    return Listing("SELECT start_utc, call_id FROM terms WHERE term = ?", [term])


def newest_of_number(wanted: Wanted) -> Clause:
    """Return that no later call of the same number is found, too."""
    where, parameters = together(conditions(wanted, "g"))
    sql = (
        "number <> '' AND NOT EXISTS (SELECT 1 FROM facets g WHERE g.number = f.number"
        " AND g.number <> '' AND (g.start_utc, g.id) > (f.start_utc, f.id)"
        f" AND {where})"
    )
    return sql, parameters


def before_cursor(cursor: tuple[float, str] | None) -> list[Clause]:
    return [] if cursor is None else [("(start_utc, id) < (?, ?)", list(cursor))]


def together(clauses: Sequence[Clause]) -> Clause:
    where = " AND ".join(sql for sql, _ in clauses) or "1"
    return where, [value for _, values in clauses for value in values]


def marks(values: Sequence[Any]) -> str:
    return ", ".join("?" * len(values))
