"""Power and level: mean squares, dBov, and dBm0 of a calibrated line.

0 dBov is the power of a full-scale square wave (ITU-T G.100.1), so a full-scale sine
is -3.01 dBov.  On a calibrated line dBm0 = dBov + 6.15.
"""

import numpy as np

__all__ = [
    "DBM0_AT_0_DBOV",
    "SILENCE_DBOV",
    "dbm0_from_dbov",
    "dbov_from_dbm0",
    "dbov_from_power",
    "power_from_dbov",
]

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
    """Return dBm0, true only after the line was calibrated.

    Examples
    --------
    >>> dbm0_from_dbov(-25.15)
    -19.0
    """
    return level_dbov + DBM0_AT_0_DBOV


def dbov_from_dbm0(level_dbm0: float) -> float:
    """Return dBov of a level in dBm0.

    Examples
    --------
    >>> round(dbov_from_dbm0(-19), 2)
    -25.15
    """
    return level_dbm0 - DBM0_AT_0_DBOV
