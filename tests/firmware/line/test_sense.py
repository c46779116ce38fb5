"""Hook and line together, ringing by its pulses, and the pins of board R1."""

import itertools

import pytest

from firmware.call.events import Kind
from firmware.call.wires import Wires
from firmware.line.boards import BOARDS, pulled_up, wired
from firmware.line.sense import Sense, Settling, ring_hz, sense_of
from firmware.service.settings import Gpio
from hardware import circuit


@pytest.mark.parametrize(
    ("hook_n", "line_n", "sense"),
    [
        ("low", "low", Sense.ON_HOOK),
        ("high", "low", Sense.OFF_HOOK),
        ("high", "high", Sense.DEAD),
        ("low", "high", Sense.FAULT),
    ],
)
def test_the_truth_table_of_board_r1(hook_n: str, line_n: str, sense: Sense) -> None:
    settings = wired(Gpio(board="R1"))
    levels = {
        "hook": int(hook_n == settings.hook_active),
        "line": int(line_n == settings.line_active),
    }
    assert sense_of(levels) is sense


def test_one_wire_alone_says_nothing() -> None:
    assert sense_of({"hook": 0}) is None
    assert sense_of({"line": 0, "ring": 1}) is None


def test_both_inputs_toggling_settle_only_once_they_are_quiet() -> None:
    settling, now_s = Settling(), 0.0
    assert settling.feed(Sense.ON_HOOK, now_s) is None
    assert settling.feed(Sense.ON_HOOK, 2.0) is Sense.ON_HOOK
    for i in range(20):  # a plug that is pushed in slowly
        now_s = 2.0 + 0.3 * i
        seen = (Sense.DEAD, Sense.FAULT, Sense.OFF_HOOK)[i % 3]
        assert settling.feed(seen, now_s) is Sense.ON_HOOK
    last = seen
    assert settling.feed(last, now_s + 1.4) is Sense.ON_HOOK
    assert settling.feed(last, now_s + 1.6) is last


@pytest.mark.parametrize("hertz", [15, 16.7, 20, 25, 50, 70])
def test_ringing_is_counted_from_15_to_70_hz(hertz: float) -> None:
    assert ring_hz(round(hertz * 4), 2.0) == pytest.approx(hertz, abs=0.3)


@pytest.mark.parametrize(("pulses", "seconds"), [(1, 2.0), (1000, 2.0), (10, 0.0)])
def test_what_is_no_ringing_has_no_frequency(pulses: int, seconds: float) -> None:
    assert ring_hz(pulses, seconds) is None


def rings(pulses_a_second: float, length_s: float) -> list[Kind]:
    wires, events = Wires(), []
    half = 8000 / pulses_a_second / 2
    for i in range(round(2 * pulses_a_second * length_s)):
        events += wires.edge(round(1000 + i * half), "ring", 1 - i % 2)
    events += wires.settle(80_000)
    return [event.kind for event in events if event.kind is not Kind.ON_HOOK]


@pytest.mark.parametrize("hertz", [15, 20, 25, 50, 68])
@pytest.mark.parametrize("per_cycle", [1, 2])
def test_ringing_becomes_one_burst(hertz: int, per_cycle: int) -> None:
    assert rings(hertz * per_cycle, 2.0) == [Kind.RING, Kind.RING_END]


def test_a_chattering_pin_is_no_ringing() -> None:
    assert rings(1000, 2.0) == []
    assert rings(20, 0.05) == [], "one pulse, as at a hook change"


def test_the_board_s_pins_are_those_of_the_circuit() -> None:
    board = BOARDS["R1"]
    names = {"hook": "HOOK_N", "ring": "RING_N", "line": "LINE_N", "beep": "BEEP",
             "led": "LED", "button": "BUTTON_N"}  # fmt: skip
    assert board.pins == {s: f"GPIO{circuit.GPIO[net]}" for s, net in names.items()}
    assert set(circuit.GPIO) == set(names.values()), "no signal is forgotten"
    used = {circuit.GPIO[net] for net in names.values()}
    assert not used & board.free


def test_i2c_and_1_wire_are_left_free_and_brought_out() -> None:
    pins = {net: pin for pin, net in circuit.HEADER.items()}
    gpio = {"SDA": (2, "3"), "SCL": (3, "5"), "ONE_WIRE": (4, "7")}
    assert BOARDS["R1"].free == {number for number, _ in gpio.values()}
    for net, (_, pin) in gpio.items():
        assert pins[net] == pin
        assert net in circuit.part("J6").nets.values()


def test_a_pin_that_is_named_goes_before_the_board_s() -> None:
    settings = wired(Gpio(board="R1", hook_pin="GPIO5"))
    assert (settings.hook_pin, settings.hook_active) == ("GPIO5", "low")
    assert (settings.ring_pin, settings.beep_pin) == ("GPIO27", "GPIO23")
    assert wired(settings) == settings
    assert pulled_up(settings, "ring")
    assert not pulled_up(settings, "hook")
    assert wired(Gpio()) == Gpio()


def test_every_pin_of_the_board_is_another_one() -> None:
    for board in BOARDS.values():
        for one, two in itertools.combinations(board.pins.values(), 2):
            assert one != two
