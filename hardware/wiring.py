"""Wires and labels of the schematic, computed from places and connections.

Pins of one net are joined by straight wires or by wires with one corner, nearest first,
where no other pin, wire or body is in the way.  Every group that remains gets the
net's name, so what the drawing says never depends on how well it was routed.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field

from hardware import circuit, layout
from hardware.symbols import SYMBOLS, Point, turned

#: Wires longer than this are harder to follow than a name, grids.
LONGEST = 26.0
Segment = tuple[Point, Point]


@dataclass(frozen=True, slots=True)
class Spot:
    """A pin on the sheet, and the direction in which it leaves its body."""

    ref: str
    pin: str
    at: Point
    out: Point


@dataclass(frozen=True, slots=True)
class Label:
    """A net's name at a point; `out` is (0, 0) where it stands on a wire."""

    at: Point
    out: Point
    net: str


@dataclass(slots=True)
class Drawing:
    """Everything between the symbols."""

    wires: list[Segment] = field(default_factory=list)
    junctions: list[Point] = field(default_factory=list)
    labels: list["Label"] = field(default_factory=list)


_OUT = {"left": (-1.0, 0.0), "right": (1.0, 0.0), "up": (0.0, -1.0), "down": (0.0, 1.0)}


def spots() -> dict[str, list[Spot]]:
    """Return the pins of every net, as placed."""
    found: dict[str, list[Spot]] = {}
    for part in circuit.PARTS:
        x, y, quarter = layout.PLACES[part.ref]
        for pin in SYMBOLS[part.kind].pins:
            if pin.number not in part.nets:
                continue
            dx, dy = turned(pin.x, pin.y, quarter)
            out = turned(*_OUT[pin.side], quarter)
            spot = Spot(part.ref, pin.number, (x + dx, y + dy), out)
            found.setdefault(part.nets[pin.number], []).append(spot)
    return found


def bodies() -> Iterator[tuple[float, float, float, float]]:
    """Yield the box of each symbol's strokes: left, top, right, bottom."""
    for part in circuit.PARTS:
        x, y, quarter = layout.PLACES[part.ref]
        points = [turned(*p, quarter) for s in SYMBOLS[part.kind].strokes for p in s]
        xs, ys = [p[0] for p in points], [p[1] for p in points]
        yield x + min(xs), y + min(ys), x + max(xs), y + max(ys)


def draw() -> Drawing:
    """Return wires, junctions and labels of the whole sheet."""
    drawing, boxes, by_net = Drawing(), list(bodies()), spots()
    for net, ends in by_net.items():
        foreign = {s.at for other, some in by_net.items() if other != net for s in some}
        groups = [[end] for end in ends]
        wires: list[Segment] = []
        if net not in layout.SUPPLIES:
            wires = _join(groups, foreign, drawing.wires, boxes)
        drawing.wires += wires
        drawing.junctions += _junctions(wires, ends)
        for group in groups:
            drawing.labels += _label(net, group, len(group) == len(ends), wires)
    return drawing


def _label(
    net: str, group: list[Spot], whole: bool, wires: list[Segment]
) -> Iterator[Label]:
    """Yield a group's name; a net that is one group and obvious needs none."""
    if len(group) == 1:
        yield Label(group[0].at, group[0].out, net)
        return
    if whole and len(group) == 2 and not net.endswith("_N"):
        return
    points = {spot.at for spot in group}
    own = [wire for wire in wires if any(_on(point, wire) for point in points)]
    flat = [wire for wire in own if wire[0][1] == wire[1][1]] or own
    (x0, y0), (x1, y1) = max(flat, key=lambda w: abs(w[0][0] - w[1][0]))
    yield Label((round((x0 + x1) / 2), (y0 + y1) / 2), (0.0, 0.0), net)


def _join(
    groups: list[list[Spot]],
    foreign: set[Point],
    others: list[Segment],
    boxes: list[tuple[float, float, float, float]],
) -> list[Segment]:
    """Join groups in place, nearest pins first; return the wires."""
    wires: list[Segment] = []
    spots_ = [spot for group in groups for spot in group]
    pairs = sorted(itertools.combinations(spots_, 2), key=lambda p: _distance(*p))
    for one, two in pairs:
        first = next(g for g in groups if one in g)
        second = next(g for g in groups if two in g)
        apart = _distance(one, two) > LONGEST or _block(one) != _block(two)
        if first is second or apart:
            continue
        for path in _paths(one.at, two.at):
            if _free(path, foreign, others, boxes) and _leaves(one, two, path):
                wires += path
                first += second
                groups.remove(second)
                break
    return wires


def _block(spot: Spot) -> str:
    return circuit.part(spot.ref).block


def _distance(one: Spot, two: Spot) -> float:
    return abs(one.at[0] - two.at[0]) + abs(one.at[1] - two.at[1])


def _paths(a: Point, b: Point) -> Iterator[list[Segment]]:
    if a[0] == b[0] or a[1] == b[1]:
        yield [(a, b)]
        return
    for corner in ((b[0], a[1]), (a[0], b[1])):
        yield [(a, corner), (corner, b)]
    middle = round((a[0] + b[0]) / 2)
    if middle not in (a[0], b[0]):
        yield [
            (a, (middle, a[1])),
            ((middle, a[1]), (middle, b[1])),
            ((middle, b[1]), b),
        ]


def _leaves(one: Spot, two: Spot, path: list[Segment]) -> bool:
    """Does the wire not run back through the body it comes from?"""
    first, last = path[0], path[-1]
    ahead = (first[1][0] - first[0][0], first[1][1] - first[0][1])
    behind = (last[0][0] - last[1][0], last[0][1] - last[1][1])
    return _dot(ahead, one.out) >= 0 and _dot(behind, two.out) >= 0


def _dot(a: Point, b: Point) -> float:
    return a[0] * b[0] + a[1] * b[1]


def _free(
    path: list[Segment],
    foreign: set[Point],
    others: list[Segment],
    boxes: list[tuple[float, float, float, float]],
) -> bool:
    for segment in path:
        if any(_on(point, segment) for point in foreign):
            return False
        if any(_overlap(segment, other) for other in others):
            return False
        if any(_crosses(segment, box) for box in boxes):
            return False
    return True


def _on(point: Point, segment: Segment) -> bool:
    (x0, y0), (x1, y1) = segment
    inside_x = min(x0, x1) <= point[0] <= max(x0, x1)
    return inside_x and min(y0, y1) <= point[1] <= max(y0, y1)


def _overlap(one: Segment, two: Segment) -> bool:
    """Do two segments share more than a crossing, or does one end on the other?"""
    ends_on_two = any(_on(end, two) for end in one)
    return ends_on_two or any(_on(end, one) for end in two)


def _crosses(segment: Segment, box: tuple[float, float, float, float]) -> bool:
    (x0, y0), (x1, y1) = segment
    left, top, right, bottom = box
    eps = 0.01
    apart_x = max(x0, x1) <= left + eps or min(x0, x1) >= right - eps
    apart_y = max(y0, y1) <= top + eps or min(y0, y1) >= bottom - eps
    return not (apart_x or apart_y)


def _junctions(wires: list[Segment], ends: list[Spot]) -> list[Point]:
    """Return the points where three or more things of a net meet."""
    points = {point for wire in wires for point in wire}
    found = []
    for point in sorted(points):
        meets = sum(spot.at == point for spot in ends)
        for wire in wires:
            if point in wire:
                meets += 1
            elif _on(point, wire):
                meets += 2
        if meets >= 3:
            found.append(point)
    return found
