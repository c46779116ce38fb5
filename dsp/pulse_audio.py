"""Loop-disconnect (pulse) dialling heard in the audio, where no wire tells of the hook.

Each break of the loop and each make after it is a click on the line.  Clicks are found
in a band about 2 kHz, without hum and dial tone, a value per millisecond, as lone peaks
11 dB above what is just before and after them; speech has few.  A train of clicks whose
breaks are all alike, whose makes are all alike and between which the line is dead is a
digit.  Limits: a digit is known when the dial has rested for 0.2 s; nothing is told
until there are four pulses of one dial within 4 s, so that a number of ones, or a lone
2 or 3, is not heard, nor what is dialled under talk; one click may be missing or too
many in a train: the first or last, or that of the dial tone's end in the first break.
"""

from numpy.typing import ArrayLike

from dsp.detector import Noticed, StreamDecoder, at_8_khz, rescaled
from dsp.levels import dbov_from_power
from dsp.pulse import INTER_DIGIT_S, symbols
from dsp.pulse_clicks import (
    AFTER,
    GAIN,
    PATIENCE,
    STEP,
    TRAIN_GAP,
    Click,
    Train,
    clicks_of,
    read,
    read_under_tone,
)
from dsp.spectra import Spectra
from dsp.stream import FS
from dsp.types import Digit

__all__ = ["Decoder", "Detector", "decode"]

#: Between two clicks of a train the line is this much quieter than either.
QUIET = 0.5
#: A dial that has rested so long has sent its digit (Finland: 250 ms).
REST = round(INTER_DIGIT_S * FS)
#: Pulses of one dial before anything is told.
EVIDENCE = 4


class Detector:
    """Hears the clicks of a dial.

    Parameters
    ----------
    scheme : str, optional
        One of `dsp.pulse.SCHEMES`: which digit a number of pulses means.
    """

    def __init__(self, scheme: str = "standard") -> None:
        self._symbols = symbols(scheme)
        self._clicks: list[Click] = []
        self._quiet = True
        #: Trains of one dial that are not told yet, the last one of it, its pulses and
        #: the most of them in a train.
        self._held: list[Train] = []
        self._last: Train | None = None
        self._pulses, self._most = 0, 1

    def scan(self, spectra: Spectra) -> list[Noticed]:
        """Return the digits that this batch makes known."""
        batch = spectra.batch
        now = batch.end - (AFTER[-1] + 1) * STEP
        noticed: list[Noticed] = []
        if spectra.loud:
            first = batch.start - (AFTER[-1] + 1) * STEP
            previous = self._clicks[-1][0] if self._clicks else None
            for at, strength, between in clicks_of(batch, first, now, previous):
                noticed += self._rested(at, TRAIN_GAP)
                self._take(at, strength, between)
        return noticed + self._rested(now, REST)

    def finish(self) -> list[Noticed]:
        """Close a train still going on, forget what is not told."""
        noticed = self._close(self._clicks[-1][0] + REST) if self._clicks else []
        self._held, self._last = [], None
        self._pulses, self._most = 0, 1
        return noticed

    def _take(self, at: int, strength: float, between: float) -> None:
        if self._clicks:
            # Dial tone may sound on within the first break.
            least = min(strength, self._clicks[-1][1])
            self._quiet &= len(self._clicks) <= 2 or between < QUIET * least
        self._clicks.append((at, strength))

    def _rested(self, now: int, gap: int) -> list[Noticed]:
        """Close the train if its last click is `gap` before `now`."""
        if not self._clicks or now - self._clicks[-1][0] < gap:
            return []
        return self._close(now)

    def _close(self, known: int) -> list[Noticed]:
        first = self._last is None or self._clicks[0][0] - self._last.end > PATIENCE
        train = read_under_tone(self._clicks) if first and self._quiet else None
        if train is None and self._quiet:
            train = read(self._clicks)
        self._clicks, self._quiet = [], True
        if train is None:
            return []
        if self._last is None or not train.of_the_dial_of(self._last):
            self._held, self._pulses, self._most = [], 0, 1
        self._held.append(train)
        self._last = train
        self._pulses += train.pulses
        self._most = max(self._most, train.pulses)
        if self._pulses < EVIDENCE or self._most == 1:
            return []
        told, self._held = self._held, []
        return [(known, self._digit(train)) for train in told]

    def _digit(self, train: Train) -> Digit:
        symbol = self._symbols[train.pulses - 1]
        level = dbov_from_power((train.strength / GAIN) ** 2)
        return Digit(symbol, train.start, train.end, level, method="pulse")


class Decoder(StreamDecoder):
    """Find digits dialled by pulses in a stream at 8 kHz; see `decode`."""

    def __init__(self, fs: int = FS, scheme: str = "standard") -> None:
        super().__init__(Detector(scheme), fs)


def decode(x: ArrayLike, fs: float, scheme: str = "standard") -> list[Digit]:
    """Return the digits whose pulses are heard in a recording.

    Parameters
    ----------
    x : array_like, shape (n,)
        int16, or float with full scale 1.0; mono.
    fs : float
        Sampling rate, at least 8000 Hz.
    scheme : str, optional
        One of `dsp.pulse.SCHEMES`.

    Returns
    -------
    list of Digit
        Method ``pulse``; `start` at the first break, `end` at the last make,
        `level_dbov` the slope of the clicks of its breaks, `twist_db` nan.

    References
    ----------
    .. [1] Bell System Practices: 9.5..10.5 pulses per second, exchanges take 8..11.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.zeros(16000)
    >>> for pulse in range(5):
    ...     x[4000 + 800 * pulse], x[4488 + 800 * pulse] = 0.3, -0.2
    >>> [(d.symbol, d.start, d.end) for d in decode(x, 8000)]
    [('5', 3999, 7687)]
    """
    decoder = Decoder(scheme=scheme)
    events = decoder.feed(at_8_khz(x, fs)) + decoder.flush()
    return [rescaled(e, fs / FS) for e in events if isinstance(e, Digit)]
