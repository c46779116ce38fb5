"""Recorded lines: what is refused, in one line each, and what comes out of the rest."""

import shutil
import struct
import time
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from listening import FakeClock

from dsp.types import Edge
from firmware.errors import SourceError
from firmware.line import open_line
from firmware.line.block import FS
from firmware.line.wav import WavLine
from firmware.service.settings import Settings


def tone(seconds: float, fs: int, hz: float = 1000.0) -> Any:
    return (0.25 * np.sin(2 * np.pi * hz * np.arange(int(seconds * fs)) / fs)).astype(
        np.float32
    )


def write(path: Path, x: Any, fs: int = FS, **kwargs: Any) -> Path:
    soundfile.write(path, x, fs, **kwargs)
    return path


def samples_of(line: WavLine) -> Any:
    return np.concatenate([block.samples for block in line.blocks()])


# what is refused


def refused(path: Path, **kwargs: Any) -> str:
    with pytest.raises(SourceError) as caught:
        WavLine(path, **kwargs)
    message = str(caught.value)
    assert "\n" not in message
    assert str(path) in message or "edges" in message
    return message


def test_missing_file(tmp_path: Path) -> None:
    assert "no such file" in refused(tmp_path / "none.wav")


def test_folder(tmp_path: Path) -> None:
    assert "is a folder" in refused(tmp_path)


def test_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "empty.wav"
    path.touch()
    assert "is empty" in refused(path)


def test_header_without_samples(tmp_path: Path) -> None:
    path = write(tmp_path / "header.wav", np.zeros(0, np.int16))
    assert "is empty" in refused(path)


def test_text_named_wav(tmp_path: Path) -> None:
    path = tmp_path / "text.wav"
    path.write_text("This is a shopping list.\n" * 20)
    assert "not an audio file" in refused(path)


@pytest.mark.parametrize("keep", [1, 12, 40])
def test_header_cut_short(tmp_path: Path, keep: int) -> None:
    path = write(tmp_path / "head.wav", tone(1, FS))
    path.write_bytes(path.read_bytes()[:keep])
    assert "not an audio file" in refused(path)


def test_wav_cut_short(tmp_path: Path) -> None:
    path = write(tmp_path / "cut.wav", tone(2, FS))
    path.write_bytes(path.read_bytes()[:20000])
    message = refused(path)
    assert "cut short" in message
    assert "32000" in message
    assert "19956" in message


def test_flac_cut_short(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    path = write(tmp_path / "cut.flac", 0.1 * rng.standard_normal(3 * FS))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert "cut short" in refused(path)


def test_three_channels_need_a_choice(tmp_path: Path) -> None:
    x = np.stack([tone(1, FS, hz) for hz in (500, 1000, 1500)], axis=1)
    path = write(tmp_path / "three.wav", x)
    assert "has 3 channels; choose one of 0, 1, 2" in refused(path)
    assert "want one of 0, 1, 2, got 3" in refused(path, channel=3)
    chosen = samples_of(WavLine(path, channel=2))
    spectrum = np.abs(np.fft.rfft(chosen[:FS]))
    assert int(np.argmax(spectrum)) == 1500


def test_channel_beyond_a_mono_file(tmp_path: Path) -> None:
    path = write(tmp_path / "mono.wav", tone(1, FS))
    assert "want one of 0, got 1" in refused(path, channel=1)


def test_rate_that_is_no_sound(tmp_path: Path) -> None:
    path = write(tmp_path / "slow.wav", tone(1, 1000, 100), 1000)
    assert "rate: want 4000..768000 Hz, got 1000" in refused(path)


def test_named_edges_file_missing(tmp_path: Path) -> None:
    path = write(tmp_path / "call.wav", tone(1, FS))
    message = refused(path, edges=tmp_path / "none.csv")
    assert "none.csv: edges file cannot be read" in message


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("0,hook\n", "line 1: want sample,signal,level, got '0,hook'"),
        ("sample,signal,level\n0,hook,0\n9,hook,2\n", "line 3: level: want 0 or 1"),
        ("5,hork,1\n", "line 1: signal: want one of hook, ring, line"),
        ("-5,hook,1\n", "line 1: sample: want 0..8000, got '-5'"),
        ("8001,hook,1\n", "line 1: sample: want 0..8000, got '8001'"),
        ("1.5,hook,1\n", "line 1: sample: want 0..8000, got '1.5'"),
        ("9,hook,1\n\n5,hook,0\n", "line 3: sample: want rows in order, 9 or later"),
        ("time,what,level\n", "line 1: sample: want 0..8000, got 'time'"),
        ("1,hook,1,2\n", "line 1: want sample,signal,level"),
    ],
)
def test_malformed_edges(tmp_path: Path, text: str, wanted: str) -> None:
    path = write(tmp_path / "call.wav", tone(1, FS))
    (tmp_path / "call.edges.csv").write_text(text)
    assert wanted in refused(path)


