"""V.21 channel 2 with HDLC flags: how each fax begins what it says.

`dsp.tone_zones` marks the frames whose power sits from 1570 to 1930 Hz.  After 0.35 s
of them on end the samples are demodulated once: flags turn round the same eight bits
at 300 bit/s, so the frequency repeats every 26.7 ms, is in the opposite state half a
turn later, and is space for two bits in eight.  Limits: the tone lasts as long as
V.21 does, data after the flags included; V.21 without flags is not reported.
"""

import numpy as np
from numpy.typing import NDArray

from dsp.detector import Noticed
from dsp.spectra import LONG_HOP
from dsp.stream import FS, Batch, Samples
from dsp.suspect import Suspect
from dsp.tone_zones import Zones

NAME = "fax_v21"
#: ITU-T V.21 clause 3: channel 2, mark 1650 Hz, space 1850 Hz, +-6 Hz at the sender.
MIDDLE_HZ = 1750.0
#: ITU-T T.30 clause 5.3.1: 300 bit/s; a flag is 01111110 (HDLC).
TURN = 8 * FS / 300
#: Preamble of flags: 1 s +-15 % (T.30 clause 5.3.1); this much is looked at.
LOOK = 2560
#: Frames on end before looking.
ENOUGH = 18
#: Frames that may fail inside.
BRIDGED = 2
#: Samples of the smoother, Hann: +-250 Hz around the middle.
SMOOTH = 33
#: Likeness of the frequency to itself a turn later, noise 10 dB below gives 0.8; and
#: half a turn later: -0.33 for flags.
LIKE, UNLIKE = 0.55, 0.1
#: Share of space: 0.25.
SPACE = (0.12, 0.40)
#: Swing of the frequency, Hz: 200 less what the smoother takes.
SWING_HZ = (100.0, 320.0)

_SHAPE = np.hanning(SMOOTH + 2)[1:-1]
_SHAPE = _SHAPE / _SHAPE.sum()


class FlagFinder(Suspect):
    """Follow the frames with V.21."""

    def __init__(self) -> None:
        super().__init__(NAME, ENOUGH, LOOK, has_flags)

    def scan(self, batch: Batch, zones: Zones) -> list[Noticed]:
        """Return what the frames of this batch make known."""
        noticed: list[Noticed] = []
        if not self._frames and not zones.v21.any():
            return noticed
        at = batch.start
        for power, here in zip(zones.power.tolist(), zones.v21.tolist(), strict=True):
            at += LONG_HOP
            if here:
                noticed += self._sounding(power, at, batch)
            elif self._frames:
                self._missing += 1
                if self._missing > BRIDGED:
                    noticed += self._over(at)
        return noticed


def has_flags(x: Samples) -> bool:
    """Return whether a stretch of sound is HDLC flags in V.21's channel 2.

    Parameters
    ----------
    x : ndarray of float32, shape (n,)
        About 0.3 s at 8 kHz.

    References
    ----------
    .. [1] ITU-T V.21, 300 bits per second duplex modem.
    .. [2] ITU-T T.30, clause 5.3.

    Examples
    --------
    >>> import numpy as np
    >>> bits = np.resize([0, 1, 1, 1, 1, 1, 1, 0], 100).repeat(27)[:2560]
    >>> hertz = np.where(bits, 1650.0, 1850.0)
    >>> x = 0.1 * np.sin(2 * np.pi * np.cumsum(hertz) / 8000)
    >>> has_flags(x.astype(np.float32))
    True
    """
    if x.size < 4 * TURN:
        return False
    hertz = _frequency(x)
    swing = float(np.subtract(*np.percentile(hertz, (92, 8))))
    if not SWING_HZ[0] < swing < SWING_HZ[1]:
        return False
    level = float(np.percentile(hertz, 8)) + swing / 2
    space = float(np.mean(hertz > level))
    hertz -= hertz.mean()
    return (
        SPACE[0] < space < SPACE[1]
        and _likeness(hertz, round(TURN)) > LIKE
        and _likeness(hertz, round(TURN / 2)) < UNLIKE
    )


def _frequency(x: Samples) -> NDArray[np.float64]:
    """Return the frequency of each sample relative to the channel's middle, Hz."""
    carrier = np.exp(-2j * np.pi * MIDDLE_HZ / FS * np.arange(x.size))
    z = np.convolve(x * carrier, _SHAPE, "valid")
    turn = np.angle(z[1:] * np.conj(z[:-1]))
    hertz: NDArray[np.float64] = turn * (FS / (2 * np.pi))
    return np.clip(hertz, -400, 400)


def _likeness(x: NDArray[np.float64], lag: int) -> float:
    """Return how alike `x` is to itself `lag` samples later, -1..1."""
    a, b = x[:-lag], x[lag:]
    power = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / power if power > 0 else 0.0
