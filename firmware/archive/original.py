"""The master as a file that any program opens, whatever lies on the disk."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from firmware.archive import wav
from firmware.archive.folder import (
    MASTER_FLAC_SEALED,
    MASTER_OPUS_SEALED,
    MASTER_PCM_SEALED,
)
from firmware.archive.opening import GetKey
from firmware.archive.reader import MasterReader
from firmware.archive.seal.files import open_plain
from firmware.archive.seal.live_reader import SealedReader
from firmware.archive.seal.stream import StreamReader
from firmware.closing import Closing


class Original(Protocol):
    """A file of known size; `suffix` is that of its format: .flac, .opus, .wav."""

    @property
    def size(self) -> int: ...

    @property
    def suffix(self) -> str: ...

    def read_at(self, start: int, stop: int) -> bytes:
        """Return the bytes from `start` to just before `stop`; fewer at the end."""

    def close(self) -> None: ...


def open_original(find: Callable[[], Path], key: GetKey) -> Original:
    """Open the master that `find` names, again if it is packed at this moment."""
    try:
        return _open(find(), key)
    except FileNotFoundError:
        return _open(find(), key)


def _open(path: Path, key: GetKey) -> Original:
    if path.name == MASTER_PCM_SEALED:
        return AsWav(SealedReader(path, key()))
    if path.name in (MASTER_FLAC_SEALED, MASTER_OPUS_SEALED):
        suffix = path.with_suffix("").suffix
        return Opened(StreamReader(path, key()), suffix)
    return Opened(open_plain(path), path.suffix)


class _Seekable(Protocol):
    @property
    def size(self) -> int: ...

    def read_at(self, start: int, stop: int) -> bytes: ...

    def close(self) -> None: ...


class Opened(Closing):
    """A file that needs nothing more."""

    def __init__(self, file: _Seekable, suffix: str) -> None:
        self._file = file
        self.size = file.size
        self.suffix = suffix

    def read_at(self, start: int, stop: int) -> bytes:
        """Return a part of it."""
        return self._file.read_at(start, stop)

    def close(self) -> None:
        self._file.close()


class AsWav(Closing):
    """A master of PCM with the header of a WAV before it."""

    suffix = ".wav"

    def __init__(self, reader: MasterReader) -> None:
        self._reader = reader
        self._head = wav.header(reader.frames)
        self.size = wav.offset_of(reader.frames)

    def read_at(self, start: int, stop: int) -> bytes:
        """Return a part of it."""
        cut = len(self._head)
        first, last = max(0, start - cut), max(0, min(stop, self.size) - cut)
        sample = first // wav.SAMPLE_BYTES
        count = -(-last // wav.SAMPLE_BYTES) - sample
        body = self._reader.read(sample, count).astype("<i2", copy=False).tobytes()
        skip = first - sample * wav.SAMPLE_BYTES
        return self._head[start:stop] + body[skip : skip + last - first]

    def close(self) -> None:
        self._reader.close()
