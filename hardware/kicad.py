"""The schematic as a KiCad 6 file; KiCad 7 to 9 open it too.

Unique ids are hashes of what they stand for, so that a rerun is the same to the byte.
"""

import itertools
import uuid
from collections.abc import Iterator

from hardware import circuit, layout
from hardware.model import Part
from hardware.symbols import SYMBOLS, Pin, Symbol, turned
from hardware.wiring import Drawing, draw

#: KiCad's file format of version 6.
VERSION = 20211123
LIBRARY_VERSION = 20211014
GRID_MM = 2.54
_SPACE = uuid.UUID("6f1d3a52-7c0e-5a3b-9b6e-0c7a5d1e2f34")
_SIDE = {"left": 0, "right": 180, "up": 270, "down": 90}


def schematic() -> str:
    """Return the content of linekeeper.kicad_sch."""
    drawing = draw()
    lines = [
        f"(kicad_sch (version {VERSION}) (generator linekeeper)",
        f"  (uuid {unique('sheet')})",
        f'  (paper "{layout.PAPER}")',
        '  (title_block (title "Linekeeper line interface") (rev "R1")',
        '    (comment 1 "Drawn from hardware/circuit.py; not an approved terminal"))',
        "  (lib_symbols",
        *_library(),
        "  )",
        *_between(drawing),
        *_instances(drawing),
        '  (sheet_instances (path "/" (page "1")))',
        "  (symbol_instances",
        *_paths(drawing),
        "  )",
        ")",
        "",
    ]
    return "\n".join(lines)


def library() -> str:
    """Return the content of linekeeper.kicad_sym: the same symbols as a library."""
    lines = (line.replace('"linekeeper:', '"') for line in _library())
    head = f"(kicad_symbol_lib (version {LIBRARY_VERSION}) (generator linekeeper)"
    return "\n".join([head, *lines, ")", ""])


def unique(*what: object) -> str:
    """Return the same unique id for the same thing, in every run."""
    return str(uuid.uuid5(_SPACE, "/".join(map(str, what))))


def _mm(value: float) -> str:
    return f"{round(value * GRID_MM, 4):g}"


def _at(x: float, y: float, angle: int = 0) -> str:
    return f"(at {_mm(x)} {_mm(y)} {angle})"


_SMALL = "(effects (font (size 1.27 1.27)))"
_HIDDEN = "(effects (font (size 1.27 1.27)) hide)"


def _library() -> Iterator[str]:
    """Yield each kind's symbol; KiCad's symbols have y upwards."""
    used = {part.kind for part in circuit.PARTS}
    for kind in sorted(used):
        symbol = SYMBOLS[kind]
        hide = "" if symbol.names else " hide"
        yield (
            f'    (symbol "linekeeper:{kind}" (pin_names (offset 0.5){hide})'
            " (in_bom yes) (on_board yes)"
        )
        for i, name in enumerate(("Reference", "Value", "Footprint", "Datasheet")):
            value = {"Reference": "U", "Value": kind}.get(name, "")
            yield f'      (property "{name}" "{value}" (id {i}) (at 0 0 0) {_HIDDEN})'
        yield f'      (symbol "{kind}_0_1"'
        yield from _strokes(symbol)
        yield f'      )\n      (symbol "{kind}_1_1"'
        yield from (_pin(pin) for pin in symbol.pins)
        yield "      )\n    )"
    for net in layout.SUPPLIES:
        yield from _supply_symbol(net)


def _strokes(symbol: Symbol) -> Iterator[str]:
    stroke = "(stroke (width 0.2)) (fill (type none))"
    for points in symbol.strokes:
        path = " ".join(f"(xy {_mm(x)} {_mm(-y)})" for x, y in points)
        yield f"        (polyline (pts {path}) {stroke})"
    for x, y, radius in symbol.circles:
        centre = f"(center {_mm(x)} {_mm(-y)}) (radius {_mm(radius)})"
        yield f"        (circle {centre} {stroke})"


def _pin(pin: Pin) -> str:
    at = f"(at {_mm(pin.x)} {_mm(-pin.y)} {_SIDE[pin.side]}) (length {_mm(pin.reach)})"
    names = f'(name "{pin.name}" {_SMALL}) (number "{pin.number}" {_SMALL})'
    return f"        (pin {pin.electrical} line {at} {names})"


def _supply_symbol(net: str) -> Iterator[str]:
    ground = net.startswith("GND")
    tip = -0.5 if ground else 0.5
    yield f'    (symbol "linekeeper:{net}" (power) (pin_names (offset 0) hide)'
    yield "      (in_bom no) (on_board no)"
    yield f'      (property "Reference" "#PWR" (id 0) (at 0 0 0) {_HIDDEN})'
    yield f'      (property "Value" "{net}" (id 1) (at 0 {_mm(tip * 2)} 0) {_SMALL})'
    yield f'      (property "Footprint" "" (id 2) (at 0 0 0) {_HIDDEN})'
    yield f'      (property "Datasheet" "" (id 3) (at 0 0 0) {_HIDDEN})'
    stroke = "(stroke (width 0.2)) (fill (type none))"
    bar = f"(xy {_mm(-0.5)} {_mm(tip)}) (xy {_mm(0.5)} {_mm(tip)})"
    yield f'      (symbol "{net}_0_1"'
    yield f"        (polyline (pts (xy 0 0) (xy 0 {_mm(tip)})) {stroke})"
    yield f"        (polyline (pts {bar}) {stroke}))"
    pin = f'(name "{net}" {_SMALL}) (number "1" {_SMALL})'
    yield f'      (symbol "{net}_1_1" (pin power_in line (at 0 0 90) (length 0) {pin}))'
    yield "    )"


