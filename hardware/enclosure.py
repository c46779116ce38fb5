"""A printed case: a tray with the board on four posts, and a lid that a tool opens.

All figures come from the board: OpenSCAD gets them as parameters, the drawing and the
checks use the same.  The board's screws end in blind posts, so that no metal leads from
the line side to the outside.  Only the sockets, the lamp, the button and a flat cable
to the Pi pass the wall.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from hardware import board, circuit, paint, placement
from hardware.model import Side

#: mm, all of them.
WALL, FLOOR, CLEARANCE = 2.4, 2.4, 0.8
#: Solder joints reach 2 mm below the board; a post keeps it this high above the floor.
POST, BOARD = 6.0, 1.6
#: The tallest part is a transformer: 17.5 (LM-NP-1001-B1L, check) and room for fingers.
ABOVE = 22.0
#: Room behind the board for the lid's screws and the flat cable.
BEHIND = 9.0
#: Where along the back the lid's screws stand, beside the cable.
SCREWS_X, SCREW_POST = (12.0, 78.0), 7.5
#: Blind hole of an M3 screw in a post: its depth leaves plastic below.
PILOT, PILOT_DEPTH = 2.5, 5.0
#: RJ sockets: width and height of the opening.  Jacks: diameter, and their axis.
RJ_WIDTH, RJ_HEIGHT = 14.0, 14.5
JACK_HOLE, JACK_AXIS = 9.0, 3.0
#: Width and height of the slot for the flat cable.
SLOT_HEIGHT = 2.5
#: Creepage from line copper to the hole of a screw or the outside at least, mm.
SAFE = 2.5
PRINTED = ("tray", "lid")


@dataclass(frozen=True, slots=True)
class Opening:
    """A hole in a wall or in the lid, in the board's x, y and mm above the board."""

    ref: str
    wall: str  # left, right, back or lid
    at: float  # along the wall; x for the lid
    z: float  # lower edge or middle; y for the lid
    width: float
    height: float


def openings() -> list[Opening]:
    """Return every opening, from where the parts stand."""
    found = []
    for ref in ("J1", "J2"):
        _, y0, _, y1 = board.body(ref)
        middle = (y0 + y1) / 2
        found.append(Opening(ref, "left", middle, 0.0, RJ_WIDTH, RJ_HEIGHT))
    for ref in ("J3", "J4"):
        y = placement.PLACED[ref][1]
        found.append(Opening(ref, "right", y, JACK_AXIS, JACK_HOLE, JACK_HOLE))
    x0, _, x1, _ = board.body("J5")
    cable = (x0 + x1) / 2
    width = min(x1 - x0, 2 * (placement.WIDTH - cable)) + 4
    found.append(Opening("J5", "back", cable, ABOVE - SLOT_HEIGHT, width, SLOT_HEIGHT))
    for ref, size in (("D40", 5.4), ("SW1", 7.0)):
        x0, y0, x1, y1 = board.body(ref)
        found.append(Opening(ref, "lid", (x0 + x1) / 2, (y0 + y1) / 2, size, size))
    return found


def problems() -> Iterator[str]:
    """Yield what is wrong with the case."""
    posts = [hole[:2] for hole in placement.MOUNTING]
    for opening in openings():
        part = circuit.part(opening.ref)
        if opening.wall in ("right", "back", "lid") and _touches_line(part.ref):
            yield f"{opening.ref}: a line part under an opening of the {opening.wall}"
    for x, y in posts:
        for land in board.lands():
            near = board.gap((x - 3.2, y - 3.2, x + 3.2, y + 3.2), land.box)
            if near < 0.3:
                yield f"the screw at {x:g}, {y:g} touches {land.ref}"
    for opening in openings():
        half = (opening.width + SCREW_POST) / 2
        if opening.wall == "back" and any(abs(x - opening.at) < half for x in SCREWS_X):
            yield "a screw of the lid stands in the way of the cable"
    if PILOT_DEPTH >= POST + FLOOR - 1.2:
        yield "a screw would come through the floor"
    for opening in openings():
        if opening.wall != "lid":
            continue
        size = opening.width / 2
        box = (opening.at - size, opening.z - size, opening.at + size, opening.z + size)
        near = min(board.gap(box, line) for line in placement.COUNTRIES[Side.LINE])
        if near < placement.BARRIER_MM:
            yield f"the hole for {opening.ref} is {near:.1f} mm from the line side"
    if CLEARANCE + WALL < SAFE:
        yield "the wall is too near to the line's copper"


def _touches_line(ref: str) -> bool:
    nets = circuit.part(ref).nets.values()
    return any(circuit.side_of(net) is Side.LINE for net in nets)


def scad() -> str:
    """Return the board's figures for `case.scad`."""
    numbers = {
        "width": placement.WIDTH, "depth": placement.HEIGHT, "wall": WALL,
        "floor_": FLOOR, "clearance": CLEARANCE, "post": POST, "board": BOARD,
        "above": ABOVE, "behind": BEHIND, "pilot": PILOT, "pilot_depth": PILOT_DEPTH,
    }  # fmt: skip
    rows = (
        f'  ["{o.ref}", "{o.wall}", {o.at:g}, {o.z:g}, {o.width:g}, {o.height:g}],'
        for o in openings()
    )
    return "\n".join(
        [
            "// Drawn from hardware/enclosure.py; mm.",
            *(f"{name} = {value:g};" for name, value in numbers.items()),
            "holes = [",
            *(f"  [{x:g}, {y:g}]," for x, y, _ in placement.MOUNTING),
            "];",
            f"screws_x = [{', '.join(f'{x:g}' for x in SCREWS_X)}];",
            f"screw_post = {SCREW_POST:g};",
            "// part, wall, along it, above the board, width, height",
            "openings = [",
            *rows,
            "];",
            "",
        ]
    )


