"""Who talks on a line, and whether they have been told that it is recorded.

A row is one person on one line.  Nothing is deleted: a person who leaves keeps the row,
and the hash of the text they were shown stays with the time they acknowledged it.
"""

from dataclasses import dataclass

from firmware.archive.catalogue import Catalogue

_COLUMNS = (
    "id, line, name, added_utc, added_by, told_utc, told_by, language, text_sha256, "
    "left_utc"
)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who uses a line; `told_utc` is when they acknowledged."""

    id: int
    line: str
    name: str
    added_utc: float
    added_by: str
    told_utc: float | None = None
    told_by: str | None = None
    language: str | None = None
    text_sha256: str | None = None
    left_utc: float | None = None


class Staff:
    """The people on the lines of the box."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def add(self, line: str, name: str, by: str, now_utc: float) -> int:
        """Put a person on a line; return the id of the row."""
        sql = "INSERT INTO staff (line, name, added_utc, added_by) VALUES (?, ?, ?, ?)"
        with self._catalogue.write() as db:
            return int(db.execute(sql, [line, name, now_utc, by]).lastrowid or 0)

    def acknowledge(
        self,
        person_id: int,
        by: str,
        now_utc: float,
        *,
        language: str,
        text_sha256: str,
    ) -> None:
        """Note that a person has read what recording means and said so."""
        sql = (
            "UPDATE staff SET told_utc = ?, told_by = ?, language = ?, text_sha256 = ?"
            " WHERE id = ? AND left_utc IS NULL"
        )
        with self._catalogue.write() as db:
            db.execute(sql, [now_utc, by, language, text_sha256, person_id])

    def leave(self, person_id: int, now_utc: float) -> None:
        """Note that a person does not use the line any more."""
        sql = "UPDATE staff SET left_utc = ? WHERE id = ? AND left_utc IS NULL"
        with self._catalogue.write() as db:
            db.execute(sql, [now_utc, person_id])

    def get(self, person_id: int) -> Person | None:
        """Return one row."""
        sql = f"SELECT {_COLUMNS} FROM staff WHERE id = ?"
        found = self._catalogue.rows(sql, [person_id])
        return Person(*found[0]) if found else None

    def people(self, line: str | None = None, *, gone: bool = False) -> list[Person]:
        """Return who is on a line, or on any; with `gone`, also who was."""
        sql = (
            f"SELECT {_COLUMNS} FROM staff WHERE (? IS NULL OR line = ?)"
            " AND (? OR left_utc IS NULL) ORDER BY line, id"
        )
        return [Person(*row) for row in self._catalogue.rows(sql, [line, line, gone])]
