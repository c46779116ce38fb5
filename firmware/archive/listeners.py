"""Who has played which call; the ledger is the proof, this is for finding."""

from collections.abc import Iterable

from firmware.archive import index
from firmware.archive.catalogue import Catalogue


class Listeners:
    """Calls that were played, by whom first and when.  Readers write here, too."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def note(self, call_id: str, by: str, now_utc: float) -> None:
        """Note that somebody played a call; the first time counts."""
        known = 'SELECT 1 FROM heard WHERE call_id = ? AND "by" = ?'
        if not self._catalogue.rows(known, [call_id, by]):
            self.fill([(call_id, by, now_utc)])

    def fill(self, played: Iterable[tuple[str, str, float]]) -> None:
        """Note many at once: what the ledger tells after the catalogue was lost."""
        with self._catalogue.write() as db:
            for call_id, by, at_utc in played:
                sql = "INSERT OR IGNORE INTO heard VALUES (?, ?, ?)"
                db.execute(sql, [call_id, by, at_utc])
                index.unheard(db, call_id, is_unheard=False)

    def of(self, call_id: str) -> list[str]:
        """Return who has played a call, the first one first."""
        sql = 'SELECT "by" FROM heard WHERE call_id = ? ORDER BY first_utc, "by"'
        return [str(name) for (name,) in self._catalogue.rows(sql, [call_id])]

    def people(self) -> list[str]:
        """Return everybody who has played a call."""
        # A walk from name to name along the index, however many calls there are.
        sql = (
            'WITH RECURSIVE next("by") AS (SELECT min("by") FROM heard UNION ALL'
            ' SELECT (SELECT min("by") FROM heard WHERE "by" > next."by") FROM next'
            ' WHERE next."by" IS NOT NULL) SELECT "by" FROM next'
            ' WHERE "by" IS NOT NULL'
        )
        return [str(name) for (name,) in self._catalogue.rows(sql)]
