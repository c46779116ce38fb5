"""What a person chose on a page: a key, a JSON value, who and when.

Nothing is overwritten: a choice is a new row, the last of a key is the one in force,
and the rows before it say what held when a call was decided on.  A choice that was
taken back is a row, too: then the settings file holds again.  Which keys there are and
what fits them is settled in `firmware.service.settings.overlay`.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from firmware.archive.catalogue import Catalogue, Row

_COLUMNS = 'id, key, value, "by", at_utc'


@dataclass(frozen=True, slots=True)
class Choice:
    """One choice; `id` grows with every choice made."""

    id: int
    key: str
    value: Any
    by: str
    at_utc: float


#: The value of a row that takes a choice back.
TAKEN_BACK = {"taken_back": True}


@dataclass(frozen=True, slots=True)
class Change:
    """One choice with what it replaced; TAKEN_BACK stands for the file's value."""

    id: int
    key: str
    before: Any
    after: Any
    by: str
    at_utc: float


class Choices:
    """The owner's choices.  Pages write them, the recorder reads them."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def get(self, key: str, default: Any = None) -> Any:
        """Return the value in force."""
        sql = "SELECT value FROM choices WHERE key = ? ORDER BY id DESC LIMIT 1"
        found = self._catalogue.value(sql, [key])
        value = TAKEN_BACK if found is None else json.loads(found)
        return default if value == TAKEN_BACK else value

    def set(self, values: Mapping[str, Any], by: str, now_utc: float) -> None:
        """Keep choices made together, in one transaction; TAKEN_BACK ends one."""
        rows = [
            (key, json.dumps(value, ensure_ascii=False), by, now_utc)
            for key, value in values.items()
        ]
        sql = 'INSERT INTO choices (key, value, "by", at_utc) VALUES (?, ?, ?, ?)'
        with self._catalogue.write() as db:
            for row in rows:
                db.execute(sql, row)

    def all(self) -> dict[str, Any]:
        """Return every choice in force."""
        sql = (
            "SELECT key, value FROM choices WHERE id IN "
            "(SELECT max(id) FROM choices GROUP BY key)"
        )
        found = {key: json.loads(value) for key, value in self._catalogue.rows(sql)}
        return {key: value for key, value in found.items() if value != TAKEN_BACK}

    def changed(self) -> int:
        """Return a number that grows with every choice; 0 if none was made."""
        return int(self._catalogue.value("SELECT max(id) FROM choices") or 0)

    def history(self, limit: int = 50) -> list[Choice]:
        """Return the last choices made, the newest first."""
        sql = f"SELECT {_COLUMNS} FROM choices ORDER BY id DESC LIMIT ?"
        return [_choice(row) for row in self._catalogue.rows(sql, [limit])]

    def last(self) -> dict[str, Choice]:
        """Return of every choice in force who made it and when."""
        sql = (
            f"SELECT {_COLUMNS} FROM choices WHERE id IN "
            "(SELECT max(id) FROM choices GROUP BY key)"
        )
        made = [_choice(row) for row in self._catalogue.rows(sql)]
        return {one.key: one for one in made if one.value != TAKEN_BACK}

    def changes(self, keys: Iterable[str] = (), limit: int = 50) -> list[Change]:
        """Return the last changes, of these keys or of all, the newest first."""
        wanted = list(keys)
        marks = ", ".join("?" * len(wanted))
        where = f"WHERE key IN ({marks})" if wanted else ""
        sql = (
            'SELECT id, key, before, value, "by", at_utc FROM (SELECT *, lag(value)'
            f" OVER (PARTITION BY key ORDER BY id) AS before FROM choices {where})"
            " ORDER BY id DESC LIMIT ?"
        )
        return [_change(row) for row in self._catalogue.rows(sql, [*wanted, limit])]

    def undo(self, newest: int, by: str, now_utc: float) -> list[str]:
        """Take back what was chosen last, in one go, unless more was chosen since.

        `newest` is the id that whoever asks has seen as the last; returns the keys.
        """
        made = self.changes(limit=200)
        if not made or made[0].id != newest:
            return []
        first = made[0]
        together = [c for c in made if (c.at_utc, c.by) == (first.at_utc, first.by)]
        before = {change.key: change.before for change in reversed(together)}
        self.set(before, by, now_utc)
        return list(before)


def _change(row: Row) -> Change:
    number, key, before, after, by, at_utc = row
    was = TAKEN_BACK if before is None else json.loads(before)
    return Change(number, key, was, json.loads(after), by, at_utc)


def _choice(row: Row) -> Choice:
    number, key, value, by, at_utc = row
    return Choice(number, key, json.loads(value), by, at_utc)
