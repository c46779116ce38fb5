"""How unlike a DTMF digit a sound is that looks like one: a sum of doubts.

Each measure is divided by what is past belief for it and squared: level and phase must
be steady, both tones must begin and end at once and sharply, near their frequencies
and of like level, and alone.  Noise, hum, dial tone, clipping, an echo or a talker
behind the digit raise one or two of the measures; speech and music raise most of them.
What sounded before the digit and goes on after it is no part of it, and forgiven.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from dsp.stream import FS, Samples

#: A digit is given up from this sum on.  Digits with noise 7 dB below, 1.5 % off, hard
#: clipped or with an echo stay below 1.2; of 19 hours of talk and music in 40
#: languages the likeliest sound has 1.4, and three have less than 2.
MAX_DOUBT = 1.2
#: RMS variation of each envelope relative to its mean, between the edges.  Noise 5 dB
#: below gives 0.15, an echo 0.16.
MAX_RIPPLE = 0.3
#: RMS deviation of each phase from a straight line, rad: a harmonic of a gliding
#: voice bends.  Noise 7 dB below gives 0.1, 5 dB below 0.19.
MAX_PHASE_ERROR = 0.25
#: Q.24: +-1.5 % must be taken (NTT 1.8 %, Australia 1.5 % + 4 Hz = 2.1 % of 697 Hz),
#: +-3.5 % must not (NTT 3.0 %).
MAX_DEVIATION = 0.025
#: Share of the frequency that both tones may be off, each by itself.
DOUBTFUL_DEVIATION = 0.03
#: RMS of what the envelopes lack of a full step within 8 ms of either edge: vowels
#: swell.  Noise 5 dB below gives 0.22.
MAX_BLUNTNESS = 0.35
#: What an echo may leave after the end: Q.24 (AT&T) has 10 dB below, 20 ms late.
ECHO = 0.25
#: Time between the edges of the two tones, ms.  Noise 5 dB below gives 3, an echo 4.
MAX_SKEW = 8.0
#: Q.24 (AT&T): high minus low from -8 to +4 dB must be taken; beyond, with half a
#: decibel for noise, each of so many decibels counts.
MIN_TWIST_DB, MAX_TWIST_DB, MORE_TWIST_DB = -8.5, 4.5, 1.5
#: Power from 600 to 1900 Hz besides the tones, relative to them: other harmonics of a
#: voice.  Noise 7 dB below gives 0.09, hard clipping 0.14.
MAX_BETWEEN = 0.2
#: The same from 1900 to 3400 Hz: clipping by 20 dB leaves 0.23, noise 5 dB below 0.2.
MAX_ABOVE = 0.35
#: And below 600 Hz, where dial tone may be 6 dB stronger: only a little doubt, more
#: from 10 dB on, where music has its bass.
SOME_BELOW, MUCH_BELOW = 2.0, 10.0
#: A third tone relative to the digit's tone in its group, 8 dB down: products of hard
#: clipping are 9.5 dB down, and noise 5 dB below has no line above 0.05.
MAX_THIRD = 0.16
#: A third tone outside the groups, relative to the stronger tone, 5 dB down: third
#: harmonics of hard clipping are 9.5 dB down.
MAX_OUTSIDE = 0.3
#: A line that is this strong before or after the digit, relative to inside, times
#: `BEFORE`, is none of the digit.
BEFORE = 1.5
#: Below this length speech is much the likelier: doubts grow with its third power.
SHORT_MS = 48.0
#: Keypads have crystals, voices have not: both tones this near to their frequencies for
#: so long excuse so much of what a talker behind them does.  Of 294 sounds of talk that
#: are so exact by chance, the likeliest has a doubt of 3.6.
EXACT, EXACT_MS, EXCUSE = 0.004, 55.0, 1.6

#: Samples looked at for company at most, and the length of their transform.
COMPANY, TRANSFORM = 800, 1024
#: Samples looked at before and after the digit, and how far from it.
AROUND, APART = 240, 24
#: Half a line's width in a transform of `AROUND` samples, bins.
LINE = 8
#: Lines of a third tone: band in Hz, which tone it is compared with (2: the stronger),
#: and what is past belief.
THIRDS = (
    (150, 600, 2, MAX_OUTSIDE),
    (600, 1075, 0, MAX_THIRD),
    (1075, 1900, 1, MAX_THIRD),
    (1900, 3400, 2, MAX_OUTSIDE),
)


@dataclass(frozen=True, slots=True)
class Look:
    """A stretch of samples demodulated at the two tones of a digit.

    Parameters
    ----------
    x : ndarray of float32, shape (n,)
        The samples.
    z : ndarray of complex64, shape (k, 2)
        Each tone's analytic signal, a value per millisecond.
    envelope : ndarray of float32, shape (k, 2)
        Its magnitude.
    on : ndarray of bool, shape (k,)
        Where both tones are on.
    first, last : int
        First and last value of the stretch.
    limits : tuple of int
        First sample of the digit, and first after it.
    tones_hz : tuple of float
        Nominal frequencies.
    """

    x: Samples
    z: NDArray[np.complex64]
    envelope: Samples
    on: NDArray[np.bool_]
    first: int
    last: int
    limits: tuple[int, int]
    tones_hz: tuple[float, float]

    def inner(self, edge: int) -> NDArray[np.int64]:
        """Return the values `edge` away from both ends and from every break."""
        stop = max(self.last + 1 - edge, self.first + edge + 3)
        inner = np.arange(self.first + edge, min(stop, len(self.z)))
        if self.on[self.first : self.last + 1].all():
            return inner
        # A bridged break is no ripple, nor has it a phase.
        return inner[eroded(self.on, edge)[inner]]


def eroded(on: NDArray[np.bool_], reach: int) -> NDArray[np.bool_]:
    """Return where all values within `reach` before and after are true.

    Examples
    --------
    >>> import numpy as np
    >>> eroded(np.array([True, True, True, False]), 1).tolist()
    [True, True, False, False]
    """
    padded = np.pad(on, reach, constant_values=True)
    return np.asarray(sliding_window_view(padded, 2 * reach + 1).all(axis=1), np.bool_)


def doubt(look: Look, inner: NDArray[np.int64]) -> float:
    """Return the sum of all doubts, or of enough of them to give up.

    Parameters
    ----------
    look : Look
        The suspected digit.
    inner : ndarray of int, shape (m,)
        Values between its edges, at least three.

    Returns
    -------
    float
        Above `MAX_DOUBT` it is no digit.
    """
    envelope = look.envelope[inner]
    level = envelope.sum(axis=0) / inner.size
    variance = np.square(envelope - level).sum(axis=0) / inner.size
    low, high = level.tolist()
    twist = twist_doubt(20 * math.log10(high / low))
    if twist > MAX_DOUBT:
        return twist
    deviation, bend, tones_hz = _phases(look, inner)
    if max(deviation) > MAX_DEVIATION:
        return math.inf
    duration_ms = (look.limits[1] - look.limits[0]) * 1000 / FS
    haste = max(SHORT_MS / duration_ms, 1.0) ** 3
    exact = duration_ms >= EXACT_MS and max(deviation) <= EXACT
    excuse = EXCUSE if exact else 0.0
    rest = float((variance / np.square(level)).max()) / MAX_RIPPLE**2
    rest += bend / MAX_PHASE_ERROR**2 + _edge_doubt(look, level)
    rest += sum((off / DOUBTFUL_DEVIATION) ** 2 for off in deviation)
    if (rest - excuse) * haste > MAX_DOUBT:
        return (rest - excuse) * haste
    company, third = _company_doubt(look, tones_hz)
    return haste * (twist + third + max(rest + company - excuse, 0.0))


def twist_doubt(twist_db: float) -> float:
    """Return the doubt that a twist raises.

    Examples
    --------
    >>> twist_doubt(-8.0), twist_doubt(6.0)
    (0.0, 1.0)
    """
    over = max(MIN_TWIST_DB - twist_db, twist_db - MAX_TWIST_DB, 0.0)
    return (over / MORE_TWIST_DB) ** 2


def _phases(
    look: Look, inner: NDArray[np.int64]
) -> tuple[list[float], float, NDArray[np.float64]]:
    """Return both deviations, the bend of the phases, and the frequencies."""
    nominal = np.array(look.tones_hz)
    time = (inner - inner[0]) / 1000
    turned = look.z[inner] * np.exp(-2j * np.pi * (time[:, np.newaxis] * nominal))
    # A first guess of the slope, so that what is left of the phase does not wrap.
    turns = turned[1:] * turned[:-1].conj()
    if inner[-1] - inner[0] >= inner.size:
        turns = turns[np.diff(inner) == 1]
    guess = np.angle(turns.sum(axis=0)) * 1000
    time -= time.sum() / time.size
    turned *= np.exp(-1j * (time[:, np.newaxis] * guess))
    phase = np.angle(turned * turned.sum(axis=0).conj())
    phase -= phase.sum(axis=0) / time.size
    slope = time @ phase / float(time @ time)
    off_hz = (guess + slope) / (2 * np.pi)
    error = phase - time[:, np.newaxis] * slope
    bend = float(np.square(error).sum(axis=0).max()) / time.size
    return (np.abs(off_hz) / nominal).tolist(), bend, nominal + off_hz


def _edge_doubt(look: Look, level: Samples) -> float:
    """Return the doubt of edges that are blunt or come at two times."""
    envelope, half = look.envelope, 8
    lacks = []
    for outside, inside, echo in (
        (look.first - half, look.first + half - 1, 0.0),
        (look.last + half, look.last - half + 1, ECHO),
    ):
        if 0 <= outside < len(envelope) and 0 <= inside < len(envelope):
            step = (envelope[inside] - envelope[outside]) / level
            lacks.append(np.maximum(1 - echo - step, 0))
    blunt = float(np.square(lacks).sum()) / (2 * len(lacks)) if lacks else 0.0
    off = envelope <= 0.5 * level
    before, after = off[: look.first + 5][::-1], off[max(look.last - 4, 0) :]
    skews = (_first(side[:, 0]) - _first(side[:, 1]) for side in (before, after))
    skew = sum(s * s for s in skews) / MAX_SKEW**2
    return blunt / MAX_BLUNTNESS**2 + min(skew, 2.0)


def _first(flags: NDArray[np.bool_]) -> int:
    """Return the index of the first true flag, or their number."""
    at = int(flags.argmax()) if flags.size else 0
    return at if flags.size and flags[at] else flags.size


def _company_doubt(look: Look, tones_hz: NDArray[np.float64]) -> tuple[float, float]:
    """Return the doubts of other sound and of a third tone."""
    rest, weight, powers = _remainder(look, tones_hz)
    z = np.fft.rfft(rest, TRANSFORM)
    power = np.square(z.real) + np.square(z.imag)
    tones = float(powers.sum()) + 1e-12
    density = 2 / (TRANSFORM * float(weight @ weight) * tones)
    below, between, above = (
        density * float(power[_bin(low) : _bin(high)].sum())
        for low, high in ((150, 600), (600, 1900), (1900, 3400))
    )
    doubt = (between / MAX_BETWEEN) ** 2 + (above / MAX_ABOVE) ** 2
    doubt += min(below / SOME_BELOW, 1.0) / 2 + max(below / MUCH_BELOW - 1, 0.0) / 2
    line = power * np.float32(2 / float(weight.sum()) ** 2)
    return doubt, max(_third_doubt(look, line, powers, third) for third in THIRDS)


def _remainder(
    look: Look, tones_hz: NDArray[np.float64]
) -> tuple[Samples, Samples, NDArray[np.float64]]:
    """Return the windowed samples less both tones, the window, the tones' powers."""
    begin, end = look.limits[0] + 8, look.limits[1] - 8
    x = look.x[begin : min(end, begin + COMPANY)]
    weight = _hann(x.size)
    if not look.on[look.first : look.last + 1].all():
        weight = weight * _sounding(look, begin, x.size)
    t = np.arange(x.size, dtype=np.float32) * np.float32(2 * np.pi / FS)
    angle = tones_hz.astype(np.float32)[:, np.newaxis] * t
    waves = np.concatenate([np.cos(angle), np.sin(angle)]) * weight
    x = x * weight
    matrix, right = (waves @ waves.T).astype(float), (waves @ x).astype(float)
    amplitudes = np.linalg.solve(matrix + 1e-9 * np.eye(4), right)
    powers = (amplitudes[:2] ** 2 + amplitudes[2:] ** 2) / 2
    return x - amplitudes.astype(np.float32) @ waves, weight, powers


