"""Was our own beep or announcement heard on the line?

Whoever plays something says so with `expect`; the samples of the line are then compared
with what was played, near the index at which it should be.  A sound counts as heard if
enough of what the line carried, piece by piece, is that very sound: a matched filter,
normalised by the energy around it, so that neither loud speech nor silence can pass for
it.  Pure: samples in, verdicts out.

Limits: it says that the sound was on the line, not that anybody listened; it looks up
to `SEARCH` samples to either side and no further.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from dsp.levels import dbov_from_power
from firmware.line.block import FS, Block, Samples
from firmware.line.speaker import active_power

SoundKind = Literal["beep", "announcement"]
Floats = NDArray[np.float64]

#: A sound is looked for so far to either side of where it should be: the delay of a
#: sound card's buffers, 0.25 s.
SEARCH = FS // 4
#: Pieces compared one by one: 0.25 s is short enough for a clock that is 100 ppm off;
#: a beep has two, for speech seldom holds one tone so long.
PIECE = FS // 4
LEAST_PIECES = 2
#: How far two clocks drift apart during an announcement, samples: 15 s at 100 ppm.
DRIFT = 16
#: Pieces this far below the loudest have nothing to compare, dB.
PAUSE_DB = 25.0
#: Part of a piece's energy that must be ours.  Measured: a beep of 0.5 s under speech
#: as loud has 0.5 and more of it, speech alone 0.03 at most (0.2 s: 0.34 and 0.09).
SHARE = {"beep": 0.20, "announcement": 0.05}
#: Part of the sound that must be heard: a lost word is a lost announcement.
WHOLE = {"beep": 1.0, "announcement": 0.95}
#: So many pieces in a row, pauses left out, are a lost word, however long the rest.
LOST_WORD = 4
#: An announcement is compared within the voice band; a beep so far to either side of
#: its own frequency, where a lone tone stands out from talk, Hz.
VOICE_HZ = (250.0, 3400.0)
BESIDE_HZ = 250.0
#: Quieter than asked by more than this is not audible as meant, dB.
FAINT_DB = 15.0


@dataclass(frozen=True, slots=True)
class Expected:
    """A sound that was sent at index `at`."""

    kind: SoundKind
    at: int
    samples: Samples

    @property
    def end(self) -> int:
        return self.at + len(self.samples)

    @property
    def due(self) -> int:
        """Index by which it can be told whether it was heard."""
        return self.end + SEARCH


@dataclass(frozen=True, slots=True)
class Heard:
    """A sound that was on the line: where, how loud, and which part of it.

    `gain_db` is how much louder it was than it was meant to be.
    """

    kind: SoundKind
    at: int
    end: int
    expected_at: int
    level_dbov: float
    part: float
    gain_db: float = 0.0


@dataclass(frozen=True, slots=True)
class Missed:
    """A sound that was not on the line, or too little of it."""

    kind: SoundKind
    expected_at: int
    part: float


@dataclass(slots=True)
class Proof:
    """Compares the line with what was sent; feed it every block, in order."""

    _expected: list[Expected] = field(default_factory=list)
    _missed: list[Missed] = field(default_factory=list)
    _past: list[Samples] = field(default_factory=list)
    _end: int = 0
    _held: int = 0

    def expect(self, kind: SoundKind, at: int, samples: Samples) -> None:
        """Say that `samples` were sent, to be on the line from index `at`."""
        self._expected.append(Expected(kind, at, samples))

    def forget(self, after: int = 0) -> None:
        """Expect no longer what would have ended after an index: it was stopped."""
        self._expected = [e for e in self._expected if e.end <= after]

    def pending(self, kind: SoundKind) -> int:
        """Return how many of a kind are still to be judged."""
        return sum(e.kind == kind for e in self._expected)

    def feed(self, block: Block) -> list[Heard]:
        """Return what was heard for certain by the end of this block."""
        self._keep(block)
        due = [e for e in self._expected if e.due <= self._end]
        if not due:
            return []
        self._expected = [e for e in self._expected if e.due > self._end]
        line = np.concatenate(self._past)
        start = self._end - len(line)
        heard: list[Heard] = []
        for expected in due:
            verdict = judge(expected, line, start)
            if isinstance(verdict, Heard):
                heard.append(verdict)
            else:
                self._missed.append(verdict)
        return heard

    def missing(self, now: int) -> list[Missed]:
        """Return, once, what should have been heard by `now` and was not."""
        missed, self._missed = self._missed, []
        late = [e for e in self._expected if e.due + SEARCH <= now]
        self._expected = [e for e in self._expected if e not in late]
        return missed + [Missed(e.kind, e.at, 0.0) for e in late]

    def _keep(self, block: Block) -> None:
        """Keep as much of the line as is still needed; what was lost is silence."""
        if self._past and block.start > self._end:
            self._past.append(np.zeros(block.start - self._end, np.int16))
            self._held += block.start - self._end
        self._past.append(block.samples)
        self._held += len(block.samples)
        self._end = block.end
        first = min((e.at for e in self._expected), default=self._end) - SEARCH
        wanted = self._end - min(first, self._end - 2 * SEARCH)
        while self._held - len(self._past[0]) >= wanted:
            self._held -= len(self._past.pop(0))


def judge(expected: Expected, line: Samples, start: int) -> Heard | Missed:
    """Say whether a sound is on a stretch of line that begins at index `start`."""
    sent = expected.samples.astype(np.float64) / 32768
    first = expected.at - SEARCH - start
    window = _cut(line, first, len(sent) + 2 * SEARCH)
    low, high = VOICE_HZ if expected.kind == "announcement" else _beside(sent)
    shape, window = _band(sent, low, high), _band(window, low, high)
    lag, sign = _lag(shape, window)
    part, gain, gap = _compare(shape, sign * window, lag, SHARE[expected.kind])
    at = expected.at - SEARCH + lag
    faint = gain < 10 ** (-FAINT_DB / 20)
    if part < WHOLE[expected.kind] or gap >= LOST_WORD or faint:
        return Missed(expected.kind, expected.at, part)
    level = dbov_from_power(active_power(sent) * gain * gain)
    end = at + len(sent)
    gain_db = 20 * math.log10(gain)
    return Heard(expected.kind, at, end, expected.at, level, part, gain_db)


def _cut(line: Samples, first: int, count: int) -> Floats:
    """Return `count` samples from `first` on, silence where the line has none."""
    part = line[max(first, 0) : max(first + count, 0)].astype(np.float64) / 32768
    before = min(max(-first, 0), count)
    return np.pad(part, (before, count - before - len(part)))


def _beside(beep: Floats) -> tuple[float, float]:
    """Return the band around a beep's frequency."""
    hz = float(np.abs(fft.rfft(beep)).argmax()) * FS / len(beep)
    return hz - BESIDE_HZ, hz + BESIDE_HZ


