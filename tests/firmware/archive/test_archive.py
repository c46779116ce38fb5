"""A call's life through the facade, errors of its users first."""

import contextlib
import errno
import io
import os
import threading
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from dsp.peaks import peaks
from dsp.turns import Clues
from firmware.archive import Archive, NoSuchCall, disk, finish, wav
from firmware.archive.model import Call
from firmware.archive.waveform import HEADER, MAX_PIXELS
from firmware.errors import StoreError
from tests.dsp.tapes import two_sides
from tests.dsp.tapes.two_sides import Way
from tests.firmware.archive.helpers import (
    PAGE_SAMPLES,
    START,
    Samples,
    assert_sound,
    feed,
    new_call,
    record,
)


@pytest.mark.parametrize(
    "bad", ["", "..", "../../etc", "20270115-080000-ABCD", "20270115-080000-abcd/.."]
)
def test_an_id_is_never_a_path(archive: Archive, bad: str) -> None:
    with pytest.raises(NoSuchCall):
        archive.calls.get(bad)
    with pytest.raises(NoSuchCall):
        archive.master_path(Call(bad, "1", START, audio="kept"))


def test_no_such_call_reads_well() -> None:
    assert (
        str(NoSuchCall("20270115-080000-abcd")) == "20270115-080000-abcd: no such call"
    )
    assert issubclass(NoSuchCall, KeyError)


def test_reader_cannot_write(archive: Archive) -> None:
    with Archive(archive.state_dir, write=False) as reader:
        with pytest.raises(StoreError, match="reading only"):
            reader.begin(new_call(archive))
        with pytest.raises(StoreError, match="reading only"):
            reader.reindex()


