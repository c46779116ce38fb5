"""The catalogue: SQLite in WAL mode, one connection per thread, migrations.

It is an index over the recording folders and the home of what is not a call: users,
sessions, the claim.  ``synchronous=FULL`` because a quiet box does not reach a
checkpoint for days, and with NORMAL a power cut takes everything since.
"""

import contextlib
import os
import sqlite3
import threading
import weakref
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

from sqlite_utils import Database, Migrations

from firmware.archive import disk
from firmware.archive.schema import migrations
from firmware.errors import StoreError

NAME = "catalogue.sqlite3"
#: How long a writer waits for another process's transaction, s.
BUSY_S = 10.0
#: Kept length of the write-ahead log after a checkpoint, bytes.
WAL_LIMIT = 4 << 20

#: Result codes that mean "the file is damaged" rather than "try again".
_DAMAGE = ("SQLITE_CORRUPT", "SQLITE_NOTADB")

Row = tuple[Any, ...]


def is_damage(error: sqlite3.Error) -> bool:
    """Tell a damaged database file from every other trouble."""
    name: str = getattr(error, "sqlite_errorname", "") or ""
    return name.startswith(_DAMAGE)


class Catalogue:
    """Connections to one catalogue file.  Use from any thread; `close` ends all."""

    def __init__(
        self,
        path: Path,
        *,
        create: bool,
        schema: Migrations = migrations,
        synchronous: Literal["FULL", "NORMAL"] = "FULL",
    ) -> None:
        self.path = path
        self._synchronous = synchronous
        self._schema = schema
        self._create = create
        self._local = threading.local()
        self._opened: list[tuple[weakref.ref[threading.Thread], Database]] = []
        self._guard = threading.Lock()
        with self._plainly():
            self._migrate()

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """Return all rows of a query."""
        with self._plainly():
            found: list[Row] = self._database().execute(sql, parameters).fetchall()
        return found

    def value(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        """Return the first column of the first row, or None."""
        found = self.rows(sql, parameters)
        return found[0][0] if found else None

    @contextlib.contextmanager
    def write(self) -> Iterator[Database]:
        """Run one durable transaction; it holds the write lock from its begin."""
        with self._plainly():
            db = self._database()
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
            except BaseException:
                db.rollback()
                raise
            try:
                db.execute("COMMIT")
            except sqlite3.Error:
                db.rollback()
                raise

    def check(self) -> str | None:
        """Return what is wrong with the file, or None."""
        try:
            db = self._database()
            report = db.execute("PRAGMA quick_check(1)").fetchone()[0]
            free = db.execute("PRAGMA freelist_count").fetchone()[0]
            pages = db.execute("PRAGMA page_count").fetchone()[0]
        except sqlite3.DatabaseError as error:
            if is_damage(error):
                return str(error)
            raise StoreError(f"{self.path}: {error}") from error
        # With a virtual table among the tables, SQLite 3.40 leaves the free ones out.
        if report == "ok" and not 0 <= free < pages:
            return f"{free} of {pages} pages are free"
        return None if report == "ok" else str(report)

    def rewrite(self) -> None:
        """Write the whole file anew, without what deleted rows left in its pages."""
        with self._plainly():
            db = self._database()
            db.execute("PRAGMA temp_store = MEMORY")  # no other file learns of it
            db.execute("VACUUM")

    def close(self) -> None:
        """Close every connection of every thread."""
        with self._guard:
            opened, self._opened = self._opened, []
        for _, db in opened:
            db.conn.close()
        self._local = threading.local()

    def _database(self) -> Database:
        """Return this thread's connection to the file that bears the name now.

        A damaged catalogue is put aside by the recorder while the web service has
        it open; the identity of the file shows it.
        """
        identity = self._identity()
        db: Database | None = getattr(self._local, "db", None)
        if db is not None and self._local.identity == identity:
            return db
        if db is not None:
            self._forget(db)
        is_new = self._create and identity is None
        db = self._connect()
        self._local.db, self._local.identity = db, self._identity()
        if is_new:  # somebody took the file away; the next start indexes the folders
            self._schema.apply(db)
        return db

    def _identity(self) -> tuple[int, int] | None:
        try:
            stat = os.stat(self.path)
        except FileNotFoundError:
            return None
        return stat.st_dev, stat.st_ino

    def _connect(self) -> Database:
        if not self._create and not self.path.exists():
            raise StoreError(
                f"{self.path}: there is no catalogue yet; the recorder makes it "
                "when it starts"
            )
        if self._create and not self.path.exists():
            self.path.touch(disk.FILE_MODE)  # SQLite's own mode lets everybody read
        frozen = self._is_frozen()
        connection = sqlite3.connect(
            f"{self.path.absolute().as_uri()}{'?immutable=1' if frozen else ''}",
            uri=True,
            timeout=BUSY_S,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            if not frozen:
                connection.execute("PRAGMA journal_mode = WAL")
            connection.execute(f"PRAGMA synchronous = {self._synchronous}")
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA secure_delete = ON")
            connection.execute(f"PRAGMA journal_size_limit = {WAL_LIMIT}")
        except sqlite3.Error:
            connection.close()
            raise
        db = Database(connection, execute_plugins=False, strict=True)
        with self._guard:
            self._close_of_dead_threads()
            self._opened.append((weakref.ref(threading.current_thread()), db))
        return db

    def _is_frozen(self) -> bool:
        """Tell whether the file lies whole on a disk that nobody can write.

        SQLite cannot make the files there that a WAL database needs otherwise.
        """
        log = self.path.with_name(f"{self.path.name}-wal")
        if not self.path.exists() or log.exists():
            return False
        return bool(os.statvfs(self.path).f_flag & os.ST_RDONLY)

    def _forget(self, db: Database) -> None:
        with self._guard:
            self._opened = [entry for entry in self._opened if entry[1] is not db]
        db.conn.close()

    def _close_of_dead_threads(self) -> None:
        alive = []
        for entry in self._opened:
            thread = entry[0]()
            if thread is not None and thread.is_alive():
                alive.append(entry)
            else:
                entry[1].conn.close()
        self._opened = alive

    def _migrate(self) -> None:
        db = self._database()
        if not self._schema.pending(db):
            return
        with self.write() as db:  # the lock keeps two starting services apart
            self._schema.apply(db)

    @contextlib.contextmanager
    def _plainly(self) -> Iterator[None]:
        try:
            yield
        except StoreError:
            raise
        except sqlite3.Error as error:
            raise StoreError(f"{self.path.name}: {error}") from error
        except OSError as error:  # a disk that is gone
            raise disk.store_error(self.path.name, error) from error
