"""The consent of the call in progress, in samples of the line."""

from dataclasses import dataclass

from firmware.call.consent_record import ConsentRecord
from firmware.call.open_call import OpenCall
from firmware.consent.model import Decision


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
