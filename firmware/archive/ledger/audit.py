"""Checks the ledger itself: entries, tree, head, and the checkpoints outside saw.

One walk over the entries serves all: it rebuilds the tree, compares it with every
checkpoint on the way, and gathers what the ledger says of each call.
"""

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from firmware.archive.ledger import merkle
from firmware.archive.ledger.anchors import Anchor, Trust
from firmware.archive.ledger.chronicle import BIRTHS
from firmware.archive.ledger.ledger import HEAD, Ledger
from firmware.archive.ledger.note import Checkpoint, Note, NoteError, NoteKey
from firmware.archive.ledger.problem import Problem
from firmware.archive.ledger.store import NAME, TILE
from firmware.archive.ledger.tsa import TokenError
from firmware.archive.model import from_iso
from firmware.errors import StoreError

#: Time from a call's end to its entry that needs no explanation, s.
LATE_S = 900.0


@dataclass(slots=True)
class Told:
    """What the ledger says of one call, entry by entry."""

    born: str = ""
    first: int = -1
    synced: bool = False
    start: str = ""
    end: str = ""
    facts: str | None = None
    root: str | None = None
    samples_sha256: str | None = None
    files: dict[str, str | None] = field(default_factory=dict)
    gone: str = ""  # what was erased or swept: audio or all

    def hear(self, index: int, entry: dict[str, Any]) -> None:
        """Take the next entry."""
        kind = entry["kind"]
        if kind in BIRTHS:
            self.born, self.first = kind, index
            self.synced, self.start = entry["clock"] == "synced", entry["start"]
        if kind == "clock_corrected":
            self.synced, self.start = True, entry["now"]
        if kind in ("erased", "swept"):
            self.gone = "all" if "all" in (self.gone, entry["what"]) else entry["what"]
            self.files = dict.fromkeys(self.files)
        elif kind == "restored":
            self.gone = ""
        self.end = entry.get("end", self.end)
        self.facts = entry.get("facts", self.facts)
        self.root = entry.get("root", self.root) if kind == "packed" else self.root
        self.samples_sha256 = entry.get("samples_sha256", self.samples_sha256)
        if "files" in entry:
            self.files.update(entry["files"])


