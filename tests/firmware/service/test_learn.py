"""Learn my line: twelve simulated lines, each told right; and bad input."""

import tomllib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dsp.tone_country import same_tones
from dsp.types import Edge
from firmware.cli.learn import follow, in_force, told
from firmware.line.block import Block
from firmware.line.sim.line import SimLine
from firmware.line.sim.scenario import load
from firmware.service.learn import Findings, Session, Step, graded, proposed
from firmware.service.learn_hear import Quiet, Talk, countries
from firmware.service.settings import Settings

CHARACTERS: dict[str, dict[str, Any]] = tomllib.loads(
    Path(__file__).with_name("line_characters.toml").read_text()
)
CALLS = """
[[call]]
at = 5
direction = "outgoing"
outcome = "abandoned"
number = "5"
dial = "{dial}"
end = "near"

[[call]]
at = 18
direction = "incoming"
number = "{number}"
rings = 3
talk_s = 20
end = "far"
linger_s = 4
"""


class Line:
    """A simulated line, its hook perhaps wired the wrong way round."""

    def __init__(self, line: SimLine, *, invert: bool) -> None:
        self._line = line
        self._invert = invert

    def blocks(self) -> Iterator[Block]:
        for block in self._line.blocks():
            edges = tuple(
                Edge(e.at, e.signal, 1 - e.level)
                if self._invert and e.signal == "hook"
                else e
                for e in block.edges
            )
            yield replace(block, edges=edges)


def toml(table: dict[str, Any]) -> str:
    return "".join(
        f"{k} = {f'{v!r}' if isinstance(v, str) else str(v).lower()}\n"
        for k, v in table.items()
    )


def learned(name: str, path: Path) -> tuple[Findings, list[Step]]:
    how = CHARACTERS[name]
    number = "2125550123" if how["line"]["country"] == "us" else "0123456"
    path.write_text(
        'title = "learn"\nlength = 60\n'
        f"[line]\n{toml(how['line'])}[sensors]\n{toml(how.get('sensors', {}))}"
        + CALLS.format(dial=how.get("dial", "dtmf"), number=number)
    )
    steps: list[Step] = []
    line = Line(
        SimLine(load(path), block_samples=8000), invert=how.get("invert", False)
    )
    return follow(line, steps.append).findings(), steps  # type: ignore[arg-type]


@pytest.mark.parametrize("name", CHARACTERS)
def test_every_line_is_told_right(name: str, tmp_path: Path) -> None:
    found, steps = learned(name, tmp_path / "line.toml")
    how = CHARACTERS[name]
    line, want = how["line"], how["want"]
    assert steps == list(Step)
    assert found.hook
    assert found.hook_inverted == how.get("invert", False)
    assert found.bounce_ms == pytest.approx(want.get("bounce", 0), abs=8)
    assert found.digit == "5"
    assert found.digit_method == how.get("dial", "dtmf")
    assert (found.caller_id or "") == want["caller_id"]
    guess = found.country("us")
    assert line["country"] in found.countries or same_tones(guess, line["country"])
    mains_hz = line.get("hum_hz", 60)
    assert found.quiet.hum_hz == pytest.approx(mains_hz, abs=0.5)
    assert found.quiet.dc == pytest.approx(line.get("dc", 0), abs=0.01)
    assert found.talk.near_dbov == pytest.approx(-20, abs=3.5)
    assert found.talk.far_dbov == pytest.approx(line.get("far_dbov", -30), abs=3.5)
    if "echo" in want:
        assert found.talk.echo_db == pytest.approx(want["echo"], abs=4)
        assert found.talk.echo_ms == pytest.approx(line["echo_ms"], abs=3)
    assert found.grade.letter == want["grade"], found.grade
    changes = proposed(found, in_force(Settings()))
    assert ("gpio.hook_active" in changes) == how.get("invert", False)
    assert told(found, changes)


def test_nothing_heard_is_an_f_and_proposes_sound() -> None:
    session = Session()
    for _ in range(20):
        session.feed(np.zeros(8000, np.int16), (), ())
    found = session.findings()
    assert (session.step, found.grade.letter) == (Step.LIFT, "F")
    assert proposed(found, in_force(Settings())) == {"recorder.trigger": "activity"}
    assert Session().findings().grade.letter == "F"


def test_a_grade_names_the_weakest_point() -> None:
    quiet = Quiet(-70, 0, None, None)
    assert graded(quiet, Talk(-20, -30, 0, None, None)).letter == "A"
    assert "clips" in graded(quiet, Talk(-5, -30, 0.05, None, None)).reason
    hum = graded(Quiet(-70, 0, 50.0, -40), Talk(-20, -30, 0, None, None))
    assert (hum.letter, "hum" in hum.reason) == ("D", True)
    assert graded(quiet, Talk(-20, None, 0, None, None)).letter == "F"


def test_countries_need_evidence() -> None:
    assert countries((), None) == ()
    assert "us" in countries((350.0, 440.0), None)
