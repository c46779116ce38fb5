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

from dsp.levels import dbov_from_power
from dsp.spectra import padded_power
from dsp.stream import FS, Samples, windows

#: ITU-T Q.23 table 1, rows then columns.
ROWS_HZ = (697.0, 770.0, 852.0, 941.0)
COLUMNS_HZ = (1209.0, 1336.0, 1477.0, 1633.0)
#: ITU-T Q.23 figure 1, by row and column.
SYMBOLS = ("123A", "456B", "789C", "*0#D")

#: ITU-T Q.24 (AT&T): 40 ms must be taken, 23 ms must not.
MIN_TONE_MS = 33
#: Q.24: a break of 10 ms (Denmark 20 ms) is bridged, a pause of 30 ms (NTT) is not.
MAX_BREAK_MS = 24
#: Q.24 (AT&T): high minus low from -8 to +4 dB must be taken; 3 dB for noise and line.
MIN_TWIST_DB, MAX_TWIST_DB = -11.0, 7.0
#: Q.24: +-1.5 % must be taken (NTT 1.8 %, Australia 1.5 % + 4 Hz = 2.1 % of 697 Hz),
#: +-3.5 % must not (NTT 3.0 %).
MAX_DEVIATION = 0.025
#: RMS deviation of each phase from a straight line, rad, that is past belief: a
#: harmonic of a gliding voice bends.  Noise 7 dB below gives 0.1, 5 dB below 0.17.
MAX_PHASE_ERROR = 0.3
#: RMS variation of each envelope relative to its mean, between the edges, that is
#: past belief.  Noise 5 dB below gives 0.17.
MAX_RIPPLE = 0.35
#: Power from 600 to 1900 Hz besides the tones, relative to them, that is past
#: belief: other harmonics of a voice.  Noise 5 dB below gives 0.14, hard clipping 0.17.
MAX_BETWEEN = 0.25
#: The same from 1900 to 3400 Hz: clipping by 20 dB leaves 0.3, noise 5 dB below 0.2.
MAX_ABOVE = 0.45
#: And below 600 Hz, where dial tone may be 6 dB stronger; only a little doubt.
SOME_BELOW = 2.0
#: RMS of what the envelopes lack of a full step within 8 ms of either edge that is
#: past belief: vowels swell.  Noise 5 dB below gives 0.27.
MAX_BLUNTNESS = 0.35
#: What an echo may leave after the end: Q.24 (AT&T) has 10 dB below, 20 ms late.
ECHO = 0.25
#: A digit is given up when the squares of these ratios add to more than this (the
#: fourth power for deviation, which is even odds up to its limit).  Digits with noise
#: 7 dB below and 1.8 % off, hard clipped, or with an echo stay below 0.9; of 35 min
#: of synthetic talk the likeliest syllable has 1.3, the next 1.9.
MAX_DOUBT = 1.2
#: Values left out at each edge and break, where the smoother sees both, ms.
EDGE = 5

#: Samples of the smoother, 16 ms: 440 Hz dial tone is 30 dB down from 697 Hz.
SMOOTH = 128
#: Samples from one envelope value to the next, 1 ms.
STEP = 8

