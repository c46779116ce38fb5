"""Whose voice comes back late: the near talker's, from the hybrid at the far end.

Without its own colour a voice is like nothing but its echo.  So power spectra are
divided by themselves smoothed, which takes formants and pitch out and leaves the fine
ripple of an echo; their mean autocorrelation peaks at its delay.

Limits: delays under 20 ms are not told from the voice; where the network cancels
echoes there is none to be found.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Echo", "find"]

#: Length of a frame, s, and the width of the smoothing, Hz.
FRAME_S, SMOOTH_HZ = 0.512, 32.0
#: Where voices are and hum is not.
BAND_HZ = (500.0, 3300.0)
#: Delays looked at, s (ITU-T G.131: up to 400 ms there and back, few beyond 200).
DELAYS_S = (0.015, 0.2)
#: A peak over the median of all delays by this is no chance (measured on 32 talkers
#: without echo: 7..28, the most from the frames of synthetic voices); so an echo 24 dB
#: down is found.
OVER, LEAST = 32.0, 0.01


@dataclass(frozen=True, slots=True)
class Echo:
    """An echo.

    Parameters
    ----------
    delay_s : float
        How late it is.
    down_db : float
        How far below the voice.
    over : float
        Its peak over the median of all delays.
    """

    delay_s: float
    down_db: float
    over: float


def find(parts: list[NDArray[np.float32]], fs: float) -> Echo | None:
    """Find the echo in what one person says.

    Parameters
    ----------
    parts : list of ndarray of float32, shape (n,)
        Stretches of the recording in which that person speaks.
    fs : float
        Sampling rate, Hz.

    Returns
    -------
    Echo or None

    References
    ----------
    ITU-T G.131, talker echo.

    Examples
    --------
    >>> x = np.random.default_rng(1).standard_normal(40000).astype(np.float32)
    >>> x[320:] += 0.2 * x[:-320]
    >>> echo = find([x], 8000)
    >>> echo.delay_s, round(echo.down_db)
    (0.04, 14)
    """
    n = round(FRAME_S * fs / 2) * 2
    shape = np.hanning(n).astype(np.float32)
    width = round(SMOOTH_HZ * 2 * n / fs) | 1
    hz = np.arange(n + 1) * fs / (2 * n)
    band = (hz >= BAND_HZ[0]) & (hz < BAND_HZ[1])
    total = np.zeros(n)
    for part in parts:
        for at in range(0, len(part) - n + 1, n // 2):
            z = np.fft.rfft(part[at : at + n] * shape, 2 * n)
            power = (z.real**2 + z.imag**2).astype(np.float64)
            sums = np.cumsum(np.pad(power, (width // 2 + 1, width // 2), mode="edge"))
            smooth = (sums[width:] - sums[:-width]) / width
            total += np.fft.irfft(power / (smooth + 1e-12) * band)[:n]
    if total[0] <= 0:
        return None
    low, high = (round(s * fs) for s in DELAYS_S)
    seen = np.abs(total[low:high] / total[0])
    top = int(seen.argmax())
    over = float(seen[top] / max(float(np.median(seen)), 1e-9))
    if over < OVER or seen[top] < LEAST:
        return None
    own = float(shape[: -low - top] @ shape[low + top :] / (shape @ shape))
    # A sound and its echo g are alike by g / (1 + g^2) at the echo's delay.
    like = min(float(seen[top]) / own, 0.5)
    gain = (1 - math.sqrt(1 - 4 * like * like)) / (2 * like)
    return Echo((low + top) / fs, -20 * math.log10(gain), over)
