"""Edges and messages of other threads, put on the sample index."""

from dataclasses import replace
from typing import Protocol

from dsp.types import CallerId, Edge
from firmware.line.block import FS
from firmware.line.timeline import TimedCallerId, TimedEdge, Timeline


class EdgeSource(Protocol):
    """Something that notices changes of wired signals."""

    signals: frozenset[str]
    edges: Timeline[TimedEdge]


class CallerIdSource(EdgeSource, Protocol):
    """A modem, which notices rings as well."""

    caller_ids: Timeline[TimedCallerId]


class Signals:
    """All that is known of the line besides its sound, ready for a block.

    A modem's RING counts only where no pin senses the ring: a pin is quicker.
    """

    def __init__(
        self, pins: EdgeSource | None = None, modem: CallerIdSource | None = None
    ) -> None:
        self.sensing = pins.signals if pins else frozenset[str]()
        self._sources = [pins] if pins else []
        self._unheard: EdgeSource | None = None
        self._modem = modem
        if modem is not None and "ring" in self.sensing:
            self._unheard = modem
        elif modem is not None:
            self._sources.append(modem)
            self.sensing |= modem.signals

    def between(
        self, start: int, end: int, delay_s: float
    ) -> tuple[tuple[Edge, ...], tuple[CallerId, ...]]:
        """Take what happened up to sample `end`; late arrivals get `start`.

        `delay_s` is the monotonic time of sample 0.
        """

        def index(at_s: float) -> int:
            return min(max(round((at_s - delay_s) * FS), start), end)

        until_s = delay_s + end / FS
        timed = [e for source in self._sources for e in source.edges.take(until_s)]
        timed.sort(key=lambda e: e.at_s)
        edges = tuple(Edge(index(e.at_s), e.signal, e.level) for e in timed)
        if self._unheard is not None:
            self._unheard.edges.take(until_s)
        messages = self._modem.caller_ids.take(until_s) if self._modem else []
        return edges, tuple(
            replace(m.caller_id, start=index(m.at_s), end=index(m.at_s))
            for m in messages
        )
