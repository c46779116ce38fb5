"""A recorded line: an audio file, and the edges of its wired signals beside it.

Any file libsndfile reads, at any rate, one of its channels.  It is read a second at a
time and brought to the master rate; nothing grows with its length.  ``call.edges.csv``
beside ``call.wav`` is taken by itself (see `firmware.line.edges`); without edges the
line has sound alone.  A file that cannot be played to its end is refused at once.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

from dsp.resample import Resampler
from dsp.types import Edge
from firmware.closing import Closing
from firmware.errors import SourceError
from firmware.line.block import FS, Anchor, Block, LineStatus, Samples
from firmware.line.edges import opening, read_edges
from firmware.line.pace import PACED_SAMPLES, Clock, SystemClock, cut, pace
from firmware.line.speaker import Speaker

#: Rates at which a file can be speech at all, Hz.
RATES_HZ = (4000, 768000)
#: What libsndfile hands over as int16 without loss.
INT16_SUBTYPES = ("PCM_16", "PCM_S8", "PCM_U8", "ULAW", "ALAW")
#: Sizes in a RIFF header that say "unknown": a recorder wrote into a pipe.
UNKNOWN_SIZES = (0, 0x7FFFFFFF, 0xFFFFFFFF)


class WavLine(Closing):
    """A recording being played; `blocks` may be called once."""

    speaker: Speaker | None = None

    def __init__(
        self,
        path: Path,
        *,
        edges: Path | None = None,
        channel: int | None = None,
        speed: float | None = None,
        start_utc: float | None = None,
        block_samples: int | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._path = path
        self._file = _open(path)
        try:
            self._channel = _channel(self._file, path, channel)
            frames = self._file.frames
            at_file_rate = _edges_beside(path, edges, frames)
        except SourceError:
            self._file.close()
            raise
        scale = FS / self._file.samplerate
        self._edges = opening(
            [Edge(int(e.at * scale), e.signal, e.level) for e in at_file_rate]
        )
        self.sensing = frozenset(e.signal for e in self._edges)
        self.length_s: float = frames / self._file.samplerate
        self._speed = speed
        self._size = block_samples or (PACED_SAMPLES if speed else FS)
        self._start_utc = start_utc
        self._opened_utc = path.stat().st_mtime - self.length_s
        self._clock = clock or SystemClock()
        self._index = 0
        self._closed = False

    def blocks(self) -> Iterator[Block]:
        """Yield the recording until it ends or the line is closed."""
        stream = cut(self._read(), self._size)
        if self._speed:
            stream = pace(stream, self._speed, self._clock)
        for block in stream:
            if self._closed:
                return
            self._index = block.end
            yield block

    def anchor(self) -> Anchor:
        """Tie sample 0 to the given start, or to when the file was last written."""
        given = self._start_utc is not None
        utc = self._start_utc if self._start_utc is not None else self._opened_utc
        return Anchor(
            index=self._index,
            utc=utc + self._index / FS,
            clock="free-running" if given else "unknown",
            boottime_s=self._index / FS,
            boot_id=f"wav-{self._path.stem}-{utc:.0f}",
        )

    def status(self) -> LineStatus:
        """Return the state of the source in plain words."""
        return LineStatus(True, f"recorded line: {self._path.name}")

    def close(self) -> None:
        """Stop; a paced `blocks` ends at once."""
        self._closed = True
        self._clock.cancel()
        self._file.close()

    def _read(self) -> Iterator[Block]:
        """Yield blocks as they come from the file, then the edges at its end."""
        resampler = Resampler(self._file.samplerate, FS)
        edges, at = self._edges, 0
        for samples in self._converted(resampler):
            if not len(samples):
                continue
            stop = at + len(samples)
            count = next((n for n, e in enumerate(edges) if e.at >= stop), len(edges))
            yield Block(at, samples, tuple(edges[:count]))
            edges, at = edges[count:], stop
        if edges:
            yield Block(at, np.zeros(0, np.int16), tuple(edges))

    def _converted(self, resampler: Resampler) -> Iterator[Samples]:
        file = self._file
        dtype = "int16" if file.subtype in INT16_SUBTYPES else "float32"
        while not self._closed:
            try:
                data = file.read(file.samplerate, dtype=dtype, always_2d=True)
            except soundfile.LibsndfileError as error:
                raise SourceError(
                    f"{self._path}: cannot be read beyond {file.tell()} samples: "
                    f"{error.error_string}"
                ) from error
            if not len(data):
                yield resampler.flush()
                return
            yield resampler.feed(_finite(data[:, self._channel]))


def _finite(x: NDArray[Any]) -> NDArray[Any]:
    """Return one channel, infinities and not-a-number of a float file set to zero."""
    if x.dtype == np.int16:
        return np.ascontiguousarray(x)
    return np.asarray(np.nan_to_num(x, nan=0.0, posinf=0.0, neginf=0.0), x.dtype)


def _open(path: Path) -> Any:
    if not path.is_file():
        reason = "is a folder" if path.is_dir() else "no such file"
        raise SourceError(f"{path}: {reason}; want an audio file")
    if path.stat().st_size == 0:
        raise SourceError(f"{path}: is empty; want an audio file, got 0 bytes")
    try:
        file = soundfile.SoundFile(path)
    except soundfile.LibsndfileError as error:
        raise SourceError(
            f"{path}: not an audio file; want WAV, FLAC, OGG, AIFF or the like: "
            f"{error.error_string}"
        ) from error
    except OSError as error:
        raise SourceError(f"{path}: cannot be read: {error.strerror}") from error
    try:
        _check(file, path)
    except SourceError:
        file.close()
        raise
    return file


def _check(file: Any, path: Path) -> None:
    """Refuse what cannot be played to its end."""
    promised, present = _riff_data(path)
    if file.frames == 0 and present:
        raise SourceError(
            f"{path}: its header says no samples, yet {present} bytes follow: "
            "its recorder was stopped before it could write the length"
        )
    if file.frames == 0:
        raise SourceError(f"{path}: is empty; want sound, got a header and no samples")
    if not RATES_HZ[0] <= file.samplerate <= RATES_HZ[1]:
        raise SourceError(
            f"{path}: rate: want {RATES_HZ[0]}..{RATES_HZ[1]} Hz, got {file.samplerate}"
        )
    if present < promised:
        raise SourceError(
            f"{path}: is cut short: its header promises {promised} bytes of sound, "
            f"{present} are there"
        )
    try:
        file.seek(file.frames - 1)
        last = len(file.read(1))
        file.seek(0)
    except soundfile.LibsndfileError:
        last = 0
    if not last:
        raise SourceError(
            f"{path}: is cut short: its header promises {file.frames} samples, "
            "the last of them cannot be read"
        )


def _riff_data(path: Path) -> tuple[int, int]:
    """Return the bytes of sound a WAV header promises, and those in the file."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(12)
        if head[:4] != b"RIFF" or head[8:] != b"WAVE":
            return 0, 0
        while len(chunk := file.read(8)) == 8:
            length = int.from_bytes(chunk[4:], "little")
            if chunk[:4] == b"data":
                known = length not in UNKNOWN_SIZES
                return length if known else 0, size - file.tell()
            file.seek(length + length % 2, 1)
    return 0, 0


def _channel(file: Any, path: Path, wanted: int | None) -> int:
    if wanted is None and file.channels == 1:
        return 0
    have = ", ".join(str(n) for n in range(file.channels))
    if wanted is None:
        raise SourceError(
            f"{path}: has {file.channels} channels; choose one of {have} "
            "(--channel, or ?channel=N after the name)"
        )
    if not 0 <= wanted < file.channels:
        raise SourceError(f"{path}: channel: want one of {have}, got {wanted}")
    return wanted


def _edges_beside(path: Path, named: Path | None, frames: int) -> list[Edge]:
    if named is not None:
        return read_edges(named, frames)
    beside = path.with_name(f"{path.stem}.edges.csv")
    return read_edges(beside, frames) if beside.exists() else []
