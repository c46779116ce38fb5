"""Pictures, steps and case: whole, of the board as it is, and free of mistakes."""

import struct
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path

import pytest

from hardware import circuit, enclosure, placement, sockets, steps
from hardware.__main__ import HERE, SIDES
from hardware.chart import Chart, Curve, Limit
from hardware.tools import ordered_stl

COMMITTED = sorted([*HERE.glob("pictures/*.svg"), *HERE.glob("plots/*.svg")])


@pytest.mark.parametrize("path", COMMITTED, ids=lambda path: path.name)
def test_every_picture_is_whole_and_small(path: Path) -> None:
    root = ET.parse(path).getroot()
    assert root.tag.endswith("svg")
    assert path.stat().st_size < 150_000


def test_every_part_is_placed_in_exactly_one_step() -> None:
    placed = Counter(part.ref for step in steps.STEPS for part in step.parts())
    assert placed == Counter(part.ref for part in circuit.PARTS)


def test_the_list_beside_a_step_names_every_part_of_it() -> None:
    for step in steps.STEPS:
        rows = " ".join(steps.shopping(step.parts()))
        for part in step.parts():
            assert part.ref in rows.replace("?", " ").split() or part.ref in rows


def test_parts_not_confirmed_are_marked_in_their_step() -> None:
    rows = " ".join(row for step in steps.STEPS for row in steps.shopping(step.parts()))
    for part in circuit.PARTS:
        assert (f"{part.ref}?" in rows) == bool(part.unconfirmed), part.ref


def test_the_pair_is_drawn_where_the_guide_says() -> None:
    pairs = {
        name: [contact[0] for contact in socket.contacts if contact[3]]
        for name, socket in sockets.SOCKETS.items()
    }
    assert pairs == {
        "socket-rj.svg": ["3", "4"],
        "socket-au.svg": ["2", "6"],
        "socket-uk.svg": ["2", "5"],
    }


def test_the_case_is_sound() -> None:
    assert list(enclosure.problems()) == []


@pytest.mark.parametrize(
    ("what", "value", "words"),
    [
        ("PILOT_DEPTH", 8.0, "through the floor"),
        ("SCREWS_X", (12.0, 128.0), "in the way of the cable"),
        ("WALL", 1.2, "too near to the line's copper"),
    ],
)
def test_a_mistake_in_the_case_is_named(
    monkeypatch: pytest.MonkeyPatch, what: str, value: object, words: str
) -> None:
    monkeypatch.setattr(enclosure, what, value)
    assert any(words in problem for problem in enclosure.problems())


def test_an_opening_over_the_line_side_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    moved = placement.PLACED | {"D40": (60.0, 27.0, 0)}
    monkeypatch.setattr(placement, "PLACED", moved)
    assert any("hole for D40 is 0.0 mm" in words for words in enclosure.problems())


def size_of(path: Path) -> list[float]:
    """Return the outer figures of a binary STL."""
    data = path.read_bytes()
    (count,) = struct.unpack_from("<I", data, 80)
    assert len(data) == 84 + 50 * count
    corners = [
        struct.unpack_from("<3f", data, 84 + 50 * i + 12 * (1 + j))
        for i in range(count)
        for j in range(3)
    ]
    return [max(axis) - min(axis) for axis in zip(*corners, strict=True)]


def test_what_is_printed_fits_the_board_of_today() -> None:
    wide, deep, high = enclosure.outside()
    assert size_of(HERE / "case" / "tray.stl") == pytest.approx(
        [wide, deep, high], abs=0.01
    )
    assert size_of(HERE / "case" / "lid.stl")[:2] == pytest.approx(
        [wide, deep], abs=0.01
    )


def test_both_sides_of_the_board_are_there() -> None:
    for name in SIDES:
        assert (HERE / "pictures" / name).exists(), "run `./run hardware board`"


def test_a_chart_draws_its_limit() -> None:
    curve = Curve("a", [(1.0, -30.0), (2.0, -20.0)])
    limit = Limit("at most", [(1.0, -10.0), (2.0, -10.0)])
    svg = Chart("t", "x", "y", (curve,), (limit,), (-40, -5)).svg()
    root = ET.fromstring(svg)
    words = [e.text for e in root.iter() if e.tag.endswith("text")]
    assert "at most" in words
    assert words.count("-10") == 1
    assert "-5" in words
    assert len([e for e in root.iter() if e.tag.endswith("polyline")]) == 2


def test_the_same_solid_gives_the_same_bytes() -> None:
    data = (HERE / "case" / "lid.stl").read_bytes()
    facets = [data[i : i + 50] for i in range(84, len(data), 50)]
    shuffled = data[:84] + b"".join(
        f[:12] + f[24:48] + f[12:24] + f[48:] for f in reversed(facets)
    )
    assert shuffled != data
    assert ordered_stl(shuffled) == data == ordered_stl(data)
