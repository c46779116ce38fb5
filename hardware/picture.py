"""The board seen from above, for people who solder: bodies, pads, names, barrier."""

from collections.abc import Iterator
from xml.sax.saxutils import escape

from hardware import board, circuit, placement
from hardware.model import Side

#: Pixels a millimetre.
SCALE = 8
COLOURS = {Side.LINE: "#f6d9d3", Side.ISLAND: "#f3ecc4", Side.PI: "#d5ead8"}
WORDS = {
    Side.LINE: (9, 62, "telephone line: 200 V"),
    Side.ISLAND: (10, 98, "sensor's island"),
    Side.PI: (98, 70.5, "Raspberry Pi: safe to touch"),
}
STYLE = """
text { font-family: sans-serif; fill: #123; font-size: 15px; }
.big { font-size: 18px; fill: #555; }
.body { fill: #ffffff; fill-opacity: .75; stroke: #333; stroke-width: 1.5; }
.option { stroke-dasharray: 5 3; }
.check { stroke: #b03a00; stroke-width: 3; }
.pad { fill: #c58b2a; } .one { fill: #8a5a00; } .hole { fill: #fff; }
"""


def svg() -> str:
    """Return the placement as an SVG document."""
    width, height = placement.WIDTH * SCALE, placement.HEIGHT * SCALE
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" '
        f'height="{height:g}" viewBox="0 0 {width:g} {height:g}">'
        f"<style>{STYLE}</style>"
        '<rect width="100%" height="100%" rx="12" fill="#fff" stroke="#333"/>'
    )
    return "\n".join([head, *_countries(), *_bodies(), *_pads(), *_names(), "</svg>\n"])


def _px(value: float) -> str:
    return f"{value * SCALE:.5g}"


def _box(box: tuple[float, float, float, float], style: str) -> str:
    x0, y0, x1, y1 = box
    place = f'x="{_px(x0)}" y="{_px(y0)}"'
    return f'<rect {place} width="{_px(x1 - x0)}" height="{_px(y1 - y0)}" {style}/>'


def _countries() -> Iterator[str]:
    for side, boxes in placement.COUNTRIES.items():
        for box in boxes:
            yield _box(box, f'fill="{COLOURS[side]}"')
    for x, y, words in WORDS.values():
        yield f'<text class="big" x="{_px(x)}" y="{_px(y)}">{escape(words)}</text>'


def _bodies() -> Iterator[str]:
    for part in circuit.PARTS:
        style = "body" + (" option" if part.build != "core" else "")
        style += " check" if part.unconfirmed else ""
        yield _box(board.body(part.ref), f'class="{style}" rx="3"')


def _pads() -> Iterator[str]:
    for land in board.lands():
        style = "pad one" if land.pin == "1" else "pad"
        yield _box(land.box, f'class="{style}" rx="5"')
        at = f'cx="{_px(land.x)}" cy="{_px(land.y)}"'
        yield f'<circle class="hole" {at} r="{_px(land.drill / 2)}"/>'
    for x, y, drill in board.holes():
        at = f'cx="{_px(x)}" cy="{_px(y)}" r="{_px(drill / 2)}"'
        yield f'<circle {at} fill="#fff" stroke="#333"/>'


def _names() -> Iterator[str]:
    for part in circuit.PARTS:
        x0, y0, x1, y1 = board.body(part.ref)
        x, y = (x0 + x1) / 2, (y0 + y1) / 2 + 0.6
        at = f'x="{_px(x)}" y="{_px(y)}" text-anchor="middle"'
        if y1 - y0 > 2.5 * (x1 - x0):
            at += f' transform="rotate(90 {_px(x)} {_px(y - 0.6)})"'
        value = f" {part.value}" if part.kind in ("R", "C") and x1 - x0 > 9 else ""
        yield f"<text {at}>{escape(part.ref + value)}</text>"
