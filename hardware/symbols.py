"""What parts look like in the schematic: pins and strokes, in grids of 2.54 mm.

x grows to the right, y downwards.  A pin is where a wire ends; its stub of `reach`
grids points back to the body.  Pin names are what data sheets call them; `electrical`
is KiCad's type, which its electrical rule check relies on.
"""

from dataclasses import dataclass

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Pin:
    """One pin: where its wire ends, and from which side of the body it comes."""

    number: str
    name: str
    x: float
    y: float
    side: str  # left, right, up, down
    electrical: str = "passive"
    reach: float = 1.0


@dataclass(frozen=True, slots=True)
class Symbol:
    """Strokes are polylines; `names` shows pin names inside the body."""

    pins: tuple[Pin, ...]
    strokes: tuple[tuple[Point, ...], ...]
    circles: tuple[tuple[float, float, float], ...] = ()
    names: bool = False
    label_at: Point = (1.0, -0.4)  # where reference and value stand


def _box(x0: float, y0: float, x1: float, y1: float) -> tuple[Point, ...]:
    return ((x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0))


_UP_DOWN = (Pin("1", "1", 0, -2, "up"), Pin("2", "2", 0, 2, "down"))
_ARROWS = (
    ((0.9, -0.3), (1.5, -0.3), (1.3, -0.4), (1.5, -0.3), (1.3, -0.2)),
    ((0.9, 0.2), (1.5, 0.2), (1.3, 0.1), (1.5, 0.2), (1.3, 0.3)),
)
#: A diode with the cathode (pin 1) on top.
_DIODE = (
    ((0, -1), (0, 1)),
    ((-0.6, 0.5), (0.6, 0.5), (0, -0.5), (-0.6, 0.5)),
    ((-0.6, -0.5), (0.6, -0.5)),
)
_COIL_LEFT = tuple(
    ((-0.6, -2 + k), (-0.25, -1.75 + k), (-0.25, -1.25 + k), (-0.6, -1 + k))
    for k in range(4)
)
_COIL_RIGHT = tuple(tuple((-x, y) for x, y in turn) for turn in _COIL_LEFT)
_OPTO_BODY = (
    _box(-3, -2, 3, 2),
    ((-3, -1), (-1.6, -1), (-1.6, -0.5)),
    ((-3, 1), (-1.6, 1), (-1.6, 0.5)),
    ((-2.1, -0.5), (-1.1, -0.5), (-1.6, 0.5), (-2.1, -0.5)),
    ((-2.1, 0.5), (-1.1, 0.5)),
)
_TRANSISTOR = (
    ((1.2, -0.9), (1.2, 0.9)),
    ((1.2, -0.3), (2, -1), (3, -1)),
    ((1.2, 0.3), (2, 1), (3, 1)),
    ((1.65, 0.45), (2, 1), (1.4, 0.85)),
)
_LIGHT = (((-0.7, -0.3), (0.6, -0.3)), ((-0.7, 0.2), (0.6, 0.2)))
_OPTO_PINS = (
    Pin("1", "A", -4, -1, "left"),
    Pin("2", "K", -4, 1, "left"),
    Pin("3", "E", 4, 1, "right"),
    Pin("4", "C", 4, -1, "right"),
)


def _strip(names: dict[str, str]) -> Symbol:
    """Return a connector with its pins on the right, from the top down."""
    pins = tuple(
        Pin(number, name, 3, 2 * index, "right")
        for index, (number, name) in enumerate(names.items())
    )
    body = _box(-2, -1.2, 2, 2 * len(names) - 0.8)
    return Symbol(pins, (body,), names=True, label_at=(-2, -1.7))


def _chip(
    left: tuple[tuple[str, str, str], ...],
    right: tuple[tuple[str, str, str], ...],
    width: float = 4,
) -> Symbol:
    rows = max(len(left), len(right))
    pins = [
        Pin(number, name, -width - 1, 2 * i, "left", kind)
        for i, (number, name, kind) in enumerate(left)
    ]
    pins += [
        Pin(number, name, width + 1, 2 * i, "right", kind)
        for i, (number, name, kind) in enumerate(right)
    ]
    body = _box(-width, -1.5, width, 2 * rows - 0.5)
    return Symbol(tuple(pins), (body,), names=True, label_at=(-width, -1.9))


_HEADER_LEFT = ("1", "17", "2", "4", "11", "13", "15", "16", "18", "22")
_HEADER_RIGHT = ("3", "5", "7", "27", "28", "6", "9", "20", "25", "39")
_HEADER_NAMES = {
    "1": "3V3", "17": "3V3", "2": "5V", "4": "5V", "11": "GPIO17", "13": "GPIO27",
    "15": "GPIO22", "16": "GPIO23", "18": "GPIO24", "22": "GPIO25", "3": "SDA",
    "5": "SCL", "7": "GPIO4", "27": "ID_SD", "28": "ID_SC",
}  # fmt: skip

