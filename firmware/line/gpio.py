"""The wired signals of the line interface: hook, ring, line, polarity, button, LED.

Callbacks only append (time, signal, level) to a timeline.  A kernel queue can overflow
while a pin chatters, so the levels are compared with the last edges now and then; a
level that stays different without an edge gets one.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import gpiozero

from firmware.line.boards import pulled_up, wired
from firmware.line.gpio_chip import claim, default_factory
from firmware.line.sense import Sense, Settling, sense_of
from firmware.line.switch import BeepSwitch
from firmware.line.timeline import TimedEdge, Timeline
from firmware.service.settings import Gpio

#: An edge time further than this from now is in another clock and not used, s.
TICKS_TRUST_S = 5.0
#: How often levels are compared with edges, s.
RECONCILE_S = 1.0
#: (on, off) seconds of the LED by what it shows; off 0 = steady.
LED_RHYTHM = {
    "ready": (1.0, 0.0),
    "recording": (0.5, 0.5),
    "cut": (0.1, 1.9),
    "fault": (0.1, 0.1),
}


@dataclass(frozen=True, slots=True)
class Input:
    """One input as the settings describe it."""

    signal: str
    pin: str
    active_low: bool
    debounce_s: float | None
    pull_up: bool = True


def inputs(settings: Gpio) -> Iterator[Input]:
    """Yield the inputs that have a pin."""
    settings = wired(settings)
    for signal in ("hook", "ring", "line", "polarity", "button"):
        pin = getattr(settings, f"{signal}_pin")
        if pin:
            debounce_ms = getattr(settings, f"{signal}_debounce_ms")
            # A push-button always connects its pin to ground.
            active = getattr(settings, f"{signal}_active", "low")
            low = active == "low"
            up = low or pulled_up(settings, signal)
            yield Input(signal, pin, low, debounce_ms / 1000 or None, up)


def open_pins(settings: Gpio, factory: Any = None) -> "Pins | None":
    """Claim the pins the settings name; None if they name none.

    `factory` is a gpiozero pin factory; None takes the one of this machine.  Raises
    HardwareError in plain words if there is no GPIO chip or a pin cannot be had.
    """
    settings = wired(settings)
    if not any((*inputs(settings), settings.led_pin, settings.beep_pin)):
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
        settings = wired(settings)
        self.edges: Timeline[TimedEdge] = Timeline()
        self._clock = clock
        self._shown = ""
        self._sense = Settling()
        self.beep_switch: BeepSwitch | None = None
        with ExitStack() as stack:
            self._watches = [
                stack.enter_context(_Watch(wanted, factory, self.edges, clock))
                for wanted in inputs(settings)
            ]
            self._led = _output(settings.led_pin, "LED", gpiozero.LED, factory, stack)
            beep = _output(
                settings.beep_pin,
                "beep",
                gpiozero.DigitalOutputDevice,
                factory,
                stack,
            )
            if beep is not None:
                self.beep_switch = BeepSwitch(beep, self._may_beep, clock)
                stack.callback(self.beep_switch.close)
            self._stack = stack.pop_all()
        self.signals = frozenset(watch.signal for watch in self._watches)
        self._reconcile_s = clock() + RECONCILE_S

    def levels(self) -> dict[str, int]:
        """Return the present level of each signal."""
        return {watch.signal: watch.level() for watch in self._watches}

    @property
    def sense(self) -> Sense | None:
        """What hook and line have said together for a while; None if not both are."""
        return self._sense.settled

    def reconcile(self) -> None:
        """Once in a while, give an edge to each level that changed without one."""
        now_s = self._clock()
        if self.beep_switch is not None:
            self.beep_switch.check()
        self._sense.feed(sense_of(self.levels()), now_s)
        if now_s < self._reconcile_s:
            return
        self._reconcile_s = now_s + RECONCILE_S
        for watch in self._watches:
            watch.reconcile(now_s)

    def indicate(self, what: str) -> None:
        """Show one of `LED_RHYTHM` on the LED, if there is one."""
        on_s, off_s = LED_RHYTHM[what]
        if self._led is None or what == self._shown:
            return
        self._shown = what
        if off_s:
            self._led.blink(on_s, off_s)
        else:
            self._led.on()

    def _may_beep(self) -> bool:
        """Is a handset up on a living line, as far as is sensed?"""
        levels = self.levels()
        return bool(levels.get("hook", 1) and levels.get("line", 1))

    def close(self) -> None:
        """Let go of the pins; the LED goes dark, the beep switch opens."""
        self._stack.close()


def _output(
    pin: str | None,
    use: str,
    device: Callable[..., Any],
    factory: Any,
    stack: ExitStack,
) -> Any:
    """Claim an output that is off at first; None if there is no pin for it."""
    if pin is None:
        return None
    made = claim(pin, use, lambda: device(pin, pin_factory=factory))
    stack.callback(made.close)
    return made


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
        self._device = claim(
            wanted.pin,
            wanted.signal,
            lambda: gpiozero.InputDevice(
                wanted.pin, pull_up=wanted.active_low, pin_factory=factory
            ),
        )
        pin = self._device.pin
        if wanted.pull_up and not wanted.active_low:
            pin.pull = "up"  # gpiozero itself pairs active high with a pull-down
        self._active = 0 if wanted.active_low else 1
        self._differs_since_s: float | None = None
        self._last = self.level()
        edges.put(TimedEdge(clock(), self.signal, self._last))
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
