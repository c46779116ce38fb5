"""What a part is: a row of the circuit's tables."""

from dataclasses import dataclass, field
from enum import Enum


class Side(Enum):
    """Where a net lives; no copper of two sides comes closer than the barrier."""

    LINE = "line"  # TNV: floats with the telephone line
    ISLAND = "island"  # the hook sensor's own 3.3 V
    PI = "pi"  # what a hand may touch


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the board.

    `nets` maps pin numbers to nets, `rating` is what the design relies on, `pins_from`
    says which document gave pin numbers and outline; a part whose document could not
    be had is `unconfirmed` and marked so wherever it appears.
    """

    ref: str
    kind: str
    value: str
    nets: dict[str, str]
    footprint: str
    mpn: str
    rating: str
    tolerance: str
    alternative: str
    price_usd: float
    block: str
    build: str = "core"  # core, or an option that may be left out
    pins_from: str = ""
    unconfirmed: str = ""
    bridges: frozenset[Side] = field(default_factory=frozenset)


#: Multipliers of component values; "k" and "M" as engineers write them.
_PREFIX = {"p": 1e-12, "n": 1e-9, "u": 1e-6, "m": 1e-3, "k": 1e3, "M": 1e6}


def number(value: str) -> float:
    """Return the first figure of a value in ohm, farad or henry.

    >>> number("5.6k"), round(number("220n X2") * 1e9)
    (5600.0, 220)
    """
    text = value.split()[0]
    if text[-1] in _PREFIX:
        return float(text[:-1]) * _PREFIX[text[-1]]
    return float(text)
