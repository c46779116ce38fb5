"""Change of sampling rate, mostly from a codec's 16..96 kHz down to 8 kHz.

A windowed-sinc filter is evaluated at the exact time of every output sample; outputs
of one period of the rate ratio become the columns of a matrix, so that a stream is a
matrix product per block.  Coefficients are whole multiples of 2**-18 and samples are
16-bit, so every sum is exact in double precision: the result is the same to the last
bit however the samples were cut into blocks.  The filter's delay is taken out, output
sample ``k`` belongs to the time ``k / fs_out``.

Limits: a ratio that needs a period beyond 2000 samples is replaced by the nearest
that does not (an error below 1 ppm for rates near the audio ones).
"""

from fractions import Fraction
from functools import lru_cache
from typing import overload

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

__all__ = ["Resampler", "resample"]

#: Pass band up to 3400 Hz at 8 kHz (ITU-T G.712 voice band), as a part of the rate.
PASS = 3400 / 8000
#: Everything that would fold back is stopped: half of the lower rate.
STOP = 0.5
#: Stop-band attenuation of the design, dB.
ATTENUATION_DB = 80.0
#: Outputs computed by one matrix.
GROUP = 40
#: Longest period of the rate ratio, samples.
MAX_PERIOD = 2000
#: Fractional bits of the coefficients; 18 + 16 + 10 bits stay exact in a double.
COEFFICIENT_BITS = 18

#: Products of this many multiplications stay on one thread of OpenBLAS, which is
#: faster than waiting for others on a busy machine; an hour needs no gigabytes either.
ONE_THREAD = 250_000

Audio = NDArray[np.int16] | NDArray[np.float32]


def _kernel(fs_in: float, fs_out: float) -> tuple[int, float, float]:
    """Return half length (input samples), cut-off (cycles/sample) and Kaiser beta."""
    lower = min(fs_in, fs_out) / fs_in
    # J. F. Kaiser, 1974: length and beta for an attenuation and a transition width.
    width = 2 * np.pi * (STOP - PASS) * lower
    taps = (ATTENUATION_DB - 7.95) / (2.285 * width)
    beta = 0.1102 * (ATTENUATION_DB - 8.7)
    return int(np.ceil(taps / 2)), (PASS + STOP) / 2 * lower, beta


