"""Checkpoints that somebody outside has seen: state_dir/anchors/.

``0000001234.checkpoint`` is the box's own signed checkpoint over 1234 entries, and
never changes.  Beside it may lie ``.tsr``, the answer of a time authority, and
``.cosigned``, the signature lines of witnesses.  They are evidence against the box
itself: without one, whoever owns the box can rewrite its past.
"""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from firmware.archive import disk
from firmware.archive.ledger import tsa
from firmware.archive.ledger.note import Checkpoint, Note, NoteError, NoteKey
from firmware.errors import StoreError

FOLDER = "anchors"
CHECKPOINT, TOKEN, COSIGNED = ".checkpoint", ".tsr", ".cosigned"


@dataclass(frozen=True, slots=True)
class Trust:
    """Who is believed from outside: time authorities, witnesses."""

    roots: Path | None = None
    witnesses: tuple[NoteKey, ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """That somebody outside saw a checkpoint, at this time."""

    at_utc: float
    how: str  # tsa or witness
    by: str


@dataclass(frozen=True, slots=True)
class Anchor:
    """One checkpoint on the shelf."""

    path: Path

    @property
    def size(self) -> int:
        """Entries that it covers, by its name."""
        return int(self.path.stem)

    @property
    def raw(self) -> bytes:
        """The signed checkpoint, as it was stamped."""
        with disk.plainly(f"{self.path.name}: cannot be read"):
            return self.path.read_bytes()

    @property
    def note(self) -> Note:
        """The checkpoint with every witness's signature; NoteError if damaged."""
        try:
            note = Note.parse(self.raw.decode())
            lines = self.cosigned.decode()
        except UnicodeDecodeError as error:
            raise NoteError(f"{self.path.name}: is damaged") from error
        return Note.parse(f"{note}{lines}") if lines else note

    @property
    def token(self) -> bytes:
        """The answer of the time authority; empty if there is none."""
        return self._beside(TOKEN)

    @property
    def cosigned(self) -> bytes:
        """The signature lines of witnesses; empty if there are none."""
        return self._beside(COSIGNED)

    def beside(self, how: str) -> bytes:
        """Return what a way of being seen has left: tsa or witness."""
        return {"tsa": self.token, "witness": self.cosigned}.get(how, b"")

    def seen(self, trust: Trust) -> list[Seen]:
        """Return who outside saw it; NoteError or TokenError if that is not true.

        A token cannot be checked without the authority's certificate, nor a signature
        without the witness's key: those count for nothing.
        """
        found, note = [], self.note
        for key in trust.witnesses:
            if any(name == key.name for name, _, _ in note.signatures):
                at = key.check(note)
                found.append(Seen(float(at or 0), "witness", key.name))
        token = self.token
        if token and trust.roots is not None:
            stamp = tsa.check(token, self.raw, trust.roots)
            found.append(Seen(stamp.at_utc, "tsa", stamp.authority))
        return found

    def _beside(self, ending: str) -> bytes:
        with contextlib.suppress(FileNotFoundError):
            return self.path.with_suffix(ending).read_bytes()
        return b""


class Anchors:
    """The shelf of checkpoints.  Files are added, never changed but by a witness."""

    def __init__(self, state_dir: Path) -> None:
        self.folder = state_dir / FOLDER

    def all(self) -> list[Anchor]:
        """Return every checkpoint, the smallest first."""
        found = self.folder.glob(f"[0-9]*{CHECKPOINT}")
        return [Anchor(path) for path in sorted(found) if path.stem.isdecimal()]

    def last(self) -> Anchor | None:
        """Return the newest checkpoint."""
        found = self.all()
        return found[-1] if found else None

    def covering(self, index: int) -> Anchor | None:
        """Return the first checkpoint that covers an entry and was seen outside."""
        for anchor in self.all():
            beside = anchor.path.with_suffix
            kept = beside(TOKEN).exists() or beside(COSIGNED).exists()
            if anchor.size > index and kept:
                return anchor
        return None

    def keep(self, note: Note) -> Anchor:
        """Put a checkpoint on the shelf, durably."""
        size = Checkpoint.of(note).size
        path = self.folder / f"{size:010d}{CHECKPOINT}"
        if not path.exists():
            self._write(path, str(note).encode())
        return Anchor(path)

    def add_token(self, anchor: Anchor, token: bytes) -> None:
        """Keep the answer of a time authority beside its checkpoint."""
        self._write(anchor.path.with_suffix(TOKEN), token)

    def add_cosignatures(self, anchor: Anchor, lines: Sequence[str]) -> None:
        """Keep witnesses' signature lines beside their checkpoint."""
        before = anchor.note.signatures
        note = Note.parse(f"{anchor.note}{''.join(lines)}")
        if set(note.signatures[len(before) :]) & set(before):
            return
        kept = (note.line(number) for number in range(1, len(note.signatures)))
        self._write(anchor.path.with_suffix(COSIGNED), "".join(kept).encode())

    def _write(self, path: Path, data: bytes) -> None:
        with disk.plainly(f"{path}: cannot be written"):
            made = disk.make_folder(self.folder)
            disk.replace_file(path, data)
            for folder in (self.folder, *made):
                disk.sync_folder(folder)


def parse_keys(texts: Sequence[str]) -> tuple[NoteKey, ...]:
    """Read public keys of witnesses or ledgers; StoreError at one that is damaged."""
    try:
        return tuple(NoteKey.parse(text) for text in texts if text.strip())
    except NoteError as error:
        raise StoreError(str(error)) from error
