"""Backup, restore and disk from the shell."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from firmware.archive import Archive, disks
from firmware.cli import linekeeper
from firmware.cli.backup import grouped, plain
from tests.firmware.archive.helpers import record

needs_restic = pytest.mark.skipif(
    shutil.which("restic") is None, reason="restic is not installed"
)


def call(*words: str | Path, config: Path | None = None, **more: str) -> Result:
    options = ["--config", str(config)] if config else []
    return CliRunner().invoke(linekeeper, [*map(str, words), *options], **more)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "usb").mkdir()
    path = tmp_path / "config.toml"
    path.write_text(
        f'[box]\nstate_dir = "{tmp_path}/state"\nruntime_dir = "{tmp_path}/run"\n'
        f'[backup]\ntarget = "{tmp_path}/usb"\n'
    )
    with Archive(tmp_path / "state") as archive:
        sound = np.random.default_rng(1).normal(0, 2000, 8000).astype(np.int16)
        record(archive, sound)
        archive.finish_pending()
    return path


def test_password_survives_paper() -> None:
    password = "0123456789abcdefghjkmnpqrs"
    assert plain(f" {grouped(password).upper()}\n") == password


def test_backup_without_target_says_what_one_is(tmp_path: Path) -> None:
    done = call("backup", "run", "--state", tmp_path)
    assert done.exit_code == 2
    assert "want disk:UUID of a USB disk" in done.stderr


def test_nothing_is_due_where_no_backup_is_wanted(tmp_path: Path) -> None:
    done = call("backup", "run", "--if-due", "--state", tmp_path)
    assert (done.exit_code, done.output) == (0, "")


@needs_restic
def test_backup_before_init_says_what_to_do(config: Path) -> None:
    done = call("backup", "run", config=config)
    assert done.exit_code == 1
    assert "run `linekeeper backup init`" in done.stderr


@needs_restic
def test_there_and_back(config: Path, tmp_path: Path) -> None:
    done = call("backup", "init", config=config)
    assert done.exit_code == 0
    password = done.output.split()[-1]
    assert call("backup", "status", config=config).exit_code == 1  # none made yet
    assert "1 calls in" in call("backup", "run", "--if-due", config=config).output
    assert call("backup", "status", config=config).exit_code == 0
    assert call("backup", "run", "--if-due", config=config).output == ""  # just done
    found = json.loads(call("backup", "status", "--json", config=config).output)
    assert (found["calls"], found["owed"], found["late"]) == (1, 0, False)
    assert len(call("backup", "list", config=config).output.splitlines()) == 1
    assert password in call("backup", "key", config=config).output

    file = tmp_path / "password"
    file.write_text(f"# of the backup\n{password.upper()}\n")
    back = call(
        *("restore", tmp_path / "usb", "--password-file", file),
        *("--state", tmp_path / "new", "--json"),
    )
    assert back.exit_code == 0, back.output
    assert json.loads(back.output)["calls"] == 1


def test_disk_is_adopted_and_told(config: Path, tmp_path: Path) -> None:
    assert call("disk", "status", config=config).exit_code == 1
    assert call("disk", "adopt", config=config).exit_code == 0
    done = call("disk", "status", "--json", config=config)
    assert json.loads(done.output)["state"] == "same"
    (tmp_path / "state/recordings" / disks.MARK).write_text('{"id": "other"}')
    done = call("disk", "status", config=config)
    assert done.exit_code == 1
    assert "another archive's disk" in done.output


def test_empty_disk_is_not_adopted_without_asking(config: Path, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "state/recordings")
    (tmp_path / "state/recordings").mkdir()
    done = call("disk", "adopt", config=config, input="n\n")
    assert done.exit_code == 1
    assert "the catalogue lists 1 calls and this disk holds none" in done.output
    assert not (tmp_path / "state" / disks.KNOWN).exists()
