"""Calls recorded before the clock was right: corrected once, visibly, whole boots."""

import json

import pytest

from firmware.archive import Archive
from firmware.archive.model import Call, ClockCorrection
from firmware.errors import StoreError
from tests.firmware.archive.helpers import (
    START,
    Samples,
    assert_sound,
    new_call,
    record,
)

#: The box started without a clock, in 1970; the network told the time an hour later.
WRONG = 120.0
BOOT = START - 3600


def wrong(archive: Archive, talk: Samples, **fields: object):  # type: ignore[no-untyped-def]  # a Call
    values = {"clock": "unknown", "boot_id": "b1", "start_boottime_s": 120.0, **fields}
    return record(archive, talk[:800], WRONG, **values)


@pytest.mark.parametrize("packed", [True, False])
def test_call_gets_its_time_and_a_trail(
    archive: Archive, talk: Samples, packed: bool
) -> None:
    call = wrong(archive, talk)
    if packed:
        archive.finish_pending()
    (found,) = archive.correct_clock("b1", BOOT, "network time", START)
    assert found.start_utc == BOOT + 120
    assert found.clock == "synced"
    step = ClockCorrection(START, WRONG, BOOT + 120, "network time")
    assert found.clock_corrections == [step]
    assert found.id == call.id
    assert archive.calls.get(call.id) == found
    sidecar = json.loads((archive.folder(call) / "call.json").read_text())
    assert sidecar["start_utc"] == "2027-01-15T07:02:00.000Z"
    assert sidecar["clock_corrections"][0]["was_utc"] == "1970-01-01T00:02:00.000Z"
    archive.finish_pending()
    assert_sound(archive)
    assert archive.calls.get(call.id).clock_corrections == [step]


def test_corrected_call_moves_in_the_list(archive: Archive, talk: Samples) -> None:
    other = record(archive, talk[:800], START - 3600, clock="synced", boot_id="b0")
    call = wrong(archive, talk)
    assert [c.id for c in archive.calls.page()] == [other.id, call.id]
    archive.correct_clock("b1", BOOT, "network time", START)
    assert [c.id for c in archive.calls.page()] == [call.id, other.id]


@pytest.mark.parametrize(
    "fields", [{"boot_id": "b2"}, {"clock": "synced"}, {"boot_id": ""}]
)
def test_other_calls_are_left_alone(
    archive: Archive, talk: Samples, fields: dict[str, str]
) -> None:
    call = wrong(archive, talk, **fields)
    assert archive.correct_clock("b1", BOOT, "network time", START) == []
    assert archive.calls.get(call.id).start_utc == WRONG


def test_second_time_changes_nothing(archive: Archive, talk: Samples) -> None:
    call = wrong(archive, talk)
    archive.correct_clock("b1", BOOT, "network time", START)
    assert archive.correct_clock("b1", BOOT + 5, "again", START + 5) == []
    assert len(archive.calls.get(call.id).clock_corrections) == 1


def test_running_call_is_corrected_in_the_recorders_hands(
    archive: Archive, talk: Samples
) -> None:
    call = new_call(
        archive, WRONG, clock="free-running", boot_id="b1", start_boottime_s=120.0
    )
    archive.begin(call)
    archive.open_master(call).append(talk)
    archive.correct_clock("b1", BOOT, "network time", START)
    assert (call.start_utc, call.clock) == (BOOT + 120, "synced")
    call.outcome = "answered"
    archive.end(call)
    archive.finish_pending()
    found = archive.calls.get(call.id)
    assert found.start_utc == BOOT + 120
    assert len(found.clock_corrections) == 1


def test_only_the_running_call_is_corrected_while_the_line_waits(
    archive: Archive, talk: Samples
) -> None:
    earlier = wrong(archive, talk)
    running = new_call(archive, WRONG + 60, clock="unknown", boot_id="b1")
    archive.begin(running)
    assert archive.note_clock("b1", BOOT, "network time", START) == [running]
    assert archive.calls.get(running.id).clock == "synced"
    assert archive.calls.get(earlier.id).start_utc == WRONG
    archive.finish_pending()
    assert archive.calls.get(earlier.id).start_utc == BOOT + 120
    assert len(archive.calls.get(running.id).clock_corrections) == 1


def test_folder_that_cannot_be_written_holds_up_no_other(
    archive: Archive, talk: Samples, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = (wrong(archive, talk) for _ in range(2))
    real = archive._writer.folders.write

    def write(call: Call) -> None:
        if call.id == bad.id:
            raise StoreError("Input/output error")
        real(call)

    archive.note_clock("b1", BOOT, "network time", START)
    monkeypatch.setattr(archive._writer.folders, "write", write)
    with pytest.raises(StoreError, match="Input/output error"):
        archive.finish_pending()
    assert archive.calls.get(good.id).audio == "kept"
    assert archive.calls.get(good.id).start_utc == BOOT + 120
    monkeypatch.undo()
    archive.finish_pending()
    assert archive.calls.get(bad.id).start_utc == BOOT + 120


def test_boot_without_a_name_is_refused(archive: Archive) -> None:
    with pytest.raises(ValueError, match="want the id of a boot"):
        archive.correct_clock("", BOOT, "network time", START)


def test_interrupted_correction_goes_on_at_the_next_start(
    archive: Archive, talk: Samples, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = [wrong(archive, talk) for _ in range(3)]
    real = archive._writer.folders.write

    def once(call: object) -> None:
        monkeypatch.undo()
        real(calls[0])
        raise StoreError("full")

    monkeypatch.setattr(archive._writer.folders, "write", once)
    with pytest.raises(StoreError):
        archive.correct_clock("b1", BOOT, "network time", START)
    archive.recover(START + 60, None)
    for call in calls:
        found = archive.calls.get(call.id)
        assert found.start_utc == BOOT + 120
        assert len(found.clock_corrections) == 1


def test_correction_survives_reindexing(archive: Archive, talk: Samples) -> None:
    call = wrong(archive, talk)
    archive.finish_pending()
    archive.correct_clock("b1", BOOT, "network time", START)
    before = archive.calls.get(call.id)
    archive.calls.remove({call.id})
    assert archive.reindex() == 1
    assert archive.calls.get(call.id) == before