def _between(drawing: Drawing) -> Iterator[str]:
    stroke = "(stroke (width 0) (type default) (color 0 0 0 0))"
    for (x0, y0), (x1, y1) in drawing.wires:
        ends = f"(xy {_mm(x0)} {_mm(y0)}) (xy {_mm(x1)} {_mm(y1)})"
        yield f"  (wire (pts {ends}) {stroke} (uuid {unique('wire', x0, y0, x1, y1)}))"
    for x, y in drawing.junctions:
        at = f"(at {_mm(x)} {_mm(y)}) (diameter 0) (color 0 0 0 0)"
        yield f"  (junction {at} (uuid {unique('junction', x, y)}))"
    for label in drawing.labels:
        if label.net in layout.SUPPLIES:
            continue
        (x, y), (dx, dy) = label.at, label.out
        angle = {(-1, 0): 180, (0, -1): 90, (0, 1): 270}.get((int(dx), int(dy)), 0)
        justify = "right" if angle in (180, 270) else "left"
        effects = f"(effects (font (size 1.27 1.27)) (justify {justify} bottom))"
        where = (
            f"{_at(x, y, angle)} {effects} (uuid {unique('label', label.net, x, y)})"
        )
        yield f'  (label "{label.net}" {where})'
    for title, (x, y, width, height) in layout.BLOCKS.values():
        corners = (
            (x, y),
            (x + width, y),
            (x + width, y + height),
            (x, y + height),
            (x, y),
        )
        dash = "(stroke (width 0.15) (type dash) (color 120 110 80 1))"
        for i, (one, two) in enumerate(itertools.pairwise(corners)):
            ends = " ".join(f"(xy {_mm(a)} {_mm(b)})" for a, b in (one, two))
            yield f"  (polyline (pts {ends}) {dash} (uuid {unique('frame', title, i)}))"
        font = "(effects (font (size 2.2 2.2) bold) (justify left bottom))"
        name = unique("title", title)
        yield f'  (text "{title}" {_at(x, y - 0.4)} {font} (uuid {name}))'


def _instances(drawing: Drawing) -> Iterator[str]:
    for part in circuit.PARTS:
        yield from _instance(part)
    for net, x, y in _supplies(drawing):
        yield from _power(net, x, y)


def _supplies(drawing: Drawing) -> Iterator[tuple[str, float, float]]:
    for label in drawing.labels:
        if label.net in layout.SUPPLIES:
            yield label.net, *label.at


def _instance(part: Part) -> Iterator[str]:
    x, y, quarter = layout.PLACES[part.ref]
    symbol = SYMBOLS[part.kind]
    # KiCad turns against the clock.
    at = _at(x, y, -90 * quarter % 360)
    yield f'  (symbol (lib_id "linekeeper:{part.kind}") {at}'
    yield f"    (unit 1) (in_bom yes) (on_board yes) (uuid {unique('part', part.ref)})"
    texts = {
        "Reference": part.ref, "Value": part.value,
        "Footprint": f"linekeeper:{part.footprint}", "Datasheet": "~",
        "MPN": part.mpn, "Rating": part.rating, "Tolerance": part.tolerance,
        "Build": part.build, "Check": part.unconfirmed,
    }  # fmt: skip
    for i, (name, value) in enumerate(texts.items()):
        shown = i < 2
        where, effects = (
            _text_place(symbol, (x, y, quarter), i) if shown else (_at(x, y), _HIDDEN)
        )
        yield f'    (property "{name}" "{value}" (id {i}) {where} {effects})'
    for pin in symbol.pins:
        yield f'    (pin "{pin.number}" (uuid {unique("pin", part.ref, pin.number)}))'
    yield "  )"


def _text_place(
    symbol: Symbol, place: tuple[float, float, int], row: int
) -> tuple[str, str]:
    """Return where reference (row 0) and value (row 1) stand; upright always."""
    x, y, quarter = place
    angle = 90 if quarter % 2 else 0  # KiCad turns texts with their symbol
    left = "(effects (font (size 1.27 1.27)) (justify left))"
    if len(symbol.pins) > 2:
        points = [turned(*p, quarter) for stroke in symbol.strokes for p in stroke]
        dx = min(p[0] for p in points)
        dy = min(p[1] for p in points) - 0.5
        shift = 0 if row == 0 else 2.6
        return _at(x + dx + shift, y + dy, angle), left
    if quarter % 2:
        return _at(x, y - (1.7 if row == 0 else 0.8), angle), _SMALL
    dx, dy = symbol.label_at
    return _at(x + dx, y + dy + row * 0.8, angle), left


def _power(net: str, x: float, y: float) -> Iterator[str]:
    name = unique("power", net, x, y)
    yield f'  (symbol (lib_id "linekeeper:{net}") {_at(x, y)} (unit 1)'
    yield f"    (in_bom no) (on_board no) (uuid {name})"
    yield f'    (property "Reference" "#PWR" (id 0) {_at(x, y)} {_HIDDEN})'
    drop = 1.0 if net.startswith("GND") else -0.9
    yield f'    (property "Value" "{net}" (id 1) {_at(x, y + drop)} {_SMALL})'
    yield f'    (pin "1" (uuid {unique("powerpin", net, x, y)}))\n  )'


def _paths(drawing: Drawing) -> Iterator[str]:
    for part in circuit.PARTS:
        yield (
            f'    (path "/{unique("part", part.ref)}" (reference "{part.ref}") (unit 1)'
            f' (value "{part.value}") (footprint "linekeeper:{part.footprint}"))'
        )
    for index, (net, x, y) in enumerate(_supplies(drawing)):
        yield (
            f'    (path "/{unique("power", net, x, y)}" (reference "#PWR{index:03}")'
            f' (unit 1) (value "{net}") (footprint ""))'
        )
