"""`linekeeper idle`: is the line free?"""

import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from firmware.cli import linekeeper
from firmware.service import status
from firmware.service.settings import Settings


def say(tmp_path: Path, *phases: str, ago_s: float = 0.0) -> Path:
    settings = Settings().with_state(tmp_path)
    settings.runtime_dir.mkdir(parents=True)
    now = time.time() - ago_s
    lines = [status.LineState(str(i + 1), phase) for i, phase in enumerate(phases)]
    snapshot = status.Status(1, now, now, True, "synced", lines=lines)
    status.write(settings.status_path, snapshot)
    return settings.status_path


def idle(tmp_path: Path, *options: str) -> Result:
    args = ["idle", "--state", str(tmp_path), *options]
    return CliRunner().invoke(linekeeper, args)


def test_free_line(tmp_path: Path) -> None:
    say(tmp_path, "idle", "idle")
    assert idle(tmp_path).exit_code == 0


@pytest.mark.parametrize("phase", ["ringing", "dialling", "talking", "releasing"])
def test_line_in_use_is_named(tmp_path: Path, phase: str) -> None:
    say(tmp_path, "idle", phase)
    done = idle(tmp_path)
    assert done.exit_code == 1
    assert "a call is on, on line 2" in done.output


def test_without_recorder_nothing_is_interrupted(tmp_path: Path) -> None:
    assert idle(tmp_path).exit_code == 0, "never started"
    say(tmp_path, "talking", ago_s=3600)
    assert idle(tmp_path).exit_code == 0, "it died an hour ago"


def test_waits_for_the_end_of_the_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = say(tmp_path, "talking")
    naps: list[float] = []

    def hang_up(seconds: float) -> None:
        naps.append(seconds)
        path.write_text(path.read_text().replace("talking", "idle"))

    monkeypatch.setattr("firmware.cli.line.time.sleep", hang_up)
    assert idle(tmp_path, "--wait", "60").exit_code == 0
    assert len(naps) == 1


def test_a_wait_that_is_none_is_refused(tmp_path: Path) -> None:
    assert idle(tmp_path, "--wait", "-1").exit_code == 2
