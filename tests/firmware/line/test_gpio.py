"""Pins on gpiozero's mock factory: the devices are the real ones."""

import sys
import time
from collections.abc import Iterator
from types import ModuleType

import pytest
from gpiozero import PinUnknownPi
from gpiozero.pins.mock import MockFactory, MockPin

from firmware.errors import HardwareError
from firmware.line import gpio, gpio_chip
from firmware.line.capture import Card
from firmware.line.gpio import Pins, open_pins
from firmware.line.gpio_chip import default_factory, header_chip
from firmware.line.live import LiveLine
from firmware.line.sense import Sense
from firmware.service.settings import Alsa, Gpio

ALL = Gpio(
    hook_pin="GPIO17",
    ring_pin="27",
    line_pin="GPIO22",
    polarity_pin="GPIO23",
    polarity_active="high",
    button_pin="GPIO24",
    led_pin="GPIO25",
)


@pytest.fixture
def factory() -> Iterator[MockFactory]:
    factory = MockFactory()
    yield factory
    factory.reset()


class WiredLow(MockPin):
    """A pin that something outside keeps low, whatever the pull-up says."""

    def _set_pull(self, value: str) -> None:
        super()._set_pull(value)
        self._change_state(False)


class Clock:
    def __init__(self) -> None:
        self.now_s = time.monotonic()

    def __call__(self) -> float:
        return self.now_s


def taken(pins: Pins) -> list[tuple[str, int]]:
    return [(e.signal, e.level) for e in pins.edges.take(float("inf"))]


def test_no_pins_in_the_settings_claim_nothing() -> None:
    assert open_pins(Gpio()) is None


def test_the_first_edges_are_the_levels(factory: MockFactory) -> None:
    factory.pin("GPIO17", pin_class=WiredLow)
    pins = open_pins(ALL, factory)
    assert pins is not None
    assert pins.signals == {"hook", "ring", "line", "polarity", "button"}
    assert dict(taken(pins)) == {
        "hook": 1,
        "ring": 0,
        "line": 0,
        "polarity": 0,
        "button": 0,
    }
    assert pins.levels()["hook"] == 1
    pins.close()


@pytest.mark.parametrize(("active", "rest"), [("low", "high"), ("high", "low")])
def test_levels_are_corrected_for_active_low(
    factory: MockFactory, active: str, rest: str
) -> None:
    pins = open_pins(Gpio(hook_pin="GPIO17", hook_active=active), factory)
    assert pins is not None
    pin = factory.pin("GPIO17")
    assert pin.pull == ("up" if active == "low" else "down")
    getattr(pin, f"drive_{active}")()
    getattr(pin, f"drive_{rest}")()
    assert taken(pins) == [("hook", 0), ("hook", 1), ("hook", 0)]
    pins.close()


def test_edges_carry_the_time_of_the_change(factory: MockFactory) -> None:
    pins = open_pins(Gpio(hook_pin="GPIO17"), factory)
    assert pins is not None
    before_s = time.monotonic()
    factory.pin("GPIO17").drive_low()
    after_s = time.monotonic()
    [_, edge] = pins.edges.take(float("inf"))
    assert before_s <= edge.at_s <= after_s
    pins.close()


def test_a_time_of_another_clock_is_not_believed(factory: MockFactory) -> None:
    # Kernels before 5.7 stamp edges with the time since 1970.
    pins = open_pins(Gpio(hook_pin="GPIO17"), factory)
    assert pins is not None
    before_s = time.monotonic()
    factory.pin("GPIO17").when_changed(time.time(), 0)
    [_, edge] = pins.edges.take(float("inf"))
    assert before_s <= edge.at_s <= time.monotonic()
    pins.close()


def test_25_hz_of_ringing_arrives_edge_by_edge(factory: MockFactory) -> None:
    pins = open_pins(Gpio(ring_pin="GPIO27"), factory)
    assert pins is not None
    pin = factory.pin("GPIO27")
    for _ in range(25):
        pin.drive_low()
        pin.drive_high()
    assert [level for _, level in taken(pins)] == [0, *[1, 0] * 25]
    pins.close()


