"""`linekeeper alerts`: what is wrong, and telling it once."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from firmware.archive import Archive
from firmware.cli import linekeeper

NOW = 1_800_000_000.0


@pytest.fixture
def state(tmp_path: Path) -> Path:
    Archive(tmp_path / "state").close()
    return tmp_path / "state"


def run(state: Path, *args: str) -> Any:
    return CliRunner().invoke(linekeeper, ["alerts", "--state", str(state), *args])


def test_nothing_is_wrong(state: Path) -> None:
    done = run(state)
    assert (done.exit_code, done.output) == (0, "")


def test_what_holds_is_listed_with_what_to_do(state: Path) -> None:
    with Archive(state) as archive:
        archive.alerts.begin("1", "no_input", NOW)
        archive.alerts.begin("1", "hot", NOW)
        archive.alerts.end("1", "hot", NOW + 60)
    done = run(state)
    assert done.exit_code == 1
    assert "Look at the cable" in done.output
    assert "hot" not in done.output
    rows = [
        json.loads(line) for line in run(state, "--all", "--json").output.splitlines()
    ]
    assert {row["kind"]: row["until"] is None for row in rows} == {
        "no_input": True,
        "hot": False,
    }


def test_each_is_told_once_and_its_end_once(state: Path, tmp_path: Path) -> None:
    heard = tmp_path / "heard"
    command = f"sh -c 'cat >> {heard}'"
    with Archive(state) as archive:
        archive.alerts.begin("1", "no_input", NOW)
        assert run(state, "--tell", command).exit_code == 0
        assert run(state, "--tell", command).exit_code == 0
        archive.alerts.end("1", "no_input", NOW + 60)
        assert run(state, "--tell", command).exit_code == 0
        assert run(state, "--tell", command).exit_code == 0
    begin, end = heard.read_text().splitlines()
    assert begin.startswith("Linekeeper: Nothing comes in from the line. Look at")
    assert end == "Linekeeper: Nothing comes in from the line: over."


@pytest.mark.parametrize("command", ["false", "/no/such/program", "'"])
def test_what_could_not_be_told_is_told_later(
    state: Path, tmp_path: Path, command: str
) -> None:
    with Archive(state) as archive:
        archive.alerts.begin("1", "hot", NOW)
    assert run(state, "--tell", command).exit_code == 1
    heard = tmp_path / "heard"
    assert run(state, "--tell", f"tee {heard}").exit_code == 0
    assert "too hot" in heard.read_text()
