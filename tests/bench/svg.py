"""Line charts as SVG, written by hand: no plotting library is needed for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 720, 400
LEFT, RIGHT, TOP, BOTTOM = 64, 148, 48, 52

#: Colours that colour-blind people tell apart (Okabe and Ito), and dashes.
STYLES = (
    ("#0072b2", "", 3.0),
    ("#d55e00", "", 1.8),
    ("#d55e00", "6 4", 1.8),
    ("#5c5c5c", "2 3", 1.8),
)


@dataclass(frozen=True)
class Line:
    """One curve: its name and its points, x rising."""

    name: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Chart:
    """A chart of per cent over x."""

    title: str
    x_label: str
    y_label: str
    lines: tuple[Line, ...]
    #: A target: x, and what is wanted there.
    target: tuple[float, str] | None = None

    def to_svg(self) -> str:
        """Return the chart as an SVG document."""
        xs = [x for line in self.lines for x, _ in line.points]
        frame = _Frame(min(xs), max(xs))
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"'
            f' font-family="sans-serif" font-size="13" role="img">',
            f"<title>{escape(self.title)}</title>",
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
            _text(LEFT, 26, self.title, size=16, weight="bold"),
            *frame.grid(),
            _text(frame.middle, HEIGHT - 12, self.x_label, anchor="middle"),
            f'<g transform="translate(18 {(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)">'
            f"{_text(0, 0, self.y_label, anchor='middle')}</g>",
        ]
        if self.target is not None:
            parts += frame.mark(*self.target)
        for line, style in reversed(list(zip(self.lines, STYLES, strict=False))):
            parts.append(frame.curve(line.points, style))
        parts += _legend([line.name for line in self.lines])
        return "\n".join([*parts, "</svg>", ""])


@dataclass(frozen=True)
class _Frame:
    """Where values lie on the drawing; y runs from 0 to 100 %."""

    low: float
    high: float

    @property
    def middle(self) -> float:
        return (LEFT + WIDTH - RIGHT) / 2

    def x(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)

    def y(self, percent: float) -> float:
        return round(HEIGHT - BOTTOM - percent / 100 * (HEIGHT - TOP - BOTTOM), 1)

    def grid(self) -> list[str]:
        parts = []
        for percent in (0, 25, 50, 75, 100):
            y = self.y(percent)
            parts.append(
                f'<path d="M{LEFT} {y}H{WIDTH - RIGHT}" stroke="#ddd" fill="none"/>'
            )
            parts.append(_text(LEFT - 8, y + 4, f"{percent} %", anchor="end"))
        step = 5 if self.high - self.low > 12 else 2
        first = int(-(-self.low // step)) * step
        for value in range(first, int(self.high) + 1, step):
            x = self.x(value)
            parts.append(f'<path d="M{x} {self.y(0)}v5" stroke="#777" fill="none"/>')
            parts.append(_text(x, self.y(0) + 20, f"{value}", anchor="middle"))
        return parts

    def mark(self, value: float, words: str) -> list[str]:
        x = self.x(value)
        return [
            f'<path d="M{x} {self.y(100)}V{self.y(0)}" stroke="#009e73"'
            ' stroke-width="1.5" stroke-dasharray="1 3" fill="none"/>',
            _text(x + 5, self.y(12), words, colour="#00694d"),
        ]

    def curve(
        self, points: Sequence[tuple[float, float]], style: tuple[str, str, float]
    ) -> str:
        colour, dash, width = style
        path = "L".join(f"{self.x(x)} {self.y(y)}" for x, y in points)
        dashes = f' stroke-dasharray="{dash}"' if dash else ""
        return (
            f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="{width}"'
            f' stroke-linejoin="round"{dashes}/>'
        )


def _legend(names: Sequence[str]) -> list[str]:
    parts = []
    for i, (name, (colour, dash, width)) in enumerate(zip(names, STYLES, strict=False)):
        y = TOP + 12 + 24 * i
        x = WIDTH - RIGHT + 14
        dashes = f' stroke-dasharray="{dash}"' if dash else ""
        parts.append(
            f'<path d="M{x} {y}h26" stroke="{colour}" stroke-width="{width}"{dashes}/>'
        )
        parts.append(_text(x + 33, y + 4, name))
    return parts


def _text(
    x: float,
    y: float,
    words: str,
    *,
    anchor: str = "start",
    size: int = 13,
    weight: str = "normal",
    colour: str = "#222",
) -> str:
    return (
        f'<text x="{x}" y="{y}" text-anchor="{anchor}" font-size="{size}"'
        f' font-weight="{weight}" fill="{colour}">{escape(words)}</text>'
    )
