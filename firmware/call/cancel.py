"""Takes our own beep out of what the detectors hear, so that digits under it are read.

The beep is known but for its gain and phase on this line: both follow from all of it
that has come in so far, by least squares, and the fit is taken away.  A digit under it
is too short and too far off in frequency to be mistaken for part of the beep.

Limits: the recording keeps the beep, only the detectors are spared it; a beep that
comes a few milliseconds later than promised leaves that much of itself at either end.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from firmware.line.block import Block, Samples


def analytic(wave: NDArray[np.float64]) -> NDArray[np.complex128]:
    """Return a real signal with its Hilbert transform as the imaginary part.

    As scipy.signal.hilbert does (Marple 1999), at none of the 70 MB of its import.
    """
    size = len(wave)
    if not size:
        return np.zeros(0, np.complex128)
    spectrum = np.fft.fft(wave)
    spectrum[1 : (size + 1) // 2] *= 2
    spectrum[size // 2 + 1 :] = 0
    return np.fft.ifft(spectrum)


class Canceller:
    """Removes one beep after another; `begin` for each."""

    def __init__(self) -> None:
        self._at = 0
        self._basis: NDArray[np.float64] = np.zeros((0, 2))
        self._gram = np.zeros((2, 2))
        self._product = np.zeros(2)

    def begin(self, at: int, samples: Samples) -> None:
        """A beep begins at an index."""
        wave = analytic(samples.astype(np.float64) / 32768)
        self._at = at
        self._basis = np.column_stack((wave.real, wave.imag))
        self._gram = np.zeros((2, 2))
        self._product = np.zeros(2)

    def end(self) -> None:
        """The beep has been stopped."""
        self._basis = self._basis[:0]

    def clean(self, block: Block) -> Block:
        """Return the block without the beep; feed each block once, in order."""
        first = max(block.start, self._at)
        last = min(block.end, self._at + len(self._basis))
        if first >= last:
            return block
        basis = self._basis[first - self._at : last - self._at]
        part = slice(first - block.start, last - block.start)
        x = block.samples[part].astype(np.float64)
        self._gram += basis.T @ basis
        self._product += basis.T @ x
        fit, *_ = np.linalg.lstsq(self._gram, self._product, rcond=1e-6)
        samples = block.samples.copy()
        samples[part] = np.clip(np.rint(x - basis @ fit), -32768, 32767)
        return replace(block, samples=samples)