SYMBOLS: dict[str, Symbol] = {
    "R": Symbol(_UP_DOWN, (_box(-0.4, -1, 0.4, 1),)),
    "C": Symbol(
        _UP_DOWN,
        (
            ((0, -1), (0, -0.2)), ((0, 1), (0, 0.2)),
            ((-0.8, -0.2), (0.8, -0.2)), ((-0.8, 0.2), (0.8, 0.2)),
        ),
    ),
    "F": Symbol(
        _UP_DOWN, (_box(-0.4, -1, 0.4, 1), ((-0.9, 1), (-0.6, 1), (0.6, -1), (0.9, -1)))
    ),
    "D": Symbol(_UP_DOWN, _DIODE),
    "LED": Symbol(_UP_DOWN, _DIODE + _ARROWS, label_at=(1.7, -0.4)),
    "Z": Symbol(
        _UP_DOWN,
        (*_DIODE[:2], ((-0.6, -0.2), (-0.6, -0.5), (0.6, -0.5), (0.6, -0.8))),
    ),
    "SIDACTOR": Symbol(
        (Pin("1", "1", 0, -2, "up"), Pin("3", "3", 0, 2, "down")),
        (
            ((0, -1), (0, -0.5)), ((0, 1), (0, 0.5)),
            ((-1, -0.5), (1, -0.5)), ((-1, 0.5), (1, 0.5)),
            ((-1, -0.5), (-0.5, 0.5), (0, -0.5)), ((0, 0.5), (0.5, -0.5), (1, 0.5)),
        ),
        label_at=(1.3, -0.4),
    ),
    "T": Symbol(
        (
            Pin("1", "1", -3, -2, "left"), Pin("3", "3", -3, 2, "left"),
            Pin("4", "4", 3, -2, "right"), Pin("6", "6", 3, 2, "right"),
        ),
        (
            *_COIL_LEFT, *_COIL_RIGHT,
            ((-0.08, -2), (-0.08, 2)), ((0.08, -2), (0.08, 2)),
            ((-2, -2), (-0.6, -2)), ((-2, 2), (-0.6, 2)),
            ((2, -2), (0.6, -2)), ((2, 2), (0.6, 2)),
        ),
        circles=((-0.9, -2.3, 0.1), (0.9, -2.3, 0.1)),
        label_at=(-1.6, -3.2),
    ),
    "OPTO": Symbol(
        _OPTO_PINS, _OPTO_BODY + _TRANSISTOR + _LIGHT, label_at=(-3, -2.4)
    ),
    "OPTO_AC": Symbol(
        (
            Pin("1", "AC", -4, -1, "left"), Pin("2", "AC", -4, 1, "left"),
            *_OPTO_PINS[2:],
        ),
        _OPTO_BODY + _TRANSISTOR + _LIGHT
        + (((-1.6, -1), (-0.9, -1), (-0.9, 1), (-1.6, 1)),),
        label_at=(-3, -2.4),
    ),
    "PHOTOMOS": Symbol(
        (
            *_OPTO_PINS[:2],
            Pin("3", "3", 4, 1, "right"), Pin("4", "4", 4, -1, "right"),
        ),
        _OPTO_BODY + _LIGHT
        + (((3, -1), (1.6, -1), (1.6, -0.3)), ((3, 1), (1.6, 1), (1.6, 0.3)),
           ((1.6, 0.3), (2.2, -0.35))),
        label_at=(-3, -2.4),
    ),
    "COMPARATOR": _chip(
        (
            ("3", "INA+", "input"), ("2", "INA-", "input"),
            ("5", "INB+", "input"), ("6", "INB-", "input"),
        ),
        (
            ("1", "OUTA", "output"), ("7", "OUTB", "output"),
            ("8", "VDD", "power_in"), ("4", "VSS", "power_in"),
        ),
    ),
    "LDO": _chip(
        (("3", "IN", "power_in"), ("2", "GND", "power_in")),
        (("1", "OUT", "power_out"),),
    ),
    "DCDC": _chip(
        (("1", "+IN", "power_in"), ("2", "-IN", "power_in")),
        (("7", "+OUT", "power_out"), ("5", "-OUT", "power_out")),
    ),
    "RJ": _strip({"2": "TIP", "3": "RING"}),
    "JACK": _strip({"T": "TIP", "R": "RING", "S": "SLEEVE"}),
    "RTC": _strip({"1": "3V3", "2": "SDA", "3": "SCL", "4": "1-WIRE", "5": "GND"}),
    "EEPROM": _strip({"1": "3V3", "2": "SDA", "3": "SCL", "4": "GND"}),
    "BUTTON": Symbol(
        _UP_DOWN,
        (((0, -1), (0, -0.6)), ((0, 1), (0, 0.6)), ((0.6, -0.6), (0.6, 0.6)),
         ((0.6, 0), (1, 0))),
        circles=((0, -0.5, 0.12), (0, 0.5, 0.12)),
        label_at=(1.4, -0.4),
    ),
    "HEADER": _chip(
        tuple(
            (n, _HEADER_NAMES[n], "power_out" if n in ("1", "2") else "passive")
            for n in _HEADER_LEFT
        ),
        tuple(
            (n, _HEADER_NAMES.get(n, "GND"), "power_out" if n == "6" else "passive")
            for n in _HEADER_RIGHT
        ),
        width=5,
    ),
}  # fmt: skip


def turned(x: float, y: float, quarter: int) -> Point:
    """Return a point turned clockwise by so many quarters."""
    for _ in range(quarter % 4):
        x, y = -y, x
    return x, y