def _band(x: Floats, low_hz: float, high_hz: float) -> Floats:
    """Keep a band, its highs raised so that the loud low vowels do not rule."""
    size = fft.next_fast_len(len(x), real=True)
    hz = fft.rfftfreq(size, 1 / FS)
    shape = ((hz > low_hz) & (hz < high_hz)) * hz / 1000
    kept: Floats = fft.irfft(fft.rfft(x, size) * shape, size)[: len(x)]
    return kept


def _lag(sent: Floats, window: Floats) -> tuple[int, float]:
    """Return where in the window the sound fits best, and which way up: 1 or -1."""
    size = fft.next_fast_len(len(window) + len(sent), real=True)
    product = fft.rfft(window, size) * np.conj(fft.rfft(sent, size))
    match = fft.irfft(product, size)[: len(window) - len(sent) + 1]
    lag = int(np.argmax(np.abs(match)))
    return lag, 1.0 if match[lag] >= 0 else -1.0


def _compare(
    sent: Floats, window: Floats, lag: int, share: float
) -> tuple[float, float, int]:
    """Return the part of the sound that is there at `lag`, its gain, longest gap."""
    count = max(len(sent) // PIECE, LEAST_PIECES)
    pieces = _pieces(sent, count)
    rows = [_match(ours, window, lag + first) for ours, first in pieces]
    energy, product, there = np.array(rows).T
    explained = product * np.abs(product) / (energy + 1e-12) / (there + 1e-12)
    counts = energy >= energy.max() * 10 ** (-PAUSE_DB / 10)
    found = counts & (explained >= share)
    gain = float(product[counts].sum()) / float(energy[counts].sum())
    part = float(energy[found].sum() / energy[counts].sum())
    return part, gain, _longest_gap(found[counts])


def _longest_gap(found: NDArray[np.bool_]) -> int:
    """Return how many pieces in a row were not found."""
    return max(
        (len(list(run)) for there, run in groupby(found) if not there), default=0
    )


def _pieces(sent: Floats, count: int) -> Iterator[tuple[Floats, int]]:
    """Yield a sound in pieces, each with the index of its first sample."""
    first = 0
    for piece in np.array_split(sent, count):
        yield piece, first
        first += len(piece)


def _match(ours: Floats, window: Floats, at: int) -> tuple[float, float, float]:
    """Return the energy of a piece, its product with the line and the line's energy.

    Clocks differ, so the piece may lie up to `DRIFT` samples to either side of `at`.
    """
    near = window[max(at - DRIFT, 0) : at + len(ours) + DRIFT]
    products = np.correlate(near, ours, "valid")
    best = int(np.argmax(products))
    line = near[best : best + len(ours)]
    return float(ours @ ours), float(products[best]), float(line @ line)
