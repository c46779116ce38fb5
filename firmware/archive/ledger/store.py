"""The ledger's file: rows that can only be added, and the tree over them.

Its own SQLite file, so that rebuilding the catalogue never touches it.  Any process
that opens the archive may add; a transaction holds the write lock from its begin, so
that places in the tree are given once.  Roots of 256 leaves, of 256 such and so on are
stored when they are complete: a proof then reads a few hundred rows, however long the
ledger is.
"""

import contextlib
import fcntl
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from sqlite_utils import Database, Migrations

from firmware.archive import disk
from firmware.archive.catalogue import Catalogue
from firmware.archive.ledger import merkle
from firmware.archive.ledger.entry import Entry

NAME = "ledger.sqlite3"
#: Leaves under one stored root, as a power of two; tlog-tiles has the same.
TILE_BITS = 8
TILE = 1 << TILE_BITS
#: Rows read at once.
PAGE = 5000

schema = Migrations("linekeeper-ledger")


@schema()
def ledger(db: Database) -> None:
    """Entries, stored roots, and what refuses to change either."""
    statements = [
        """CREATE TABLE entries (
            id INTEGER PRIMARY KEY,
            call_id TEXT NOT NULL,
            line TEXT NOT NULL
        ) STRICT""",
        "CREATE INDEX entries_call ON entries (call_id) WHERE call_id <> ''",
        """CREATE TABLE tiles (
            level INTEGER NOT NULL,
            number INTEGER NOT NULL,
            root BLOB NOT NULL,
            PRIMARY KEY (level, number)
        ) STRICT, WITHOUT ROWID""",
    ]
    for table in ("entries", "tiles"):
        for deed in ("UPDATE", "DELETE"):
            statements.append(
                f"CREATE TRIGGER {table}_no_{deed.lower()} BEFORE {deed} ON {table} "
                "BEGIN SELECT RAISE(ABORT, 'the ledger only grows'); END"
            )
    for statement in statements:
        db.execute(statement)