def test_binary_edges_file(tmp_path: Path) -> None:
    path = write(tmp_path / "call.wav", tone(1, FS))
    (tmp_path / "call.edges.csv").write_bytes(b"\xff\xfe\x00\x01")
    assert "got binary data" in refused(path)


# what is read


def test_8_khz_16_bit_comes_out_bit_for_bit(tmp_path: Path) -> None:
    x = np.random.default_rng(1).integers(-32768, 32767, 3 * FS + 17, np.int16)
    path = write(tmp_path / "exact.wav", x)
    np.testing.assert_array_equal(samples_of(WavLine(path)), x)


@pytest.mark.parametrize("fs", [8000, 11025, 16000, 22050, 44100, 48000, 96000])
def test_any_rate_keeps_length_and_level(tmp_path: Path, fs: int) -> None:
    path = write(tmp_path / "rate.wav", tone(2, fs), fs)
    y = samples_of(WavLine(path))
    assert abs(len(y) - 2 * FS) <= 1
    middle = y[FS // 2 : -FS // 2] / 32768
    assert 20 * np.log10(np.sqrt(np.mean(middle**2))) == pytest.approx(-15.05, abs=0.1)


@pytest.mark.parametrize(
    ("name", "kwargs"),
    [
        ("a.flac", {}),
        ("a.aiff", {}),
        ("a.ogg", {"format": "OGG", "subtype": "VORBIS"}),
        ("a.wav", {"subtype": "PCM_24"}),
        ("a.wav", {"subtype": "FLOAT"}),
        ("a.wav", {"subtype": "ULAW"}),
        ("a.w64", {"format": "W64"}),
    ],
)
def test_formats(tmp_path: Path, name: str, kwargs: dict[str, str]) -> None:
    path = write(tmp_path / name, tone(1, FS), **kwargs)
    y = samples_of(WavLine(path)) / 32768
    assert len(y) == FS
    assert np.abs(y - tone(1, FS)).max() < 0.03  # Vorbis is lossy


def test_not_a_number_becomes_silence(tmp_path: Path) -> None:
    x = tone(1, FS)
    x[100:200] = np.nan
    x[300] = np.inf
    y = samples_of(WavLine(write(tmp_path / "nan.wav", x, subtype="FLOAT")))
    assert not y[100:200].any()
    assert y[300] == 0


@pytest.mark.parametrize("size", [0, 0x7FFFFFFF, 0xFFFFFFFF])
def test_header_written_into_a_pipe(tmp_path: Path, size: int) -> None:
    path = write(tmp_path / "pipe.wav", tone(1, FS))
    data = bytearray(path.read_bytes())
    data[40:44] = struct.pack("<I", size)
    path.write_bytes(bytes(data))
    if size == 0:  # libsndfile takes it at its word
        assert "no samples, yet 16000 bytes follow" in refused(path)
    else:
        assert len(samples_of(WavLine(path))) == FS


def test_edges_beside_the_file_are_taken(tmp_path: Path) -> None:
    path = write(tmp_path / "call.wav", tone(1, 48000), 48000)
    (tmp_path / "call.edges.csv").write_text(
        "# a comment\nsample,signal,level\n0,line,1\n24000,hook,1\n48000,hook,0\n"
    )
    line = WavLine(path)
    assert line.sensing == {"hook", "line"}
    edges = [edge for block in line.blocks() for edge in block.edges]
    assert edges == [
        Edge(0, "line", 1),
        Edge(0, "hook", 0),
        Edge(4000, "hook", 1),
        Edge(8000, "hook", 0),
    ]


def test_without_edges_there_is_sound_alone(tmp_path: Path) -> None:
    line = WavLine(write(tmp_path / "call.wav", tone(1, FS)))
    assert line.sensing == frozenset()
    assert all(block.edges == () for block in line.blocks())


def test_blocks_follow_each_other_and_hold_their_edges(tmp_path: Path) -> None:
    path = write(tmp_path / "call.wav", tone(2.3, 44100), 44100)
    rows = "".join(f"{n * 977},hook,{n % 2}\n" for n in range(1, 100))
    (tmp_path / "call.edges.csv").write_text(rows)
    whole = list(WavLine(path, block_samples=10**6).blocks())
    for size in (37, 160, 8000):
        end, edges, pieces = 0, [], []
        for block in WavLine(path, block_samples=size).blocks():
            assert block.start == end
            assert all(block.start <= e.at <= block.end for e in block.edges)
            end = block.end
            edges += block.edges
            pieces.append(block.samples)
        assert edges == [e for b in whole for e in b.edges]
        np.testing.assert_array_equal(
            np.concatenate(pieces), np.concatenate([b.samples for b in whole])
        )


def test_source_string_with_channel(tmp_path: Path) -> None:
    x = np.stack([np.zeros(FS), tone(1, FS)], axis=1)
    path = write(tmp_path / "two?.wav", x)
    with open_line(f"wav:{path}?channel=1", Settings()) as line:
        assert max(int(block.samples.max()) for block in line.blocks()) > 8000
    with open_line(f"wav:{path}?channel=1", Settings(), channel=0) as line:
        assert max(int(block.samples.max()) for block in line.blocks()) == 0
    with pytest.raises(SourceError, match=r"want \?channel=NUMBER"):
        open_line(f"wav:{path}?channel=left", Settings())


def test_anchor_is_the_given_start_or_a_guess(tmp_path: Path) -> None:
    path = write(tmp_path / "call.wav", tone(3, FS))
    given = WavLine(path, start_utc=1000.0)
    assert given.anchor().utc_at(FS) == pytest.approx(1001.0)
    guess = WavLine(path).anchor()
    assert guess.clock == "unknown"
    assert guess.utc_at(3 * FS) == pytest.approx(path.stat().st_mtime)


def test_paced_recording_keeps_real_time(tmp_path: Path) -> None:
    clock = FakeClock()
    path = write(tmp_path / "call.wav", tone(2, 44100), 44100)
    for block in WavLine(path, speed=1.0, clock=clock).blocks():
        assert len(block.samples) <= 160
        assert clock.time - 50 == pytest.approx(block.end / FS)
    assert clock.time == pytest.approx(52.0)


def test_damaged_files_are_read_or_refused(tmp_path: Path) -> None:
    rng = np.random.default_rng(440)
    outcomes = {"read": 0, "refused": 0}
    for number in range(200):
        name = f"{number}{('.wav', '.flac', '.aiff', '.ogg')[number % 4]}"
        path = write(tmp_path / name, tone(0.25, FS))
        content = np.fromfile(path, np.uint8)
        places = rng.integers(0, min(len(content), 100), 3)
        content[places] = rng.integers(0, 256, 3)
        path.write_bytes(content.tobytes())
        try:
            with WavLine(path) as line:
                heard = sum(len(block.samples) for block in line.blocks())
        except SourceError as error:
            outcomes["refused"] += str(error).count("\n") == 0
        else:
            outcomes["read"] += heard > 0
    assert sum(outcomes.values()) == 200
    assert min(outcomes.values()) > 10


def test_close_ends_the_blocks(tmp_path: Path) -> None:
    line = WavLine(write(tmp_path / "call.wav", tone(3, FS)))
    blocks = line.blocks()
    next(blocks)
    line.close()
    assert list(blocks) == []


@pytest.fixture
def long_file(tmp_path: Path) -> Path:
    """Five minutes at 48 kHz: 28.8 MB."""
    path = tmp_path / "long.wav"
    second = (tone(1, 48000) * 32767).astype(np.int16)
    with soundfile.SoundFile(path, "w", 48000, 1, "PCM_16") as file:
        for _ in range(300):
            file.write(second)
    return path


def test_long_file_is_read_at_100_times_real_time(long_file: Path) -> None:
    began = time.process_time()
    total = sum(len(block.samples) for block in WavLine(long_file).blocks())
    assert total == 300 * FS
    assert 300 / (time.process_time() - began) > 100


def test_long_file_is_read_in_constant_memory(long_file: Path) -> None:
    blocks = WavLine(long_file).blocks()
    next(blocks)
    tracemalloc.start()
    for _ in blocks:
        pass
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8e6


def test_a_copy_of_the_file_needs_its_edges_beside_it(tmp_path: Path) -> None:
    path = write(tmp_path / "call.wav", tone(1, FS))
    (tmp_path / "call.edges.csv").write_text("100,hook,1\n")
    copy = shutil.copy(path, tmp_path / "copy.wav")
    assert WavLine(Path(copy)).sensing == frozenset()
