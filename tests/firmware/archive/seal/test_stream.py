"""Sealed files: every way of damaging them, then every way of reading them."""

import io
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firmware.archive import disk
from firmware.archive.careful import Careful
from firmware.archive.seal.files import SealedFile, read_sealed, replace_sealed
from firmware.archive.seal.stream import (
    CHUNK,
    StreamReader,
    StreamWriter,
    plain_size,
    sealed_size,
)
from firmware.errors import SealBroken, StoreError

KEY = bytes(range(16))
SIZE = 3 * CHUNK + 1000
STEP = CHUNK + 16


@pytest.fixture(scope="module")
def content() -> bytes:
    return np.random.default_rng(7).bytes(SIZE)


@pytest.fixture
def path(tmp_path: Path, content: bytes) -> Path:
    target = tmp_path / "master.flac.sealed"
    replace_sealed(target, content, KEY)
    return target


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(0, sealed_size(SIZE) - 1))
def test_cut_at_any_byte_is_found(path: Path, cut: int) -> None:
    shorter = path.with_name("shorter")
    shorter.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(SealBroken, match="shorter"):
        StreamReader(shorter, KEY)


@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(place=st.integers(0, sealed_size(SIZE) - 1), bit=st.integers(0, 7))
def test_any_bit_that_is_flipped_is_found(path: Path, place: int, bit: int) -> None:
    data = bytearray(path.read_bytes())
    data[place] ^= 1 << bit
    flipped = path.with_name("flipped")
    flipped.write_bytes(data)
    with pytest.raises(SealBroken, match="not what was sealed"):
        read_sealed(flipped, KEY)


@pytest.mark.parametrize(
    "order", [(1, 0, 2, 3), (0, 0, 2, 3), (0, 2, 3), (0, 1, 3), (3,), (0, 1, 2)]
)
def test_chunks_moved_doubled_or_dropped(path: Path, order: tuple[int, ...]) -> None:
    data = path.read_bytes()
    parts = [data[16 + at * STEP : 16 + (at + 1) * STEP] for at in range(4)]
    path.write_bytes(data[:16] + b"".join(parts[number] for number in order))
    with pytest.raises(SealBroken):
        read_sealed(path, KEY)


def test_chunk_of_another_file_of_the_same_call(path: Path, content: bytes) -> None:
    other = path.with_name("other")
    replace_sealed(other, content, KEY)
    data, foreign = bytearray(path.read_bytes()), other.read_bytes()
    data[16 : 16 + STEP] = foreign[16 : 16 + STEP]
    path.write_bytes(data)
    with pytest.raises(SealBroken, match="chunk 1 of 4"):
        read_sealed(path, KEY)


def test_another_key(path: Path) -> None:
    with pytest.raises(SealBroken):
        StreamReader(path, bytes(16))


@pytest.mark.parametrize("length", [0, 15, 16, 31, 16 + CHUNK + 16 + 15])
def test_lengths_that_no_payload_has(length: int) -> None:
    with pytest.raises(SealBroken, match="cut off"):
        plain_size(length)


@given(st.integers(0, 1 << 40))
def test_sizes_there_and_back(size: int) -> None:
    assert plain_size(sealed_size(size)) == size


def test_file_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="No such file"):
        StreamReader(tmp_path / "gone", KEY)


@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(start=st.integers(0, SIZE + 10), length=st.integers(0, 2 * CHUNK))
def test_any_range_is_that_of_the_plain_file(
    path: Path, content: bytes, start: int, length: int
) -> None:
    with StreamReader(path, KEY) as reader:
        assert reader.size == SIZE
        assert reader.read_at(start, start + length) == content[start : start + length]


def test_reads_like_any_file(path: Path, content: bytes) -> None:
    with StreamReader(path, KEY) as reader:
        target = io.BytesIO()
        shutil.copyfileobj(reader, target)
        assert target.getvalue() == content
        assert reader.seek(-10, os.SEEK_END) == SIZE - 10
        assert reader.read(20) == content[-10:]
        assert (reader.readable(), reader.seekable(), reader.writable()) == (1, 1, 0)


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK])
def test_every_size_comes_back(tmp_path: Path, content: bytes, size: int) -> None:
    replace_sealed(tmp_path / "file", content[:size], KEY)
    assert (tmp_path / "file").stat().st_size == sealed_size(size)
    assert read_sealed(tmp_path / "file", KEY) == content[:size]


@settings(max_examples=60, deadline=None)
@given(pieces=st.lists(st.integers(0, 90_000), max_size=6), anew=st.binary(max_size=50))
def test_the_beginning_may_be_written_anew(pieces: list[int], anew: bytes) -> None:
    from tests.firmware.archive.helpers import fast_folder

    plain = bytearray()
    with fast_folder() as folder:
        path = folder / "file"
        with SealedFile(path, KEY) as file:
            for number, size in enumerate(pieces):
                piece = bytes([number]) * size
                assert file.write(piece) == size
                plain += piece
            if len(plain) >= 60:
                file.seek(3)
                file.write(anew)
                plain[3 : 3 + len(anew)] = anew
                file.seek(0, os.SEEK_END)
                file.write(b"end")
                plain += b"end"
            assert file.tell() == len(plain)
        assert read_sealed(path, KEY) == plain


def test_what_is_sealed_already_cannot_be_written_anew(tmp_path: Path) -> None:
    with (tmp_path / "file").open("w+b") as file:
        stream = StreamWriter(file.fileno(), KEY)
        stream.write(bytes(CHUNK * 2))
        with pytest.raises(io.UnsupportedOperation):
            stream.seek(CHUNK + 1)
        stream.seek(CHUNK - 1)
        with pytest.raises(io.UnsupportedOperation):
            stream.write(b"ab")
        stream.discard()


def test_first_chunk_is_written_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places: list[int] = []
    real = disk.write_at

    def noted(fd: int, data: bytes, offset: int) -> None:
        places.append(offset)
        real(fd, data, offset)

    monkeypatch.setattr(disk, "write_at", noted)
    noise = np.random.default_rng(1).normal(0, 2000, 200_000).astype(np.int16)
    with SealedFile(tmp_path / "f", KEY) as file:
        soundfile.write(Careful(file), noise, 8000, "PCM_16", format="FLAC")
    assert len(places) == len(set(places)) > 4, "a nonce served twice"
    with StreamReader(tmp_path / "f", KEY) as reader:
        found, _ = soundfile.read(reader, dtype="int16")
    assert np.array_equal(found, noise)


def test_nothing_is_left_of_what_failed(tmp_path: Path) -> None:
    path = tmp_path / "file"

    def fail() -> None:
        with SealedFile(path, KEY) as file:
            file.write(bytes(CHUNK * 3))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_no_plain_byte_reaches_the_disk(tmp_path: Path, content: bytes) -> None:
    file = SealedFile(tmp_path / "file", KEY)
    file.write(content)
    for path in tmp_path.iterdir():
        data = path.read_bytes()
        assert not any(content[at : at + 16] in data for at in range(0, SIZE, 4096))
    file.close()


def test_a_problem_within_a_sound_library_is_told(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[16 + STEP + 5] ^= 1
    path.write_bytes(data)
    with StreamReader(path, KEY) as reader:
        careful = Careful(reader)
        careful.seek(CHUNK + 10)
        assert careful.readinto(memoryview(bytearray(10))) == 0
        assert isinstance(careful.problem, SealBroken)
