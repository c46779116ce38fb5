"""What a restart makes of folders in any state, and what it says about them."""

import errno
import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.archive import Archive, disk, wav
from firmware.archive.model import Call
from firmware.errors import StoreError
from tests.firmware.archive.crash import Kill
from tests.firmware.archive.helpers import (
    PAGE_SAMPLES,
    START,
    Samples,
    assert_sound,
    fast_folder,
    feed,
    new_call,
    record,
    sha256,
)


def interrupted(
    state: Path, samples: Samples, monkeypatch: pytest.MonkeyPatch, **fields: object
) -> Call:
    """Leave a call behind as a killed recorder does."""
    with monkeypatch.context() as patch:
        world = Kill(patch, 1 << 30)
        archive = Archive(state)
        call = new_call(archive, **{"direction": "incoming", **fields})
        archive.begin(call)
        master = archive.open_master(call)
        feed(master, samples)
        archive.update(call)
        world.release(archive)
    return call


def status(
    call: Call, stored: int, updated_utc: float = START + 20
) -> dict[str, object]:
    line = {"id": "1", "call_id": call.id, "stored_samples": stored}
    return {"updated_utc": updated_utc, "lines": [line]}


def test_stray_files_are_no_calls(archive: Archive) -> None:
    (archive.state_dir / "recordings/2026/11").mkdir(parents=True)
    (archive.state_dir / "recordings/2026/11/21").write_text("")
    (archive.state_dir / "recordings/README").write_text("")
    assert archive.recover(START, None) == []


# the loss, in words and seconds


