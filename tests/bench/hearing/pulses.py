"""Pulse dialling by hook edges.  No peer does it."""

from collections.abc import Iterator

from dsp import pulse
from tests.bench.hearing.row import HeardRow
from tests.bench.hearing.score import matched
from tests.dsp.tapes import pulses


def rows() -> Iterator[HeardRow]:
    tapes = list(pulses.accept())
    found = sum(matched(t.truth, heard(t)) for t in tapes)
    sent = sum(len(t.truth) for t in tapes)
    yield HeardRow("pulse dialling digits found", 100 * found / sent, "%", at_least=100)
    extra = sum(len(heard(t)) - matched(t.truth, heard(t)) for t in tapes)
    taken = extra + sum(len(heard(t)) for t in pulses.reject())
    name = "false digits: flashes, releases, jitter"
    yield HeardRow(name, float(taken), "digits", at_most=0.0)


def heard(tape: pulses.EdgeTape) -> str:
    return "".join(digit.symbol for digit in pulse.decode(tape.edges, 8000))