class LedgerFile:
    """Rows and roots.  Safe to use from several threads and processes."""

    def __init__(self, path: Path, *, create: bool) -> None:
        self.path = path
        with _alone(path.parent) if create else contextlib.nullcontext():
            self._file = Catalogue(path, create=create, schema=schema)

    @property
    def size(self) -> int:
        """Entries in the ledger."""
        return int(self._file.value("SELECT coalesce(max(id) + 1, 0) FROM entries"))

    def add(self, entries: Sequence[Entry]) -> tuple[int, bytes]:
        """Add entries, durably; return the size and root there are now."""
        lines = [(entry.call_id, entry.raw.decode()) for entry in entries]
        with self._file.write():
            first = self.size
            for place, row in enumerate(lines, first):
                self._insert("entries (id, call_id, line)", (place, *row))
                self._complete_tiles(place + 1)
            size = first + len(lines)
            return size, self.root(size)

    def begin(self, entry: Entry) -> None:
        """Add the first entry; nothing happens if there is one."""
        with self._file.write():
            if self.size == 0:
                self._insert("entries (id, call_id, line)", (0, "", entry.raw.decode()))

    def line(self, index: int) -> bytes:
        """Return the bytes of one entry; IndexError if there is none."""
        sql = "SELECT line FROM entries WHERE id = ?"
        found = self._file.value(sql, [index])
        if found is None:
            raise IndexError(f"the ledger has no entry {index}")
        return str(found).encode()

    def lines(self, first: int = 0, last: int | None = None) -> Iterator[bytes]:
        """Yield the bytes of entries in order, page by page."""
        end = self.size if last is None else last
        for _, line in self._rows(first, end):
            yield line

    def rows(self) -> Iterator[tuple[int, str, bytes]]:
        """Yield every row there is, whatever its place: place, call, bytes."""
        sql = "SELECT id, call_id, line FROM entries WHERE id > ? ORDER BY id LIMIT ?"
        place = -(1 << 62)
        while page := self._file.rows(sql, [place, PAGE]):
            for place, call_id, line in page:
                yield int(place), str(call_id), str(line).encode()

    def of_call(self, call_id: str) -> list[tuple[int, bytes]]:
        """Return place and bytes of every entry of a call, oldest first."""
        # The index leaves out the entries of no call, and has to be told so.
        sql = (
            "SELECT id, line FROM entries WHERE call_id = ? AND call_id <> '' "
            "ORDER BY id"
        )
        rows = self._file.rows(sql, [call_id])
        return [(int(place), str(line).encode()) for place, line in rows]

    def calls(self, kind: str = "") -> set[str]:
        """Return the ids of all calls that have an entry, of this kind if one is given.

        Asking for a kind reads the whole ledger.
        """
        sql = "SELECT DISTINCT call_id FROM entries WHERE call_id <> ''"
        if kind:
            sql += f""" AND line LIKE '%"kind":"{kind}"%'"""
        return {str(row[0]) for row in self._file.rows(sql)}

    def newest(self, kind: str) -> tuple[int, bytes] | None:
        """Return place and bytes of the newest entry of a kind that is of no call."""
        sql = (
            "SELECT id, line FROM entries WHERE call_id = '' AND line LIKE ? "
            "ORDER BY id DESC LIMIT 1"
        )
        rows = self._file.rows(sql, [f'%"kind":"{kind}"%'])
        return (int(rows[0][0]), str(rows[0][1]).encode()) if rows else None

    def root(self, size: int) -> bytes:
        """Return the root over the first entries."""
        return merkle.EMPTY if size == 0 else self._span(0, size)

    def inclusion(self, index: int, size: int) -> merkle.Proof:
        """Return the audit path of an entry in the tree of `size`."""
        return merkle.inclusion(index, size, self._span)

    def consistency(self, old: int, size: int) -> merkle.Proof:
        """Return the proof that the tree of `size` begins with the one of `old`."""
        return merkle.consistency(old, size, self._span)

    def tiles(self) -> Iterator[tuple[int, int, bytes]]:
        """Yield every stored root: (level, number, root)."""
        sql = "SELECT level, number, root FROM tiles ORDER BY level, number"
        for level, number, root in self._file.rows(sql):
            yield int(level), int(number), bytes(root)

    def check(self) -> str | None:
        """Return what is wrong with the file as such, or None."""
        return self._file.check()

    def close(self) -> None:
        """Close every connection."""
        self._file.close()

    def _insert(self, into: str, row: tuple[object, ...]) -> None:
        places = ", ".join("?" * len(row))
        self._file.rows(f"INSERT INTO {into} VALUES ({places})", row)

    def _complete_tiles(self, size: int) -> None:
        """Store the roots that the last entry has completed."""
        level = 1
        while size % (1 << TILE_BITS * level) == 0:
            number = (size >> TILE_BITS * level) - 1
            first = number << TILE_BITS
            root = merkle.root(self._digests(level - 1, first, first + TILE))
            self._insert("tiles (level, number, root)", (level, number, root))
            level += 1

    def _span(self, first: int, last: int) -> bytes:
        """Return the root of the entries from one place up to another."""
        count = last - first
        if count & (count - 1):
            middle = first + merkle.split(count)
            left, right = self._span(first, middle), self._span(middle, last)
            return merkle.node_hash(left, right)
        level = (count.bit_length() - 1) // TILE_BITS
        shift = TILE_BITS * level
        return merkle.root(self._digests(level, first >> shift, last >> shift))

    def _digests(self, level: int, first: int, last: int) -> list[bytes]:
        """Return digests of leaves (level 0) or of stored roots."""
        if level == 0:
            found = [merkle.leaf_hash(line) for _, line in self._rows(first, last)]
        else:
            sql = (
                "SELECT root FROM tiles WHERE level = ? AND number >= ? "
                "AND number < ? ORDER BY number"
            )
            rows = self._file.rows(sql, [level, first, last])
            found = [bytes(row[0]) for row in rows]
        if len(found) != last - first:
            raise IndexError(f"{self.path.name}: entries are missing")
        return found

    def _rows(self, first: int, last: int) -> Iterator[tuple[int, bytes]]:
        sql = "SELECT id, line FROM entries WHERE id >= ? AND id < ? ORDER BY id"
        for start in range(first, last, PAGE):
            for place, line in self._file.rows(sql, [start, min(start + PAGE, last)]):
                yield int(place), str(line).encode()


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep two processes from making the file at once, which SQLite does not bear."""
    with disk.plainly(f"{folder}: the state folder cannot be opened"):
        fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        disk.close(fd)
