"""The wired signals of the line interface: hook, ring, line, polarity, button, LED.

Callbacks only append (time, signal, level) to a timeline.  A kernel queue can overflow
while a pin chatters, so the levels are compared with the last edges now and then; a
level that stays different without an edge gets one.
"""

import glob
import os
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import gpiozero

from firmware.errors import HardwareError
from firmware.line.timeline import TimedEdge, Timeline
from firmware.service.settings import Gpio

#: Labels of the chip that carries the 40-pin header, by Raspberry Pi model:
#: BCM2835..2837 (to 3B+, Zero 2 W), BCM2711 (4B, 400), RP1 (5).
HEADER_CHIPS = ("pinctrl-rp1", "pinctrl-bcm2711", "pinctrl-bcm2835")
#: An edge time further than this from now is in another clock and not used, s.
TICKS_TRUST_S = 5.0
#: How often levels are compared with edges, s.
RECONCILE_S = 1.0
#: (on, off) seconds of the LED by what it shows; off 0 = steady.
LED_RHYTHM = {"ready": (1.0, 0.0), "recording": (0.5, 0.5), "fault": (0.1, 0.1)}


@dataclass(frozen=True, slots=True)
class Input:
    """One input as the settings describe it."""

    signal: str
    pin: str
    active_low: bool
    debounce_s: float | None


def inputs(settings: Gpio) -> Iterator[Input]:
    """Yield the inputs that have a pin."""
    for signal in ("hook", "ring", "line", "polarity", "button"):
        pin = getattr(settings, f"{signal}_pin")
        if pin:
            debounce_ms = getattr(settings, f"{signal}_debounce_ms")
            # A push-button always connects its pin to ground.
            active = getattr(settings, f"{signal}_active", "low")
            yield Input(signal, pin, active == "low", debounce_ms / 1000 or None)


def open_pins(settings: Gpio, factory: Any = None) -> "Pins | None":
    """Claim the pins the settings name; None if they name none.

    `factory` is a gpiozero pin factory; None takes the one of this machine.  Raises
    HardwareError in plain words if there is no GPIO chip or a pin cannot be had.
    """
    if not any(True for _ in inputs(settings)) and not settings.led_pin:
        return None
    return Pins(settings, factory if factory is not None else default_factory())


