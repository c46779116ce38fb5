"""The speaker of the simulated line: what it plays is added as a transformer would."""

from dataclasses import replace

import numpy as np

from firmware.line.block import Block, Samples
from firmware.line.speaker import at_level


class Injector:
    """Adds what is played to the blocks that pass, `loss_db` quieter than asked."""

    def __init__(self, loss_db: float = 0.0) -> None:
        self._gain = 10 ** (-loss_db / 20)
        self._sound = np.zeros(0, np.int16)
        self._start = 0
        self._next = 0

    @property
    def playing(self) -> bool:
        """Is something sounding, or about to?"""
        return self._next < self._start + len(self._sound)

    def play(self, samples: Samples, level_dbov: float, at: int | None = None) -> int:
        """Sound from index `at`, or with the next block."""
        self._sound = at_level(samples, level_dbov)
        self._start = self._next if at is None else max(at, self._next)
        return self._start

    def stop(self) -> None:
        """Fall silent with the next block."""
        self._sound = self._sound[:0]

    def mix(self, block: Block) -> Block:
        """Return the block with what sounds during it."""
        self._next = block.end
        first = max(block.start, self._start)
        last = min(block.end, self._start + len(self._sound))
        if first >= last:
            return block
        heard = block.samples.astype(np.float64)
        part = self._sound[first - self._start : last - self._start]
        heard[first - block.start : last - block.start] += part * self._gain
        samples = np.clip(np.rint(heard), -32768, 32767).astype(np.int16)
        samples.flags.writeable = False
        return replace(block, samples=samples)
