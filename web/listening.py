"""Listening copies: made where they are heard, kept in memory only.

A copy is never written to the disk, and is gone once the archive is locked.  It is made
in sections of half a minute, each by itself from a little before its beginning to a
little after its end, so that any second of hours of talk sounds at once, a call that is
only looked at costs nothing, and memory does not grow with the length of a call.  Where
somebody begins to listen, the first seconds are made first.

A section is the same to the sample as that part of a copy made in one go, as the run-in
is longer than the maker's memory.  One thing lasts longer: between two talkers the gain
of the last one holds.  So the run-in is made longer until somebody talks in it; after
four minutes in which nobody does, the noise of that pause may be louder or softer.
"""

import struct
import threading
from collections import OrderedDict

import numpy as np
from numpy.typing import NDArray

from dsp.agc import GRID, ListeningCopy
from firmware.archive import Archive
from firmware.archive.model import Call

#: Master rate, Hz (firmware.line.block.FS; the web knows the archive only).
FS = 8000
#: Memory for copies, bytes: half an hour and more of sound.
LIMIT_BYTES = 32 << 20
#: Samples of a section: 30.72 s.
SECTION = 12 * GRID
#: Samples before a section, tried in this order until the maker has settled.
RUN_INS = (8 * GRID, 24 * GRID, 96 * GRID)
#: Samples after a section: the maker returns a sample less than eight seconds later.
RUN_OUT = 8 * FS
#: Samples of what is made first where somebody begins to listen: 5 to 8 s.
START = 3 * GRID

Samples = NDArray[np.int16]


class Section:
    """A part of a copy, made by whoever asks for it first."""

    def __init__(self) -> None:
        self.making = threading.Lock()
        self.samples: Samples | None = None


class Sections:
    """A bounded store of sections, the one heard longest ago out first."""

    def __init__(self, limit_bytes: int = LIMIT_BYTES) -> None:
        self._most = max(1, limit_bytes // (2 * SECTION))
        self._kept: OrderedDict[tuple[str, int], Section] = OrderedDict()
        self._guard = threading.Lock()

    def get(self, etag: str, number: int) -> Section:
        """Return a section of a copy, which may have to be made yet."""
        key = etag, number
        with self._guard:
            found = self._kept.setdefault(key, Section())
            self._kept.move_to_end(key)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return found

    def has(self, etag: str, number: int) -> bool:
        """Say whether a section is made."""
        found = self._kept.get((etag, number))
        return found is not None and found.samples is not None

    def clear(self) -> None:
        """Forget everything."""
        with self._guard:
            self._kept.clear()

    @property
    def bytes_kept(self) -> int:
        """Memory in use, bytes."""
        with self._guard:
            made = [each.samples for each in self._kept.values()]
        return sum(samples.nbytes for samples in made if samples is not None)


class CopyBody:
    """A listening copy as a WAV of known length, made on demand."""

    mimetype = "audio/wav"

    def __init__(
        self, archive: Archive, call: Call, etag: str, sections: Sections | None = None
    ) -> None:
        with archive.open_audio(call) as reader:
            self._frames = reader.frames
        self.etag = etag
        self._archive = archive
        self._call = call
        self._head = wav_header(2 * self._frames)
        self._sections = sections or Sections()

    @property
    def size(self) -> int:
        return len(self._head) + 2 * self._frames

    @property
    def seconds_made(self) -> float:
        """How much of the copy is in memory, s."""
        count = -(-self._frames // SECTION)
        made = [n for n in range(count) if self._sections.has(self.etag, n)]
        return sum(self._end(n) - n * SECTION for n in made) / FS

    def ready(self, start: int) -> int:
        """Return up to which byte it is there, or is made as one, from `start` on."""
        at = max(0, start - len(self._head)) // 2
        if self._begins(at):
            end = min(at // GRID * GRID + START, self._frames)
        else:
            number = min(at, self._frames - 1) // SECTION
            while self._sections.has(self.etag, number + 1):
                number += 1
            end = self._end(number)
        return len(self._head) + 2 * end

    def read(self, start: int, stop: int) -> bytes:
        """Return the bytes from `start` to just before `stop`, making them first."""
        cut = len(self._head)
        first, last = max(0, start - cut), min(max(0, stop - cut), 2 * self._frames)
        at, end = first // 2, -(-last // 2)
        if self._begins(at) and end <= at // GRID * GRID + START:
            begin = at // GRID * GRID
            body = self._part(-1 - at // GRID, begin, begin + START).tobytes()
        else:
            numbers = range(at // SECTION, -(-end // SECTION))
            begin = numbers.start * SECTION
            parts = (self._part(n, n * SECTION, self._end(n)) for n in numbers)
            body = b"".join(part.tobytes() for part in parts)
        skip = first - 2 * begin
        return self._head[start:stop] + body[skip : skip + last - first]

    def close(self) -> None:
        """Keep it: others may listen."""

    def _end(self, number: int) -> int:
        return min((number + 1) * SECTION, self._frames)

    def _begins(self, at: int) -> bool:
        """Say whether somebody begins to listen here: nothing is made up to here.

        Starts are kept among the sections under numbers below zero.
        """
        if self._sections.has(self.etag, at // SECTION):
            return False
        before = max(0, at - 1)
        if at and self._sections.has(self.etag, before // SECTION):
            return False
        places = range(before // GRID - START // GRID + 1, before // GRID + 1)
        starts = (place for place in places if place != at // GRID)
        return not any(self._sections.has(self.etag, -1 - place) for place in starts)

    def _part(self, number: int, start: int, stop: int) -> Samples:
        """Return a section, or the start of listening, made if it is not there."""
        section = self._sections.get(self.etag, number)
        with section.making:
            if section.samples is None:
                section.samples = self._make(start, min(stop, self._frames))
            return section.samples

    def _make(self, start: int, stop: int) -> Samples:
        """Make the copy of a stretch, with as much before it as has a say in it."""
        with self._archive.open_audio(self._call) as reader:
            last = min(stop + RUN_OUT, self._frames)
            for run_in in RUN_INS:
                first = max(0, start - run_in)
                maker = ListeningCopy(FS)
                made = maker.feed(reader.read(first, last - first))
                settled = maker.settled is not None and first + maker.settled <= start
                if settled or first == 0:
                    break
            rest = maker.flush() if last == self._frames else made[:0]
        part = np.concatenate((made, rest))[start - first : stop - first]
        found = np.zeros(stop - start, "<i2")  # a master that was cut short ends silent
        found[: len(part)] = part
        return found


class ListeningCopies:
    """The listening copies of an archive, as far as somebody hears them."""

    def __init__(self, limit_bytes: int = LIMIT_BYTES) -> None:
        self._sections = Sections(limit_bytes)
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
                self._sections.clear()
            archive.keyring.touch()
        return CopyBody(archive, call, etag, self._sections)

    @property
    def bytes_kept(self) -> int:
        """Memory in use, bytes."""
        return self._sections.bytes_kept


def wav_header(data_bytes: int) -> bytes:
    """Return the 44 bytes before int16 mono samples at `FS` (RIFF/WAVE PCM)."""
    riff = struct.pack("<4sI4s", b"RIFF", 36 + data_bytes, b"WAVE")
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, FS, 2 * FS, 2, 16)
    return riff + form + struct.pack("<4sI", b"data", data_bytes)
