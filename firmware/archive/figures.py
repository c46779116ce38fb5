"""How many calls, when, and how much they weigh: sums that the start page draws.

Calls are counted where they lie in the order of time; none is read whole.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from firmware.archive.catalogue import Catalogue

#: Counts come in pieces of this, s: every time zone begins its day with one of them.
PIECE_S = 900


@dataclass(frozen=True, slots=True)
class Kept:
    """Of so many calls that are over, so many have sound or a reason for none."""

    calls: int
    kept: int


class Figures:
    """Sums over calls; `lines` limits them to some lines."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def pieces(
        self, since_utc: float, until_utc: float, lines: Sequence[str] = ()
    ) -> dict[int, int]:
        """Return how many calls began in each quarter of an hour since 1970."""
        where, parameters = of_lines(lines)
        sql = (
            f"SELECT CAST(start_utc / {PIECE_S} AS INTEGER), count(*) FROM facets"
            f" WHERE start_utc >= ? AND start_utc < ? {where}"
            " GROUP BY 1"
        )
        rows = self._catalogue.rows(sql, [since_utc, until_utc, *parameters])
        return {int(piece): int(count) for piece, count in rows}

    def kept(
        self, since_utc: float, until_utc: float, lines: Sequence[str] = ()
    ) -> Kept:
        """Return how many calls of a stretch of time have their sound or a reason."""
        where, parameters = of_lines(lines)
        sql = (
            "SELECT count(*), coalesce(sum(audio <> 'none'"
            " OR json_extract(data, '$.no_audio_reason') IS NOT NULL), 0)"
            " FROM calls WHERE start_utc >= ? AND start_utc < ?"
            f" AND outcome <> 'in_progress' {where}"
        )
        rows = self._catalogue.rows(sql, [since_utc, until_utc, *parameters])
        return Kept(*map(int, rows[0]))

    def unheard(self, since_utc: float, lines: Sequence[str] = ()) -> int:
        """Return how many calls since a time can be heard, and nobody has."""
        where, parameters = of_lines(lines)
        sql = (
            f"SELECT count(*) FROM facets WHERE unheard = 1 AND start_utc >= ? {where}"
        )
        return int(self._catalogue.value(sql, [since_utc, *parameters]))

    def weight(self, since_utc: float, until_utc: float) -> int:
        """Return the bytes of sound of the calls of a stretch of time."""
        sql = (
            "SELECT sum(json_extract(data, '$.audio_bytes')) FROM calls"
            " WHERE start_utc >= ? AND start_utc < ? AND audio <> 'none'"
        )
        return int(self._catalogue.value(sql, [since_utc, until_utc]) or 0)


def of_lines(lines: Sequence[str]) -> tuple[str, list[str]]:
    """Return the clause that leaves only some lines; none for all of them."""
    if not lines:
        return "", []
    return f"AND line IN ({', '.join('?' * len(lines))})", list(lines)