class Pins:
    """The claimed pins, noticing edges until closed."""

    def __init__(
        self,
        settings: Gpio,
        factory: Any,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.edges: Timeline[TimedEdge] = Timeline()
        self._clock = clock
        self._shown = ""
        with ExitStack() as stack:
            self._watches = [
                stack.enter_context(_Watch(wanted, factory, self.edges, clock))
                for wanted in inputs(settings)
            ]
            self._led: Any = None
            if settings.led_pin:
                self._led = _claim(
                    settings.led_pin,
                    "LED",
                    lambda: gpiozero.LED(settings.led_pin, pin_factory=factory),
                )
                stack.callback(self._led.close)
            self._stack = stack.pop_all()
        self.signals = frozenset(watch.signal for watch in self._watches)
        self._reconcile_s = clock() + RECONCILE_S

    def levels(self) -> dict[str, int]:
        """Return the present level of each signal."""
        return {watch.signal: watch.level() for watch in self._watches}

    def reconcile(self) -> None:
        """Once in a while, give an edge to each level that changed without one."""
        now_s = self._clock()
        if now_s < self._reconcile_s:
            return
        self._reconcile_s = now_s + RECONCILE_S
        for watch in self._watches:
            watch.reconcile(now_s)

    def indicate(self, what: str) -> None:
        """Show ``ready``, ``recording`` or ``fault`` on the LED, if there is one."""
        on_s, off_s = LED_RHYTHM[what]
        if self._led is None or what == self._shown:
            return
        self._shown = what
        if off_s:
            self._led.blink(on_s, off_s)
        else:
            self._led.on()

    def close(self) -> None:
        """Let go of the pins; the LED goes dark."""
        self._stack.close()


class _Watch:
    """One input pin and the edges it has given."""

    def __init__(
        self,
        wanted: Input,
        factory: Any,
        edges: Timeline[TimedEdge],
        clock: Callable[[], float],
    ) -> None:
        self.signal = wanted.signal
        self._edges = edges
        self._clock = clock
        self._device = _claim(
            wanted.pin,
            wanted.signal,
            lambda: gpiozero.InputDevice(
                wanted.pin, pull_up=wanted.active_low, pin_factory=factory
            ),
        )
        self._active = 0 if wanted.active_low else 1
        self._differs_since_s: float | None = None
        self._last = self.level()
        edges.put(TimedEdge(clock(), self.signal, self._last))
        pin = self._device.pin
        pin.bounce = wanted.debounce_s
        pin.edges = "both"
        self._callback = self._changed  # gpiozero keeps a weak reference only
        pin.when_changed = self._callback

    def level(self) -> int:
        return int(self._device.is_active)

    def reconcile(self, now_s: float) -> None:
        """Trust the level over the edges once it has differed for a while."""
        level = self.level()
        if level == self._last:
            self._differs_since_s = None
        elif self._differs_since_s is None:
            self._differs_since_s = now_s
        elif now_s - self._differs_since_s >= RECONCILE_S:
            self._differs_since_s = None
            self._put(now_s, level)

    def __enter__(self) -> "_Watch":
        return self

    def __exit__(self, *_: object) -> None:
        self._device.pin.when_changed = None
        self._device.close()

    def _changed(self, ticks: float, state: int) -> None:
        now_s = self._clock()
        at_s = ticks if abs(now_s - ticks) < TICKS_TRUST_S else now_s
        self._put(at_s, int(state == self._active))

    def _put(self, at_s: float, level: int) -> None:
        self._last = level
        self._edges.put(TimedEdge(at_s, self.signal, level))


def default_factory() -> Any:
    """Return the pin factory of this machine.

    gpiozero's own choice if `GPIOZERO_PIN_FACTORY` asks for one, else lgpio on the
    chip that carries the header.
    """
    if os.environ.get("GPIOZERO_PIN_FACTORY"):
        try:
            return gpiozero.Device._default_pin_factory()
        except gpiozero.GPIOZeroError as error:
            raise HardwareError(f"GPIO: {error}") from error
    chips = glob.glob("/dev/gpiochip*")
    if not chips:
        raise HardwareError(
            "GPIO: want a chip for the pins in [gpio], this machine has none; "
            "take the pins out of the settings to record without sensing"
        )
    # lgpio makes a FIFO in its working directory, which need not be writable.
    runtime = os.environ.get("RUNTIME_DIRECTORY", "").split(":")[0]
    os.environ.setdefault("LG_WD", runtime or tempfile.gettempdir())
    try:
        import lgpio
        from gpiozero.pins.lgpio import LGPIOFactory
    except ImportError as error:
        raise HardwareError(
            "GPIO: the Python package lgpio is missing; ./run setup installs it"
        ) from error
    try:
        return LGPIOFactory(chip=header_chip(chips, lambda n: chip_label(lgpio, n)))
    except gpiozero.PinUnknownPi as error:
        raise HardwareError(
            "GPIO: the pins in [gpio] want a Raspberry Pi, this machine is none"
        ) from error
    except (lgpio.error, gpiozero.GPIOZeroError) as error:
        raise HardwareError(
            f"GPIO: the chip cannot be opened: {error}; the user must be in the group "
            "gpio"
        ) from error


def header_chip(chips: list[str], label_of: Callable[[int], str]) -> int | None:
    """Choose the chip with the header's label; None = let gpiozero choose."""
    numbers = sorted(int(m[1]) for c in chips if (m := re.search(r"(\d+)$", c)))
    labels = {number: label_of(number) for number in numbers}
    for wanted in HEADER_CHIPS:
        for number, label in labels.items():
            if label == wanted:
                return number
    return None


def chip_label(lgpio: Any, number: int) -> str:
    """Ask the kernel for a chip's label; empty if it may not be opened."""
    try:
        handle = lgpio.gpiochip_open(number)
    except lgpio.error:
        return ""
    try:
        return str(lgpio.gpio_get_chip_info(handle)[3])
    finally:
        lgpio.gpiochip_close(handle)


def _claim(pin: str, use: str, make: Callable[[], Any]) -> Any:
    """Make a gpiozero device, or say in plain words why not."""
    try:
        return make()
    except gpiozero.GPIOPinInUse as error:
        raise HardwareError(f"GPIO: pin {pin} ({use}) is used twice") from error
    except gpiozero.PinFixedPull as error:
        raise HardwareError(
            f"GPIO: pin {pin} ({use}) has a pull-up on the board: it can only be "
            "active low"
        ) from error
    except gpiozero.PinInvalidPin as error:
        raise HardwareError(
            f"GPIO: pin {pin} ({use}): want a name such as GPIO17"
        ) from error
    except gpiozero.GPIOZeroError as error:
        raise HardwareError(f"GPIO: pin {pin} ({use}): {error}") from error
    except _lgpio_errors() as error:
        raise HardwareError(
            f"GPIO: pin {pin} ({use}) is taken by the kernel or another program: "
            f"{error}"
        ) from error


def _lgpio_errors() -> tuple[type[Exception], ...]:
    """Return lgpio's error, which derives from Exception alone, if it is in use."""
    module = sys.modules.get("lgpio")
    return (module.error,) if module else ()
