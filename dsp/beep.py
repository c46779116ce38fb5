"""The recording beep: the tone that tells a talker that the line is recorded.

`tone` makes one beep with smooth edges; a `Decoder` finds beeps on a line, so that a
self-test and a coverage check can prove that they were heard.  The decoder wants a
lone steady tone: DTMF (1336 or 1477 Hz with a partner) and speech are not beeps.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike, NDArray

from dsp.detector import at_8_khz
from dsp.stream import to_float
from dsp.types import Tone

__all__ = ["DEFAULT", "PLANS", "BeepPlan", "Decoder", "decode", "tone"]


@dataclass(frozen=True, slots=True)
class BeepPlan:
    """When and how to beep.

    Parameters
    ----------
    name : str
        Key in `PLANS`.
    hz : float
        Frequency.
    length_s, interval_s : float
        Length of a beep, and time from the start of one to the start of the next.
    level_dbov : float
        Level of the beep on the line, dBov.
    source : str
        Where the figures come from.
    """

    name: str
    hz: float
    length_s: float
    interval_s: float
    level_dbov: float
    source: str


#: -13 dBm0 of ITU-T E.180 Supplement 2, as dBov (dBm0 = dBov + 6.15).
_LEVEL_DBOV = -19.15
PLANS = {
    plan.name: plan
    for plan in (
        BeepPlan(
            "default", 1400.0, 0.5, 15.0, _LEVEL_DBOV, "FED-STD-1037C recorder tone"
        ),
        BeepPlan("fcc", 1400.0, 0.2, 15.0, _LEVEL_DBOV, "FCC Docket 6787, 1947"),
        BeepPlan(
            "connecticut",
            1400.0,
            0.5,
            15.0,
            _LEVEL_DBOV,
            "Conn. Gen. Stat. 52-570d (about every 15 s); shape of FED-STD-1037C",
        ),
        BeepPlan(
            "australia", 1400.0, 0.425, 14.95, _LEVEL_DBOV, "ITU-T E.180 Suppl. 2"
        ),
        BeepPlan(
            "switzerland", 1400.0, 0.45, 15.45, _LEVEL_DBOV, "ITU-T E.180 Suppl. 2"
        ),
    )
}
DEFAULT = PLANS["default"]

#: Length of the raised-cosine edges, s: short enough to start crisply, no click.
EDGE_S = 0.008


def tone(fs: float, plan: BeepPlan | str = DEFAULT) -> NDArray[np.float32]:
    """Make one beep.

    Parameters
    ----------
    fs : float
        Sampling rate, Hz; at least 4000.
    plan : BeepPlan or str
        A plan or the name of one in `PLANS`.

    Returns
    -------
    ndarray of float32, shape (round(length_s * fs),)
        The beep, full scale 1.0; the gap until the next is not included.

    References
    ----------
    FED-STD-1037C "recorder warning tone"; ITU-T E.180 Supplement 2.

    Examples
    --------
    >>> tone(8000, "fcc").shape
    (1600,)
    """
    chosen = PLANS[plan] if isinstance(plan, str) else plan
    n = round(chosen.length_s * fs)
    t = np.arange(n) / fs
    rise = np.clip(np.minimum(t, t[::-1]) / EDGE_S, 0, 1)
    envelope = 0.5 - 0.5 * np.cos(np.pi * rise)
    amplitude = np.sqrt(2) * 10 ** (chosen.level_dbov / 20)
    wave = amplitude * envelope * np.sin(2 * np.pi * chosen.hz * t)
    return np.asarray(wave, np.float32)


FRAME, HOP = 320, 160
#: Frames measured together, so that short feeds cost next to nothing.
BATCH = 10
#: Bins of 25 Hz around 1400 Hz in which a beep may lie.
_BINS = np.arange(52, 61)
#: Bins of DC and hum, which do not count against a beep.
_HUM_BINS = np.arange(0, 9)
#: A beep of this family is 1400 Hz within 2.5 %, well clear of 1336 and 1477 Hz.
_LOWEST_HZ, _HIGHEST_HZ = 1365.0, 1435.0
#: Part of the energy above hum that a lone tone holds at 6 dB of signal to noise.
_PURITY = 0.7
#: FCC tariffs allow 0.17..0.25 s, E.180 up to 0.5 s; with 20 % to spare.
_SHORTEST_S, _LONGEST_S = 0.12, 0.65
#: Quietest beep, dBov.
_FLOOR_DBOV = -45.0


def _tables() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the Hann window and the columns of the small Fourier matrix."""
    window = np.hanning(FRAME + 1)[:-1]
    bins = np.concatenate((_HUM_BINS, _BINS))
    angle = 2 * np.pi * np.outer(np.arange(FRAME), bins) / FRAME
    matrix = np.concatenate((np.cos(angle), np.sin(angle)), axis=1)
    return window.astype(np.float32), matrix.astype(np.float32)


