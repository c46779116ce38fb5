"""Clicks of a dial in the audio, and trains of them that are digits.

Clicks are found in a band about 2 kHz, without hum and dial tone, a value per
millisecond, as lone peaks 11 dB above what is just before and after them; speech has
few.  A train of clicks whose breaks are all alike and whose makes are all alike is a
digit; one click may be missing or too many: the first or last, or that of the dial
tone's end within the first pulse.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from dsp.stream import FS, Batch, Samples

#: Samples per value, 1 ms.
STEP = FS // 1000
#: Zeros at 0 and 4000 Hz and, for dial tone, at 410 Hz; strongest about 2 kHz.
#: 425 Hz come through 60 dB, 350 Hz 45 dB, hum 50 dB below 2 kHz.
NOTCH = np.float32(2 * np.cos(2 * np.pi * 410 / FS))
#: What a tone of 2 kHz is multiplied with.
GAIN = 5.4
#: Weakest click: a peak of -52 dBov.
FLOOR = 0.0025 * GAIN
#: A click is so many times stronger than the mean before and after it.
OVER = 3.5
#: Values before and after a click that are looked at, relative to it: contact bounce
#: and ringing of the line last for 5 ms; the shortest make is 15 ms (22 pps, 33 %).
BEFORE, AFTER = range(-12, -4), range(6, 13)
#: No other value this near is stronger.
NEAR = 5
#: Clicks further apart belong to two trains: 7 pps with a break of 80 % is 114 ms.
TRAIN_GAP = round(0.12 * FS)
#: Shortest and longest break and make together, s; shortest and longest break of that;
#: how far each may be from the mean, s.  GPO 7..12 pulses per second, Finland and Bell
#: 8..11, break 47..80 %; Japan 20, break 67 %, and only from telephones with a clock.
DIALS = ((0.080, 0.146, 0.44, 0.83, 0.006), (0.044, 0.057, 0.53, 0.75, 0.0025))
#: A lone break: 22 pps at 47 % to 7 pps at 80 %.
LONE_BREAK_S = (0.020, 0.115)
#: How far breaks, and makes, may be from those of another train of the same dial.
OTHER_JITTER = 0.005 * FS
#: Strongest over weakest click of one kind, 12 dB.
SPREAD = 4.0
#: Pulses of the longest digit.
MOST = 10
#: Longest pause between two digits of a number.
PATIENCE = 4 * FS

#: Where, and how strong.
Click = tuple[int, float]


@dataclass(frozen=True, slots=True)
class Train:
    """Clicks that are a digit: its pulses, mean break and make (samples), strength."""

    start: int
    end: int
    pulses: int
    broken: float
    made: float | None
    strength: float

    def of_the_dial_of(self, other: "Train") -> bool:
        """Whether both trains may come from one dial, one after the other."""
        made = 0.0
        if self.made is not None and other.made is not None:
            made = abs(self.made - other.made)
        ratio = self.strength / other.strength
        return (
            abs(self.start - other.end) <= PATIENCE
            and abs(self.broken - other.broken) <= OTHER_JITTER
            and made <= OTHER_JITTER
            and 1 / SPREAD <= ratio <= SPREAD
        )


def _filtered(x: Samples) -> tuple[Samples, NDArray[np.intp]]:
    """Return the largest value of each filtered millisecond, and where in it."""
    # (1 - NOTCH z + z z) (1 - z z) (1 + z), whose second half mirrors the first.
    y = x[5:] - x[:-5]
    y += (1 - NOTCH) * (x[4:-1] - x[1:-4])
    y -= NOTCH * (x[3:-2] - x[2:-3])
    y = np.abs(y).reshape(-1, STEP)
    return y.max(axis=1), y.argmax(axis=1)


def clicks_of(
    batch: Batch, first: int, end: int, previous: int | None
) -> Iterator[tuple[int, float, float]]:
    """Yield the clicks between two samples: where, how strong, and what came before.

    The last is the largest value since the click before, as far as a train reaches.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.zeros(6400, np.float32)
    >>> x[5000] = 0.1
    >>> [(at, between) for at, _, between in clicks_of(Batch(x, 0, 1), 0, 1400, None)]
    [(199, 0.0)]
    """
    reach = TRAIN_GAP // STEP + NEAR
    margin = AFTER[-1] + 1
    # The filter's middle lies two samples and a half back.
    x = batch.between(first - reach * STEP - 2, end + margin * STEP + 3)
    size, within = _filtered(x)
    last = -reach if previous is None else (previous - first) // STEP
    for at in _lone(size, reach, (end - first) // STEP):
        since = max(last + reach, at - reach, 0) + NEAR + 1
        between = float(size[since : at - NEAR].max(initial=0.0))
        last = at - reach
        sample = first + last * STEP + int(within[at])
        yield sample, float(size[at]), between


def _lone(size: Samples, start: int, count: int) -> list[int]:
    """Return which of `count` values from `start` on are lone peaks."""

    def limit(around: range) -> Samples:
        parts = [size[start + k : start + k + count] for k in around]
        return sum(parts[1:], parts[0]) * np.float32(OVER / len(parts))

    middle = size[start : start + count]
    lone = middle > np.maximum(limit(BEFORE), limit(AFTER))
    lone &= middle > FLOOR
    peaks = []
    for at in (np.flatnonzero(lone) + start).tolist():
        if int(size[at - NEAR : at + NEAR + 1].argmax()) == NEAR:
            peaks.append(at)
    return peaks


def read(clicks: list[Click]) -> Train | None:
    """Return the digit that clicks are, None if they are none.

    Parameters
    ----------
    clicks : list of (int, float)
        Sample index and strength, in order of time.

    Returns
    -------
    Train or None

    Examples
    --------
    >>> two = [(0, 0.1), (480, 0.05), (800, 0.1), (1280, 0.05)]
    >>> read(two).pulses, read(two[:2]).pulses, read([*two, (1500, 0.1)]).pulses
    (2, 1, 2)
    >>> print(read([*two, (1500, 0.1), (1900, 0.1)]))
    None
    """
    train = _read(clicks)
    for some in (clicks[1:], clicks[:-1]):
        if train is None:
            train = _read(some)
            # Two clicks are soon found among three.
            train = train if train is not None and train.pulses > 1 else None
    return train


def read_under_tone(clicks: list[Click]) -> Train | None:
    """Return the digit that clicks are, one of which is the end of the dial tone.

    Examples
    --------
    >>> one = [(0, 0.1), (320, 0.2), (480, 0.05)]
    >>> read_under_tone(one).pulses
    1
    """
    train = _read(clicks)
    for extra in (1, 2):
        if train is not None:
            return train
        train = _read(clicks[:extra] + clicks[extra + 1 :])
    return train


def _read(clicks: list[Click]) -> Train | None:
    times = [at for at, _ in clicks]
    gaps = [b - a for a, b in pairwise(times)]
    if not gaps:
        return None
    first, second = gaps[::2], gaps[1::2]
    if len(clicks) % 2:
        return _read_odd(clicks, first, second)
    kinds = [s for _, s in clicks[::2]], [s for _, s in clicks[1::2]]
    if not all(max(kind) <= SPREAD * min(kind) for kind in kinds):
        return None
    made = _mean(second) if second else None
    train = Train(times[0], times[-1], len(first), _mean(first), made, _mean(kinds[0]))
    return train if _dialled(train, first, second) else None


def _read_odd(clicks: list[Click], first: list[int], second: list[int]) -> Train | None:
    """Read a train that lacks its first click or its last: the break is the longer."""
    if len(clicks) < 5:
        return None
    times, strengths = [at for at, _ in clicks], [s for _, s in clicks]
    early = _mean(first) < _mean(second)
    made, broken = sorted((_mean(first), _mean(second)))
    start = times[0] - round(broken) if early else times[0]
    end = times[-1] if early else times[-1] + round(broken)
    breaks = strengths[1::2] if early else strengths[::2]
    if max(breaks) > SPREAD * min(breaks):
        return None
    pulses = (len(clicks) + 1) // 2
    train = Train(start, end, pulses, broken, made, _mean(breaks))
    return train if _dialled(train, first, second) else None


def _dialled(train: Train, *gaps: list[int]) -> bool:
    """Tell whether a dial can send a train with these two kinds of gaps."""
    if train.pulses > MOST:
        return False
    if train.made is None:
        return LONE_BREAK_S[0] * FS <= train.broken <= LONE_BREAK_S[1] * FS
    period = train.broken + train.made
    for shortest, longest, least, most, jitter in DIALS:
        if shortest * FS <= period <= longest * FS:
            alike = all(_spread(kind) <= jitter * FS for kind in gaps)
            return alike and least <= train.broken / period <= most
    return False


def _spread(gaps: list[int]) -> float:
    """Return how far gaps are from their mean."""
    mean = _mean(gaps)
    return max(max(gaps) - mean, mean - min(gaps))


def _mean(values: list[int] | list[float]) -> float:
    return sum(values) / len(values)
