"""Where the power of a frame sits: which frames may belong to a steady tone, and which.

A frame counts when the power from 300 to 2750 Hz sits in few lines of one zone.  Mains
hum and its strong harmonics lie below; what hum has above is left to `dsp.cadence`.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dsp.levels import power_from_dbov
from dsp.spectra import LONG_BIN_HZ, LONG_FRAMES, Power
from dsp.tone_plans import HOWLER_HZ

#: Bins searched: 297..2750 Hz.  The fifth harmonic of 50 Hz lies below, by more than
#: the window's main lobe; the lowest tone is French dial tone, 330 Hz.
BAND = slice(19, 177)
#: Weakest burst, dBov: -40 dBm0 ringback is heard by US receivers.
MIN_LEVEL_DBOV = -50.0
#: Share of the band's power in the zone; noise 10 dB below leaves 0.93 in the band.
MIN_SHARE = 0.65
#: … and of a line that has company of nothing but noise.
LONE_SHARE = 0.8
#: Such a line lies above the strongest harmonics of hum, 375 Hz: bins into the band.
LONE_FROM = 5
#: Signalling tones share only the power above this, Hz: below, hum has harmonics.
HUM_BELOW_HZ = 500.0
#: Sum of squares over square of sum of the bins: 0.5 for a line, 0.25 for two, 0.125
#: for four equal ones, 0.02 for noise.
MIN_PEAKINESS = 0.1
#: Zones of single signalling tones, Hz: SIT 1 (and 900 Hz), CNG, calling tone, SIT 2
#: and recorder beep, SIT 3, CED, Bell answer tone.
ZONES_HZ = (
    (870.0, 1020.0),
    (1050.0, 1160.0),
    (1240.0, 1345.0),
    (1345.0, 1460.0),
    (1700.0, 1850.0),
    (2050.0, 2160.0),
    (2160.0, 2290.0),
)
#: Zone of supervisory tones, Hz.
SUPERVISORY_HZ = (300.0, 690.0)
SUPERVISORY, HOWLER = 0, len(ZONES_HZ) + 1
#: Band of V.21's channel 2, 1650 and 1850 Hz, at 300 bit/s.
V21_HZ = (1570.0, 1930.0)
#: Share of the band's power that V.21 leaves there; noise 10 dB below leaves 0.94.
V21_SHARE = 0.75


def _zone_of_bin() -> NDArray[np.int64]:
    hertz = np.arange(BAND.start, BAND.stop) * LONG_BIN_HZ
    zone = np.full(hertz.size, -1)
    for number, (low, high) in enumerate((SUPERVISORY_HZ, *ZONES_HZ)):
        zone[(hertz > low - LONG_BIN_HZ / 2) & (hertz < high + LONG_BIN_HZ / 2)] = (
            number
        )
    return zone


def _columns() -> Power:
    """Return what sums the band: supervisory, howler's lines, V.21, no hum, all."""
    hertz = np.arange(BAND.start, BAND.stop) * LONG_BIN_HZ
    supervisory = (hertz > SUPERVISORY_HZ[0] - LONG_BIN_HZ) & (
        hertz < SUPERVISORY_HZ[1]
    )
    lines = [np.abs(hertz - f) < 3 * LONG_BIN_HZ for f in HOWLER_HZ]
    v21 = (hertz > V21_HZ[0]) & (hertz < V21_HZ[1])
    above = hertz > HUM_BELOW_HZ
    columns = [supervisory, *lines, v21, above, np.ones(hertz.size)]
    return np.array(columns, np.float32).T.copy()


_MIN_POWER = power_from_dbov(MIN_LEVEL_DBOV)
_ZONE_OF_BIN = _zone_of_bin()
_COLUMNS = _columns()


class Zones(NamedTuple):
    """What `classify` finds of each frame.

    Parameters
    ----------
    power : ndarray of float32, shape (frames,)
        Mean square from 297 to 2750 Hz.
    zone : ndarray of int, shape (frames,)
        Where the power sits, -1 where it is spread or too weak.
    v21 : ndarray of bool, shape (frames,)
        Whether it sits in the band of V.21's channel 2.
    lone : ndarray of int, shape (frames,)
        Bin of the one line that holds the power above hum, -1 where there is none.
    """

    power: Power
    zone: NDArray[np.int64]
    v21: NDArray[np.bool_]
    lone: NDArray[np.int64]


def classify(power: Power) -> Zones:
    """Return where the power of each long frame sits.

    Parameters
    ----------
    power : ndarray of float32, shape (frames, 257)
        Long power spectra, ten frames per superframe.

    Returns
    -------
    Zones
        For each frame.
    """
    band = power[:, BAND]
    # One product per superframe, so that rounding does not depend on the batch.
    sums = (band.reshape(-1, LONG_FRAMES, band.shape[1]) @ _COLUMNS).reshape(
        len(band), -1
    )
    total = sums[:, -1]
    squares = np.einsum("ij,ij->i", band, band)
    peak = np.argmax(band, axis=1)
    zone = _ZONE_OF_BIN[peak]
    loud = total > _MIN_POWER
    above = sums[:, 6]
    v21 = loud & (sums[:, 5] > V21_SHARE * above) & (above > _MIN_POWER)
    peaky = loud & (squares > MIN_PEAKINESS * np.square(total))
    if not peaky.any():
        nothing = np.full(len(band), -1)
        return Zones(total, nothing, v21, nothing)
    index = np.arange(len(band))
    near = np.clip(peak[:, None] + np.arange(-2, 3), 0, band.shape[1] - 1)
    line = band[index[:, None], near].sum(axis=1)
    alone = line > MIN_SHARE * above
    lone = peaky & (line > LONE_SHARE * above) & (peak >= LONE_FROM)
    number = np.where(lone, peak + BAND.start, -1)
    together = sums[:, 0] > MIN_SHARE * total
    howling = (sums[:, 1:5].min(axis=1) > 0.05 * total) & (
        sums[:, 1:5].sum(axis=1) > MIN_SHARE * total
    )
    zone = np.where(zone == SUPERVISORY, np.where(together, zone, -1), zone)
    zone = np.where((zone > SUPERVISORY) & ~alone, -1, zone)
    zone = np.where(howling, HOWLER, zone)
    return Zones(total, np.where(peaky, zone, -1), v21, number)