_WINDOW, _MATRIX = _tables()


def _measure(
    frames: NDArray[np.float32],
) -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
    """Tell which frames hold a beep, and their level in dBov."""
    windowed = frames * _WINDOW
    spectrum = windowed @ _MATRIX
    half = spectrum.shape[1] // 2
    power = spectrum[:, :half] ** 2 + spectrum[:, half:] ** 2
    # Parseval: one-sided power of bin k is 2 |X|^2 / N, DC counted once.
    hum = (2 * power[:, : len(_HUM_BINS)].sum(axis=1) - power[:, 0]) / FRAME
    total = np.einsum("ij,ij->i", windowed, windowed) - hum
    near = power[:, len(_HUM_BINS) :]
    band = 2 * near.sum(axis=1) / FRAME
    centre = (near @ (_BINS * 25.0).astype(np.float32)) / (near.sum(axis=1) + 1e-12)
    # The Hann window's mean square is 3/8.
    level = 10 * np.log10(band / (FRAME * 0.375) + 1e-12)
    pure = band > _PURITY * total
    inside = (centre > _LOWEST_HZ) & (centre < _HIGHEST_HZ)
    return pure & inside & (level > _FLOOR_DBOV), level


class Decoder:
    """Streaming finder of beeps at 8 kHz.

    Parameters
    ----------
    fs : float
        Must be 8000.

    Examples
    --------
    >>> import numpy as np
    >>> d = Decoder()
    >>> found = d.feed(np.pad(tone(8000), 4000)) + d.flush()
    >>> [(t.name, round((t.end - t.start) / 8000, 1)) for t in found]
    [('beep', 0.5)]
    """

    def __init__(self, fs: float = 8000) -> None:
        if fs != 8000:
            raise ValueError(f"fs: want 8000 Hz, got {fs!r}")
        self._restart(0)

    def _restart(self, at: int) -> None:
        """Begin anew, at sample `at`."""
        self._base = self._end = at
        self._rest = np.zeros(FRAME - HOP, np.float32)
        self._frame = 0
        self._start: int | None = None
        self._levels: list[float] = []

    def feed(self, x: ArrayLike) -> list[Tone]:
        """Take samples, return the beeps that have ended.

        Parameters
        ----------
        x : ndarray of int16 or float32, shape (n,)
            Mono samples at 8 kHz.

        Returns
        -------
        list of Tone
            Named ``beep``; `start` and `end` count from the first sample fed.
        """
        new = to_float(x)
        self._end += len(new)
        samples = np.concatenate((self._rest, new))
        count = ((len(samples) - FRAME) // HOP + 1) // BATCH * BATCH
        if count <= 0:
            self._rest = samples
            return []
        self._rest = samples[count * HOP :]
        frames = sliding_window_view(samples, FRAME)[::HOP][:count]
        mask, level = _measure(frames)
        found: list[Tone] = []
        if mask.any() or self._start is not None:
            for on, value in zip(mask.tolist(), level.tolist(), strict=True):
                found += self._step(on, value)
        else:
            self._frame += count
        return found

    def flush(self) -> list[Tone]:
        """Return a beep that the end of the stream cut short; positions go on."""
        end = self._end
        found = self.feed(np.zeros(FRAME + BATCH * HOP, np.float32))
        self._restart(end)
        return [replace(t, end=min(t.end, end)) for t in found]

    def _step(self, on: bool, level: float) -> list[Tone]:
        """Take one frame's verdict."""
        index, self._frame = self._frame, self._frame + 1
        if on:
            if self._start is None:
                self._start, self._levels = index, []
            self._levels.append(level)
            return []
        if self._start is None:
            return []
        # Frame i is centred on sample i * HOP; a frame counts when half is filled.
        start, end = self._start * HOP - HOP // 2, index * HOP - HOP // 2
        loudest = max(self._levels)
        self._start = None
        if not _SHORTEST_S * 8000 <= end - start <= _LONGEST_S * 8000:
            return []
        start, end = self._base + max(start, 0), self._base + end
        return [Tone("beep", start, end, round(loudest, 1))]


def decode(x: ArrayLike, fs: float) -> list[Tone]:
    """Find the beeps of a whole recording.

    Parameters
    ----------
    x : ndarray of int16 or float32, shape (n,)
        Mono samples.
    fs : float
        Their rate, Hz.

    Returns
    -------
    list of Tone
        Positions are sample indices at `fs`.

    References
    ----------
    FED-STD-1037C "recorder warning tone".

    Examples
    --------
    >>> import numpy as np
    >>> len(decode(np.tile(np.pad(tone(16000, "fcc"), 8000), 3), 16000))
    3
    """
    decoder = Decoder()
    samples = at_8_khz(x, fs)
    scale = fs / 8000
    return [
        Tone(t.name, round(t.start * scale), round(t.end * scale), t.level_dbov)
        for t in decoder.feed(samples) + decoder.flush()
    ]
