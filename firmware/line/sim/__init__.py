"""A telephone line in software: the same blocks and edges as a card and its sensors.

`scenarios` lists what ships; `open_sim` opens one of them, or a TOML file.
"""

from firmware.errors import SourceError
from firmware.line.sim.check import problems
from firmware.line.sim.line import SimLine
from firmware.line.sim.scenario import load, scenarios
from firmware.line.sim.script import ScriptedCall, ScriptedMark

__all__ = ["ScriptedCall", "ScriptedMark", "SimLine", "load", "open_sim", "scenarios"]


def open_sim(
    name: str,
    *,
    speed: float | None = None,
    start_utc: float | None = None,
    can_inject: bool = False,
) -> SimLine:
    """Open a scenario by its name or the path of its file."""
    scenario = load(name)
    try:
        if wrong := next(problems(scenario), None):
            raise SourceError(wrong)
        return SimLine(
            scenario, speed=speed, start_utc=start_utc, can_inject=can_inject
        )
    except SourceError as error:
        raise SourceError(f"{name}: {error}") from error
