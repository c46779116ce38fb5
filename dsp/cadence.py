"""Which tone a train of bursts is: lines first, then the lengths of on and off.

A pattern fits a train when every burst has its lines and, from some place in its
cycle on, all lengths agree.  The first length may be shorter where the samples begin
within it; elsewhere a train is also tried without its first bursts.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from dsp.stream import FS
from dsp.tone_bursts import Burst

#: Lengths may be off by 16 % (windows of a shipping US receiver: ringback
#: 1.68..2.32 s, 3.38..4.62 s) and by what 20 ms frames and noise add.
LENGTH_SHARE, LENGTH_S = 0.16, 0.02
#: Lines may be off by 1 % (E.180: 400..450 Hz and national plans) and some hertz.
LINE_SHARE, LINE_HZ = 0.01, 6.0
#: A line 14 dB below the other still belongs to the tone.
MIN_LINE_SHARE = 0.04
#: What other lines, and lines and noise, may have of a burst's power.
MAX_STRANGE, MAX_REST = 0.12, 0.35
#: What the wanted lines have at least: hum may have the rest.
MIN_WANTED = 0.4


def has_lines(burst: Burst, wanted: tuple[float, ...], spread_hz: float = 0.0) -> bool:
    """Return whether the lines of a burst are those `wanted`, in hertz.

    They may be off by `spread_hz` more than is usual; harmonics of hum do not count.
    """
    strange, rest, ours = 0.0, 1.0, 0.0
    found = [False] * len(wanted)
    for line in burst.lines:
        rest -= line.share
        near = False
        for i, hertz in enumerate(wanted):
            reach = hertz * LINE_SHARE + LINE_HZ + spread_hz
            if _crowded(hertz, wanted, burst.resolution_hz):
                reach += burst.resolution_hz / 2
            if abs(line.hertz - hertz) <= reach:
                near = True
                found[i] = found[i] or line.share >= MIN_LINE_SHARE
        if near:
            ours += line.share
        elif not line.mains:
            strange += line.share
            if strange > MAX_STRANGE:
                return False
    return all(found) and rest <= MAX_REST and ours >= MIN_WANTED


def _crowded(hertz: float, lines: tuple[float, ...], resolution_hz: float) -> bool:
    """Return whether another line is too close to `hertz` to be told apart."""
    return any(0 < abs(hertz - other) < resolution_hz for other in lines)


@dataclass(frozen=True, slots=True)
class Lengths:
    """On, off, on … of a train in seconds.

    Parameters
    ----------
    seconds : tuple of float
        Beginning with an on.
    growing : bool
        Whether the last length still grows.
    cut : bool
        Whether the first is only what was heard of it.
    """

    seconds: tuple[float, ...]
    growing: bool
    cut: bool = False


def lengths(bursts: Sequence[Burst], now: int | None = None) -> Lengths:
    """Return the lengths of a train; with `now`, those of the pause so far, too."""
    seconds: list[float] = []
    for i, burst in enumerate(bursts):
        if i:
            seconds.append((burst.start - bursts[i - 1].end) / FS)
        seconds.append((burst.end - burst.start) / FS)
    if not bursts[-1].open and now is not None:
        seconds.append((now - bursts[-1].end) / FS)
        return Lengths(tuple(seconds), True, bursts[0].cut)
    return Lengths(tuple(seconds), bursts[-1].open, bursts[0].cut)


@dataclass(frozen=True, slots=True)
class Fit:
    """How well lengths agree with a pattern.

    Parameters
    ----------
    deviation : float
        Mean deviation relative to the lengths.
    due_s : float
        Length of the pattern's element at the end of the train.
    """

    deviation: float
    due_s: float


def fit(cadence: tuple[float, ...], train: Lengths) -> Fit | None:
    """Return how `train` fits a cadence, None where it does not.

    Examples
    --------
    >>> fit((0.5, 0.5), Lengths((0.51, 0.49, 0.5), False)) is not None
    True
    >>> fit((0.5, 0.5), Lengths((0.25, 0.25, 0.25), False)) is None
    True
    """
    best: Fit | None = None
    n = len(train.seconds)
    for turn in range(0, len(cadence), 2):
        wanted = [cadence[(turn + i) % len(cadence)] for i in range(n)]
        total = 0.0
        for i, (got, want) in enumerate(zip(train.seconds, wanted, strict=True)):
            off = got - want
            if (train.growing and i == n - 1) or (train.cut and i == 0):
                off = max(off, 0.0)
            if abs(off) > LENGTH_SHARE * want + LENGTH_S:
                break
            total += abs(off) / want
        else:
            candidate = Fit(total / n, wanted[-1])
            if best is None or candidate.deviation < best.deviation:
                best = candidate
    return best
