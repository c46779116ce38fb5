"""Mains hum in one frame of sound: its frequency and each of its lines.

The lines at low multiples of 50 or 60 Hz that stand out of their surroundings give the
exact mains frequency; then every multiple is measured at its exact place.
"""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

__all__ = ["INNER", "LINE_DB", "Hum", "drifting", "measure", "wave"]

#: Nominal mains frequencies, Hz; IEC 60038, and how far off they are followed.
MAINS_HZ = (50.0, 60.0)
TOLERANCE = 0.012
#: Highest harmonic looked at, Hz.
HIGHEST_HZ = 1050.0
#: Lines up to here tell whether there is hum at all.
LOW_HZ = 310.0
#: How far a line stands out of its surroundings: to be taken out, and to be hum.
LINE_DB = 12.0
HUM_DB = 18.0
#: Quietest line worth a subtraction, dBov.
FLOOR_DBOV = -78.0
#: Inner step of the sine tables, samples.
INNER = 64
#: Rows multiplied at once: with 64 columns by 42 below 250 000 multiplications, which
#: wait for no other thread on a busy machine.
ROWS = 64


@dataclass(frozen=True, slots=True)
class Hum:
    """Hum of one frame.

    Parameters
    ----------
    mains_hz : float
        Exact frequency of the mains.
    amplitudes : ndarray of complex64, shape (k,)
        Size and phase, in the middle of the frame, of each multiple from 1 on.
    noise : ndarray of float32, shape (k,)
        Energy of what else there is at each, as of a squared amplitude.
    level_dbov : float
        Level of those that stand out.
    drift : float
        Change of the mains frequency within the frame, Hz per second.
    """

    mains_hz: float
    amplitudes: NDArray[np.complex64]
    noise: NDArray[np.float32]
    level_dbov: float
    drift: float = 0.0


@dataclass(frozen=True, slots=True)
class _Search:
    """Where to look in the spectrum of a frame for the low lines of each mains."""

    window: NDArray[np.float32]
    keep: int
    k: NDArray[np.int64]
    nominal: NDArray[np.float64]
    peak: NDArray[np.int64]
    allowed: NDArray[np.bool_]
    around: NDArray[np.int64]


@lru_cache(maxsize=4)
def _search(n: int, fs: float) -> _Search:
    """Lay out the search for frames of `n` samples."""
    rows = [(f, k) for f in MAINS_HZ for k in range(1, int(LOW_HZ / f) + 1)]
    nominal = np.array([f for f, _ in rows])
    k = np.array([k for _, k in rows])
    middle = nominal * k * n / fs
    reach = TOLERANCE * middle + 1
    width = int(np.ceil(reach.max())) + 1
    peak = np.round(middle)[:, None].astype(int) + np.arange(-width, width + 1)
    gap = np.arange(4, int(0.3 * min(MAINS_HZ) * n / fs))
    around = np.round(middle)[:, None].astype(int) + np.concatenate((-gap, gap)) + width
    return _Search(
        window=np.hanning(n + 1)[:-1].astype(np.float32),
        keep=int((HIGHEST_HZ + 60) * n / fs),
        k=k,
        nominal=nominal,
        peak=peak,
        allowed=np.abs(peak - middle[:, None]) <= reach[:, None],
        around=np.maximum(around - width, 0),
    )


def measure(x: NDArray[np.float32], fs: float) -> Hum | None:
    """Measure the hum in one frame.

    Parameters
    ----------
    x : ndarray of float32, shape (n,)
        About a second of sound, full scale 1.0; `n` a multiple of 64.
    fs : float
        Sampling rate, Hz.

    Returns
    -------
    Hum or None
        None where nothing stands out at low multiples of 50 or 60 Hz.

    References
    ----------
    D. C. Rife, G. A. Vincent, "Use of the discrete Fourier transform in the
    measurement of frequencies and levels of tones", Bell Syst. Tech. J. 49, 1970.

    Examples
    --------
    >>> import numpy as np
    >>> t = np.arange(8192) / 8000
    >>> x = (0.01 * np.sin(2 * np.pi * 50.2 * t)).astype(np.float32)
    >>> hum = measure(x, 8000)
    >>> round(hum.mains_hz, 2), round(hum.level_dbov)
    (50.2, -43)
    """
    n = len(x)
    plan = _search(n, fs)
    windowed = x * plan.window
    spectrum = np.fft.rfft(windowed)[: plan.keep]
    power = np.asarray(spectrum.real**2 + spectrum.imag**2, np.float32)
    found = _mains(power, plan, n, fs)
    if found is None:
        return None
    mains, loudest = found
    return _lines(windowed, power, mains, loudest, fs)


def _mains(
    power: NDArray[np.float32], plan: _Search, n: int, fs: float
) -> tuple[float, float] | None:
    """Return the exact mains frequency and the peak of its loudest low line."""
    near = np.where(plan.allowed, power[plan.peak], 0)
    best = plan.peak[np.arange(len(near)), near.argmax(axis=1)]
    size = power[best]
    noise = power[plan.around].mean(axis=1)
    # A line of amplitude a has a peak of a * n / 4 under the Hann window.
    floor = 2 * 10 ** (FLOOR_DBOV / 10) * (n / 4) ** 2
    sure = (size > 10 ** (HUM_DB / 10) * noise) & (size > floor)
    if not sure.any():
        return None
    left, right = np.sqrt(power[best - 1]), np.sqrt(power[best + 1])
    # Hann window: the ratio of the two largest bins tells the place between.
    ratio = np.maximum(left, right) / np.sqrt(size + 1e-30)
    shift = (2 * ratio - 1) / (1 + ratio)
    freq = (best + np.where(right > left, shift, -shift)) * fs / n
    answers = []
    for nominal in MAINS_HZ:
        rows = sure & (plan.nominal == nominal)
        k = plan.k[rows]
        if len(k) < 2 and not (k <= 3).any():
            continue
        weight = size[rows] * k**2
        mains = float((weight * freq[rows] / k).sum() / weight.sum())
        if abs(mains / nominal - 1) < TOLERANCE:
            answers.append((float(size[rows].sum()), mains, float(size[rows].max())))
    return max(answers)[1:] if answers else None


