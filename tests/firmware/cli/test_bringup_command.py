"""`linekeeper check --hardware`: what it prints, asks and answers."""

import json
import queue
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from firmware.cli import bringup
from firmware.cli.bringup import Show, alone, walk
from firmware.errors import HardwareError
from firmware.service.bringup import Walk
from firmware.service.bringup_steps import Seen
from firmware.service.settings import LineSettings, Settings

Line = Callable[[str | None, float], Seen]


def good(step: str | None, at_s: float) -> Seen:
    """A person who does everything, on a board that is well."""
    up = step in ("tone", "beep") or (step == "lift" and at_s % 8 > 4)
    out = step == "cut"
    return Seen(
        at_s,
        hook=int(up or out),
        line=int(not out),
        button=int(step == "button"),
        pulses=round(40 * at_s) if step == "ring" else 0,
        pulsed_s=at_s,
        level_dbov=-20.0 if up else -75.0,
        beep="heard" if step == "beep" else "",
    )


def dead_ring(step: str | None, at_s: float) -> Seen:
    seen = good(step, at_s)
    return Seen(at_s, seen.hook, seen.line, seen.button, 0, 0.0, seen.level_dbov,
                beep=seen.beep)  # fmt: skip


class FakeBench:
    """A walk that sees a quarter second more at each look."""

    def __init__(self, line: Line, senses: tuple[str, ...] = ()) -> None:
        self._line = line
        self._walk = Walk(senses or ("hook", "line", "ring", "button", "speaker"))
        self._at_s = 0.0
        self.heard: list[str] = []

    def told(self) -> dict[str, Any]:
        for _ in range(2):
            step = self._walk.step
            self._walk.feed(self._line(step.key if step else None, self._at_s))
            self._at_s += 0.25
        return self._walk.told()

    def tell(self, what: str) -> str | None:
        self.heard.append(what)
        if what in ("begin", "end"):
            return None
        return None if self._walk.answer(what) else "it means nothing now"


def said(*words: str) -> "queue.Queue[str]":
    lines: queue.Queue[str] = queue.Queue()
    for word in words:
        lines.put(word)
    return lines


def go(
    line: Line, *words: str, as_json: bool = False, senses: tuple[str, ...] = ()
) -> tuple[bool, list[str], FakeBench]:
    shown: list[str] = []
    bench = FakeBench(line, senses)
    ok = walk(bench, Show(as_json, shown.append), said(*words), look_s=0.0)
    return ok, shown, bench


def test_all_is_well() -> None:
    ok, shown, bench = go(good)
    text = "\n".join(shown)
    assert ok
    assert "Handset lifted: Lift the handset and keep it up." in text
    assert "expected: Off-hook, with voltage" in text
    assert "ok    Ring         20 Hz" in text
    assert "-     Lamp" in text, "it is not wired"
    assert text.endswith("with what was tried. Left out: Lamp.")
    assert (bench.heard[0], bench.heard[-1]) == ("begin", "end")


def test_only_all_steps_together_say_that_it_does_what_it_should() -> None:
    begun: dict[str | None, float] = {}

    def prompt(step: str | None, at_s: float) -> Seen:
        """A person who lifts a second after being asked to."""
        since_s = at_s - begun.setdefault(step, at_s)
        if step == "lift" and since_s > 1:
            return Seen(at_s, 1, 1, 0, 0, 0.0, -20.0)
        return good("" if step == "lift" else step, at_s)

    senses = ("hook", "line", "ring", "button", "speaker", "lamp")
    ok, shown, _ = go(prompt, *["y"] * 60, senses=senses)
    assert ok, shown
    assert shown[-1].strip() == "The line interface does what it should."


def test_a_dead_ring_detector_is_said_plainly() -> None:
    ok, shown, _ = go(dead_ring)
    assert not ok
    assert any(line.startswith("FAIL  Ring") for line in shown)
    assert shown[-1].startswith("- It rang, and no pulse was counted. Check U1")


def test_typed_answers_reach_the_walk_and_others_are_refused() -> None:
    senses = ("hook", "line", "lamp")
    ok, shown, bench = go(good, "x", "yes", *["y"] * 60, senses=senses)
    assert ok
    assert "      want one of y, n, s, a, q" in shown
    assert "yes" in bench.heard
    assert any("means nothing" in line for line in shown)


def test_leaving_early_is_not_well() -> None:
    ok, _, bench = go(good, "q")
    assert not ok
    assert bench.heard == ["begin", "end"]


def test_a_bench_that_refuses_is_an_error() -> None:
    class Refusing(FakeBench):
        def tell(self, what: str) -> str | None:
            return "the recorder does not answer"

    with pytest.raises(HardwareError, match="does not answer"):
        walk(Refusing(good), Show(False, lambda _: None), said())


def test_json_is_one_object_a_result(
    capsys: pytest.CaptureFixture[str],
) -> None:
    ok, shown, _ = go(dead_ring, as_json=True)
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert not shown, "nothing else is printed"
    by_name = {row["name"]: row for row in rows[:-1]}
    assert by_name["ring"]["diagnosis"] == "ring_dead"
    assert by_name["lift"]["measured"] == "off-hook, voltage"
    assert rows[-1] == {"ok": False, "diagnoses": ["ring_dead"]}
    assert not ok


def settings_of(tmp_path: Path) -> Settings:
    return Settings(line=LineSettings(source="sim:incoming_answered")).with_state(
        tmp_path
    )


def test_the_board_s_own_name_is_read(tmp_path: Path) -> None:
    file = tmp_path / bringup.PRODUCT
    file.parent.mkdir(parents=True)
    file.write_bytes(b"Linekeeper line interface R1\0")
    rows = list(alone(settings_of(tmp_path), tmp_path))
    assert rows[0] == ("board", True, "Linekeeper line interface R1")
    assert [name for name, _, _ in rows[1:]] == ["sound card", "speaker", "pins"]
    assert "says nothing" in next(alone(settings_of(tmp_path), tmp_path / "no"))[2]


def test_the_command_walks_on_a_line_of_its_own(tmp_path: Path) -> None:
    """The simulator as the line; nobody is there, so everything is skipped."""
    from firmware.cli import linekeeper

    config = tmp_path / "config.toml"
    config.write_text('[line]\nsource = "sim:incoming_answered"\n')
    args = ["check", "--hardware", "--config", str(config), "--state", str(tmp_path)]
    done = CliRunner().invoke(linekeeper, args, input="s\n" * 30)
    assert "Sound card: Nothing to do" in done.output
    assert "-     Lamp" in done.output
    assert done.exit_code in (0, 1), done.output
    assert "Nothing is wrong with what was tried. Left out: Sound card" in done.output
