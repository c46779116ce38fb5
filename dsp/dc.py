"""Removal of a codec's DC offset, the only change made to the line as heard.

A first-order high-pass far below the voice band.  A start is taken for the offset's
own level, so that opening a card makes no thump.

Limits: an offset that jumps dies away with a time constant of 53 ms.
"""

import numpy as np
from numpy.typing import NDArray

__all__ = ["CUTOFF_HZ", "DcBlocker"]

#: Samples filtered at once: the recursion is a sum scaled by ``a**-n``, which
#: must stay a number of ordinary size.
CHUNK = 1024

#: 3 dB corner, Hz: a hundredth of the voice band's lower edge, 300 Hz (ITU-T G.712), so
#: that level and phase there change by less than 0.001 dB and 0.6 degrees.
CUTOFF_HZ = 3.0


class DcBlocker:
    """Streaming high-pass for 16-bit mono samples.

    Parameters
    ----------
    fs : float
        Sampling rate, Hz.

    Notes
    -----
    ``y[n] = g (x[n] - x[n-1]) + a y[n-1]`` with ``a = exp(-2 pi f / fs)`` and
    ``g = (1 + a) / 2``, which gives 0 dB at half the rate.  The output has as many
    samples as the input and does not depend on how that was cut.

    References
    ----------
    J. O. Smith, "Introduction to Digital Filters", DC blocker.

    Examples
    --------
    >>> import numpy as np
    >>> DcBlocker(8000).feed(np.full(4, 1200, np.int16)).tolist()
    [0, 0, 0, 0]
    """

    def __init__(self, fs: float = 8000) -> None:
        if not fs > 0:
            raise ValueError(f"rate: want above 0 Hz, got {fs!r}")
        a = float(np.exp(-2 * np.pi * CUTOFF_HZ / fs))
        self._gain = (1 + a) / 2
        self._decay = a ** np.arange(1, CHUNK + 1)
        self._last_x: float | None = None
        self._last_y = 0.0
        self._offset: float | None = None

    def reset(self) -> None:
        """Forget the sound, as after a gap, but not the offset."""
        self._last_x = self._offset
        self._last_y = 0.0

    def feed(self, x: NDArray[np.int16]) -> NDArray[np.int16]:
        """Take samples and return them without their offset.

        Parameters
        ----------
        x : ndarray of int16, shape (n,)
            Mono samples.

        Returns
        -------
        ndarray of int16, shape (n,)
            Rounded to nearest, clipped to 16 bits.
        """
        if not len(x):
            return x
        y = np.concatenate(
            [self._filter(x[at : at + CHUNK]) for at in range(0, len(x), CHUNK)]
        )
        self._offset = float(x[-1] - y[-1])
        return np.clip(np.floor(y + 0.5), -32768, 32767).astype(np.int16)

    def _filter(self, x: NDArray[np.int16]) -> NDArray[np.float64]:
        # scipy.signal.lfilter would do this, at the price of 50 MB for its import.
        before = float(x[0]) if self._last_x is None else self._last_x
        steps = self._gain * np.diff(x.astype(np.float64), prepend=before)
        decay = self._decay[: len(x)]
        y: NDArray[np.float64] = decay * (self._last_y + np.cumsum(steps / decay))
        self._last_x, self._last_y = float(x[-1]), float(y[-1])
        return y
