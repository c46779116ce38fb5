"""The lines of a stretch of sound, to 1..2 Hz, and which of them mains hum may be."""

from dataclasses import dataclass

import numpy as np

from dsp.spectra import padded_power
from dsp.stream import FS, Samples

__all__ = ["FINE", "Line", "lines"]

#: Longest stretch looked at for lines, samples.
FINE = 2048
#: Lines are looked for from 285 to 2800 Hz.
FINE_HZ = (285, 2800)
#: Mains hum below that, down to 40 Hz, of this share of the power above it counts.
HUM_HZ, HUM_SHARE = 40, 0.05
#: Mains frequencies, and how far their multiples may be off.
MAINS_HZ, MAINS_SPREAD = (50.0, 60.0), 0.01

_COUNT = np.arange(2 * FINE, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Line:
    """A spectral line: frequency, share of the burst's power, and if it may be hum."""

    hertz: float
    share: float
    mains: bool = False


def lines(x: Samples) -> tuple[Line, ...]:
    """Return the spectral lines of a stretch of sound, strongest first.

    Parameters
    ----------
    x : ndarray of float32, shape (n,)
        64..2048 samples at 8 kHz.

    Returns
    -------
    tuple of Line
        At most six, each with 2 % of the power from 285 to 2800 Hz or more; where
        there is hum below, those at its harmonics are marked.

    Examples
    --------
    >>> t = np.arange(2048) / 8000
    >>> two = np.sin(2 * np.pi * 350 * t) + np.sin(2 * np.pi * 440 * t)
    >>> sorted(round(line.hertz) for line in lines(two.astype(np.float32)))
    [350, 440]
    """
    n = x.size
    if n < 64:
        return ()
    size = 2 * FINE
    low, high = (hertz * size // FS for hertz in FINE_HZ)
    all_power = padded_power(x, size)
    power = all_power[low:high]
    total = float(power.sum())
    humming = float(all_power[HUM_HZ * size // FS : low].sum()) > HUM_SHARE * total
    reach = int(2 * size / n) + 1
    found: list[Line] = []
    while len(found) < 6 and total > 0:
        k = int(np.argmax(power))
        first, last = max(k - reach, 0), k + reach + 1
        lobe = power[first:last]
        share = float(lobe.sum()) / total
        if share < 0.02:
            break
        centre = first + float(lobe @ _COUNT[: lobe.size]) / float(lobe.sum())
        hertz = (centre + low) * FS / size
        found.append(Line(hertz, share, humming and _of_mains(hertz, FS / n)))
        power[first:last] = 0
    return tuple(found)


def _of_mains(hertz: float, resolution_hz: float) -> bool:
    """Return whether a line is at a harmonic of mains."""
    off = (abs(hertz - mains * round(hertz / mains)) for mains in MAINS_HZ)
    return min(off) < MAINS_SPREAD * hertz / 2 + resolution_hz / 4
