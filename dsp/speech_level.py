"""The active speech level of ITU-T P.56, method B: how loud somebody is who speaks.

The envelope of the sound is compared with thresholds a factor of two apart.  Time
counts as active from where the envelope exceeds a threshold until 200 ms after; the
level is the energy of all divided by the active time of that threshold which lies
15.9 dB below it.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dsp.decibels import SILENCE_DBOV, dbov_from_power
from dsp.stream import to_float

__all__ = ["SpeechLevel", "SpeechMeter", "active_level"]

#: ITU-T P.56 clause 5: time constant of the envelope, hangover, and margin.
ENVELOPE_S, HANGOVER_S, MARGIN_DB = 0.03, 0.2, 15.9
#: ITU-T P.56 clause 5: thresholds a factor of two apart, of 16 bits.
THRESHOLDS = 2.0 ** np.arange(-15, 0)
#: Samples of a filter block: the scaled sum of 1024 samples stays exact from 4 kHz on.
_BLOCK = 1024


@dataclass(frozen=True, slots=True)
class SpeechLevel:
    """What a meter of active speech level says.

    Parameters
    ----------
    active_dbov : float
        Level while somebody speaks; -100 where nobody does.
    mean_dbov : float
        Level over all the time.
    activity : float
        Part of the time in which somebody speaks, 0..1.
    peak_dbov : float
        Largest sample.
    """

    active_dbov: float
    mean_dbov: float
    activity: float
    peak_dbov: float


class SpeechMeter:
    """Measure the active speech level of a stream, method B of ITU-T P.56.

    Parameters
    ----------
    fs : float
        Sampling rate, Hz; at least 4000.

    References
    ----------
    .. [1] ITU-T P.56, Objective measurement of active speech level, clause 5.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.sin(2 * np.pi * 1000 / 8000 * np.arange(80000))
    >>> meter = SpeechMeter(8000)
    >>> meter.feed(x)
    >>> meter.feed(0 * x)
    >>> level = meter.level()
    >>> round(level.active_dbov, 1), round(level.activity, 2)
    (-3.1, 0.51)
    """

    def __init__(self, fs: float) -> None:
        if not fs >= 4000:
            raise ValueError(f"fs: want at least 4000 Hz, got {fs!r}")
        self._keep = math.exp(-1 / (fs * ENVELOPE_S))
        self._hangover = math.ceil(fs * HANGOVER_S)
        self._state = [0.0, 0.0]
        self._count = 0
        self._energy = self._peak = 0.0
        self._last = np.full(THRESHOLDS.size, -1)
        self._active = np.zeros(THRESHOLDS.size, np.int64)

    def feed(self, x: ArrayLike) -> None:
        """Take samples, shape (n,), int16 or float."""
        y = to_float(x).astype(np.float64)
        if not y.size:
            return
        self._energy += float(np.dot(y, y))
        size = np.abs(y)
        self._peak = max(self._peak, float(size.max()))
        envelope = self._smoothed(self._smoothed(size, 0), 1)
        for j, threshold in enumerate(THRESHOLDS):
            over = np.flatnonzero(envelope >= threshold) + self._count
            if not over.size:
                break
            steps = np.diff(over, prepend=self._last[j])
            if self._last[j] < 0:
                steps = steps[1:]
            self._active[j] += int(np.minimum(steps, self._hangover + 1).sum())
            self._last[j] = over[-1]
        self._count += y.size

    def _smoothed(self, x: NDArray[np.float64], stage: int) -> NDArray[np.float64]:
        """Return `x` after one stage of exponential averaging."""
        keep = self._keep
        y = np.empty_like(x)
        powers = keep ** np.arange(1, _BLOCK + 1)
        state = self._state[stage]
        for at in range(0, x.size, _BLOCK):
            part = x[at : at + _BLOCK]
            factor = powers[: part.size]
            y[at : at + part.size] = factor * (
                state + (1 - keep) * np.cumsum(part / factor)
            )
            state = float(y[at + part.size - 1])
        self._state[stage] = state
        return y

    def level(self) -> SpeechLevel:
        """Return what has been measured so far."""
        peak = dbov_from_power(self._peak**2)
        if not self._count or not self._energy:
            return SpeechLevel(SILENCE_DBOV, SILENCE_DBOV, 0.0, peak)
        mean = dbov_from_power(self._energy / self._count)
        tail = np.minimum(self._count - 1 - self._last, self._hangover) + 1
        active = np.where(self._last >= 0, self._active + tail, 0)
        level = _active_dbov(self._energy, active)
        if level is None:
            return SpeechLevel(SILENCE_DBOV, mean, 0.0, peak)
        activity = min(10 ** ((mean - level) / 10), 1.0)
        return SpeechLevel(max(level, mean), mean, activity, peak)


def _active_dbov(energy: float, active: NDArray[np.int64]) -> float | None:
    """Return the level that lies the margin above the threshold it was taken with."""
    before: tuple[float, float] | None = None
    for threshold, count in zip(THRESHOLDS, active, strict=True):
        if not count:
            return None
        level = 10 * math.log10(energy / count)
        above = level - 20 * math.log10(threshold)
        if above <= MARGIN_DB:
            if before is None:
                return None
            part = (before[1] - MARGIN_DB) / (before[1] - above)
            return before[0] + part * (level - before[0])
        before = (level, above)
    return None


def active_level(x: ArrayLike, fs: float) -> SpeechLevel:
    """Measure the active speech level of a whole recording.

    Parameters
    ----------
    x : array_like, shape (n,)
        int16, or float with full scale 1.0; mono.  Take direct current out first.
    fs : float
        Sampling rate, Hz.

    Returns
    -------
    SpeechLevel

    References
    ----------
    .. [1] ITU-T P.56, Objective measurement of active speech level, clause 5.

    Examples
    --------
    >>> import numpy as np
    >>> x = 0.1 * np.sin(2 * np.pi * 1000 / 8000 * np.arange(80000))
    >>> round(active_level(x, 8000).active_dbov, 1)
    -23.0
    """
    meter = SpeechMeter(fs)
    meter.feed(x)
    return meter.level()
