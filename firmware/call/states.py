"""The words of the call machine: states, timers and things to do."""

from enum import Enum


class State(Enum):
    """What the line is doing; the text is the `phase` people see."""

    IDLE = "idle"
    RINGING = "ringing"
    SEIZED = "seized"  # lifted to call out, no digit yet
    HEARD = "heard"  # sound where there is no hook sensor; what it is shows later
    JOINED = "joined"  # found off-hook: how the call began is not known
    DIALLING = "dialling"
    CALLING = "calling"  # ringback
    CONNECTING = "connecting"  # ringback has stopped, nothing heard yet
    TALKING = "talking"
    REFUSED = "refused"  # busy, congestion or special information tone
    FAR_RELEASED = "far_released"  # the other side has gone, the handset is still up
    RELEASING = "releasing"  # on-hook: a flash or the end
    CLEARING = "clearing"  # the same after the call was over: the end or a new call
    MANUAL = "manual"  # recording on request
    CUT = "line_cut"


class Timer(Enum):
    """Deadlines, armed by rules."""

    NEXT_RING = "ring timeout"
    RINGING = "ring timeout and longest ring"
    RELEASE = "release time"
    CONNECT = "connect time"
    PARK = "park time"


class Do(Enum):
    """What is done to the call, in the order given."""

    OPEN_INCOMING = "open incoming call"
    OPEN_OUTGOING = "open outgoing call"
    OPEN_UNKNOWN = "open call"
    OPEN_MANUAL = "open manual recording"
    LIFT = "start off-hook time and tape"
    RING = "count ring"
    KEEP_CALLER_ID = "keep caller ID"
    CALLER_ID = "note caller"
    OUTGOING = "it is outgoing"
    DIGIT = "add digit to number"
    ANSWER = "answered"
    REFUSE = "note refusal"
    FAR_RELEASE = "far side released"
    RESUME = "go on after all"
    PARK = "park tape"
    FLASH = "note hook flash"
    WAITING = "note call waiting"
    FAX = "note fax"
    MARK = "mark"
    GAP = "note gap"
    WANT = "record when lifted"
    RECORD = "start tape"
    STOP = "stop tape"
    CLOSE = "close call"
    CLOSE_ARMED = "close call as of the hang-up"
