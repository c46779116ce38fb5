"""How the board is plugged into a line: sockets of four kinds, and DSL.

Front views as you look into the socket.  The pair is drawn in red; which of its wires
is which does not matter to the board.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from hardware import paint

WIDTH, HEIGHT = 124.0, 62.0
STYLE = """
.body { fill: #ece7d8; stroke: #555; stroke-width: 2; } .gap { fill: #3b3b3b; }
.pin { fill: #c9a227; } .pair { fill: #d4351c; } .wire { stroke: #d4351c;
  stroke-width: 4; fill: none; } .board { fill: #0d5c3a; } .title { font-size: 26px;
  font-weight: bold; } .words { font-size: 18px; }
.small { font-size: 15px; fill: #444; }
.no { font-size: 15px; text-anchor: middle; } .light { fill: #fff; }
.box { fill: #fbfaf5; stroke: #888; stroke-width: 2; } .dsl { stroke: #2b6cb0;
  stroke-width: 4; fill: none; } .bad { stroke: #d4351c; stroke-width: 7; }
"""


#: A contact: its name, where it is, and whether it is one of the pair.
Contact = tuple[str, float, float, bool]


@dataclass(frozen=True, slots=True)
class Socket:
    """A socket: contacts as (name, x, y, of the pair) in its frame, and notes."""

    title: str
    contacts: tuple[Contact, ...]
    notes: tuple[str, ...]
    upright: bool = True  # contacts are blades standing in a row


def _row(names: str, pair: str, pitch: float = 3.2) -> tuple[Contact, ...]:
    listed = names.split()
    left = 20.0 - pitch * (len(listed) - 1) / 2
    return tuple(
        (name, left + i * pitch, 24.0, name in pair.split())
        for i, name in enumerate(listed)
    )


SOCKETS = {
    "socket-rj.svg": Socket(
        "RJ11, RJ14, RJ12 (6 positions)",
        _row("1 2 3 4 5 6", "3 4"),
        (
            "The line is on the two middle contacts, 3 and 4.",
            "RJ11 has contacts 3 and 4 only, RJ14 adds 2 and 5 (a second",
            "line), RJ12 has all six. Any 6-position cord fits J1.",
            "A Cisco or PBX system phone is no analogue line: do not plug in.",
        ),
    ),
    "socket-au.svg": Socket(
        "Australia, 600 series (605 plug, 610 socket)",
        (
            ("1", 13.0, 18.0, False), ("2", 13.0, 24.5, True),
            ("3", 20.0, 18.0, False), ("4", 20.0, 24.5, False),
            ("5", 27.0, 18.0, False), ("6", 27.0, 24.5, True),
        ),
        (
            "The line is on 2 (white) and 6 (blue), as numbered on the",
            "screws inside; the places drawn here are not those of the pins.",
            "Use a bought 605-to-RJ adapter: fixed wiring may only be",
            "touched by a registered cabler. Mode 3 (611) sockets open the",
            "line behind them: the board goes into a common socket.",
        ),
        upright=False,
    ),
    "socket-uk.svg": Socket(
        "United Kingdom, BT 431A plug (BT 631A is the lockless kind)",
        _row("1 2 3 4 5 6", "2 5"),
        (
            "The line is on 2 and 5. Contact 3 is the bell wire, 4 earth:",
            "leave both open, the board needs neither.",
            "A cord from 431A (2, 5) to RJ11 (3, 4); cords sold for modems",
            "are wired so, cords for telephones often are not: measure.",
        ),
    ),
}  # fmt: skip


def pictures() -> dict[str, str]:
    """Return every picture by file name."""
    found = {name: _picture(socket) for name, socket in SOCKETS.items()}
    return found | {"dsl.svg": _dsl(), "chain.svg": _chain()}


def _picture(socket: Socket) -> str:
    inside = [
        paint.text(4, 6, socket.title, 'class="title"'),
        paint.rect((6, 11, 34, 36), 'class="body"', 2.0),
        paint.rect((8.5, 14, 31.5, 33), 'class="gap"', 1.0),
        *_contacts(socket),
        paint.rect((72, 14, 116, 33), 'class="board"', 1.0),
        paint.text(76, 20, "J1 LINE", 'class="words light"'),
        paint.text(76, 24.5, "of the board, by an RJ cord", 'class="small light"'),
        paint.text(76, 29.5, "contacts 3 and 4", 'class="small light"'),
        *paint.lines(6, 42, 4.2, list(socket.notes), 'class="words"'),
    ]
    return paint.document(WIDTH, HEIGHT, STYLE, inside)


def _contacts(socket: Socket) -> Iterator[str]:
    lane = 0
    for name, x, y, of_pair in socket.contacts:
        kind = "pair" if of_pair else "pin"
        size = (0.6, 4.0) if socket.upright else (2.2, 0.9)
        box = (x - size[0], y - size[1], x + size[0], y + size[1])
        yield paint.rect(box, f'class="{kind}"', 0.3)
        more = f'class="no light" data-pair="{int(of_pair)}"'
        yield paint.text(x, y - size[1] - 0.8, name, more)
        if of_pair:
            end = 22.0 + 4 * lane
            bend = 50.0 + 4 * lane
            points = (
                (x, y + size[1]), (x, 34.6 + 1.6 * lane), (bend, 34.6 + 1.6 * lane),
                (bend, end), (72, end),
            )  # fmt: skip
            path = " ".join(f"{paint.px(a)},{paint.px(b)}" for a, b in points)
            yield f'<polyline class="wire" points="{path}"/>'
            lane += 1


def _boxed(x: float, y: float, width: float, rows: list[str]) -> Iterator[str]:
    yield paint.rect((x, y, x + width, y + 4.5 + 3.6 * len(rows)), 'class="box"', 1.0)
    middle = 'class="words" text-anchor="middle"'
    yield from paint.lines(x + width / 2, y + 5, 3.6, rows, middle)


def _chain() -> str:
    """Draw where the board hangs: beside the telephone, in parallel."""
    inside = [
        paint.text(4, 6, "Between the adapter and the telephone", 'class="title"'),
        *_boxed(4, 16, 26, ["ATA, PBX or", "FXS port"]),
        *_boxed(47, 16, 28, ["J1 LINE", "board", "J2 PHONE"]),
        *_boxed(92, 16, 26, ["telephone"]),
        paint.line(30, 22, 47, 22, 'class="wire"'),
        paint.line(75, 22, 92, 22, 'class="wire"'),
        *paint.lines(
            4, 42, 4.2,
            [
                "J1 and J2 are joined on the board: the telephone works with the",
                "Pi off, with the board without power, and with a fuse blown.",
                "Several telephones: the board may hang on any socket of the line.",
                "Unplug J1 before the box is opened.",
            ],
            'class="words"',
        ),
    ]  # fmt: skip
    return paint.document(WIDTH, HEIGHT, STYLE, inside)


def _dsl() -> str:
    """Draw the splitter: the board belongs on its telephone side."""
    inside = [
        paint.text(4, 6, "A line that carries DSL", 'class="title"'),
        *_boxed(4, 18, 24, ["wall socket"]),
        *_boxed(43, 18, 24, ["splitter", "or filter"]),
        *_boxed(82, 11, 36, ["DSL modem"]),
        *_boxed(82, 24, 36, ["board and", "telephones"]),
        paint.line(28, 23, 43, 23, 'class="wire"'),
        '<path class="dsl" d="M536 176 H600 V120 H656"/>',
        '<path class="wire" d="M536 192 H600 V240 H656"/>',
        paint.text(68.5, 18.5, "DSL", 'class="small"'),
        paint.text(67.5, 29.5, "PHONE", 'class="small"'),
        *paint.lines(
            4, 43, 4.2,
            [
                "Board and telephones are on the PHONE side, each time.",
                "One splitter at the entry, or one filter at each socket: the board's",
                "socket needs one as well. Before it, DSL would reach the codec, and",
                "the board's capacitance would cost the modem speed.",
            ],
            'class="words"',
        ),
    ]  # fmt: skip
    return paint.document(WIDTH, HEIGHT, STYLE, inside)
