"""The close look at a suspected DTMF digit: exact limits, level, twist.

The samples around the suspicion are demodulated at the two nominal frequencies with a
16 ms Hann smoother, one value per millisecond.  Where both envelopes exceed half of
their plateau the digit is on, and where they cross that half, between two values, it
begins and ends: to 0.2 ms without noise, 1 ms with noise 10 dB below.  Whether it is a
digit or talk is for `dsp.dtmf_doubt`.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dsp import dtmf_doubt
from dsp.dtmf_doubt import MAX_DOUBT
from dsp.dtmf_look import Look
from dsp.dtmf_screen import COLUMNS_HZ, ROWS_HZ
from dsp.levels import dbov_from_power
from dsp.stream import FS, Samples, windows

#: ITU-T Q.23 figure 1, by row and column.
SYMBOLS = ("123A", "456B", "789C", "*0#D")

#: ITU-T Q.24 (AT&T): 40 ms must be taken, 23 ms must not.
MIN_TONE_MS = 33
#: Q.24: a break of 10 ms (Denmark 20 ms) is bridged, a pause of 30 ms (NTT) is not.
MAX_BREAK_MS = 24
#: What a break leaves of both tones' level in the smoother: one of 2 ms leaves 0.75.
DIP = np.float32(0.8)
#: Values left out at each edge and break, where the smoother sees both, ms.
EDGE = 5

#: Samples of the smoother, 16 ms: 440 Hz dial tone is 30 dB down from 697 Hz.
SMOOTH = 128
#: Samples from one envelope value to the next, 1 ms.
STEP = 8
#: An envelope value belongs to the middle of its smoother.
MIDDLE = SMOOTH // 2

_SHAPE = 0.5 - 0.5 * np.cos(2 * np.pi * (np.arange(SMOOTH) + 0.5) / SMOOTH)


def _carriers(*tones_hz: float) -> Samples:
    """Return a matrix that demodulates both tones: real and imaginary by turns."""
    t = np.arange(SMOOTH) / FS
    carrier = np.exp(-2j * np.pi * np.outer(tones_hz, t)) * _SHAPE * 2 / _SHAPE.sum()
    parts = np.stack([carrier.real, carrier.imag], axis=1).reshape(-1, SMOOTH)
    return np.ascontiguousarray(parts.T, np.float32)


_CARRIERS = tuple(tuple(_carriers(row, col) for col in COLUMNS_HZ) for row in ROWS_HZ)


@dataclass(frozen=True, slots=True)
class Sounding:
    """A stretch in which both tones of a digit are on.

    Parameters
    ----------
    start, end : int
        Absolute sample indices.
    ends_inside : bool
        Whether the end was seen within the samples looked at.
    level_dbov, twist_db : float
        Stronger tone; high tone relative to low.
    genuine : bool
        Whether it passes every check of a DTMF digit but that of duration.
    """

    start: int
    end: int
    ends_inside: bool
    level_dbov: float
    twist_db: float
    genuine: bool

    @property
    def long_enough(self) -> bool:
        """Whether the duration is that of a digit."""
        return self.end - self.start >= MIN_TONE_MS * FS // 1000


def soundings(x: Samples, start: int, row: int, column: int) -> list[Sounding]:
    """Return where both tones of a digit are on, each stretch judged.

    Parameters
    ----------
    x : ndarray of float32, shape (n,)
        Samples at 8 kHz around the suspicion, at least 128.
    start : int
        Absolute index of the first.
    row, column : int
        Which digit, 0..3 each.

    Returns
    -------
    list of Sounding
        In order.

    Examples
    --------
    >>> import numpy as np
    >>> t = np.arange(400) / 8000
    >>> one = 0.1 * (np.sin(2 * np.pi * 697 * t) + np.sin(2 * np.pi * 1209 * t))
    >>> x = np.pad(one, 400).astype(np.float32)
    >>> [(s.start, s.end, s.genuine) for s in soundings(x, 0, 0, 0)]
    [(399, 800, True)]
    """
    return [_judge(look, start) for look in looks(x, row, column)]


def looks(x: Samples, row: int, column: int) -> list[Look]:
    """Return what there is to judge each stretch by in which both tones are on.

    Parameters
    ----------
    x : ndarray of float32, shape (n,)
        Samples at 8 kHz, at least 128.
    row, column : int
        Which digit, 0..3 each.

    Returns
    -------
    list of Look
        In order.

    Examples
    --------
    >>> import numpy as np
    >>> t = np.arange(400) / 8000
    >>> one = 0.1 * (np.sin(2 * np.pi * 697 * t) + np.sin(2 * np.pi * 1209 * t))
    >>> [look.limits for look in looks(np.pad(one, 400).astype(np.float32), 0, 0)]
    [(399, 800)]
    """
    x = np.ascontiguousarray(x)
    frames = windows(x, SMOOTH, STEP)
    z = (frames @ _CARRIERS[row][column]).view(np.complex64)
    envelope = np.abs(z)
    half = 0.5 * _plateau(envelope)
    on = np.asarray((envelope > half).all(axis=1), np.bool_)
    found = []
    for first, last in _stretches(on):
        begin = _crossing(envelope, half, first - 1, first)
        end = _crossing(envelope, half, last + 1, last)
        limits = round(begin * STEP) + MIDDLE, round(end * STEP) + MIDDLE
        tones_hz = ROWS_HZ[row], COLUMNS_HZ[column]
        steady = on & ~_dips(envelope, 2 * half, first, last)
        found.append(Look(x, z, envelope, steady, first, last, limits, tones_hz))
    return found


def _plateau(envelope: Samples) -> Samples:
    """Return the level of each tone while on: the mean of its upper half."""
    high = envelope > np.float32(0.5) * envelope.max(axis=0)
    mean = (envelope * high).sum(axis=0) / high.sum(axis=0)
    return np.asarray(mean, np.float32)


def _stretches(on: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return first and last index of each stretch, short breaks bridged."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], on.view(np.int8), [0]])))
    stretches: list[tuple[int, int]] = []
    for first, stop in edges.reshape(-1, 2).tolist():
        if stretches and first - stretches[-1][1] - 1 <= MAX_BREAK_MS:
            stretches[-1] = stretches[-1][0], stop - 1
        else:
            stretches.append((first, stop - 1))
    return stretches


def _dips(
    envelope: Samples, level: Samples, first: int, last: int
) -> NDArray[np.bool_]:
    """Return where a break too short for the smoother lowers both tones."""
    low = np.zeros(len(envelope), np.bool_)
    inner = slice(first + MIDDLE // STEP, max(last + 1 - MIDDLE // STEP, 0))
    np.all(envelope[inner] < DIP * level, axis=1, out=low[inner])
    return low


def _crossing(envelope: Samples, half: Samples, off: int, on: int) -> float:
    """Return where the envelopes cross half of their plateau, the mean of both."""
    if not 0 <= off < len(envelope):
        return on
    outside, inside = envelope[off], envelope[on]
    share = (half - outside) / np.maximum(inside - outside, 1e-9)
    low, high = (float(part) for part in share)
    return off + (on - off) * (max(-1.0, min(low, 1.0)) + max(-1.0, min(high, 1.0))) / 2


def _judge(look: Look, start: int) -> Sounding:
    begin, end = look.limits
    low = high = 0.0
    genuine = False
    inner = look.inner(EDGE) if end - begin >= MIN_TONE_MS * STEP else None
    if inner is not None and inner.size > 2:
        squares = np.square(look.envelope[inner]).sum(axis=0) / (2 * inner.size)
        low, high = squares.tolist()
        genuine = dtmf_doubt.doubt(look, inner) <= MAX_DOUBT
    return Sounding(
        start + begin,
        start + end,
        look.last < len(look.envelope) - 1,
        dbov_from_power(max(low, high)),
        10 * math.log10((high + 1e-12) / (low + 1e-12)),
        genuine,
    )
