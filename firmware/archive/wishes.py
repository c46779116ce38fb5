"""What is kept of a telephone number: an objection, a caution, where its owner lives.

Kinds: ``never`` (they object: never record), ``private`` (a private call of the own
side), ``ask_first`` (they refused once), ``place`` (the contact's address: `value` is
the code of a jurisdiction).  A wish that ends keeps its row.
"""

from dataclasses import dataclass
from typing import Literal, get_args

from firmware.archive.catalogue import Catalogue

Kind = Literal["never", "private", "ask_first", "place"]
KINDS: tuple[Kind, ...] = get_args(Kind)

_COLUMNS = 'id, number, kind, value, name, note, "by", at_utc, ended_utc, ended_by'


@dataclass(frozen=True, slots=True)
class Wish:
    """One wish; `number` is in international form."""

    id: int
    number: str
    kind: Kind
    value: str
    name: str
    note: str
    by: str
    at_utc: float
    ended_utc: float | None = None
    ended_by: str | None = None


class Wishes:
    """The wishes kept of numbers.  Pages and the recorder both add to them."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def add(
        self,
        number: str,
        kind: Kind,
        by: str,
        now_utc: float,
        *,
        value: str = "",
        name: str = "",
        note: str = "",
    ) -> int:
        """Keep a wish; one of the same kind for this number ends with it."""
        with self._catalogue.write() as db:
            sql = (
                "UPDATE wishes SET ended_utc = ?, ended_by = ?"
                " WHERE number = ? AND kind = ? AND ended_utc IS NULL"
            )
            db.execute(sql, [now_utc, by, number, kind])
            sql = (
                'INSERT INTO wishes (number, kind, value, name, note, "by", at_utc)'
                " VALUES (?, ?, ?, ?, ?, ?, ?)"
            )
            row = [number, kind, value, name, note, by, now_utc]
            return int(db.execute(sql, row).lastrowid or 0)

    def end(self, wish_id: int, by: str, now_utc: float) -> None:
        """Note that a wish does not hold any more."""
        sql = (
            "UPDATE wishes SET ended_utc = ?, ended_by = ?"
            " WHERE id = ? AND ended_utc IS NULL"
        )
        with self._catalogue.write() as db:
            db.execute(sql, [now_utc, by, wish_id])

    def held(self, number: str | None = None) -> list[Wish]:
        """Return the wishes that hold, of one number or of all, the newest first."""
        sql = (
            f"SELECT {_COLUMNS} FROM wishes WHERE ended_utc IS NULL"
            " AND (? IS NULL OR number = ?) ORDER BY id DESC"
        )
        return [Wish(*row) for row in self._catalogue.rows(sql, [number, number])]
