"""A second box as witness (C2SP tlog-witness.md): it signs only a ledger that grew.

The witness remembers the last checkpoint of each ledger it knows.  It signs a newer one
when its proof shows that nothing before was changed, and says when it did so.  Who
rewrites a ledger therefore needs the witness's help as well.
"""

import base64
import binascii
import re
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from firmware.archive import disk
from firmware.archive.ledger import merkle
from firmware.archive.ledger.note import (
    COSIGNATURE,
    Checkpoint,
    Note,
    NoteError,
    NoteKey,
    note_key,
)
from firmware.errors import StoreError

FOLDER = "witness"
#: tlog-witness.md: no consistency proof is longer.
MAX_PROOF = 63
MAX_BYTES = 1 << 14
TIMEOUT_S = 20.0
#: tlog-witness.md: the answers of a witness that are not a signature.
BAD, FORBIDDEN, UNKNOWN, CONFLICT, WRONG = 400, 403, 404, 409, 422
_OLD = re.compile(r"old (0|[1-9][0-9]{0,15})")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a witness says: a status of HTTP and a text."""

    status: int
    text: str

    @property
    def signed(self) -> bool:
        """Did it sign?"""
        return self.status == 200


def request(old: int, proof: Sequence[bytes], note: Note) -> str:
    """Return the question for a witness."""
    lines = "".join(f"{base64.b64encode(digest).decode()}\n" for digest in proof)
    return f"old {old}\n{lines}\n{note}"


def name_of(key: Ed25519PrivateKey) -> str:
    """Return the name that a box signs with as a witness."""
    public = key.public_key().public_bytes_raw()
    return f"linekeeper-witness/{merkle.leaf_hash(public).hex()[:12]}"


class Witness:
    """Signs the checkpoints of the ledgers whose keys are `known`."""

    def __init__(
        self,
        state_dir: Path,
        name: str,
        key: Ed25519PrivateKey,
        known: Sequence[NoteKey],
    ) -> None:
        self._folder = state_dir / FOLDER
        self._name = name
        self._key = key
        self._known = {found.name: found for found in known}

    @property
    def public_key(self) -> NoteKey:
        """The key that checks this witness's signatures."""
        return note_key(self._name, self._key, COSIGNATURE)

    def add_checkpoint(self, body: str, now_utc: float) -> Answer:
        """Answer one question; what it has signed is durable before it says so."""
        try:
            old, proof, note = _parse(body)
            new = Checkpoint.of(note)
        except NoteError as error:
            return Answer(BAD, f"{error}\n")
        key = self._known.get(new.origin)
        if key is None:
            return Answer(UNKNOWN, "this ledger is not known here\n")
        try:
            key.check(note)
        except NoteError as error:
            return Answer(FORBIDDEN, f"{error}\n")
        last = self._last(new.origin)
        if old != last.size or old > new.size:
            return Answer(CONFLICT, f"{last.size}\n")
        if not merkle.is_consistent(old, new.size, last.root, new.root, proof):
            if old == new.size:
                return Answer(CONFLICT, f"{last.size}\n")
            return Answer(WRONG, "the ledger was changed since it was last seen\n")
        signed = Note(note.text).cosigned(self._name, self._key, int(now_utc))
        self._remember(new, note)
        return Answer(200, signed.line(0))

    def last(self, origin: str) -> Note | None:
        """Return the last checkpoint of a ledger that was signed here."""
        path = self._path(origin)
        if not path.exists():
            return None
        with disk.plainly(f"{path}: what was witnessed cannot be read"):
            return Note.parse(path.read_text("utf-8"))

    def _last(self, origin: str) -> Checkpoint:
        note = self.last(origin)
        return (
            Checkpoint(origin, 0, merkle.EMPTY) if note is None else Checkpoint.of(note)
        )

    def _remember(self, new: Checkpoint, note: Note) -> None:
        path = self._path(new.origin)
        with disk.plainly(f"{path}: what was witnessed cannot be kept"):
            made = disk.make_folder(self._folder)
            disk.replace_file(path, str(note).encode())
            for folder in (self._folder, *made):
                disk.sync_folder(folder)

    def _path(self, origin: str) -> Path:
        return self._folder / f"{merkle.leaf_hash(origin.encode()).hex()[:32]}.note"


def send(url: str, body: str) -> Answer:
    """Ask a witness over HTTP; StoreError if it cannot be reached."""
    if not url.startswith(("https://", "http://")):
        raise StoreError(f"{url[:80]}: want the http address of a witness")
    address = f"{url.rstrip('/')}/add-checkpoint"
    asking = urllib.request.Request(
        address, body.encode(), {"Content-Type": "text/plain"}
    )
    try:
        with urllib.request.urlopen(asking, timeout=TIMEOUT_S) as answer:
            return Answer(200, answer.read(MAX_BYTES).decode("utf-8", "replace"))
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, error.read(MAX_BYTES).decode("utf-8", "replace"))
    except (OSError, ValueError) as error:
        raise StoreError(f"the witness cannot be reached: {error}") from error


def _parse(body: str) -> tuple[int, list[bytes], Note]:
    if len(body) > MAX_BYTES:
        raise NoteError("too long")
    head, gap, rest = body.partition("\n\n")
    first, *lines = head.split("\n")
    old = _OLD.fullmatch(first)
    if not gap or old is None or len(lines) > MAX_PROOF:
        raise NoteError("want: old SIZE, proof, an empty line, a checkpoint")
    try:
        proof = [base64.b64decode(line, validate=True) for line in lines]
    except binascii.Error as error:
        raise NoteError("the proof is not one") from error
    if any(len(digest) != merkle.DIGEST_BYTES for digest in proof):
        raise NoteError("the proof is not one")
    return int(old[1]), proof, Note.parse(rest)
