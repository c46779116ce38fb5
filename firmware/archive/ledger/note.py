"""Signed notes and checkpoints of C2SP (signed-note.md, tlog-checkpoint.md).

A note is a text, an empty line, and signature lines ``— name base64(id + signature)``.
A checkpoint is a note whose text is the log's origin, its size and its root.  A witness
adds a line of its own (tlog-cosignature.md), which carries the time it signed.
"""

import base64
import binascii
import hashlib
import struct
from dataclasses import dataclass
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from firmware.archive.ledger.merkle import DIGEST_BYTES

#: signed-note.md, signature types: Ed25519, and a witness's timed cosignature.
ED25519 = b"\x01"
COSIGNATURE = b"\x04"
#: signed-note.md: bytes of a key's id before each signature.
ID_BYTES = 4
SIGNATURE_BYTES = 64
_MARK = "\N{EM DASH} "
#: tlog-cosignature.md: what a witness signs begins with this.
_COSIGNED = "cosignature/v1\ntime {time}\n"


class NoteError(ValueError):
    """A text is not a signed note, or its signature is not good."""


@dataclass(frozen=True, slots=True)
class NoteKey:
    """A public key under the name it signs with; `text` is what people exchange."""

    name: str
    key: bytes
    kind: bytes = ED25519

    @property
    def id(self) -> bytes:
        """Return the short id that stands before its signatures."""
        data = f"{self.name}\n".encode() + self.kind + self.key
        return hashlib.sha256(data).digest()[:ID_BYTES]

    @property
    def text(self) -> str:
        """Return the key in one line, signed-note.md, "vkey"."""
        body = base64.b64encode(self.kind + self.key).decode()
        return f"{self.name}+{self.id.hex()}+{body}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a key from its line."""
        try:
            name, key_id, body = text.strip().split("+", 2)
            data = base64.b64decode(body, validate=True)
        except (ValueError, binascii.Error) as error:
            raise NoteError(f"{text[:60]!r}: not a public key of a note") from error
        found = cls(name, data[1:], data[:1])
        if len(data) != 1 + 32 or found.id.hex() != key_id:
            raise NoteError(f"{name[:60]!r}: the public key is damaged")
        return found

    def check(self, note: "Note") -> int | None:
        """Return when a witness signed (None for a log), or raise NoteError."""
        for name, key_id, signature in note.signatures:
            if (name, key_id) != (self.name, self.id):
                continue
            time, message = None, note.text.encode()
            if self.kind == COSIGNATURE:
                if len(signature) != 8 + SIGNATURE_BYTES:
                    break
                (time,) = struct.unpack(">Q", signature[:8])
                message = _COSIGNED.format(time=time).encode() + message
                signature = signature[8:]
            try:
                public = Ed25519PublicKey.from_public_bytes(self.key)
                public.verify(signature, message)
            except InvalidSignature:
                break
            return time
        raise NoteError(f"no good signature of {self.name}")


@dataclass(frozen=True, slots=True)
class Note:
    """A text (ending in a newline) and its signatures: (name, key id, bytes)."""

    text: str
    signatures: tuple[tuple[str, bytes, bytes], ...] = ()

    @classmethod
    def parse(cls, data: str) -> Self:
        """Read a note; its signatures are not checked yet."""
        text, gap, lines = data.rpartition("\n\n")
        if not gap or not lines.endswith("\n"):
            raise NoteError("not a signed note")
        found = []
        for line in lines.splitlines():
            name, space, body = line.removeprefix(_MARK).partition(" ")
            if not line.startswith(_MARK) or not name or not space:
                raise NoteError(f"not a signature line: {line[:60]!r}")
            try:
                raw = base64.b64decode(body, validate=True)
            except binascii.Error as error:
                raise NoteError(f"not a signature line: {line[:60]!r}") from error
            found.append((name, raw[:ID_BYTES], raw[ID_BYTES:]))
        return cls(text + "\n", tuple(found))

    def __str__(self) -> str:
        lines = [self.line(number) for number in range(len(self.signatures))]
        return f"{self.text}\n{''.join(lines)}"

    def line(self, number: int) -> str:
        """Return one of its signature lines."""
        name, key_id, signature = self.signatures[number]
        return f"{_MARK}{name} {base64.b64encode(key_id + signature).decode()}\n"

    def signed(self, name: str, key: Ed25519PrivateKey) -> "Note":
        """Return the note with one signature more."""
        key_id = note_key(name, key).id
        row = (name, key_id, key.sign(self.text.encode()))
        return Note(self.text, (*self.signatures, row))

    def cosigned(self, name: str, key: Ed25519PrivateKey, time: int) -> "Note":
        """Return the note with a witness's signature of this time, UTC seconds."""
        key_id = note_key(name, key, COSIGNATURE).id
        message = _COSIGNED.format(time=time) + self.text
        signature = struct.pack(">Q", time) + key.sign(message.encode())
        return Note(self.text, (*self.signatures, (name, key_id, signature)))


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log says of itself: so many entries, under this root."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """Return the text of its note."""
        root = base64.b64encode(self.root).decode()
        return f"{self.origin}\n{self.size}\n{root}\n"

    @classmethod
    def of(cls, note: Note) -> Self:
        """Read a note's text."""
        lines = note.text.split("\n")
        try:
            origin, size, root = lines[:3]
            digest = base64.b64decode(root, validate=True)
            found = cls(origin, int(size), digest)
        except (ValueError, binascii.Error) as error:
            raise NoteError("not a checkpoint") from error
        canonical = str(found.size) == size and found.size >= 0
        if not origin or not canonical or len(digest) != DIGEST_BYTES:
            raise NoteError("not a checkpoint")
        return found


def note_key(name: str, key: Ed25519PrivateKey, kind: bytes = ED25519) -> NoteKey:
    """Return the public half of a key under a name."""
    return NoteKey(name, key.public_key().public_bytes_raw(), kind)
