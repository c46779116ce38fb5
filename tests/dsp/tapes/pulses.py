"""Pulse dialling as hook edges: rates, make ratios, pauses, jitter, bounce.

`EdgeTape.truth` is the string of digits dialled.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dsp.types import Edge
from tests.dsp.tapes.tape import FS, Tape

DIGITS = "1234567890"


@dataclass(frozen=True)
class EdgeTape:
    """Edges of the hook signal with what was dialled."""

    group: str
    name: str
    edges: tuple[Edge, ...]
    truth: str

    def __str__(self) -> str:
        return f"{self.group}/{self.name}"


def accept() -> Iterator[EdgeTape]:
    """Yield dials of every kind that must be understood."""
    for pps in (7, 8, 9, 9.5, 10, 10.5, 11, 12):
        # Break 47..80 % (Finland), 63..72 % (GPO), 61 % (US), 67 % (Europe).
        for make in (0.20, 0.28, 0.33, 0.37, 0.39, 0.45, 0.53):
            if (1 - make) / pps > 0.105:
                continue  # no dial breaks the loop for so long
            for pause_s in (0.25, 0.6, 0.8):
                yield _dial(pps, make, pause_s)
    for pps in (18, 20, 22):
        for make in (0.30, 0.33, 0.39, 0.45):
            for pause_s in (0.25, 0.5):
                yield _dial(pps, make, pause_s)
    for i in range(12):
        yield _dial(10, 0.37, 0.6, jitter_ms=5, number=i)
        yield _dial(10, 0.37, 0.6, jitter_ms=3, bounce_ms=2.5, number=i)


def _dial(
    pps: float,
    make: float,
    pause_s: float,
    jitter_ms: float = 0.0,
    bounce_ms: float = 0.0,
    number: int = 0,
) -> EdgeTape:
    group = "jitter" if jitter_ms else f"{'10' if pps < 15 else '20'} pps"
    what = f"{pps:g} pps, {make:.0%} make, {pause_s:g} s, {jitter_ms:g} {bounce_ms:g}"
    name = f"{what} no. {number}"
    rng = Tape(group, name, lambda rng: np.zeros(0)).rng()
    edges = [Edge(1600, "hook", 1)]
    at = 1.0
    for digit in DIGITS:
        for _ in range(int(digit) or 10):
            for when, level in ((at, 0), (at + (1 - make) / pps, 1)):
                edges += _edge(when + rng.normal(0, jitter_ms / 2000), level, bounce_ms)
            at += 1 / pps
        at += pause_s - make / pps
    return EdgeTape(group, name, tuple(edges), DIGITS)


def _edge(at_s: float, level: int, bounce_ms: float) -> list[Edge]:
    at = round(at_s * FS)
    if not bounce_ms:
        return [Edge(at, "hook", level)]
    half = round(bounce_ms * FS / 2000)
    times = ((at, level), (at + half, 1 - level), (at + 2 * half, level))
    return [Edge(when, "hook", to) for when, to in times]


def reject() -> Iterator[EdgeTape]:
    """Yield hook movements that are no digits: flashes, releases, lifts."""
    for break_s in (0.15, 0.2, 0.3, 0.5, 0.8, 1.0):
        edges = ((0.2, 1), (3.0, 0), (3.0 + break_s, 1))
        yield _movements("hook flash", f"{break_s} s", edges)
    for break_s in (1.3, 2.0, 5.0):
        edges = ((0.2, 1), (3.0, 0), (3.0 + break_s, 1), (9.0, 0))
        yield _movements("release", f"{break_s} s", edges)
    bouncing = ((1.0, 1), (1.003, 0), (1.006, 1), (1.008, 0), (1.01, 1), (5.0, 0))
    yield _movements("bounce", "lift", bouncing)


def _movements(group: str, name: str, moves: tuple[tuple[float, int], ...]) -> EdgeTape:
    edges = tuple(Edge(round(at * FS), "hook", level) for at, level in moves)
    return EdgeTape(group, name, edges, "")
