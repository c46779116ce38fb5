"""Words of transcripts, for searching: an index that forgets when it is told to.

The catalogue is not sealed, so whoever has the disk could read these words, although
they could not hear the call.  Nothing is kept before an owner has allowed it, by a
choice of its own; taking that back removes every text.

FTS5 keeps them, because a transcript has hundreds of words and an ordinary index would
write a page for each.  This SQLite cannot delete from FTS5 without a trace; `forget`
merges the index into one piece, in which nothing is left of what was removed.
"""

from collections.abc import Iterable

from sqlite_utils import Database

from firmware.archive import search
from firmware.archive.catalogue import Catalogue
from firmware.archive.choices import Choices

#: The key of the owner's choice.
ALLOWED = "search.transcripts"
#: Pages written by one step of a merge: a moment's work, so that others may write.
MERGE_PAGES = 256
#: Most characters that are kept of one text: about two hours of talk.
LONGEST = 200_000


class Texts:
    """One text per call and kind, such as ``transcript`` or ``summary``."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    @property
    def allowed(self) -> bool:
        """Has an owner chosen that calls are found by what was said in them?"""
        return Choices(self._catalogue).get(ALLOWED) is True

    def allow(self, by: str, now_utc: float, *, allowed: bool) -> None:
        """Keep the owner's choice; without it no text stays."""
        Choices(self._catalogue).set({ALLOWED: allowed}, by, now_utc)
        if not allowed:
            self._clear()

    def put(self, call_id: str, kind: str, words: str) -> None:
        """Keep the words of a text in place of those of before."""
        self.fill([(call_id, kind, words)])

    def fill(self, texts: Iterable[tuple[str, str, str]]) -> None:
        """Keep many texts at once: call, kind, words; none that is not allowed."""
        if not self.allowed:
            return
        with self._catalogue.write() as db:
            for call_id, kind, words in texts:
                _remove(db, call_id, kind)
                _insert(db, call_id, kind, words)

    def remove(self, call_id: str, kind: str | None = None) -> None:
        """Remove the texts of a call; `forget` makes it final."""
        with self._catalogue.write() as db:
            _remove(db, call_id, kind)

    def _clear(self) -> None:
        while True:
            with self._catalogue.write() as db:
                sql = "SELECT call_id FROM texts LIMIT 200"
                found = [row[0] for row in db.execute(sql).fetchall()]
                for call_id in found:
                    _remove(db, call_id, None)
            if not found:
                return self.forget()

    def forget(self) -> None:
        """Leave nothing in the index of what was removed, in many short steps."""
        pages = -MERGE_PAGES  # the first step takes every piece of the index in
        while True:
            with self._catalogue.write() as db:
                before = db.conn.total_changes
                sql = "INSERT INTO texts_index (texts_index, rank) VALUES ('merge', ?)"
                db.execute(sql, [pages])
                # SQLite's documentation of 'merge': less than two changes, nothing
                # was left to do.
                if db.conn.total_changes - before < 2:
                    return
            pages = MERGE_PAGES

    def count(self) -> int:
        """Return how many texts there are."""
        return int(self._catalogue.value("SELECT count(*) FROM texts"))


def _insert(db: Database, call_id: str, kind: str, words: str) -> None:
    folded = " ".join(search.words(words[:LONGEST]))
    start_utc = _start(db, call_id)
    if not folded or start_utc is None:
        return
    sql = "INSERT INTO texts (call_id, kind, start_utc, words) VALUES (?, ?, ?, ?)"
    row = db.execute(sql, [call_id, kind, start_utc, f" {folded} "]).lastrowid
    sql = "INSERT INTO texts_index (rowid, words) VALUES (?, ?)"
    db.execute(sql, [row, f" {folded} "])


def remove(db: Database, call_id: str) -> None:
    """Remove the texts of a call within a transaction."""
    _remove(db, call_id, None)


def moved(db: Database, call_id: str, start_utc: float) -> None:
    """Note that a call began at another time."""
    sql = "UPDATE texts SET start_utc = ? WHERE call_id = ?"
    db.execute(sql, [start_utc, call_id])


def match(word: str) -> str:
    """Return the question to the index for words that begin so."""
    return f'"{word}"*'


def _remove(db: Database, call_id: str, kind: str | None) -> None:
    sql = "SELECT id, words FROM texts WHERE call_id = ? AND coalesce(?, kind) = kind"
    for row, words in db.execute(sql, [call_id, kind]).fetchall():
        sql = (
            "INSERT INTO texts_index (texts_index, rowid, words)"
            " VALUES ('delete', ?, ?)"
        )
        db.execute(sql, [row, words])
        db.execute("DELETE FROM texts WHERE id = ?", [row])


def _start(db: Database, call_id: str) -> float | None:
    """Return when a call began; None if it may not be found by what was said."""
    sql = (
        "SELECT start_utc FROM calls WHERE id = ? AND keep NOT LIKE '%restricted%'"
        " AND json_extract(data, '$.keeping.erased') IS NULL"
    )
    found = db.execute(sql, [call_id]).fetchone()
    return float(found[0]) if found else None
