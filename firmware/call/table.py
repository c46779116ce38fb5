"""The table of the call machine: (state, event) to (next state, things to do).

Two rules.  Everything that decides what happens to a call is in `TABLE`; code
elsewhere only carries it out.  And the table is total: an event that means nothing in
a state is listed as ignored, and a row that forgets one fails at import.
docs/call-machine.md is drawn from it.
"""

from collections.abc import Mapping

from firmware.call.events import Kind
from firmware.call.rule import IGNORE, Rule
from firmware.call.states import Do, State, Timer

K = Kind
Cell = Rule[State, Do, Timer]
Row = dict[Kind, Cell]


def _row(rules: Row, ignore: str) -> Row:
    """Complete a row; every kind must be in `rules` or named in `ignore`, once."""
    ignored = [Kind[name] for name in ignore.split()]
    listed = [*rules, *ignored]
    if len(listed) != len(set(listed)) or set(listed) != set(K):
        odd = {kind.name for kind in K if listed.count(kind) != 1}
        raise ValueError(f"want every kind listed once, not so: {sorted(odd)}")
    return {**rules, **dict.fromkeys(ignored, IGNORE)}


def _go(state: State | None, *do: Do, arm: Timer | None = None) -> Cell:
    return Rule(state, do, arm)


_S = State
_NEW_INCOMING = (Do.OPEN_INCOMING, Do.RING)
_NEW_OUTGOING = (Do.OPEN_OUTGOING, Do.LIFT)
_REFUSED = _go(_S.REFUSED, Do.MARK, Do.REFUSE, arm=Timer.PARK)
_ANSWERED = _go(_S.TALKING, Do.ANSWER)
_RINGBACK = _go(_S.CALLING, Do.MARK, Do.OUTGOING)
_GONE = _go(_S.FAR_RELEASED, Do.MARK, Do.FAR_RELEASE, arm=Timer.PARK)
_MARK = _go(None, Do.MARK)

#: While a call is open.
_OPEN: Row = {
    K.GAP: _go(None, Do.GAP),
    K.LINE_CUT: _go(_S.CUT, Do.CLOSE),
    K.LINE_END: _go(_S.IDLE, Do.CLOSE),
}
#: While the handset is up, or sound says so.
_UP: Row = _OPEN | {
    K.ON_HOOK: _go(_S.RELEASING, arm=Timer.RELEASE),
    K.SILENCE: _go(_S.IDLE, Do.CLOSE),
    K.CPC: _MARK,
    K.TONE: _MARK,
    K.RECORD: _go(None, Do.RECORD),
    K.STOP: _go(None, Do.STOP),
}
#: Up, and nobody has answered.
_TRYING: Row = _UP | {
    K.RINGBACK: _RINGBACK,
    K.BUSY: _REFUSED,
    K.CONGESTION: _REFUSED,
    K.SIT: _REFUSED,
    K.HOWLER: _GONE,
    K.FAX_CNG: _go(None, Do.FAX),
    K.FAX_CED: _go(_S.TALKING, Do.ANSWER, Do.FAX),
    K.POLARITY: _ANSWERED,
}
#: Up, and it began before we looked.
_BEGUN: Row = _TRYING | {
    K.DIAL_TONE: _go(_S.SEIZED, Do.MARK, Do.OUTGOING),
    K.VOICE: _ANSWERED,
    K.CALL_WAITING: _go(_S.TALKING, Do.ANSWER, Do.WAITING),
}
#: Up, but the call itself is over.
_OVER: Row = _UP | {
    K.ON_HOOK: _go(_S.CLEARING, arm=Timer.RELEASE),
    K.TIMEOUT: _go(None, Do.PARK),
}
_DOWN: Row = _OPEN | {
    K.TIMEOUT: _go(_S.IDLE, Do.CLOSE_ARMED),
    K.RING: _go(_S.RINGING, Do.CLOSE_ARMED, *_NEW_INCOMING, arm=Timer.RINGING),
    K.LINE_CUT: _go(_S.CUT, Do.CLOSE_ARMED),
    K.LINE_END: _go(_S.IDLE, Do.CLOSE_ARMED),
    K.SILENCE: _go(_S.IDLE, Do.CLOSE_ARMED),
    K.TONE: _MARK,
    K.STOP: _go(None, Do.STOP),
}

