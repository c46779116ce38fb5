"""The recording beep: the tone that tells a talker that the line is recorded.

`tone` makes one beep with smooth edges; a `Decoder` finds beeps on a line, under
speech as well, so that a self-test and a coverage check can prove that they were
heard.  It wants a tone that is alone between 1100 and 1700 Hz and steady in frequency
and level: DTMF (1336 or 1477 Hz) and speech are no beeps, nor is the
middle of a special information tone.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike, NDArray

from dsp.beep_tone import DEFAULT, PLANS, BeepPlan, tone
from dsp.detector import at_8_khz
from dsp.stream import to_float
from dsp.types import Tone

__all__ = ["DEFAULT", "PLANS", "BeepPlan", "Decoder", "decode", "tone"]


FRAME, HOP = 320, 160
#: Frames measured together: short feeds cost next to nothing until there are so many,
#: and the product stays on one thread of OpenBLAS.
BATCH = 8
#: Bins of 25 Hz around 1400 Hz: the neighbourhood, where the frequency is measured,
#: and the main lobe of a steady tone.
_BINS = np.arange(28, 69)
_AROUND = slice(16, 41)
_NEAR = slice(24, 33)
_LINE = slice(26, 31)
#: The first tone of a special information tone, 914..985 Hz (ITU-T E.180), and its
#: neighbourhood: the second tone of such a triple, 1371..1429 Hz, is no beep.
_FIRST = slice(7, 14)
_FIRST_AROUND = slice(0, 21)
#: Frames by which its first tone is known.
_FIRST_FRAMES = 6
#: A beep of this family is 1400 Hz within 2.5 %, well clear of 1336 and 1477 Hz.
_LOWEST_HZ, _HIGHEST_HZ = 1365.0, 1435.0
#: Part of the energy between 1100 and 1700 Hz that a lone tone holds under speech.
_PURITY = 0.7
#: FCC tariffs allow 0.17..0.25 s, E.180 up to 0.5 s; measured in steps of 20 ms.
_SHORTEST_S, _LONGEST_S = 0.13, 0.65
#: Quietest beep, dBov.
_FLOOR_DBOV = -45.0
#: Frames that loud speech may hide.
_BRIDGED = 2
#: A beep is steady, even under speech: mean deviation from the middle value, and fall
#: or rise from its beginning to its end.  A plucked string falls faster.
_STEADY_DB, _STEADY_HZ, _SLOPE_DB = 2.0, 5.0, 4.0
#: Least coherence from the first frame to the last: a tone turns at one rate, while
#: the partials of a voice follow its pitch.
_COHERENT = 0.95
#: Column of 1400 Hz among the bins.
_CENTRE = 28


def _tables() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the Hann window and the columns of the small Fourier matrix."""
    window = np.hanning(FRAME + 1)[:-1]
    angle = 2 * np.pi * np.outer(np.arange(FRAME), _BINS) / FRAME
    matrix = np.concatenate((np.cos(angle), np.sin(angle)), axis=1)
    columns = window[:, np.newaxis] * matrix
    return (_BINS * 25.0).astype(np.float32), columns.astype(np.float32)


_HZ, _COLUMNS = _tables()


@dataclass(frozen=True, slots=True)
class _Frames:
    """What was measured in some frames.

    Which may be beep, which a SIT's first tone; level, dBov; frequency, Hz; and the
    line at 1400 Hz as a complex number.
    """

    beep: NDArray[np.bool_]
    first: NDArray[np.bool_]
    level: NDArray[np.float32]
    hz: NDArray[np.float32]
    line: NDArray[np.complex64]


def _measure(frames: NDArray[np.float32]) -> _Frames:
    """Measure the neighbourhood of 1400 Hz in every frame."""
    spectrum = frames @ _COLUMNS
    half = len(_BINS)
    power = spectrum[:, :half] ** 2 + spectrum[:, half:] ** 2
    total = power[:, _AROUND].sum(axis=1)
    near = power[:, _NEAR]
    line = power[:, _LINE].sum(axis=1)
    centre = (near @ _HZ[_NEAR]) / (near.sum(axis=1) + 1e-12)
    # Parseval: one-sided power of a bin is 2 |X|^2 / N; Hann's mean square is 3/8.
    level = 10 * np.log10(2 * line / (FRAME * FRAME * 0.375) + 1e-12)
    inside = (centre > _LOWEST_HZ) & (centre < _HIGHEST_HZ)
    beep = (line > _PURITY * total) & inside & (level > _FLOOR_DBOV)
    first = power[:, _FIRST].sum(axis=1) > 0.9 * power[:, _FIRST_AROUND].sum(axis=1)
    turned = spectrum[:, _CENTRE] - 1j * spectrum[:, half + _CENTRE]
    return _Frames(beep, first, level, centre, turned.astype(np.complex64))


