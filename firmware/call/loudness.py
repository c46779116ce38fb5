"""How loud do people talk on this line?

The power of every 20 ms goes into a histogram that forgets within minutes of talk.  The
level of the talk is the mean of what stands out of the line's own noise and is not far
below the loudest (after ITU-T P.56, whose threshold lies 15.9 dB below the level).
What the box itself plays is left out by whoever feeds it.
"""

import numpy as np
from numpy.typing import NDArray

from firmware.line.block import FS, Samples

#: Frames of 20 ms.
FRAME = FS // 50
#: Bins of 1 dB from here up to 0 dBov.
LOWEST_DBOV = -80
#: Talk stands out of the noise by this, dB.
MARGIN_DB = 9
#: The loudest part of talk, and how far below it the rest may be, dB: the loudest
#: syllables are 6 dB over the level.
LOUDEST_PART = 0.05
RANGE_DB = 22
#: Quieter than this is no talk, dBov.
QUIETEST_DBOV = -55
#: Frames of talk needed before the level is believed, 2 s, and those remembered, 60 s.
ENOUGH = 100
REMEMBERED = 3000


class Loudness:
    """The active level of talk on a line, both sides together."""

    def __init__(self) -> None:
        self._counts = np.zeros(-LOWEST_DBOV + 1)
        self._rest: Samples = np.zeros(0, np.int16)

    def feed(self, samples: Samples) -> None:
        """Take samples in which the box itself is silent."""
        samples = np.concatenate((self._rest, samples))
        whole = len(samples) // FRAME * FRAME
        self._rest = samples[whole:]
        if not whole:
            return
        frames = samples[:whole].reshape(-1, FRAME).astype(np.float64) / 32768
        power = np.mean(frames * frames, axis=1)
        level = 10 * np.log10(power + 1e-12)
        bins = np.clip(np.rint(level) - LOWEST_DBOV, 0, -LOWEST_DBOV).astype(np.int64)
        self._counts += np.bincount(bins, minlength=len(self._counts))
        sounds = self._counts[QUIETEST_DBOV - LOWEST_DBOV :].sum()
        if sounds > REMEMBERED:
            self._counts *= REMEMBERED / sounds

    def level_dbov(self) -> float | None:
        """Return the level of the talk; None before enough of it was heard."""
        talk = self._talk()
        total = talk.sum()
        if total < ENOUGH:
            return None
        power = 10 ** (np.arange(LOWEST_DBOV, 1) / 10)
        return float(10 * np.log10(talk @ power / total))

    def _talk(self) -> NDArray[np.float64]:
        """Return the part of the histogram that is talk."""
        counts = self._counts
        quiet = np.cumsum(counts) >= 0.1 * counts.sum()
        floor = int(np.argmax(quiet)) + MARGIN_DB
        talk = counts.copy()
        talk[: max(floor, QUIETEST_DBOV - LOWEST_DBOV)] = 0
        loud = np.cumsum(talk) >= (1 - LOUDEST_PART) * talk.sum()
        talk[: max(int(np.argmax(loud)) - RANGE_DB, 0)] = 0
        return talk
