"""Scenario in, archive out: what was scripted is what is kept."""

import contextlib
import io
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from firmware.archive import Archive
from firmware.archive.model import Call
from firmware.line import open_line
from firmware.line.block import FS
from firmware.line.sim.script import ScriptedCall
from firmware.service.settings import Settings
from tests.system.office_day import START_UTC

pytestmark = pytest.mark.system

#: The short ones are compared with their scripts in tests/firmware/call.
LONG = ("demo_library", "long_hold")


def simulate(scenario: str, state: Path) -> tuple[list[Call], list[dict[str, float]]]:
    """Return the archived calls, oldest first, and the memory notes."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.system.office_day", scenario, str(state)],
        capture_output=True,
        text=True,
        check=True,
    )
    with Archive(state, write=False) as archive:
        calls = archive.calls.page(limit=1000)[::-1]
        for call in calls:
            assert_audio_is_right(archive, call)
    return calls, [json.loads(line) for line in done.stdout.splitlines()]


def assert_audio_is_right(archive: Archive, call: Call) -> None:
    if call.outcome == "missed":
        assert call.audio == "none"
        return
    assert call.audio == "kept", call
    with contextlib.closing(archive.open_original(call)) as original:
        whole = io.BytesIO(original.read_at(0, original.size))
    samples, fs = soundfile.read(whole, dtype="int16")
    assert fs == FS
    assert len(samples) == round(call.audio_s * FS)
    assert np.std(samples.astype(float)) > 10, "the recording is silent"


def script_of(scenario: str) -> tuple[ScriptedCall, ...]:
    with open_line(f"sim:{scenario}", Settings()) as line:
        script: tuple[ScriptedCall, ...] = line.script  # type: ignore[attr-defined]  # only simulated lines know the truth
        return script


def assert_as_scripted(calls: list[Call], script: tuple[ScriptedCall, ...]) -> None:
    assert [c.direction for c in calls] == [s.direction for s in script]
    assert [c.number for c in calls] == [s.number for s in script]
    assert [c.outcome for c in calls] == [s.outcome for s in script]
    for call, scripted in zip(calls, script, strict=True):
        start_s = call.start_utc - START_UTC
        assert start_s == pytest.approx(scripted.start_s, abs=0.2), call.id
        assert call.duration_s == pytest.approx(scripted.duration_s, abs=0.2), call.id


@pytest.mark.parametrize("scenario", LONG)
def test_scenario_is_kept_as_scripted(scenario: str, tmp_path: Path) -> None:
    calls, _ = simulate(scenario, tmp_path)
    assert_as_scripted(calls, script_of(scenario))


def test_office_day_is_kept_call_by_call_in_flat_memory(tmp_path: Path) -> None:
    calls, memory = simulate("office_day", tmp_path)
    script = script_of("office_day")
    assert len(script) == 60
    assert_as_scripted(calls, script)
    resident = [m["resident_mb"] for m in memory]
    # By the tenth call every cache is full: what grows then would grow for ever.  The
    # least of ten, because a call that is being packed meanwhile takes its share.
    assert min(resident[-10:]) - min(resident[10:20]) <= 2
    # The first figure is from before anything was packed.
    assert max(resident) - resident[0] <= 10
