"""How unlike a DTMF digit a sound is that looks like one: a sum of doubts.

Each measure is divided by what is past belief for it and squared: level and phase must
be steady, both tones must begin and end at once and sharply, near their frequencies
and of like level, and alone.  Noise, hum, dial tone, clipping, an echo or a talker
behind the digit raise one or two of the measures; speech and music raise most of them.
What sounded before the digit and goes on after it is no part of it, and forgiven.
"""

import math

import numpy as np
from numpy.typing import NDArray

from dsp.dtmf_company import CLIPPED, CLIPPED_FROM, clipped, company_doubt
from dsp.dtmf_look import Look
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
#: decibel for noise, each two decibels count.
MIN_TWIST_DB, MAX_TWIST_DB, MORE_TWIST_DB = -8.5, 4.5, 2.0
#: Below this length speech is much the likelier: doubts grow with its third power.
SHORT_MS = 48.0
#: Keypads have crystals, voices have not: both tones this near to their frequencies for
#: so long excuse so much of what a talker behind them does.  Of 294 sounds of talk that
#: are so exact by chance, the likeliest has a doubt of 3.6.
EXACT, EXACT_MS, EXCUSE = 0.004, 55.0, 1.6


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

    Examples
    --------
    >>> import numpy as np
    >>> from dsp.dtmf_measure import looks
    >>> t = np.arange(400) / 8000
    >>> one = 0.1 * (np.sin(2 * np.pi * 697 * t) + np.sin(2 * np.pi * 1209 * t))
    >>> (look,) = looks(np.pad(one, 400).astype(np.float32), 0, 0)
    >>> doubt(look, look.inner(5)) < 0.1
    True
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
    off = twist + sum((share / DOUBTFUL_DEVIATION) ** 2 for share in deviation)
    if off + (rest - excuse) * haste > MAX_DOUBT:
        return off + (rest - excuse) * haste
    company, third = company_doubt(look, tones_hz)
    if company + third > CLIPPED_FROM and max(deviation) < EXACT and clipped(look):
        company, third = company / CLIPPED, third / CLIPPED
    return off + haste * (third + max(rest + company - excuse, 0.0))


def twist_doubt(twist_db: float) -> float:
    """Return the doubt that a twist raises.

    Examples
    --------
    >>> twist_doubt(-8.0), twist_doubt(6.5)
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
