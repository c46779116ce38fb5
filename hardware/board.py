"""The board as geometry: pads where parts stand, distances between countries."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from hardware import circuit, placement
from hardware.footprints import FOOTPRINTS, Box
from hardware.model import Side
from hardware.symbols import turned


@dataclass(frozen=True, slots=True)
class Land:
    """A pad on the board: its copper is the box `width` by `height` around (x, y)."""

    ref: str
    pin: str
    net: str
    x: float
    y: float
    width: float
    height: float
    drill: float
    drill_y: float = 0.0

    @property
    def box(self) -> Box:
        """Return left, top, right, bottom."""
        w, h = self.width / 2, self.height / 2
        return self.x - w, self.y - h, self.x + w, self.y + h


@dataclass(frozen=True, slots=True)
class Track:
    """A straight piece of copper on layer 0 (top) or 1 (bottom)."""

    net: str
    layer: int
    x0: float
    y0: float
    x1: float
    y1: float
    width: float


@dataclass(frozen=True, slots=True)
class Via:
    """A plated hole between the layers."""

    net: str
    x: float
    y: float
    size: float = 1.2
    drill: float = 0.6


def lands() -> Iterator[Land]:
    """Yield every pad; pads that nothing is connected to have a net of their own."""
    for part in circuit.PARTS:
        x, y, quarter = placement.PLACED[part.ref]
        for pad in FOOTPRINTS[part.footprint].pads:
            dx, dy = turned(pad.x, pad.y, quarter)
            size = (pad.width, pad.height)
            hole = (pad.drill, pad.drill_y)
            if quarter % 2:
                size = size[1], size[0]
                hole = (hole[1], hole[0]) if hole[1] else hole
            net = part.nets.get(pad.number, f"unconnected-{part.ref}-{pad.number}")
            yield Land(part.ref, pad.number, net, x + dx, y + dy, *size, *hole)


def holes() -> Iterator[tuple[float, float, float]]:
    """Yield holes without copper: x, y, drill."""
    yield from placement.MOUNTING
    for part in circuit.PARTS:
        x, y, quarter = placement.PLACED[part.ref]
        for hx, hy, drill in FOOTPRINTS[part.footprint].holes:
            dx, dy = turned(hx, hy, quarter)
            yield x + dx, y + dy, drill


def body(ref: str) -> Box:
    """Return the outline of a part on the board."""
    x, y, quarter = placement.PLACED[ref]
    x0, y0, x1, y1 = FOOTPRINTS[circuit.part(ref).footprint].body
    corners = [turned(*corner, quarter) for corner in ((x0, y0), (x1, y1))]
    xs, ys = sorted(c[0] + x for c in corners), sorted(c[1] + y for c in corners)
    return xs[0], ys[0], xs[1], ys[1]


def side_of_land(land: Land) -> Side:
    """Return the side of a pad; an unused one belongs to its part's other pads."""
    if not land.net.startswith("unconnected"):
        return circuit.side_of(land.net)
    part = circuit.part(land.ref)
    if part.kind == "HEADER":
        return Side.PI
    return circuit.side_of(next(iter(part.nets.values())))


def gap(one: Box, two: Box) -> float:
    """Return the distance between two boxes, mm."""
    dx = max(one[0] - two[2], two[0] - one[2], 0.0)
    dy = max(one[1] - two[3], two[1] - one[3], 0.0)
    return math.hypot(dx, dy)


def problems() -> Iterator[str]:
    """Yield what is wrong with the placement."""
    placed = list(lands())
    for land in placed:
        side = side_of_land(land)
        if not any(_inside(land.box, box) for box in placement.COUNTRIES[side]):
            yield f"{land.ref}.{land.pin}: outside the copper of the {side.value} side"
    for i, one in enumerate(placed):
        for two in placed[i + 1 :]:
            near = gap(one.box, two.box) < 0.3
            if one.ref != two.ref and one.net != two.net and near:
                yield f"{one.ref}.{one.pin} and {two.ref}.{two.pin} touch"
    refs = [part.ref for part in circuit.PARTS]
    for i, ref in enumerate(refs):
        for beside in refs[i + 1 :]:
            if _overlap(body(ref), body(beside)):
                yield f"{ref} and {beside} stand in the same place"
    for country, boxes in placement.COUNTRIES.items():
        for other, others in placement.COUNTRIES.items():
            if country is other:
                continue
            least = min(gap(a, b) for a in boxes for b in others)
            if least < placement.BARRIER_MM - 1e-9:
                yield f"{country.value} and {other.value} are {least:.2f} mm apart"


def _inside(inner: Box, outer: Box) -> bool:
    return (
        inner[0] >= outer[0] - 1e-9
        and inner[1] >= outer[1] - 1e-9
        and inner[2] <= outer[2] + 1e-9
        and inner[3] <= outer[3] + 1e-9
    )


def _overlap(one: Box, two: Box) -> bool:
    return gap(one, two) == 0 and not (
        one[0] >= two[2] or two[0] >= one[2] or one[1] >= two[3] or two[1] >= one[3]
    )
