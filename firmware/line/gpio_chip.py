"""The GPIO chip of this machine; claiming its pins, with errors in plain words."""

import glob
import os
import re
import sys
import tempfile
from collections.abc import Callable
from typing import Any

import gpiozero

from firmware.errors import HardwareError

#: Labels of the chip that carries the 40-pin header, by Raspberry Pi model:
#: BCM2835..2837 (to 3B+, Zero 2 W), BCM2711 (4B, 400), RP1 (5).
HEADER_CHIPS = ("pinctrl-rp1", "pinctrl-bcm2711", "pinctrl-bcm2835")


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


def claim(pin: str, use: str, make: Callable[[], Any]) -> Any:
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
