"""Levels in dBov, for meters and thresholds.

0 dBov is the power of a full-scale square wave (ITU-T G.100.1), so a full-scale sine
is -3.01 dBov.  On a calibrated line dBm0 = dBov + 6.15.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dsp.stream import to_float

#: dBm0 of a level of 0 dBov: G.711 A-law overload point +3.14 dBm0 for a sine.
DBM0_AT_0_DBOV = 6.15
#: Level reported for digital silence.
SILENCE_DBOV = -100.0


def dbov_from_power(power: float) -> float:
    """Return the level of a mean square (full scale 1.0), dBov.

    Examples
    --------
    >>> round(dbov_from_power(0.5), 2)
    -3.01
    >>> dbov_from_power(0.0)
    -100.0
    """
    if power <= 1e-10:
        return SILENCE_DBOV
    return float(10 * np.log10(power))


def power_from_dbov(level_dbov: float) -> float:
    """Return the mean square (full scale 1.0) of a level in dBov.

    Examples
    --------
    >>> power_from_dbov(-20)
    0.01
    """
    return float(10 ** (level_dbov / 10))


def dbm0_from_dbov(level_dbov: float) -> float:
    """Return dBm0, true only after the line was calibrated."""
    return level_dbov + DBM0_AT_0_DBOV


def dbov_from_dbm0(level_dbm0: float) -> float:
    """Return dBov of a level in dBm0."""
    return level_dbm0 - DBM0_AT_0_DBOV


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
