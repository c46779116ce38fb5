"""DTMF digits as ITU-T Q.23 sends and Q.24 receives them.

Two stages.  Every 20 ms a short spectrum is searched for one peak in each frequency
group that outshines its group (`dsp.dtmf_screen`); only where that is clearly so,
`dsp.dtmf_measure` looks closely at the samples, and `dsp.dtmf_doubt` decides.
Limits: digits softer than -42 dBm0 per tone are left alone, a digit is known 40 ms plus
the rest of its superframe after its end, and two pure notes that begin and end together
on the frequencies of a digit (F and E, two octaves up) are that digit.
"""

from dataclasses import dataclass, replace

from numpy.typing import ArrayLike

from dsp.detector import Noticed, StreamDecoder, at_8_khz, rescaled
from dsp.dtmf_measure import SYMBOLS, Sounding, soundings
from dsp.dtmf_screen import (
    COLUMNS_HZ,
    FRAME,
    FRAME_HOP,
    ROWS_HZ,
    Hit,
    frames,
    screen,
)
from dsp.spectra import Spectra
from dsp.stream import FS, Batch
from dsp.types import Digit

__all__ = ["COLUMNS_HZ", "ROWS_HZ", "SYMBOLS", "Decoder", "Detector", "decode"]

#: Share of its group and of the band that the tones of a digit have in its best frame.
#: Noise 5 dB below leaves 0.85, talk 10 dB below mostly 0.88, once in a hundred 0.7.
MIN_SHARE = 0.65
#: And in its only frame: of 40 ms two or three frames are filled well enough.
MIN_SHARE_ALONE = 0.8
#: A digit's frame is at most 10 dB below its strongest one.
DROP = 0.1
#: Samples without a frame of the digit that end it: two frames.
MISSING = 2 * FRAME_HOP
#: Samples after which a digit still sounding is looked at, 0.4 s.
SETTLE = 20 * FRAME_HOP
#: Samples looked at before the first frame's middle, 50 ms: a digit begins at most
#: 24 ms before, and what was there before it tells whether it is alone.
MARGIN = 400


@dataclass
class _Run:
    """Frames on end that look like one digit; a frame is known by its end."""

    code: int
    first: int
    last: int
    peak: float
    share: float
    frames: int = 1
    held: Sounding | None = None

    @property
    def likely(self) -> bool:
        """Whether it is worth a close look."""
        least = MIN_SHARE if self.frames > 1 else MIN_SHARE_ALONE
        return self.share > least or self.held is not None


class Detector:
    """The DTMF detector on shared spectra."""

    def __init__(self) -> None:
        self._run: _Run | None = None
        self._batch: Batch | None = None

    def scan(self, spectra: Spectra) -> list[Noticed]:
        """Return the digits that ended in this batch."""
        self._batch = batch = spectra.batch
        noticed: list[Noticed] = []
        if spectra.loud:
            for hit in screen(frames(batch)):
                end = batch.start + (hit.frame + 1) * FRAME_HOP
                noticed += self._expire(end - FRAME_HOP)
                noticed += self._take(hit, end)
        return noticed + self._expire(batch.end)

    def finish(self) -> list[Noticed]:
        """Close a digit still sounding."""
        run = self._run
        return [] if run is None else self._close(run, run.last + MISSING)

    def _expire(self, now: int) -> list[Noticed]:
        """Close a run that has been missing for long enough by `now`."""
        run = self._run
        if run is None or now - run.last < MISSING:
            return []
        return self._close(run, run.last + MISSING)

    def _take(self, hit: Hit, end: int) -> list[Noticed]:
        run = self._run
        if run is not None and hit.code == run.code:
            if hit.power > run.peak * DROP:
                run.last, run.peak = end, max(run.peak, hit.power)
                run.frames, run.share = run.frames + 1, max(run.share, hit.share)
                if end - run.first >= SETTLE:
                    return self._settle(run, end)
            return []
        noticed = [] if run is None else self._close(run, end)
        self._run = _Run(hit.code, end, end, hit.power, hit.share)
        return noticed

    def _settle(self, run: _Run, now: int) -> list[Noticed]:
        """Judge what is complete of a long run; keep what is still sounding."""
        found = self._soundings(run, now)
        run.first, run.held = now, None
        if found and not found[-1].ends_inside:
            last = found.pop()
            if last.long_enough:
                run.held = last
            else:
                # Too short yet to be judged: to be looked at again from its start.
                run.first = last.start + FRAME // 2
        return self._digits(run, found, now)

    def _close(self, run: _Run, now: int) -> list[Noticed]:
        self._run = None
        return self._digits(run, self._soundings(run, now), now) if run.likely else []

    def _soundings(self, run: _Run, end: int) -> list[Sounding]:
        assert self._batch is not None
        start = run.first - FRAME // 2 - MARGIN
        x = self._batch.between(start, end)
        found = soundings(x, start, run.code // 4, run.code % 4)
        held = run.held
        if held is not None and found and found[0].start <= run.first - FRAME // 2:
            tail = found[0]
            found[0] = replace(held, end=tail.end, ends_inside=tail.ends_inside)
        return found

    def _digits(self, run: _Run, found: list[Sounding], now: int) -> list[Noticed]:
        symbol = SYMBOLS[run.code // 4][run.code % 4]
        return [
            (now, Digit(symbol, max(s.start, 0), s.end, s.level_dbov, s.twist_db))
            for s in found
            if s.genuine and s.long_enough
        ]


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
