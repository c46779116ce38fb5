"""Bursts of steady tones, whatever their meaning: when, how loud, which lines.

Every 20 ms `dsp.tone_zones` says whether the power sits in few lines of one zone.
Frames on end of one zone and level make a burst; a fine spectrum over up to a quarter
of a second then names its lines to 1..2 Hz, which speech, gliding as it does, rarely
passes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from dsp.levels import dbov_from_power
from dsp.spectra import (
    LONG,
    LONG_HOP,
    QUIET_PEAK,
)
from dsp.stream import FS, Batch
from dsp.tone_lines import FINE, Line, lines
from dsp.tone_zones import Zones

#: A burst's frames are at most 6 dB below its loudest: half of a window on a tone.
#: What sounded before it, and goes on, is taken off first.
DROP = 0.25
#: Frames of 20 ms that may fail inside a burst (phase flips of ANSam, clicks).
BRIDGED_FRAMES = 2
#: Frames after which a burst still sounding is examined, 0.3 s.
SETTLED_FRAMES = 15
#: A burst already examined ends where the power grows by this: a tone begins over hum.
RISE = 2.0
#: Frames of hum before a tone that tell its power.
FLOOR_FRAMES = 2
#: A burst that begins so soon has begun before the samples did.
CUT = 2 * LONG_HOP
#: Shortest burst, frames: 0.1 s are seen as four to six.
MIN_FRAMES = 3


@dataclass
class Burst:
    """A steady tone from its first to its last sample.

    Parameters
    ----------
    start, end : int
        Absolute sample indices; `end` moves on while the burst sounds.
    zone : int
        See `dsp.tone_zones`.
    level_dbov : float
        Mean level of the frames wholly in the burst, up to 0.3 s.
    lines : tuple of Line
        Strongest first; empty until the burst is examined.
    resolution_hz : float
        Lines closer than this are not told apart.
    open : bool
        Whether it still sounds.
    cut : bool
        Whether it sounded already when the samples began.
    """

    start: int
    end: int
    zone: int
    level_dbov: float
    lines: tuple[Line, ...] = ()
    resolution_hz: float = 0.0
    open: bool = True
    cut: bool = False


@dataclass
class _Track:
    burst: Burst
    peak: float
    #: Time and power of the first frames, beginning with the one before the burst.
    head: list[tuple[int, float]]
    #: Time and power of the last frames, those after the burst included.
    tail: list[tuple[int, float]]
    frames: int = 1
    missing: int = 0
    #: Power once it has been examined.
    level: float = 0.0
    #: Power of what sounded before, and sounds below it.
    floor: float = 0.0

    @property
    def least(self) -> float:
        """Least power of a frame that belongs to it."""
        return self.floor + DROP * (self.peak - self.floor)


class Moment(NamedTuple):
    """One frame of 20 ms: its end, power of the band, burst growing or just ended."""

    at: int
    power: float
    burst: Burst | None


class BurstFinder:
    """Follow the bursts of a stream frame by frame."""

    def __init__(self) -> None:
        self._track: _Track | None = None
        self._before = 0.0
        self._batch: Batch | None = None
        #: Index of the first sample.
        self._origin: int | None = None

    @property
    def busy(self) -> bool:
        """Whether a burst is sounding."""
        return self._track is not None

    def scan(self, batch: Batch, zones: Zones, wanted: bool = True) -> Iterator[Moment]:
        """Yield a moment per frame, with the burst if it has been examined.

        Nothing is yielded where there is no burst and moments are not `wanted`.
        """
        self._batch = batch
        if self._origin is None:
            self._origin = batch.start
        power, zone = zones.power, zones.zone
        if self._track is None and not wanted and zone.max() < 0:
            self._remember(float(power[-1]))
            return
        at = batch.start
        for p, z in zip(power.tolist(), zone.tolist(), strict=True):
            at += LONG_HOP
            burst = self._frame(p, z, at) if z >= 0 or self._track else None
            self._remember(p)
            yield Moment(at, p, burst)

    def pass_over(self, batch: Batch) -> None:
        """Take note of a batch too quiet to look at."""
        self._before = 0.0
        if self._origin is None:
            self._origin = batch.start

    def _remember(self, power: float) -> None:
        # What a quiet batch may hold counts as nothing, so that batches do not matter.
        self._before = power if power > QUIET_PEAK**2 else 0.0

    def finish(self) -> Burst | None:
        """Return the burst that the end of the samples cut off."""
        track, self._track = self._track, None
        return None if track is None else self._close(track)

    def _frame(self, power: float, zone: int, at: int) -> Burst | None:
        track = self._track
        if track is not None:
            if zone == track.burst.zone and power > track.least:
                if track.level and power > RISE * track.level:
                    ended = self._close(track)
                    self._track = self._opened(power, zone, at, track.level)
                    return ended
                return self._continue(track, power, at)
            track.missing += 1
            track.tail.append((at - LONG // 2, power))
            moved = zone >= 0 and zone != track.burst.zone
            if track.missing <= BRIDGED_FRAMES and not moved:
                return track.burst if track.burst.lines else None
            self._track = None
            ended = self._close(track)
            if moved:
                self._track = self._opened(power, zone, at)
            return ended
        self._track = self._opened(power, zone, at)
        return None

    def _opened(self, power: float, zone: int, at: int, floor: float = 0.0) -> _Track:
        middle = at - LONG // 2
        head = [(middle - LONG_HOP, self._before), (middle, power)]
        burst = Burst(middle, middle, zone, 0.0)
        return _Track(burst, power, head, head[1:], floor=floor)

    def _continue(self, track: _Track, power: float, at: int) -> Burst | None:
        burst = track.burst
        burst.end = at - LONG // 2
        track.frames += 1 + track.missing
        track.missing = 0
        track.tail = [*track.tail[-3:], (burst.end, power)]
        track.peak = max(track.peak, power)
        if not burst.lines:
            track.head.append((burst.end, power))
            if track.frames >= SETTLED_FRAMES:
                self._begin_exactly(track)
                # Hum may have been there before the tone.
                if burst.end - burst.start > (SETTLED_FRAMES - 3) * LONG_HOP:
                    self._examine(track)
                    track.level = track.peak
        return burst if burst.lines else None

    def _close(self, track: _Track) -> Burst | None:
        burst = track.burst
        if track.frames < MIN_FRAMES:
            return None
        if not burst.lines:
            self._begin_exactly(track)
        self._end_exactly(track)
        if not burst.lines:
            self._examine(track)
        burst.open = False
        return burst if burst.lines else None

    def _begin_exactly(self, track: _Track) -> None:
        start = _crossing(track.head, 0.5 * (track.peak + track.floor))
        if start is None:
            start = track.head[1][0]
        assert self._origin is not None
        # The first window sees half of what sounds from the first sample on.
        track.burst.cut = start < self._origin + CUT
        track.burst.start = max(start, self._origin)
        before = [power for at, power in track.head[1:] if at < start - LONG // 2]
        if len(before) >= FLOOR_FRAMES:
            track.floor = sum(before) / len(before)

    def _end_exactly(self, track: _Track) -> None:
        half = 0.5 * (track.peak + track.floor)
        end = _crossing(track.tail[::-1], half)
        # Where other sound takes over, the last good frame has to do.
        if end is not None and track.tail[-1][1] < half:
            track.burst.end = end

    def _examine(self, track: _Track) -> None:
        assert self._batch is not None
        burst = track.burst
        inside = [p for at, p in track.head if burst.start <= at <= burst.end]
        burst.level_dbov = dbov_from_power(sum(inside) / max(len(inside), 1))
        edge = min(160, (burst.end - burst.start) // 6)
        start, end = burst.start + edge, burst.end - edge
        start = max(start, end - FINE)
        burst.resolution_hz = 3 * FS / max(end - start, 1)
        burst.lines = lines(self._batch.between(start, end))


def _crossing(frames: list[tuple[int, float]], half: float) -> int | None:
    """Return when the power first exceeds `half`, between two frames.

    A window whose middle meets the edge of a tone holds half of the tone's power.
    """
    (at, power), *rest = frames
    if power >= half:
        return at
    for after, above in rest:
        if above >= half:
            return at + round((half - power) / (above - power) * (after - at))
        at, power = after, above
    return None
