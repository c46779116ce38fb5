"""The listening copy: what a person hears, with both talkers equally loud.

A tap hears the near talker 10 to 25 dB louder than the far one.  The copy takes the
hum out, then brings every talk turn to the same active level.  The level at an
instant is that of the talk within 2.5 s that is about as loud as it, so a loud
neighbour does not turn a quiet talker down and the gain changes within a tenth of a
second where the talk passes over.  Between turns the gain holds, and never lifts the
noise by more than 5 dB; a pause too short for that takes the lower gain of the talk
before and after it.  A limiter that looks ahead keeps peaks off full scale.

The master stays as it is.  Limits: the gain stays within +-20 dB; sound that does not
rise 7 dB above its own floor within six seconds, such as a steady tone, is no talk.
"""

from typing import cast

import numpy as np
from numpy.typing import NDArray

from dsp.agc_levels import AHEAD, BACK, gains_db
from dsp.agc_limiter import MARGIN, limit
from dsp.hum import Notch
from dsp.noise import Reducer
from dsp.stream import to_float

__all__ = ["GRID", "ListeningCopy", "listening_copy"]

Audio = NDArray[np.int16] | NDArray[np.float32]
Floats = NDArray[np.float32]

#: Most gain where nobody talks: noise must not rise by more than 6 dB.
PAUSE_DB = 5.0
#: Length of a frame, s.
FRAME_S = 0.02
#: Frames that fill the memory of hum and levels: what the gains look back upon, and 3 s
#: in which three frames of hum fit, each faded into the next.
SETTLING = BACK + 150
#: Where frames of 20 ms and half frames of hum begin together at 8 kHz: 2.56 s.
GRID = 20480
#: Samples taken at once from a whole recording.
BATCH = 480000


