"""Draws the two tables of a call: `python -m firmware.call.diagram`.

The parts of docs/call-machine.md between the markers are what this makes; a test
compares them.
"""

from collections.abc import Iterator
from pathlib import Path

from firmware.call import consent_states as consent
from firmware.call.events import Kind
from firmware.call.rule import IGNORE
from firmware.call.states import State, Timer
from firmware.call.table import TABLE, Cell, Row

BEGIN = "<!-- drawn from firmware/call/table.py; begin -->"
END = "<!-- end -->"
CONSENT_BEGIN = "<!-- drawn from firmware/call/consent_states.py; begin -->"
CONSENT_END = "<!-- end of the recording states -->"
DOCUMENT = Path(__file__).parents[2] / "docs" / "call-machine.md"

#: What a TIMEOUT is called where a state arms a timer on the way in.
_TIMERS = {
    State.RINGING: Timer.NEXT_RING,
    State.CONNECTING: Timer.CONNECT,
    State.RELEASING: Timer.RELEASE,
    State.CLEARING: Timer.RELEASE,
    State.REFUSED: Timer.PARK,
    State.FAR_RELEASED: Timer.PARK,
}


def drawing() -> str:
    """Return the diagram and the table as Markdown."""
    return "\n".join([BEGIN, "", *_diagram(), "", *_tables(), END])


def consent_drawing() -> str:
    """Return the recording states, diagram and table, as Markdown."""
    rows = [CONSENT_BEGIN, "", "```mermaid", "stateDiagram-v2", "    direction TB"]
    rows.append(f"    [*] --> {consent.State.IDLE.value}")
    for state, row in consent.TABLE.items():
        arrows: dict[str, list[str]] = {}
        for event, rule in row.items():
            if rule.next not in (None, state) or rule.back:
                target = rule.next.value if rule.next else "before_pause"
                arrows.setdefault(target, []).append(event.value)
        rows += [
            f"    {state.value} --> {target}: {' / '.join(events)}"
            for target, events in arrows.items()
        ]
    rows += ["```", "", "| state | event | then | what is done |", "|---|---|---|---|"]
    for state, row in consent.TABLE.items():
        rows += [
            f"| {state.value} | {event.value} | {_then(rule)} "
            f"| {'; '.join(do.value for do in rule.do)} |"
            for event, rule in row.items()
            if rule != IGNORE
        ]
    return "\n".join([*rows, "", CONSENT_END])


def _then(rule: consent.Cell) -> str:
    if rule.back:
        return "as before the pause"
    armed = f" (wait: {rule.arm.value})" if rule.arm else ""
    return (rule.next.value if rule.next else "") + armed


def redrawn(document: str) -> str:
    """Return a document with the part between the markers drawn anew."""
    for begin, end, drawn in (
        (BEGIN, END, drawing()),
        (CONSENT_BEGIN, CONSENT_END, consent_drawing()),
    ):
        before, rest = document.split(begin)
        document = before + drawn + rest.split(end, 1)[1]
    return document


def _diagram() -> Iterator[str]:
    yield "```mermaid"
    yield "stateDiagram-v2"
    yield "    direction TB"
    yield "    [*] --> idle"
    for state, row in TABLE.items():
        for target, events in _arrows(state, row).items():
            yield f"    {state.value} --> {target}: {' / '.join(events)}"
    yield "```"


def _arrows(state: State, row: Row) -> dict[str, list[str]]:
    """Return the events that lead out of a state, by where to."""
    arrows: dict[str, list[str]] = {}
    for kind in Kind:
        rule = row[kind]
        if rule.next not in (None, state):
            arrows.setdefault(rule.next.value, []).append(_name(state, kind))
        elif rule.back:
            arrows.setdefault("before_hang_up", []).append(_name(state, kind))
    return arrows


def _tables() -> Iterator[str]:
    for state, row in TABLE.items():
        yield f"### {state.value}"
        yield ""
        yield "| event | then | what is done |"
        yield "| --- | --- | --- |"
        for kind in Kind:
            if row[kind] != IGNORE:
                yield _line(state, kind, row[kind])
        ignored = (_name(state, kind) for kind in Kind if row[kind] == IGNORE)
        yield ""
        yield f"Ignored: {', '.join(ignored)}."
        yield ""


def _line(state: State, kind: Kind, rule: Cell) -> str:
    if rule.back:
        then = "as before the hang-up"
    else:
        then = "" if rule.next is None else rule.next.value
    done = "; ".join(do.value for do in rule.do)
    armed = f" (wait: {rule.arm.value})" if rule.arm else ""
    return f"| {_name(state, kind)} | {then}{armed} | {done} |"


def _name(state: State, kind: Kind) -> str:
    if kind is Kind.TIMEOUT and state in _TIMERS:
        return f"{_TIMERS[state].value} over"
    return kind.value


if __name__ == "__main__":
    DOCUMENT.write_text(redrawn(DOCUMENT.read_text("utf-8")), "utf-8")
