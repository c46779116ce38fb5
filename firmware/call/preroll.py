"""The last seconds of the line, in RAM and nowhere else.

A ring of samples addressed by the line's own index.  Lost samples are zeros, and
counted.  What has fallen out of the ring is gone.
"""

from collections import deque

import numpy as np

from firmware.line.block import Block, Samples


class Preroll:
    """Hold the newest `capacity` samples."""

    def __init__(self, capacity: int) -> None:
        self._ring = np.zeros(capacity, np.int16)
        self._gaps: deque[tuple[int, int]] = deque()
        self.oldest = 0  # index of the oldest sample still there
        self.end = 0

    def push(self, block: Block) -> None:
        """Take a block of at most the ring's capacity."""
        if block.lost:
            self._skip(block.lost)
        self._write(block.samples)
        self._forget()

    def read(self, start: int, end: int) -> tuple[int, Samples]:
        """Return how many samples from `start` are gone, and those still there."""
        first = min(max(start, self.oldest), end)
        ring, size = self._ring, len(self._ring)
        low, high = first % size, end % size
        if end - first and high <= low:
            samples = np.concatenate((ring[low:], ring[:high]))
        else:
            samples = ring[low:high].copy()
        return first - start, samples

    def wipe(self, start: int, end: int) -> None:
        """Destroy a range: what was said there is gone, not only out of reach."""
        first, end = max(start, self.oldest), min(end, self.end)
        if first < end:
            ring, size = self._ring, len(self._ring)
            ring[np.arange(first, end) % size] = 0

    def lost_between(self, start: int, end: int) -> int:
        """Return how many samples of a range were never received."""
        return sum(max(0, min(end, e) - max(start, s)) for s, e in self._gaps)

    def _skip(self, count: int) -> None:
        self._gaps.append((self.end, self.end + count))
        if count >= len(self._ring):
            self._ring[:] = 0
            self.end += count
        else:
            self._write(np.zeros(count, np.int16))

    def _write(self, samples: Samples) -> None:
        size = len(self._ring)
        low = self.end % size
        room = size - low
        if len(samples) <= room:
            self._ring[low : low + len(samples)] = samples
        else:
            self._ring[low:] = samples[:room]
            self._ring[: len(samples) - room] = samples[room:]
        self.end += len(samples)

    def _forget(self) -> None:
        self.oldest = max(self.oldest, self.end - len(self._ring))
        while self._gaps and self._gaps[0][1] <= self.oldest:
            self._gaps.popleft()
