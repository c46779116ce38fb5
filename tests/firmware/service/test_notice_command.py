"""`linekeeper notice`: texts and voices from the shell."""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner, Result

from firmware.archive import Archive
from firmware.cli import linekeeper

CONFIG = """
[consent]
owner = "Hill Street Locksmiths"
purpose = "keeping track of orders"
period = "three months"
rights_url = "example.org/rights"
"""


@pytest.fixture
def voice(tmp_path: Path) -> Path:
    path = tmp_path / "mine.wav"
    soundfile.write(path, 0.2 * np.sin(np.arange(3 * 44100) / 20), 44100)
    return path


@pytest.fixture
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A box without espeak-ng."""
    (tmp_path / "config.toml").write_text(CONFIG, "utf-8")
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def call(box: Path, *arguments: object, config: str = "config.toml") -> Result:
    options = ["--config", str(box / config), "--state", str(box / "state")]
    return CliRunner().invoke(linekeeper, ["notice", *map(str, arguments), *options])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("keep", "announcement", "config.toml"), "not a sound file"),
        (("keep", "announcement", "mine.wav", "--language", "xx"), "want one of en"),
        (("drop", "reminder"), "there is none"),
        (("hear", "question", "out.wav"), "install espeak-ng"),
    ],
)
def test_bad_use_says_what_is_wrong(
    box: Path, voice: Path, arguments: tuple[str, ...], words: str
) -> None:
    named = [str(box / a) if "." in a else a for a in arguments]
    found = call(box, *named)
    assert found.exit_code != 0
    assert words in found.output
    assert len(found.output.splitlines()) == 1


def test_a_setting_that_is_missing_is_named(box: Path) -> None:
    (box / "empty.toml").write_text("", "utf-8")
    found = call(box, "list", config="empty.toml")
    assert found.exit_code == 2
    assert "[consent] owner" in found.output


def test_notices_are_listed_with_their_voice(box: Path, voice: Path) -> None:
    call(box, "keep", "question", voice, "--language", "sv")
    lines = call(box, "list", "--language", "sv", "--json").output.splitlines()
    rows = [json.loads(line) for line in lines]
    assert [row["id"] for row in rows] == [
        "announcement-sv",
        "question-sv",
        "reminder-sv",
    ]
    assert [row["voice"] for row in rows] == [None, "question-sv.wav", None]
    assert all("Hill Street Locksmiths" in row["text"] for row in rows)
    assert "no voice" in call(box, "list").output


def test_a_recording_is_kept_heard_and_dropped(box: Path, voice: Path) -> None:
    kept = call(box, "keep", "announcement", voice)
    assert kept.exit_code == 0, kept.output
    out = box / "out.wav"
    assert call(box, "hear", "announcement", out).exit_code == 0
    x, rate = soundfile.read(out)
    assert (rate, len(x)) == (8000, 24_000)
    assert call(box, "drop", "announcement").exit_code == 0
    assert call(box, "hear", "announcement", out).exit_code == 1


def test_what_was_chosen_on_a_page_is_said(box: Path) -> None:
    with Archive(box / "state") as archive:
        archive.choices.set({"owner": "Maple Locks"}, "owner", 1.0)
    assert "Maple Locks" in call(box, "list").output
