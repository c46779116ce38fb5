"""What `dsp.turns` knows of a recording: bands and noise, in steps of 60 ms.

The spectrum is seen in frames of 32 ms every 20 ms and summed into sixteen bands as
wide as the ear's; three frames make a step.  The noise of a band is the running minimum
of its power, so hum and steady hiss drop out where they are, and not elsewhere.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from dsp.running import extreme
from dsp.stream import to_float

__all__ = ["STEP_S", "Bands", "Heard"]

Audio = NDArray[np.int16] | NDArray[np.float32]
Floats = NDArray[np.float32]
Bytes = NDArray[np.int8]
Mask = NDArray[np.bool_]

#: Frames in a step, and their length in seconds: three make 60 ms.
FRAMES, FRAME_S = 3, 0.02
STEP_S = FRAMES * FRAME_S
#: Length of a spectrum over that of a frame.
OVERLAP = 1.6
#: Edges of the critical bands, Hz (E. Zwicker, J. Acoust. Soc. Am. 33, 1961).
EDGES_HZ = (
    *(100, 200, 300, 400, 510, 630, 770, 920, 1080),
    *(1270, 1480, 1720, 2000, 2320, 2700, 3150, 3700),
)
#: Noise is looked for 5 s back and 3 s ahead, as steps.
FLOOR_BACK, FLOOR_AHEAD = 83, 50
#: A spectrum is that of three steps either way, with so much of the noise left in that
#: what is not heard says nothing.
REACH, NOISE_LEFT = 3, 0.3
#: Steps before and after that have a say in one: noise is smoothed over one more.
BACK, AHEAD = FLOOR_BACK + REACH + 1, FLOOR_AHEAD + REACH + 1
#: Steps judged at once, at least.
PIECE = 1024
#: Mean of steady noise over the minimum of its power smoothed over three steps
#: (measured on white noise, mean of the bands).
BIAS = 1.75
#: Sound this far above its noise is heard, and above this level in dBov.
TALK_DB, QUIETEST_DBOV = 6.0, -62.0
#: Power of nothing: -110 dBov.
TINY = 1e-11
#: Steps whose spectra are taken at once.
BATCH = 512


@dataclass(frozen=True, slots=True)
class Heard:
    """What is known of each step.

    Parameters
    ----------
    power : ndarray of float32, shape (n,)
        Power of all bands without the noise; mean squares, full scale 1.0.
    colour : ndarray of int8, shape (n, 16)
        Spectrum within 180 ms, half dB about its own mean.
    sounding : ndarray of bool, shape (n,)
        Whether something stands out of the noise.
    """

    power: Floats
    colour: Bytes
    sounding: Mask


class Bands:
    """Streaming analysis into steps of 60 ms; the cut of the samples does not matter.

    Parameters
    ----------
    fs : float
        Sampling rate, Hz; at least 8000.

    Examples
    --------
    >>> bands = Bands(8000)
    >>> bands.feed(np.zeros(8000, np.int16))
    >>> bands.heard().power.shape
    (16,)
    """

    def __init__(self, fs: float) -> None:
        if not fs >= 8000:
            raise ValueError(f"fs: want at least 8000 Hz, got {fs!r}")
        self._hop = round(FRAME_S * fs)
        self._size = round(OVERLAP * self._hop / 2) * 2
        window = np.hanning(self._size + 1)[:-1].astype(np.float32)
        self._window = window / np.sqrt(np.sum(window**2) * self._size / 2)
        hz = np.arange(self._size // 2 + 1) * fs / self._size
        self._sums = np.stack(
            [(hz >= low) & (hz < high) for low, high in pairwise(EDGES_HZ)], axis=1
        ).astype(np.float32)
        # The first frame is seen from before the recording began.
        self._rest = np.zeros((self._size - self._hop) // 2, np.float32)
        # Power of the bands of steps whose neighbours are not all known, after `_done`
        # more that are neighbours only.
        self._open = np.zeros((0, len(EDGES_HZ) - 1), np.float32)
        self._done = 0
        self._heard: list[Heard] = []

    def feed(self, x: Audio) -> None:
        """Take samples.

        Parameters
        ----------
        x : ndarray of int16 or float32, shape (n,)
            Mono samples.
        """
        samples = np.concatenate((self._rest, to_float(x)))
        span = (FRAMES - 1) * self._hop + self._size
        steps = max(0, (len(samples) - span) // (FRAMES * self._hop) + 1)
        frames = np.lib.stride_tricks.sliding_window_view(samples, self._size)[
            :: self._hop
        ] if steps else np.zeros((0, self._size), np.float32)  # fmt: skip
        for at in range(0, steps * FRAMES, BATCH * FRAMES):
            part = frames[at : min(at + BATCH * FRAMES, steps * FRAMES)]
            self._open = np.concatenate((self._open, self._summed(part)))
            if len(self._open) >= self._done + PIECE:
                self._close(len(self._open) - AHEAD)
        self._rest = samples[steps * FRAMES * self._hop :].copy()

    def _summed(self, frames: Floats) -> Floats:
        """Return the power of the bands of each step."""
        z = np.fft.rfft(frames * self._window)
        power = (z.real**2 + z.imag**2).astype(np.float32) @ self._sums
        return np.asarray(power.reshape(-1, FRAMES, power.shape[1]).mean(axis=1))

    def _close(self, until: int) -> None:
        """Judge the open steps before `until`, all of whose neighbours are known."""
        if until <= self._done:
            return
        power, fresh = self._open, slice(self._done, until)
        noise = _noise(power)
        clean = np.maximum(power - noise, 0)
        total, floor = clean.sum(axis=1), noise.sum(axis=1)
        sounding = total > floor * np.float32(10 ** (TALK_DB / 10) - 1)
        sounding &= total > 10 ** (QUIETEST_DBOV / 10)
        colour = _colour(clean + np.float32(NOISE_LEFT) * noise)
        self._heard.append(Heard(total[fresh], colour[fresh], sounding[fresh]))
        drop = max(until - BACK, 0)
        self._open, self._done = power[drop:].copy(), until - drop

    def heard(self) -> Heard:
        """Return what was heard of the whole recording; nothing more may be fed.

        Returns
        -------
        Heard
        """
        self._close(len(self._open))
        nothing = Heard(
            np.zeros(0, np.float32),
            np.zeros((0, len(EDGES_HZ) - 1), np.int8),
            np.zeros(0, bool),
        )
        parts = self._heard or [nothing]
        return Heard(
            np.concatenate([part.power for part in parts]),
            np.concatenate([part.colour for part in parts]),
            np.concatenate([part.sounding for part in parts]),
        )


def _colour(power: Floats) -> Bytes:
    """Return the spectrum around each step, half dB about its own mean."""
    edges = np.pad(power, ((REACH, REACH), (0, 0)))
    around = sum(edges[i : i + len(power)] for i in range(2 * REACH + 1))
    db = 10 * np.log10(around + np.float32(TINY))
    halves = np.rint(2 * (db - db.mean(axis=1, keepdims=True)))
    return np.asarray(np.clip(halves, -127, 127), np.int8)


def _noise(power: Floats) -> Floats:
    """Return the steady noise of each band, per step."""
    if not len(power):
        return power
    wide = np.pad(power, ((1, 1), (0, 0)), mode="edge")
    smooth = (wide[2:] + wide[:-2] + power) / np.float32(3)
    rows = [
        extreme(np.ascontiguousarray(band), FLOOR_BACK, FLOOR_AHEAD, largest=False)
        for band in smooth.T
    ]
    return np.stack(rows, axis=1) * np.float32(BIAS) + np.float32(TINY)
