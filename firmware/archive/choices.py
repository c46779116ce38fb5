"""What a person chose on a page: a key, a JSON value, who and when.

Nothing is overwritten: a choice is a new row, the last of a key is the one in force,
and the rows before it say what held when a call was decided on.  Which keys there are
and what fits them is settled in `firmware.service.settings.overlay`.
"""

import json
from collections.abc import Mapping
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


class Choices:
    """The owner's choices.  Pages write them, the recorder reads them."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def get(self, key: str, default: Any = None) -> Any:
        """Return the value in force."""
        sql = "SELECT value FROM choices WHERE key = ? ORDER BY id DESC LIMIT 1"
        found = self._catalogue.value(sql, [key])
        return default if found is None else json.loads(found)

    def set(self, values: Mapping[str, Any], by: str, now_utc: float) -> None:
        """Keep choices made together, in one transaction."""
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
        return {key: json.loads(value) for key, value in self._catalogue.rows(sql)}

    def changed(self) -> int:
        """Return a number that grows with every choice; 0 if none was made."""
        return int(self._catalogue.value("SELECT max(id) FROM choices") or 0)

    def history(self, limit: int = 50) -> list[Choice]:
        """Return the last choices made, the newest first."""
        sql = f"SELECT {_COLUMNS} FROM choices ORDER BY id DESC LIMIT ?"
        return [_choice(row) for row in self._catalogue.rows(sql, [limit])]


def _choice(row: Row) -> Choice:
    number, key, value, by, at_utc = row
    return Choice(number, key, json.loads(value), by, at_utc)