def test_debounce_is_asked_of_the_pin(factory: MockFactory) -> None:
    pins = open_pins(ALL, factory)
    assert pins is not None
    assert factory.pin("GPIO17").bounce == 0.005
    assert factory.pin("GPIO27").bounce is None, "0 ms is none"
    assert factory.pin("GPIO22").bounce == 0.05
    pins.close()


def test_a_level_without_an_edge_is_noticed(factory: MockFactory) -> None:
    clock = Clock()
    pins = Pins(Gpio(hook_pin="GPIO17"), factory, clock)
    pin = factory.pin("GPIO17")
    taken(pins)
    callback, pin.when_changed = pin.when_changed, None
    pin.drive_low()  # the kernel's queue was full
    pin.when_changed = callback
    found = []
    for _ in range(4):
        clock.now_s += gpio.RECONCILE_S
        pins.reconcile()
        found.append(taken(pins))
    assert found == [[], [("hook", 1)], [], []]
    pins.close()


def test_the_led_shows_what_goes_on(factory: MockFactory) -> None:
    pins = open_pins(ALL, factory)
    assert pins is not None
    led = factory.pin("GPIO25")
    assert led.state == 0
    pins.indicate("ready")
    assert led.state == 1
    for what in ("recording", "cut", "fault"):
        pins.indicate(what)
        assert pins._led.is_lit
        assert pins._led._blink_thread is not None
    pins.indicate("ready")
    assert led.state == 1
    pins.close()
    assert led.function == "input", "let go of, the LED is dark"


def test_closing_lets_go_of_the_pins(factory: MockFactory) -> None:
    for _ in range(2):
        pins = open_pins(ALL, factory)
        assert pins is not None
        pins.close()
    factory.pin("GPIO17").drive_low()
    assert ("hook", 1) not in taken(pins)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (Gpio(hook_pin="GPIO99"), r"pin GPIO99 \(hook\): want a name such as GPIO17"),
        (Gpio(hook_pin="seventeen"), r"pin seventeen \(hook\): want a name"),
        (Gpio(hook_pin="GND"), r"pin GND \(hook\)"),
        (Gpio(hook_pin="GPIO17", ring_pin="17"), r"pin 17 \(ring\) is used twice"),
        (
            Gpio(hook_pin="GPIO17", led_pin="GPIO17"),
            r"pin GPIO17 \(LED\) is used twice",
        ),
        (Gpio(hook_pin="GPIO2", hook_active="high"), "can only be active low"),
    ],
)
def test_a_pin_that_cannot_be_had_is_said(
    factory: MockFactory, settings: Gpio, words: str
) -> None:
    with pytest.raises(HardwareError, match=words):
        open_pins(settings, factory)
    pins = open_pins(Gpio(hook_pin="GPIO17"), factory)
    assert pins is not None, "what was claimed before the error is free again"
    pins.close()


def test_a_machine_without_a_chip_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GPIOZERO_PIN_FACTORY", raising=False)
    monkeypatch.setattr(gpio_chip.glob, "glob", lambda pattern: [])
    with pytest.raises(HardwareError, match="this machine has none"):
        open_pins(Gpio(hook_pin="GPIO17"))


def test_gpiozeros_own_choice_is_honoured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GPIOZERO_PIN_FACTORY", "mock")
    assert isinstance(default_factory(), MockFactory)
    monkeypatch.setenv("GPIOZERO_PIN_FACTORY", "abacus")
    with pytest.raises(HardwareError, match="abacus"):
        default_factory()


class FakeLgpio:
    """The three functions of lgpio that name a chip."""

    error = OSError

    def __init__(self) -> None:
        self.open: set[int] = set()

    def gpiochip_open(self, number: int) -> int:
        if number != 4:
            raise self.error("can not open gpiochip")
        self.open.add(number)
        return number

    def gpio_get_chip_info(self, handle: int) -> list[int | str]:
        return [0, 54, "gpiochip4", "pinctrl-rp1"]

    def gpiochip_close(self, handle: int) -> None:
        self.open.remove(handle)


