"""The board as a KiCad 6 file, its rules, and the project's net classes.

Written as text, so that it is the same to the byte each time; KiCad fills the poured
grounds, checks the rules and plots.
"""

import json
from collections.abc import Iterator

from hardware import board, circuit, placement
from hardware.board import Track, Via
from hardware.footprints import FOOTPRINTS, Pad
from hardware.kicad import unique
from hardware.model import Part, Side
from hardware.router import CLEARANCE_MM, WIDTH_MM

VERSION = 20211014
LAYERS = ("F.Cu", "B.Cu")
_LAYER_TABLE = """  (layers
    (0 "F.Cu" signal) (31 "B.Cu" signal)
    (36 "B.SilkS" user "B.Silkscreen") (37 "F.SilkS" user "F.Silkscreen")
    (38 "B.Mask" user) (39 "F.Mask" user) (40 "Dwgs.User" user "User.Drawings")
    (44 "Edge.Cuts" user) (46 "B.CrtYd" user "B.Courtyard")
    (47 "F.CrtYd" user "F.Courtyard") (48 "B.Fab" user) (49 "F.Fab" user)
  )"""
#: Printed on the board.
WORDS = (
    (56.0, 66.4, "LINE SIDE: 200 V.  UNPLUG BEFORE OPENING", 1.3),
    (50.0, 69.4, "nothing may cross this gap", 1.0),
    (120.0, 90.0, "Linekeeper R1  CERN-OHL-P-2.0", 1.2),
    (120.0, 92.5, "not an approved terminal", 1.0),
    (120.0, 87.4, "? = check outline before ordering", 1.0),
)


def rules() -> str:
    """Return the custom rule that keeps the three countries apart."""
    pairs = (("LINE", "PI"), ("LINE", "ISLAND"), ("ISLAND", "PI"))
    text = "(version 1)\n"
    for one, two in pairs:
        condition = f"A.NetClass == '{one}' && B.NetClass == '{two}'"
        text += (
            f'(rule "barrier {one} {two}"\n'
            f"  (constraint clearance (min {placement.BARRIER_MM}mm))\n"
            f'  (condition "{condition}"))\n'
        )
    return text


def project() -> str:
    """Return linekeeper.kicad_pro: a net class for each country."""
    classes = [
        {
            "name": name, "clearance": clearance, "track_width": width,
            "via_diameter": 1.2, "via_drill": 0.6, "nets": nets,
        }
        for name, clearance, width, nets in (
            ("Default", 0.3, 0.5, []),
            *(
                (side.name, CLEARANCE_MM[side], WIDTH_MM[side], _nets_of(side))
                for side in Side
            ),
        )
    ]  # fmt: skip
    content = {
        "board": {"design_settings": {"rules": {"min_copper_edge_clearance": 0.5}}},
        "meta": {"filename": "linekeeper.kicad_pro", "version": 1},
        "net_settings": {"classes": classes, "meta": {"version": 2}},
    }
    return json.dumps(content, indent=1) + "\n"


def _nets_of(side: Side) -> list[str]:
    return [f"/{net}" if net not in _POWER else net for net in circuit.nets()
            if circuit.side_of(net) is side]  # fmt: skip


#: Nets that KiCad names without a sheet's path.
_POWER = frozenset({"GND", "GNDI", "+3V3", "+5V", "+5VI", "+3V3I"})


def name_of(net: str) -> str:
    """Return a net as KiCad's netlist calls it."""
    return net if net in _POWER or net.startswith("unconnected") else f"/{net}"


def layout(tracks: list[Track], vias: list[Via]) -> str:
    """Return the content of linekeeper.kicad_pcb."""
    nets = sorted({land.net for land in board.lands()})
    numbers = {net: i + 1 for i, net in enumerate(nets)}
    lines = [
        f"(kicad_pcb (version {VERSION}) (generator linekeeper)",
        "  (general (thickness 1.6))",
        '  (paper "A4")',
        '  (title_block (title "Linekeeper line interface") (rev "R1"))',
        _LAYER_TABLE,
        "  (setup (pad_to_mask_clearance 0.05))",
        '  (net 0 "")',
        *(f'  (net {number} "{name_of(net)}")' for net, number in numbers.items()),
        *_parts(numbers),
        *_edges(),
        *_words(),
        *_copper(tracks, vias, numbers),
        *_pours(numbers),
        ")",
        "",
    ]
    return "\n".join(lines)


def _xy(x: float, y: float) -> str:
    return f"{x:.4g} {y:.4g}"


def _parts(numbers: dict[str, int]) -> Iterator[str]:
    for part in circuit.PARTS:
        x, y, quarter = placement.PLACED[part.ref]
        angle = -90 * quarter % 360
        yield f'  (footprint "linekeeper:{part.footprint}" (layer "F.Cu")'
        yield f"    (tstamp {unique('board', part.ref)}) (at {_xy(x, y)} {angle})"
        yield f'    (path "/{unique("part", part.ref)}") (attr through_hole)'
        yield from _silk(part, angle)
        shape = FOOTPRINTS[part.footprint]
        for i, pad in enumerate(shape.pads):
            net = part.nets.get(pad.number, f"unconnected-{part.ref}-{pad.number}")
            yield _pad(part, pad, i, angle, f'(net {numbers[net]} "{name_of(net)}")')
        for hx, hy, drill in shape.holes:
            yield _hole(hx, hy, drill)
        yield "  )"
    for i, (x, y, drill) in enumerate(placement.MOUNTING):
        yield '  (footprint "linekeeper:MountingHole_M3" (layer "F.Cu")'
        yield f"    (tstamp {unique('hole', i)}) (at {_xy(x, y)})"
        yield "    (attr exclude_from_pos_files exclude_from_bom)"
        yield _hole(0, 0, drill) + "\n  )"


