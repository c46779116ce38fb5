"""The ledger: every event of a recording's life, in an order that cannot change.

Beside the file with the entries lies `ledger.head`, the newest checkpoint, signed and
rewritten after each addition.  It is not synced of its own, so after a power cut it
may be older than the entries, never newer: a newer head means that entries are gone.
"""

import contextlib
import logging
import os
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from firmware.archive import disk
from firmware.archive.ledger import key as signing
from firmware.archive.ledger import merkle, salvage
from firmware.archive.ledger.entry import Entry, EntryError
from firmware.archive.ledger.note import Checkpoint, Note, NoteError, NoteKey, note_key
from firmware.archive.ledger.store import NAME, LedgerFile
from firmware.closing import Closing
from firmware.errors import StoreError

log = logging.getLogger(__name__)

HEAD = "ledger.head"
#: The head is rewritten in place: one page holds it, padded with newlines.
HEAD_BYTES = 512


@dataclass(frozen=True, slots=True)
class Inclusion:
    """That one entry is in the tree of a checkpoint."""

    index: int
    size: int
    line: bytes
    path: list[bytes]
    root: bytes

    @property
    def holds(self) -> bool:
        """Does the path lead from the entry to the root?"""
        leaf = merkle.leaf_hash(self.line)
        return merkle.is_included(self.index, self.size, leaf, self.path, self.root)


class Ledger(Closing):
    """`state_dir/ledger.sqlite3`, its key and its head; opened at first need.

    Any process may add.  Only one that can read the signing key makes checkpoints.
    Errors of disk, database and key are StoreError.
    """

    def __init__(self, state_dir: Path, *, create: bool = True) -> None:
        self.state_dir = state_dir
        self._create = create
        self._guard = threading.RLock()
        self._open: LedgerFile | None = None
        self.renewed = False  # it was damaged, and another has begun

    @property
    def exists(self) -> bool:
        """Is there a ledger yet?"""
        return (self.state_dir / NAME).exists()

    @property
    def size(self) -> int:
        """Entries in the ledger."""
        return self.file.size

    @property
    def file(self) -> LedgerFile:
        """The rows; the file is made when the first entry comes."""
        with self._guard:
            if self._open is None:
                self._open = LedgerFile(self.state_dir / NAME, create=self._create)
            return self._open

    @property
    def origin(self) -> str:
        """The name of this ledger, which its first entry bears."""
        first = _parse(self.file.line(0), 0)
        if "origin" not in first.data:
            raise StoreError("ledger: its first entry is not its beginning")
        return str(first.data["origin"])

    @property
    def public_key(self) -> NoteKey:
        """The key that checks this ledger's checkpoints."""
        return note_key(self.origin, signing.load(self.state_dir))

    def add(
        self, kind: str, call_id: str, by: str, at_utc: float, **data: Any
    ) -> Entry:
        """Add one entry, durably, and return it with its place.

        `data` is limited to what `entry.FIELDS` lists: no number, name or text.
        """
        (entry,) = self.add_all([Entry(kind, call_id, by, at_utc, data)])
        return entry

    def add_all(self, entries: Sequence[Entry]) -> list[Entry]:
        """Add entries in one transaction, which costs the disk as much as one."""
        if not entries:
            return []
        try:
            for entry in entries:
                _ = entry.raw
        except EntryError as error:
            raise StoreError(f"the ledger refuses an entry: {error}") from error
        try:
            size, root = self._add(entries)
        except StoreError as error:
            if not salvage.is_damaged(error):
                raise
            self._renew(entries[0].at_utc)
            size, root = self._add(entries)
        self._write_head(size, root)
        first = size - len(entries)
        return [
            Entry(e.kind, e.call_id, e.by, e.at_utc, e.data, first + number)
            for number, e in enumerate(entries)
        ]

    def entries(self, call_id: str | None = None) -> list[Entry]:
        """Return the entries of a call, oldest first; None returns all there are."""
        if call_id is None:
            return list(self.walk())
        return [_parse(line, place) for place, line in self.file.of_call(call_id)]

    def walk(self, first: int = 0, last: int | None = None) -> Iterator[Entry]:
        """Yield entries in order; StoreError at one that is damaged."""
        for place, line in enumerate(self.file.lines(first, last), first):
            yield _parse(line, place)

    def newest(self, kind: str) -> Entry | None:
        """Return the newest entry of a kind, or None."""
        found = self.file.newest(kind) if self.exists else None
        return None if found is None else _parse(found[1], found[0])

    def calls(self, kind: str = "") -> set[str]:
        """Return the ids of calls that have an entry, or one of this kind."""
        return self.file.calls(kind) if self.exists else set()

    def checkpoint(self) -> Note:
        """Return the signed checkpoint of the ledger as it is now."""
        size = self.size
        if size == 0:
            raise StoreError("the ledger is empty: nothing has been recorded yet")
        return self._sign(size, self.file.root(size))

    def prove(self, index: int, size: int | None = None) -> Inclusion:
        """Return the proof that an entry is in the ledger of `size` entries."""
        whole = self.size if size is None else size
        line = self.file.line(index)
        path = self.file.inclusion(index, whole)
        return Inclusion(index, whole, line, path, self.file.root(whole))

    def head(self) -> Note | None:
        """Return the newest checkpoint that was written down, or None."""
        try:
            text = (self.state_dir / HEAD).read_text("utf-8")
        except (OSError, UnicodeDecodeError):
            return None
        with contextlib.suppress(NoteError):
            return Note.parse(text.strip("\n\0") + "\n")
        return None

    def close(self) -> None:
        """Close the file."""
        with self._guard:
            if self._open is not None:
                self._open.close()
                self._open = None

    def _add(self, entries: Sequence[Entry]) -> tuple[int, bytes]:
        if self.size == 0:
            self._begin(entries[0].at_utc)
        return self.file.add(entries)

    def _renew(self, at_utc: float) -> None:
        """Put a damaged file aside and begin another that says so."""
        head = self.head()
        self.close()
        salvage.put_aside(self.state_dir, HEAD)
        self._begin(at_utc, head.signatures[0][0] if head else "")
        self.renewed = True

    def _begin(self, at_utc: float, previous: str = "") -> None:
        """Give the ledger its name, with its first entry."""
        key = signing.load_or_make(self.state_dir)
        public = key.public_key().public_bytes_raw()
        name = merkle.leaf_hash(public + os.urandom(16)).hex()[:12]
        data = {"origin": f"linekeeper/{name}"}
        if previous:
            data["previous"] = previous
        entry = Entry("begun", "", "recorder", at_utc, data)
        self.file.begin(entry)

    def _sign(self, size: int, root: bytes) -> Note:
        key, origin = signing.load(self.state_dir), self.origin
        return Note(Checkpoint(origin, size, root).text).signed(origin, key)

    def _write_head(self, size: int, root: bytes) -> None:
        """Rewrite the head in place; the entries are safe already."""
        path = self.state_dir / HEAD
        try:
            note = str(self._sign(size, root)).encode()
            with disk.plainly(f"{path}: the ledger's head cannot be written"):
                made = not path.exists()
                fd = disk.create(path) if made else disk.open_existing(path)
                try:
                    disk.write_at(fd, note.ljust(HEAD_BYTES, b"\n"), 0)
                    if made:
                        disk.sync_data(fd)
                finally:
                    disk.close(fd)
        except StoreError as error:  # a full disk, a process without the key
            log.warning("%s", error)


def _parse(line: bytes, place: int) -> Entry:
    try:
        return Entry.parse(line, place)
    except EntryError as error:
        raise StoreError(f"ledger: {error}") from error