def test_reader_waits_for_the_writer_to_have_been(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no catalogue yet"):
        Archive(tmp_path, write=False)
    assert list(tmp_path.iterdir()) == []


def test_second_writer_is_refused_by_name(archive: Archive) -> None:
    with pytest.raises(StoreError, match=f"process {os.getpid()} writes this archive"):
        Archive(archive.state_dir)


def test_state_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("")
    with pytest.raises(StoreError, match="the state folder cannot be made"):
        Archive(tmp_path / "state")


def test_ids_are_sortable_and_free(archive: Archive) -> None:
    ids = {archive.new_id(START) for _ in range(200)}
    assert all(call_id.startswith("20270115-080000-") for call_id in ids)
    assert len(ids) > 190  # 2^20 of them
    assert archive.new_id(0.0).startswith("19700101-000000-")


def test_a_call_from_ring_to_flac(archive: Archive, talk: Samples) -> None:
    call = new_call(archive, direction="incoming", number="5550100")
    archive.begin(call)
    assert archive.calls.page() == [call]
    master = archive.open_master(call)
    feed(master, talk)
    assert archive.calls.get(call.id).audio == "recording"
    whole = len(talk) - len(talk) % PAGE_SAMPLES
    assert np.array_equal(archive.read_samples(call), talk[:whole])
    call.outcome, call.end_s = "answered", 10.0
    archive.end(call)
    assert (call.audio, call.audio_s) == ("closing", 10.0)
    assert archive.master_path(call).name == "master.pcm.sealed"
    assert archive.finish_pending() == 1
    assert archive.finish_pending() == 0
    kept = archive.calls.get(call.id)
    assert archive.master_path(kept).name == "master.flac.sealed"
    assert sorted(path.name for path in archive.folder(kept).iterdir()) == [
        "call.json",
        "call.json.minisig",
        "hashes.dat",
        "master.flac.sealed",
        "peaks.sealed",
        "seal.key",
        "turns.sealed",
    ]
    assert kept.audio_bytes == archive.master_path(kept).stat().st_size
    with contextlib.closing(archive.open_original(kept)) as original:
        data = io.BytesIO(original.read_at(0, original.size))
    found, rate = soundfile.read(data, dtype="int16")
    assert rate == 8000
    assert np.array_equal(found, talk)
    assert_sound(archive)


def test_a_missed_call_has_a_row_and_no_audio(archive: Archive) -> None:
    call = new_call(archive, no_audio_reason="not_answered", ring_count=4)
    archive.begin(call)
    call.outcome, call.end_s = "missed", 20.0
    archive.end(call)
    assert archive.finish_pending() == 0
    assert archive.calls.unsettled() == []
    with pytest.raises(StoreError, match="no audio: not_answered"):
        archive.read_samples(call)


def test_an_empty_master_leaves_no_file(archive: Archive) -> None:
    call = new_call(archive)
    archive.begin(call)
    archive.open_master(call)
    call.outcome = "answered"
    archive.end(call)
    assert (call.audio, call.no_audio_reason) == ("none", "empty")
    assert_sound(archive)


@pytest.mark.parametrize("when", ["running", "closing", "kept"])
def test_dropped_audio_is_gone_and_explained(
    archive: Archive, talk: Samples, when: str
) -> None:
    if when == "running":
        call = new_call(archive)
        archive.begin(call)
        feed(archive.open_master(call), talk)
    else:
        call = record(archive, talk)
        if when == "kept":
            archive.finish_pending()
            call = archive.calls.get(call.id)
    archive.drop_audio(call, "refused")
    left = {path.name for path in archive.folder(call).iterdir()}
    assert left - {"call.json.minisig"} == {"call.json"}
    found = archive.calls.get(call.id)
    assert (found.audio, found.no_audio_reason) == ("none", "refused")
    assert (found.audio_s, found.audio_bytes, found.sha256) == (0.0, 0, None)
    call.outcome = "answered"
    if when == "running":
        archive.end(call)
    assert archive.calls.unsettled() == []
    assert_sound(archive)


def test_dropped_while_it_is_packed(
    archive: Archive, talk: Samples, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = record(archive, talk)
    real = finish.pack

    def pack(
        folder: Path, key: Callable[[], bytes], salt: str | None, clues: Clues
    ) -> finish.Packed:
        found = real(folder, key, salt, clues)
        archive.drop_audio(call, "refused")
        return found

    monkeypatch.setattr(finish, "pack", pack)
    assert archive.finish_pending() == 0
    left = {path.name for path in archive.folder(call).iterdir()}
    assert left == {"call.json", "call.json.minisig"}
    assert_sound(archive)


def test_late_words_do_not_undo_the_packing(archive: Archive, talk: Samples) -> None:
    call = record(archive, talk)
    archive.finish_pending()
    assert call.audio == "closing"  # what the recorder still holds
    call.name = "Ann"
    archive.update(call)
    found = archive.calls.get(call.id)
    assert (found.name, found.audio) == ("Ann", "kept")
    assert_sound(archive)


def test_packing_that_fails_is_tried_again(
    archive: Archive,
    talk: Samples,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    bad, good = record(archive, talk), record(archive, talk, START + 60)
    real = disk.forget_cache

    def full(path: Path) -> None:
        if bad.id in str(path):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(path)

    with monkeypatch.context() as patch:
        patch.setattr(disk, "forget_cache", full)
        assert archive.finish_pending() == 1
    assert "No space left" in caplog.text
    assert sorted(path.name for path in archive.folder(bad).iterdir()) == [
        "call.json",
        "master.pcm.sealed",
        "seal.key",
    ]
    assert archive.calls.get(bad.id).audio == "closing"
    assert archive.calls.get(good.id).audio == "kept"
    assert archive.finish_pending() == 1
    assert_sound(archive)


def test_flac_that_reads_back_differently_is_not_taken(
    archive: Archive, talk: Samples, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = record(archive, talk)
    real = disk.forget_cache

    def rot(path: Path) -> None:
        real(path)
        soundfile.write(path, talk[::-1], 8000, format="FLAC", subtype="PCM_16")

    with monkeypatch.context() as patch:
        patch.setattr(disk, "forget_cache", rot)
        assert archive.finish_pending() == 0
    assert archive.master_path(call).name == "master.pcm.sealed"
    assert archive.finish_pending() == 1
    assert np.array_equal(archive.read_samples(archive.calls.get(call.id)), talk)


@pytest.mark.parametrize("tape_closes", [True, False])
def test_disk_that_refuses_the_end_keeps_what_it_has(
    archive: Archive,
    talk: Samples,
    monkeypatch: pytest.MonkeyPatch,
    tape_closes: bool,
) -> None:
    call = new_call(archive)
    archive.begin(call)
    master = archive.open_master(call)
    feed(master, talk)
    call.outcome = "answered"

    def refuse(fd: int, data: bytes, offset: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as patch:
        patch.setattr(disk, "write_at", refuse)
        if tape_closes:
            with pytest.raises(StoreError, match="cannot be closed"):
                master.close()
            archive.end(call)
        else:
            with pytest.raises(StoreError, match="cannot be closed"):
                archive.end(call)
    assert archive.calls.get(call.id).audio == "closing"
    assert archive.finish_pending() == 1
    kept = archive.read_samples(archive.calls.get(call.id))
    assert len(talk) - PAGE_SAMPLES < len(kept)  # the rest had not filled a page
    assert np.array_equal(kept, talk[: len(kept)])


@pytest.mark.parametrize("packed", [True, False])
def test_any_stretch_is_read(archive: Archive, talk: Samples, packed: bool) -> None:
    call = record(archive, talk)
    if packed:
        archive.finish_pending()
        call = archive.calls.get(call.id)
    with archive.open_audio(call) as audio:
        assert audio.frames == len(talk)
        for start, count in ((79_990, 100), (0, 10), (40_000, 1), (80_000, 5), (7, 0)):
            assert np.array_equal(audio.read(start, count), talk[start : start + count])


def test_outline_is_that_of_the_samples(archive: Archive, talk: Samples) -> None:
    call = record(archive, talk)
    before = archive.peaks(call)
    archive.finish_pending()
    data = archive.peaks(archive.calls.get(call.id))
    assert data == before
    magic, per_pixel, samples = HEADER.unpack_from(data)
    assert (magic, per_pixel, samples) == (b"LKP1", 80, len(talk))
    found = np.frombuffer(data, np.int8, offset=HEADER.size).reshape(-1, 2)
    assert np.array_equal(found, peaks(talk, per_pixel))


def test_damaged_outline_is_made_anew(archive: Archive, talk: Samples) -> None:
    call = record(archive, talk)
    archive.finish_pending()
    whole = archive.peaks(call)
    for damage in (b"", b"LKP1", whole[:-2], b"x" * len(whole)):
        (archive.folder(call) / "peaks.sealed").write_bytes(damage)
        assert archive.peaks(archive.calls.get(call.id)) == whole


def test_who_spoke_is_stored_sealed_and_found_anew(archive: Archive) -> None:
    tape = two_sides.make(Way("anna", "ben", 12.0, 1, near_first=True, length_s=20.0))
    call = record(archive, tape.x)
    before = archive.turns(call)
    assert {turn["who"] for turn in before["turns"]} >= {"near", "far"}
    archive.finish_pending()
    kept = archive.calls.get(call.id)
    stored = archive.folder(kept) / "turns.sealed"
    whole = stored.read_bytes()
    assert b"near" not in whole
    assert archive.turns(kept) == before
    for damage in (b"", whole[:-2], b"x" * len(whole)):
        stored.write_bytes(damage)
        assert archive.turns(kept) == before
    stored.unlink()
    assert archive.turns(kept) == before


def test_long_call_needs_little_memory(tmp_path: Path) -> None:
    """An hour, 57.6 MB of it, is packed, hashed and drawn in 8 MB."""
    rng = np.random.default_rng(1)
    minute = rng.integers(-2000, 2000, 60 * 8000).astype(np.int16)
    with Archive(tmp_path) as archive:
        call = new_call(archive)
        archive.begin(call)
        master = archive.open_master(call)
        tracemalloc.start()
        for _ in range(60):
            master.append(minute)
        call.outcome = "answered"
        archive.end(call)
        archive.finish_pending()
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 8e6
        found = archive.calls.get(call.id)
        assert found.audio_s == 3600.0
        assert len(archive.peaks(found)) <= HEADER.size + 2 * MAX_PIXELS


def test_pages_are_read_while_calls_are_written(tmp_path: Path, talk: Samples) -> None:
    """Four readers see every call whole, in order, while thirty are recorded."""
    problems: list[str] = []
    done = threading.Event()
    with Archive(tmp_path) as archive:

        def read() -> None:
            last = -1
            with Archive(tmp_path, write=False) as reader:
                while not done.is_set():
                    change = reader.calls.latest_change()
                    page = reader.calls.page(limit=100)
                    times = [(call.start_utc, call.id) for call in page]
                    if change < last or times != sorted(times, reverse=True):
                        problems.append(f"{last} {change} {times}")
                    last = change
                    for call in page[:2]:
                        if call.audio in ("closing", "kept"):
                            samples = reader.read_samples(call)
                            if not np.array_equal(samples, talk[:4000]):
                                problems.append(call.id)

        readers = [threading.Thread(target=read) for _ in range(4)]
        for reader in readers:
            reader.start()
        for number in range(30):
            record(archive, talk[:4000], START + number)
            archive.finish_pending()
        done.set()
        for reader in readers:
            reader.join(20)
        assert problems == []
        assert archive.calls.count() == 30


def test_connections_of_ended_threads_are_closed(archive: Archive) -> None:
    for _ in range(20):
        thread = threading.Thread(target=archive.calls.count)
        thread.start()
        thread.join(10)
    assert len(archive._catalogue._opened) <= 3


def test_placeholder_is_what_streaming_writers_use() -> None:
    assert wav.header(None)[4:8] == wav.header(None)[40:44] == b"\xff" * 4
    assert len(wav.header(0)) == wav.HEADER_BYTES


@pytest.mark.parametrize("refused", ["make_folder", "write_all", "replace_file"])
def test_call_the_disk_refused_gets_its_master_once_there_is_room(
    archive: Archive, talk: Samples, monkeypatch: pytest.MonkeyPatch, refused: str
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    call = new_call(archive)
    with monkeypatch.context() as patch:
        patch.setattr(disk, refused, full)
        with pytest.raises(StoreError, match="No space left"):
            archive.begin(call)
        with pytest.raises(StoreError, match="No space left"):
            archive.open_master(call)
    archive.open_master(call).append(talk)
    call.outcome = "answered"
    archive.end(call)
    assert archive.finish_pending() == 1
    assert_sound(archive)
    np.testing.assert_array_equal(archive.read_samples(call), talk)
