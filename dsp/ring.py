"""Ringing heard in the audio, for lines without a ring sensor.

Ringing current is 30 to 60 dB over speech; some of it gets into the audio of any line
interface.  Every 50 ms a spectrum over 128 ms tells the power from 15 to 68 Hz, less
what hum has put there for three seconds.  A burst is a stretch in which that is strong,
outdoes speech and is one line; it ends with the ringing, or within 0.2 s of the lift
(ring trip).  Limits: hum that comes for half a second and goes sounds the
same; ringing of a neighbouring pair (crosstalk) is told by its level alone; bursts
shorter than 0.15 s are left out.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dsp.detector import at_8_khz
from dsp.levels import dbov_from_power, power_from_dbov
from dsp.spectra import Power, hann
from dsp.stream import FS, SUPERFRAME, Batch, Framer, windows
from dsp.types import Ring

__all__ = ["Decoder", "Ring", "decode"]

#: Samples of a frame, and from one to the next.
FRAME, HOP = 1024, 400
FRAMES = SUPERFRAME // HOP
BIN_HZ = FS / FRAME
#: Ringing is 15..68 Hz: 20 Hz in America, 25 Hz in Europe, 16 Hz in Japan, 50 Hz
#: behind some switches.
BAND = slice(2, 10)
#: What is below is a step of direct current, or its end.
BELOW = slice(0, 2)
#: Speech, as it leaves the telephone, 300..3400 Hz.
SPEECH = slice(38, 436)
#: Weakest ringing, dBov: crosstalk lies below.
LOUD_DBOV = -45.0
#: Ringing is this much stronger than speech, than what lies below, and than hum.
OVER_SPEECH, OVER_BELOW, OVER_HUM = 10.0, 0.3, 4.0
#: Share of the line and its neighbours in the band.
LINE_SHARE = 0.6
#: Frames of the past whose least is hum, 3 s: longer than ringing goes on.
HUM_FRAMES = 60
#: Shortest burst: Germany 0.25 s, modems from 0.1 s; longest: 2 s in most cadences.
SHORTEST_S, LONGEST_S = 0.15, 3.2
#: Frames that may fail within a burst.
BRIDGED = 2
#: Share of a burst's power at which it begins and ends.
HALF = 0.5

_WINDOW = hann(FRAME)


@dataclass
class _Burst:
    """Frames on end with ringing: middle, power, frequency of each."""

    frames: list[tuple[int, float, float]]
    hum: Power
    missing: int = 0

    @property
    def too_long(self) -> bool:
        """Whether it is hum."""
        return len(self.frames) * HOP > (LONGEST_S + 0.5) * FS


class Decoder:
    """Find ringing in a stream at 8 kHz; see `decode`.

    Parameters
    ----------
    fs : int, optional
        Sampling rate, 8000.
    level_dbov : float, optional
        Weakest ringing.
    """

    def __init__(self, fs: int = FS, level_dbov: float = LOUD_DBOV) -> None:
        if fs != FS:
            raise ValueError(f"fs: want {FS} Hz for a stream, got {fs}; resample first")
        self._loud = power_from_dbov(level_dbov)
        self._framer = Framer()
        self._restart()

    def _restart(self) -> None:
        self._burst: _Burst | None = None
        self._past = np.zeros((0, BAND.stop), np.float32)
        #: Power of the frame before, and the sample at its middle.
        self._before = (0, 0.0)
        #: Time at which the last burst of `feed` became known.
        self.known: list[int] = []

    @property
    def index(self) -> int:
        """Number of samples fed and skipped so far."""
        return self._framer.index

    def feed(self, x: ArrayLike) -> list[Ring]:
        """Take samples, shape (n,), int16 or float; return bursts that have ended."""
        self.known = []
        return self._scan(self._framer.feed(x))

    def flush(self) -> list[Ring]:
        """Return a burst cut off by the end; the next feed goes on counting samples."""
        self.known = []
        end = self._framer.index
        rings = self._scan(self._framer.flush())
        rings += self._over(end)
        known = self.known
        self._restart()
        self.known = [min(at, end) for at in known]
        return [replace(r, end=min(r.end, end)) for r in rings]

    def skip(self, lost: int) -> list[Ring]:
        """Go `lost` samples on without hearing them; return what the gap closed.

        Raises
        ------
        ValueError
            If `lost` is negative.
        """
        if lost < 0:
            raise ValueError(f"lost: want 0 or more samples, got {lost}")
        rings = self.flush()
        self._framer.restart(self._framer.index + lost)
        return rings

    def _scan(self, batches: Iterable[Batch]) -> list[Ring]:
        rings: list[Ring] = []
        for batch in batches:
            for i in range(batch.count):
                first = batch.context + i * SUPERFRAME + HOP - FRAME
                x = batch.x[first : first + FRAME + (FRAMES - 1) * HOP]
                rings += self._superframe(x, batch.start + i * SUPERFRAME)
        return rings

    def _superframe(self, x: NDArray[np.float32], start: int) -> list[Ring]:
        frames = windows(np.ascontiguousarray(x), FRAME, HOP)
        # A codec's direct current would spread into the band.
        frames = frames - frames.mean(axis=1, keepdims=True)
        z = np.fft.rfft(frames * _WINDOW)[:, : SPEECH.stop]
        power = (np.square(z.real) + np.square(z.imag)).astype(np.float32)
        hum = self._hum(power[:, : BAND.stop])
        speech = power[:, SPEECH].sum(axis=1)
        rings: list[Ring] = []
        for i in range(FRAMES):
            at = start + (i + 1) * HOP
            # What was there before a burst stays what it was while the burst lasts.
            burst = self._burst
            before = burst.hum if burst is not None and not burst.too_long else hum
            clear = np.maximum(power[i, : BAND.stop] - OVER_HUM * before, 0.0)
            rings += self._frame(at, clear, float(speech[i]), before)
        return rings

    def _hum(self, low: Power) -> Power:
        """Return the least power of each bin in the last three seconds."""
        past = self._past = np.concatenate([self._past, low])[-HUM_FRAMES:]
        if len(past) < HUM_FRAMES:
            # Too little is known: what rings at once is taken for ringing.
            return np.zeros(low.shape[1], np.float32)
        least: Power = past.min(axis=0)
        return least

    def _frame(self, at: int, low: Power, speech: float, hum: Power) -> list[Ring]:
        middle = at - FRAME // 2
        band = low[BAND]
        power = float(band.sum())
        peak = int(band.argmax())
        near = band[max(peak - 1, 0) : peak + 2]
        line = float(near.sum())
        rings = (
            power > self._loud
            and power > OVER_SPEECH * speech
            and power > OVER_BELOW * float(low[BELOW].sum())
            and line > LINE_SHARE * power
        )
        burst = self._burst
        if rings:
            number = BAND.start + max(peak - 1, 0) + np.arange(near.size)
            hertz = float(near @ number) / line * BIN_HZ
            if burst is None:
                burst = self._burst = _Burst([(*self._before, hertz)], hum)
            if not burst.too_long:
                burst.frames.append((middle, power, hertz))
            burst.missing = 0
            self._before = (middle, power)
            return []
        self._before = (middle, power)
        if burst is None:
            return []
        burst.missing += 1
        burst.frames.append((middle, power, 0.0))
        return self._over(at) if burst.missing > BRIDGED else []

    def _over(self, known: int) -> list[Ring]:
        """Close the burst; return it if it may be ringing."""
        burst, self._burst = self._burst, None
        if burst is None or burst.too_long:
            return []
        sounding = [(p, hz) for _, p, hz in burst.frames[1:] if hz]
        level = float(np.median([p for p, _ in sounding]))
        edges = [(at, p) for at, p, _ in burst.frames]
        start = _crossing(edges, HALF * level)
        end = _crossing(edges[::-1], HALF * level)
        if not SHORTEST_S * FS <= end - start <= LONGEST_S * FS:
            return []
        self.known.append(known)
        hertz = float(np.median([hz for _, hz in sounding]))
        return [Ring(max(start, 0), end, hertz, dbov_from_power(level))]


def _crossing(frames: list[tuple[int, float]], half: float) -> int:
    """Return when the power first reaches `half`, between two frames."""
    (at, power), *rest = frames
    for after, above in rest:
        if power < half <= above:
            return at + round((half - power) / (above - power) * (after - at))
        if power >= half:
            break
        at, power = after, above
    return at


def decode(x: ArrayLike, fs: float, level_dbov: float = LOUD_DBOV) -> list[Ring]:
    """Return the bursts of ringing in a recording.

    Parameters
    ----------
    x : array_like, shape (n,)
        int16, or float with full scale 1.0; mono.
    fs : float
        Sampling rate, at least 8000 Hz.
    level_dbov : float, optional
        Weakest ringing, dBov.

    Returns
    -------
    list of Ring
        In order; `start` and `end` in samples at `fs`.

    References
    ----------
    .. [1] ETSI EN 300 001, clause 6.1, ringing signal characteristics.

    Examples
    --------
    >>> import numpy as np
    >>> t = np.arange(16000) / 8000
    >>> burst = 0.1 * np.sin(2 * np.pi * 25 * t)
    >>> x = np.concatenate([np.zeros(8000), burst, np.zeros(16000)])
    >>> [(round(r.start, -3), round(r.end, -3)) for r in decode(x, 8000)]
    [(8000, 24000)]
    """
    decoder = Decoder(level_dbov=level_dbov)
    rings = decoder.feed(at_8_khz(x, fs)) + decoder.flush()
    ratio = fs / FS
    return [
        replace(r, start=round(r.start * ratio), end=round(r.end * ratio))
        for r in rings
    ]
