"""Sound that is neither silence, hum nor steady noise, with a hangover.

The power in the speech band (300..3400 Hz) is compared every 10 ms with a floor, the
lowest power of the last three seconds.  Talk pauses within three seconds and keeps
the floor down; hum, hiss and a steady tone become the floor and fall silent.  Limits:
a steady sound counts as activity for its first three seconds, and talk below
-56 dBov in the band is not heard.
"""

from itertools import groupby

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dsp.detector import Noticed, StreamDecoder, at_8_khz, rescaled
from dsp.levels import dbov_from_power, power_from_dbov
from dsp.spectra import SHORT, SHORT_FRAMES, Spectra
from dsp.stream import FS, HOP, SUPERFRAME, windows
from dsp.types import Activity, ActivityOnset

#: Bins of the speech band: 250 Hz keeps hum harmonics up to 200 Hz out.
BAND = slice(8, 110)
#: Superframes over which the floor is the minimum, 3 s: longer than talk goes on
#: without a gap of 30 ms (ITU-T P.59: mean talk spurt 1 s).
FLOOR_SUPERFRAMES = 15
#: Sound has to exceed the floor by this much; 32 ms of noise in a 3 kHz band varies
#: by 1.5 dB to either side.
MARGIN_DB = 6.0
#: Nothing below this level in the band is sound: G.169 leaves speech under -42 dBm0
#: alone, which is -48 dBov; quiet syllables lie some dB lower.
QUIET_DBOV = -56.0
#: Sound must last this many of so many frames before it counts, against clicks.
ONSET_FRAMES, ONSET_WINDOW = 6, 10
#: Sound goes on this long after the last loud frame; P.56 uses 200 ms between
#: syllables, and sentences pause for half a second.
HANGOVER_S = 0.6

Frames = NDArray[np.float32]


class Detector:
    """The activity detector on shared spectra.

    Parameters
    ----------
    hangover_s : float, optional
        How long activity goes on after the last loud frame.
    quiet_dbov : float, optional
        Level in the speech band below which nothing is sound.
    """

    def __init__(
        self, hangover_s: float = HANGOVER_S, quiet_dbov: float = QUIET_DBOV
    ) -> None:
        self._hangover = max(round(hangover_s * FS / HOP), 1)
        self._quiet = power_from_dbov(quiet_dbov)
        self._margin = power_from_dbov(MARGIN_DB)
        self._reset()

    def _reset(self) -> None:
        self._lows = np.zeros(0, np.float32)
        self._recent = np.zeros(ONSET_WINDOW - 1, np.int64)
        self._start: int | None = None
        self._last = 0
        #: Power and number of all loud frames so far, and what they were at the onset.
        self._sum = (0.0, 0)
        self._sum_before = (0.0, 0)

    def scan(self, spectra: Spectra) -> list[Noticed]:
        """Return onsets and ends of sound in this batch."""
        batch = spectra.batch
        if not spectra.loud:
            power = np.zeros(batch.count * SHORT_FRAMES, np.float32)
        else:
            power = spectra.short[:, BAND].sum(axis=1)
        loud = power > np.maximum(self._floor(power) * self._margin, self._quiet)
        mask = np.concatenate([self._recent, loud])
        self._recent = mask[-(ONSET_WINDOW - 1) :]
        if self._start is None and not loud.any():
            return []
        count = np.convolve(mask, np.ones(ONSET_WINDOW, np.int64), "valid")
        power = np.where(loud, power, np.float32(0))
        noticed: list[Noticed] = []
        for i in range(batch.count):
            part = slice(i * SHORT_FRAMES, (i + 1) * SHORT_FRAMES)
            at = batch.start + i * SUPERFRAME
            noticed += self._superframe(at, loud[part], count[part])
            energy, frames = self._sum
            energy += float(power[part].sum())
            self._sum = energy, frames + int(np.count_nonzero(loud[part]))
        return noticed

    def finish(self) -> list[Noticed]:
        """Close a sound still going on."""
        noticed = [] if self._start is None else [self._end()]
        self._reset()
        return noticed

    def _floor(self, power: Frames) -> Frames:
        """Return the floor of each frame: the lowest power of its last 3 s."""
        frames = power.reshape(-1, SHORT_FRAMES)
        lows = frames.min(axis=1)
        past = self._lows
        if not past.size:
            # The first windows reach back before the first sample.
            lows[0] = frames[0, SHORT // HOP :].min()
        pad = np.full(FLOOR_SUPERFRAMES - 1 - past.size, np.inf, np.float32)
        full = np.concatenate([pad, past, lows])
        self._lows = full[-(FLOOR_SUPERFRAMES - 1) :][-(past.size + lows.size) :]
        floor = windows(full, FLOOR_SUPERFRAMES, 1).min(axis=1)
        return np.repeat(floor, SHORT_FRAMES)

    def _superframe(
        self, at: int, loud: NDArray[np.bool_], count: NDArray[np.int64]
    ) -> list[Noticed]:
        noticed: list[Noticed] = []
        frame = 0
        for is_loud, run in groupby(loud.tolist()):
            first, frame = frame, frame + len(list(run))
            if is_loud:
                if self._start is None:
                    enough = np.flatnonzero(count[first:frame] >= ONSET_FRAMES)
                    if enough.size:
                        noticed.append(self._begin(at, first + int(enough[0])))
                self._last = at + frame * HOP
            elif self._start is not None and at + frame * HOP >= self._until:
                noticed.append(self._end())
        return noticed

    @property
    def _until(self) -> int:
        return self._last + self._hangover * HOP

    def _begin(self, at: int, frame: int) -> Noticed:
        # A windowed frame is at half its power when its middle meets the sound.
        start = at + (frame - ONSET_FRAMES + 2) * HOP - SHORT // 2
        self._start = max(start, 0)
        self._sum_before = self._sum
        known = at + (frame + 1) * HOP
        return known, ActivityOnset(self._start, known)

    def _end(self) -> Noticed:
        assert self._start is not None
        energy = self._sum[0] - self._sum_before[0]
        frames = self._sum[1] - self._sum_before[1]
        level = dbov_from_power(energy / max(frames, 1))
        event = Activity(self._start, self._until, level)
        self._start = None
        return self._until, event


class Decoder(StreamDecoder):
    """Find activity in a stream at 8 kHz; see `decode`."""

    def __init__(self, fs: int = FS) -> None:
        super().__init__(Detector(), fs)


def decode(x: ArrayLike, fs: float) -> list[Activity]:
    """Return the stretches of sound in a recording.

    Parameters
    ----------
    x : array_like, shape (n,)
        int16, or float with full scale 1.0; mono.
    fs : float
        Sampling rate, at least 8000 Hz.

    Returns
    -------
    list of Activity
        In order; `start` and `end` in samples at `fs`.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.zeros(24000)
    >>> x[8000:12000] = 0.1 * np.random.default_rng(1).standard_normal(4000)
    >>> [(round(a.start, -3), round(a.end, -3)) for a in decode(x, 8000)]
    [(8000, 17000)]
    """
    decoder = Decoder()
    events = decoder.feed(at_8_khz(x, fs)) + decoder.flush()
    return [rescaled(e, fs / FS) for e in events if isinstance(e, Activity)]
