"""Listening copies: made as far as they are heard, kept in memory only.

A copy is never written to the disk, and is gone once the archive is locked.  It is
made from the beginning, up to the sample that is asked for, so that hours of talk
begin to sound at once and a call that is only looked at costs nothing.
"""

import struct
import threading
from collections import OrderedDict

import numpy as np
from numpy.typing import NDArray

from dsp.agc import ListeningCopy
from firmware.archive import Archive
from firmware.archive.model import Call

#: Master rate, Hz (firmware.line.block.FS; the web knows the archive only).
FS = 8000
#: Memory for copies, bytes.  One may be larger and is then the only one.
LIMIT_BYTES = 64 << 20
#: Samples taken from the master at once: 30 s.
STEP = 30 * FS


class CopyBody:
    """A listening copy as a WAV of known length, made on demand."""

    mimetype = "audio/wav"

    def __init__(self, archive: Archive, call: Call, etag: str) -> None:
        with archive.open_audio(call) as reader:
            self._frames = reader.frames
        self.etag = etag
        self._archive = archive
        self._call = call
        self._head = wav_header(2 * self._frames)
        # Pages that are not written yet take no memory.
        self._samples: NDArray[np.int16] = np.empty(self._frames, "<i2")
        self._maker = ListeningCopy(FS)
        self._taken = 0
        self._made = 0
        self._making = threading.Lock()

    @property
    def size(self) -> int:
        return len(self._head) + 2 * self._frames

    @property
    def seconds_made(self) -> float:
        """How much of the copy exists, s."""
        return self._made / FS

    def read(self, start: int, stop: int) -> bytes:
        """Return the bytes from `start` to just before `stop`, making them first."""
        cut = len(self._head)
        first, last = max(0, start - cut), max(0, stop - cut)
        self._make((last + 1) // 2)
        body = self._samples[first // 2 : (last + 1) // 2].tobytes()
        return self._head[start:stop] + body[first % 2 :][: last - first]

    def close(self) -> None:
        """Keep it: others may listen."""

    def _make(self, wanted: int) -> None:
        wanted = min(wanted, self._frames)
        if self._made >= wanted:
            return
        with self._making, self._archive.open_audio(self._call) as reader:
            while self._made < wanted:
                piece = reader.read(self._taken, STEP)
                self._taken += len(piece)
                self._put(self._maker.feed(piece))
                if self._taken >= self._frames or not len(piece):
                    self._put(self._maker.flush())
                    self._samples[self._made :] = 0  # the master was cut short
                    self._made = self._frames

    def _put(self, samples: NDArray[np.int16] | NDArray[np.float32]) -> None:
        end = self._made + len(samples)
        self._samples[self._made : end] = samples
        self._made = end


class ListeningCopies:
    """A bounded store of listening copies, the one heard longest ago out first."""

    def __init__(self, limit_bytes: int = LIMIT_BYTES) -> None:
        self._limit = limit_bytes
        self._kept: OrderedDict[str, CopyBody] = OrderedDict()
        self._guard = threading.Lock()
        self._opened = 0  # how often the archive had been locked when these were made

    def get(self, archive: Archive, call: Call) -> CopyBody:
        """Return the listening copy of a call's master.

        Once the archive has been locked none is left, and Locked says so.
        """
        etag = f"{call.id}-{round(call.audio_s * FS)}-listening"
        with self._guard:
            archive.sealer.may_open(call.id)
            if archive.keyring.generation != self._opened:
                self._opened = archive.keyring.generation
                self._kept.clear()
            body = self._kept.get(etag)
            if body is None:
                body = self._kept[etag] = CopyBody(archive, call, etag)
                self._shrink()
            archive.keyring.touch()
            self._kept.move_to_end(etag)
        return body

    @property
    def bytes_kept(self) -> int:
        """Memory in use at most, bytes."""
        with self._guard:
            return sum(body.size for body in self._kept.values())

    def _shrink(self) -> None:
        total = sum(body.size for body in self._kept.values())
        while total > self._limit and len(self._kept) > 1:
            _, gone = self._kept.popitem(last=False)
            total -= gone.size


def wav_header(data_bytes: int) -> bytes:
    """Return the 44 bytes before int16 mono samples at `FS` (RIFF/WAVE PCM)."""
    riff = struct.pack("<4sI4s", b"RIFF", 36 + data_bytes, b"WAVE")
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, FS, 2 * FS, 2, 16)
    return riff + form + struct.pack("<4sI", b"data", data_bytes)
