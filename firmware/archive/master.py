"""The plain master while it grows: PCM appended as it comes, made durable every second.

Each append goes straight to the kernel, so a killed process loses nothing that was
appended.  Against power cuts the file is synced in line, about once a second of
audio.  A card that stalls in a sync holds up the caller and nobody else: the sound
card's reader is a thread of its own with a queue of many seconds, so a stall delays
audio, it does not lose it.

Two things keep the wear low.  Syncs fall on page boundaries of the file, so each page
is written once instead of twice; and space is reserved ahead, so a sync need not
write the allocation tables as well.
"""

import contextlib
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from firmware.archive import disk, wav
from firmware.archive.reader import WavReader, hash_samples

#: What the kernel writes at least, bytes.
PAGE = 4096
#: Space reserved ahead, bytes, doubled as the file grows: an hour lies in three
#: pieces.  An ext4 inode holds four; the block that holds more is one more to sync.
RESERVE = 8 << 20
_SILENCE = bytes(1 << 16)


class Master(Protocol):
    """A growing master, sealed or plain."""

    path: Path
    synced: int  # samples that a power cut would leave

    @property
    def samples(self) -> int: ...

    @property
    def closed(self) -> bool: ...

    @property
    def sha256(self) -> str | None: ...

    def append(self, samples: NDArray[np.int16]) -> None: ...

    def append_silence(self, samples: int) -> None: ...

    def truncate(self, samples: int) -> None: ...

    def close(self) -> None: ...


def little_endian(samples: NDArray[np.int16]) -> memoryview:
    """Return samples as they lie in a file; ValueError if they are not PCM."""
    if samples.dtype != np.int16 or samples.ndim != 1:
        raise ValueError(
            f"samples: want int16 of one dimension, got {samples.dtype} "
            f"of {samples.ndim}"
        )
    return memoryview(np.ascontiguousarray(samples, dtype="<i2").tobytes())


def silence(samples: int) -> Iterator[memoryview]:
    """Yield the bytes of so many samples of silence, piece by piece."""
    left = samples * wav.SAMPLE_BYTES
    while left > 0:
        piece = memoryview(_SILENCE)[:left]
        yield piece
        left -= len(piece)


class MasterWriter:
    """A growing `master.wav`; whoever makes it syncs its folder.

    After a StoreError what was written is valid and `samples` counts it; the caller
    may go on (`append_silence` keeps the time) or close.
    """

    def __init__(self, path: Path, sync_s: float = 1.0) -> None:
        self.path = path
        self.synced = 0
        pages = round(sync_s * wav.FS * wav.SAMPLE_BYTES / PAGE)
        self._quantum = max(1, pages) * PAGE
        self._hash: hashlib._Hash | None = hashlib.sha256()
        self._sha256: str | None = None
        self._at = wav.HEADER_BYTES
        self._reserved = 0
        with disk.plainly(f"{path}: the master cannot be made"):
            self._fd = disk.create(path)
            try:
                self._reserve()
                disk.write_all(self._fd, wav.header(None))
            except OSError:
                os.close(self._fd)
                with contextlib.suppress(OSError):
                    disk.remove(path)  # so that it can be made later
                raise

    @property
    def samples(self) -> int:
        """Samples in the file."""
        return wav.samples_in(self._at)

    @property
    def closed(self) -> bool:
        """True once the file is complete."""
        return self._fd < 0

    @property
    def sha256(self) -> str | None:
        """Hash of all samples as little-endian int16; None unless closed in order."""
        return self._sha256

    def append(self, samples: NDArray[np.int16]) -> None:
        """Append samples; some may be in the file even if it raises StoreError."""
        self._append(little_endian(samples))

    def append_silence(self, samples: int) -> None:
        """Append silence for samples that the line lost."""
        for piece in silence(samples):
            self._append(piece)

    def truncate(self, samples: int) -> None:
        """Cut the end off, durably."""
        if not 0 <= samples <= self.samples:
            raise ValueError(f"samples: want 0..{self.samples}, got {samples}")
        with disk.plainly(f"{self.path}: the master cannot be cut"):
            if samples < self.samples:
                self._hash = None
            self._at = wav.offset_of(samples)
            self._cut()
            disk.sync_data(self._fd)
        self.synced = samples

    def close(self) -> None:
        """Put the true sizes into the header and make all durable."""
        if self.closed:
            return
        with disk.plainly(f"{self.path}: the master cannot be closed"):
            try:
                self._cut()
                disk.write_at(self._fd, wav.header(self.samples), 0)
                disk.sync_data(self._fd)
            finally:
                os.close(self._fd)
                self._fd = -1
        self.synced = self.samples
        if self._hash is not None:
            self._sha256 = self._hash.hexdigest()
        else:
            with WavReader(self.path) as reader:
                self._sha256 = hash_samples(reader)

    def _append(self, data: memoryview) -> None:
        end = self._at + len(data)
        boundary = end - end % self._quantum
        with disk.plainly(f"{self.path}: audio cannot be written"):
            if boundary > self._at:
                before = boundary - self._at
                self._write(data[:before])
                self._reserve()
                disk.sync_data(self._fd)
                self.synced = self.samples
                data = data[before:]
            self._write(data)

    def _write(self, data: memoryview) -> None:
        while data:
            try:
                written = disk.write(self._fd, data)
            except OSError:
                self._drop_half_sample()
                raise
            if self._hash is not None:
                self._hash.update(data[:written])
            self._at += written
            data = data[written:]

    def _drop_half_sample(self) -> None:
        """Go back to the last whole sample after a write that failed halfway."""
        if self._at % wav.SAMPLE_BYTES:
            self._at -= self._at % wav.SAMPLE_BYTES
            self._hash = None
        with contextlib.suppress(OSError):
            os.lseek(self._fd, self._at, os.SEEK_SET)

    def _reserve(self) -> None:
        """Reserve space ahead.  A full disk shows at the write, not here."""
        if self._at + self._quantum > self._reserved:
            more = max(RESERVE, self._reserved)
            disk.reserve(self._fd, self._reserved, more)
            self._reserved += more

    def _cut(self) -> None:
        disk.truncate(self._fd, self._at)
        os.lseek(self._fd, self._at, os.SEEK_SET)
        self._reserved = self._at - self._at % PAGE
