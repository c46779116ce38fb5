"""What truly happened on a simulated line, for tests and for the curious."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ScriptedMark:
    """Something during a call, `at_s` seconds after the line was opened."""

    at_s: float
    kind: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class ScriptedCall:
    """One call as it was played.  Times are seconds after the line was opened.

    `start_s` is the first ring or the lifted handset, `answer_s` when both sides could
    talk, `end_s` when the handset was put down, the wires were cut or the last ring
    ended; `duration_s` is the time off-hook.
    """

    direction: str
    number: str | None
    name: str | None
    start_s: float
    answer_s: float | None
    end_s: float
    duration_s: float
    outcome: str
    absence: str | None = None
    ring_count: int = 0
    marks: tuple[ScriptedMark, ...] = ()
