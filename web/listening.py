"""Listening copies: made when first heard, kept in memory only, oldest out first."""

import struct
import threading
from collections import OrderedDict

import numpy as np
from numpy.typing import NDArray

from dsp.agc import listening_copy
from firmware.archive import Archive
from firmware.archive.model import Call
from web.bodies import MemoryBody

#: Master rate, Hz (firmware.line.block.FS; the web knows the archive only).
FS = 8000
#: Memory for copies, bytes.  One may be larger and is then the only one.
LIMIT_BYTES = 64 << 20


class ListeningCopies:
    """A bounded store of listening copies as WAV, made once however many ask."""

    def __init__(self, limit_bytes: int = LIMIT_BYTES) -> None:
        self._limit = limit_bytes
        self._kept: OrderedDict[str, MemoryBody] = OrderedDict()
        self._guard = threading.Lock()
        # One at a time: a Pi that records has no second core to spare, and whoever
        # asks for the same call meanwhile finds it made.
        self._making = threading.Lock()

    def get(self, archive: Archive, call: Call) -> MemoryBody:
        """Return the listening copy of a call's master."""
        etag = f"{call.id}-{round(call.audio_s * FS)}-listening"
        found = self._find(etag)
        if found is not None:
            return found
        with self._making:
            found = self._find(etag)
            if found is None:
                found = _make(archive.read_samples(call), etag)
                self._keep(found)
        return found

    @property
    def bytes_kept(self) -> int:
        """Memory in use, bytes."""
        with self._guard:
            return sum(body.size for body in self._kept.values())

    def _find(self, etag: str) -> MemoryBody | None:
        with self._guard:
            body = self._kept.get(etag)
            if body is not None:
                self._kept.move_to_end(etag)
            return body

    def _keep(self, body: MemoryBody) -> None:
        with self._guard:
            self._kept[body.etag] = body
            total = sum(each.size for each in self._kept.values())
            while total > self._limit and len(self._kept) > 1:
                _, gone = self._kept.popitem(last=False)
                total -= gone.size


def _make(samples: NDArray[np.int16], etag: str) -> MemoryBody:
    copy = np.ascontiguousarray(listening_copy(samples, FS), dtype="<i2")
    data = memoryview(copy.view(np.uint8))  # type: ignore[arg-type]  # an array is a buffer
    return MemoryBody(wav_header(len(data)), data, etag, "audio/wav")


def wav_header(data_bytes: int) -> bytes:
    """Return the 44 bytes before int16 mono samples at `FS` (RIFF/WAVE PCM)."""
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        b"RIFF",
        36 + data_bytes,
        b"WAVE",
        b"fmt ",
        16,
        1,
        1,
        FS,
        2 * FS,
        2,
        16,
        b"data",
        data_bytes,
    )