def _silk(part: Part, angle: int) -> Iterator[str]:
    x0, y0, x1, y1 = FOOTPRINTS[part.footprint].body
    middle = _xy((x0 + x1) / 2, _text_y(part))
    font = "(effects (font (size 1 1) (thickness 0.15)))"
    label = part.ref + ("?" if part.unconfirmed else "")
    yield (
        f'    (fp_text reference "{label}" (at {middle} {angle}) (layer "F.SilkS")'
        f" {font} (tstamp {unique('ref', part.ref)}))"
    )
    yield (
        f'    (fp_text value "{part.value}" (at {middle} {angle}) (layer "F.Fab")'
        f" {font} (tstamp {unique('value', part.ref)}))"
    )
    drawn = "F.Fab" if _over_pads(part) else "F.SilkS"
    for layer, grown, width in ((drawn, 0.0, 0.15), ("F.CrtYd", 0.25, 0.05)):
        ends = (
            f"(start {_xy(x0 - grown, y0 - grown)}) (end {_xy(x1 + grown, y1 + grown)})"
        )
        yield (
            f'    (fp_rect {ends} (layer "{layer}") (width {width}) (fill none)'
            f" (tstamp {unique(layer, part.ref)}))"
        )


def _text_y(part: Part) -> float:
    """Return where the reference stands: in the middle, or above where pads are."""
    shape = FOOTPRINTS[part.footprint]
    x0, y0, x1, y1 = shape.body
    x, y, half = (x0 + x1) / 2, (y0 + y1) / 2, 0.55 * len(part.ref) + 0.3
    text = (x - half, y - 0.8, x + half, y + 0.8)
    covered = any(
        board.gap(text, (p.x - 0.9, p.y - 0.9, p.x + 0.9, p.y + 0.9)) < 0.1
        for p in shape.pads
    )
    return y0 - 1.0 if covered else y


def _over_pads(part: Part) -> bool:
    """Would ink of the outline fall on a pad?"""
    shape = FOOTPRINTS[part.footprint]
    x0, y0, x1, y1 = shape.body
    edges = ((x0, y0, x1, y0), (x0, y1, x1, y1), (x0, y0, x0, y1), (x1, y0, x1, y1))
    boxes = [
        (p.x - p.width / 2, p.y - p.height / 2, p.x + p.width / 2, p.y + p.height / 2)
        for p in shape.pads
    ]
    boxes += [(x - d / 2, y - d / 2, x + d / 2, y + d / 2) for x, y, d in shape.holes]
    return any(board.gap(edge, box) < 0.25 for edge in edges for box in boxes)


def _pad(part: Part, pad: Pad, index: int, angle: int, net: str) -> str:
    shape = "rect" if index == 0 else "oval"
    drill = f"oval {pad.drill} {pad.drill_y}" if pad.drill_y else f"{pad.drill}"
    # Between a header's pins there is no room for thermal spokes.
    joined = " (zone_connect 2)" if part.kind == "HEADER" else ""
    return (
        f'    (pad "{pad.number}" thru_hole {shape} (at {_xy(pad.x, pad.y)} {angle})'
        f" (size {pad.width} {pad.height}) (drill {drill})"
        f' (layers "*.Cu" "*.Mask") {net}{joined}'
        f" (tstamp {unique('pad', part.ref, index)}))"
    )


def _hole(x: float, y: float, drill: float) -> str:
    return (
        f'    (pad "" np_thru_hole circle (at {_xy(x, y)}) (size {drill} {drill})'
        f' (drill {drill}) (layers "*.Cu" "*.Mask"))'
    )


def _edges() -> Iterator[str]:
    corners = f"(start 0 0) (end {placement.WIDTH:g} {placement.HEIGHT:g})"
    yield (
        f'  (gr_rect {corners} (layer "Edge.Cuts") (width 0.1) (fill none)'
        f" (tstamp {unique('edge')}))"
    )


def _words() -> Iterator[str]:
    for x, y, words, size in WORDS:
        font = f"(effects (font (size {size} {size}) (thickness {size / 6:.2f})))"
        yield (
            f'  (gr_text "{words}" (at {_xy(x, y)}) (layer "F.SilkS")'
            f" (tstamp {unique('words', words)}) {font})"
        )


def _copper(
    tracks: list[Track], vias: list[Via], numbers: dict[str, int]
) -> Iterator[str]:
    for i, track in enumerate(tracks):
        ends = f"(start {_xy(track.x0, track.y0)}) (end {_xy(track.x1, track.y1)})"
        yield (
            f'  (segment {ends} (width {track.width}) (layer "{LAYERS[track.layer]}")'
            f" (net {numbers[track.net]}) (tstamp {unique('track', i)}))"
        )
    for i, via in enumerate(vias):
        yield (
            f"  (via (at {_xy(via.x, via.y)}) (size {via.size}) (drill {via.drill})"
            f' (layers "F.Cu" "B.Cu") (net {numbers[via.net]})'
            f" (tstamp {unique('via', i)}))"
        )


def _pours(numbers: dict[str, int]) -> Iterator[str]:
    for net, corners in placement.POURS.items():
        points = " ".join(f"(xy {_xy(*corner)})" for corner in corners)
        for layer in LAYERS:
            yield (
                f'  (zone (net {numbers[net]}) (net_name "{name_of(net)}")'
                f' (layer "{layer}") (tstamp {unique("pour", net, layer)})'
                " (hatch edge 0.508) (connect_pads (clearance 0.3))"
                " (min_thickness 0.3) (fill yes (thermal_gap 0.3)"
                f" (thermal_bridge_width 0.5)) (polygon (pts {points})))"
            )
