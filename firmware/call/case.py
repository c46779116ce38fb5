"""The consent of the call in progress, in samples of the line."""

from dataclasses import dataclass

from firmware.call.consent_record import ConsentRecord
from firmware.call.consent_states import Event
from firmware.call.open_call import OpenCall
from firmware.consent.model import Decision

#: What the consent table calls the decisions that need no more to be told apart.
DECISIONS = {"DENY": Event.DENY, "RECORD": Event.RECORD, "CONFIRM_FIRST": Event.ASK}


@dataclass(slots=True)
class Case:
    """What is known of it, and what has been done about it."""

    now: OpenCall
    record: ConsentRecord
    decision: Decision
    final: bool  # the number is all there
    manual: bool = False
    threat: bool = False
    parties: int = 2
    stranger: bool = False  # somebody is on the line whom the number does not tell
    lifted: int | None = None
    base: int = 0  # where the decision counts from
    floor: int = 0  # what somebody had switched off lies before this
    stopped: bool = False  # by hand: nothing begins of itself in this call
    dialled: int | None = None  # the last digit of the number
    applied: Decision | None = None  # the decision that was acted on
    satisfied: int = -1  # class that the other side's knowledge suffices for
    # what the box says
    notice_at: int | None = None
    to_say: bool = False
    asked: bool = False  # the question was heard on the line
    missed: int = 0  # beeps in a row

    @property
    def reached(self) -> bool:
        """Can there be somebody at the other end to be told?"""
        return self.now.answered is not None or self.now.call.direction != "outgoing"


def event_of(
    case: Case, decision: Decision, *, can_speak: bool, number_matters: bool
) -> Event:
    """Return what a decision is to the consent table; WAIT while it may change."""
    settled = decision.action == "RECORD" and not number_matters
    denied = decision.action == "DENY" and case.now.call.number is None
    if not (case.final or settled or denied):
        return Event.WAIT
    if decision.action != "RECORD_WITH_NOTICE":
        return DECISIONS[decision.action]
    if decision.on_failure == "keep":
        return Event.REMIND
    if not can_speak:
        return Event.SCRIPT
    return Event.NOTICE if case.reached else Event.WAIT


def suffices(case: Case, decision: Decision, event: Event) -> bool:
    """Do they know already what this decision would have them told?"""
    asks = event not in (Event.DENY, Event.RECORD)
    return asks and decision.level <= case.satisfied
