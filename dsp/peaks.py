"""Waveform peaks for a picture of a call: smallest and largest sample per pixel.

Values are 8 bit, rounded outwards, so that a single click is still seen and the
picture of an hour weighs a few kilobytes.
"""

import numpy as np
from numpy.typing import NDArray

__all__ = ["Peaks", "peaks"]

Audio = NDArray[np.int16] | NDArray[np.float32]


def _reduce(x: NDArray[np.int16], per_pixel: int) -> NDArray[np.int8]:
    """Return (min, max) of whole rows of `per_pixel` samples."""
    rows = x.reshape(-1, per_pixel)
    low = rows.min(axis=1).astype(np.int32) // 256
    high = np.minimum(-(-rows.max(axis=1).astype(np.int32) // 256), 127)
    return np.stack((low, high), axis=1).astype(np.int8)


def _to_int16(x: Audio) -> NDArray[np.int16]:
    """Return 16-bit samples."""
    if x.dtype == np.int16:
        return x.astype(np.int16, copy=False)
    return np.clip(np.round(x * 32768.0), -32768, 32767).astype(np.int16)


class Peaks:
    """Streaming peaks.

    Parameters
    ----------
    per_pixel : int
        Samples in one pair of peaks, at least 1.

    Examples
    --------
    >>> import numpy as np
    >>> p = Peaks(4)
    >>> p.feed(np.array([0, 512, -512, 3, 9, 9], np.int16)).tolist()
    [[-2, 2]]
    >>> p.flush().tolist()
    [[0, 1]]
    """

    def __init__(self, per_pixel: int) -> None:
        if per_pixel < 1:
            raise ValueError(f"per_pixel: want at least 1, got {per_pixel}")
        self.per_pixel = per_pixel
        self._rest = np.zeros(0, np.int16)

    def feed(self, x: Audio) -> NDArray[np.int8]:
        """Take samples, return the peaks that are complete.

        Parameters
        ----------
        x : ndarray of int16 or float32, shape (n,)
            Mono samples.

        Returns
        -------
        ndarray of int8, shape (m, 2)
            Smallest and largest value of each pixel, full scale -128..127.
        """
        samples = np.concatenate((self._rest, _to_int16(x)))
        whole = len(samples) // self.per_pixel * self.per_pixel
        self._rest = samples[whole:]
        return _reduce(samples[:whole], self.per_pixel)

    def flush(self) -> NDArray[np.int8]:
        """Return the peaks of an unfinished pixel.

        Returns
        -------
        ndarray of int8, shape (0 or 1, 2)
            As from `feed`.
        """
        rest, self._rest = self._rest, np.zeros(0, np.int16)
        return _reduce(rest, max(len(rest), 1))


def peaks(x: Audio, per_pixel: int) -> NDArray[np.int8]:
    """Return the waveform peaks of a whole recording.

    Parameters
    ----------
    x : ndarray of int16 or float32, shape (n,)
        Mono samples.
    per_pixel : int
        Samples in one pair of peaks.

    Returns
    -------
    ndarray of int8, shape (ceil(n / per_pixel), 2)
        Smallest and largest value of each pixel, full scale -128..127.

    Examples
    --------
    >>> import numpy as np
    >>> peaks(np.array([0.5, -0.5, 0.0], np.float32), 2).tolist()
    [[-64, 64], [0, 0]]
    """
    stream = Peaks(per_pixel)
    return np.concatenate((stream.feed(x), stream.flush()))
