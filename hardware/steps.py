"""Assembly in steps, flat parts first: what to place, and a picture of each step."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby

from hardware import board, circuit, paint, placement, render
from hardware.model import Part

#: Width of the list beside the board, mm.
MARGIN = 62.0
STYLE = (
    render.STYLE
    + """
.old { opacity: .28; } .now { fill: #ffcf33; stroke: #b34700; stroke-width: 2.5; }
.card { fill: #fbfaf5; } .title { font-size: 26px; font-weight: bold; fill: #222; }
.row { font-size: 20px; fill: #222; } .hint { font-size: 17px; fill: #7a3300; }
.tag { font-size: 15px; font-weight: bold; fill: #111; stroke: #fff;
  stroke-width: 3px; paint-order: stroke; }
.bare { fill: #e9efe8; stroke: #333; } .land { fill: #b9bfae; }
"""
)


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its title, what to mind, and which parts it takes."""

    title: str
    hint: tuple[str, ...]
    takes: Callable[[Part], bool]

    def parts(self) -> list[Part]:
        """Return the step's parts in the order of the circuit."""
        return [part for part in circuit.PARTS if self.takes(part)]


def _small(part: Part) -> bool:
    return part.kind == "R" and part.footprint.startswith("R_Axial_DIN0207")


STEPS = (
    Step(
        "Small resistors",
        ("Measure each one:", "colour rings lie."),
        _small,
    ),
    Step(
        "Diodes",
        (
            "The black band goes where",
            "it is drawn. D10 to D13 are",
            "1N3595, no other.",
        ),
        lambda part: part.kind in ("D", "Z"),
    ),
    Step(
        "Large resistors",
        (
            "R1, R2, R5, R30 flameproof,",
            "2 mm above the board;",
            "R10, R11: only VR37.",
        ),
        lambda part: part.kind == "R" and not _small(part),
    ),
    Step(
        "Chips",
        (
            "The white dot is pin 1.",
            "Solder the opto-couplers",
            "U1, U3, U4 and K1; only",
            "U2 may sit in a socket.",
        ),
        lambda part: part.kind in ("OPTO", "OPTO_AC", "PHOTOMOS", "COMPARATOR"),
    ),
    Step(
        "Small capacitors, fuses, arrester",
        ("DS1: the middle leg", "is cut off."),
        lambda part: (
            part.kind in ("F", "SIDACTOR")
            or (part.kind == "C" and "X2" not in part.value)
        ),
    ),
    Step(
        "Regulator, lamp, button",
        ("U5: flat side as drawn.", "D40: the short leg", "is pin 1."),
        lambda part: part.kind in ("LDO", "LED", "BUTTON"),
    ),
    Step(
        "Capacitors on the line",
        ("X2 must be printed on them.",),
        lambda part: part.kind == "C" and "X2" in part.value,
    ),
    Step(
        "Transformers and converter",
        (
            "CHECK BEFORE ORDERING:",
            "outline and pins are not",
            "confirmed. Lay the part on",
            "its place before soldering.",
        ),
        lambda part: part.kind in ("T", "DCDC"),
    ),
    Step(
        "Sockets and strips",
        (
            "J5 from below to sit on",
            "a Pi, or a pin header from",
            "above for a ribbon cable.",
        ),
        lambda part: part.kind in ("RJ", "JACK", "HEADER", "RTC", "EEPROM"),
    ),
)


def pictures() -> dict[str, str]:
    """Return each step's picture by file name."""
    found: dict[str, str] = {}
    done: list[Part] = []
    for number, step in enumerate(STEPS, 1):
        found[f"step-{number}.svg"] = _picture(number, step, done)
        done += step.parts()
    return found


def _picture(number: int, step: Step, done: list[Part]) -> str:
    now = step.parts()
    inside = [
        paint.rect((0, 0, placement.WIDTH, placement.HEIGHT), 'class="bare"', 1.0),
        *_lands(),
        '<g class="old">',
        *(paint.rect(board.body(part.ref), 'fill="#5b6770"', 0.5) for part in done),
        "</g>",
        *_now(now),
        *_card(number, step, now),
    ]
    return paint.document(placement.WIDTH + MARGIN, placement.HEIGHT, STYLE, inside)


def _lands() -> Iterator[str]:
    for land in board.lands():
        radius = min(land.width, land.height) / 2
        yield paint.circle(land.x, land.y, radius, 'class="land"')
    for x, y, drill in placement.MOUNTING:
        yield paint.circle(x, y, drill / 2, 'fill="#fff" stroke="#333"')


def _now(parts: list[Part]) -> Iterator[str]:
    for part in parts:
        box = board.body(part.ref)
        lands = [land for land in board.lands() if land.ref == part.ref]
        for land in lands:
            yield paint.circle(land.x, land.y, 0.9, 'fill="#b34700"')
        yield paint.rect(box, 'class="now"', 0.5)
        yield from render.mark(part, box, lands)
    for part in parts:
        yield _tag(part)


def _tag(part: Part) -> str:
    """Return the name in the body, or beside one that is too small for it."""
    box = x0, y0, x1, y1 = board.body(part.ref)
    if min(x1 - x0, y1 - y0) >= 3.4 or part.kind == "HEADER":
        return paint.centred(box, part.ref, 'class="tag"')
    middle = 'class="tag" text-anchor="middle"'
    if x1 - x0 >= y1 - y0:
        return paint.text((x0 + x1) / 2, y0 - 0.5, part.ref, middle)
    lowest = max(land.y for land in board.lands() if land.ref == part.ref)
    small = f'{middle} style="font-size:12px"'
    return paint.text((x0 + x1) / 2, lowest + 2.6, part.ref, small)


def _card(number: int, step: Step, parts: list[Part]) -> Iterator[str]:
    x = placement.WIDTH + 3
    yield paint.rect((x - 1, 0, x + MARGIN - 3, placement.HEIGHT), 'class="card"', 1.0)
    words = f"{number}. {step.title}"
    cut = words.find(",") + 1 if len(words) > 24 else 0
    rows = [words[:cut], words[cut:].strip()] if cut else [words]
    yield from paint.lines(x + 1, 6, 4.4, rows, 'class="title"')
    y = 9.0 + 4.4 * len(rows)
    yield from paint.lines(x + 1, y, 3.2, list(step.hint), 'class="hint"')
    y += 3.2 * len(step.hint) + 3
    yield from paint.lines(x + 1, y, 3.4, shopping(parts), 'class="row"')


def shopping(parts: list[Part]) -> list[str]:
    """Return what to take in hand: value and references, in lines that fit."""

    def key(part: Part) -> tuple[str, str]:
        return part.value, part.build

    rows = []
    for (value, build), group in groupby(sorted(parts, key=key), key=key):
        note = "" if build == "core" else f" ({build})"
        refs = [part.ref + ("?" if part.unconfirmed else "") for part in group]
        for i in range(0, len(refs), 4):
            head = f"{value}{note}: " if i == 0 else "    "
            rows.append(head + " ".join(refs[i : i + 4]))
    return rows
