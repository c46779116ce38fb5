"""The schematic as SVG, drawn from the same places and wires as KiCad's file."""

from collections.abc import Iterator
from xml.sax.saxutils import escape

from hardware import circuit, layout
from hardware.symbols import SYMBOLS, Symbol, turned
from hardware.wiring import Drawing, draw

#: Pixels a grid.
SCALE = 8
STYLE = """
text { font-family: sans-serif; font-size: 9px; fill: #123; }
.frame { fill: #fbfaf5; stroke: #b9b29a; stroke-dasharray: 6 4; }
.title { font-size: 14px; font-weight: bold; fill: #6a5f3a; }
.body { fill: none; stroke: #7a1f1f; stroke-width: 1.4; stroke-linejoin: round; }
.wire { stroke: #17602f; stroke-width: 1.3; }
.dot { fill: #17602f; }
.net { fill: #17602f; font-size: 8px; }
.pin { font-size: 7px; fill: #555; }
.warn { fill: #b03a00; }
"""


def svg() -> str:
    """Return the sheet as an SVG document."""
    width, height = layout.WIDTH * SCALE, layout.HEIGHT * SCALE
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" '
        f'width="{width:g}" height="{height:g}"><style>{STYLE}</style>'
        '<rect width="100%" height="100%" fill="white"/>'
    )
    drawing = draw()
    body = [*_frames(), *_wires(drawing), *_parts(), *_labels(drawing)]
    return "\n".join([head, *body, "</svg>\n"])


def _px(value: float) -> str:
    return f"{value * SCALE:.4g}"


def _text(
    x: float, y: float, words: str, style: str = "", anchor: str = "start"
) -> str:
    return (
        f'<text x="{_px(x)}" y="{_px(y)}" class="{style}" text-anchor="{anchor}">'
        f"{escape(words)}</text>"
    )


def _frames() -> Iterator[str]:
    yield _text(4, 3.6, "Linekeeper line interface, rev R1", "title")
    for title, (x, y, width, height) in layout.BLOCKS.values():
        box = f'x="{_px(x)}" y="{_px(y)}" width="{_px(width)}" height="{_px(height)}"'
        yield f'<rect class="frame" {box} rx="6"/>'
        yield _text(x + 1, y - 0.5, title, "title")


def _line(x0: float, y0: float, x1: float, y1: float, style: str) -> str:
    ends = f'x1="{_px(x0)}" y1="{_px(y0)}" x2="{_px(x1)}" y2="{_px(y1)}"'
    return f'<line class="{style}" {ends}/>'


def _wires(drawing: Drawing) -> Iterator[str]:
    for (x0, y0), (x1, y1) in drawing.wires:
        yield _line(x0, y0, x1, y1, "wire")
    for x, y in drawing.junctions:
        yield f'<circle class="dot" cx="{_px(x)}" cy="{_px(y)}" r="2.6"/>'


def _parts() -> Iterator[str]:
    for part in circuit.PARTS:
        x, y, quarter = layout.PLACES[part.ref]
        symbol = SYMBOLS[part.kind]
        for stroke in symbol.strokes:
            points = (turned(*point, quarter) for point in stroke)
            path = " ".join(f"{_px(x + dx)},{_px(y + dy)}" for dx, dy in points)
            yield f'<polyline class="body" points="{path}"/>'
        for cx, cy, radius in symbol.circles:
            dx, dy = turned(cx, cy, quarter)
            at = f'cx="{_px(x + dx)}" cy="{_px(y + dy)}"'
            yield f'<circle class="body" {at} r="{_px(radius)}"/>'
        yield from _pins(symbol, x, y, quarter)
        yield from _names(part.ref, part.value, symbol, (x, y, quarter))


def _pins(symbol: Symbol, x: float, y: float, quarter: int) -> Iterator[str]:
    back = {"left": (1, 0), "right": (-1, 0), "up": (0, 1), "down": (0, -1)}
    for pin in symbol.pins:
        px, py = turned(pin.x, pin.y, quarter)
        bx, by = turned(*back[pin.side], quarter)
        reach = pin.reach
        yield _line(x + px, y + py, x + px + bx * reach, y + py + by * reach, "body")
        if symbol.names:
            anchor = "start" if bx > 0 else "end"
            inside = _text(x + px + bx * 1.3, y + py + 0.35, pin.name, "pin", anchor)
            yield inside
        if len(symbol.pins) > 2:
            anchor = "end" if bx > 0 else "start"
            yield _text(x + px + bx * 0.9, y + py - 0.2, pin.number, "pin", anchor)


def _names(
    ref: str, value: str, symbol: Symbol, place: tuple[float, float, int]
) -> Iterator[str]:
    x, y, quarter = place
    if len(symbol.pins) > 2 or symbol.names:
        points = [turned(*p, quarter) for stroke in symbol.strokes for p in stroke]
        left, top = min(p[0] for p in points), min(p[1] for p in points)
        above = 1.3 if symbol.circles else 0.5
        yield _text(x + left, y + top - above, f"{ref} {value}")
    elif quarter % 2:
        yield _text(x, y - 1.1, f"{ref} {value}", "", "middle")
    else:
        dx, dy = symbol.label_at
        yield _text(x + dx, y + dy, ref)
        yield _text(x + dx, y + dy + 1.1, value)


def _labels(drawing: Drawing) -> Iterator[str]:
    for label in drawing.labels:
        (x, y), (dx, dy), net = label.at, label.out, label.net
        if net in layout.SUPPLIES and dx:  # away from the pin first
            yield _line(x, y, x + dx, y, "wire")
            x += dx
        if net in ("GND", "GNDI"):
            yield from _ground(x, y, net)
        elif net in layout.SUPPLIES:
            yield _line(x, y, x, y - 0.6, "wire")
            yield _line(x - 0.5, y - 0.6, x + 0.5, y - 0.6, "wire")
            yield _text(x, y - 0.8, net, "net", "middle")
        elif dx:
            end, anchor = x + dx * 0.6, "start" if dx > 0 else "end"
            yield _line(x, y, end, y, "wire")
            yield _text(end + dx * 0.2, y + 0.35, net, "net", anchor)
        elif dy:
            yield _line(x, y, x, y + dy * 0.6, "wire")
            yield _text(x, y + dy * (1.6 if dy > 0 else 0.9), net, "net", "middle")
        else:
            yield _text(x, y - 0.35, net, "net", "middle")


def _ground(x: float, y: float, net: str) -> Iterator[str]:
    yield _line(x, y, x, y + 0.4, "wire")
    for i, half in enumerate((0.6, 0.4, 0.2)):
        yield _line(x - half, y + 0.4 + i * 0.25, x + half, y + 0.4 + i * 0.25, "wire")
    if net != "GND":
        yield _text(x + 0.8, y + 1.0, "I", "net")
