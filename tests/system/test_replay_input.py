"""`linekeeper replay` on files that are not what they should be."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

pytestmark = pytest.mark.system


def replay(*arguments: str | Path, state: Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "firmware", "replay", *map(str, arguments)]
    return subprocess.run(
        [*command, "--state", str(state)], capture_output=True, text=True, check=False
    )


def noise(seconds: float, fs: int, channels: int = 1) -> np.ndarray:
    rng = np.random.default_rng(7)
    return rng.normal(0, 0.0005, (int(seconds * fs), channels))


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "good.wav"
    soundfile.write(path, noise(2, 8000), 8000, subtype="PCM_16")
    return path


def empty(folder: Path) -> list[str | Path]:
    path = folder / "empty.wav"
    path.touch()
    return [path]


def text(folder: Path) -> list[str | Path]:
    path = folder / "text.wav"
    path.write_text("this is not a recording\n" * 100)
    return [path]


def missing(folder: Path) -> list[str | Path]:
    return [folder / "missing.wav"]


def header_only(folder: Path) -> list[str | Path]:
    path = folder / "header.wav"
    soundfile.write(path, noise(0, 8000), 8000, subtype="PCM_16")
    return [path]


def three_channels(folder: Path) -> list[str | Path]:
    path = folder / "three.wav"
    soundfile.write(path, noise(2, 8000, 3), 8000, subtype="PCM_16")
    return [path]


def truncated(folder: Path) -> list[str | Path]:
    path = folder / "truncated.wav"
    soundfile.write(path, noise(2, 8000), 8000, subtype="PCM_16")
    path.write_bytes(path.read_bytes()[:9001])
    return [path]


def missing_edges(folder: Path) -> list[str | Path]:
    path = folder / "edgeless.wav"
    soundfile.write(path, noise(2, 8000), 8000, subtype="PCM_16")
    return [path, "--edges", folder / "none.csv"]


def wrong_edges(folder: Path) -> list[str | Path]:
    path = folder / "edges.wav"
    soundfile.write(path, noise(2, 8000), 8000, subtype="PCM_16")
    edges = folder / "edges.csv"
    edges.write_text("sample,signal,level\n100,hook,1\nabc,hook,0\n")
    return [path, "--edges", edges]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (empty, "empty.wav"),
        (text, "text.wav"),
        (missing, "missing.wav"),
        (header_only, "header.wav"),
        (three_channels, "channel"),
        (truncated, "cut short"),
        (missing_edges, "none.csv"),
        (wrong_edges, "abc"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_broken_input_is_one_clear_line_and_changes_nothing(
    make: "type", words: str, good: Path, tmp_path: Path
) -> None:
    state = tmp_path / "state"
    replay(good, state=state)
    before = sorted((p, p.stat().st_mtime_ns) for p in state.rglob("*"))
    done = replay(*make(tmp_path), state=state)
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert words in done.stderr
    assert before == sorted((p, p.stat().st_mtime_ns) for p in state.rglob("*"))


@pytest.mark.parametrize("fs", [4000, 8000, 11025, 44100, 96000])
def test_any_rate_is_read(fs: int, tmp_path: Path) -> None:
    path = tmp_path / "any.wav"
    soundfile.write(path, noise(2, fs), fs)
    done = replay(path, state=tmp_path / "state")
    assert done.returncode == 0, done.stderr
    assert "no call was heard" in done.stdout
