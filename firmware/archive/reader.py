"""Reading a master, whatever its form: any stretch of samples, little memory.

All reading of audio goes through `opening.open_master`, live masters included.
"""

import contextlib
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
from firmware.archive.careful import BinaryFile, Careful
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
    """A packed master, plain or opened from its seal; seeks to what is asked for."""

    def __init__(self, path: Path, opened: BinaryFile | None = None) -> None:
        self._path = path
        self._source = None if opened is None else Careful(opened)
        with self._plainly():
            self._file = soundfile.SoundFile(self._source or path)
        self.frames = int(self._file.frames)

    def read(self, start: int, count: int) -> Samples:
        count = max(0, min(count, self.frames - start))
        with self._plainly():
            if self._file.tell() != start:
                self._file.seek(start)
            found: Samples = self._file.read(count, dtype="int16")
        return found

    def close(self) -> None:
        self._file.close()
        if self._source is not None:
            self._source.close()

    @contextlib.contextmanager
    def _plainly(self) -> Iterator[None]:
        """Say what really stood in the way, if anything did."""
        try:
            yield
        except (soundfile.SoundFileError, OSError) as error:
            self._raise_problem()
            raise StoreError(
                f"{self._path}: the master cannot be read: {error}"
            ) from error
        self._raise_problem()

    def _raise_problem(self) -> None:
        if self._source is not None and self._source.problem is not None:
            raise self._source.problem
