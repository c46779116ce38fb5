"""The sealed master: damage and refusals first, nonces above all, then life."""

import contextlib
import errno
import os
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firmware.archive import disk
from firmware.archive.seal import live_reader, page
from firmware.archive.seal.live import SealedMaster
from firmware.archive.seal.live_reader import SealedReader
from firmware.errors import SealBroken, StoreError
from tests.firmware.archive.helpers import Samples, fast_folder, feed, sha256

KEY = bytes(range(16))
ID = "20270115-080000-abcd"
PAGE, SAMPLES = page.PAGE, page.SAMPLES


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "master.pcm.sealed"


def sealed(path: Path, talk: Samples) -> Path:
    master = SealedMaster(path, KEY, ID)
    feed(master, talk)
    master.close()
    assert master.sha256 == sha256(talk)
    return path


def read(path: Path, **more: bool) -> Samples:
    with SealedReader(path, KEY, **more) as reader:
        return reader.read(0, reader.frames)


class Nonces:
    """Every nonce that was used, with what was sealed under it."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.used: dict[bytes, bytes] = {}
        real = page.Pages.seal

        def noted(pages: page.Pages, pcm: bytes, number: int, cuts: tuple[int, ...],
                  *, last: bool) -> bytes:  # fmt: skip
            nonce = page._nonce(number, cuts, last)
            assert self.used.setdefault(nonce, bytes(pcm)) == bytes(pcm), (
                f"page {number}: its nonce sealed something else before"
            )
            return real(pages, pcm, number, cuts, last=last)

        patch.setattr(page.Pages, "seal", noted)


# damage


@pytest.mark.parametrize("content", [b"", b"RIFF" * 2000, bytes(PAGE)])
def test_what_is_no_sealed_master(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(SealBroken, match=str(path)):
        SealedReader(path, KEY)
    with path.open("r+b") as file:
        assert live_reader.repair(file.fileno()) == 0


@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(place=st.integers(0, page.sealed_size(10_000) - 1), bit=st.integers(0, 7))
def test_any_bit_that_is_flipped_is_found(talk: Samples, place: int, bit: int) -> None:
    with fast_folder() as folder:
        path = sealed(folder / "master.pcm.sealed", talk[:10_000])
        data = bytearray(path.read_bytes())
        data[place] ^= 1 << bit
        path.write_bytes(data)
        with pytest.raises(SealBroken):
            read(path)


def test_pages_changed_about(path: Path, talk: Samples) -> None:
    data = bytearray(sealed(path, talk).read_bytes())
    two, three = slice(3 * PAGE, 4 * PAGE), slice(4 * PAGE, 5 * PAGE)
    data[two], data[three] = data[three], data[two]
    path.write_bytes(data)
    with pytest.raises(SealBroken, match="page 3 is not"):
        read(path)
    with SealedReader(path, KEY, patient=True) as reader:
        found = reader.read(0, reader.frames)
        assert reader.broken == {2, 3}
        assert reader.broken_s == pytest.approx(0.51)
    wanted = talk.copy()
    wanted[2 * SAMPLES : 4 * SAMPLES] = 0
    assert np.array_equal(found, wanted)


def test_header_of_another_call(path: Path, talk: Samples) -> None:
    other = sealed(path.with_name("other.pcm.sealed"), talk)
    data = bytearray(sealed(path, talk).read_bytes())
    data[:PAGE] = other.read_bytes()[:PAGE]
    path.write_bytes(data)
    with pytest.raises(SealBroken):
        read(path)


def test_another_key(path: Path, talk: Samples) -> None:
    sealed(path, talk[:100])
    with pytest.raises(SealBroken, match="header"):
        SealedReader(path, bytes(16))


def test_count_of_cuts_that_is_absurd(path: Path) -> None:
    data = bytearray(page.Header(ID, bytes(16)).pack(KEY))
    struct.pack_into(">I", data, 12, 1 << 31)
    path.write_bytes(data)
    with pytest.raises(SealBroken, match="not sealed audio"):
        SealedReader(path, KEY)


@settings(max_examples=200, deadline=None)
@given(cut=st.integers(0, page.sealed_size(10_000)), closed=st.booleans())
def test_cut_at_any_byte_is_repaired(talk: Samples, cut: int, closed: bool) -> None:
    with fast_folder() as folder:
        path = folder / "master.pcm.sealed"
        master = SealedMaster(path, KEY, ID)
        master.append(talk[:10_000])
        if closed:
            master.close()
        else:
            os.close(master._fd)
        whole = path.stat().st_size
        os.truncate(path, min(cut, whole))
        fd = disk.open_existing(path)
        kept = live_reader.repair(fd)
        assert live_reader.repair(fd) == kept
        disk.close(fd)
        if closed and cut >= whole:
            assert kept == 10_000
        else:
            assert kept == max(0, min(cut, whole) - PAGE) // PAGE * SAMPLES
        if cut >= PAGE:
            assert np.array_equal(read(path), talk[:kept])
            with SealedReader(path, KEY) as reader:
                assert reader.complete == (closed and cut >= whole)


# a disk that refuses


def refusing(
    patch: pytest.MonkeyPatch, name: str, after: int, spell: int, *, short: bool
) -> None:
    real, count = getattr(disk, name), 0

    def refuse(*arguments: object) -> object:
        nonlocal count
        count += 1
        if after < count <= after + spell:
            if short and name == "write_at":
                fd, data, offset = arguments
                os.pwrite(fd, data[: len(data) // 2], offset)  # type: ignore[arg-type,index]
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(*arguments)

    patch.setattr(disk, name, refuse)


@pytest.mark.parametrize("name", ["write_at", "sync_data", "truncate"])
@pytest.mark.parametrize("after", [0, 1, 5, 9])
@pytest.mark.parametrize("spell", [1, 3, 30])
def test_refused_writes_lose_nothing_and_reuse_no_nonce(
    path: Path, talk: Samples, name: str, after: int, spell: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        Nonces(patch)
        master = SealedMaster(path, KEY, ID)
        refusing(patch, name, after, spell, short=True)
        at = 0
        wanted: list[Samples] = []
        for step in range(300):  # the tape offers again what was not taken
            before = master.samples
            piece = talk[at : at + 700]
            if step % 40 == 30:
                piece = np.zeros(700, np.int16)  # the ring has moved on meanwhile
            with contextlib.suppress(StoreError):
                master.append(piece)
            taken = master.samples - before
            wanted.append(piece[:taken])
            at += taken
            if step == 150:
                with contextlib.suppress(StoreError):
                    master.truncate(master.samples - 3000)
                wanted = [np.concatenate(wanted)[: master.samples]]
    master.close()
    assert np.array_equal(read(path), np.concatenate(wanted))


def test_close_that_is_refused_keeps_whole_pages(path: Path, talk: Samples) -> None:
    master = SealedMaster(path, KEY, ID)
    feed(master, talk)
    with pytest.MonkeyPatch.context() as patch:
        refusing(patch, "write_at", 0, 1 << 30, short=False)
        with pytest.raises(StoreError, match="cannot be closed: No space left"):
            master.close()
    assert master.closed
    assert master.sha256 is None
    assert master.samples == len(talk) // SAMPLES * SAMPLES
    assert np.array_equal(read(path), talk[: master.samples])


def test_master_that_cannot_be_made(path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be made"):
        SealedMaster(path.parent / "gone" / path.name, KEY, ID)
    with pytest.MonkeyPatch.context() as patch:
        refusing(patch, "write_at", 0, 1, short=True)
        with pytest.raises(StoreError, match="No space left"):
            SealedMaster(path, KEY, ID)
    assert not path.exists()
    SealedMaster(path, KEY, ID).close()


@pytest.mark.parametrize("bad", [np.zeros(3, np.float32), np.zeros((2, 2), np.int16)])
def test_only_pcm_is_taken(path: Path, bad: Samples) -> None:
    master = SealedMaster(path, KEY, ID)
    with pytest.raises(ValueError, match="int16"):
        master.append(bad)
    with pytest.raises(ValueError, match=r"0\.\.0"):
        master.truncate(1)
    master.close()


def test_cut_back_too_often_is_refused(path: Path, talk: Samples) -> None:
    master = SealedMaster(path, KEY, ID)
    master.append(talk[: SAMPLES + 10])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(page, "MAX_CUTS", 3)
        for _ in range(3):
            master.truncate(SAMPLES - 1)
            master.append(talk[:20])
        with pytest.raises(StoreError, match="too often"):
            master.truncate(SAMPLES - 1)
    assert page.MAX_CUTS > 900
    master.close()


# life


@settings(max_examples=60, deadline=None)
@given(steps=st.lists(st.tuples(st.sampled_from("asc"), st.integers(0, 9000)),
                      max_size=12))  # fmt: skip
def test_what_was_appended_and_cut_is_what_is_read(
    talk: Samples, steps: list[tuple[str, int]]
) -> None:
    with fast_folder() as folder, pytest.MonkeyPatch.context() as patch:
        Nonces(patch)
        path = folder / "master.pcm.sealed"
        master = SealedMaster(path, KEY, ID)
        wanted = np.empty(0, np.int16)
        for number, (verb, count) in enumerate(steps):
            if verb == "a":
                piece = talk[number * 100 : number * 100 + count]
                master.append(piece)
                wanted = np.concatenate([wanted, piece])
            elif verb == "s":
                master.append_silence(count)
                wanted = np.concatenate([wanted, np.zeros(count, np.int16)])
            else:
                wanted = wanted[: max(0, len(wanted) - count)]
                master.truncate(len(wanted))
            assert master.samples == len(wanted)
            with SealedReader(path, KEY) as reader:  # as another process sees it
                seen = reader.read(0, reader.frames)
                assert len(wanted) - SAMPLES < len(seen) <= len(wanted)
                assert np.array_equal(seen, wanted[: len(seen)])
        master.close()
        assert master.sha256 == sha256(wanted)
        assert path.stat().st_size == page.sealed_size(len(wanted))
        assert np.array_equal(read(path), wanted)


@given(start=st.integers(0, 30_000), count=st.integers(0, 30_000))
@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_any_stretch_is_read(
    tmp_path_factory: pytest.TempPathFactory, talk: Samples, start: int, count: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "stretch.pcm.sealed"
    if not path.exists():
        sealed(path, talk[:25_000])
    with SealedReader(path, KEY) as reader:
        found = reader.read(start, count)
    assert np.array_equal(found, talk[:25_000][start : start + count])


def test_a_cut_while_another_process_reads(path: Path, talk: Samples) -> None:
    master = SealedMaster(path, KEY, ID)
    master.append(talk[: 4 * SAMPLES])
    with SealedReader(path, KEY) as reader:
        master.truncate(SAMPLES + 5)
        master.append(talk[: 4 * SAMPLES])
        wanted = np.concatenate([talk[: SAMPLES + 5], talk])[: 4 * SAMPLES]
        assert np.array_equal(reader.read(0, 4 * SAMPLES), wanted)
    master.close()


def test_syncs_every_five_pages_on_whole_pages(
    path: Path, talk: Samples, monkeypatch: pytest.MonkeyPatch
) -> None:
    syncs: list[int] = []
    real = disk.sync_data

    def noted(fd: int) -> None:
        syncs.append(os.fstat(fd).st_size)
        real(fd)

    monkeypatch.setattr(disk, "sync_data", noted)
    master = SealedMaster(path, KEY, ID)
    feed(master, talk)
    assert syncs == [PAGE + 5 * PAGE * number for number in range(1, 8)]
    assert master.synced == 35 * SAMPLES
    assert master.samples - master.synced <= 5 * SAMPLES
    master.close()
    assert master.synced == len(talk)


def test_no_plain_sample_reaches_the_disk(path: Path, talk: Samples) -> None:
    master = SealedMaster(path, KEY, ID)
    pcm = talk.astype("<i2").tobytes()
    for at in range(0, len(talk), 4000):
        master.append(talk[at : at + 4000])
        data = path.read_bytes()
        assert not any(pcm[at : at + 12] in data for at in range(0, len(pcm), 512))
    master.truncate(5000)
    master.close()
    data = path.read_bytes()
    assert not any(pcm[at : at + 12] in data for at in range(0, len(pcm), 512))


def test_header_says_what_it_must(path: Path) -> None:
    head = page.Header(ID, bytes(range(16)), 12_345, (3, 1))
    data = head.pack(KEY)
    assert len(data) == PAGE
    assert page.Header.parse(data) == head
    head.verify(data, KEY)
    assert head.whole(page.sealed_size(12_345))
    assert page.sealed_size(0) == PAGE + 16


def test_closed_in_order_or_not(path: Path, talk: Samples) -> None:
    master = SealedMaster(path, KEY, ID)
    master.append(talk)
    assert not live_reader.is_closed(path)
    master.close()
    assert live_reader.is_closed(path)