class ListeningCopy:
    """Streaming maker of the listening copy.

    Parameters
    ----------
    fs : float
        Sampling rate, Hz.
    less_noise : bool, optional
        Turn steady noise down by up to 12 dB before levelling; see `dsp.noise`.

    Notes
    -----
    As many samples come out as went in, seven to eight seconds later; `flush` returns
    the rest.

    A copy begun in the middle of a recording, on a multiple of `GRID` samples, is that
    of the whole recording from `settled` on, to the sample.

    Attributes
    ----------
    settled : int or None
        The sample from which on nothing depends any more on what came before the first
        sample; None until somebody has talked after the memory was filled.

    References
    ----------
    ITU-T G.169, G.115, P.56.

    Examples
    --------
    >>> import numpy as np
    >>> copy = ListeningCopy(8000)
    >>> y = np.concatenate((copy.feed(np.zeros(12345, np.int16)), copy.flush()))
    >>> y.shape, y.dtype
    ((12345,), dtype('int16'))
    """

    def __init__(self, fs: float, *, less_noise: bool = False) -> None:
        if not fs >= 4000:
            raise ValueError(f"fs: want at least 4000 Hz, got {fs!r}")
        self.fs = fs
        self._reducer = Reducer(fs) if less_noise else None
        self._n = round(FRAME_S * fs / 8) * 8
        self._start()

    def _start(self) -> None:
        """Begin anew."""
        self._notch = Notch(self.fs)
        self._float = True
        self._rest = np.zeros(0, np.float32)
        # Frames not yet given, after MARGIN that were.
        self._frames = np.zeros((MARGIN, self._n), np.float32)
        # Power of BACK frames before the next gain, as far as there are, and of all
        # after it.
        self._power = np.zeros(0, np.float32)
        self._back = 0
        # Gains at the start of frames, from MARGIN before the next frame to be given.
        self._gain = np.ones(MARGIN - 1, np.float32)
        self._held = 0.0
        self._last = (0.0, 0.0)
        self._known = 0  # frames whose gain is known
        self.settled: int | None = None

    def feed(self, x: Audio) -> Audio:
        """Take samples, return those of the copy that are ready.

        Parameters
        ----------
        x : ndarray of int16 or float32, shape (n,)
            Mono samples.

        Returns
        -------
        ndarray of the same type, shape (m,)
            The next samples of the copy.
        """
        self._float = x.dtype != np.int16
        cleaned = self._notch.feed(to_float(x))
        if self._reducer is not None:
            cleaned = self._reducer.feed(cleaned)
        return self._typed(self._take(cleaned, last=False))

    def flush(self) -> Audio:
        """Return what is left, and begin anew.

        Returns
        -------
        ndarray, shape (m,)
            The last samples, of the type fed before.
        """
        rest = self._notch.flush()
        if self._reducer is not None:
            rest = np.concatenate((self._reducer.feed(rest), self._reducer.flush()))
        y = self._typed(self._take(rest, last=True))
        self._start()
        return y

    def _take(self, x: Floats, *, last: bool) -> Floats:
        """Take samples without hum, return those of the copy that are known."""
        samples = np.concatenate((self._rest, x))
        count = len(samples) // self._n
        short = -len(samples) % self._n
        if last and short:
            samples = np.pad(samples, (0, short))
            count += 1
        self._rest = samples[count * self._n :]
        new = samples[: count * self._n].reshape(count, self._n)
        power = np.einsum("ij,ij->i", new, new) * np.float32(1 / self._n)
        self._power = np.concatenate((self._power, power))
        self._frames = np.concatenate((self._frames, new))
        self._add_gains(last=last)
        y = self._give(last=last)
        return y[: len(y) - short] if last and short else y

    def _add_gains(self, *, last: bool) -> None:
        """Find the gains of those frames whose neighbourhood is known."""
        known = len(self._power) - (0 if last else AHEAD)
        fresh = slice(self._back, known)
        if known <= self._back:
            return
        gain, talk, turn = (values[fresh] for values in gains_db(self._power))
        # Between words and between turns the gain of the last talk holds.
        latest = np.maximum.accumulate(np.where(talk, np.arange(len(talk)), -1))
        held = np.where(latest >= 0, gain[latest], np.float32(self._held))
        self._held = float(held[-1])
        steps = np.where(turn, held, np.minimum(held, np.float32(PAUSE_DB)))
        if self.settled is None:
            lasting = talk[max(SETTLING - self._known, 0) :]
            if lasting.any():
                at = max(SETTLING, self._known) + int(np.argmax(lasting))
                self.settled = at * self._n
        self._known += len(talk)
        drop = max(known - BACK, 0)
        self._power = self._power[drop:]
        self._back = known - drop
        row = np.concatenate((self._last, steps)).astype(np.float32)
        self._last = (float(row[-2]), float(row[-1]))
        smooth = (row[:-2] + row[1:-1] + row[2:]) / 3
        self._gain = np.concatenate((self._gain, 10 ** (smooth / 20)))

    def _give(self, *, last: bool) -> Floats:
        """Apply the gains to those frames that have them, context included."""
        frames, gain = self._frames, self._gain
        if last:
            # The last gain holds.
            more = len(frames) + 2 * MARGIN + 1 - len(gain)
            gain = np.pad(gain, (0, max(more, 0)), mode="edge")
            frames = np.pad(frames, ((0, MARGIN), (0, 0)))
        count = min(len(frames), len(gain) - 1)
        if count <= 2 * MARGIN:
            return np.zeros(0, np.float32)
        ramp = np.linspace(0, 1, self._n, endpoint=False, dtype=np.float32)
        start = gain[:count, np.newaxis]
        step = gain[1 : count + 1, np.newaxis] - start
        y = limit(frames[:count] * (start + step * ramp))
        done = count - 2 * MARGIN
        self._frames, self._gain = self._frames[done:], self._gain[done:]
        return y.ravel()

    def _typed(self, y: Floats) -> Audio:
        """Return samples of the type that came in."""
        if self._float:
            return y
        scaled = np.clip(np.rint(y * np.float32(32768)), -32768, 32767)
        return np.asarray(scaled, np.int16)


def listening_copy(x: Audio, fs: float, *, less_noise: bool = False) -> Audio:
    """Make the listening copy of a whole recording.

    Parameters
    ----------
    x : ndarray of int16 or float32, shape (n,)
        Mono samples.
    fs : float
        Their rate, Hz.
    less_noise : bool, optional
        Turn steady noise down as well.

    Returns
    -------
    ndarray of the same type, shape (n,)
        What a person hears: no hum, talkers level, no clipping.

    References
    ----------
    See `ListeningCopy`.

    Examples
    --------
    >>> import numpy as np
    >>> listening_copy(np.zeros(800, np.int16), 8000).shape
    (800,)
    """
    stream = ListeningCopy(fs, less_noise=less_noise)
    parts = [stream.feed(x[at : at + BATCH]) for at in range(0, max(len(x), 1), BATCH)]
    parts.append(stream.flush())
    return cast(Audio, np.concatenate(parts))
