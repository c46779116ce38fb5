"""Stopped at every single operation of an erasure, it is completed or was not begun."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from firmware.archive import Archive
from firmware.archive.retention import Rules
from tests.firmware.archive.crash import Kill, PowerCut, Stop
from tests.firmware.archive.helpers import START, Samples, fast_folder, record
from tests.firmware.archive.test_erase import (
    NAME,
    NUMBER,
    left_in,
    marker,
    needles,
    pieces_of,
)

NOW = START + 3600.0
World = Callable[[pytest.MonkeyPatch, int, Path], Kill]
OTHER: Samples = np.arange(2000, dtype=np.int16)


def stop_at(make: World, at: int, *, seal: bool, what: str) -> bool:
    """Erase until it is stopped, restart and look; False once it was not stopped."""
    with fast_folder() as folder, pytest.MonkeyPatch.context() as patch:
        state = folder / "state"
        archive = Archive(state, seal=seal)
        archive.make_small_copies(wanted=True)
        call = record(archive, marker(), START, number=NUMBER, name=NAME)
        other = record(archive, OTHER, START + 60, number="+12125550177")
        archive.finish_pending()
        world = make(patch, at, folder)
        acknowledged = False
        try:
            if what == "step":
                archive.eraser.step_down(call.id, "ada", NOW)
            else:
                archive.eraser.erase(
                    [call.id], "ada", NOW, reason="asked", rules=Rules()
                )
            acknowledged = True
        except Stop:
            pass
        world.release(archive)
        archive.ledger.close()
        patch.undo()
        if isinstance(world, PowerCut) and world.stopped:
            world.cut(state)
        look(state, seal, call.id, other.id, what, acknowledged=acknowledged)
        return world.stopped


def look(
    state: Path, seal: bool, call_id: str, other: str, what: str, *, acknowledged: bool
) -> None:
    with Archive(state, seal=seal) as archive:
        archive.recover(NOW + 60, None)
        archive.finish_pending()
        assert archive.calls.unsettled() == []
        found = archive.calls.get(call_id)
        assert (archive.read_samples(archive.calls.get(other)) == OTHER).all()
        if what == "step":
            assert len(archive.read_samples(found)) == len(marker())
            assert "alone" in found.keeping["small"] or not acknowledged
            return
        erased = "erased" in found.keeping
        assert erased or not acknowledged
        if not erased:
            assert found.number == NUMBER
            assert (archive.read_samples(found) == marker()).all()
            return
        assert found.number is None
        assert found.audio == "none"
        left = {path.name for path in archive.folder(found).iterdir()}
        assert left <= {"call.json", "call.json.minisig"}
    if acknowledged:
        assert left_in(state, needles() + pieces_of(marker())) == []


def kill(patch: pytest.MonkeyPatch, at: int, folder: Path) -> Kill:
    return Kill(patch, at)


def cut(patch: pytest.MonkeyPatch, at: int, folder: Path) -> Kill:
    return PowerCut(patch, at, folder)


@pytest.mark.parametrize(
    ("make", "seal", "what"),
    [(cut, True, "erase"), (kill, False, "erase"), (cut, True, "step")],
    ids=["cut-sealed-erase", "kill-plain-erase", "cut-sealed-step"],
)
def test_erasing_is_completed_after_any_stop(
    make: World, seal: bool, what: str
) -> None:
    at = 0
    while stop_at(make, at, seal=seal, what=what):
        at += 1
    assert at > 8  # it was stopped at each of them
