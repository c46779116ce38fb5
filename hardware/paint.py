"""SVG by millimetres: the few shapes that all pictures of the board are made of."""

from collections.abc import Iterator
from xml.sax.saxutils import escape

from hardware.footprints import Box

#: Pixels a millimetre.
SCALE = 8


def px(value: float) -> str:
    """Return millimetres as pixels."""
    return f"{value * SCALE:.5g}"


def document(width: float, height: float, style: str, parts: list[str]) -> str:
    """Return an SVG of so many millimetres."""
    w, h = px(width), px(height)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{w}" height="{h}" '
        f'viewBox="0 0 {w} {h}" font-family="sans-serif"><style>{style}</style>'
    )
    ground = '<rect width="100%" height="100%" fill="#fff"/>'
    return "\n".join([head, ground, *parts, "</svg>\n"])


def rect(box: Box, more: str, round_: float = 0.0) -> str:
    """Return a rectangle; `more` are its attributes."""
    x0, y0, x1, y1 = box
    corner = f' rx="{px(round_)}"' if round_ else ""
    size = f'width="{px(x1 - x0)}" height="{px(y1 - y0)}"'
    return f'<rect x="{px(x0)}" y="{px(y0)}" {size}{corner} {more}/>'


def circle(x: float, y: float, radius: float, more: str) -> str:
    """Return a circle."""
    return f'<circle cx="{px(x)}" cy="{px(y)}" r="{px(radius)}" {more}/>'


def line(x0: float, y0: float, x1: float, y1: float, more: str) -> str:
    """Return a line."""
    ends = f'x1="{px(x0)}" y1="{px(y0)}" x2="{px(x1)}" y2="{px(y1)}"'
    return f"<line {ends} {more}/>"


def text(x: float, y: float, words: str, more: str = "") -> str:
    """Return a text that begins at, or with an anchor stands around, a point."""
    return f'<text x="{px(x)}" y="{px(y)}" {more}>{escape(words)}</text>'


def centred(box: Box, words: str, more: str = "") -> str:
    """Return a text in the middle of a box, upright if the box is."""
    x0, y0, x1, y1 = box
    x, y = (x0 + x1) / 2, (y0 + y1) / 2
    turn = ""
    if y1 - y0 > 1.4 * (x1 - x0):
        turn = f' transform="rotate(-90 {px(x)} {px(y)})"'
    place = 'text-anchor="middle" dy="0.35em"'
    return text(x, y, words, f"{place}{turn} {more}".rstrip())


def lines(x: float, y: float, step: float, rows: list[str], more: str) -> Iterator[str]:
    """Yield texts below each other."""
    for i, row in enumerate(rows):
        yield text(x, y + i * step, row, more)
