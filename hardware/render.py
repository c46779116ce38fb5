"""What the board looks like: both sides bare, and with its parts, drawn from the data.

KiCad 6 renders three dimensions in its window only, so the third is missing here.
"""

from collections.abc import Iterable, Iterator

from hardware import board, circuit, paint, placement
from hardware.board import Track, Via
from hardware.model import Part
from hardware.pcb import WORDS

STYLE = """
.fr4 { fill: #0d5c3a; } .cu { stroke: #1f8a59; stroke-linecap: round; fill: none; }
.pour { fill: #167049; } .pad { fill: #d9b44a; } .hole { fill: #f4f4f0; }
.silk { fill: none; stroke: #eef4ee; stroke-width: 1.2; }
.ink { fill: #eef4ee; font-size: 12px; }
.part { stroke: #222; stroke-width: 1; } .lead { stroke: #b9b9b9; stroke-width: 4; }
.name { font-size: 12px; } .light { fill: #fff; } .dark { fill: #111; }
"""
#: Colour of a body by kind, and whether its name is light.
BODIES = {
    "R": ("#c9dcea", False), "C": ("#e8b84f", False), "D": ("#b8442c", True),
    "Z": ("#b8442c", True), "F": ("#d98a2b", False), "T": ("#2f3f63", True),
    "RJ": ("#ece7d8", False), "JACK": ("#2b2b2b", True), "LED": ("#d33f3f", True),
    "BUTTON": ("#454545", True), "DCDC": ("#1d1d1d", True), "SIDACTOR": ("#333", True),
    "RTC": ("#222", True), "EEPROM": ("#222", True), "HEADER": ("#222", True),
    "LDO": ("#333", True),
}  # fmt: skip
CHIP = ("#262626", True)


def bare(tracks: list[Track], vias: list[Via], layer: int) -> str:
    """Return one side without parts; the bottom as you see it: mirrored."""
    width, height = placement.WIDTH, placement.HEIGHT
    inside = [
        *_base(),
        *_copper(tracks, vias, layer),
        *_pads(),
        *(_silk() if layer == 0 else ()),
    ]
    if layer:
        shift = paint.px(width)
        inside = [f'<g transform="translate({shift} 0) scale(-1 1)">', *inside, "</g>"]
    return paint.document(width, height, STYLE, inside)


def assembled() -> str:
    """Return the top with every part on it."""
    inside = [*_base(), *_pads(), *bodies(circuit.PARTS)]
    return paint.document(placement.WIDTH, placement.HEIGHT, STYLE, inside)


def _base() -> Iterator[str]:
    outline = (0.0, 0.0, placement.WIDTH, placement.HEIGHT)
    yield paint.rect(outline, 'class="fr4"', 1.0)
    for corners in placement.POURS.values():
        points = " ".join(f"{paint.px(x)},{paint.px(y)}" for x, y in corners)
        yield f'<polygon class="pour" points="{points}"/>'


def _copper(tracks: list[Track], vias: list[Via], layer: int) -> Iterator[str]:
    for track in tracks:
        if track.layer == layer:
            wide = f'class="cu" stroke-width="{paint.px(track.width)}"'
            yield paint.line(track.x0, track.y0, track.x1, track.y1, wide)
    for via in vias:
        yield paint.circle(via.x, via.y, via.size / 2, 'class="pad"')
        yield paint.circle(via.x, via.y, via.drill / 2, 'class="hole"')


def _pads() -> Iterator[str]:
    for land in board.lands():
        first = land.pin == "1"
        yield paint.rect(land.box, 'class="pad"', 0.0 if first else 0.7)
        yield paint.circle(land.x, land.y, land.drill / 2, 'class="hole"')
    for x, y, drill in board.holes():
        yield paint.circle(x, y, drill / 2, 'class="hole"')


def _silk() -> Iterator[str]:
    for part in circuit.PARTS:
        box = board.body(part.ref)
        yield paint.rect(box, 'class="silk"')
        label = part.ref + ("?" if part.unconfirmed else "")
        yield paint.centred(box, label, 'class="ink"')
    for x, y, words, size in WORDS:
        more = f'class="ink" text-anchor="middle" style="font-size:{10 * size:.0f}px"'
        yield paint.text(x, y + 0.4, words, more)


def bodies(parts: Iterable[Part]) -> Iterator[str]:
    """Yield parts as they stand on the board: leads, body, mark of pin 1, name."""
    for part in parts:
        box = board.body(part.ref)
        fill, light = BODIES.get(part.kind, CHIP)
        lands = [land for land in board.lands() if land.ref == part.ref]
        if len(lands) == 2 and part.kind in ("R", "D", "Z"):
            one, two = lands
            yield paint.line(one.x, one.y, two.x, two.y, 'class="lead"')
        yield paint.rect(box, f'class="part" fill="{fill}"', 0.6)
        yield from mark(part, box, lands)
        tone = "light" if light else "dark"
        yield paint.centred(box, part.ref, f'class="name {tone}"')


def mark(
    part: Part, box: tuple[float, float, float, float], lands: list[board.Land]
) -> Iterator[str]:
    """Yield the band of a diode, or the dot beside pin 1 of a chip."""
    first = next((land for land in lands if land.pin == "1"), None)
    x0, y0, x1, y1 = box
    if first is None:
        return
    if part.kind in ("D", "Z"):
        if x1 - x0 > y1 - y0:
            near = (x0 + 0.3, x0 + 0.9) if first.x < x0 else (x1 - 0.9, x1 - 0.3)
            yield paint.rect((near[0], y0, near[1], y1), 'fill="#111"')
        else:
            near = (y0 + 0.3, y0 + 0.9) if first.y < y0 else (y1 - 0.9, y1 - 0.3)
            yield paint.rect((x0, near[0], x1, near[1]), 'fill="#111"')
    elif part.kind in ("OPTO", "OPTO_AC", "PHOTOMOS", "COMPARATOR", "DCDC", "T"):
        x = min(max(first.x, x0 + 0.9), x1 - 0.9)
        y = min(max(first.y, y0 + 0.9), y1 - 0.9)
        yield paint.circle(x, y, 0.45, 'fill="#fff"')
