"""The line's own log: what it showed, apart from the calls that were made of it.

Its own SQLite file, so that neither a damaged catalogue nor a call that was never
filed takes it along.  A row per period, not per edge, and no number or name: when it
rang, when the handset was up, when the ear was there at all.  ``synchronous=NORMAL``:
a killed recorder loses nothing, a power cut what the system had not written yet; three
syncs for every call would be wear.
"""

import contextlib
import sqlite3
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sqlite_utils import Database, Migrations

from firmware.archive import disk
from firmware.archive.catalogue import Catalogue, is_damage
from firmware.closing import Closing
from firmware.errors import StoreError
from firmware.service.coverage import Period

NAME = "line.sqlite3"
#: The log is kept for so long, s: 400 days.
KEPT_S = 400 * 86_400.0
#: A recorder says that it is there every two minutes; one that has not for so long is
#: dead, s.
STALE_S = 300.0
#: The box may have more than one bad day.
_MANY = 100

schema = Migrations("linekeeper-line")


@schema()
def line(db: Database) -> None:
    """Periods, what was found of recordings, alerts, and figures of each day."""
    statements = (
        """CREATE TABLE periods (
            id INTEGER PRIMARY KEY,
            line TEXT NOT NULL,
            what TEXT NOT NULL CHECK
                (what IN ('ear', 'ring', 'off_hook', 'sound', 'gap', 'store')),
            boot_id TEXT NOT NULL,
            begin_utc REAL NOT NULL,
            begin_boottime_s REAL NOT NULL,
            end_utc REAL NOT NULL,
            open INTEGER NOT NULL,
            cut INTEGER NOT NULL,
            detail TEXT NOT NULL
        ) STRICT""",
        "CREATE INDEX periods_end ON periods (end_utc)",
        """CREATE TABLE verdicts (
            call_id TEXT PRIMARY KEY,
            file TEXT NOT NULL,
            size INTEGER NOT NULL,
            mtime_ns INTEGER NOT NULL,
            sha256 TEXT NOT NULL,
            samples INTEGER NOT NULL,
            heard_s REAL NOT NULL,
            good INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID""",
        """CREATE TABLE alerts (
            id INTEGER PRIMARY KEY,
            line TEXT NOT NULL,
            kind TEXT NOT NULL,
            detail TEXT NOT NULL,
            since_utc REAL NOT NULL,
            until_utc REAL,
            seen_by TEXT NOT NULL DEFAULT '',
            seen_utc REAL
        ) STRICT""",
        """CREATE TABLE days (
            line TEXT NOT NULL,
            day TEXT NOT NULL,
            data TEXT NOT NULL,
            PRIMARY KEY (line, day)
        ) STRICT, WITHOUT ROWID""",
    )
    for statement in statements:
        db.execute(statement)


