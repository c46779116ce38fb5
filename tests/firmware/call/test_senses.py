"""Wires and ears: what is told, and when."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import settings as budget
from hypothesis import strategies as st

from dsp.caller_id_send import frame_bits
from dsp.fsk import BELL202, modulate
from dsp.types import (
    Activity,
    ActivityOnset,
    CallerId,
    Digit,
    Edge,
    Event,
    Tone,
    ToneOnset,
)
from firmware.call.analyzer import Analyzer
from firmware.call.ears import HeardRing
from firmware.call.events import Kind, LineEvent
from firmware.call.wires import Wires
from firmware.line.block import FS, Block
from firmware.service.settings import Recorder, Settings

K = Kind
SIGNALS = ("hook", "ring", "line", "polarity", "button")


def ms(value: float) -> int:
    return round(value * FS / 1000)


def wires(*edges: tuple[float, str, int], until_ms: float) -> list[tuple[Kind, int]]:
    """Feed edges (ms, signal, level); return what is told as (kind, ms)."""
    senses = Wires()
    told = senses.edge(0, "hook", 0)
    for at, signal, level in edges:
        told += senses.edge(ms(at), signal, level)
    told += senses.settle(ms(until_ms))
    return [(event.kind, round(event.at * 1000 / FS)) for event in told]


@pytest.mark.parametrize("make_ms", [5, 33, 59])
def test_short_make_is_no_lift(make_ms: float) -> None:
    edges = (1000, "hook", 1), (1000 + make_ms, "hook", 0)
    assert wires(*edges, until_ms=3000) == []


def test_lift_counts_from_its_edge() -> None:
    assert wires((1000, "hook", 1), until_ms=1059) == []
    assert wires((1000, "hook", 1), until_ms=1060) == [(K.OFF_HOOK, 1000)]


def test_dial_pulses_are_no_hang_up() -> None:
    """Ten pulses of a slow dial, 8 a second, with 80 % break."""
    pulses = [
        (2000 + n * 125 + shift, "hook", level)
        for n in range(10)
        for shift, level in ((0, 0), (100, 1))
    ]
    told = wires((1000, "hook", 1), *pulses, until_ms=5000)
    assert told == [(K.OFF_HOOK, 1000)]


def test_bouncing_hang_up_counts_from_its_last_edge() -> None:
    edges = [(1000, "hook", 1), (3000, "hook", 0), (3010, "hook", 1), (3014, "hook", 0)]
    assert wires(*edges, until_ms=5000)[1:] == [(K.ON_HOOK, 3014)]


@pytest.mark.parametrize(
    ("length_ms", "kinds"),
    [(99, []), (100, [K.CPC]), (1499, [K.CPC]), (1500, [K.LINE_CUT, K.LINE_BACK])],
)
def test_forward_disconnect_and_cut(length_ms: float, kinds: list[Kind]) -> None:
    edges = (0, "line", 1), (1000, "line", 0), (1000 + length_ms, "line", 1)
    assert [kind for kind, _ in wires(*edges, until_ms=9000)] == kinds


def test_first_level_of_polarity_is_no_reversal() -> None:
    edges = [(0, "polarity", 1), (5000, "polarity", 0)]
    assert wires(*edges, until_ms=9000) == [(K.POLARITY, 5000)]


def test_jolt_of_one_wire_is_no_reversal() -> None:
    edges = [(0, "polarity", 0), (5000, "polarity", 1), (5010, "polarity", 0)]
    assert wires(*edges, until_ms=9000) == []


def test_button_counts_when_pressed() -> None:
    edges = [(0, "button", 0), (1000, "button", 1), (1200, "button", 0)]
    assert wires(*edges, until_ms=2000) == [(K.RECORD, 1000)]


@budget(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 3 * FS), st.sampled_from(SIGNALS), st.integers(0, 1)),
        max_size=60,
    )
)
@example([(0, "ring", 1), (1, "ring", 0), (797, "button", 1), (0, "ring", 1)])
@example(
    [(0, "ring", 1), (0, "hook", 0), (1, "ring", 0), (797, "button", 1), (0, "ring", 1)]
)
def test_any_edges_are_told_in_order(steps: list[tuple[int, str, int]]) -> None:
    analyzer = Analyzer(Settings(), frozenset(SIGNALS), Ears([]))
    at, known = 0, 0
    for pause, signal, level in steps:
        edge = Edge(at + pause, signal, level)
        block = Block(at, np.zeros(pause + 1, np.int16), (edge,))
        at = block.end
        for event in analyzer.feed(block):
            assert event.known >= known
            assert event.at <= event.known <= at
            known = event.known


# Ears


class Ears:
    """Detectors that say what a test tells them, when it is due."""

    def __init__(self, heard: list[tuple[int, Event]]) -> None:
        self._heard = heard
        self._at = 0

    def feed(self, samples: np.ndarray) -> list[Event]:
        self._at += len(samples)
        due = [event for known, event in self._heard if known <= self._at]
        self._heard = [(k, e) for k, e in self._heard if k > self._at]
        return due

    def flush(self) -> list[Event]:
        return []

    def skip(self, lost: int) -> list[Event]:
        self._at += lost
        return []

    def expect_dial_tone(self) -> None:
        pass


def s(value: float) -> int:
    return round(value * FS)


def hear(
    *heard: tuple[float, Event], edges: tuple[Edge, ...] = (), wired: bool = True
) -> list[LineEvent]:
    """Hear events (known at so many seconds) on a line of 60 s, lifted from 10 s."""
    sensing = frozenset({"hook", "ring"} if wired else set())
    ears = Ears([(s(at), event) for at, event in heard])
    analyzer = Analyzer(Settings(), sensing, ears)  # type: ignore[arg-type]  # a fake
    if wired and not edges:
        edges = (Edge(0, "hook", 0), Edge(s(10), "hook", 1), Edge(s(50), "hook", 0))
    told: list[LineEvent] = []
    for start in range(0, s(60), 160):
        now = tuple(e for e in edges if start <= e.at < start + 160)
        told += analyzer.feed(Block(start, np.zeros(160, np.int16), now))
    return told


def kinds(told: list[LineEvent]) -> list[Kind]:
    return [e.kind for e in told if e.kind not in (K.OFF_HOOK, K.ON_HOOK)]


def sound(start: float, end: float) -> tuple[tuple[float, Event], tuple[float, Event]]:
    return (
        (start + 0.1, ActivityOnset(s(start), s(start + 0.1))),
        (end + 0.6, Activity(s(start), s(end + 0.6), -30.0)),
    )


def test_voice_is_sound_that_nothing_explains() -> None:
    told = hear(*sound(20, 21.5))
    assert kinds(told) == [K.VOICE]
    assert told[1].at == s(20)


def test_syllables_add_up_to_a_voice() -> None:
    assert kinds(hear(*sound(20, 20.5), *sound(22, 22.6))) == [K.VOICE]


def test_cough_is_no_voice() -> None:
    assert kinds(hear(*sound(20, 20.5))) == []


def test_coughs_far_apart_are_no_voice() -> None:
    assert kinds(hear(*sound(15, 15.6), *sound(30, 30.6), *sound(45, 45.6))) == []


def test_tone_is_no_voice() -> None:
    busy = [
        (21.0, ToneOnset("busy", s(20), s(21))),
        (31.0, Tone("busy", s(20), s(30), -24.0)),
    ]
    told = hear(*sound(20, 23), *busy, *sound(24, 27))
    assert kinds(told) == [K.BUSY, K.TONE]


def test_bursts_of_ringback_are_no_voice() -> None:
    ringback = [
        (21.0, ToneOnset("ringback", s(20), s(21))),
        (33.5, Tone("ringback", s(20), s(28), -25.0)),
    ]
    told = hear(*sound(20, 22), *sound(26, 28), *ringback)
    assert kinds(told) == [K.RINGBACK, K.RINGBACK_END, K.TONE]


def test_short_tone_is_told_at_its_end() -> None:
    tone = Tone("call_waiting", s(20), s(20.3), -20.0)
    assert kinds(hear((20.5, tone))) == [K.CALL_WAITING, K.TONE]


def test_digits_are_no_voice_and_voice_while_dialling_is_none() -> None:
    digits = [(20.2 + n, Digit("5", s(20 + n), s(20.1 + n))) for n in range(3)]
    told = hear(*digits, *sound(20, 20.1), *sound(22.3, 24))
    assert kinds(told) == [K.DIGIT] * 3


def test_sound_on_hook_is_nothing() -> None:
    digit = (5.2, Digit("5", s(5), s(5.1)))
    tone = (6.0, ToneOnset("dial_tone", s(5), s(6)))
    assert kinds(hear(digit, tone, *sound(3, 7))) == []


def test_busy_of_the_call_before_is_not_of_this_one() -> None:
    late = (10.5, ToneOnset("busy", s(8), s(10.4)))
    assert kinds(hear(late)) == []


@pytest.mark.parametrize("symbol", "ABCD")
def test_symbols_that_nobody_dials(symbol: str) -> None:
    assert kinds(hear((20.2, Digit(symbol, s(20), s(20.1))))) == []


CALLER = CallerId("5550123", None, None, None, "bell202", True, s(8), s(9))


def test_caller_id_heard_on_hook_is_the_callers_although_known_late() -> None:
    cut_close = replace(CALLER, start=s(9.2), end=s(9.95))
    assert kinds(hear((10.3, cut_close))) == [K.CALLER_ID]


def test_caller_id_cut_off_by_the_lift_is_nothing() -> None:
    broken = replace(CALLER, start=s(9.5), end=s(10.1), checksum_ok=False)
    assert kinds(hear((10.3, broken))) == []


def test_caller_id_during_the_call_is_of_a_waiting_one() -> None:
    waiting = replace(CALLER, start=s(30), end=s(30.5))
    assert kinds(hear((30.7, waiting))) == [K.CALLER_WAITING]


DIALLED = replace(
    CALLER, standard="dtmf", fields={"number": "5550123", "form": "number_only"}
)


def test_a_number_without_start_code_is_the_callers_on_hook_only() -> None:
    assert kinds(hear((9.3, DIALLED))) == [K.CALLER_ID]
    own = replace(DIALLED, start=s(20), end=s(21))
    assert kinds(hear((21.3, own))) == []


def test_pulsed_digits() -> None:
    pulses = [
        Edge(s(12) + ms(100 * n + shift), "hook", level)
        for n in range(3)
        for shift, level in ((0, 0), (61, 1))
    ]
    lifted = Edge(0, "hook", 0), Edge(s(10), "hook", 1)
    told = hear(edges=(*lifted, *pulses))
    assert [(e.kind, e.text) for e in told] == [(K.OFF_HOOK, ""), (K.DIGIT, "3")]


def test_bounce_at_the_lift_is_no_digit() -> None:
    bounce = [Edge(s(10) + ms(20), "hook", 0), Edge(s(10) + ms(45), "hook", 1)]
    told = hear(edges=(Edge(0, "hook", 0), Edge(s(10), "hook", 1), *bounce))
    assert [e.kind for e in told] == [K.OFF_HOOK]


def test_without_hook_sound_and_silence() -> None:
    told = hear(*sound(20, 21.5), *sound(25, 26), wired=False)
    assert [(e.kind, e.at) for e in told] == [
        (K.SOUND, s(20)), (K.VOICE, s(20)), (K.VOICE, s(21)), (K.SILENCE, s(26)),
    ]  # fmt: skip
    assert told[-1].known == pytest.approx(s(26 + 8), abs=200)


def test_without_hook_a_tone_that_goes_on_is_no_silence() -> None:
    busy = [
        (21.0, ToneOnset("busy", s(20), s(21))),
        (45.0, Tone("busy", s(20), s(45), -24.0)),
    ]
    told = hear(*sound(20, 23), *busy, wired=False)
    [silence] = [e for e in told if e.kind is K.SILENCE]
    assert silence.at == pytest.approx(s(45), abs=200)


# Ringing heard


def ringing(*bursts: tuple[float, float], hz: float, level: float) -> np.ndarray:
    t = np.arange(s(20)) / FS
    on = np.zeros(len(t), bool)
    for first, last in bursts:
        on |= (t >= first) & (t < last)
    return (on * level * 32767 * np.sin(2 * np.pi * hz * t)).astype(np.int16)


@pytest.mark.parametrize("hz", [20.0, 25.0, 50.0])
@pytest.mark.parametrize("size", [160, 1111, 8000])
def test_ringing_is_heard(hz: float, size: int) -> None:
    x = ringing((3, 5), (9, 11), hz=hz, level=0.1)
    ears = HeardRing()
    told = [e for i in range(0, len(x), size) for e in ears.feed(x[i : i + size], i)]
    assert [e.kind for e in told] == [K.RING, K.RING_END] * 2
    assert [e.at / FS for e in told] == pytest.approx([3, 5, 9, 11], abs=0.11)


def test_hum_is_no_ringing() -> None:
    assert HeardRing().feed(ringing((0, 20), hz=60.0, level=0.2), 0) == []


def test_faint_hum_that_comes_and_goes_is_no_ringing() -> None:
    assert HeardRing().feed(ringing((3, 5), hz=60.0, level=0.002), 0) == []


def test_without_hook_and_by_hand_sound_begins_nothing_but_silence_ends() -> None:
    settings = Settings(recorder=Recorder(trigger="manual"))
    ears = Ears([(s(at), event) for at, event in sound(20, 21.5)])
    analyzer = Analyzer(settings, frozenset(), ears)  # type: ignore[arg-type]  # a fake
    told = [
        event
        for start in range(0, s(40), 160)
        for event in analyzer.feed(Block(start, np.zeros(160, np.int16)))
    ]
    assert [e.kind for e in told] == [K.VOICE, K.SILENCE]


@pytest.mark.parametrize(("kind", "told"), [(0x80, 1), (0x82, 0)])
def test_message_waiting_is_no_caller(kind: int, told: int) -> None:
    """MDMF with a number, as call set-up and as message waiting (GR-30-CORE)."""
    body = bytes([kind, 9, 2, 7]) + b"5550123"
    bits = frame_bits(body + bytes([-sum(body) % 256]))
    burst = modulate(bits, BELL202)
    quiet = np.zeros(FS, np.int16)
    samples = np.concatenate((quiet, np.int16(burst * 32767), quiet))
    analyzer = Analyzer(Settings(), frozenset(SIGNALS))
    events = analyzer.feed(Block(0, samples, (Edge(0, "hook", 0),)))
    assert [e.kind for e in events].count(K.CALLER_ID) == told
