"""Who spoke: labels over imbalance, and what is called sure."""

import time
from collections.abc import Iterator
from functools import cache

import numpy as np

from dsp.turns import Clues, turns
from tests.bench.hearing.row import HeardRow
from tests.dsp.tapes import two_sides
from tests.dsp.tapes.two_sides import Judged, Way

#: What a line does to a call, a tape of each.
LINES: tuple[dict[str, object], ...] = (
    {"noise_dbov": -65.0},
    {"noise_dbov": -52.0, "hum_dbov": -50.0},
    {"far_levelled": True},
    {"mu_law": True, "both_share": 0.5},
)
#: Near over far, dB.
APART_DB = (0.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 12.0, 16.0, 20.0)
#: The first word is not that of whom it is expected from in one call of seven.
UNEXPECTED = 0.15


def rows() -> Iterator[HeardRow]:
    for apart_db in (6.0, 12.0, 20.0):
        all_of = judged(apart_db)
        name = f"who spoke, {apart_db:g} dB apart"
        yield HeardRow(f"{name}: frames right", share(all_of), "%", at_least=90)
        right = sure_right(all_of)
        yield HeardRow(f"{name}: right of the sure", right, "%", at_least=90)
        yield HeardRow(f"{name}: sure", sure(all_of), "%")
    worst = min(one.right for a in (6.0, 12.0, 20.0) for one in judged(a))
    yield HeardRow("who spoke, worst call of 120: frames right", 100 * worst, "%")
    close = [one for apart_db in (0.0, 2.0, 3.0) for one in judged(apart_db)]
    name = "who spoke, up to 3 dB apart: sure"
    yield HeardRow(name, sure(close), "%", at_most=5)
    known = judged(-12.0, usual_db=-12.0)
    name = "who spoke, far 12 dB louder, line known: frames right"
    yield HeardRow(name, share(known), "%", at_least=90)
    unknown = judged(-12.0)
    name = "the same, line not known: wrong though sure"
    yield HeardRow(name, sure(unknown) - 100 * both(unknown), "%")
    yield HeardRow("who spoke, whole calls", speed(), "x real time", at_least=500)


def share(all_of: list[Judged]) -> float:
    """Return the frames of speech told right, %."""
    return 100 * float(np.mean([one.right for one in all_of]))


def sure(all_of: list[Judged]) -> float:
    """Return the frames of speech told for sure, %."""
    return 100 * float(np.mean([one.sure for one in all_of]))


def both(all_of: list[Judged]) -> float:
    return float(np.mean([one.sure_right for one in all_of]))


def sure_right(all_of: list[Judged]) -> float:
    """Return how much of what is called sure is right, %; 100 if nothing is."""
    told = sum(one.sure for one in all_of)
    return 100 * sum(one.sure_right for one in all_of) / told if told else 100.0


def judged(apart_db: float, usual_db: float | None = None) -> list[Judged]:
    """Return how forty calls are told, ten pairs of voices on four lines."""
    told = []
    for tape in tapes(apart_db):
        clues = tape.clues
        if usual_db is not None:
            clues = Clues(clues.first, clues.talk_from, usual_db=usual_db)
        told.append(two_sides.judge(tape, turns(tape.x, 8000, clues)))
    return told


@cache
def tapes(apart_db: float) -> tuple[two_sides.TwoSides, ...]:
    rng = np.random.default_rng(3)
    pairs = list(two_sides.PAIRS[:6])
    if two_sides.espeak_installed():
        voices = two_sides.ESPEAK
        pairs += list(zip(voices[0:8:2], voices[1:8:2], strict=True))
    found = []
    for i, pair in enumerate(pairs):
        for j, line in enumerate(LINES):
            dialled = bool((i + j) % 2)
            near_first = (not dialled) ^ bool(rng.random() < UNEXPECTED)
            way = Way(
                *pair,
                apart_db,
                10 * i + j,
                near_first=near_first,
                dialled=dialled,
                **line,  # type: ignore[arg-type]  # fields of Way
            )
            found.append(two_sides.make(way))
    return tuple(found)


def speed() -> float:
    """Return seconds of call per second of processor time, best of three."""
    x = np.tile(tapes(12.0)[0].x, 8)
    best = float("inf")
    for _ in range(3):
        began = time.process_time()
        turns(x, 8000)
        best = min(best, time.process_time() - began)
    return x.size / 8000 / best