def test_a_chip_that_may_not_be_opened_has_no_label() -> None:
    lgpio = FakeLgpio()
    assert gpio_chip.chip_label(lgpio, 4) == "pinctrl-rp1"
    assert gpio_chip.chip_label(lgpio, 0) == ""
    assert not lgpio.open, "every handle is given back"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (FakeLgpio.error("can not open gpiochip"), "must be in the group gpio"),
        (PinUnknownPi("no revision"), "want a Raspberry Pi, this machine is none"),
    ],
)
def test_a_chip_that_cannot_be_had_is_said(
    monkeypatch: pytest.MonkeyPatch, error: Exception, words: str
) -> None:
    def refuse(chip: int | None) -> None:
        raise error

    backend = ModuleType("gpiozero.pins.lgpio")
    backend.LGPIOFactory = refuse
    monkeypatch.setitem(sys.modules, "lgpio", FakeLgpio())
    monkeypatch.setitem(sys.modules, "gpiozero.pins.lgpio", backend)
    monkeypatch.delenv("GPIOZERO_PIN_FACTORY", raising=False)
    monkeypatch.setenv("LG_WD", "/tmp")
    monkeypatch.setattr(gpio_chip.glob, "glob", lambda pattern: ["/dev/gpiochip0"])
    with pytest.raises(HardwareError, match=words):
        open_pins(Gpio(hook_pin="GPIO17"))


def test_a_missing_lgpio_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lgpio", None)
    monkeypatch.delenv("GPIOZERO_PIN_FACTORY", raising=False)
    monkeypatch.setenv("LG_WD", "/tmp")
    monkeypatch.setattr(gpio_chip.glob, "glob", lambda pattern: ["/dev/gpiochip0"])
    with pytest.raises(HardwareError, match="the Python package lgpio is missing"):
        open_pins(Gpio(hook_pin="GPIO17"))


@pytest.mark.parametrize(
    ("labels", "chip"),
    [
        ({0: "pinctrl-bcm2835"}, 0),
        ({0: "pinctrl-bcm2711", 1: "raspberrypi-exp-gpio"}, 0),
        # A Pi 5: the header is on chip 4 with older kernels, on 0 with newer ones.
        ({0: "gpio-brcmstb@107d508500", 4: "pinctrl-rp1"}, 4),
        ({0: "pinctrl-rp1", 10: "gpio-brcmstb@107d508500"}, 0),
        ({0: "gpio-sim.0-node0"}, None),
        ({}, None),
    ],
)
def test_the_chip_of_the_header_is_chosen_by_label(
    labels: dict[int, str], chip: int | None
) -> None:
    paths = [f"/dev/gpiochip{number}" for number in labels]
    assert header_chip(paths, labels.__getitem__) == chip


def test_a_dead_line_and_a_contradiction_are_told(factory: MockFactory) -> None:
    clock = Clock()
    pins = Pins(Gpio(board="R1"), factory, clock)
    hook, line = factory.pin("GPIO17"), factory.pin("GPIO22")
    told = []
    for hook_n, line_n in ((False, False), (True, True), (False, True), (True, False)):
        hook._change_state(hook_n)
        line._change_state(line_n)
        for _ in range(3):
            pins.reconcile()
            clock.now_s += 1.0
        told.append(pins.sense)
    assert told == [Sense.ON_HOOK, Sense.DEAD, Sense.FAULT, Sense.OFF_HOOK]
    pins.close()


def test_a_board_that_is_not_plugged_in_is_a_dead_line(factory: MockFactory) -> None:
    pins = Pins(Gpio(board="R1"), factory)
    for number in (17, 22, 25, 27):
        assert factory.pin(f"GPIO{number}").pull == "up", number
    assert pins.levels() == {"hook": 1, "line": 0, "ring": 0, "button": 0}
    pins.close()


def no_card() -> Card:
    raise HardwareError("sound card hw:CARD=Device is not there")


def test_the_status_of_a_line_tells_what_hook_and_line_say(
    factory: MockFactory,
) -> None:
    clock = Clock()
    pins = Pins(Gpio(board="R1"), factory, clock)
    with LiveLine(no_card, Alsa(retry_s=0.1), pins) as line:
        for hook_n, line_n, words in (
            (True, True, "no voltage on the line: cut, shorted, unplugged"),
            (False, True, "contradicts itself"),
        ):
            factory.pin("GPIO17")._change_state(hook_n)
            factory.pin("GPIO22")._change_state(line_n)
            for _ in range(3):
                pins.reconcile()
                clock.now_s += 1.0
            assert words in line.status().message
        assert not line.status().ok
