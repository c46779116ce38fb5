"""Commands as a person at the shell meets them, mistakes first."""

import json
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner, Result

from firmware.archive import Archive
from firmware.archive.model import Call
from firmware.cli import calls, linekeeper

START = 1_800_000_000.0

Run = Callable[..., Result]


@pytest.fixture(autouse=True)
def signals() -> Iterator[None]:
    """Commands that run a line take the signals that end a process."""
    ours = {
        number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)
    }
    yield
    for number, handler in ours.items():
        signal.signal(number, handler)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def run(state: Path) -> Run:
    """Run a command on the state folder."""

    def run(*words: str) -> Result:
        return CliRunner().invoke(linekeeper, [*words, "--state", str(state)])

    return run


@pytest.fixture
def seven(state: Path) -> list[str]:
    """Seven calls, ids newest first; three of them began in the same instant."""
    with Archive(state) as archive:
        ids = []
        for n in range(7):
            utc = START + min(n, 4)
            call = Call(archive.new_id(utc), "1", utc, number=f"555010{n % 2}")
            archive.begin(call)
            call.outcome = "missed"
            archive.end(call)
            ids.append((utc, call.id))
    return [call_id for _, call_id in sorted(ids, reverse=True)]


@pytest.mark.parametrize("command", ["record", "replay", "simulate"])
def test_runtime_folder_that_cannot_be_made_is_told(
    run: Run, state: Path, tmp_path: Path, command: str, sound: Path
) -> None:
    state.mkdir()
    (state / "run").touch()
    config = tmp_path / "config.toml"
    config.write_text('[line]\nsource = "sim:incoming_missed"\n')
    more = {"record": [], "replay": [str(sound)], "simulate": ["incoming_missed"]}
    result = run(command, *more[command], "--config", str(config))
    assert result.exit_code == 2
    assert "the runtime folder cannot be made: File exists" in result.stderr


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    """A second of silence."""
    path = tmp_path / "sound.wav"
    soundfile.write(path, np.zeros(8000, np.int16), 8000)
    return path


@pytest.mark.parametrize("command", ["record", "simulate", "reindex"])
def test_second_writer_is_refused_with_the_first_ones_name(
    run: Run, state: Path, tmp_path: Path, command: str
) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[line]\nsource = "sim:incoming_missed"\n')
    scenario = ["incoming_missed"] if command == "simulate" else []
    with Archive(state):
        result = run(command, *scenario, "--config", str(config))
    assert result.exit_code == 1
    assert result.stderr.strip() == (
        f"{state}: process {os.getpid()} writes this archive; stop the recorder first"
    )


def test_list_without_an_archive_says_who_makes_it(run: Run, state: Path) -> None:
    result = run("calls", "list")
    assert result.exit_code == 1
    assert "the recorder makes it when it starts" in result.stderr
    assert not state.exists()


@pytest.mark.parametrize("limit", ["0", "-5"])
def test_list_of_nothing_is_bad_use(run: Run, limit: str) -> None:
    assert run("calls", "list", "--limit", limit).exit_code == 2


@pytest.mark.parametrize("limit", [1, 3, 6, 7, 5000])
def test_list_goes_beyond_a_page(
    run: Run, seven: list[str], limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "PAGE", 2)
    result = run("calls", "list", "--json", "--limit", str(limit))
    shown = [json.loads(line)["id"] for line in result.stdout.splitlines()]
    assert shown == seven[:limit]


def test_list_finds_by_number(run: Run, seven: list[str]) -> None:
    result = run("calls", "list", "--search", "5550101", "--json")
    numbers = [json.loads(line)["number"] for line in result.stdout.splitlines()]
    assert numbers == ["5550101"] * 3


@pytest.mark.parametrize("verb", ["show", "export"])
def test_call_that_is_not_there_is_named(run: Run, seven: list[str], verb: str) -> None:
    result = run("calls", verb, "20270115-080000-zzzz")
    assert result.exit_code == 1
    assert result.stderr == "20270115-080000-zzzz: no such call\n"


def test_call_without_audio_is_not_exported(
    run: Run, seven: list[str], tmp_path: Path
) -> None:
    result = run("calls", "export", seven[0], "--to", str(tmp_path / "out"))
    assert result.exit_code == 1
    assert "no audio to export" in result.stderr
    assert not (tmp_path / "out").exists()


def test_export_copies_master_and_sidecar(run: Run, tmp_path: Path) -> None:
    made = run("simulate", "incoming_answered", "--json")
    call_id = json.loads(made.stdout)["id"]
    result = run("calls", "export", call_id, "--to", str(tmp_path / "out"))
    assert result.exit_code == 0
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == [f"{call_id}.flac", f"{call_id}.json"]


def test_reindex_brings_back_a_catalogue_that_was_removed(
    run: Run, state: Path, seven: list[str]
) -> None:
    before = run("calls", "list", "--json").stdout
    for path in state.glob("catalogue.sqlite3*"):
        path.unlink()
    assert run("reindex").stdout == "7 calls indexed\n"
    assert run("calls", "list", "--json").stdout == before


def test_nobody_else_on_the_box_can_read_who_called(run: Run, state: Path) -> None:
    before = os.umask(0)
    try:
        assert run("simulate", "incoming_answered").exit_code == 0
    finally:
        os.umask(before)
    files = [path for path in state.rglob("*") if path.is_file()]
    assert {path.name for path in files} >= {"catalogue.sqlite3", "status.json"}
    assert [path for path in files if path.stat().st_mode & 0o007] == []
