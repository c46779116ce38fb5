"""May a call be kept?  A pure function: facts in, decision out, no I/O, no clock.

It knows the owner's switch alone; a box whose owner has not switched recording on
keeps the row of each call and not one sample of it.  All the rules are in
`firmware.consent.engine`; this is what asks none of them.
"""

from dataclasses import dataclass
from typing import Literal

Action = Literal["DENY", "RECORD"]


@dataclass(frozen=True, slots=True)
class CallFacts:
    """What is known of a call when the decision is needed."""

    line: str
    direction: str
    number: str | None
    trigger: str


@dataclass(frozen=True, slots=True)
class Decision:
    """`preroll` says whether audio from before the decision may be kept."""

    action: Action
    reason: str
    preroll: bool = False


def decide(facts: CallFacts, *, recording: bool) -> Decision:
    """Decide on one call."""
    del facts  # the switch is the same for every call so far
    if not recording:
        return Decision("DENY", "recording_off")
    return Decision("RECORD", "owner_switched_on", preroll=True)