@dataclass(slots=True, eq=False)
class Note:
    """A period as the recorder notes it: `row` is its place once it is stored."""

    line: str
    what: str
    boot_id: str
    begin_utc: float
    begin_boottime_s: float
    end_utc: float
    open: bool = True
    detail: str = ""
    row: int | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found when a recording was read back: see `readback`."""

    call_id: str
    file: str
    size: int
    mtime_ns: int
    sha256: str
    samples: int
    heard_s: float
    good: int  # 1: it opens to the last sample


class LineLog(Closing):
    """`state_dir/line.sqlite3`, opened at first need; errors are StoreError."""

    def __init__(self, state_dir: Path, *, create: bool = True) -> None:
        self.path = state_dir / NAME
        self._create = create
        self._guard = threading.Lock()
        self._file: Catalogue | None = None

    @property
    def exists(self) -> bool:
        """Is there a log yet?"""
        return self.path.exists()

    @property
    def file(self) -> Catalogue:
        """The tables; a damaged file is put aside and another begins."""
        with self._guard:
            if self._file is None:
                try:
                    self._file = self._open()
                except StoreError as error:
                    cause = error.__cause__
                    if not (
                        self._create
                        and isinstance(cause, sqlite3.Error)
                        and is_damage(cause)
                    ):
                        raise
                    self._put_aside()
                    self._file = self._open()
            return self._file

    def save(self, notes: Iterable[Note]) -> None:
        """Store periods, new or longer than they were, in one transaction."""
        with self.file.write() as db:
            for note in notes:
                if note.row is None:
                    sql = (
                        "INSERT INTO periods (line, what, boot_id, begin_utc,"
                        " begin_boottime_s, end_utc, open, cut, detail)"
                        " VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?) RETURNING id"
                    )
                    row = db.execute(
                        sql,
                        [
                            *(note.line, note.what, note.boot_id, note.begin_utc),
                            *(note.begin_boottime_s, note.end_utc, int(note.open)),
                            note.detail,
                        ],
                    ).fetchone()
                    note.row = int(row[0])
                else:
                    sql = "UPDATE periods SET end_utc = ?, open = ? WHERE id = ?"
                    db.execute(sql, [note.end_utc, int(note.open), note.row])

    def cut_off(self, line: str, seen_utc: float | None) -> None:
        """End what an earlier run of the recorder left open, when it was seen last."""
        last = seen_utc or self._seen(line) or 0.0
        sql = (
            "UPDATE periods SET open = 0, cut = 1, end_utc = max(end_utc, ?)"
            " WHERE line = ? AND open = 1"
        )
        with self.file.write() as db:
            db.execute(sql, [last, line])

    def _seen(self, line: str) -> float | None:
        """Return when the recorder that runs, or died, was seen last."""
        sql = (
            "SELECT max(end_utc) FROM periods WHERE line = ? AND open = 1"
            " AND what = 'ear'"
        )
        found: float | None = self.file.value(sql, [line])
        return found

    def forget(self, before_utc: float) -> None:
        """Drop what is too old to be asked for."""
        with self.file.write() as db:
            db.execute("DELETE FROM periods WHERE end_utc < ?", [before_utc])
            sql = "DELETE FROM alerts WHERE until_utc < ?"
            db.execute(sql, [before_utc])

    def correct(self, boot_id: str, utc_at_boottime_0: float) -> None:
        """Give the periods of a boot their true time."""
        sql = (
            "UPDATE periods SET end_utc = end_utc - begin_utc + ? + begin_boottime_s,"
            " begin_utc = ? + begin_boottime_s WHERE boot_id = ?"
        )
        with self.file.write() as db:
            db.execute(sql, [utc_at_boottime_0, utc_at_boottime_0, boot_id])

    def periods(self, line: str, begin: float, end: float, now: float) -> list[Period]:
        """Return the periods that reach into a stretch of time, by their begin.

        A recorder that has not been seen for `STALE_S` has died, and what it left open
        ended with it.
        """
        if not self.exists:
            return []
        seen = self._seen(line)
        dead = seen is not None and now - seen > STALE_S
        sql = (
            "SELECT what, begin_utc, end_utc, open, cut, detail FROM periods"
            " WHERE line = ? AND begin_utc < ? AND (open = 1 OR end_utc >= ?)"
            " ORDER BY begin_utc, id"
        )
        return [
            Period(what, start, max(stop, seen or stop), True, detail)
            if is_open and dead
            else Period(what, start, None if is_open else stop, bool(cut), detail)
            for what, start, stop, is_open, cut, detail in self.file.rows(
                sql, [line, end, begin]
            )
        ]

    def last_utc(self) -> float:
        """Return when the log ends: the clock cannot be before that."""
        if not self.exists:
            return 0.0
        found = self.file.value("SELECT max(end_utc) FROM periods")
        return float(found or 0.0)

    def first(self, line: str) -> float | None:
        """Return when the log of a line begins."""
        if not self.exists:
            return None
        sql = "SELECT min(begin_utc) FROM periods WHERE line = ?"
        found: float | None = self.file.value(sql, [line])
        return found

    # what was found of recordings

    def verdict(self, call_id: str) -> Verdict | None:
        """Return what was found when a recording was last read."""
        if not self.exists:
            return None
        sql = (
            "SELECT call_id, file, size, mtime_ns, sha256, samples, heard_s, good"
            " FROM verdicts WHERE call_id = ?"
        )
        rows = self.file.rows(sql, [call_id])
        if not rows:
            return None
        return Verdict(*rows[0])

    def judge(self, found: Verdict) -> None:
        """Keep what was found."""
        sql = "INSERT OR REPLACE INTO verdicts VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        with self.file.write() as db:
            db.execute(
                sql,
                [
                    *(found.call_id, found.file, found.size, found.mtime_ns),
                    *(found.sha256, found.samples, found.heard_s, found.good),
                ],
            )

    def close(self) -> None:
        """Close every connection."""
        with self._guard:
            if self._file is not None:
                self._file.close()
                self._file = None

    def _open(self) -> Catalogue:
        return Catalogue(
            self.path, create=self._create, schema=schema, synchronous="NORMAL"
        )

    def _put_aside(self) -> None:
        aside = next(
            path
            for number in range(1, _MANY + 1)
            if not (path := self.path.with_name(f"line.damaged-{number}")).exists()
        )
        with disk.plainly(f"{self.path}: the damaged log cannot be put aside"):
            for suffix in ("-wal", "-shm"):
                with contextlib.suppress(FileNotFoundError):
                    disk.remove(self.path.with_name(self.path.name + suffix))
            disk.rename(self.path, aside)