def _coherence(line: NDArray[np.complex128]) -> float:
    """Return how well a row of complex numbers turns at one rate, 0..1."""
    unit = line / (np.abs(line) + 1e-12)
    rate = np.angle(np.vdot(unit[:-1], unit[1:]))
    return float(np.abs(np.mean(unit * np.exp(-1j * rate * np.arange(unit.size)))))


def _steady(
    level: NDArray[np.float64], hz: NDArray[np.float64], line: NDArray[np.complex128]
) -> bool:
    """Tell whether a run of frames keeps its level, its frequency and its phase.

    `line` has all its frames, `level` and `hz` those that speech does not hide.
    """
    # The first and the last frame are only partly filled.
    level, hz, line = level[1:-1], hz[1:-1], line[1:-1]
    half = len(level) // 2
    if half == 0:
        return False
    slope = 2 * (np.median(level[-half:]) - np.median(level[:half]))
    return bool(
        np.median(np.abs(level - np.median(level))) < _STEADY_DB
        and np.median(np.abs(hz - np.median(hz))) < _STEADY_HZ
        and abs(slope) < _SLOPE_DB
        and _coherence(line) > _COHERENT
    )


#: Level, frequency and line of one frame.
_Measured = tuple[float, float, complex]
#: The same, and whether the frame may be beep.
_Seen = tuple[float, float, complex, bool]


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
        self._last = 0
        self._seen: list[_Seen] = []
        self._low = (0, -FRAME)
        self._sit = False

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
        found: list[Tone] = []
        for first in range(0, count, BATCH):
            last = (first + BATCH - 1) * HOP + FRAME
            found += self._frames(samples[first * HOP : last])
        return found

    def flush(self) -> list[Tone]:
        """Return a beep that the end of the stream cut short; positions go on."""
        end = self._end
        found = self.feed(np.zeros(FRAME + BATCH * HOP, np.float32))
        self._restart(end)
        return [replace(t, end=min(t.end, end)) for t in found]

    def _frames(self, samples: NDArray[np.float32]) -> list[Tone]:
        """Take the samples of one batch of frames."""
        frames = sliding_window_view(samples, FRAME)[::HOP]
        m = _measure(frames)
        if not (m.beep.any() or m.first.any()) and self._start is None:
            self._frame += len(frames)
            return []
        rows = zip(m.level.tolist(), m.hz.tolist(), m.line.tolist(), strict=True)
        verdicts = zip(m.beep.tolist(), m.first.tolist(), rows, strict=True)
        return [tone for verdict in verdicts for tone in self._step(*verdict)]

    def _step(self, on: bool, low: bool, measured: _Measured) -> list[Tone]:
        """Take one frame's verdict."""
        index, self._frame = self._frame, self._frame + 1
        if low:
            count, last = self._low
            self._low = (count + 1 if index - last <= _BRIDGED else 1, index)
        if on:
            if self._start is None:
                self._start, self._seen = index, []
                count, last = self._low
                self._sit = count >= _FIRST_FRAMES and index - last <= 2 * _BRIDGED
            self._last = index
        if self._start is not None:
            self._seen.append((*measured, on))
        if self._start is None or on or index - self._last <= _BRIDGED:
            return []
        # Frame i is centred on sample i * HOP; a frame counts when half is filled.
        start, end = self._start * HOP - HOP // 2, self._last * HOP + HOP // 2
        kept = self._seen[: self._last - self._start + 1]
        level, hz, line, sure = (np.array(row) for row in zip(*kept, strict=True))
        self._start = None
        if not _SHORTEST_S * 8000 <= end - start <= _LONGEST_S * 8000:
            return []
        if self._sit or not _steady(level[sure], hz[sure], line):
            return []
        start, end = self._base + max(start, 0), self._base + end
        return [Tone("beep", start, end, round(float(np.median(level[sure])), 1))]


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
