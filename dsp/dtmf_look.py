"""What the close look at a suspected DTMF digit has to go by."""

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from dsp.stream import Samples


@dataclass(frozen=True, slots=True)
class Look:
    """A stretch of samples demodulated at the two tones of a digit.

    Parameters
    ----------
    x : ndarray of float32, shape (n,)
        The samples.
    z : ndarray of complex64, shape (k, 2)
        Each tone's analytic signal, a value per millisecond.
    envelope : ndarray of float32, shape (k, 2)
        Its magnitude.
    on : ndarray of bool, shape (k,)
        Where both tones are on.
    first, last : int
        First and last value of the stretch.
    limits : tuple of int
        First sample of the digit, and first after it.
    tones_hz : tuple of float
        Nominal frequencies.
    """

    x: Samples
    z: NDArray[np.complex64]
    envelope: Samples
    on: NDArray[np.bool_]
    first: int
    last: int
    limits: tuple[int, int]
    tones_hz: tuple[float, float]

    def inner(self, edge: int) -> NDArray[np.int64]:
        """Return the values `edge` away from both ends and from every break."""
        stop = max(self.last + 1 - edge, self.first + edge + 3)
        inner = np.arange(self.first + edge, min(stop, len(self.z)))
        if self.on[self.first : self.last + 1].all():
            return inner
        # A bridged break is no ripple, nor has it a phase.
        return inner[eroded(self.on, edge)[inner]]


def eroded(on: NDArray[np.bool_], reach: int) -> NDArray[np.bool_]:
    """Return where all values within `reach` before and after are true.

    Examples
    --------
    >>> import numpy as np
    >>> eroded(np.array([True, True, True, False]), 1).tolist()
    [True, True, False, False]
    """
    padded = np.pad(on, reach, constant_values=True)
    return np.asarray(sliding_window_view(padded, 2 * reach + 1).all(axis=1), np.bool_)
