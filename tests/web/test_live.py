"""The live state in words."""

import os
import time
from pathlib import Path
from typing import Any

import pytest

from firmware.service.settings import Settings
from tests.web import seed
from web import live


@pytest.fixture
def box(tmp_path: Path) -> Settings:
    return seed.settings_for(tmp_path)


def told(box: Settings) -> dict[str, Any]:
    return live.snapshot(box.status_path, lambda: 7, "us")


@pytest.mark.parametrize(
    ("line", "words", "tone"),
    [
        ({"phase": "idle"}, "On-hook", "idle"),
        ({"phase": "ringing", "ring_count": 2}, "Ringing 2×", "ring"),
        ({"phase": "ringing"}, "Ringing", "ring"),
        ({"phase": "talking"}, "Talking", "live"),
        ({"phase": "something_new"}, "Something new", "live"),
        ({"phase": "line_cut"}, "The line is dead", "bad"),
        (
            {"phase": "talking", "ok": False, "message": "card gone"},
            "The line needs attention",
            "bad",
        ),
    ],
)
def test_phases_in_words(
    box: Settings, line: dict[str, Any], words: str, tone: str
) -> None:
    seed.write_status(box, **line)
    said = told(box)["line"]
    assert (said["words"], said["tone"]) == (words, tone)


def test_every_phase_of_the_call_machine_has_words() -> None:
    from firmware.call.states import State

    assert {state.value for state in State} <= set(live.PHASES)


def test_who_and_meter_while_talking(box: Settings) -> None:
    seed.write_status(
        box,
        phase="talking",
        name="CAROL REED",
        number="2125550123",
        level_dbov=-23.456,
        recording=True,
    )
    line = told(box)["line"]
    assert (line["detail"], line["number"]) == ("CAROL REED", "(212) 555-0123")
    assert line["level_dbov"] == -23.5
    assert line["recording"] is True


def test_idle_noise_is_not_news(box: Settings) -> None:
    seed.write_status(box, phase="idle", level_dbov=-61.0, sample_index=1)
    first = told(box)["line"]
    seed.write_status(box, phase="idle", level_dbov=-58.0, sample_index=2)
    second = told(box)["line"]
    assert {k: v for k, v in first.items() if k != "since_utc"} == {
        k: v for k, v in second.items() if k != "since_utc"
    }


def test_a_recorder_that_does_not_write_is_stopped(box: Settings) -> None:
    assert told(box)["recorder"] == "stopped"
    seed.write_status(box, phase="idle")
    assert told(box)["recorder"] == "running"
    old = time.time() - 60
    os.utime(box.status_path, (old, old))
    said = told(box)
    assert said["recorder"] == "stopped"
    assert "linekeeper record" in said["line"]["detail"]


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "[1]", "3", "null", "\x00", '"x"', "{}", '{"lines": []}']
)
def test_a_broken_status_file_is_no_trouble(box: Settings, text: str) -> None:
    box.status_path.parent.mkdir(parents=True)
    box.status_path.write_text(text)
    assert told(box)["line"]["words"] == live.STOPPED[0]
