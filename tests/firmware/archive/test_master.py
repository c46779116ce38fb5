"""The growing master: what was appended is in the file, whatever happens."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from firmware.archive import disk, wav
from firmware.archive.master import PAGE, MasterWriter
from firmware.archive.reader import WavReader
from firmware.errors import StoreError
from tests.firmware.archive.helpers import Samples, feed, sha256


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "master.wav"


def failing(error: int, after: int, short: int | None = None) -> Callable[..., int]:
    """Return a `disk.write` whose disk fails after so many bytes."""
    written = 0
    real = disk.write

    def write(fd: int, data: bytes | memoryview) -> int:
        nonlocal written
        room = after - written
        if room <= 0:
            raise OSError(error, os.strerror(error))
        done = real(fd, data[: min(room, short or room)])
        written += done
        return done

    return write


@pytest.mark.parametrize(
    "bad",
    [
        np.zeros(10, np.float32),
        np.zeros(10, np.int32),
        np.zeros((10, 2), np.int16),
        np.zeros((), np.int16),
    ],
)
def test_other_than_int16_mono_is_refused(path: Path, bad: Samples) -> None:
    master = MasterWriter(path)
    with pytest.raises(ValueError, match="want int16 of one dimension"):
        master.append(bad)
    assert master.samples == 0
    master.close()


def test_a_second_master_in_a_folder_is_refused(path: Path) -> None:
    MasterWriter(path).close()
    with pytest.raises(StoreError, match="File exists"):
        MasterWriter(path)


def test_missing_folder_is_said(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="No such file"):
        MasterWriter(tmp_path / "gone" / "master.wav")


def test_bytes_are_those_of_the_samples(path: Path, talk: Samples) -> None:
    master = MasterWriter(path)
    feed(master, talk)
    master.close()
    assert master.samples == len(talk)
    assert master.sha256 == sha256(talk)
    assert path.read_bytes()[wav.HEADER_BYTES :] == talk.astype("<i2").tobytes()
    found, rate = soundfile.read(path, dtype="int16")
    assert rate == 8000
    assert np.array_equal(found, talk)


def test_no_space_stays_reserved(path: Path, talk: Samples) -> None:
    master = MasterWriter(path)
    feed(master, talk)
    master.close()
    assert path.stat().st_blocks * 512 <= path.stat().st_size + 2 * PAGE


def test_empty_master_closes_whole(path: Path) -> None:
    master = MasterWriter(path)
    master.append(np.zeros(0, np.int16))
    master.close()
    master.close()
    assert soundfile.info(path).frames == 0
    assert master.sha256 == sha256(np.zeros(0, np.int16))


def test_hash_is_not_told_before_the_end(path: Path) -> None:
    master = MasterWriter(path)
    assert master.sha256 is None
    master.close()
    assert master.sha256 is not None


def test_everything_appended_is_in_the_file_at_once(path: Path, talk: Samples) -> None:
    master = MasterWriter(path)
    for at in range(0, 16_000, 160):
        master.append(talk[at : at + 160])
        assert wav.samples_in(path.stat().st_size) == at + 160
    # libsndfile reads a file whose header still holds placeholders
    found, _ = soundfile.read(path, dtype="int16")
    assert np.array_equal(found, talk[:16_000])
    master.close()


@pytest.mark.parametrize("block", [1, 37, 160, 8000, 80_000])
@pytest.mark.parametrize("sync_s", [0.2, 1.0, 3.0])
def test_syncs_once_per_interval_on_page_boundaries(
    path: Path,
    talk: Samples,
    monkeypatch: pytest.MonkeyPatch,
    block: int,
    sync_s: float,
) -> None:
    talk = talk if block > 1 else talk[:20_000]
    lengths = []
    real = disk.sync_data
    monkeypatch.setattr(
        disk, "sync_data", lambda fd: (lengths.append(os.fstat(fd).st_size), real(fd))
    )
    master = MasterWriter(path, sync_s)
    for at in range(0, len(talk), block):
        master.append(talk[at : at + block])
        waiting = wav.offset_of(master.samples) - wav.offset_of(master.synced)
        assert waiting <= (sync_s * 16_000 + PAGE)
    assert all(length % PAGE == 0 for length in lengths)
    assert len(lengths) <= len(talk) / 8000 / sync_s * 1.05 + 1
    master.close()


def test_silence_keeps_the_time(path: Path, talk: Samples) -> None:
    master = MasterWriter(path)
    master.append(talk[:100])
    master.append_silence(200_001)
    master.append(talk[100:200])
    master.close()
    with WavReader(path) as reader:
        assert reader.frames == 200_201
        found = reader.read(0, reader.frames)
    assert not found[100:200_101].any()
    assert np.array_equal(found[200_101:], talk[100:200])
    assert master.sha256 == sha256(found)


@pytest.mark.parametrize("keep", [0, 1, 8191, 8192, 79_999, 80_000])
def test_truncate_then_go_on(path: Path, talk: Samples, keep: int) -> None:
    master = MasterWriter(path)
    feed(master, talk)
    master.truncate(keep)
    assert master.samples == keep
    feed(master, talk[:1000])
    master.close()
    found, _ = soundfile.read(path, dtype="int16")
    assert np.array_equal(found, np.concatenate([talk[:keep], talk[:1000]]))
    assert master.sha256 == sha256(found)


@pytest.mark.parametrize("samples", [-1, 101])
def test_truncate_beyond_the_ends_is_refused(path: Path, samples: int) -> None:
    master = MasterWriter(path)
    master.append(np.ones(100, np.int16))
    with pytest.raises(ValueError, match=r"want 0\.\.100"):
        master.truncate(samples)
    assert master.samples == 100
    master.close()


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO])
@pytest.mark.parametrize("after", [44, 45, 1000, 1001, 16_384, 50_001])
def test_failed_write_keeps_whole_samples(
    path: Path,
    talk: Samples,
    monkeypatch: pytest.MonkeyPatch,
    error: int,
    after: int,
) -> None:
    monkeypatch.setattr(disk, "write", failing(error, after))
    master = MasterWriter(path)
    with pytest.raises(StoreError) as caught:
        feed(master, talk)
    assert caught.value.errno == error
    assert master.samples == (after - 44) // 2
    monkeypatch.undo()
    master.close()
    found, _ = soundfile.read(path, dtype="int16")
    assert np.array_equal(found, talk[: master.samples])
    assert master.sha256 == sha256(found)


def test_goes_on_when_the_disk_does(
    path: Path, talk: Samples, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk, "write", failing(errno.ENOSPC, 20_001))
    master = MasterWriter(path)
    with pytest.raises(StoreError):
        feed(master, talk)
    kept = master.samples
    monkeypatch.undo()
    master.append_silence(500)
    master.append(talk[:500])
    master.close()
    found, _ = soundfile.read(path, dtype="int16")
    assert np.array_equal(found[:kept], talk[:kept])
    assert not found[kept : kept + 500].any()
    assert np.array_equal(found[kept + 500 :], talk[:500])
    assert master.sha256 == sha256(found)


def test_short_writes_lose_nothing(
    path: Path, talk: Samples, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk, "write", failing(errno.EIO, 1 << 30, short=7))
    master = MasterWriter(path)
    feed(master, talk[:9000])
    master.close()
    assert np.array_equal(soundfile.read(path, dtype="int16")[0], talk[:9000])
    assert master.sha256 == sha256(talk[:9000])


def test_failed_sync_is_said_and_the_samples_stay(
    path: Path, talk: Samples, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(fd: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    master = MasterWriter(path)
    monkeypatch.setattr(disk, "sync_data", refuse)
    with pytest.raises(StoreError, match="Input/output error"):
        feed(master, talk)
    with pytest.raises(StoreError):
        master.close()
    assert master.closed
    kept = wav.samples_in(path.stat().st_size)
    assert kept == master.samples == 8170


def test_file_system_without_reservation(
    path: Path, talk: Samples, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk, "reserve", lambda fd, offset, length: False)
    master = MasterWriter(path)
    feed(master, talk)
    master.close()
    assert np.array_equal(soundfile.read(path, dtype="int16")[0], talk)
