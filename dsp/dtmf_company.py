"""What sounds besides the two tones of a suspected DTMF digit, and came with them.

The two tones are fitted and taken away; what is left is weighed in bands, and its lines
one by one.  What sounded before the digit and goes on after it is no part of it.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dsp.dtmf_look import Look, eroded
from dsp.stream import FS, Samples

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
#: Samples looked at for company at most, and the length of their transform.
COMPANY, TRANSFORM = 800, 1024
#: Samples looked at before and after the digit, and how far from it.
AROUND, APART = 240, 24
#: Half a line's width in a transform of `AROUND` samples, bins.
LINE = 8
#: Samples within this share of the largest are flat; both tones together have 5 % of
#: them there, clipped by 6 dB 25 %.
FLAT, FLAT_SHARE = 0.98, 0.25
#: Clipping makes company and third tones of its own: a part of those doubts counts, if
#: the tones are exact.  Of 9 hours of talk, clipped by 12 and 22 dB, none is a digit.
CLIPPED_FROM, CLIPPED = 0.5, 2.5
#: Lines of a third tone: band in Hz, which tone it is compared with (2: the stronger),
#: and what is past belief.
THIRDS = (
    (150, 600, 2, MAX_OUTSIDE),
    (600, 1075, 0, MAX_THIRD),
    (1075, 1900, 1, MAX_THIRD),
    (1900, 3400, 2, MAX_OUTSIDE),
)


def clipped(look: Look) -> bool:
    """Tell whether the samples of the digit stand at one height for long.

    Examples
    --------
    >>> import numpy as np
    >>> from dsp.dtmf_measure import looks
    >>> t = np.arange(400) / 8000
    >>> one = 0.1 * (np.sin(2 * np.pi * 697 * t) + np.sin(2 * np.pi * 1209 * t))
    >>> (look,) = looks(np.pad(one, 400).astype(np.float32), 0, 0)
    >>> clipped(look)
    False
    """
    size = np.abs(look.x[look.limits[0] + 8 : look.limits[1] - 8])
    flat = np.count_nonzero(size > FLAT * size.max())
    return bool(flat > FLAT_SHARE * size.size)


def company_doubt(look: Look, tones_hz: NDArray[np.float64]) -> tuple[float, float]:
    """Return the doubts of other sound and of a third tone.

    Examples
    --------
    >>> import numpy as np
    >>> from dsp.dtmf_measure import looks
    >>> t = np.arange(400) / 8000
    >>> one = 0.1 * (np.sin(2 * np.pi * 697 * t) + np.sin(2 * np.pi * 1209 * t))
    >>> (look,) = looks(np.pad(one, 400).astype(np.float32), 0, 0)
    >>> [round(d, 2) for d in company_doubt(look, np.array([697.0, 1209.0]))]
    [0.0, 0.0]
    """
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


@lru_cache(maxsize=64)
def _hann(size: int) -> Samples:
    shape: Samples = np.hanning(size + 2)[1:-1].astype(np.float32)
    return shape


def _bin(hertz: float) -> int:
    return round(hertz * TRANSFORM / FS)