def test_nothing_stored_was_lost(
    tmp_path: Path, talk: Samples, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = talk[: 39 * PAGE_SAMPLES]  # 9.945 s
    call = interrupted(
        tmp_path,
        whole,
        monkeypatch,
        answer_s=2.0,
        audio_offset_s=-3.0,
        number="5550100",
    )
    with Archive(tmp_path) as archive:
        (found,) = archive.recover(START + 60, status(call, len(whole)), 1e9)
        assert found == archive.calls.get(call.id)
        assert found.recovered == (
            "The recorder was interrupted at 2027-01-15T08:00:06.945Z; nothing stored "
            "was lost."
        )
        assert (found.lost_s, found.audio, found.audio_s) == (0.0, "closing", 9.945)
        assert (found.outcome, found.end_s, found.duration_s) == (
            "answered",
            6.945,
            4.945,
        )
        assert found.flags == ["recovered"]
        assert (found.marks[-1].kind, found.marks[-1].at_s) == ("interrupted", 9.945)
        assert archive.finish_pending() == 1
        assert np.array_equal(archive.read_samples(found), whole)
        assert archive.calls.get(call.id).sha256 == sha256(whole)


def test_stored_audio_that_is_gone_is_counted(
    tmp_path: Path, talk: Samples, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = interrupted(tmp_path, talk[: 39 * PAGE_SAMPLES], monkeypatch)
    with Archive(tmp_path) as archive:
        last = status(call, 39 * PAGE_SAMPLES + 4000)
        (found,) = archive.recover(START + 60, last, 1e9)
        assert found.lost_s == 0.5
        assert "0.5 s of stored audio were lost" in (found.recovered or "")


@pytest.mark.parametrize(
    ("last", "boottime_s"),
    [
        (None, 1e9),
        ({"updated_utc": START + 20}, 1e9),
        ({"updated_utc": "noon", "lines": []}, 1e9),
        ({"updated_utc": START + 20, "lines": [{"call_id": "x"}]}, 1e9),
        ({"updated_utc": START + 20, "lines": []}, 30.0),  # of an earlier boot
    ],
)
def test_without_a_status_the_loss_is_two_seconds_at_most(
    tmp_path: Path,
    talk: Samples,
    monkeypatch: pytest.MonkeyPatch,
    last: dict[str, object] | None,
    boottime_s: float,
) -> None:
    interrupted(tmp_path, talk, monkeypatch)
    with Archive(tmp_path) as archive:
        (found,) = archive.recover(START + 60, last, boottime_s)
        assert found.lost_s == 2.0
        assert "at most the last 2 s" in (found.recovered or "")


def test_second_start_says_nothing_new(
    tmp_path: Path, talk: Samples, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupted(tmp_path, talk, monkeypatch)
    with Archive(tmp_path) as archive:
        (found,) = archive.recover(START + 60, None)
        assert archive.recover(START + 70, None) == []
        archive.finish_pending()
        assert archive.recover(START + 80, None) == []
        assert archive.calls.get(found.id).recovered == found.recovered


def test_what_only_the_row_knew_comes_back(
    tmp_path: Path, talk: Samples, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = interrupted(tmp_path, talk[:100], monkeypatch)
    sidecar = next(tmp_path.glob("recordings/*/*/*/*/call.json"))
    assert json.loads(sidecar.read_text())["number"] is None
    with Archive(tmp_path) as archive:
        call.number = "5550100"
        archive.calls.store(call, unsettled=True)
        archive.recover(START + 60, None)
        assert archive.calls.get(call.id).number == "5550100"
        assert json.loads(sidecar.read_text())["number"] == "5550100"


@pytest.mark.parametrize("reason", ["recording_off", None])
def test_why_nothing_was_recorded_survives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reason: str | None
) -> None:
    with monkeypatch.context() as patch:
        world = Kill(patch, 1 << 30)
        archive = Archive(tmp_path)
        call = new_call(archive, no_audio_reason=None)
        archive.begin(call)
        call.no_audio_reason = reason
        archive.update(call)
        world.release(archive)
    with Archive(tmp_path) as archive:
        (found,) = archive.recover(START + 60, None)
        assert (found.audio, found.no_audio_reason) == ("none", reason or "interrupted")


# cut at any byte


@settings(max_examples=300, deadline=None)
@given(cut=st.integers(0, wav.offset_of(4000)))
def test_master_cut_at_any_byte_is_repaired(talk: Samples, cut: int) -> None:
    whole = wav.header(None) + talk[:4000].astype("<i2").tobytes()
    with fast_folder() as folder:
        path = folder / "master.wav"
        path.write_bytes(whole[:cut])
        fd = disk.open_existing(path)
        kept = wav.repair(fd)
        assert wav.repair(fd) == kept == wav.samples_in(cut)
        os.close(fd)
        found, rate = soundfile.read(path, dtype="int16")
        assert rate == 8000
        assert np.array_equal(found, talk[:kept])


@settings(max_examples=40, deadline=None)
@given(cut=st.integers(0, 2 * 4096) | st.integers(0, 5000))
def test_call_cut_at_any_byte_is_recovered(talk: Samples, cut: int) -> None:
    with fast_folder() as state:
        with pytest.MonkeyPatch.context() as patch:
            interrupted(state, talk[:4000], patch)
        os.truncate(next(state.glob("recordings/*/*/*/*/master.pcm.sealed")), cut)
        with Archive(state) as archive:
            (call,) = archive.recover(START + 60, None)
            kept = max(0, cut - 4096) // 4096 * PAGE_SAMPLES
            assert round(call.audio_s * 8000) == kept
            assert_sound(archive)
            assert archive.finish_pending() == bool(kept)
            assert_sound(archive)


def test_ended_master_that_became_shorter_is_named(
    archive: Archive, talk: Samples
) -> None:
    call = record(archive, talk)
    path = archive.master_path(call)
    kept = 31 * PAGE_SAMPLES
    os.truncate(path, 4096 + 31 * 4096 + 1000)
    (found,) = archive.recover(START + 60, None)
    assert found.recovered == "The disk lost the last 2.1 s of the recording."
    assert (found.audio_s, found.outcome) == (kept / 8000, "answered")
    assert found.lost_s == pytest.approx(10 - kept / 8000)
    archive.finish_pending()
    assert np.array_equal(archive.read_samples(found), talk[:kept])


def test_changed_samples_are_named(archive: Archive, talk: Samples) -> None:
    call = record(archive, talk)
    path = archive.master_path(call)
    data = bytearray(path.read_bytes())
    data[50_000] ^= 1
    path.write_bytes(data)
    archive.finish_pending()
    found = archive.calls.get(call.id)
    assert "audio_altered" in found.flags
    assert found.sha256 != call.sha256
    assert_sound(archive)


# folders in every state


def test_folder_without_a_row_is_adopted(archive: Archive, talk: Samples) -> None:
    call = record(archive, talk)
    archive.finish_pending()
    archive.calls.remove({call.id})
    assert archive.recover(START + 60, None) == []  # nothing about it had to change
    assert archive.calls.get(call.id).audio == "kept"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'{"id": 1}',
        b"\xff\xfe\x00",
        b'{"id": "20270115-080000-0000", "line": "1", "start_utc": "yesterday"}',
        b'{"id": "20270115-080000-0000", "line": "1", "start_utc": "2027-01-15"}',
    ],
)
@pytest.mark.parametrize("has_row", [True, False])
def test_unreadable_sidecar_is_shown_never_dropped(
    archive: Archive, talk: Samples, content: bytes, has_row: bool
) -> None:
    call = record(archive, talk)
    (archive.folder(call) / "call.json").write_bytes(content)
    if not has_row:
        archive.calls.remove({call.id})
    (found,) = archive.recover(START + 60, None)
    assert "sidecar_lost" in found.flags
    assert "details" in (found.recovered or "")
    assert abs(found.start_utc - START) < 1
    assert (archive.folder(call) / "call.json.unreadable").read_bytes() == content
    assert archive.finish_pending() == 1
    assert np.array_equal(archive.read_samples(found), talk)
    assert archive.recover(START + 60, None) == []


def test_empty_folder_is_shown(archive: Archive) -> None:
    folder = archive.state_dir / "recordings/2026/11/21/20261121-101112-abcd"
    folder.mkdir(parents=True)
    (found,) = archive.recover(START, None)
    assert found.id == "20261121-101112-abcd"
    assert (found.audio, found.no_audio_reason) == ("none", "interrupted")
    assert archive.calls.page() == [found]


@pytest.mark.parametrize(
    "name",
    [
        "recordings/2026/11/21/lost+found",
        "recordings/2026/11/21/20261121-101112-ABCD",
        "recordings/2026/11/22/20261121-101112-abcd",  # of another day
        "recordings/lost+found/x/y/z",
    ],
)
def test_other_folders_are_left_alone(archive: Archive, name: str) -> None:
    (archive.state_dir / name).mkdir(parents=True)
    assert archive.recover(START, None) == []
    assert archive.reindex() == 0
    assert (archive.state_dir / name).is_dir()


def test_half_made_flac_is_removed(archive: Archive, talk: Samples) -> None:
    call = record(archive, talk)
    half = archive.folder(call) / "master.flac.sealed.part"
    half.write_bytes(b"fLaC")
    archive.recover(START, None)
    assert not half.exists()
    assert archive.calls.get(call.id).audio == "closing"


def test_interrupted_dropping_goes_on(archive: Archive, talk: Samples) -> None:
    call = record(archive, talk)
    wav_file = archive.master_path(call).read_bytes()
    archive.drop_audio(call, "refused")
    (archive.folder(call) / "master.pcm.sealed").write_bytes(wav_file)
    archive.calls.store(call, unsettled=True)
    archive.recover(START, None)
    assert not (archive.folder(call) / "master.pcm.sealed").exists()
    assert archive.calls.get(call.id).no_audio_reason == "refused"


@pytest.mark.parametrize("packed", [True, False])
def test_audio_that_somebody_took_away_is_named(
    archive: Archive, talk: Samples, packed: bool
) -> None:
    call = record(archive, talk)
    if packed:
        archive.finish_pending()
    archive.master_path(call).unlink()
    archive.calls.store(archive.calls.get(call.id), unsettled=True)
    (found,) = archive.recover(START, None)
    assert "audio_missing" in found.flags
    assert (found.audio, found.no_audio_reason) == ("none", "missing")
    with pytest.raises(StoreError, match="no audio: missing"):
        archive.master_path(found)


def test_row_without_folder_is_kept_and_shown(archive: Archive) -> None:
    call = new_call(archive)
    archive.begin(call)
    shutil.rmtree(archive.folder(call))
    archive._writer._running.clear()
    (found,) = archive.recover(START, None)
    assert found.id == call.id
    assert (archive.folder(call) / "call.json").exists()


def test_unmounted_disk_loses_no_row(
    archive: Archive, talk: Samples, caplog: pytest.LogCaptureFixture
) -> None:
    call = record(archive, talk)
    archive.finish_pending()
    away = archive.state_dir / "away"
    (archive.state_dir / "recordings").rename(away)
    (archive.state_dir / "recordings").mkdir()
    archive.calls.store(archive.calls.get(call.id), unsettled=False)
    assert archive.recover(START, None) == []
    assert "is the right disk mounted" in caplog.text
    with pytest.raises(StoreError, match="is the right disk mounted"):
        archive.reindex()
    assert archive.calls.count() == 1


def test_folder_that_cannot_be_mended_does_not_keep_the_recorder_from_starting(
    tmp_path: Path, talk: Samples, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = interrupted(tmp_path, talk, monkeypatch, start_utc=START)
    good = interrupted(tmp_path, talk, monkeypatch, start_utc=START + 60)
    with Archive(tmp_path) as archive:
        master = archive.folder(bad) / "master.pcm.sealed"
        master.rename(tmp_path / "master.pcm.sealed")
        master.mkdir()  # opens no better than a bad sector
        assert [call.id for call in archive.recover(START + 90, None)] == [good.id]
        archive.finish_pending()
        assert archive.calls.get(good.id).audio == "kept"
        assert archive.calls.get(bad.id).outcome == "in_progress"
        master.rmdir()
        (tmp_path / "master.pcm.sealed").rename(master)
        archive.finish_pending()
        assert archive.calls.get(bad.id).audio == "kept"
        assert_sound(archive)


@pytest.mark.parametrize("refused", ["replace_file", "sync_folder", "rename"])
def test_full_disk_at_the_start_is_no_end(
    tmp_path: Path, talk: Samples, monkeypatch: pytest.MonkeyPatch, refused: str
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    call = interrupted(tmp_path, talk, monkeypatch)
    if refused == "rename":
        path = tmp_path / "recordings/2027/01/15" / call.id / "call.json"
        path.write_text("{")
    with Archive(tmp_path) as archive:
        with monkeypatch.context() as patch:
            patch.setattr(disk, refused, full)
            assert archive.recover(START + 60, None) == []
        archive.finish_pending()
        assert archive.calls.get(call.id).audio == "kept"
        assert_sound(archive)


def test_running_call_is_left_alone(archive: Archive, talk: Samples) -> None:
    call = new_call(archive)
    archive.begin(call)
    master = archive.open_master(call)
    feed(master, talk[:8000])
    assert archive.recover(START, None) == []
    assert archive.reindex() == 1
    assert archive.finish_pending() == 0
    feed(master, talk[8000:])
    call.outcome = "answered"
    archive.end(call)
    archive.finish_pending()
    assert np.array_equal(archive.read_samples(archive.calls.get(call.id)), talk)
