"""hashes.dat: one salted hash per second of samples, and their root.

Layout, little-endian: ``LKH1``, u32 samples per hash, u64 samples in all, then 32 bytes
per hash; the last may cover less.  A hash is the leaf hash of the salt followed by the
samples as little-endian int16.  It is of what is heard, so it stays true whatever file
format the samples lie in, and an excerpt can be checked second by second.
"""

import struct
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from firmware.archive import disk, wav
from firmware.archive.ledger import merkle
from firmware.errors import StoreError

NAME = "hashes.dat"
MAGIC = b"LKH1"
HEADER = struct.Struct("<4sIQ")
PER_HASH = wav.FS


class Seconds:
    """Feed samples in order; `leaves` holds a hash for each second, then `flush`."""

    def __init__(self, salt: bytes) -> None:
        self.samples = 0
        self.leaves: list[bytes] = []
        self._salt = salt
        self._held = bytearray()

    def feed(self, samples: NDArray[np.int16]) -> None:
        """Take the next samples."""
        self.samples += len(samples)
        self._held += samples.astype("<i2", copy=False).tobytes()
        size = PER_HASH * wav.SAMPLE_BYTES
        whole = len(self._held) - len(self._held) % size
        for at in range(0, whole, size):
            self._add(bytes(self._held[at : at + size]))
        del self._held[:whole]

    def flush(self) -> None:
        """Hash what is left."""
        if self._held:
            self._add(bytes(self._held))
            self._held.clear()

    @property
    def root(self) -> bytes:
        """The root over the hashes."""
        return merkle.root(self.leaves)

    def _add(self, data: bytes) -> None:
        self.leaves.append(merkle.leaf_hash(self._salt + data))


def hash_seconds(pieces: Iterable[NDArray[np.int16]], salt: str) -> Seconds:
    """Return the hashes of a whole recording."""
    found = Seconds(bytes.fromhex(salt))
    for piece in pieces:
        found.feed(piece)
    found.flush()
    return found


def to_bytes(seconds: Seconds) -> bytes:
    """Return the content of hashes.dat."""
    head = HEADER.pack(MAGIC, PER_HASH, seconds.samples)
    return head + b"".join(seconds.leaves)


def read(data: bytes) -> tuple[int, list[bytes]]:
    """Return how many samples, and the hash of each second; StoreError if damaged."""
    if len(data) >= HEADER.size:
        magic, per_hash, samples = HEADER.unpack_from(data)
        body = data[HEADER.size :]
        size = merkle.DIGEST_BYTES
        count = -(-samples // PER_HASH)
        if (magic, per_hash, len(body)) == (MAGIC, PER_HASH, count * size):
            return samples, [body[i : i + size] for i in range(0, len(body), size)]
    raise StoreError(f"{NAME}: is damaged")


def write(folder: Path, seconds: Seconds) -> None:
    """Write hashes.dat; durable once the folder is synced."""
    with disk.plainly(f"{folder.name}: its hashes cannot be written"):
        disk.replace_file(folder / NAME, to_bytes(seconds))