def _lines(
    windowed: NDArray[np.float32],
    power: NDArray[np.float32],
    mains: float,
    loudest: float,
    fs: float,
) -> Hum:
    """Measure every multiple of the mains frequency in a frame."""
    n = len(windowed)
    count = int(HIGHEST_HZ / mains)
    coarse, fine = _tables(mains, 0.0, count, n, fs)
    inner = _product(
        windowed.reshape(-1, INNER), np.concatenate((fine.real, fine.imag)).T
    )
    products = (inner[:, :count] - 1j * inner[:, count:]) * coarse.conj().T
    amplitudes = products.sum(axis=0) * (4 / n)
    centre = np.round(np.arange(1, count + 1) * mains * n / fs).astype(int)
    gap = np.arange(4, int(0.3 * mains * n / fs))
    around = centre[:, np.newaxis] + np.concatenate((-gap, gap))
    noise = power[np.minimum(around, len(power) - 1)].mean(axis=1) * (4 / n) ** 2
    size = amplitudes.real**2 + amplitudes.imag**2
    # What is louder than any low line is a service tone, and stays.
    size_limit = 1.5 * loudest * (4 / n) ** 2
    amplitudes[size > size_limit] = 0
    stands = size[(size > 10 ** (LINE_DB / 10) * noise) & (size <= size_limit)]
    level = 10 * np.log10(float(stands.sum()) / 2 + 1e-30)
    return Hum(mains, amplitudes.astype(np.complex64), noise, level)


def drifting(hum: Hum, drift: float, n: int, fs: float) -> Hum:
    """Return the hum of a frame as measured if its frequency drifts.

    Parameters
    ----------
    hum : Hum
        Measured as if it were steady.
    drift : float
        Change of the mains frequency, Hz per second.
    n : int
        Length of the frame, a multiple of 64.
    fs : float
        Sampling rate, Hz.

    Returns
    -------
    Hum
        With the size and phase of each line put right.

    Notes
    -----
    A line that drifts is smeared by the window to a known part of its size.

    Examples
    --------
    >>> t = np.arange(-4096, 4096) / 8000
    >>> x = (0.01 * np.cos(2 * np.pi * (150 * t + 0.3 * t * t))).astype(np.float32)
    >>> hum = measure(x, 8000)
    >>> true = drifting(hum, 0.2, 8192, 8000)
    >>> [round(abs(float(np.angle(h.amplitudes[2]))), 2) for h in (hum, true)]
    [0.06, 0.0]
    """
    t = (np.arange(0, n, INNER) + INNER / 2 - n / 2) / fs
    window = 0.5 + 0.5 * np.cos(2 * np.pi * t * fs / n)
    bend = np.pi * drift * np.outer(np.arange(1, len(hum.amplitudes) + 1), t * t)
    part = (window * np.exp(1j * bend)).sum(axis=1) / window.sum()
    amplitudes = (hum.amplitudes / part).astype(np.complex64)
    return replace(hum, amplitudes=amplitudes, drift=drift)


def _product(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the matrix product, in pieces that OpenBLAS leaves on one thread."""
    return np.concatenate([a[i : i + ROWS] @ b for i in range(0, len(a), ROWS)])


# A frame is measured and made again at the same frequency.
@lru_cache(maxsize=8)
def _tables(
    mains_hz: float, drift: float, count: int, n: int, fs: float
) -> tuple[NDArray[np.complex64], NDArray[np.complex64]]:
    """Return factors of exp(j k w t), t from the middle of the frame on.

    Coarse has shape (count, n / INNER), fine (count, INNER).  Drift is the same within
    an inner step, where it turns a line by less than 0.05.
    """
    w = 2j * np.pi * mains_hz / fs
    steps = np.concatenate((np.arange(0, n, INNER) - n / 2, np.arange(INNER)))
    middle = (steps + INNER / 2) / fs
    bend = np.where(np.arange(len(steps)) < n // INNER, middle * middle, 0)
    turn = np.exp(w * steps + 1j * np.pi * drift * bend)
    first = np.broadcast_to(turn, (count, len(steps)))
    powers = np.cumprod(first, axis=0)
    powers = powers.astype(np.complex64)
    return powers[:, : n // INNER], powers[:, n // INNER :]


def wave(hum: Hum | None, n: int, fs: float) -> NDArray[np.float32]:
    """Return the hum of a frame as samples.

    Parameters
    ----------
    hum : Hum or None
        What `measure` found.
    n : int
        Length of the frame, a multiple of 64.
    fs : float
        Sampling rate, Hz.

    Returns
    -------
    ndarray of float32, shape (n,)
        Zeros for None.

    Examples
    --------
    >>> wave(None, 128, 8000).shape
    (128,)
    """
    if hum is None:
        return np.zeros(n, np.float32)
    coarse, fine = _tables(hum.mains_hz, hum.drift, len(hum.amplitudes), n, fs)
    turned = coarse * hum.amplitudes[:, np.newaxis]
    left = np.concatenate((turned.real, -turned.imag))
    right = np.concatenate((fine.real, fine.imag))
    return _product(left.T, right).ravel()
