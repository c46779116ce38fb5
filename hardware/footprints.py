"""Pads and outlines of every footprint, mm, top view, y downwards.

Figures of named parts come from their makers' drawings (for jacks, button and DIP by
way of KiCad's library, CC-BY-SA with its exception for designs); outlines of parts
that are `unconfirmed` in the circuit are placeholders.
"""

from dataclasses import dataclass

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Pad:
    """A plated hole: place, size of the copper, drill; `drill_y` makes it a slot."""

    number: str
    x: float
    y: float
    width: float
    height: float
    drill: float
    drill_y: float = 0.0


@dataclass(frozen=True, slots=True)
class Footprint:
    """Pads, plain holes (x, y, drill) and the body's box for the silkscreen."""

    pads: tuple[Pad, ...]
    body: Box
    holes: tuple[tuple[float, float, float], ...] = ()


def _row(
    numbers: str, pitch: float, size: float = 1.8, drill: float = 0.9
) -> tuple[Pad, ...]:
    names = numbers.split()
    return tuple(Pad(n, i * pitch, 0, size, size, drill) for i, n in enumerate(names))


def _axial(pitch: float, length: float, across: float, drill: float = 0.9) -> Footprint:
    """Return a part lying between two holes."""
    start = (pitch - length) / 2
    body = (start, -across / 2, start + length, across / 2)
    return Footprint(_row("1 2", pitch, 1.8, drill), body)


def _dip(pins: int, pitch: float = 2.54, width: float = 7.62) -> Footprint:
    half = pins // 2
    left = [Pad(str(i + 1), 0, i * pitch, 1.5, 1.6, 0.8) for i in range(half)]
    right = [Pad(str(pins - i), width, i * pitch, 1.5, 1.6, 0.8) for i in range(half)]
    body = (0.7, -1.4, width - 0.7, (half - 1) * pitch + 1.4)
    return Footprint((*left, *right), body)


def _header() -> Footprint:
    pads = [
        Pad(str(2 * column + row + 1), 2.54 * column, -2.54 * row, 1.6, 1.6, 1.0)
        for column in range(20)
        for row in range(2)
    ]
    return Footprint(tuple(pads), (-1.3, -3.9, 49.6, 1.3))


FOOTPRINTS: dict[str, Footprint] = {
    "R_Axial_DIN0207_P10.16mm": _axial(10.16, 6.3, 2.5),
    "R_Axial_DIN0411_P15.24mm": _axial(15.24, 9.9, 3.6),
    "R_Axial_DIN0516_P20.32mm": _axial(20.32, 15.5, 5.0, 1.0),
    "D_DO-35_P7.62mm": _axial(7.62, 4.0, 2.0),
    "C_Disc_P5.00mm": _axial(5.0, 7.0, 3.5),
    "C_Rect_L18.0mm_W7.0mm_P15.00mm": _axial(15.0, 18.0, 7.0),
    "Fuse_P5.08mm": _axial(5.08, 6.5, 4.0),
    # Outer legs bent outwards.
    "TO-92": Footprint(_row("1 2 3", 2.54, 1.6, 0.8), (0.2, -1.8, 4.9, 2.3)),
    "TO-92_Wide": Footprint(
        (Pad("1", 0, 0, 1.8, 1.8, 0.9), Pad("3", 5.08, 0, 1.8, 1.8, 0.9)),
        (0.2, -1.8, 4.9, 2.3),
    ),
    "DIP-4_W7.62mm": _dip(4),
    "DIP-8_W7.62mm": _dip(8),
    "T_Line_1to1": Footprint(
        (
            Pad("1", 0, 0, 1.8, 1.8, 0.9), Pad("3", 0, 10.16, 1.8, 1.8, 0.9),
            Pad("4", 15.24, 0, 1.8, 1.8, 0.9), Pad("6", 15.24, 10.16, 1.8, 1.8, 0.9),
        ),
        (-1.2, -2.2, 16.4, 12.4),
    ),
    "DCDC_SIP-7": Footprint(
        tuple(
            Pad(n, x, 0, 1.5, 1.6, 0.8)
            for n, x in (("1", 0), ("2", 2.54), ("5", 10.16), ("7", 15.24))
        ),
        (-2.2, -1.3, 17.4, 5.0),
    ),
    "RJ14_6P4C": Footprint(
        (
            Pad("1", 0, 0, 1.4, 1.4, 0.9), Pad("2", 1.02, 2.54, 1.4, 1.4, 0.9),
            Pad("3", 2.04, 0, 1.4, 1.4, 0.9), Pad("4", 3.06, 2.54, 1.4, 1.4, 0.9),
        ),
        (-4.9, -9.0, 8.0, 5.2), ((7.53, -2.3, 2.3), (-4.47, -2.3, 2.3)),
    ),
    "Jack_3.5mm": Footprint(
        (
            Pad("S", 0, 0, 2.2, 1.2, 1.4, 0.4), Pad("R", -5, -5, 1.2, 2.2, 0.4, 1.4),
            Pad("T", 5, -5, 1.2, 2.2, 0.4, 1.4),
        ),
        (-6.0, -7.7, 6.0, 4.5),
        ((-5, 0, 1.2), (0, -5, 1.2), (-5, 2.5, 1.2), (5, 0, 1.2), (5, 2.5, 1.2)),
    ),
    "Socket_2x20_P2.54mm": _header(),
    "LED_5mm": Footprint(_row("1 2", 2.54, 1.8, 0.9), (-1.6, -2.9, 4.1, 2.9)),
    "Button_6mm": Footprint(
        (
            Pad("1", 0, 0, 2, 2, 1.1), Pad("1", 6.5, 0, 2, 2, 1.1),
            Pad("2", 0, 4.5, 2, 2, 1.1), Pad("2", 6.5, 4.5, 2, 2, 1.1),
        ),
        (0.2, -0.8, 6.3, 5.3),
    ),
    "Pins_1x05_P2.54mm": Footprint(_row("1 2 3 4 5", 2.54), (-1.3, -1.3, 11.5, 1.3)),
    "Pins_1x04_P2.54mm": Footprint(_row("1 2 3 4", 2.54), (-1.3, -1.3, 8.9, 1.3)),
}  # fmt: skip
