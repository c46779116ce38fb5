"""What befalls a line outside any call: cut wires, jolts, a card that loses samples."""

from firmware.line.sim.scenario import Fault
from firmware.line.sim.score import Score

#: How a cut is seen by a hook sensor and a line sensor that watch the voltage fall
#: through their filters, s.
HOOK_FALLS_S = 0.017
LINE_FALLS_S = 0.056
#: ... and how it is seen when the voltage comes back, s.
HOOK_RISES_S = 0.006


def befall(fault: Fault, score: Score) -> None:
    """Write a fault into `score`."""
    end = fault.at + fault.length_s
    if fault.kind == "lost":
        score.lose(fault.at, fault.length_s)
    elif fault.kind == "ring_kick":
        score.edge(fault.at, "ring", 1)
        score.edge(end, "ring", 0)
    else:
        score.click(fault.at)
        score.ring_kick(fault.at)
        score.edge(fault.at + HOOK_FALLS_S, "hook", 1)
        score.edge(fault.at + LINE_FALLS_S, "line", 0)
        score.edge(end, "line", 1)
        score.edge(end + HOOK_RISES_S, "hook", 0)
        score.click(end)
