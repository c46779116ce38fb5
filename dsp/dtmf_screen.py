"""The first look for DTMF: which frames of a spectrum may belong to a digit.

A frame passes if one peak in each frequency group outshines its group, lies near a
nominal frequency, and both are about as strong.  The net is wide: it is there to
spare the close look of `dsp.dtmf_measure` all but a few moments of speech a minute.
"""

import math
from typing import NamedTuple

import numpy as np

from dsp.levels import power_from_dbov
from dsp.spectra import Power, hann
from dsp.stream import FS, SUPERFRAME, Batch, windows

#: ITU-T Q.23 table 1, rows then columns.
ROWS_HZ = (697.0, 770.0, 852.0, 941.0)
COLUMNS_HZ = (1209.0, 1336.0, 1477.0, 1633.0)
#: Weakest tone, dBov: -42 dBm0 and 1 dB for the spread of the estimate.
MIN_LEVEL_DBOV = -49.5
FLOOR = power_from_dbov(MIN_LEVEL_DBOV)
#: Samples of a frame, 32 ms, and from one frame to the next, 20 ms.
FRAME, FRAME_HOP = 256, 160
BIN_HZ = FS / FRAME
#: Bins of 560..1940 Hz, in which the tones should be alone.
_BAND = slice(18, 62)
#: Of these, the low group (625..1000 Hz) and the high group (1125..1720 Hz).
LOW_GROUP, HIGH_GROUP = slice(2, 15), slice(18, 38)
#: Share of its group's power that a tone must have, in the three bins of a Hann peak.
MIN_GROUP_SHARE = 0.6
#: And in the strongest of them: half-way between two bins a peak has 0.47 in each.
MIN_PEAK_SHARE = np.float32(0.28)
#: And the strongest bins of both, of the whole band.
MIN_BAND_SHARE = np.float32(0.28)
#: High over low tone in a frame, power ratio: -12..+8 dB, and -1.6 dB for halving.
MIN_RATIO, MAX_RATIO = 0.042, 6.3
#: How far a frame's peak may be off, of its frequency; the close look is stricter.
MAX_PEAK_DEVIATION = 0.035

# A periodic Hann window, scaled so that bins add to the mean square of full scale.
_WINDOW = hann(FRAME // 2) / np.float32(2)


class Hit(NamedTuple):
    """A frame that looks like a digit.

    `code` is ``4 * row + column``, `power` the mean square of both tones, `share` what
    they have of their groups and of the band, the least of the three.
    """

    frame: int
    code: int
    power: float
    share: float


def frames(batch: Batch) -> Power:
    """Return the power of the band of both groups, frame by frame.

    Neighbouring samples are added and every second sum is kept: 4 kHz do for the two
    groups, and what folds back into them from above is 4..12 dB down.

    Parameters
    ----------
    batch : Batch
        Superframes to look at.

    Returns
    -------
    ndarray of float32, shape (44, superframes * 10)
        Mean square per bin; a frame of 32 ms ends every 20 ms.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.sin(2 * np.pi * 1000 / 8000 * np.arange(6400), dtype=np.float32)
    >>> int(frames(Batch(x, 0, 1))[:, 5].argmax()) + 18  # bins of 31.25 Hz
    32
    """
    first = batch.context + FRAME_HOP - FRAME
    x = batch.x[first : batch.context + batch.count * SUPERFRAME]
    halved = x[::2] + x[1::2]
    parts = windows(halved, FRAME // 2, FRAME_HOP // 2)
    z = np.fft.rfft(parts * _WINDOW)[:, _BAND].T
    power = np.square(z.real, order="C")
    power += np.square(z.imag)
    return power


def screen(power: Power) -> list[Hit]:
    """Return the frames that look like a digit.

    Parameters
    ----------
    power : ndarray of float32, shape (44, frames)
        See `frames`.

    Returns
    -------
    list of Hit
        In order of time.

    Examples
    --------
    >>> import numpy as np
    >>> power = np.full((44, 2), 1e-9, np.float32)
    >>> power[6:9, 1] = power[24:27, 1] = 0.01, 0.04, 0.01  # 781 and 1344 Hz
    >>> [(hit.frame, hit.code) for hit in screen(power)]
    [(1, 5)]
    """
    low, high = power[LOW_GROUP], power[HIGH_GROUP]
    low_top, high_top = low.max(axis=0), high.max(axis=0)
    likely = low_top > MIN_PEAK_SHARE * low.sum(axis=0)
    likely &= high_top > MIN_PEAK_SHARE * high.sum(axis=0)
    likely &= np.maximum(low_top, high_top) > FLOOR / 3
    likely &= low_top + high_top > MIN_BAND_SHARE * power.sum(axis=0)
    likely &= high_top > MIN_RATIO / 2 * low_top
    likely &= high_top < MAX_RATIO * 2 * low_top
    hits = []
    for frame in np.flatnonzero(likely).tolist():
        hit = _hit(frame, power[:, frame].tolist())
        if hit is not None:
            hits.append(hit)
    return hits


def _hit(frame: int, band: list[float]) -> Hit | None:
    """Judge one frame by its bins of the band."""
    low, low_share, row = _tone(band, LOW_GROUP, ROWS_HZ)
    if row < 0 or low_share < MIN_GROUP_SHARE:
        return None
    high, high_share, column = _tone(band, HIGH_GROUP, COLUMNS_HZ)
    if column < 0 or high_share < MIN_GROUP_SHARE:
        return None
    good = MIN_RATIO * low < high < MAX_RATIO * low and max(low, high) > FLOOR
    both = low + high
    share = min(low_share, high_share, both / sum(band))
    return Hit(frame, 4 * row + column, both, share) if good else None


def _tone(
    band: list[float], group: slice, nominal_hz: tuple[float, ...]
) -> tuple[float, float, int]:
    """Return power, share of the group, and number of the group's strongest tone."""
    bins = band[group]
    top = max(bins)
    at = group.start + bins.index(top)
    below, above = band[at - 1], band[at + 1]
    tone = below + top + above
    # A Hann window's peak lies (2r - 1) / (r + 1) bins towards the higher neighbour,
    # r the ratio of their amplitudes.
    r = math.sqrt(max(below, above) / top)
    shift = math.copysign((2 * r - 1) / (r + 1), above - below)
    hertz = (at + _BAND.start + shift) * BIN_HZ
    off, number = min((abs(hertz / hz - 1), i) for i, hz in enumerate(nominal_hz))
    return tone, tone / sum(bins), number if off <= MAX_PEAK_DEVIATION else -1
