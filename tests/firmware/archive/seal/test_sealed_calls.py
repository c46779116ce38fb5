"""Sealed calls from ring to erasure: what must fail, crashes, a stranger's tools."""

import contextlib
import io
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from firmware.archive import Archive, disk
from firmware.archive.model import Call, iso
from firmware.archive.seal import Keyring, header
from firmware.archive.waveform import is_whole
from firmware.errors import Locked, SealBroken, StoreError
from tests.firmware.archive.crash import Kill
from tests.firmware.archive.helpers import (
    PAGE_SAMPLES,
    START,
    Samples,
    assert_sound,
    feed,
    new_call,
    record,
)
from tests.firmware.archive.seal.box import CHEAP, NOW, PASSPHRASE

DOC = Path(__file__).parents[4] / "docs" / "sealing.md"


@pytest.fixture
def closed(tmp_path: Path) -> Path:
    """A box that has been closed with a passphrase."""
    state = tmp_path / "closed"
    Archive(state).close()
    keyring = Keyring.of(state)
    keyring.keystore.ensure(NOW)
    keyring.choose_passphrase(PASSPHRASE, NOW, CHEAP)
    return state


def unlocked(state: Path) -> Archive:
    archive = Archive(state, write=False)
    archive.keyring.unlock(PASSPHRASE)
    return archive


def kept(archive: Archive, talk: Samples, **fields: Any) -> Call:
    call = record(archive, talk, **fields)
    assert archive.finish_pending() == 1
    return archive.calls.get(call.id)


# what must fail


def test_locked_box_records_packs_and_tells_nothing(
    closed: Path, talk: Samples
) -> None:
    with Archive(closed) as archive:
        call = kept(archive, talk)
        assert archive.keyring.locked
        with pytest.raises(Locked):
            archive.read_samples(call)
        with pytest.raises(Locked):
            archive.peaks(call)
        with pytest.raises(Locked):
            archive.open_original(call)
        with pytest.raises(Locked):
            archive.seal_writer(call, "cut.flac")
    with unlocked(closed) as archive:
        assert np.array_equal(archive.read_samples(call), talk)
        assert is_whole(archive.peaks(call))


@pytest.mark.parametrize("name", ["master.flac.sealed", "peaks.sealed", "seal.key"])
def test_damage_to_a_packed_call(archive: Archive, talk: Samples, name: str) -> None:
    call = kept(archive, talk)
    path = archive.folder(call) / name
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    if name == "peaks.sealed":  # drawn anew
        assert is_whole(archive.peaks(call))
    else:
        with pytest.raises(SealBroken):
            archive.read_samples(call)


def test_seal_of_another_call(archive: Archive, talk: Samples) -> None:
    one, other = kept(archive, talk), kept(archive, talk, start_utc=START + 60)
    shutil.copy(archive.folder(other) / "seal.key", archive.folder(one) / "seal.key")
    with pytest.raises(SealBroken):
        archive.read_samples(one)


def test_waiting_master_that_was_shortened(archive: Archive, talk: Samples) -> None:
    call = record(archive, talk)
    os.truncate(archive.master_path(call), 4096 * 11)
    with pytest.raises(SealBroken, match=f"holds {10 * PAGE_SAMPLES} samples of 80000"):
        archive.read_samples(call)


