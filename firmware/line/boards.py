"""The pins of line interfaces that are known: one row per board, pure data.

`hardware/circuit.py` has the same pins as nets of the header; a test compares them.
"""

from dataclasses import dataclass, replace

from firmware.service.settings import Gpio


@dataclass(frozen=True, slots=True)
class Board:
    """Pins by signal, the inputs that are active high, and what is left free.

    Every input has a pull-up on the board, and gets the Pi's as well: a header that is
    not plugged in then reads as a dead line, and an opto-coupler has no pull-down to
    fight (22 k against as little as 30 k would leave 1.9 V, no clear level).
    """

    pins: dict[str, str]
    active_high: frozenset[str] = frozenset()
    #: GPIOs that the board brings out without using them.
    free: frozenset[int] = frozenset()


BOARDS = {
    # HOOK_N is low on-hook, so off-hook is high; the others are low when active.
    # GPIO 2 and 3 are I2C (clock module), 4 is 1-Wire: on the strip J6.
    "R1": Board(
        {
            "hook": "GPIO17", "ring": "GPIO27", "line": "GPIO22", "beep": "GPIO23",
            "led": "GPIO24", "button": "GPIO25",
        },
        frozenset({"hook"}),
        frozenset({2, 3, 4}),
    ),
}  # fmt: skip


def wired(settings: Gpio) -> Gpio:
    """Return the settings with the board's pins where no other pin is named."""
    board = BOARDS.get(settings.board)
    if board is None:
        return settings
    fields: dict[str, str] = {}
    for signal, pin in board.pins.items():
        if getattr(settings, f"{signal}_pin") is None:
            fields[f"{signal}_pin"] = pin
            if signal in board.active_high:
                fields[f"{signal}_active"] = "high"
    return replace(settings, **fields)  # type: ignore[arg-type] # str


def pulled_up(settings: Gpio, signal: str) -> bool:
    """Is an input the board's own, with a pull-up there?"""
    board = BOARDS.get(settings.board)
    pin = getattr(settings, f"{signal}_pin")
    return board is not None and pin == board.pins.get(signal)
