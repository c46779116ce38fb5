"""Sounds on the line: each knows when it begins and adds itself to any stretch.

A layer is a pure function of the sample index, so a line rendered in pieces equals the
line rendered at once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from firmware.line.block import FS

Wave = NDArray[np.float32]

#: Rise and fall of a tone, samples: exchanges switch tones without clicks.
RAMP = 24

#: ITU-T Q.23: row and column of each symbol, Hz.
ROWS_HZ = (697.0, 770.0, 852.0, 941.0)
COLUMNS_HZ = (1209.0, 1336.0, 1477.0, 1633.0)
KEYPAD = "123A456B789C*0#D"


class Layer(Protocol):
    """A sound from sample `start` up to `stop`."""

    @property
    def start(self) -> int: ...

    @property
    def stop(self) -> int: ...

    def add(self, out: Wave, at: int) -> None:
        """Add to `out`, whose first sample has index `at`."""

    def until(self, stop: int) -> "Layer":
        """Return the part before `stop`, which lies within."""


@dataclass(frozen=True, slots=True)
class Clip:
    """Samples made beforehand, scaled by `gain`."""

    start: int
    wave: Wave
    gain: float = 1.0

    @property
    def stop(self) -> int:
        return self.start + len(self.wave)

    def add(self, out: Wave, at: int) -> None:
        first, last = max(self.start, at), min(self.stop, at + len(out))
        part = self.wave[first - self.start : last - self.start]
        out[first - at : last - at] += part * np.float32(self.gain)

    def until(self, stop: int) -> "Clip":
        return replace(self, wave=self.wave[: stop - self.start])


@dataclass(frozen=True, slots=True)
class Tone:
    """Sine waves together, `partials` being (Hz, peak amplitude)."""

    start: int
    stop: int
    partials: tuple[tuple[float, float], ...]
    modulation: tuple[float, float] | None = None  # Hz, depth 0..1
    flip_samples: int = 0  # reverse the phase each so many samples (ITU-T T.30 ANSam)

    def add(self, out: Wave, at: int) -> None:
        first, last = max(self.start, at), min(self.stop, at + len(out))
        index = np.arange(first - self.start, last - self.start)
        seconds = index / FS
        wave = np.zeros(len(index), np.float64)
        for hz, peak in self.partials:
            wave += peak * np.sin(2 * np.pi * hz * seconds)
        if self.modulation:
            hz, depth = self.modulation
            wave *= 1 + depth * np.sin(2 * np.pi * hz * seconds)
        if self.flip_samples:
            wave *= 1 - 2 * (index // self.flip_samples % 2)
        wave *= np.clip(index / RAMP, 0, 1)
        wave *= np.clip((self.stop - self.start - index) / RAMP, 0, 1)
        out[first - at : last - at] += wave.astype(np.float32)

    def until(self, stop: int) -> "Tone":
        return replace(self, stop=stop)


@dataclass(frozen=True, slots=True)
class Loop:
    """A wave repeated from `start` to `stop`: a modem's data, a fax page."""

    start: int
    stop: int
    wave: Wave
    gain: float = 1.0

    def add(self, out: Wave, at: int) -> None:
        first, last = max(self.start, at), min(self.stop, at + len(out))
        index = np.arange(first - self.start, last - self.start) % len(self.wave)
        out[first - at : last - at] += self.wave[index] * np.float32(self.gain)

    def until(self, stop: int) -> "Loop":
        return replace(self, stop=stop)


def peak(level_dbov: float) -> float:
    """Return the peak amplitude of a sine at a level."""
    return float(np.sqrt(2) * 10 ** (level_dbov / 20))


def partials(hz: Iterable[float], level_dbov: float) -> tuple[tuple[float, float], ...]:
    """Return sine waves of equal level."""
    return tuple((f, peak(level_dbov)) for f in hz)


def dtmf(
    symbol: str, level_dbov: float, twist_db: float = 2.0
) -> Sequence[tuple[float, float]]:
    """Return the tone pair of a key, the high tone `twist_db` above the low one."""
    row, column = divmod(KEYPAD.index(symbol), 4)
    low, high = level_dbov - twist_db / 2, level_dbov + twist_db / 2
    return (ROWS_HZ[row], peak(low)), (COLUMNS_HZ[column], peak(high))


def click(rng: np.random.Generator) -> Wave:
    """Return the transient of a hook switch through the tap's capacitors, peak 1."""
    t = np.arange(FS // 8) / FS
    thump = np.exp(-t / 0.012) * np.cos(2 * np.pi * 45 * t)
    scratch = rng.standard_normal(len(t)) * np.exp(-t / 0.002)
    wave = thump + 0.5 * scratch
    return np.asarray(wave / np.abs(wave).max(), np.float32)
