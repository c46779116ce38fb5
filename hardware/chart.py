"""Charts with their limits drawn in, as SVG, the same to the byte for the same data."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 760, 400
LEFT, RIGHT, TOP, BOTTOM = 76, 24, 72, 56
#: Colours that colour-blind people tell apart (Okabe and Ito); the limit is vermilion.
COLOURS = ("#0072b2", "#009e73", "#cc79a7", "#6b5d00", "#56b4e9", "#444444")
LIMIT = "#d55e00"

Points = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Curve:
    """A named curve; `bars` draws columns down to zero, `dashed` a broken line."""

    name: str
    points: Points
    bars: bool = False
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Limit:
    """What must not be crossed: a line through points, and what it is."""

    words: str
    points: Points
    above: bool = True  # where the words stand


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart; `y` and `x` are labels with units, `span` the y axis."""

    title: str
    x: str
    y: str
    curves: tuple[Curve, ...]
    limits: tuple[Limit, ...]
    span: tuple[float, float]
    log: bool = False

    def svg(self) -> str:
        """Return the document."""
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
            f'width="{WIDTH}" height="{HEIGHT}" font-family="sans-serif" '
            'font-size="14" fill="#222" role="img">',
            f"<title>{escape(self.title)}</title>",
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
            f'<text x="{LEFT}" y="26" font-size="17" font-weight="bold">'
            f"{escape(self.title)}</text>",
            *self._legend(),
            *self._grid(),
            *(part for pair in enumerate(self.curves) for part in self._curve(*pair)),
            *(part for limit in self.limits for part in self._limit(limit)),
        ]
        return "\n".join([*parts, "</svg>", ""])

    @property
    def _ends(self) -> tuple[float, float]:
        xs = [x for curve in self.curves for x, _ in curve.points]
        return min(xs), max(xs)

    def _x(self, value: float) -> float:
        low, high = self._ends
        if self.log:
            low, high, value = math.log(low), math.log(high), math.log(value)
        return LEFT + (WIDTH - LEFT - RIGHT) * (value - low) / (high - low)

    def _y(self, value: float) -> float:
        low, high = self.span
        share = (min(max(value, low), high) - low) / (high - low)
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share

    def _legend(self) -> Iterator[str]:
        if len(self.curves) < 2:
            return
        x = float(LEFT)
        for i, curve in enumerate(self.curves):
            if not curve.name:
                continue
            colour = COLOURS[i % len(COLOURS)]
            dash = ' stroke-dasharray="6 4"' if curve.dashed else ""
            yield (
                f'<line x1="{x:.0f}" y1="46" x2="{x + 22:.0f}" y2="46" '
                f'stroke="{colour}" stroke-width="3"{dash}/>'
            )
            yield f'<text x="{x + 28:.0f}" y="51">{escape(curve.name)}</text>'
            x += 44 + 7.6 * len(curve.name)

    def _grid(self) -> Iterator[str]:
        low, high = self._ends
        for value in _decades(low, high) if self.log else _ticks(low, high):
            x = self._x(value)
            yield _line(x, TOP, x, HEIGHT - BOTTOM, "#e3e3e3", 1)
            yield _text(x, HEIGHT - BOTTOM + 20, f"{value:g}", "middle")
        for value in _ticks(*self.span):
            y = self._y(value)
            yield _line(LEFT, y, WIDTH - RIGHT, y, "#e3e3e3", 1)
            yield _text(LEFT - 8, y + 5, f"{value:g}", "end")
        yield _text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12, self.x, "middle")
        middle = (TOP + HEIGHT - BOTTOM) / 2
        yield (
            f'<text transform="translate(20 {middle:.0f}) rotate(-90)" '
            f'text-anchor="middle">{escape(self.y)}</text>'
        )

    def _curve(self, i: int, curve: Curve) -> Iterator[str]:
        colour = COLOURS[i % len(COLOURS)]
        if curve.bars:
            for x, y in curve.points:
                yield _line(self._x(x), self._y(y), self._x(x), self._y(0), colour, 2.4)
            return
        path = " ".join(f"{self._x(x):.1f},{self._y(y):.1f}" for x, y in curve.points)
        dash = ' stroke-dasharray="6 4"' if curve.dashed else ""
        yield (
            f'<polyline points="{path}" fill="none" stroke="{colour}" '
            f'stroke-width="2.2"{dash}/>'
        )

    def _limit(self, limit: Limit) -> Iterator[str]:
        path = " ".join(f"{self._x(x):.1f},{self._y(y):.1f}" for x, y in limit.points)
        yield (
            f'<polyline points="{path}" fill="none" stroke="{LIMIT}" stroke-width="2" '
            'stroke-dasharray="9 5"/>'
        )
        upright = limit.points[0][0] == limit.points[-1][0]
        x, y = self._x(limit.points[-1][0]), self._y(limit.points[-1][1])
        if upright:
            left = x > WIDTH * 0.75
            shift, anchor = (-6, "end") if left else (6, "start")
            yield _text(x + shift, y + 16, limit.words, anchor, LIMIT)
        else:
            yield _text(
                x - 4, y + (-7 if limit.above else 18), limit.words, "end", LIMIT
            )


def _line(x0: float, y0: float, x1: float, y1: float, colour: str, wide: float) -> str:
    return (
        f'<line x1="{x0:.1f}" y1="{y0:.1f}" x2="{x1:.1f}" y2="{y1:.1f}" '
        f'stroke="{colour}" stroke-width="{wide}"/>'
    )


def _text(x: float, y: float, words: str, anchor: str, colour: str = "#222") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">'
        f"{escape(words)}</text>"
    )


def _ticks(low: float, high: float) -> list[float]:
    """Return round values between two, five to ten of them."""
    rough = (high - low) / 7
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(size * n for n in (1, 2, 5, 10) if size * n >= rough)
    first = math.ceil(low / step - 1e-9)
    return [
        round(i * step, 10) for i in range(first, math.floor(high / step + 1e-9) + 1)
    ]


def _decades(low: float, high: float) -> list[float]:
    found = (n * 10**power for power in range(6) for n in (1, 2, 3, 5))
    return [value for value in found if low <= value <= high]