@pytest.mark.parametrize("when", ["running", "closing", "kept"])
def test_dropped_audio_takes_its_key_along(
    archive: Archive, talk: Samples, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    call = new_call(archive)
    archive.begin(call)
    master = archive.open_master(call)
    feed(master, talk)
    if when != "running":
        call.outcome = "answered"
        archive.end(call)
    if when == "kept":
        archive.finish_pending()
    seal = archive.folder(call) / "seal.key"
    watched = os.open(seal, os.O_RDONLY)  # what lies on the disk under that name
    call = archive.calls.get(call.id) if when == "kept" else call
    archive.drop_audio(call, "refused")
    assert not seal.exists()
    assert set(os.read(watched, 4096)) == {0}
    os.close(watched)
    assert call.id not in archive.sealer._own
    if when == "running":
        call.outcome = "answered"
        archive.end(call)
    assert_sound(archive)


def test_destroyed_key_leaves_noise(archive: Archive, talk: Samples) -> None:
    call = kept(archive, talk)
    archive.destroy_key(call)
    archive.destroy_key(call)
    with pytest.raises(StoreError, match="seal cannot be read"):
        archive.read_samples(call)
    with (
        Archive(archive.state_dir, write=False) as web,
        pytest.raises(StoreError, match="for reading only"),
    ):
        web.destroy_key(call)


def test_quarantine_ends_on_a_locked_box_too(closed: Path, talk: Samples) -> None:
    with Archive(closed) as archive:
        until = {"reason": "withdrawn", "until_utc": iso(START + 100)}
        call = kept(archive, talk, consent={"quarantine": until})
        assert call.audio == "quarantined"
        (gone,) = archive.expire_quarantine(START + 101)
        assert gone.id == call.id
        assert not any(
            path.name.startswith(("master", "peaks", "seal", "turns"))
            for path in archive.folder(call).iterdir()
        )


# crashes on a box that nobody unlocks


def crash(state: Path, talk: Samples, monkeypatch: pytest.MonkeyPatch) -> Call:
    with monkeypatch.context() as patch:
        world = Kill(patch, 1 << 30)
        archive = Archive(state)
        call = new_call(archive, direction="incoming")
        archive.begin(call)
        feed(archive.open_master(call), talk)
        world.release(archive)
    return call


def test_crash_on_a_locked_box(
    closed: Path, talk: Samples, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    call = crash(closed, talk, monkeypatch)
    whole = len(talk) // PAGE_SAMPLES * PAGE_SAMPLES
    with Archive(closed) as archive:
        (found,) = archive.recover(START + 60, None)
        assert (found.audio, found.audio_s) == ("closing", whole / 8000)
        caplog.clear()
        assert archive.finish_pending() == 0
        assert "locked" not in caplog.text
        later = kept(archive, talk, start_utc=START + 100)  # recording goes on
        assert archive.recover(START + 200, None) == []
    with unlocked(closed) as web:
        assert np.array_equal(web.read_samples(found), talk[:whole])
        assert np.array_equal(web.read_samples(later), talk)
        with contextlib.closing(web.open_original(found)) as original:
            assert original.suffix == ".wav"
            data = original.read_at(0, original.size)
        assert np.array_equal(soundfile.read(io.BytesIO(data), dtype="int16")[0],
                              talk[:whole])  # fmt: skip
    with Archive(closed) as archive:  # somebody unlocks the recorder's own archive
        archive.keyring.unlock(PASSPHRASE)
        assert archive.finish_pending() == 1
        assert archive.calls.get(call.id).audio == "kept"
        assert_sound(archive)


def test_key_that_a_page_lends_until_the_call_is_packed(
    closed: Path, talk: Samples, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = crash(closed, talk, monkeypatch)
    with Archive(closed) as recorder, unlocked(closed) as web:
        recorder.recover(START + 60, None)
        with pytest.raises(SealBroken, match="not the key"):
            recorder.sealer.accept(call.id, bytes(16))
        assert recorder.finish_pending() == 0
        recorder.sealer.accept(call.id, web.sealer.key(call.id))
        assert recorder.finish_pending() == 1
        assert recorder.sealer._own == {}
        assert recorder.keyring.locked


def test_full_disk_at_the_first_start(
    tmp_path: Path, talk: Samples, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    with monkeypatch.context() as patch:

        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        patch.setattr(disk, "replace_file", full)
        archive = Archive(tmp_path)
    with archive:
        assert "keys cannot be made" in caplog.text
        assert archive.keyring.mode == "none"
        kept(archive, talk)
        assert archive.keyring.mode == "open"


def test_page_that_rotted_is_silence_in_the_packed_call(
    archive: Archive, talk: Samples
) -> None:
    call = record(archive, talk)
    path = archive.master_path(call)
    data = bytearray(path.read_bytes())
    data[4096 * 5 + 100] ^= 1
    path.write_bytes(data)
    with pytest.raises(SealBroken, match="page 5"):
        archive.read_samples(call)
    assert archive.finish_pending() == 1
    found = archive.calls.get(call.id)
    assert "audio_altered" in found.flags
    assert "0.3 s of the sealed audio" in (found.recovered or "")
    wanted = talk.copy()
    wanted[4 * PAGE_SAMPLES : 5 * PAGE_SAMPLES] = 0
    assert np.array_equal(archive.read_samples(found), wanted)


# what reaches the disk


def test_no_plain_sample_and_no_data_key_is_ever_written(
    closed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A marker of 16 samples, over and over, in a call with everything done to it."""
    marker = np.random.default_rng(3).integers(-3000, 3000, 16).astype(np.int16)
    talk = np.tile(marker, 8000)
    secrets: list[bytes] = [marker.astype("<i2").tobytes()[:16]]
    seen: list[bytes] = []
    for name in ("write", "write_at"):
        real = getattr(disk, name)

        def noted(fd: int, data: bytes, *more: int, real: Any = real) -> Any:
            seen.append(bytes(data))
            return real(fd, data, *more)

        monkeypatch.setattr(disk, name, noted)
    with Archive(closed) as archive:
        call = new_call(archive)
        archive.begin(call)
        master = archive.open_master(call)
        secrets.append(archive.sealer.key(call.id))
        feed(master, talk[:40_000])
        master.truncate(20_000)
        feed(master, talk[20_000:])
        with archive.seal_writer(call, "cut.flac") as file:
            file.write(talk.astype("<i2").tobytes())
        call.outcome = "answered"
        archive.end(call)
        archive.finish_pending()
    with unlocked(closed) as web:
        assert np.array_equal(web.read_samples(web.calls.get(call.id)), talk)
        with web.open_sealed(call, "cut.flac") as cut:
            assert cut.read() == talk.astype("<i2").tobytes()
    everything = [path.read_bytes() for path in closed.rglob("*") if path.is_file()]
    assert len(seen) > 50
    for secret in secrets:
        assert not any(secret in data for data in seen + everything)


def test_data_key_is_forgotten_once_the_call_is_packed(
    archive: Archive, talk: Samples
) -> None:
    call = record(archive, talk)
    assert call.id in archive.sealer._own
    archive.finish_pending()
    assert archive.sealer._own == {}


# old and new side by side


def test_plain_calls_of_before_go_on_playing(tmp_path: Path, talk: Samples) -> None:
    with Archive(tmp_path, seal=False) as archive:
        old = kept(archive, talk)
        assert archive.master_path(old).name == "master.flac"
        assert not (tmp_path / "keys/office.json").exists()
        with archive.seal_writer(old, "cut.flac") as file:
            file.write(b"plain")
    with Archive(tmp_path) as archive:
        new = kept(archive, talk, start_utc=START + 60)
        assert np.array_equal(archive.read_samples(old), talk)
        assert np.array_equal(archive.read_samples(new), talk)
        with archive.open_sealed(old, "cut.flac") as file:
            assert file.read() == b"plain"
        with contextlib.closing(archive.open_original(old)) as original:
            data = original.read_at(0, original.size)
        assert data == (archive.folder(old) / "master.flac").read_bytes()
    with Archive(tmp_path, seal=False) as archive:
        assert np.array_equal(archive.read_samples(new), talk)


def test_running_call_is_heard_from_another_process(
    closed: Path, talk: Samples
) -> None:
    with Archive(closed) as recorder, unlocked(closed) as web:
        call = new_call(recorder)
        recorder.begin(call)
        feed(recorder.open_master(call), talk)
        running = web.calls.get(call.id)
        heard = web.read_samples(running)
        assert len(talk) - PAGE_SAMPLES < len(heard)
        assert np.array_equal(heard, talk[: len(heard)])
        web.keyring.lock()
        with pytest.raises(Locked):
            web.read_samples(running)


# what a stranger does


@pytest.mark.skipif(shutil.which("age") is None, reason="age is not installed")
def test_the_one_line_of_the_document(
    closed: Path, talk: Samples, tmp_path: Path
) -> None:
    recovery = Keyring.of(closed)
    recovery.unlock(PASSPHRASE)
    text = recovery.renew_recovery()
    with Archive(closed) as archive:
        call = kept(archive, talk)
        folder = archive.folder(call)
    (folder / "key.txt").write_text(text + "\n")
    (line,) = re.findall(r"^(cat seal\.key master.*)$", DOC.read_text(), re.M)
    subprocess.run(["sh", "-c", line], cwd=folder, check=True)
    samples, rate = soundfile.read(folder / "master.flac", dtype="int16")
    assert rate == 8000
    assert np.array_equal(samples, talk)


@pytest.mark.parametrize("state", ["running", "cut back", "closed"])
def test_the_reader_of_the_document(
    archive: Archive, talk: Samples, state: str
) -> None:
    (source,) = re.findall(r"```python\n(.*?)```", DOC.read_text(), re.S)
    names: dict[str, Any] = {}
    exec(source, names)
    call = new_call(archive)
    archive.begin(call)
    master = archive.open_master(call)
    feed(master, talk)
    wanted = talk
    if state == "cut back":
        master.truncate(30_000)
        feed(master, talk[:20_000])
        master.truncate(5_000)
        feed(master, talk[:40_000])
        wanted = np.concatenate([talk[:5_000], talk[:40_000]])
    if state == "closed":
        master.close()
    else:
        wanted = wanted[: len(wanted) // PAGE_SAMPLES * PAGE_SAMPLES]
    identities = archive.keyring.keystore.private_keys()
    file_key = header.unwrap(
        (archive.folder(call) / "seal.key").read_bytes(), identities
    )
    pcm = names["read"](master.path, file_key)
    assert np.array_equal(np.frombuffer(pcm, "<i2"), wanted)