@dataclass(slots=True)
class Walk:
    """The whole ledger, read once."""

    size: int = 0
    origin: str = ""
    calls: dict[str, Told] = field(default_factory=dict)
    roots: dict[int, bytes] = field(default_factory=dict)  # at the sizes asked for
    times: list[tuple[int, float]] = field(default_factory=list)  # seen outside
    #: size: how it was seen, the hash of what shows it
    anchored: dict[int, dict[str, str | None]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def audit(
    ledger: Ledger,
    key: NoteKey | None,
    anchors: Iterable[Anchor] = (),
    trust: Trust | None = None,
    others: Iterable[Note] = (),
) -> Walk:
    """Walk over the ledger and return what it says and what is wrong with it.

    `others` are checkpoints kept elsewhere: printed, mailed, a witness's.
    """
    walk = Walk()
    try:
        empty = not ledger.exists or ledger.size == 0
    except StoreError as error:
        walk.problems.append(Problem("ledger_damaged", NAME, "", str(error)))
        return walk
    if empty:
        walk.problems.append(Problem("ledger_missing", NAME))
        return walk
    shelf = list(anchors)
    signed = list(_signed(ledger, shelf, others, walk))
    sizes = {checkpoint.size for _, _, checkpoint in signed}
    try:
        _read(ledger, sizes, walk)
    except (StoreError, sqlite3.Error) as error:
        detail = str(error)
        walk.problems.append(Problem("ledger_damaged", NAME, "", detail))
        return walk
    for where, note, checkpoint in signed:
        walk.problems.extend(_compare(where, note, checkpoint, key, walk))
    for anchor in shelf:
        _outside(anchor, trust or Trust(), walk)
    walk.problems.extend(_shelf(shelf, walk))
    walk.problems.extend(_late(walk))
    return walk


def _signed(
    ledger: Ledger, shelf: list[Anchor], others: Iterable[Note], walk: Walk
) -> Iterator[tuple[str, Note, Checkpoint]]:
    """Yield every checkpoint that can be read: where it lies, itself, what it says."""
    notes: list[tuple[str, Note]] = []
    head = ledger.head()
    if head is None:
        walk.problems.append(Problem("head_missing", HEAD))
    else:
        notes.append((HEAD, head))
    for anchor in shelf:
        try:
            notes.append((anchor.path.name, anchor.note))
        except (NoteError, StoreError) as error:
            name = anchor.path.name
            walk.problems.append(Problem("anchor_altered", name, "", str(error)))
    notes += [("the checkpoint given", note) for note in others]
    for where, note in notes:
        try:
            yield where, note, Checkpoint.of(note)
        except NoteError as error:
            walk.problems.append(Problem(_altered(where), where, "", str(error)))


def _altered(where: str) -> str:
    return "head_altered" if where == HEAD else "anchor_altered"


def _read(ledger: Ledger, sizes: set[int], walk: Walk) -> None:
    """Read every entry; rebuild the tree and compare the stored roots."""
    peaks: merkle.Proof = []
    tiles = Tiles(ledger.file.tiles())
    for index, call_id, line in ledger.file.rows():
        if index != walk.size:
            walk.problems.append(Problem("entry_missing", f"entry {walk.size}"))
            return  # nothing behind it can be in its place
        leaf = merkle.leaf_hash(line)
        merkle.push(peaks, walk.size, leaf)
        walk.size += 1
        if walk.size in sizes:
            walk.roots[walk.size] = merkle.fold(peaks)
        walk.problems.extend(tiles.feed(0, walk.size - 1, leaf))
        _hear(walk, index, call_id, line)
    walk.problems.extend(tiles.left())


class Tiles:
    """The stored roots, made anew from the leaves and compared."""

    def __init__(self, stored: Iterable[tuple[int, int, bytes]]) -> None:
        self._stored = {(level, number): root for level, number, root in stored}
        self._held: dict[int, list[bytes]] = {}

    def feed(self, level: int, number: int, digest: bytes) -> Iterator[Problem]:
        """Take the next leaf (level 0) or root; name what does not fit."""
        held = self._held.setdefault(level, [])
        held.append(digest)
        if len(held) < TILE:
            return
        root, above = merkle.root(held), (level + 1, number // TILE)
        held.clear()
        if self._stored.pop(above, None) != root:
            yield Problem("tree_altered", f"root {above[0]}/{above[1]}")
        yield from self.feed(*above, root)

    def left(self) -> Iterator[Problem]:
        """Name roots that nothing leads to."""
        for level, number in self._stored:
            yield Problem("tree_altered", f"root {level}/{number}")


def _hear(walk: Walk, index: int, call_id: str, line: bytes) -> None:
    try:
        entry = json.loads(line)
        if index == 0:
            walk.origin = entry["origin"]
        if entry["call"] != call_id:
            raise ValueError
        if entry["kind"] == "checkpoint_anchored":
            told = walk.anchored.setdefault(entry["size"], {})
            told[entry["how"]] = entry.get("receipt")
        if call_id:
            walk.calls.setdefault(call_id, Told()).hear(index, entry)
    except (ValueError, KeyError, TypeError, AttributeError):
        walk.problems.append(Problem("entry_altered", f"entry {index}"))


def _compare(
    where: str, note: Note, checkpoint: Checkpoint, key: NoteKey | None, walk: Walk
) -> Iterator[Problem]:
    """Compare one checkpoint with the ledger as it is."""
    if key is None:
        return
    try:
        key.check(note)
    except NoteError as error:
        yield Problem(_altered(where), where, "", str(error))
        return
    if checkpoint.origin != walk.origin:
        yield Problem("rewritten", where, "", f"it is of {checkpoint.origin}")
    elif checkpoint.size > walk.size:
        detail = f"{walk.size} entries, {checkpoint.size} were signed"
        yield Problem("rolled_back", where, "", detail)
    elif walk.roots.get(checkpoint.size) != checkpoint.root:
        yield Problem("rewritten", where)


def _outside(anchor: Anchor, trust: Trust, walk: Walk) -> None:
    """Note when somebody outside saw a checkpoint."""
    try:
        seen = anchor.seen(trust)
    except (NoteError, TokenError, StoreError) as error:
        name = anchor.path.name
        walk.problems.append(Problem("stamp_altered", name, "", str(error)))
        return
    walk.times += [(anchor.size, each.at_utc) for each in seen]


def _shelf(shelf: list[Anchor], walk: Walk) -> Iterator[Problem]:
    """Name checkpoints and stamps that the ledger tells of and that are gone."""
    there = {anchor.size: anchor for anchor in shelf}
    for size, told in sorted(walk.anchored.items()):
        anchor = there.get(size)
        if anchor is None:
            yield Problem("anchor_altered", f"checkpoint of {size}", "", "is missing")
            continue
        for how, receipt in told.items():
            kept = anchor.beside(how)
            if receipt is not None and hashlib.sha256(kept).hexdigest() != receipt:
                yield Problem("stamp_altered", anchor.path.name, "", how)


def _late(walk: Walk) -> Iterator[Problem]:
    """Find calls that claim to be older than a checkpoint that does not have them."""
    for call_id, told in walk.calls.items():
        if not told.synced or told.born != "created":
            continue
        try:
            over = from_iso(told.end or told.start)
        except (ValueError, TypeError):
            yield Problem("entry_altered", f"entry {told.first}", call_id)
            continue
        for size, at_utc in walk.times:
            if told.first >= size and over < at_utc - LATE_S:
                yield Problem("entry_late", f"entry {told.first}", call_id)
                break
