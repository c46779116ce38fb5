"""Binary FSK at 1200 baud: the carrier of caller ID.

`modulate` makes a phase-continuous signal with bit edges between samples where they
belong.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["BELL202", "V23", "Modem", "modulate"]


@dataclass(frozen=True, slots=True)
class Modem:
    """The two tones and the rate of a modem.

    Parameters
    ----------
    name : str
        Name as reported in `dsp.types.CallerId.standard`.
    mark_hz, space_hz : float
        Tones of a 1 and of a 0.
    baud : float
        Bits per second.
    """

    name: str
    mark_hz: float
    space_hz: float
    baud: float


#: GR-30-CORE 2.3, TIA-777: 1200 Hz mark, 2200 Hz space, 1200 baud.
BELL202 = Modem("bell202", 1200.0, 2200.0, 1200.0)
#: ITU-T V.23 mode 2 as used by EN 300 659-1 and SIN 227: 1300 Hz mark, 2100 Hz space.
V23 = Modem("v23", 1300.0, 2100.0, 1200.0)


def modulate(
    bits: NDArray[np.uint8],
    modem: Modem,
    fs: float = 8000,
    *,
    level_dbov: float = -20.0,
    twist_db: float = 0.0,
) -> NDArray[np.float32]:
    """Turn bits into a phase-continuous FSK signal.

    Parameters
    ----------
    bits : ndarray of uint8, shape (n,)
        0 and 1 in the order of sending.
    modem : Modem
        Tones and rate.
    fs : float
        Sampling rate of the result, Hz.
    level_dbov : float
        Level of the mark tone, dBov (a full-scale sine is -3.01 dBov).
    twist_db : float
        Level of space relative to mark, dB.

    Returns
    -------
    ndarray of float32, shape (ceil(n * fs / modem.baud),)
        The signal, full scale 1.0.

    References
    ----------
    GR-30-CORE 2.3; ITU-T V.23 clause 2.

    Examples
    --------
    >>> import numpy as np
    >>> y = modulate(np.array([1, 0, 1, 0], np.uint8), BELL202)
    >>> y.shape
    (27,)
    """
    bits = np.asarray(bits, np.uint8)
    edges = np.arange(len(bits) + 1) / modem.baud
    tones = np.where(bits, modem.mark_hz, modem.space_hz)
    turns = np.concatenate(([0.0], np.cumsum(tones / modem.baud)))
    t = np.arange(int(np.ceil(len(bits) * fs / modem.baud - 1e-9))) / fs
    phase = 2 * np.pi * np.interp(t, edges, turns)
    mark = np.sqrt(2) * 10 ** (level_dbov / 20)
    space = mark * 10 ** (twist_db / 20)
    which = np.minimum((t * modem.baud + 1e-9).astype(int), len(bits) - 1)
    amplitude = np.where(bits[which], mark, space)
    return np.asarray(amplitude * np.sin(phase), np.float32)