TABLE: Mapping[State, Row] = {
    _S.IDLE: _row(
        {
            K.RING: _go(_S.RINGING, *_NEW_INCOMING, arm=Timer.RINGING),
            K.OFF_HOOK: _go(_S.SEIZED, *_NEW_OUTGOING),
            K.FOUND_OFF_HOOK: _go(_S.JOINED, Do.OPEN_UNKNOWN, Do.LIFT),
            K.SOUND: _go(_S.HEARD, Do.OPEN_UNKNOWN, Do.LIFT),
            K.CALLER_ID: _go(None, Do.KEEP_CALLER_ID),
            K.RECORD: _go(_S.MANUAL, Do.OPEN_MANUAL, Do.LIFT),
            K.LINE_CUT: _go(_S.CUT),
        },
        "RING_END ON_HOOK POLARITY CPC LINE_BACK DIAL_TONE RINGBACK RINGBACK_END BUSY "
        "CONGESTION SIT HOWLER CALL_WAITING FAX_CNG FAX_CED DIGIT VOICE SILENCE TONE "
        "GAP STOP TIMEOUT LINE_END CALLER_WAITING",
    ),
    _S.RINGING: _row(
        _OPEN
        | {
            K.RING: _go(None, Do.RING, arm=Timer.RINGING),
            K.RING_END: _go(None, arm=Timer.NEXT_RING),
            K.OFF_HOOK: _go(_S.TALKING, Do.LIFT, Do.ANSWER),
            K.FOUND_OFF_HOOK: _go(_S.TALKING, Do.LIFT, Do.ANSWER),
            K.VOICE: _go(_S.TALKING, Do.LIFT, Do.ANSWER),
            K.CALLER_ID: _go(None, Do.CALLER_ID),
            K.RECORD: _go(None, Do.WANT),
            K.STOP: _go(None, Do.STOP),
            K.TIMEOUT: _go(_S.IDLE, Do.CLOSE_ARMED),
        },
        "ON_HOOK POLARITY CPC LINE_BACK DIAL_TONE RINGBACK RINGBACK_END BUSY "
        "CONGESTION SIT HOWLER CALL_WAITING FAX_CNG FAX_CED DIGIT SOUND SILENCE TONE "
        "CALLER_WAITING",
    ),
    _S.SEIZED: _row(
        _TRYING
        | {
            K.DIAL_TONE: _MARK,
            K.DIGIT: _go(_S.DIALLING, Do.DIGIT),
            K.POLARITY: _MARK,  # some exchanges reverse at seizure: no answer yet
            # Nothing was dialled, so the exchange tells us to put the handset down.
            K.BUSY: _GONE,
            K.CONGESTION: _GONE,
            K.SIT: _GONE,
        },
        "RING RING_END OFF_HOOK FOUND_OFF_HOOK LINE_BACK RINGBACK_END CALL_WAITING "
        "CALLER_ID VOICE SOUND TIMEOUT CALLER_WAITING",
    ),
    _S.HEARD: _row(
        _BEGUN | {K.DIGIT: _go(_S.DIALLING, Do.OUTGOING, Do.DIGIT)},
        "RING RING_END OFF_HOOK FOUND_OFF_HOOK LINE_BACK RINGBACK_END CALLER_ID SOUND "
        "TIMEOUT CALLER_WAITING",
    ),
    _S.JOINED: _row(
        _BEGUN | {K.DIGIT: _MARK},
        "RING RING_END OFF_HOOK FOUND_OFF_HOOK LINE_BACK RINGBACK_END CALLER_ID SOUND "
        "TIMEOUT CALLER_WAITING",
    ),
    _S.DIALLING: _row(
        _TRYING
        | {
            K.DIGIT: _go(None, Do.DIGIT),
            K.VOICE: _ANSWERED,
        },
        "RING RING_END OFF_HOOK FOUND_OFF_HOOK LINE_BACK DIAL_TONE RINGBACK_END "
        "CALL_WAITING CALLER_ID SOUND TIMEOUT CALLER_WAITING",
    ),
    _S.CALLING: _row(
        _TRYING
        | {
            K.RINGBACK_END: _go(_S.CONNECTING, arm=Timer.CONNECT),
            K.VOICE: _ANSWERED,
            K.DIGIT: _MARK,
            K.RINGBACK: IGNORE,
        },
        "RING RING_END OFF_HOOK FOUND_OFF_HOOK LINE_BACK DIAL_TONE CALL_WAITING "
        "CALLER_ID SOUND TIMEOUT CALLER_WAITING",
    ),
    _S.CONNECTING: _row(
        _TRYING
        | {
            K.RINGBACK: _go(_S.CALLING),
            K.VOICE: _ANSWERED,
            K.TIMEOUT: _ANSWERED,
            K.DIGIT: _go(_S.TALKING, Do.ANSWER, Do.MARK),
            K.CALL_WAITING: _go(_S.TALKING, Do.ANSWER, Do.WAITING),
        },
        "RING RING_END OFF_HOOK FOUND_OFF_HOOK LINE_BACK DIAL_TONE RINGBACK_END "
        "CALLER_ID SOUND CALLER_WAITING",
    ),
    _S.TALKING: _row(
        _UP
        | {
            K.CPC: _GONE,  # before the answer some exchanges open the loop as well
            K.BUSY: _GONE,
            K.CONGESTION: _GONE,
            K.HOWLER: _GONE,
            K.DIAL_TONE: _GONE,
            K.SIT: _MARK,
            K.RINGBACK: _MARK,
            K.POLARITY: _MARK,
            K.DIGIT: _MARK,
            K.FAX_CNG: _go(None, Do.FAX),
            K.FAX_CED: _go(None, Do.FAX),
            K.CALL_WAITING: _go(None, Do.WAITING),
            K.CALLER_WAITING: _go(None, Do.WAITING),
            K.CALLER_ID: _go(None, Do.CALLER_ID),  # lifted before it was decoded
        },
        "RING RING_END OFF_HOOK FOUND_OFF_HOOK LINE_BACK RINGBACK_END VOICE SOUND "
        "TIMEOUT",
    ),
    _S.REFUSED: _row(
        _OVER
        | {
            K.VOICE: _go(None, Do.RESUME, arm=Timer.PARK),
            K.RINGBACK: _go(_S.CALLING, Do.MARK, Do.RESUME, Do.OUTGOING),
            K.POLARITY: _go(_S.TALKING, Do.RESUME, Do.ANSWER),
            K.FAX_CED: _go(_S.TALKING, Do.RESUME, Do.ANSWER, Do.FAX),
            K.HOWLER: _MARK,
        },
        "RING RING_END OFF_HOOK FOUND_OFF_HOOK LINE_BACK DIAL_TONE RINGBACK_END BUSY "
        "CONGESTION SIT CALL_WAITING FAX_CNG DIGIT CALLER_ID SOUND "
        "CALLER_WAITING",
    ),
    _S.FAR_RELEASED: _row(
        _OVER
        | {
            K.VOICE: _go(_S.TALKING, Do.RESUME),
            K.DIGIT: _MARK,
            K.HOWLER: _MARK,
        },
        "RING RING_END OFF_HOOK FOUND_OFF_HOOK POLARITY LINE_BACK DIAL_TONE RINGBACK "
        "RINGBACK_END BUSY CONGESTION SIT CALL_WAITING FAX_CNG FAX_CED "
        "CALLER_ID SOUND CALLER_WAITING",
    ),
    _S.RELEASING: _row(
        _DOWN
        | {
            K.OFF_HOOK: Rule(do=(Do.FLASH,), back=True),
            K.FOUND_OFF_HOOK: Rule(do=(Do.FLASH,), back=True),
        },
        "RING_END ON_HOOK POLARITY CPC LINE_BACK DIAL_TONE RINGBACK RINGBACK_END BUSY "
        "CONGESTION SIT HOWLER CALL_WAITING FAX_CNG FAX_CED DIGIT CALLER_ID VOICE "
        "SOUND RECORD CALLER_WAITING",
    ),
    _S.CLEARING: _row(
        _DOWN
        | {
            K.OFF_HOOK: _go(_S.SEIZED, Do.CLOSE_ARMED, *_NEW_OUTGOING),
            K.FOUND_OFF_HOOK: _go(_S.SEIZED, Do.CLOSE_ARMED, *_NEW_OUTGOING),
        },
        "RING_END ON_HOOK POLARITY CPC LINE_BACK DIAL_TONE RINGBACK RINGBACK_END BUSY "
        "CONGESTION SIT HOWLER CALL_WAITING FAX_CNG FAX_CED DIGIT CALLER_ID VOICE "
        "SOUND RECORD CALLER_WAITING",
    ),
    _S.MANUAL: _row(
        _OPEN
        | {
            K.STOP: _go(_S.IDLE, Do.CLOSE),
            K.RING: _go(_S.RINGING, Do.CLOSE, *_NEW_INCOMING, arm=Timer.RINGING),
            K.OFF_HOOK: _go(_S.SEIZED, Do.CLOSE, *_NEW_OUTGOING),
            K.FOUND_OFF_HOOK: _go(_S.JOINED, Do.CLOSE, Do.OPEN_UNKNOWN, Do.LIFT),
            K.CALLER_ID: _go(None, Do.CALLER_ID),
            K.DIGIT: _MARK,
            K.TONE: _MARK,
        },
        "RING_END ON_HOOK POLARITY CPC LINE_BACK DIAL_TONE RINGBACK RINGBACK_END BUSY "
        "CONGESTION SIT HOWLER CALL_WAITING FAX_CNG FAX_CED VOICE SOUND SILENCE RECORD "
        "TIMEOUT CALLER_WAITING",
    ),
    _S.CUT: _row(
        {
            K.LINE_BACK: _go(_S.IDLE),
            K.LINE_END: _go(_S.IDLE),
            # Ringing proves that there is a line, whatever the sensor says.
            K.RING: _go(_S.RINGING, *_NEW_INCOMING, arm=Timer.RINGING),
            K.FOUND_OFF_HOOK: _go(_S.JOINED, Do.OPEN_UNKNOWN, Do.LIFT),
        },
        "RING_END OFF_HOOK ON_HOOK POLARITY CPC LINE_CUT DIAL_TONE RINGBACK "
        "RINGBACK_END BUSY CONGESTION SIT HOWLER CALL_WAITING FAX_CNG FAX_CED DIGIT "
        "CALLER_ID VOICE SOUND SILENCE TONE GAP RECORD STOP TIMEOUT CALLER_WAITING",
    ),
}

if set(TABLE) != set(State):
    raise ValueError("want a row for every state")
