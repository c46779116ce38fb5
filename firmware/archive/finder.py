"""Finding calls among many: the rarest thing asked for leads, the rest is checked.

What at most `COMMON` calls have is listed, sorted by time and looked up; what more
have is met often enough on a walk from the newest call back.  Either way the answer is
newest first, a page at a time, by the last call seen; nothing is ever skipped over.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from firmware.archive import index, search
from firmware.archive.catalogue import Catalogue
from firmware.archive.conditions import (
    Clause,
    Listing,
    Wanted,
    before_cursor,
    conditions,
    lists,
    marks,
    newest_of_number,
    together,
)
from firmware.archive.model import Call

#: Calls that are listed and sorted rather than met on a walk.  Among a million, a page
#: of 50 is met within 5000 steps then; both cost some 10 ms.
COMMON = 10_000
MAX_PAGE = 1000
#: Of a caller with more calls, only so many of the newest are counted.
MOST_COUNTED = 200
#: Calls looked up at once.
CHUNK = 500

Cursor = tuple[float, str]


@dataclass(frozen=True, slots=True)
class Caller:
    """All calls of one number, as one row; `latest` is the newest of them."""

    number: str
    latest: Call
    calls: int
    missed: int
    unheard: int

    @property
    def many(self) -> bool:
        """Are there perhaps more than were counted?"""
        return self.calls >= MOST_COUNTED


class Finder:
    """Answers from facets, terms and texts.  For reading; safe from any thread."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def page(
        self, wanted: Wanted, limit: int, before: Cursor | None = None
    ) -> list[Call]:
        """Return calls, newest first, that began before a cursor."""
        limit = max(1, min(limit, MAX_PAGE))
        common = wanted.outcome is None or wanted.outcome in search.COMMON_OUTCOMES
        easy = common and not wanted.lines
        if wanted.plain and (easy or self.pending):
            return self._plain(wanted, limit, before)
        return self.calls([row[1] for row in self._found(wanted, limit, before)])

    def each(self, wanted: Wanted) -> Iterator[Call]:
        """Yield every call that is found, however many there are."""
        before: Cursor | None = None
        while keys := list(self._found(wanted, MAX_PAGE, before)):
            yield from self.calls([key[1] for key in keys])
            before = keys[-1]

    def ids(self, wanted: Wanted, most: int) -> list[str]:
        """Return the ids of what is found, at most so many."""
        return [key[1] for key in self._found(wanted, most, None)]

    def callers(
        self, wanted: Wanted, limit: int, before: Cursor | None
    ) -> list[Caller]:
        """Return who was on the line, by their newest call that is found."""
        keys = list(self._found(wanted, limit, before, by_number=True))
        latest = self.calls([key[1] for key in keys])
        return [self._caller(wanted, call) for call in latest]

    def calls(self, call_ids: Sequence[str]) -> list[Call]:
        """Return calls by their ids, in that order, without those that are gone."""
        rows: dict[str, str] = {}
        for at in range(0, len(call_ids), CHUNK):
            some = call_ids[at : at + CHUNK]
            sql = f"SELECT id, data FROM calls WHERE id IN ({marks(some)})"
            rows.update(self._catalogue.rows(sql, some))
        found = (rows.get(call_id) for call_id in call_ids)
        return [Call.from_json(json.loads(data)) for data in found if data is not None]

    def unheard(self, calls: Sequence[Call]) -> set[str]:
        """Return which of some calls nobody has played, by their ids."""
        if not calls:
            return set()
        ids = [call.id for call in calls]
        starts = f"SELECT start_utc FROM calls WHERE id IN ({marks(ids)})"
        sql = (
            f"SELECT id FROM facets WHERE start_utc IN ({starts})"
            f" AND id IN ({marks(ids)}) AND unheard = 1"
        )
        return {str(row[0]) for row in self._catalogue.rows(sql, [*ids, *ids])}

    def tags(self, most: int = 200) -> list[str]:
        """Return the marks of all tags in use."""
        sql = (
            "WITH RECURSIVE next(term) AS"
            " (SELECT min(term) FROM terms WHERE term > '!='"
            " UNION ALL SELECT (SELECT min(term) FROM terms WHERE term > next.term)"
            " FROM next WHERE next.term IS NOT NULL AND next.term < '!>')"
            " SELECT term FROM next WHERE term < '!>' LIMIT ?"
        )
        return [str(term) for (term,) in self._catalogue.rows(sql, [most])]

    @property
    def pending(self) -> bool:
        """Are there calls of before that cannot be found yet?"""
        return index.pending(self._catalogue)

    def _plain(self, wanted: Wanted, limit: int, before: Cursor | None) -> list[Call]:
        """Answer from the calls' own rows, which are there from the first moment."""
        clauses: list[Clause] = [] if wanted.binned else [("keep NOT LIKE '%bin%'", [])]
        if wanted.lines:
            clauses.append((f"line IN ({marks(wanted.lines)})", list(wanted.lines)))
        for column in ("direction", "outcome"):
            if (value := getattr(wanted, column)) is not None:
                clauses.append((f"{column} = ?", [value]))
        where, parameters = together([*clauses, *before_cursor(before)])
        sql = (
            f"SELECT data FROM calls WHERE {where}"
            " ORDER BY start_utc DESC, id DESC LIMIT ?"
        )
        rows = self._catalogue.rows(sql, [*parameters, limit])
        return [Call.from_json(json.loads(data)) for (data,) in rows]

    def _caller(self, wanted: Wanted, latest: Call) -> Caller:
        number = search.number_of(latest)
        clauses = conditions(replace(wanted, number=number))
        where, parameters = together(clauses)
        sql = (
            "SELECT count(*), coalesce(sum(outcome = 'missed'), 0),"
            " coalesce(sum(unheard), 0) FROM (SELECT outcome, unheard FROM facets f"
            f" WHERE {where} ORDER BY start_utc DESC, id DESC LIMIT {MOST_COUNTED})"
        )
        counts = self._catalogue.rows(sql, parameters)[0]
        return Caller(number, latest, *(int(count) for count in counts))

    def _found(
        self,
        wanted: Wanted,
        limit: int,
        before: Cursor | None,
        *,
        by_number: bool = False,
    ) -> Iterator[Cursor]:
        """Yield when and which calls are found, the newest first."""
        hits, known = self._listed(wanted, before)
        clauses = conditions(wanted, known=known)
        if by_number:
            clauses.append(newest_of_number(wanted))
        if hits is None:
            where, parameters = together([*clauses, *before_cursor(before)])
            sql = (
                f"SELECT start_utc, id FROM facets f WHERE {where}"
                " ORDER BY start_utc DESC, id DESC LIMIT ?"
            )
            yield from self._catalogue.rows(sql, [*parameters, limit])
            return
        where, parameters = together(clauses)
        for at in range(0, len(hits), CHUNK):
            some = hits[at : at + CHUNK]
            sql = (
                f"WITH hits(at, id) AS (VALUES {', '.join(['(?, ?)'] * len(some))})"
                " SELECT f.start_utc, f.id FROM hits CROSS JOIN facets f"
                f" ON f.start_utc = hits.at AND f.id = hits.id WHERE {where}"
            )
            values = [value for hit in some for value in hit]
            found = self._catalogue.rows(sql, [*values, *parameters])
            for key in sorted(found, reverse=True):
                yield key
                limit -= 1
                if not limit:
                    return

    def _listed(
        self, wanted: Wanted, before: Cursor | None
    ) -> tuple[list[Cursor] | None, set[search.Part]]:
        """Return the calls that have the rarest things asked for, the newest first.

        None if each of them is common; whoever walks meets them soon.  With them come
        the parts of the question that all of these calls have.
        """
        found: set[Cursor] | None = None
        known: set[search.Part] = set()
        for part, listings in self._few(wanted):
            if part is not None:
                known.add(part)
            hits = {
                row
                for each in listings
                for row in self._catalogue.rows(each.sql, each.parameters)
            }
            found = hits if found is None else found & hits
            if not found:
                break
        if found is None:
            return None, known
        low = wanted.since_utc if wanted.since_utc is not None else float("-inf")
        high = wanted.until_utc if wanted.until_utc is not None else float("inf")
        kept = (hit for hit in found if low <= hit[0] < high)
        late = sorted((h for h in kept if before is None or h < before), reverse=True)
        return late, known

    def _few(self, wanted: Wanted) -> list[tuple[search.Part | None, list[Listing]]]:
        """Return what is asked for that so few calls have that they are listed.

        Of several common things together a walk would meet few calls: then the
        rarest is listed although each of its calls has to be looked up.
        """
        asked = list(lists(wanted))
        sizes = [[self._size(each) for each in listings] for _, listings in asked]
        weighed = [
            sum(n * each.weight for n, each in zip(counts, listings, strict=True))
            for counts, (_, listings) in zip(sizes, asked, strict=True)
        ]
        few = [each for each, n in zip(asked, weighed, strict=True) if n <= COMMON]
        if few or len(asked) < 2:
            return few
        smallest = min(range(len(asked)), key=lambda i: sum(sizes[i]))
        return [asked[smallest]] if sum(sizes[smallest]) <= COMMON else []

    def _size(self, listing: Listing) -> int:
        """Count what a query lists, up to just beyond COMMON."""
        sql = listing.size or listing.sql
        counted = f"SELECT count(*) FROM ({sql} LIMIT {COMMON + 1})"
        return int(self._catalogue.value(counted, listing.parameters))
