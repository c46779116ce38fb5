"""DTMF digits as ITU-T Q.23 sends and Q.24 receives them.

Two stages.  Every 10 ms the shared short spectrum is searched for one peak in each
frequency group that outshines its group; only where that is so for some frames on
end, `dsp.dtmf_measure` looks closely at the samples and decides.  Limits: digits
softer than -42 dBm0 per tone are left alone, a digit is known 30 ms plus the rest of
its superframe after its end, and two pure notes that begin and end together on the
frequencies of a digit (F and E, two octaves up) are that digit.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dsp.detector import Noticed, StreamDecoder, at_8_khz, rescaled
from dsp.dtmf_measure import COLUMNS_HZ, ROWS_HZ, SYMBOLS, Sounding, soundings
from dsp.levels import power_from_dbov
from dsp.spectra import SHORT, SHORT_BIN_HZ, Power, Spectra
from dsp.stream import FS, HOP, Batch
from dsp.types import Digit

#: Weakest tone, dBov: -42 dBm0 and 1 dB for the spread of the estimate.
MIN_LEVEL_DBOV = -49.5
_FLOOR = power_from_dbov(MIN_LEVEL_DBOV)
#: Bins of the low group (625..1000 Hz) and of the high group (1125..1720 Hz).
LOW_GROUP, HIGH_GROUP = slice(20, 33), slice(36, 56)
#: Share of its group's power that a tone must have; a wide net.
MIN_GROUP_SHARE = 0.6
#: High over low tone in a frame, power ratio: -12..+8 dB.
MIN_RATIO, MAX_RATIO = 0.06, 6.3
#: How far a frame's peak may be off, of its frequency; the close look is stricter.
MAX_PEAK_DEVIATION = 0.035
#: A digit's frame is at most 10 dB below its strongest one.
DROP = 0.1
#: Frames of 10 ms without the digit that end it.
MISSING_FRAMES = 3
#: Frames after which a digit still sounding is looked at, 0.4 s.
SETTLE_FRAMES = 40
#: Samples looked at before the first frame's middle and after the last one's.
MARGIN = 240


@dataclass
class _Run:
    """Frames on end that look like one digit."""

    code: int
    first: int
    last: int
    peak: float
    frames: int = 1
    held: Sounding | None = field(default=None)


class Detector:
    """The DTMF detector on shared spectra."""

    def __init__(self) -> None:
        self._run: _Run | None = None
        self._batch: Batch | None = None

    def scan(self, spectra: Spectra) -> list[Noticed]:
        """Return the digits that ended in this batch."""
        self._batch = batch = spectra.batch
        noticed: list[Noticed] = []
        if not spectra.loud and self._run is None:
            return noticed
        codes, power = screen(spectra.short)
        if self._run is None and codes.max() < 0:
            return noticed
        # A frame belongs to its middle.
        middle = batch.start + HOP - SHORT // 2
        for code, level in zip(codes.tolist(), power.tolist(), strict=True):
            if self._run is not None or code >= 0:
                noticed += self._frame(code, level, middle)
            middle += HOP
        return noticed

    def finish(self) -> list[Noticed]:
        """Close a digit still sounding."""
        noticed = self._close()
        self._run = None
        return noticed

    def _frame(self, code: int, level: float, middle: int) -> list[Noticed]:
        run = self._run
        noticed: list[Noticed] = []
        if run is not None and code == run.code and level > run.peak * DROP:
            run.last, run.peak = middle, max(run.peak, level)
            run.frames += 1
            if middle - run.first >= SETTLE_FRAMES * HOP:
                noticed = self._settle(run, middle)
            return noticed
        if run is not None:
            strange = code >= 0 and code != run.code
            if not strange and middle - run.last < MISSING_FRAMES * HOP:
                return noticed
            noticed = self._close()
            self._run = None
        if code >= 0:
            self._run = _Run(code, middle, middle, level)
        return noticed

    def _settle(self, run: _Run, now: int) -> list[Noticed]:
        """Judge what is complete of a long run; keep what is still sounding."""
        found = self._soundings(run, now + SHORT // 2)
        run.first, run.held, run.frames = now, None, 1
        if found and not found[-1].ends_inside:
            last = found.pop()
            if last.long_enough:
                run.held = last
            else:
                # Too short yet to be judged: to be looked at again from its start.
                run.first = last.start
        return [self._digit(run, s) for s in found if s.genuine and s.long_enough]

    def _close(self) -> list[Noticed]:
        run = self._run
        if run is None or (run.frames < 2 and run.held is None):
            return []
        found = self._soundings(run, run.last + MARGIN)
        return [self._digit(run, s) for s in found if s.genuine and s.long_enough]

    def _soundings(self, run: _Run, end: int) -> list[Sounding]:
        assert self._batch is not None
        start = run.first - MARGIN
        x = self._batch.between(start, end)
        found = soundings(x, start, run.code // 4, run.code % 4)
        held = run.held
        if held is not None and found and found[0].start <= run.first:
            tail = found[0]
            found[0] = Sounding(
                held.start,
                tail.end,
                tail.ends_inside,
                held.level_dbov,
                held.twist_db,
                held.genuine,
            )
        return found

    def _digit(self, run: _Run, s: Sounding) -> Noticed:
        symbol = SYMBOLS[run.code // 4][run.code % 4]
        start = max(s.start, 0)
        known = run.last + MISSING_FRAMES * HOP + SHORT // 2
        return known, Digit(symbol, start, s.end, s.level_dbov, s.twist_db)


def screen(power: Power) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Return for each short frame the digit it looks like, and the tones' power.

    Parameters
    ----------
    power : ndarray of float32, shape (frames, 129)
        Short power spectra.

    Returns
    -------
    codes : ndarray of int, shape (frames,)
        4 * row + column, or -1.
    power : ndarray of float32, shape (frames,)
        Mean square of both tones together.
    """
    low, low_share, row = _group(power, LOW_GROUP, ROWS_HZ)
    good = (low_share > MIN_GROUP_SHARE) & (low > _FLOOR * MIN_RATIO) & (row >= 0)
    if not good.any():
        return np.full(len(power), -1), low
    high, high_share, column = _group(power, HIGH_GROUP, COLUMNS_HZ)
    good &= (high_share > MIN_GROUP_SHARE) & (column >= 0)
    good &= (high > MIN_RATIO * low) & (high < MAX_RATIO * low)
    good &= np.maximum(low, high) > _FLOOR
    return np.where(good, 4 * row + column, -1), low + high