def _sounding(look: Look, begin: int, size: int) -> Samples:
    """Return 1 for samples well away from a break, 0 elsewhere."""
    steady = eroded(look.on, 2)
    value = (begin + np.arange(size) - 60) // 8
    return np.asarray(steady[value.clip(0, steady.size - 1)], np.float32)


def _third_doubt(
    look: Look,
    line: Samples,
    powers: NDArray[np.float64],
    third: tuple[int, int, int, float],
) -> float:
    """Return the doubt of the strongest line of a band that came with the digit."""
    low, high, tone, limit = third
    at = _bin(low) + int(line[_bin(low) : _bin(high)].argmax())
    own = float(powers.max() if tone == 2 else powers[tone]) + 1e-12
    there = float(line[at]) / own
    if there > limit / 4:
        there -= BEFORE * max(_line(side, at) for side in _sides(look)) / own
    return (max(there, 0.0) / limit) ** 2


def _sides(look: Look) -> tuple[Samples, Samples]:
    """Return samples before and after the digit."""
    begin, end = look.limits
    before = look.x[max(begin - APART - AROUND, 0) : max(begin - APART, 0)]
    return before, look.x[end + APART : end + APART + AROUND]


def _line(x: Samples, at: int) -> float:
    """Return the power of the strongest line near bin `at`, of a sine its own."""
    if x.size < AROUND // 2:
        return 0.0
    weight = _hann(x.size)
    z = np.fft.rfft(x * weight, TRANSFORM)[max(at - LINE, 0) : at + LINE + 1]
    return 2 * float(np.abs(z).max() / weight.sum()) ** 2


@lru_cache(maxsize=1024)
def _hann(size: int) -> Samples:
    shape: Samples = np.hanning(size + 2)[1:-1].astype(np.float32)
    return shape


def _bin(hertz: float) -> int:
    return round(hertz * TRANSFORM / FS)