def outside() -> tuple[float, float, float]:
    """Return the tray's outer figures."""
    edge = 2 * (CLEARANCE + WALL)
    height = FLOOR + POST + BOARD + ABOVE
    return placement.WIDTH + edge, placement.HEIGHT + edge + BEHIND, height


STYLE = """
.case { fill: #f1efe6; stroke: #444; stroke-width: 2; }
.in { fill: #fff; stroke: #999; }
.pcb { fill: #cfe5d6; stroke: #0d5c3a; } .hole { fill: #333; }
.words { font-size: 16px; }
.dim { stroke: #2b6cb0; stroke-width: 1.4; } .num { font-size: 15px; fill: #2b6cb0; }
.line { fill: #f6d9d3; } .title { font-size: 24px; font-weight: bold; }
.post { fill: #ddd; stroke: #444; } .cut { fill: #b34700; }
"""


def svg() -> str:
    """Return the case from above, with its openings and outer figures."""
    ox, oy = 16.0, 16.0
    outer_x, outer_y, tray_z = outside()
    outer_z = tray_z + FLOOR
    bx, by = ox + WALL + CLEARANCE, oy + WALL + CLEARANCE
    inside = [
        paint.text(ox, 7, "Case, seen from above without its lid", 'class="title"'),
        paint.rect((ox, oy, ox + outer_x, oy + outer_y), 'class="case"', 3.0),
        paint.rect(
            (ox + WALL, oy + WALL, ox + outer_x - WALL, oy + outer_y - WALL),
            'class="in"',
        ),
        paint.rect(
            (bx, by, bx + placement.WIDTH, by + placement.HEIGHT), 'class="pcb"'
        ),
        *_countries(bx, by),
        *_openings(bx, by, ox, outer_x, oy + outer_y),
        *_figures(ox, oy, outer_x, outer_y, outer_z),
    ]
    return paint.document(outer_x + 2 * ox + 6, outer_y + 46, STYLE, inside)


def _countries(bx: float, by: float) -> Iterator[str]:
    for x0, y0, x1, y1 in placement.COUNTRIES[Side.LINE]:
        box = (bx + x0, by + y0, bx + x1, by + y1)
        yield paint.rect(box, 'class="line"')
    yield paint.text(bx + 22, by + 35, "line side: 200 V", 'class="words"')
    for x, y, drill in placement.MOUNTING:
        yield paint.circle(bx + x, by + y, 3.5, 'class="post"')
        yield paint.circle(bx + x, by + y, drill / 2, 'class="hole"')
    for x in SCREWS_X:
        y = by + placement.HEIGHT + CLEARANCE + BEHIND / 2
        yield paint.circle(bx + x, y, 3.75, 'class="post"')
        yield paint.circle(bx + x, y, PILOT / 2, 'class="hole"')


def _openings(
    bx: float, by: float, left: float, outer_x: float, back: float
) -> Iterator[str]:
    for o in openings():
        half = o.width / 2
        label = f"{o.ref} {circuit.part(o.ref).value}"
        if o.wall == "left":
            box = (left, by + o.at - half, left + WALL, by + o.at + half)
            yield paint.rect(box, 'class="cut"')
            yield paint.text(bx + 3, by + o.at, label, 'class="words"')
        elif o.wall == "right":
            edge = left + outer_x
            box = (edge - WALL, by + o.at - half, edge, by + o.at + half)
            yield paint.rect(box, 'class="cut"')
            more = 'class="words" text-anchor="end"'
            yield paint.text(edge - WALL - 2, by + o.at, label, more)
        elif o.wall == "back":
            box = (bx + o.at - half, back - WALL, bx + o.at + half, back)
            yield paint.rect(box, 'class="cut"')
            more = 'class="words" text-anchor="middle"'
            yield paint.text(bx + o.at, back - WALL - 3.4, "flat cable to the Pi", more)
        else:
            yield paint.circle(bx + o.at, by + o.z, half, 'class="cut"')
            label += " (lid)"
            yield paint.text(
                bx + o.at + half + 1, by + o.z + 0.7, label, 'class="words"'
            )


def _figures(
    ox: float, oy: float, outer_x: float, outer_y: float, outer_z: float
) -> Iterator[str]:
    y = oy + outer_y + 5
    yield paint.line(ox, y, ox + outer_x, y, 'class="dim"')
    middle = 'class="num" text-anchor="middle"'
    yield paint.text(ox + outer_x / 2, y - 0.8, f"{outer_x:.1f} mm", middle)
    x = ox - 5
    yield paint.line(x, oy, x, oy + outer_y, 'class="dim"')
    box = (x - 6, oy, x, oy + outer_y)
    yield paint.centred(box, f"{outer_y:.1f} mm", 'class="num"')
    notes = [
        f"Outside {outer_x:.1f} x {outer_y:.1f} x {outer_z:.1f} mm, walls {WALL:g} mm.",
        f"Board on posts of {POST:g} mm; its M3 screws end {PILOT_DEPTH:g} mm deep, in "
        "plastic.",
        "Lid: two tongues at the front wall, two M3 screws behind the board.",
        "A tool is needed to open it: the line side must not be touched.",
    ]
    yield from paint.lines(ox, y + 6, 4.0, notes, 'class="words"')
