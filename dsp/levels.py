"""Levels in dBov: of blocks for meters, of speech by ITU-T P.56, of noise, of clipping.

Limits: the noise floor is what is left in the quietest tenth of the time, so it wants
some pauses.  Clipping is told by flat tops; coarse companding can look like it.
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dsp.decibels import (
    DBM0_AT_0_DBOV,
    SILENCE_DBOV,
    dbm0_from_dbov,
    dbov_from_dbm0,
    dbov_from_power,
    power_from_dbov,
)
from dsp.speech_level import SpeechLevel, SpeechMeter, active_level
from dsp.stream import to_float

__all__ = [
    "DBM0_AT_0_DBOV",
    "SILENCE_DBOV",
    "SpeechLevel",
    "SpeechMeter",
    "active_level",
    "block_levels",
    "clipped_share",
    "dbm0_from_dbov",
    "dbov_from_dbm0",
    "dbov_from_power",
    "dc_offset",
    "noise_floor_dbov",
    "power_from_dbov",
    "snr_db",
]

#: Frames whose quietest tenth is the noise floor, s, and how far below the mean of
#: steady noise that tenth lies, dB (measured on white noise at 8 kHz).
NOISE_FRAME_S, NOISE_QUANTILE, NOISE_BIAS_DB = 0.1, 0.1, 0.28
#: Speech less than this above the noise is none, dB.
LEAST_SNR_DB = 3.0
#: Flat tops: so many samples on end within 1.5 steps of 16 bits of the largest, which
#: is at least -34 dBov.
FLAT_SAMPLES, FLAT_WITHIN, FLAT_LEAST = 3, 1.5 / 32768, 0.02


def dc_offset(x: ArrayLike) -> float:
    """Return the mean of `x` (shape (n,)), full scale 1.0.

    Examples
    --------
    >>> import numpy as np
    >>> dc_offset(np.full(80, 0.25))
    0.25
    """
    y = to_float(x)
    return float(np.mean(y, dtype=np.float64)) if y.size else 0.0


def block_levels(x: NDArray[np.int16] | NDArray[np.float32]) -> tuple[float, float]:
    """Return RMS and peak level of a block, for a meter.

    Parameters
    ----------
    x : ndarray, shape (n,)
        int16, or float with full scale 1.0.

    Returns
    -------
    rms_dbov, peak_dbov : float
        -100.0 where the block is silent or empty.

    References
    ----------
    .. [1] ITU-T G.100.1, clause 4: dBov.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.sin(2 * np.pi * 1000 / 8000 * np.arange(160))
    >>> [round(level, 2) for level in block_levels(x)]
    [-3.01, 0.0]
    """
    y = to_float(x)
    if not y.size:
        return SILENCE_DBOV, SILENCE_DBOV
    peak = max(float(y.max()), -float(y.min()))
    return dbov_from_power(float(np.dot(y, y)) / y.size), dbov_from_power(peak * peak)


def noise_floor_dbov(x: ArrayLike, fs: float) -> float:
    """Return the level of the noise under and between speech, dBov.

    Parameters
    ----------
    x : array_like, shape (n,)
        int16, or float with full scale 1.0; mono.
    fs : float
        Sampling rate, Hz.

    Returns
    -------
    float
        The quietest tenth of the time, in frames of 100 ms; -100 for silence.

    Examples
    --------
    >>> import numpy as np
    >>> x = 0.001 * np.random.default_rng(1).standard_normal(80000)
    >>> round(noise_floor_dbov(x, 8000))
    -60
    """
    y = to_float(x)
    size = max(round(NOISE_FRAME_S * fs), 1)
    count = y.size // size
    if not count:
        return dbov_from_power(float(np.dot(y, y)) / max(y.size, 1))
    frames = y[: count * size].reshape(count, size)
    power = np.einsum("ij,ij->i", frames, frames) / size
    level = dbov_from_power(float(np.quantile(power, NOISE_QUANTILE)))
    return level if level == SILENCE_DBOV else level + NOISE_BIAS_DB


def snr_db(x: ArrayLike, fs: float) -> float:
    """Return how far the speech lies above the noise, dB; nan where none is heard.

    Parameters
    ----------
    x : array_like, shape (n,)
        int16, or float with full scale 1.0; mono.
    fs : float
        Sampling rate, Hz.

    Returns
    -------
    float
        Active speech level, the noise under it left out, over the noise floor.

    References
    ----------
    .. [1] ITU-T P.56.

    Examples
    --------
    >>> import numpy as np
    >>> x = 0.001 * np.random.default_rng(1).standard_normal(160000)
    >>> x[80000:] += 0.1 * np.sin(np.arange(80000))
    >>> round(snr_db(x, 8000))
    37
    """
    speech, noise = active_level(x, fs).active_dbov, noise_floor_dbov(x, fs)
    if speech < noise + LEAST_SNR_DB:
        return math.nan
    alone = power_from_dbov(speech) - power_from_dbov(noise)
    return 10 * math.log10(alone) - noise


def clipped_share(x: ArrayLike) -> float:
    """Return the part of the samples that lie on flat tops, 0..1.

    Parameters
    ----------
    x : array_like, shape (n,)
        int16, or float with full scale 1.0; mono.

    Returns
    -------
    float
        Samples in runs of three and more at the largest or the smallest value, of all.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.sin(2 * np.pi * 300 / 8000 * np.arange(8000))
    >>> clipped_share(x), round(clipped_share(np.clip(x, -0.5, 0.5)), 2)
    (0.0, 0.68)
    """
    y = to_float(x)
    if not y.size:
        return 0.0
    top, bottom = float(y.max()), float(y.min())
    flat = np.zeros(y.size, bool)
    for limit, near in (
        (top, y >= top - FLAT_WITHIN),
        (bottom, y <= bottom + FLAT_WITHIN),
    ):
        if abs(limit) >= FLAT_LEAST and top - bottom > FLAT_LEAST:
            flat |= near
    flips = np.flatnonzero(np.diff(flat.astype(np.int8), prepend=0, append=0))
    runs = flips[1::2] - flips[::2]
    return float(runs[runs >= FLAT_SAMPLES].sum()) / y.size
