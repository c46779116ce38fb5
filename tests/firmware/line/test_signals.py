"""Edges and messages of other threads, put on the sample index."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from dsp.types import CallerId, Edge
from firmware.line.block import FS
from firmware.line.signals import Signals
from firmware.line.timeline import TimedCallerId, TimedEdge, Timeline

MESSAGE = CallerId("5550123", "EVE", None, None, "modem", True, 0, 0)


class Source:
    """Pins or a modem that see what the test tells them."""

    def __init__(self, *signals: str) -> None:
        self.signals = frozenset(signals)
        self.edges: Timeline[TimedEdge] = Timeline()
        self.caller_ids: Timeline[TimedCallerId] = Timeline()


def test_no_pins_and_no_modem_sense_nothing() -> None:
    signals = Signals()
    assert signals.sensing == frozenset()
    assert signals.between(0, 160, 0.0) == ((), ())


def test_an_edge_gets_the_sample_of_its_time() -> None:
    pins = Source("hook")
    pins.edges.put(TimedEdge(100.0 + 123 / FS, "hook", 1))
    signals = Signals(pins)
    assert signals.between(0, 100, 100.0) == ((), ())
    assert signals.between(100, 200, 100.0) == ((Edge(123, "hook", 1),), ())
    assert signals.between(200, 300, 100.0) == ((), ())


def test_an_edge_that_arrives_late_is_put_at_the_start() -> None:
    pins = Source("hook")
    pins.edges.put(TimedEdge(50.0, "hook", 1))
    edges, _ = Signals(pins).between(200, 300, 100.0)
    assert edges == (Edge(200, "hook", 1),)


def test_edges_of_pins_and_modem_come_in_order_of_time() -> None:
    pins, modem = Source("hook"), Source("ring")
    pins.edges.put(TimedEdge(1.002, "hook", 1))
    modem.edges.put(TimedEdge(1.001, "ring", 1))
    edges, _ = Signals(pins, modem).between(0, 160, 1.0)
    assert [e.signal for e in edges] == ["ring", "hook"]


def test_the_end_of_a_ring_waits_for_its_time() -> None:
    modem = Source("ring")
    modem.edges.put(TimedEdge(1.0, "ring", 1))
    modem.edges.put(TimedEdge(2.0, "ring", 0))
    signals = Signals(None, modem)
    assert signals.sensing == {"ring"}
    assert signals.between(0, FS // 2, 1.0)[0] == (Edge(0, "ring", 1),)
    assert signals.between(FS // 2, FS, 1.0)[0] == (Edge(FS, "ring", 0),)


def test_a_ring_pin_silences_the_modems_rings_but_not_its_messages() -> None:
    pins, modem = Source("ring"), Source("ring")
    modem.edges.put(TimedEdge(1.0, "ring", 1))
    modem.caller_ids.put(TimedCallerId(1.01, MESSAGE))
    edges, messages = Signals(pins, modem).between(0, 160, 1.0)
    assert edges == ()
    [message] = messages
    assert (message.start, message.end, message.number) == (80, 80, "5550123")


@given(
    st.lists(st.tuples(st.floats(0, 2), st.integers(0, 1)), max_size=50),
    st.lists(st.integers(0, FS), max_size=10),
)
def test_no_edge_is_lost_or_doubled_however_time_is_cut(
    edges: list[tuple[float, int]], cuts: list[int]
) -> None:
    pins = Source("hook")
    signals = Signals(pins)
    for at_s, level in edges:
        pins.edges.put(TimedEdge(at_s, "hook", level))
    found: list[Edge] = []
    start = 0
    for end in [*sorted(cuts), 2 * FS + 1]:
        part, _ = signals.between(start, end, 0.0)
        assert all(start <= e.at <= end for e in part)
        found += part
        start = end
    assert [e.at for e in found] == sorted(e.at for e in found)
    assert Counter(e.level for e in found) == Counter(level for _, level in edges)


def test_a_chattering_pin_does_not_grow_memory() -> None:
    line: Timeline[TimedEdge] = Timeline(capacity=100)
    for i in range(10_000):
        line.put(TimedEdge(float(i), "hook", i % 2))
    assert [e.at_s for e in line.take(1e9)] == [float(i) for i in range(9_900, 10_000)]


def test_items_of_the_future_do_not_grow_memory() -> None:
    line: Timeline[TimedEdge] = Timeline(capacity=100)
    for i in range(1_000):
        line.put(TimedEdge(1e6 + i, "hook", i % 2))
        assert line.take(0.0) == []
    assert len(line.take(1e9)) == 100
