"""The close look at a suspected DTMF digit: exact limits, frequencies, purity.

The samples around the suspicion are demodulated at the two nominal frequencies with a
16 ms Hann smoother, one value per millisecond.  Where both envelopes exceed half of
their plateau the digit is on; the slope of the phases over that time gives the
frequency error to about 1 Hz, the rest of the spectrum tells tones from speech.
"""

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from dsp.stream import FS, Samples

#: ITU-T Q.23 table 1, rows then columns.
ROWS_HZ = (697.0, 770.0, 852.0, 941.0)
COLUMNS_HZ = (1209.0, 1336.0, 1477.0, 1633.0)
#: ITU-T Q.23 figure 1, by row and column.
SYMBOLS = ("123A", "456B", "789C", "*0#D")

#: ITU-T Q.24 (AT&T): 40 ms must be taken, 23 ms must not.
MIN_TONE_MS = 31
#: Q.24: a break of 10 ms (Denmark 20 ms) is bridged, a pause of 30 ms (NTT) is not.
MAX_BREAK_MS = 24
#: Q.24: +-1.5 % must be taken (NTT 1.8 %), +-3.5 % must not (NTT 3.0 %).
MAX_DEVIATION = 0.025
#: Q.24 (AT&T): high minus low from -8 to +4 dB must be taken; 3 dB for noise and line.
MIN_TWIST_DB, MAX_TWIST_DB = -11.0, 7.0
#: Share of the power from 600 to 3400 Hz that the two tones must have.  Noise 7 dB
#: below leaves 0.86; voiced speech spreads over many harmonics.
MIN_PURITY = 0.7
#: RMS deviation of each phase from a straight line, rad.  Noise 7 dB below gives
#: 0.1; a harmonic of a gliding voice gives more.
MAX_PHASE_ERROR = 0.3
#: RMS variation of each envelope relative to its mean, between the edges.
MAX_RIPPLE = 0.35

#: Samples of the smoother, 16 ms: 440 Hz dial tone is 30 dB down from 697 Hz.
SMOOTH = 128
#: Samples from one envelope value to the next, 1 ms.
STEP = 8

_TONES_HZ = np.array(ROWS_HZ + COLUMNS_HZ)
_SHAPE = 0.5 - 0.5 * np.cos(2 * np.pi * (np.arange(SMOOTH) + 0.5) / SMOOTH)
_CARRIER = np.exp(-2j * np.pi / FS * np.outer(_TONES_HZ, np.arange(SMOOTH)))
_CARRIERS = np.ascontiguousarray((_CARRIER * _SHAPE * 2 / _SHAPE.sum()).T)


@dataclass(frozen=True, slots=True)
class Sounding:
    """A stretch in which both tones of a digit are on.

    Parameters
    ----------
    start, end : int
        Absolute sample indices.
    ends_inside : bool
        Whether the end was seen within the samples looked at.
    level_dbov, twist_db : float
        Stronger tone; high tone relative to low.
    genuine : bool
        Whether it passes every check of a DTMF digit but that of duration.
    """

    start: int
    end: int
    ends_inside: bool
    level_dbov: float
    twist_db: float
    genuine: bool

    @property
    def long_enough(self) -> bool:
        """Whether the duration is that of a digit."""
        return self.end - self.start >= MIN_TONE_MS * FS // 1000


def soundings(x: Samples, start: int, row: int, column: int) -> list[Sounding]:
    """Return where both tones of a digit are on, each stretch judged.

    Parameters
    ----------
    x : ndarray of float32, shape (n,)
        Samples at 8 kHz around the suspicion, at least 128.
    start : int
        Absolute index of the first.
    row, column : int
        Which digit, 0..3 each.

    Returns
    -------
    list of Sounding
        In order.
    """
    frames = sliding_window_view(x, SMOOTH)[::STEP]
    pair = (row, 4 + column)
    z = frames.astype(np.float64) @ _CARRIERS[:, pair]
    envelope = np.abs(z)
    on = np.all(envelope > 0.5 * _plateau(envelope), axis=1)
    found = []
    for first, last in _stretches(on):
        found.append(_judge(x, start, z, envelope, (first, last), pair))
    return found


def _plateau(envelope: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the level of each tone while on: the median of its upper half."""
    high = envelope > 0.5 * envelope.max(axis=0)
    return np.array([np.median(envelope[high[:, i], i]) for i in range(2)])


def _stretches(on: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return first and last index of each stretch, short breaks bridged."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], on.view(np.int8), [0]])))
    stretches: list[tuple[int, int]] = []
    for first, stop in edges.reshape(-1, 2).tolist():
        if stretches and first - stretches[-1][1] - 1 <= MAX_BREAK_MS:
            stretches[-1] = stretches[-1][0], stop - 1
        else:
            stretches.append((first, stop - 1))
    return stretches


def _judge(
    x: Samples,
    start: int,
    z: NDArray[np.complex128],
    envelope: NDArray[np.float64],
    stretch: tuple[int, int],
    pair: tuple[int, int],
) -> Sounding:
    first, last = stretch
    # An envelope value belongs to the middle of its smoother.
    begin = first * STEP + SMOOTH // 2
    end = last * STEP + SMOOTH // 2 + STEP
    inner = slice(first + 5, max(last - 4, first + 8))
    level = envelope[inner].mean(axis=0)
    power = np.square(envelope[inner]).mean(axis=0) / 2
    twist = float(10 * np.log10(power[1] / power[0])) if power.min() > 0 else 99.0
    genuine = (
        MIN_TWIST_DB <= twist <= MAX_TWIST_DB
        and bool(np.all(envelope[inner].std(axis=0) < MAX_RIPPLE * level))
        and _on_frequency(z[inner], inner.start, pair)
        and _purity(x[begin:end], pair) > MIN_PURITY
    )
    return Sounding(
        start + begin,
        start + end,
        last < len(z) - 1,
        float(10 * np.log10(max(power.max(), 1e-10))),
        twist,
        genuine,
    )


def _on_frequency(z: NDArray[np.complex128], first: int, pair: tuple[int, int]) -> bool:
    """Return whether both phases are straight and of the right slope."""
    time = np.arange(len(z)) * (STEP / FS)
    time -= time.mean()
    spread = float(time @ time)
    for i, tone in enumerate(pair):
        hertz = _TONES_HZ[tone]
        turn = np.exp(-2j * np.pi * hertz * STEP / FS * np.arange(len(z)))
        phase = np.unwrap(np.angle(z[:, i] * turn))
        phase -= phase.mean()
        slope = float(time @ phase) / spread
        if abs(slope) > 2 * np.pi * hertz * MAX_DEVIATION:
            return False
        error = phase - slope * time
        if float(np.sqrt(np.mean(np.square(error)))) > MAX_PHASE_ERROR:
            return False
    return True


def _purity(x: Samples, pair: tuple[int, int]) -> float:
    """Return the share of the band's power that lies at the two tones."""
    n = min(x.size, 1024)
    if n < 64:
        return 0.0
    w = 0.5 - 0.5 * np.cos(2 * np.pi * (np.arange(n) + 0.5) / n)
    power = np.square(np.abs(np.fft.rfft(x[:n] * w, 2048)))
    hertz = np.arange(1025) * (FS / 2048)
    near = np.zeros(1025, np.bool_)
    for tone in pair:
        width = _TONES_HZ[tone] * MAX_DEVIATION + 2 * FS / n
        near |= np.abs(hertz - _TONES_HZ[tone]) <= width
    band = (hertz >= 600) & (hertz <= 3400)
    return float(power[near].sum() / max(power[band | near].sum(), 1e-12))
