"""What the call machine is told: one event per thing that happened on the line.

All times are sample indices.  `at` is when it happened, `known` when it could be told:
a hang-up happened at its edge and is known once the loop has stayed open for a while.
Events reach the machine in the order of `known`.
"""

import math
from dataclasses import dataclass
from enum import Enum

from dsp.types import CallerId


class Kind(Enum):
    """The kinds of event; the text is what the state diagram says."""

    # ringing and loop
    RING = "ring"  # a new ring has begun; a double burst is one ring
    RING_END = "ring ends"
    OFF_HOOK = "off-hook"
    FOUND_OFF_HOOK = (
        "found off-hook"  # when the recorder started, or the line came back
    )
    ON_HOOK = "on-hook"  # the loop is open for longer than a dial pulse
    POLARITY = "polarity reversal"
    CPC = "forward disconnect"  # a short open loop made by the exchange
    LINE_CUT = "line cut"
    LINE_BACK = "line back"
    # heard
    DIAL_TONE = "dial tone"
    RINGBACK = "ringback"
    RINGBACK_END = "ringback ends"
    BUSY = "busy"
    CONGESTION = "congestion"
    SIT = "special information tone"
    HOWLER = "howler"
    CALL_WAITING = "call waiting tone"
    FAX_CNG = "fax calling tone"
    FAX_CED = "fax answer tone"
    DIGIT = "digit"
    CALLER_ID = "caller ID"
    CALLER_WAITING = "caller ID of a waiting call"
    VOICE = "voice"  # sound that no tone, digit or message explains
    SOUND = "sound"  # the same, where sound is all there is to go by
    SILENCE = "silence"  # nothing for as long as the hangover
    TONE = "tone over"  # length and name of a tone, for the notes
    GAP = "gap"  # samples were lost
    # the rest
    RECORD = "record button"
    STOP = "stop button"
    TIMEOUT = "timeout"  # the deadline of the present state has passed
    LINE_END = "source ends"


@dataclass(frozen=True, slots=True)
class LineEvent:
    """One event.

    `text` is a digit or the name of a tone, `end` the first sample after a thing that
    lasted, `caller` the message of a CALLER_ID, level and twist those of a DIGIT.
    """

    kind: Kind
    at: int
    known: int
    text: str = ""
    end: int | None = None
    caller: CallerId | None = None
    level_dbov: float = math.nan
    twist_db: float = math.nan

    @property
    def length(self) -> int:
        """Samples it lasted; 0 for an instant."""
        return 0 if self.end is None else max(0, self.end - self.at)