@lru_cache(maxsize=8)
def _plan(
    fs_in: float, fs_out: float
) -> tuple[int, int, int, list[tuple[int, NDArray[np.float64]]]]:
    """Return inputs and outputs per period, half length and (offset, matrix) pairs.

    Offsets count from ``half`` samples before the first input of a period.
    """
    ratio = Fraction(fs_out / fs_in).limit_denominator(MAX_PERIOD)
    repeat = max(1, GROUP // ratio.numerator)
    p_in, p_out = ratio.denominator * repeat, ratio.numerator * repeat
    half, cutoff, beta = _kernel(fs_in, fs_out)
    groups = []
    for first in range(0, p_out, GROUP):
        at = np.arange(first, min(first + GROUP, p_out)) * (p_in / p_out)
        low = int(at[0]) - half
        n = np.arange(low, int(at[-1]) + half + 1)
        t = at[np.newaxis, :] - n[:, np.newaxis]
        window = np.i0(beta * np.sqrt(np.clip(1 - (t / half) ** 2, 0, None)))
        taps = np.where(np.abs(t) < half, np.sinc(2 * cutoff * t) * window, 0.0)
        taps /= taps.sum(axis=0)
        groups.append((low + half, np.round(taps * 2**COEFFICIENT_BITS)))
    return p_in, p_out, half, groups


def _to_int16(x: Audio) -> NDArray[np.int16]:
    """Return 16-bit samples, rounded and clipped where floats came."""
    if x.dtype == np.int16:
        return x.astype(np.int16, copy=False)
    scaled = np.round(x.astype(np.float64) * 32768)
    return np.clip(scaled, -32768, 32767).astype(np.int16)


def _apply(
    x: NDArray[np.int16] | NDArray[np.float32],
    periods: int,
    fs_in: float,
    fs_out: float,
) -> NDArray[np.float64]:
    """Filter `periods` whole periods; `x` starts half a filter before the first."""
    p_in, p_out, _, groups = _plan(fs_in, fs_out)
    y = np.empty((periods, p_out))
    batch = max(1, ONE_THREAD // max(matrix.size for _, matrix in groups))
    for at in range(0, periods, batch):
        end = min(at + batch, periods)
        for index, (offset, matrix) in enumerate(groups):
            first = offset + at * p_in
            last = offset + (end - 1) * p_in + len(matrix)
            windows = sliding_window_view(x[first:last], len(matrix))
            frames = windows[::p_in].astype(np.float64)
            column = index * GROUP
            y[at:end, column : column + matrix.shape[1]] = frames @ matrix
    return y.ravel() * 2.0**-COEFFICIENT_BITS


class Resampler:
    """Streaming change of rate, for 16-bit mono samples.

    Parameters
    ----------
    fs_in, fs_out : float
        Rates of the input and of the output, Hz.

    Notes
    -----
    Output lags input by half the filter, about 4.2 ms for 48 to 8 kHz, and by up to
    one period, 10 ms.  ``ceil(n * fs_out / fs_in)`` samples come of ``n``.

    References
    ----------
    J. F. Kaiser, "Nonrecursive digital filter design using the I0-sinh window
    function", ISCAS 1974.  Pass band of ITU-T G.712.

    Examples
    --------
    >>> import numpy as np
    >>> r = Resampler(48000)
    >>> y = np.concatenate([r.feed(np.zeros(960, np.int16)), r.flush()])
    >>> y.shape, y.dtype
    ((160,), dtype('int16'))
    """

    def __init__(self, fs_in: float, fs_out: float = 8000) -> None:
        if not (fs_in > 0 and fs_out > 0):
            raise ValueError(f"rates: want above 0 Hz, got {fs_in!r} and {fs_out!r}")
        self.fs_in, self.fs_out = fs_in, fs_out
        self.reset()

    def reset(self) -> None:
        """Forget the past, as after a gap."""
        self._taken = 0
        self._given = 0
        self._x = np.zeros(0, np.int16)
        if self.fs_in != self.fs_out:
            self._p_in, self._p_out, half, groups = _plan(self.fs_in, self.fs_out)
            self._span = max(offset + len(matrix) for offset, matrix in groups)
            self._x = np.zeros(half, np.int16)

    def feed(self, x: Audio) -> NDArray[np.int16]:
        """Take samples and return those that have become known.

        Parameters
        ----------
        x : ndarray of int16 or float32, shape (n,)
            Mono samples at `fs_in`.

        Returns
        -------
        ndarray of int16, shape (m,)
            Samples at `fs_out`, a whole number of periods, possibly none.
        """
        new = _to_int16(x)
        self._taken += len(new)
        if self.fs_in == self.fs_out:
            self._given += len(new)
            return new.copy()
        self._x = np.concatenate((self._x, new))
        periods = (len(self._x) - self._span) // self._p_in + 1
        if periods <= 0:
            return np.zeros(0, np.int16)
        y = _apply(self._x, periods, self.fs_in, self.fs_out)
        self._x = self._x[periods * self._p_in :]
        self._given += len(y)
        return np.clip(np.floor(y + 0.5), -32768, 32767).astype(np.int16)

    def flush(self) -> NDArray[np.int16]:
        """Return what is left, as if silence followed, and start anew.

        Returns
        -------
        ndarray of int16, shape (m,)
            The last samples at `fs_out`.
        """
        want = _output_length(self._taken, self.fs_in, self.fs_out) - self._given
        y = np.zeros(0, np.int16)
        if want > 0:
            periods = -(-want // self._p_out)
            y = self.feed(np.zeros(periods * self._p_in + self._span, np.int16))[:want]
        self.reset()
        return y


def _output_length(n: int, fs_in: float, fs_out: float) -> int:
    """Return how many output samples lie within `n` input samples."""
    ratio = Fraction(fs_out / fs_in).limit_denominator(MAX_PERIOD)
    return -(-n * ratio.numerator // ratio.denominator)


@overload
def resample(
    x: NDArray[np.int16], fs_in: float, fs_out: float = 8000
) -> NDArray[np.int16]: ...
@overload
def resample(
    x: NDArray[np.float32], fs_in: float, fs_out: float = 8000
) -> NDArray[np.float32]: ...
@overload
def resample(x: Audio, fs_in: float, fs_out: float = 8000) -> Audio: ...
def resample(x: Audio, fs_in: float, fs_out: float = 8000) -> Audio:
    """Change the rate of a whole recording.

    Parameters
    ----------
    x : ndarray of int16 or float32, shape (n,)
        Mono samples at `fs_in`.
    fs_in, fs_out : float
        Rates, Hz.

    Returns
    -------
    ndarray, shape (ceil(n * fs_out / fs_in),)
        Samples at `fs_out`; int16 from int16, otherwise float32.

    References
    ----------
    See `Resampler`.

    Examples
    --------
    >>> import numpy as np
    >>> resample(np.zeros(441, np.float32), 44100).shape
    (80,)
    """
    if fs_in == fs_out:
        return x.copy()
    if x.dtype == np.int16:
        stream = Resampler(fs_in, fs_out)
        return np.concatenate((stream.feed(x), stream.flush()))
    p_in, p_out, half, groups = _plan(fs_in, fs_out)
    want = _output_length(len(x), fs_in, fs_out)
    periods = -(-want // p_out)
    span = max(offset + len(matrix) for offset, matrix in groups)
    tail = max(0, periods * p_in + span - len(x))
    padded = np.pad(x.astype(np.float32), (half, tail))
    y = _apply(padded, max(periods, 1), fs_in, fs_out)
    return y[:want].astype(np.float32)
