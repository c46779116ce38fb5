"""Voice-band modems that send data: as steady as noise, but with a symbol clock.

Frames whose power hardly changes for 0.8 s, and that are no tone, are looked at once:
the squared envelope of scrambled data has a line at the symbol rate (V.22 600, V.27ter
1600, V.29, V.32 and V.17 2400, V.34 up to 3000 a second), which noise, talk and music
have not.  Limits: modems at 3200 symbols a second and more leave no line within the
telephone band; frequency-shift keying is left to `dsp.fax_flags` and caller ID.
"""

import numpy as np
from numpy.typing import NDArray

from dsp.detector import Noticed
from dsp.levels import power_from_dbov
from dsp.spectra import LONG_HOP
from dsp.stream import FS, Batch, Samples
from dsp.suspect import Suspect
from dsp.tone_zones import Zones

NAME = "modem_data"
#: Symbol rates: V.22, V.27ter, V.29 and V.32, V.34 (2743, 2800, 3000).
RATES_HZ = (600.0, 1200.0, 1600.0, 2400.0, 2743.0, 2800.0, 3000.0)
#: Modems send at -10 dBm0, and lines lose 30 dB (V.2).
FLOOR = power_from_dbov(-48.0)
#: Frames on end of like power, 0.8 s, and how far each may be off the mean.
ENOUGH, STEADY = 40, 1.7
#: Frames that may fail inside.
BRIDGED = 3
#: Samples looked at.
LOOK = 4800
#: The band of the signal, Hz.
BAND_HZ = (300.0, 3400.0)
#: A line is this much stronger than the median of 40 Hz to either side of it: the
#: strongest of noise reaches 12.
LINE, AROUND_HZ, EXACT_HZ = 25.0, 40.0, 2.5
#: Bins that share the power: data fill hundreds, a chord a few dozen.
SPREAD = 120.0


class ModemFinder(Suspect):
    """Follow frames of steady power."""

    def __init__(self) -> None:
        super().__init__(NAME, ENOUGH, LOOK, has_symbols)

    def scan(self, batch: Batch, zones: Zones) -> list[Noticed]:
        """Return what the frames of this batch make known."""
        noticed: list[Noticed] = []
        steady = (zones.power > FLOOR) & (zones.lone < 0)
        if not self._frames and not steady.any():
            return noticed
        at = batch.start
        for power, may in zip(zones.power.tolist(), steady.tolist(), strict=True):
            at += LONG_HOP
            if may and self._like(power):
                noticed += self._sounding(power, at, batch)
            elif self._frames:
                self._missing += 1
                if not self._found or self._missing > BRIDGED:
                    noticed += self._over(at)
                    if may:
                        self._sounding(power, at, batch)
        return noticed

    def _like(self, power: float) -> bool:
        if not self._frames:
            return True
        mean = self._energy / self._frames
        return mean < STEADY * power and power < STEADY * mean


def has_symbols(x: Samples) -> bool:
    """Return whether a stretch of sound has the clock of a modem's symbols.

    Parameters
    ----------
    x : ndarray of float32, shape (n,)
        0.6 s at 8 kHz.

    References
    ----------
    .. [1] ITU-T V.22, V.27ter, V.29, V.32, V.34: symbol rates.

    Examples
    --------
    >>> import numpy as np
    >>> has_symbols(np.random.default_rng(1).standard_normal(4800).astype(np.float32))
    False
    """
    n = x.size
    z = np.fft.fft(x)
    low, high = (round(hertz * n / FS) for hertz in BAND_HZ)
    power = np.square(np.abs(z[low:high]))
    total = float(power.sum())
    if total <= 0 or total * total < SPREAD * float(np.square(power).sum()):
        return False
    z[:low] = 0
    z[high:] = 0
    squared = np.square(np.abs(np.fft.ifft(z)))
    clock = np.square(np.abs(np.fft.rfft((squared - squared.mean()) * np.hanning(n))))
    return any(_line(clock, rate, FS / n) for rate in RATES_HZ)


def _line(power: NDArray[np.float64], hertz: float, bin_hz: float) -> bool:
    """Return whether there is a line at a frequency."""
    k, near = round(hertz / bin_hz), max(round(EXACT_HZ / bin_hz), 1)
    around = round(AROUND_HZ / bin_hz)
    peak = float(power[k - near : k + near + 1].max())
    beside = np.concatenate(
        [power[k - around : k - 3 * near], power[k + 3 * near : k + around]]
    )
    return peak > LINE * float(np.median(beside))
