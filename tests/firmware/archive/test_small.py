"""The age ladder: a smaller copy made in time, and the step down that needs no key."""

from collections.abc import Iterator

import numpy as np
import pytest

from firmware.archive import Archive
from firmware.archive.model import Call
from firmware.archive.retention import Rules, add_months
from firmware.archive.rules import facts_of
from firmware.archive.sweep import sweep
from firmware.errors import Locked, Refused, StoreError
from tests.firmware.archive.helpers import START, Samples, fast_folder, record

NOW = START + 3600.0
CHEAP = {"time_cost": 1, "memory_kib": 8, "lanes": 1}
RULES = Rules(purpose="service", lossless_months=2)


@pytest.fixture
def archive() -> Iterator[Archive]:
    with fast_folder() as folder, Archive(folder / "state") as archive:
        archive.make_small_copies(wanted=True)
        yield archive


@pytest.fixture
def voice() -> Samples:
    """Something that a speech codec is made for: a tone that swells, five seconds."""
    t = np.arange(40_000) / 8000
    swell = (1 + np.sin(2 * np.pi * 3 * t)) / 2
    return (8000 * np.sin(2 * np.pi * 440 * t) * swell).astype(np.int16)


@pytest.fixture
def call(archive: Archive, voice: Samples) -> Call:
    made = record(archive, voice, number="+12125550123")
    archive.finish_pending()
    return archive.calls.get(made.id)


def names(archive: Archive, call: Call) -> set[str]:
    return {path.name for path in archive.folder(call).iterdir()}


def test_without_a_copy_there_is_no_step(archive: Archive, voice: Samples) -> None:
    archive.make_small_copies(wanted=False)
    plain = record(archive, voice, START + 60)
    archive.finish_pending()
    with pytest.raises(Refused, match="no smaller copy"):
        archive.eraser.step_down(plain.id, "sweep", NOW)


def test_a_copy_that_was_damaged_takes_nobodys_place(
    archive: Archive, call: Call
) -> None:
    path = archive.folder(call) / "master.opus.sealed"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(StoreError, match="damaged; both stay"):
        archive.eraser.step_down(call.id, "sweep", NOW)
    assert "master.flac.sealed" in names(archive, call)


def test_a_copy_that_is_gone(archive: Archive, call: Call) -> None:
    (archive.folder(call) / "master.opus.sealed").unlink()
    with pytest.raises(StoreError, match="missing"):
        archive.eraser.step_down(call.id, "sweep", NOW)
    assert "master.flac.sealed" in names(archive, call)


def test_the_copy_is_made_beside_the_master_and_sealed(
    archive: Archive, call: Call, voice: Samples
) -> None:
    assert {"master.flac.sealed", "master.opus.sealed"} <= names(archive, call)
    assert call.keeping["small"]["name"] == "master.opus.sealed"
    lossless = (archive.folder(call) / "master.flac.sealed").stat().st_size
    assert facts_of(call).small == call.keeping["small"]["bytes"] < lossless
    raw = (archive.folder(call) / "master.opus.sealed").read_bytes()
    assert b"OggS" not in raw
    assert (archive.read_samples(call) == voice).all()  # lossless as long as it lasts


def test_a_step_needs_no_key_and_the_call_is_still_heard(
    archive: Archive, call: Call, voice: Samples
) -> None:
    archive.keyring.choose_passphrase("a long passphrase", NOW, CHEAP)
    archive.keyring.lock()
    with pytest.raises(Locked):
        archive.read_samples(call)
    archive.eraser.step_down(call.id, "sweep", NOW)
    stepped = archive.calls.get(call.id)
    assert "master.flac.sealed" not in names(archive, call)
    assert stepped.keeping["small"]["alone"] is True
    assert stepped.audio_bytes == call.keeping["small"]["bytes"]
    archive.keyring.unlock("a long passphrase")
    heard = archive.read_samples(stepped)
    assert len(heard) == len(voice)
    likeness = np.corrcoef(heard[2000:38_000], voice[2000:38_000])[0, 1]
    assert likeness > 0.98
    with archive.open_original(stepped) as original:  # type: ignore[attr-defined]
        assert original.suffix == ".opus"
        assert original.read_at(0, 4) == b"OggS"
    (entry,) = [e for e in archive.ledger.entries(call.id) if e.kind == "stepped_down"]
    assert entry.data["files"] == {"master.flac.sealed": None}
    with pytest.raises(Refused, match="already"):
        archive.eraser.step_down(call.id, "sweep", NOW)


def test_a_stepped_call_survives_a_restart(archive: Archive, call: Call) -> None:
    archive.eraser.step_down(call.id, "sweep", NOW)
    before = archive.calls.get(call.id)
    archive.reindex()
    archive.close()
    with Archive(archive.state_dir) as again:
        again.recover(NOW, None)
        assert again.calls.get(call.id) == before
        assert len(again.read_samples(before)) == 40_000


def test_the_sweep_steps_and_later_removes(archive: Archive, call: Call) -> None:
    sweep(archive, RULES, add_months(START, 2), clock="synced")
    assert "master.flac.sealed" not in names(archive, call)
    sweep(archive, RULES, add_months(START, 6), clock="synced")
    assert names(archive, call) <= {"call.json", "call.json.minisig"}
    assert archive.calls.get(call.id).number == "+12125550123"


def test_a_plain_box_has_a_plain_ladder(voice: Samples) -> None:
    with fast_folder() as folder, Archive(folder / "state", seal=False) as archive:
        archive.make_small_copies(wanted=True)
        call = record(archive, voice)
        archive.finish_pending()
        archive.eraser.step_down(call.id, "sweep", NOW)
        assert "master.opus" in names(archive, call)
        assert "master.flac" not in names(archive, call)
        assert len(archive.read_samples(archive.calls.get(call.id))) == len(voice)
