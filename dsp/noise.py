"""Noise reduction for the listening copy: hiss turned down, speech left alone.

Sound is seen in overlapping frames of 32 ms.  In every bin the noise is the running
minimum of the smoothed power over the last 3 s, put right for its bias; the gain is
that of Ephraim and Malah's decision-directed estimate with a Wiener rule, and never
less than a floor, so that what is left sounds like the noise it was and does not
tinkle.  Everything is done on whole frames, so the result does not depend on how the
samples were cut.

Limits: 400 x real time.  Noise has to be steady for 3 s; babble, music and what comes
and goes are speech to it.  Where there is no noise, soft sounds lose up to 1 dB.
"""

import numpy as np
from numpy.typing import NDArray

from dsp.decibels import dbov_from_power
from dsp.stream import windows

__all__ = ["MOST_DB", "Reducer", "reduce_noise"]

Floats = NDArray[np.float32]

#: Most attenuation: what is left masks what the gain does to it.
MOST_DB = 12.0
FRAME_S = 0.032
#: Time constant of the power that minima are taken of, and how far back, s.
SMOOTH_S, MINIMUM_S = 0.1, 3.0
#: Blocks that the time of the minima is cut into.
BLOCKS = 6
#: Mean of steady noise over the minimum of its smoothed power (measured on white noise
#: with the figures above).
BIAS = 1.9
#: Y. Ephraim, D. Malah, IEEE Trans. ASSP 32, 1984: weight of the frame before.
MEMORY = 0.97
#: Power of the Wiener rule's gain; below 1 speech keeps more of itself.
STRENGTH = 0.7
#: Noise at this level, dBov, is not heard; above it, attenuation grows by so much.
HEARD_DBOV, SLOPE = -68, 1.0
#: Frames worked on at once.
BATCH = 256


