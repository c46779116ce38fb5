"""Receiver for binary FSK bursts: from samples to bytes.

Two quadrature correlators, one bit long, run over the band-passed burst at 24 kHz,
20 samples per bit.  Because the sender's phase is continuous, three neighbouring bits
are judged together: each of the eight patterns predicts how the phases of the three
correlators add up, and the pattern with the largest sum decides the middle bit.
Levels of mark and space are measured in the burst itself, which takes care of twist.
Bytes are then read one start bit after the other, each aligned where start, data
and stop bits stand out most.  A burst begins with a stretch of steady mark.

Limits: 1200 baud, 8 kHz samples; a whole burst at a time.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dsp.fsk import Modem
from dsp.fsk_bytes import BIT, BYTE, LONGEST, STUFFING, read_bytes

__all__ = ["Burst", "receive"]

FS = 8000
UP = 3
#: Band of the signal, Hz: (stop, pass, pass, stop).  Hum lies below, and what a line
#: card lets through above 3400 Hz (ITU-T G.712) is noise.
BAND_HZ = (350.0, 650.0, 3000.0, 3400.0)
#: Steady mark that must come before the first byte, bits.  SIN 227 sends the least:
#: 55 bits; GR-30-CORE 58 ms during a call.
MARK_BITS = 30
#: How much of the energy must be mark in such a stretch.
MARK_BALANCE = 0.5
#: Energy that counts as silence: a tone of -63 dBov.
SILENCE = 1e-6
#: Farthest that a mark may be off: 1.5 % (EN 300 659-1) and a clock's error, Hz.
MARK_ERROR_HZ = 40.0
#: Weakest space relative to mark: 10 dB below (TIA-777) and the estimate's error.
LEAST_SPACE = 0.2
#: Advantage of a start bit, of 0.5 without noise.
SURE = 0.2


@dataclass(frozen=True, slots=True)
class Burst:
    """Bytes that followed a stretch of mark.

    Parameters
    ----------
    data : bytes
        As read.
    start, end : int
        First sample of the first byte, first sample after the last.
    framing_errors : int
        Bytes whose stop bit was not mark.
    margins : ndarray of float32, shape (len(data), 8)
        How clearly each bit was read, least significant first; 1 without noise.
    """

    data: bytes
    start: int
    end: int
    framing_errors: int
    margins: NDArray[np.float32]


@lru_cache(maxsize=16)
def _responses(mark_hz: float, space_hz: float, size: int) -> NDArray[np.float32]:
    """Return the spectra of both correlators, band-pass included, shape (2, bins)."""
    hz = np.fft.rfftfreq(size, 1 / FS)
    edge = np.interp(hz, BAND_HZ, (0.0, 1.0, 1.0, 0.0))
    band = 0.5 - 0.5 * np.cos(np.pi * edge)
    # A mean over one bit; 2 makes the one-sided spectrum an analytic signal.
    rows = [2 * band * np.sinc((hz - tone) / 1200) for tone in (mark_hz, space_hz)]
    return np.asarray(rows, np.float32)


def _correlate(x: NDArray[np.float32], modem: Modem) -> NDArray[np.complex64]:
    """Return both correlators at 24 kHz, shape (2, 3 * len(x))."""
    size = -(-(len(x) + 256) // 1024) * 1024
    spectrum = np.fft.rfft(x, size)
    shaped = np.zeros((2, size * UP), np.complex64)
    shaped[:, : len(spectrum)] = spectrum * _responses(
        modem.mark_hz, modem.space_hz, size
    )
    y = np.fft.ifft(shaped, axis=1) * np.float32(UP)
    return np.asarray(y[:, : len(x) * UP], np.complex64)


def _moving_mean(x: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    """Return the mean of the `n` values up to and including each; zeros before."""
    sums = np.concatenate((np.zeros(n), np.cumsum(x)))
    return np.asarray((sums[n:] - sums[:-n]) / n)


def _mark_ends(y: NDArray[np.complex64], modem: Modem) -> list[tuple[int, int, float]]:
    """Return (first, last, amplitude) of the stretches of steady mark."""
    mark, space = (np.abs(y) ** 2).astype(np.float64)
    balance = (mark - space) / (mark + space + SILENCE)
    steady = _moving_mean(balance, MARK_BITS * BIT) > MARK_BALANCE
    flips = np.flatnonzero(np.diff(steady.astype(np.int8), prepend=0, append=0))
    found = []
    for first, last in zip(flips[::2].tolist(), flips[1::2].tolist(), strict=True):
        # The oldest third of the window may still hold what came before the mark.
        oldest = max(first - MARK_BITS * BIT * 2 // 3, 0)
        stretch = y[0, oldest : min(first + MARK_BITS * BIT // 3, last)]
        turn = np.vdot(stretch[:-BIT], stretch[BIT:])
        hz = np.angle(turn * np.exp(-2j * np.pi * modem.mark_hz / 1200)) / 2 / np.pi
        size = np.abs(stretch)
        amplitude = float((size**3).sum() / (size**2).sum())
        if abs(hz) * 1200 < MARK_ERROR_HZ:
            found.append((first, last, amplitude))
    return found


def _space_level(y: NDArray[np.complex64], mark_level: float) -> float:
    """Return the level of space, from where space clearly wins."""
    mark, space = np.abs(y[0]), np.abs(y[1])
    clear = space[(space > 2 * mark) & (space > LEAST_SPACE * mark_level)]
    if len(clear) < BIT:
        return mark_level
    return float(np.percentile(clear, 70))


def _decide(
    y: NDArray[np.complex64], modem: Modem, levels: tuple[float, float]
) -> NDArray[np.float32]:
    """Return the advantage of mark over space for a bit centred on each sample.

    The sequence of the bits before and after is chosen freely for either side.  The
    first and last bit of the result are 0.
    """
    tones = (modem.mark_hz, modem.space_hz)
    turn = [[np.exp(1j * np.pi * (a + b) / 1200) for b in tones] for a in tones]
    scaled = y * np.asarray(levels, np.float32)[:, np.newaxis]
    energy = np.asarray(levels) ** 2 / 2
    best = []
    for this in (0, 1):
        sums = []
        for before in (0, 1):
            left = scaled[before, : -2 * BIT] * np.complex64(turn[before][this])
            left += scaled[this, BIT:-BIT]
            for after in (0, 1):
                right = scaled[after, 2 * BIT :] * np.complex64(
                    np.conj(turn[this][after])
                )
                cost = energy[[before, this, after]].sum()
                sums.append(np.abs(left + right) - np.float32(cost))
        best.append(np.max(sums, axis=0))
    d = np.zeros(y.shape[1], np.float32)
    d[BIT:-BIT] = best[0] - best[1]
    return d


def receive(x: NDArray[np.float32], modem: Modem) -> list[Burst]:
    """Read the bytes of every burst in a stretch of sound.

    Parameters
    ----------
    x : ndarray of float32, shape (n,)
        Samples at 8 kHz, full scale 1.0.
    modem : Modem
        Tones to listen for, 1200 baud.

    Returns
    -------
    list of Burst
        What followed each stretch of mark, in order; junk where that was no burst.

    References
    ----------
    J. B. Anderson, T. Aulin, C.-E. Sundberg, "Digital Phase Modulation", 1986, on
    non-coherent detection over several symbols.  GR-30-CORE 2.3.

    Examples
    --------
    >>> import numpy as np
    >>> from dsp.fsk import BELL202, modulate
    >>> word = [0, 1, 0, 0, 0, 0, 0, 1, 0, 1]
    >>> bits = np.array([1] * 60 + word + [1] * 4, np.uint8)
    >>> x = np.pad(modulate(bits, BELL202), 400)
    >>> receive(x, BELL202)[0].data
    b'A'
    """
    if len(x) < FS // 20:
        return []
    y = _correlate(x, modem)
    found: list[Burst] = []
    for first, last, mark_level in _mark_ends(y, modem):
        if found and first < found[-1].end * UP:
            continue
        limit = last + LONGEST * (BYTE + STUFFING * BIT)
        region = y[:, first - MARK_BITS * BIT : limit]
        space_level = _space_level(region, mark_level)
        d = _decide(region, modem, (mark_level, space_level))
        power = np.maximum(
            np.abs(region[0]) / np.float32(mark_level),
            np.abs(region[1]) / np.float32(space_level),
        )
        sure = SURE * (mark_level**2 + space_level**2)
        read = read_bytes(d, power, MARK_BITS * BIT, sure)
        offset = first - MARK_BITS * BIT
        if read.data:
            start, stop = (offset + read.start) // UP, (offset + read.end) // UP
            margins = read.margins / np.float32(2.5 * sure)
            found.append(Burst(read.data, start, stop, read.framing_errors, margins))
    return found
