"""From a scenario to blocks: written out call by call, rendered second by second.

Memory does not grow with the length: a call's score is written shortly before it
begins and forgotten as it passes.  The line is rendered on a fixed grid of seconds;
whoever wants other blocks cuts these, so that no cut changes a sample.
"""

import dataclasses
import itertools
from collections.abc import Iterator
from operator import attrgetter

import numpy as np

from dsp.types import Edge
from firmware.errors import SourceError
from firmware.line.block import FS, Block
from firmware.line.sim.calls import play
from firmware.line.sim.exchange import exchange
from firmware.line.sim.faults import befall
from firmware.line.sim.mixer import GRID, Mixer, Span
from firmware.line.sim.scenario import PlannedCall, Scenario
from firmware.line.sim.score import Score
from firmware.line.sim.script import ScriptedCall
from firmware.line.sim.sounds import Layer

#: Calls are written out so long before they begin: caller ID may precede the ring.
LEAD_S = 8.0
#: Quiet the line needs between two calls, s.
BETWEEN_CALLS_S = 0.2
#: What each wired signal rests at.
REST = {"hook": 0, "ring": 0, "line": 1, "polarity": 0, "button": 0}
#: Where faults draw their chance from: no lap comes so far.
FAULTS = 1 << 30
#: Losses of a careless sound card vary in their spacing by this part.
LOSS_JITTER = 0.3


def scripted(scenario: Scenario, start_utc: float = 0.0) -> tuple[ScriptedCall, ...]:
    """Return what happens in a scenario, in the first round if it repeats."""
    place = exchange(scenario.line.country)
    truths = tuple(
        play(call, _score(scenario, 0, number, start_utc), place)
        for number, call in enumerate(_ordered(scenario))
    )
    for before, after in itertools.pairwise(truths):
        if after.start_s < before.end_s + BETWEEN_CALLS_S:
            raise SourceError(
                f"the call at {after.start_s:g} s begins before the one at "
                f"{before.start_s:g} s has ended at {before.end_s:.1f} s"
            )
    if truths and truths[-1].end_s > scenario.length:
        raise SourceError(
            "length: want at least the end of the last call, "
            f"{truths[-1].end_s:.1f} s, got {scenario.length:g} s"
        )
    return truths


def blocks(scenario: Scenario, start_utc: float = 0.0) -> Iterator[Block]:
    """Yield blocks of at most a second, split where the card loses samples."""
    mixer = Mixer(scenario.line, scenario.seed)
    desk = _Desk(scenario, start_utc)
    rate = FS * (1 + scenario.line.drift_ppm * 1e-6)
    length = None if scenario.repeat else round(scenario.length * rate)
    done = 0
    for start in itertools.count(0, GRID):
        if length is not None and start >= length:
            return
        stop = start + GRID if length is None else min(start + GRID, length)
        desk.prepare(stop)
        samples = mixer.render(start, desk.layers, desk.gains)
        for first, last in desk.kept(start, stop):
            piece = samples[first - start : last - start]
            yield Block(first, piece, desk.edges_until(last), first - done)
            done = last
        desk.forget(stop)


class _Desk:
    """The scores being played: writes them out in time, drops what has passed."""

    def __init__(self, scenario: Scenario, start_utc: float) -> None:
        self._scenario = scenario
        self._start_utc = start_utc
        self._place = exchange(scenario.line.country)
        self._calls = _laps(scenario)
        self._upcoming = next(self._calls, None)
        self._losses = _periodic_losses(scenario)
        self._next_loss = next(self._losses, None)
        self._edges: list[Edge] = []
        self._opened = False
        self.layers: list[Layer] = []
        self.gains: list[Span] = []
        self.losses: list[Span] = []

    def prepare(self, stop: int) -> None:
        """Write out every call that may be heard before `stop`."""
        while self._upcoming:
            lap, number, call = self._upcoming
            score = _score(self._scenario, lap, number, self._start_utc)
            if score.index(call.at - LEAD_S) >= stop:
                break
            play(call, score, self._place)
            self._take(score)
            self._upcoming = next(self._calls, None)
        while self._next_loss and self._next_loss.start < stop:
            self.losses.append(self._next_loss)
            self._next_loss = next(self._losses, None)
        if not self._opened:
            self._opened = True
            for number, fault in enumerate(self._scenario.fault):
                score = _score(self._scenario, FAULTS, number, self._start_utc)
                befall(fault, score)
                self._take(score)
            self._edges = _opening(self._scenario, self._edges)

    def _take(self, score: Score) -> None:
        self.layers += score.layers
        self.gains += score.gains
        self.losses += score.losses
        self._edges = sorted(self._edges + score.edges, key=attrgetter("at"))

    def edges_until(self, stop: int) -> tuple[Edge, ...]:
        """Take the edges before `stop`."""
        count = 0
        for edge in self._edges:
            if edge.at >= stop:
                break
            count += 1
        taken = tuple(self._edges[:count])
        del self._edges[:count]
        return taken

    def kept(self, start: int, stop: int) -> Iterator[tuple[int, int]]:
        """Yield the stretches between `start` and `stop` that the card delivers."""
        for span in sorted(self.losses, key=attrgetter("start")):
            if span.stop <= start or span.start >= stop:
                continue
            if span.start > start:
                yield start, span.start
            start = span.stop
        if start < stop:
            yield start, stop

    def forget(self, stop: int) -> None:
        """Drop what ended before `stop`."""
        self.layers = [layer for layer in self.layers if layer.stop > stop]
        self.gains = [span for span in self.gains if span.stop > stop]
        self.losses = [span for span in self.losses if span.stop > stop]


def _score(scenario: Scenario, lap: int, number: int, start_utc: float) -> Score:
    rng = np.random.default_rng([scenario.seed, lap, number])
    return Score(scenario.line, scenario.sensors, rng, start_utc)


def _ordered(scenario: Scenario) -> list[PlannedCall]:
    return sorted(scenario.call, key=attrgetter("at"))


def _laps(scenario: Scenario) -> Iterator[tuple[int, int, PlannedCall]]:
    """Yield (lap, number, call) in order, for ever if the scenario repeats."""
    calls = _ordered(scenario)
    for lap in itertools.count() if scenario.repeat and calls else (0,):
        for number, call in enumerate(calls):
            at = call.at + lap * scenario.length
            yield lap, number, dataclasses.replace(call, at=at)


def _periodic_losses(scenario: Scenario) -> Iterator[Span]:
    line = scenario.line
    if not line.lose_every_s:
        return
    rng = np.random.default_rng([scenario.seed, 1 << 20])
    at = 0.0
    while True:
        at += line.lose_every_s * rng.uniform(1 - LOSS_JITTER, 1 + LOSS_JITTER)
        yield Span(round(at * FS), round((at + line.lose_ms / 1000) * FS))


def _opening(scenario: Scenario, edges: list[Edge]) -> list[Edge]:
    """Let the first block tell every level, whatever happened before it."""
    levels: dict[str, int] = {name: REST[name] for name in scenario.sensors.signals}
    for edge in edges:
        if edge.at <= 0:
            levels[edge.signal] = edge.level
    first = [Edge(0, name, level) for name, level in levels.items()]
    return first + [edge for edge in edges if edge.at > 0]
