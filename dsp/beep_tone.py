"""The recording beep as made: plans, and one beep with smooth edges."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["DEFAULT", "PLANS", "BeepPlan", "tone"]


@dataclass(frozen=True, slots=True)
class BeepPlan:
    """When and how to beep.

    Parameters
    ----------
    name : str
        Key in `PLANS`.
    hz : float
        Frequency.
    length_s, interval_s : float
        Length of a beep, and time from the start of one to the start of the next.
    level_dbov : float
        Level of the beep on the line, dBov.
    source : str
        Where the figures come from.
    """

    name: str
    hz: float
    length_s: float
    interval_s: float
    level_dbov: float
    source: str


#: -13 dBm0 of ITU-T E.180 Supplement 2, as dBov (dBm0 = dBov + 6.15).
_LEVEL_DBOV = -19.15
PLANS = {
    plan.name: plan
    for plan in (
        BeepPlan(
            "default", 1400.0, 0.5, 15.0, _LEVEL_DBOV, "FED-STD-1037C recorder tone"
        ),
        BeepPlan("fcc", 1400.0, 0.2, 15.0, _LEVEL_DBOV, "FCC Docket 6787, 1947"),
        BeepPlan(
            "connecticut",
            1400.0,
            0.5,
            15.0,
            _LEVEL_DBOV,
            "Conn. Gen. Stat. 52-570d (about every 15 s); shape of FED-STD-1037C",
        ),
        BeepPlan(
            "australia", 1400.0, 0.425, 14.95, _LEVEL_DBOV, "ITU-T E.180 Suppl. 2"
        ),
        BeepPlan(
            "switzerland", 1400.0, 0.45, 15.45, _LEVEL_DBOV, "ITU-T E.180 Suppl. 2"
        ),
    )
}
DEFAULT = PLANS["default"]

#: Length of the raised-cosine edges, s: short enough to start crisply, no click.
EDGE_S = 0.008


def tone(fs: float, plan: BeepPlan | str = DEFAULT) -> NDArray[np.float32]:
    """Make one beep.

    Parameters
    ----------
    fs : float
        Sampling rate, Hz; at least 4000.
    plan : BeepPlan or str
        A plan or the name of one in `PLANS`.

    Returns
    -------
    ndarray of float32, shape (round(length_s * fs),)
        The beep, full scale 1.0; the gap until the next is not included.

    References
    ----------
    FED-STD-1037C "recorder warning tone"; ITU-T E.180 Supplement 2.

    Examples
    --------
    >>> tone(8000, "fcc").shape
    (1600,)
    """
    chosen = PLANS[plan] if isinstance(plan, str) else plan
    n = round(chosen.length_s * fs)
    t = np.arange(n) / fs
    rise = np.clip(np.minimum(t, t[::-1]) / EDGE_S, 0, 1)
    envelope = 0.5 - 0.5 * np.cos(np.pi * rise)
    amplitude = np.sqrt(2) * 10 ** (chosen.level_dbov / 20)
    wave = amplitude * envelope * np.sin(2 * np.pi * chosen.hz * t)
    return np.asarray(wave, np.float32)
