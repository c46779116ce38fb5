"""What a scenario cannot mean, though every value in it is of the right kind."""

import re
from collections.abc import Iterator

from firmware.line.sim.scenario import PlannedCall, Scenario

#: What can become of a call, by who began it.
OUTCOMES = {
    "incoming": ("answered", "missed", "fax"),
    "outgoing": (
        "answered",
        "busy",
        "congestion",
        "failed",
        "no_answer",
        "abandoned",
        "fax",
    ),
}
#: What a dial sends.
DIALS = {"dtmf": r"[0-9*#]*", "pulse": r"[0-9]*"}
#: A caller-ID number, and a name as caller ID carries it (ISO 8859-1).
NUMBER = r"[0-9*#+]{1,24}"
NAME_CHARACTERS = 40


def problems(scenario: Scenario) -> Iterator[str]:
    """Yield what is wrong, a line each."""
    if scenario.length <= 0:
        yield f"length: want above 0 s, got {scenario.length:g}"
    for number, call in enumerate(scenario.call, 1):
        for problem in _of_call(call):
            yield f"call {number} {problem}"
        for event_number, event in enumerate(call.event, 1):
            where = f"call {number} event {event_number}"
            if call.outcome != "answered":
                yield f"{where}: want an answered call, got outcome {call.outcome!r}"
            elif not 0 <= event.at < call.talk_s:
                yield f"{where} at: want 0..talk_s ({call.talk_s:g}), got {event.at:g}"
            if not re.fullmatch(DIALS["dtmf"], event.digits):
                yield f"{where} digits: want 0-9 * #, got {event.digits!r}"
            yield from (f"{where} {p}" for p in _of_caller(event.number, event.name))


def _of_call(call: PlannedCall) -> Iterator[str]:
    wanted = OUTCOMES[call.direction]
    if call.outcome not in wanted:
        yield (
            f"outcome: want one of {', '.join(wanted)} for an {call.direction} call, "
            f"got {call.outcome!r}"
        )
    yield from _of_caller(call.number, call.name)
    if call.direction == "incoming":
        if call.rings <= 0:
            yield f"rings: want above 0 for an incoming call, got {call.rings:g}"
    elif call.number is None and call.outcome != "abandoned":
        yield f"number: want one to dial for outcome {call.outcome!r}"
    elif not re.fullmatch(DIALS[call.dial], call.number or ""):
        yield f"number: want what a {call.dial} dial sends, got {call.number!r}"


def _of_caller(number: str | None, name: str | None) -> Iterator[str]:
    if number is not None and not re.fullmatch(NUMBER, number):
        yield f"number: want 1..24 of 0-9 * # +, got {number!r}"
    if name is not None:
        latin = all(ch.isprintable() and ord(ch) < 256 for ch in name)
        if not latin or not 0 < len(name) <= NAME_CHARACTERS:
            wanted = f"1..{NAME_CHARACTERS} letters of western Europe"
            yield f"name: want {wanted}, got {name!r}"
