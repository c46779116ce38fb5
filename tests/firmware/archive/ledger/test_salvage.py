"""A ledger whose file is damaged: recording goes on, and nobody is deceived."""

import logging

import pytest

from firmware.archive import Archive
from firmware.archive.ledger.ledger import Ledger
from firmware.archive.ledger.salvage import is_damaged
from firmware.archive.ledger.store import NAME
from firmware.archive.verify import verify
from firmware.errors import StoreError
from tests.firmware.archive.helpers import START, Samples, record


def spoil(archive: Archive) -> None:
    archive.ledger.close()
    path = archive.state_dir / NAME
    for suffix in ("-wal", "-shm"):
        path.with_name(NAME + suffix).unlink(missing_ok=True)
    path.write_bytes(b"no database" * 1000)


def test_a_full_disk_is_not_damage() -> None:
    assert not is_damaged(StoreError("disk full"))


def test_recording_goes_on_with_another_ledger(
    archive: Archive, talk: Samples, caplog: pytest.LogCaptureFixture
) -> None:
    first = record(archive, talk, clock="synced")
    archive.finish_pending()
    before = archive.ledger.origin
    spoil(archive)
    assert {p.what for p in verify(archive).problems} >= {"ledger_damaged"}
    with caplog.at_level(logging.ERROR):
        second = record(archive, talk, START + 60, clock="synced")
        archive.finish_pending()
        archive.finish_pending()
    assert "was damaged; it is kept in ledger.damaged-1" in caplog.text
    assert (archive.state_dir / "ledger.damaged-1" / NAME).exists()
    begun = next(archive.ledger.walk(0, 1))
    assert begun.data["previous"] == before
    assert archive.ledger.origin != before
    kinds = [entry.kind for entry in archive.ledger.entries(first.id)]
    assert kinds[0] == "adopted", "its life was not witnessed by this ledger"
    assert kinds[-1] == "packed"
    assert "created" in [entry.kind for entry in archive.ledger.entries(second.id)]
    assert verify(archive, deep=True).problems == []


def test_a_second_bad_day(archive: Archive, talk: Samples) -> None:
    for number in range(3):
        record(archive, talk, START + number * 60)
        archive.finish_pending()
        spoil(archive)
    archive.ledger.add("unlocked", "", "anna", START)
    names = {path.name for path in archive.state_dir.glob("ledger.damaged-*")}
    assert names == {"ledger.damaged-1", "ledger.damaged-2", "ledger.damaged-3"}


def test_a_reader_does_not_put_aside(archive: Archive, talk: Samples) -> None:
    record(archive, talk)
    spoil(archive)
    with Ledger(archive.state_dir) as ledger, pytest.raises(StoreError):
        _ = ledger.size
    assert not list(archive.state_dir.glob("ledger.damaged-*"))
