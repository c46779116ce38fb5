"""Measurements for tests of the simulated line, made without our own detectors."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from dsp.types import Edge
from firmware.line.block import FS
from firmware.line.sim import SimLine


@dataclass
class Played:
    """A scenario played to its end."""

    line: SimLine
    x: Any  # int16, silence where samples were lost
    edges: list[Edge]
    lost: int

    def at(self, signal: str) -> list[tuple[float, int]]:
        """Return (seconds, level) of every change of a signal, its first level too."""
        return [(e.at / FS, e.level) for e in self.edges if e.signal == signal]

    def between(self, begin_s: float, end_s: float) -> Any:
        """Return samples, full scale 1.0."""
        return self.x[round(begin_s * FS) : round(end_s * FS)] / 32768


def play(line: SimLine) -> Played:
    """Play a line to its end."""
    pieces, edges, lost = [], [], 0
    for block in line.blocks():
        pieces += [np.zeros(block.lost, np.int16), block.samples]
        edges += block.edges
        lost += block.lost
    return Played(line, np.concatenate(pieces), edges, lost)


def rms_dbov(x: Any) -> float:
    """Return the level of everything in `x`."""
    return float(20 * np.log10(max(np.sqrt(np.mean(np.square(x))), 1e-9)))


def tone_dbov(x: Any, hz: float) -> float:
    """Return the level of one sine in `x`, with a Hann window."""
    window = np.hanning(len(x))
    turn = np.exp(-2j * np.pi * hz * np.arange(len(x)) / FS)
    peak = 2 * abs(np.sum(x * window * turn)) / window.sum()
    return float(20 * np.log10(max(peak, 1e-9)) - 3.01)


class FakeClock:
    """A clock that moves only when somebody waits."""

    def __init__(self) -> None:
        self.time = 50.0
        self.waits: list[float] = []
        self.cancelled = False

    def now(self) -> float:
        return self.time

    def wait(self, seconds: float) -> None:
        if not self.cancelled:
            self.waits.append(seconds)
            self.time += seconds

    def cancel(self) -> None:
        self.cancelled = True