class Reducer:
    """Streaming noise reduction.

    Parameters
    ----------
    fs : float
        Sampling rate, Hz.
    most_db : float, optional
        Most attenuation, dB.

    Notes
    -----
    As many samples come out as went in, up to 32 ms later; `flush` returns the rest.

    Examples
    --------
    >>> reducer = Reducer(8000)
    >>> x = np.zeros(1000, np.float32)
    >>> len(np.concatenate((reducer.feed(x), reducer.flush())))
    1000
    """

    def __init__(self, fs: float, most_db: float = MOST_DB) -> None:
        if not fs >= 4000:
            raise ValueError(f"fs: want at least 4000 Hz, got {fs!r}")
        self._hop = round(fs * FRAME_S / 2)
        size = 2 * self._hop
        angle = np.pi * (np.arange(size) + 0.5) / size
        self._window = np.sin(angle).astype(np.float32)
        frames_per_s = fs / self._hop
        self._keep = np.float32(np.exp(-1 / (SMOOTH_S * frames_per_s)))
        self._block = max(round(MINIMUM_S * frames_per_s / BLOCKS), 1)
        self._most = most_db
        # One-sided power of all bins of a frame of mean square 1.
        self._energy = size * size / 2
        self._start()

    def _start(self) -> None:
        """Begin anew."""
        bins = self._hop + 1
        self._x = np.zeros(self._hop, np.float32)
        self._tail = np.zeros(self._hop, np.float32)
        self._fed = self._given = 0
        self._smooth: Floats | None = None
        self._clean = np.zeros(bins, np.float32)
        self._low = np.full(bins, np.inf, np.float32)
        self._lows: list[Floats] = []
        self._frames = 0

    def feed(self, x: Floats) -> Floats:
        """Take samples, return those that are ready.

        Parameters
        ----------
        x : ndarray of float32, shape (n,)
            Full scale 1.0.

        Returns
        -------
        ndarray of float32, shape (m,)
            The next samples, quieter where there is only noise.
        """
        self._x = np.concatenate((self._x, np.asarray(x, np.float32)))
        self._fed += len(x)
        parts = []
        while (count := len(self._x) // self._hop - 1) > 0:
            count = min(count, BATCH)
            parts.append(self._batch(self._x[: (count + 1) * self._hop], count))
            self._x = self._x[count * self._hop :]
        y = np.concatenate(parts) if parts else np.zeros(0, np.float32)
        # The first half frame lies before the first sample.
        skip = min(len(y), max(self._hop - self._given, 0))
        self._given += len(y)
        return y[skip:]

    def flush(self) -> Floats:
        """Return what is left, and begin anew.

        Returns
        -------
        ndarray of float32, shape (m,)
            The last samples.
        """
        left = self._fed - max(self._given - self._hop, 0)
        y = self.feed(np.zeros(left + 3 * self._hop, np.float32))
        self._start()
        return y[:left]

    def _batch(self, x: Floats, count: int) -> Floats:
        """Return `count` half frames."""
        frames = windows(np.ascontiguousarray(x), 2 * self._hop, self._hop)[:count]
        spectra = np.fft.rfft(frames * self._window, axis=1)
        power = (spectra.real**2 + spectra.imag**2).astype(np.float32)
        gains = np.array([self._gain(row) for row in power])
        clean = np.fft.irfft(spectra * gains, 2 * self._hop, axis=1) * self._window
        halves: Floats = np.asarray(clean, np.float32)
        first, second = halves[:, : self._hop], halves[:, self._hop :]
        before = np.concatenate((self._tail[np.newaxis], second[:-1]))
        self._tail = second[-1].copy()
        return (first + before).ravel()

    def _gain(self, power: Floats) -> Floats:
        """Return the gain of every bin of the next frame."""
        if self._smooth is None:
            self._smooth = power.copy()
        self._smooth += (1 - self._keep) * (power - self._smooth)
        noise = self._noise(self._smooth) * np.float32(BIAS) + np.float32(1e-12)
        excess = np.maximum(power / noise - 1, 0)
        ratio = MEMORY * self._clean / noise + (1 - MEMORY) * excess
        gain = np.maximum((ratio / (1 + ratio)) ** STRENGTH, self._least(noise))
        self._clean = gain * gain * power
        return np.asarray(gain, np.float32)

    def _least(self, noise: Floats) -> float:
        """Return the least gain: there is no need to turn down what nobody hears."""
        level = dbov_from_power(2 * float(noise.sum()) / self._energy)
        return 10 ** (-float(np.clip(SLOPE * (level - HEARD_DBOV), 0, self._most)) / 20)

    def _noise(self, smooth: Floats) -> Floats:
        """Return the least smoothed power of the last 3 s."""
        self._low = np.minimum(self._low, smooth)
        self._frames += 1
        least = np.minimum.reduce([self._low, *self._lows])
        if self._frames % self._block == 0:
            self._lows = [*self._lows, self._low][-(BLOCKS - 1) :]
            self._low = np.full_like(smooth, np.inf)
        return np.asarray(least, np.float32)


def reduce_noise(x: Floats, fs: float, most_db: float = MOST_DB) -> Floats:
    """Turn the noise of a whole recording down.

    Parameters
    ----------
    x : ndarray of float32, shape (n,)
        Full scale 1.0.
    fs : float
        Sampling rate, Hz.
    most_db : float, optional
        Most attenuation, dB.

    Returns
    -------
    ndarray of float32, shape (n,)
        The same sound with less noise.

    References
    ----------
    Y. Ephraim, D. Malah, "Speech enhancement using a minimum mean-square error
    short-time spectral amplitude estimator", IEEE Trans. ASSP 32, 1984; R. Martin,
    "Noise power spectral density estimation based on optimal smoothing and minimum
    statistics", IEEE Trans. SAP 9, 2001.

    Examples
    --------
    >>> x = np.random.default_rng(1).normal(size=40000).astype(np.float32) * 0.01
    >>> y = reduce_noise(x, 8000)
    >>> bool(8 < 20 * np.log10(np.std(x[20000:]) / np.std(y[20000:])) < 13)
    True
    """
    reducer = Reducer(fs, most_db)
    return np.concatenate((reducer.feed(np.asarray(x, np.float32)), reducer.flush()))
