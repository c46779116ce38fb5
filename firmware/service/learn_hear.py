"""What a line is like, measured from a minute of it.  Pure: samples and edges in.

Everything here is a figure; what to do about it is `learn`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from dsp import levels, turn_echo
from dsp.hum_measure import measure
from dsp.stream import to_float
from dsp.tone_plans import COUNTRIES, plan
from dsp.turns import Clues, TurnFinder, Turns
from dsp.types import Edge

FS = 8000
Samples = NDArray[np.int16]
#: Edges this close are one movement of a contact, or the cycles of one ring.
BOUNCE, CYCLES = FS * 15 // 1000, FS // 5
#: A dial tone's lines stand out of the rest by this, dB; lines are this far off, Hz.
LINE_DB, LINE_HZ = 12.0, 8.0
#: Cadences agree within this share.
CADENCE = 0.15


@dataclass(frozen=True, slots=True)
class Quiet:
    """The line at rest."""

    noise_dbov: float
    dc: float
    hum_hz: float | None
    hum_dbov: float | None


@dataclass(frozen=True, slots=True)
class Ringing:
    """How it rings: cadence on, off, on, off …, and the current's frequency."""

    cadence_s: tuple[float, ...]
    hz: float | None


@dataclass(frozen=True, slots=True)
class Talk:
    """The test call: levels of both sides, clipping and echo."""

    near_dbov: float | None
    far_dbov: float | None
    clipped: float
    echo_db: float | None
    echo_ms: float | None


def quiet(x: Samples) -> Quiet:
    """Measure the line while nothing happens."""
    direct = levels.dc_offset(x)
    y: NDArray[np.float32] = to_float(x) - np.float32(direct)
    found = [measure(y[at : at + FS], FS) for at in range(0, len(y) - FS + 1, FS)]
    hums = [hum for hum in found if hum is not None]
    floor = levels.noise_floor_dbov(y, FS) if len(y) >= FS else -100.0
    if len(hums) * 2 <= len(found):
        return Quiet(floor, direct, None, None)
    hz = float(np.median([hum.mains_hz for hum in hums]))
    level = float(np.median([hum.level_dbov for hum in hums]))
    return Quiet(floor, direct, hz, level)


def bounce_ms(edges: Sequence[Edge]) -> float:
    """Return how long a contact flickers at most when it changes."""
    longest = start = last = 0
    for at in [edge.at for edge in edges]:
        if at - last > BOUNCE or not start:
            start = at
        longest, last = max(longest, at - start), at
    return longest * 1000 / FS


def ringing(edges: Sequence[Edge]) -> Ringing | None:
    """Return the cadence from the edges of the ring input; None without two bursts."""
    ats = [edge.at for edge in edges if edge.level]
    ends = [edge.at for edge in edges if not edge.level]
    bursts = _bursts(sorted(ats + ends))
    if len(bursts) < 2:
        return None
    on = [(b - a) / FS for a, b in bursts]
    off = [(b[0] - a[1]) / FS for a, b in pairwise(bursts)]
    gaps = list(zip(on, off, strict=False))
    cycles = [len([at for at in ats if a <= at <= b]) - 1 for a, b in bursts]
    seen = [c / s for c, s in zip(cycles, on, strict=True) if c > 3 and s > 0]
    hz = float(np.median(seen)) if seen else None
    return Ringing(_cadence(gaps, on[-1]), hz)


def _bursts(ats: list[int]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for at in ats:
        if found and at - found[-1][1] <= CYCLES * 3 // 4:
            found[-1] = (found[-1][0], at)
        else:
            found.append((at, at))
    return [(a, b) for a, b in found if b - a > FS // 10]


def _cadence(gaps: list[tuple[float, float]], last: float) -> tuple[float, ...]:
    """Return one period: of one burst, or of two where gaps are short and long."""
    offs = [off for _, off in gaps]
    if len(offs) >= 2 and min(offs) < 0.5 * max(offs):
        short = [g for g in gaps if g[1] < 0.5 * max(offs)]
        long = [g for g in gaps if g[1] >= 0.5 * max(offs)]
        return tuple(round(float(np.median(v)), 2) for v in (
            *zip(*short, strict=True), *zip(*long, strict=True)))  # fmt: skip
    on = float(np.median([on for on, _ in gaps] or [last]))
    return (round(on, 2), round(float(np.median(offs)), 2))


def lines_hz(x: Samples) -> tuple[float, ...]:
    """Return the frequencies that a tone is made of, up to three, lowest first."""
    y = x.astype(np.float64) * np.hanning(len(x))
    power = np.abs(np.fft.rfft(y, 4 * len(y))) ** 2
    hz = np.fft.rfftfreq(4 * len(y), 1 / FS)
    power[(hz < 300) | (hz > 700)] = 0
    found: list[float] = []
    most = power.max(initial=0.0)
    while most > 0 and len(found) < 3:
        top = int(power.argmax())
        if power[top] < most / 10 ** (LINE_DB / 10):
            break
        found.append(float(hz[top]))
        power[np.abs(hz - hz[top]) < 2.5 * LINE_HZ] = 0
    return tuple(sorted(found))


def countries(
    dial_hz: tuple[float, ...], ring: Ringing | None
) -> tuple[str, ...]:  # the likeliest first
    """Return the countries that a dial tone and a ring cadence fit best."""
    scores: dict[str, int] = {}
    for country in COUNTRIES:
        patterns = plan(country).patterns
        dial = any(
            p.name == "dial_tone" and _same(p.frequencies_hz, dial_hz) for p in patterns
        )
        rings = ring is not None and any(
            p.name == "ringback" and _alike(p.cadence_s, ring.cadence_s)
            for p in patterns
        )
        scores[country] = 2 * dial + rings
    best = max(scores.values(), default=0)
    return tuple(c for c, score in scores.items() if score == best > 0)


def _same(wanted: Sequence[float], heard: Sequence[float]) -> bool:
    return len(wanted) == len(heard) and all(
        abs(a - b) <= LINE_HZ for a, b in zip(sorted(wanted), heard, strict=True)
    )


def _alike(wanted: Sequence[float], heard: Sequence[float]) -> bool:
    return len(wanted) == len(heard) and all(
        abs(a - b) <= max(CADENCE * a, 0.1) for a, b in zip(wanted, heard, strict=True)
    )


def talk(x: Samples, usual_first: bool = True) -> Talk:
    """Measure the talk of a call that came in and was answered here."""
    finder = TurnFinder(FS)
    finder.feed(x)
    told = finder.finish(Clues(first="near" if usual_first else None))
    near, far = (_level(x, told, who) for who in ("near", "far"))
    echo_db, echo_ms = _echo(x, told)
    return Talk(near, far, levels.clipped_share(x), echo_db, echo_ms)


def _parts(x: Samples, told: Turns, who: str) -> list[Samples]:
    turns = [turn for turn in told.turns if turn.who == who and turn.sure]
    return [x[turn.start : turn.end] for turn in turns]


def _level(x: Samples, told: Turns, who: str) -> float | None:
    parts = _parts(x, told, who)
    if sum(map(len, parts)) < FS:
        return None
    y = np.concatenate(parts).astype(np.float32) / 32768
    return levels.active_level(y - y.mean(), FS).active_dbov


def _echo(x: Samples, told: Turns) -> tuple[float | None, float | None]:
    """Return how far the near side's echo lies below it, dB, and how late, ms."""
    parts = [to_float(part) for part in _parts(x, told, "near")]
    found = turn_echo.find(parts, FS)
    return (None, None) if found is None else (found.down_db, found.delay_s * 1000)
