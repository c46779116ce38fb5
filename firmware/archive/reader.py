"""Reading a master, whatever its form: any stretch of samples, little memory.

All reading of audio goes through `open_master`, live masters included.
"""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import numpy as np
import soundfile
from numpy.typing import NDArray

from firmware.archive import disk, wav
from firmware.closing import Closing
from firmware.errors import StoreError

Samples = NDArray[np.int16]

#: Samples handled at once where a whole master is read: 8 s.
CHUNK = 1 << 16


class MasterReader(Protocol):
    """Samples of a master by position.  Use as a context manager."""

    #: Samples in the master when it was opened.
    frames: int

    def read(self, start: int, count: int) -> Samples:
        """Return up to `count` samples from `start` on; fewer at the end."""

    def close(self) -> None:
        """Release the file."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


def open_master(path: Path) -> MasterReader:
    """Open a master for reading; StoreError if it cannot be."""
    return FlacReader(path) if path.suffix == ".flac" else WavReader(path)


def chunks(reader: MasterReader) -> Iterator[Samples]:
    """Yield a whole master in pieces of `CHUNK` samples."""
    for start in range(0, reader.frames, CHUNK):
        yield reader.read(start, CHUNK)


def hash_samples(reader: MasterReader) -> str:
    """Return the SHA-256 of all samples as little-endian int16."""
    digest = hashlib.sha256()
    for piece in chunks(reader):
        digest.update(piece.astype("<i2", copy=False).tobytes())
    return digest.hexdigest()


class WavReader(Closing):
    """A master.wav by its length: its header may still hold placeholders."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with disk.plainly(f"{path}: the master cannot be read"):
            self._file = path.open("rb", buffering=0)
            self.frames = wav.samples_in(os.fstat(self._file.fileno()).st_size)

    def read(self, start: int, count: int) -> Samples:
        count = max(0, min(count, self.frames - start))
        length, offset = count * wav.SAMPLE_BYTES, wav.offset_of(start)
        with disk.plainly(f"{self._path}: the master cannot be read"):
            data = os.pread(self._file.fileno(), length, offset)
        whole = len(data) - len(data) % wav.SAMPLE_BYTES
        return np.frombuffer(data[:whole], "<i2").astype(np.int16, copy=False)

    def close(self) -> None:
        self._file.close()


class FlacReader(Closing):
    """A master.flac; seeks to the frame that holds a sample."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._file = soundfile.SoundFile(path)
        except (soundfile.SoundFileError, OSError) as error:
            raise StoreError(f"{path}: the master cannot be read: {error}") from error
        self.frames = int(self._file.frames)

    def read(self, start: int, count: int) -> Samples:
        count = max(0, min(count, self.frames - start))
        try:
            if self._file.tell() != start:
                self._file.seek(start)
            found: Samples = self._file.read(count, dtype="int16")
        except (soundfile.SoundFileError, OSError) as error:
            raise StoreError(f"{self._path}: {error}") from error
        return found

    def close(self) -> None:
        self._file.close()
