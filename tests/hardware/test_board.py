"""The board: three countries, and no copper between them."""

import itertools

import numpy as np
import pytest

from hardware import board, circuit, pcb, placement, render
from hardware.__main__ import HERE, SIDES, digest
from hardware.board import Track, Via
from hardware.model import Side
from hardware.router import CLEARANCE_MM, route


@pytest.fixture
def places(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    moved: dict[str, object] = dict(placement.PLACED)
    monkeypatch.setattr(placement, "PLACED", moved)
    return moved


def test_the_placement_is_sound() -> None:
    assert list(board.problems()) == []


def test_a_part_moved_over_the_barrier_is_named(places: dict[str, object]) -> None:
    places["R12"] = (70.0, 68.0, 0)
    assert any("R12.1: outside" in words for words in board.problems())


def test_parts_in_one_place_are_named(places: dict[str, object]) -> None:
    places["R4"] = placement.PLACED["R3"]
    assert "R3 and R4 stand in the same place" in list(board.problems())


def test_a_wide_part_across_a_narrow_gap_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    near = placement.COUNTRIES | {Side.PI: ((68.0, 1.0, 139.0, 66.0),)}
    monkeypatch.setattr(placement, "COUNTRIES", near)
    assert any("line and pi are 3.20 mm" in words for words in board.problems())


Copper = list[tuple[Side, str, tuple[float, float, float, float]]]


@pytest.fixture(scope="module")
def routed() -> tuple[list[Track], list[Via]]:
    return route()


@pytest.fixture(scope="module")
def copper(routed: tuple[list[Track], list[Via]]) -> Copper:
    """Every piece of copper as (side, net, box); slanting tracks in small pieces."""
    found = [(board.side_of_land(land), land.net, land.box) for land in board.lands()]
    tracks, vias = routed
    for track in tracks:
        half, side = track.width / 2, circuit.side_of(track.net)
        steps = round(max(abs(track.x1 - track.x0), abs(track.y1 - track.y0)) / 0.25)
        for i in range(steps + 1):
            x = track.x0 + (track.x1 - track.x0) * i / max(1, steps)
            y = track.y0 + (track.y1 - track.y0) * i / max(1, steps)
            found.append((side, track.net, (x - half, y - half, x + half, y + half)))
    for via in vias:
        r = via.size / 2
        box = (via.x - r, via.y - r, via.x + r, via.y + r)
        found.append((circuit.side_of(via.net), via.net, box))
    return found


def test_copper_of_two_sides_is_6_mm_apart(copper: Copper) -> None:
    for one, two in itertools.combinations(Side, 2):
        boxes = {
            side: np.array([box for of, _, box in copper if of is side])
            for side in (one, two)
        }
        a, b = boxes[one][:, None, :], boxes[two][None, :, :]
        dx = np.maximum(a[..., 0] - b[..., 2], b[..., 0] - a[..., 2]).clip(0)
        dy = np.maximum(a[..., 1] - b[..., 3], b[..., 1] - a[..., 3]).clip(0)
        assert np.hypot(dx, dy).min() >= placement.BARRIER_MM, (one, two)


def test_the_board_is_the_same_to_the_byte(
    routed: tuple[list[Track], list[Via]],
) -> None:
    noted = (HERE / "board.sha256").read_text("ascii").split()[0]
    assert digest(pcb.layout(*routed)) == noted, "run `./run hardware board`"


@pytest.mark.parametrize(("layer", "name"), list(enumerate(SIDES)))
def test_the_pictures_of_both_sides_are_of_this_board(
    routed: tuple[list[Track], list[Via]], layer: int, name: str
) -> None:
    drawn = (HERE / "pictures" / name).read_text("utf-8")
    assert drawn == render.bare(*routed, layer), "run `./run hardware board`"


def test_every_net_has_copper(routed: tuple[list[Track], list[Via]]) -> None:
    laid = {track.net for track in routed[0]} | set(placement.POURS)
    assert laid >= set(circuit.nets())


def test_the_rules_name_every_pair_of_countries() -> None:
    text = pcb.rules()
    assert text.count("6.0mm") == 3
    for side in Side:
        assert f"'{side.name}'" in text
        assert CLEARANCE_MM[side] >= 0.3
    assert '"+3V3I"' in pcb.project()
