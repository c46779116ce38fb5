"""The other direction: what the box says on the line.

A line that can inject has a `speaker`; one that cannot has None.  Whatever sounds is
heard by both ends and comes back in the line's own samples, where the recorder looks
for it: a speaker promises to try, and only what was heard counts.
"""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.int16]

#: Frames by which a level is measured: 20 ms at 8 kHz.
_FRAME = 160
#: Frames this far below the loudest are pauses, dB.
_PAUSE_DB = 25.0
#: Nothing is played louder than this part of full scale.
_LIMIT = 0.89


class Speaker(Protocol):
    """Plays one sound at a time."""

    @property
    def playing(self) -> bool:
        """Is something sounding, or about to?"""

    def play(self, samples: Samples, level_dbov: float, at: int | None = None) -> int:
        """Sound `samples` (8 kHz) at a level on the line, from index `at` or at once.

        Returns the index of the line at which it begins.  What was playing stops.
        """

    def stop(self) -> None:
        """Fall silent, within 0.2 s."""


def at_level(samples: Samples, level_dbov: float) -> Samples:
    """Return a sound whose active level, pauses left out, is `level_dbov`.

    Peaks that would not fit limit the level, rather than being cut off.
    """
    x = samples.astype(np.float64) / 32768
    power = active_power(x)
    if power <= 0:
        return samples
    gain = np.sqrt(10 ** (level_dbov / 10) / power)
    gain = min(gain, _LIMIT / float(np.abs(x).max()))
    return np.asarray(np.rint(x * gain * 32767), np.int16)


def active_power(x: NDArray[np.float64]) -> float:
    """Return the mean square of a sound, full scale 1.0, pauses left out."""
    if not len(x):
        return 0.0
    whole = np.pad(x, (0, -len(x) % _FRAME)).reshape(-1, _FRAME)
    frames = np.mean(whole * whole, axis=1)
    return float(np.mean(frames[frames >= frames.max() * 10 ** (-_PAUSE_DB / 10)]))
