"""One marked call through its whole life: never plain on the disk, and then gone."""

import contextlib
import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.archive import Archive
from firmware.archive.derived import mute
from firmware.archive.model import Call
from firmware.archive.retention import Rules
from firmware.archive.shelf import fill
from firmware.archive.subjects import package
from tests.firmware.archive.crash import Kill, Stop
from tests.firmware.archive.helpers import START, fast_folder, feed, new_call, sha256
from tests.firmware.archive.test_erase import (
    NAME,
    NUMBER,
    left_in,
    marker,
    needles,
    pieces_of,
)

NOW = START + 3600.0


@pytest.fixture
def state() -> Iterator[Path]:
    with fast_folder() as folder:
        yield folder / "state"


def begun(archive: Archive) -> Call:
    """A call in progress, most of it on the disk."""
    call = new_call(archive, number=NUMBER, name=NAME, direction="incoming")
    archive.begin(call)
    feed(archive.open_master(call), marker()[:30_000])  # type: ignore[arg-type]  # either kind
    return call


def sounds_in(folder: Path) -> list[Path]:
    """Files that begin as a sound does: what is packed has no plain samples either."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [p for p in files if p.read_bytes()[:4] in (b"fLaC", b"OggS", b"RIFF")]


def test_a_marked_call_is_never_plain_and_leaves_nothing(
    state: Path, tmp_path: Path
) -> None:
    """Cut mid-way, recovered, packed, heard, copied, handed out, erased."""
    plain = pieces_of(marker())

    def sealed() -> None:
        assert left_in(state, plain) == [], "a plain sample lies on the disk"
        assert sounds_in(state) == [], "a plain sound lies on the disk"

    with pytest.MonkeyPatch.context() as patch:
        dying = Archive(state)
        world = Kill(patch, 10**6)
        call = begun(dying)
        sealed()
        world.release(dying)  # killed: nothing is closed in order
        dying.ledger.close()
    sealed()
    with Archive(state) as archive:
        archive.make_small_copies(wanted=True)
        archive.recover(NOW, None)
        sealed()
        archive.finish_pending()
        sealed()
        found = archive.calls.get(call.id)
        assert found.audio == "kept"
        heard = archive.read_samples(found)
        assert len(heard) > 20_000
        assert (heard == marker()[: len(heard)]).all()
        archive.peaks(found)
        mute(archive, call.id, [(0.5, 1.0)], "ada", NOW, reason="a third person")
        sealed()
        package(archive, [found], io.BytesIO(), "ada", NOW)
        fill(archive, [found], tmp_path / "shelf", "ada", NOW, "wav")
        assert left_in(tmp_path / "shelf", plain), "the search itself must work"
        assert sounds_in(tmp_path / "shelf"), "this search as well"
        sealed()
        archive.eraser.erase([call.id], "ada", NOW, reason="asked", rules=Rules())
        assert left_in(state, needles() + plain) == []
        assert sha256(heard).encode() not in b"".join(
            path.read_bytes() for path in state.rglob("*") if path.is_file()
        )


def test_a_kill_while_packing_leaves_no_plain_sample(state: Path) -> None:
    """At every operation of packing, smaller copy included."""
    plain, at, stopped = pieces_of(marker()), 0, True
    while stopped:
        with fast_folder() as folder, pytest.MonkeyPatch.context() as patch:
            archive = Archive(folder / "state")
            archive.make_small_copies(wanted=True)
            call = begun(archive)
            call.outcome = "answered"
            archive.end(call)
            world = Kill(patch, at)
            with contextlib.suppress(Stop):
                archive.finish_pending()
            stopped = world.stopped
            world.release(archive)
            archive.ledger.close()
            assert left_in(folder, plain) == []
            assert sounds_in(folder) == []
        at += 1
    assert at > 8
