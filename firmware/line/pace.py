"""Blocks cut to a size and delivered at a speed, for lines that are not a card."""

import threading
import time
from collections.abc import Iterable, Iterator
from typing import Protocol

from firmware.line.block import FS, Block

#: Blocks of a line that keeps real time, samples: 20 ms.
PACED_SAMPLES = 160


class Clock(Protocol):
    """Time as a paced line needs it; tests bring their own."""

    def now(self) -> float:
        """Return seconds that never go back."""

    def wait(self, seconds: float) -> None:
        """Return after `seconds`, or at once when the line is closed."""

    def cancel(self) -> None:
        """Let every present and later `wait` return at once."""


class SystemClock:
    """The monotonic clock of the machine."""

    def __init__(self) -> None:
        self._cancelled = threading.Event()

    def now(self) -> float:
        return time.monotonic()

    def wait(self, seconds: float) -> None:
        self._cancelled.wait(seconds)

    def cancel(self) -> None:
        self._cancelled.set()


def cut(blocks: Iterable[Block], size: int) -> Iterator[Block]:
    """Yield the same line in blocks of at most `size` samples, edges in their place."""
    for block in blocks:
        if len(block.samples) <= size:
            yield block
            continue
        edges = list(block.edges)
        for first in range(0, len(block.samples), size):
            samples = block.samples[first : first + size]
            start = block.start + first
            stop = start + len(samples)
            count = next((n for n, e in enumerate(edges) if e.at >= stop), len(edges))
            lost = block.lost if first == 0 else 0
            yield Block(start, samples, tuple(edges[:count]), lost)
            del edges[:count]


def pace(blocks: Iterable[Block], speed: float, clock: Clock) -> Iterator[Block]:
    """Yield each block when its last sample would have arrived."""
    began = clock.now()
    for block in blocks:
        due = began + block.end / FS / speed
        wait = due - clock.now()
        if wait > 0:
            clock.wait(wait)
        yield block