def _group(
    power: Power, band: slice, nominal_hz: tuple[float, ...]
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.intp]]:
    """Return power, share of the group, and number of the group's strongest tone."""
    group = power[:, band]
    index = np.arange(len(group))
    peak = np.argmax(group, axis=1)
    at = peak + band.start
    below, top, above = power[index, at - 1], power[index, at], power[index, at + 1]
    tone = below + top + above
    total = group.sum(axis=1) + np.float32(1e-12)
    # A Hann window's peak lies (2r - 1) / (r + 1) bins towards the higher neighbour,
    # r the ratio of their amplitudes.
    r = np.sqrt(np.maximum(below, above) / (top + np.float32(1e-12)))
    shift = np.where(above > below, 1, -1) * (2 * r - 1) / (r + 1)
    hertz = (at + shift) * SHORT_BIN_HZ
    return tone, tone / total, _nearest(hertz, nominal_hz)


def _nearest(
    hertz: NDArray[np.float32], nominal_hz: tuple[float, ...]
) -> NDArray[np.intp]:
    """Return the number of the nearest nominal frequency, -1 where it is too far."""
    nominal = np.array(nominal_hz, np.float32)
    number = np.searchsorted((nominal[1:] + nominal[:-1]) / 2, hertz)
    off = np.abs(hertz - nominal[number])
    return np.where(off <= MAX_PEAK_DEVIATION * nominal[number], number, -1)


class Decoder(StreamDecoder):
    """Find DTMF digits in a stream at 8 kHz; see `decode`."""

    def __init__(self, fs: int = FS) -> None:
        super().__init__(Detector(), fs)


def decode(x: ArrayLike, fs: float) -> list[Digit]:
    """Return the DTMF digits of a recording.

    Parameters
    ----------
    x : array_like, shape (n,)
        int16, or float with full scale 1.0; mono.
    fs : float
        Sampling rate, at least 8000 Hz.

    Returns
    -------
    list of Digit
        In order; `start` and `end` in samples at `fs`.

    References
    ----------
    .. [1] ITU-T Q.23, Technical features of push-button telephone sets.
    .. [2] ITU-T Q.24, Multifrequency push-button signal reception.

    Examples
    --------
    >>> import numpy as np
    >>> t = np.arange(800) / 8000
    >>> five = 0.1 * (np.sin(2 * np.pi * 770 * t) + np.sin(2 * np.pi * 1336 * t))
    >>> x = np.concatenate([np.zeros(800), five, np.zeros(800)])
    >>> [(d.symbol, round(d.level_dbov)) for d in decode(x, 8000)]
    [('5', -23)]
    """
    decoder = Decoder()
    events = decoder.feed(at_8_khz(x, fs)) + decoder.flush()
    return [rescaled(e, fs / FS) for e in events if isinstance(e, Digit)]
