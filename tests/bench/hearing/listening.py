"""The listening copy: loudness of both talkers, pauses, clipping, hum."""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from dsp.agc import listening_copy
from tests.bench.hearing.hearers import OURS, measured
from tests.bench.hearing.row import HeardRow
from tests.bench.peers import levellers, quality
from tests.dsp.tapes import talk

Wave = NDArray[np.float64]
#: Makes a copy of a recording for a person to hear.
Leveller = Callable[[Wave], Wave]

#: A turn counts from here on: the time a leveller may take.
SETTLE_S = 0.5
#: Notches of Q 30 take 12.7 dB off hum that is 0.4 % beside them.
HUM_LEFT_DB = -30.0
#: Judges want some sound in a pause.
TINY = 1e-9
#: Edges of a pause left out: echo and ramps.
EDGE = 800


def rows() -> Iterator[HeardRow]:
    for name, unit, measure, want in (
        ("near and far talker apart, after 0.5 s", "dB", imbalance, 2.0),
        ("rise of the noise in pauses, mean", "dB", pause_rise, 6.0),
        ("rise of the noise in the worst pause", "dB", worst_pause, 6.0),
        ("clipped samples", "in a million", clipped, 0.0),
    ):
        ours, peers = measured(everyone(), measure)
        yield HeardRow(name, ours, unit, at_most=want, peers=peers)
    for apart_db in (6, 12, 20, 26):
        name = f"talkers {apart_db} dB apart, left of it, noise -60 dBov"
        ours, peers = measured(everyone(), lambda f, a=apart_db: left_apart(a, f))
        yield HeardRow(name, ours, "dB", at_most=2.0, peers=peers)
    ours, peers = measured(everyone(), lambda f: left_apart(20, f, quick=True))
    name = "the same in quick turns, 20 dB apart"
    yield HeardRow(name, ours, "dB", at_most=2.0, peers=peers)
    ours, peers = measured(everyone(), hum_left)
    name = "hum wandering 0.4 %, left of it"
    yield HeardRow(name, ours, "dB", at_most=HUM_LEFT_DB, peers=peers)
    yield from _quality()


def left_apart(apart_db: float, level: Leveller, *, quick: bool = False) -> float:
    """Return the mean difference left between talkers so far apart."""
    make = talk.lively if quick else talk.apart
    return float(np.mean([_apart(c, level(c.x)) for c in make(apart_db, -60.0)]))


def _quality() -> Iterator[HeardRow]:
    """Yield what judges say of the copy, less what they say of the recording."""
    lopsided = [(c.level, c.x) for c in talk.apart(20, -66)]
    clean = [(c.level, c.level) for c in talk.apart(0, -90)]
    # A copy of clean talk may differ by what no ear notices.
    for name, judge in quality.judges().items():
        slack = {"STOI": -0.005, "PESQ": -0.1}[name]
        for what, tapes, want in (("lopsided", lopsided, 0.0), ("clean", clean, slack)):
            ours, peers = measured(
                everyone(), lambda f, t=tapes, j=judge: gain(f, t, j)
            )
            title = f"{name} of {what} talk, change"
            yield HeardRow(title, ours, "", at_least=want, peers=peers)


def gain(
    level: Leveller, tapes: list[tuple[Wave, Wave]], judge: quality.Judge
) -> float:
    """Return by how much the copies are better than the recordings, mean."""
    changes = [judge(c, level(x)) - judge(c, x + TINY) for c, x in tapes]
    return float(np.mean(changes))


def everyone() -> dict[str, Leveller | None]:
    """Return everyone who levels a recording."""
    return {
        OURS: lambda x: listening_copy(x.astype(np.float32), 8000).astype(np.float64),
        "speexdsp": levellers.speex if levellers.speex_library() else None,
        "sox": levellers.sox if levellers.sox_installed() else None,
    }


def imbalance(level: Leveller) -> float:
    """Return the largest difference left between two talkers up to 21 dB apart."""
    return max(_apart(c, level(c.x)) for c in talk.conversations())


def _apart(c: talk.Conversation, y: Wave) -> float:
    def mean(talker: int) -> float:
        skip = round(SETTLE_S * 8000)
        turns = (t for t in c.turns if t.talker == talker)
        return float(
            np.mean([talk.active_dbov(y[t.start + skip : t.end]) for t in turns])
        )

    return abs(mean(1) - mean(2))


def _rises(c: talk.Conversation, y: Wave) -> list[tuple[float, float]]:
    """Return the power of each pause before and after."""
    inner = [slice(t.start + EDGE, t.end - EDGE) for t in c.turns if t.talker == 0]
    return [
        (float(np.mean(c.x[part] ** 2)), float(np.mean(y[part] ** 2)))
        for part in inner
        if part.stop > part.start
    ]


def pause_rise(level: Leveller) -> float:
    """Return the rise of noise over all pauses of the worst conversation."""
    sums = (np.sum(_rises(c, level(c.x)), axis=0) for c in talk.conversations())
    return max(float(10 * np.log10(after / before)) for before, after in sums)


def worst_pause(level: Leveller) -> float:
    """Return the rise of noise in the one pause where it is largest."""
    return max(
        10 * np.log10(after / before)
        for c in talk.conversations()
        for before, after in _rises(c, level(c.x))
    )


def clipped(level: Leveller) -> float:
    """Return samples at full scale, in a million."""
    copies = [level(c.x) for c in talk.conversations()]
    count = sum(int(np.sum(np.abs(y) >= 32766 / 32768)) for y in copies)
    return 1e6 * count / sum(y.size for y in copies)


def hum_left(level: Leveller) -> float:
    """Return what is left of wandering hum, relative to what came in, in dB."""
    rng = np.random.default_rng(7)
    left = []
    for mains in (50.0, 60.0):
        for dbm0 in (-20.0, -32.0):
            n = 40 * 8000
            hum = talk.wandering_hum(n, mains, dbm0, rng)
            x = hum + 1e-4 * rng.standard_normal(n)
            y = level(x)[8000:]
            before = talk.harmonic_level(x[8000:], mains)
            left.append(talk.harmonic_level(y, mains) - before)
    return max(left)