_TONES_HZ = np.array(ROWS_HZ + COLUMNS_HZ)
_SHAPE = 0.5 - 0.5 * np.cos(2 * np.pi * (np.arange(SMOOTH) + 0.5) / SMOOTH)
_CARRIER = np.exp(-2j * np.pi / FS * np.outer(_TONES_HZ, np.arange(SMOOTH)))
_CARRIER = (_CARRIER * _SHAPE * 2 / _SHAPE.sum()).T
#: Real parts of all tones, then their imaginary parts: one real product per suspicion.
_CARRIERS = np.hstack([_CARRIER.real, _CARRIER.imag]).astype(np.float32)


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
    frames = windows(np.ascontiguousarray(x), SMOOTH, STEP)
    pair = (row, 4 + column)
    parts = (frames @ _CARRIERS[:, [*pair, 8 + pair[0], 8 + pair[1]]]).astype(float)
    z = parts[:, :2] + 1j * parts[:, 2:]
    envelope = np.abs(z)
    on = np.all(envelope > 0.5 * _plateau(envelope), axis=1)
    found = []
    for first, last in _stretches(on):
        found.append(_judge(x, start, z, on, (first, last), pair))
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
    on: NDArray[np.bool_],
    stretch: tuple[int, int],
    pair: tuple[int, int],
) -> Sounding:
    first, last = stretch
    # An envelope value belongs to the middle of its smoother.
    begin = first * STEP + SMOOTH // 2 - STEP // 2
    end = last * STEP + SMOOTH // 2 + STEP // 2
    stop = max(last + 1 - EDGE, first + EDGE + 3)
    inner: NDArray[np.int64] = np.arange(first + EDGE, min(stop, len(z)))
    # A bridged break is no ripple, nor has it a phase.
    inner = inner[_eroded(on, EDGE)[inner]]
    power, doubt = np.zeros(2), np.inf
    if inner.size > 2 and last + 1 - first >= MIN_TONE_MS:
        envelope = np.abs(z[inner])
        power = np.square(envelope).mean(axis=0) / 2
        ripple = float(np.max(envelope.std(axis=0) / envelope.mean(axis=0)))
        doubt = (ripple / MAX_RIPPLE) ** 2 + _phase_doubt(z[inner], inner, pair)
        bluntness = _bluntness(np.abs(z), first, last, envelope.mean(axis=0))
        doubt += (bluntness / MAX_BLUNTNESS) ** 2
    if doubt <= MAX_DOUBT:
        doubt += _company_doubt(x[begin:end], pair)
    twist = float(10 * np.log10((power[1] + 1e-12) / (power[0] + 1e-12)))
    return Sounding(
        start + begin,
        start + end,
        last < len(z) - 1,
        dbov_from_power(float(power.max())),
        twist,
        doubt <= MAX_DOUBT and MIN_TWIST_DB <= twist <= MAX_TWIST_DB,
    )


def _eroded(on: NDArray[np.bool_], reach: int) -> NDArray[np.bool_]:
    """Return where all values within `reach` before and after are true."""
    padded = np.pad(on, reach, constant_values=True)
    windows = sliding_window_view(padded, 2 * reach + 1)
    return np.asarray(windows.all(axis=1), np.bool_)


def _bluntness(
    envelope: NDArray[np.float64], first: int, last: int, level: NDArray[np.float64]
) -> float:
    """Return the RMS of what a full step lacks at the edges, 0 where unseen."""
    half = SMOOTH // STEP // 2
    lacks = []
    for outside, inside, echo in (
        (first - half, first + half - 1, 0.0),
        (last + half, last - half + 1, ECHO),
    ):
        if 0 <= outside < len(envelope) and 0 <= inside < len(envelope):
            step = (envelope[inside] - envelope[outside]) / level
            lacks.append(np.maximum(1 - echo - step, 0))
    return float(np.sqrt(np.mean(np.square(lacks)))) if lacks else 0.0


def _phase_doubt(
    z: NDArray[np.complex128], steps: NDArray[np.int64], pair: tuple[int, int]
) -> float:
    """Return how far the phases are from straight lines of the right slopes.

    `steps` are the times of the values, in milliseconds.
    """
    time = steps * (STEP / FS)
    hertz = _TONES_HZ[list(pair)]
    turned = z * np.exp(-2j * np.pi * np.outer(time, hertz))
    phase = np.unwrap(np.angle(turned), axis=0)
    time -= time.mean()
    phase -= phase.mean(axis=0)
    slope = time @ phase / float(time @ time)
    deviation = float(np.max(np.abs(slope) / (2 * np.pi * hertz)))
    if deviation > MAX_DEVIATION:
        return np.inf
    error = phase - np.outer(time, slope)
    bend = float(np.sqrt(np.square(error).mean(axis=0).max()))
    return (deviation / MAX_DEVIATION) ** 4 + (bend / MAX_PHASE_ERROR) ** 2


def _company_doubt(x: Samples, pair: tuple[int, int]) -> float:
    """Return how much other sound there is besides the two tones."""
    n = min(x.size, 1024)
    power = padded_power(x[:n], 2048)
    tones = 0.0
    for hertz in _TONES_HZ[list(pair)]:
        width = hertz * MAX_DEVIATION + 2 * FS / n
        near = slice(_bin(hertz - width), _bin(hertz + width) + 1)
        tones += float(power[near].sum())
        power[near] = 0
    below, between, above = (
        float(power[_bin(low) : _bin(high)].sum()) / max(tones, 1e-12)
        for low, high in ((150, 600), (600, 1900), (1900, 3400))
    )
    doubt = (between / MAX_BETWEEN) ** 2 + (above / MAX_ABOVE) ** 2
    return doubt + min(below / SOME_BELOW, 1.0) / 2


def _bin(hertz: float) -> int:
    return round(hertz * 2048 / FS)
