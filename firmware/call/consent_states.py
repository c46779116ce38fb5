"""The recording states of a call: may what is heard be kept, and from where.

Beside the table of the line (`firmware.call.table`) there is this one: (state, event)
to (next state, things to do).  It is pure and total in the same way, and
docs/call-machine.md is drawn from it too.  Until a call is `committed` its sound is in
RAM and nowhere else; `denied` and `not_confirmed` have left nothing on the disk, and
`discarded` leaves nothing there.
"""

from collections.abc import Mapping
from enum import Enum

from firmware.call.rule import IGNORE, Rule


class State(Enum):
    """How far consent has come; the text is what the record of the call says."""

    IDLE = "idle"
    RINGING = "ringing"
    DECIDED = "decided"  # lifted; the number or the answer is still to come
    ANNOUNCING = "announcing"  # the box tells them
    TELLING = (
        "telling"  # the operator tells them, where the law does not forbid to begin
    )
    PROVISIONAL = "provisional"  # told; they may object
    ASKING = "asking"  # nothing before somebody confirms
    COMMITTED = "committed"
    UNANNOUNCED = "unannounced"  # on the disk, but nobody has been told yet
    PAUSED = "paused"
    ANNOUNCING_AGAIN = "announcing_again"  # somebody new; what came before is kept
    ASKING_AGAIN = "asking_again"
    CLOSED = "closed"
    DENIED = "denied"
    DISCARDED = "discarded"
    NOT_CONFIRMED = "not_confirmed"
    QUARANTINED = "quarantined"


class Event(Enum):
    """What may happen to the consent of a call."""

    OPEN = "call begins"
    WAIT = "not all is known yet"
    # decisions
    DENY = "denied"
    RECORD = "may be recorded"
    REMIND = "may be recorded with a reminder"
    NOTICE = "may be recorded with a notice"
    SCRIPT = "may be recorded, the operator tells them"
    ASK = "confirm first"
    # what was said and heard
    HEARD = "notice heard"
    HEARD_3 = "notice heard, they may object"
    LOST_KEEP = "notice not heard: keep"
    LOST_QUARANTINE = "notice not heard: quarantine"
    LOST_DISCARD = "notice not heard: discard"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    # the rest
    PAUSE = "paused"
    RESUME = "resumed"
    TIME = "time over"
    CLOSE = "call ends"


class Do(Enum):
    """What is done about it, in the order given."""

    START = "keep from where the decision allows"
    START_NOW = "keep from now"
    PARK = "keep nothing more"
    GO_ON = "keep again from now"
    WIPE = "destroy what is in RAM"
    DROP = "remove what was kept"
    QUARANTINE = "quarantine what was kept"
    SAY = "say the notice"
    BEEP = "beep if decided"
    HUSH = "fall silent"


class Timer(Enum):
    """Deadlines, armed by rules."""

    OBJECTION = "time to object"
    PROMPT = "prompt again"
    SCRIPT = "time to tell"
    PAUSE = "end of the pause"


Cell = Rule[State, Do, Timer]
Row = dict[Event, Cell]
_S, _E = State, Event


def _row(rules: Row) -> Row:
    """Complete a row: what is not listed is ignored."""
    return {event: rules.get(event, IGNORE) for event in Event}


def _to(state: State | None, *do: Do, arm: Timer | None = None) -> Cell:
    return Rule(state, do, arm)


_ASK = _to(_S.ASKING, Do.SAY, arm=Timer.PROMPT)
_DISCARD = _to(_S.DISCARDED, Do.HUSH, Do.WIPE)
_DROP = _to(_S.DISCARDED, Do.HUSH, Do.DROP, Do.WIPE)
_WITHDRAW = _to(_S.QUARANTINED, Do.HUSH, Do.PARK, Do.QUARANTINE)
_BEGIN = _to(_S.COMMITTED, Do.START, Do.BEEP)
_GO_ON = _to(_S.COMMITTED, Do.GO_ON, Do.BEEP)

#: Nothing is on the disk: a decision begins it.
_BEFORE: Row = {
    _E.DENY: _to(_S.DENIED, Do.HUSH),
    _E.RECORD: _to(_S.COMMITTED, Do.HUSH, Do.START, Do.BEEP),
    _E.REMIND: _to(_S.COMMITTED, Do.START, Do.SAY, Do.BEEP),
    _E.NOTICE: _to(_S.ANNOUNCING, Do.SAY),
    _E.SCRIPT: _to(_S.TELLING, arm=Timer.SCRIPT),
    _E.ASK: _ASK,
}
#: The same once the parties can talk.
_PENDING: Row = _BEFORE | {
    _E.REFUSED: _DISCARD,
    _E.WITHDRAWN: _DISCARD,
    _E.PAUSE: _to(_S.DENIED, Do.HUSH, Do.WIPE),
}
#: Something is on the disk.
_KEPT: Row = {
    _E.DENY: _DROP,
    _E.REFUSED: _WITHDRAW,
    _E.WITHDRAWN: _WITHDRAW,
    _E.LOST_DISCARD: _DROP,
    _E.ASK: _to(_S.ASKING_AGAIN, Do.HUSH, Do.PARK, Do.SAY, arm=Timer.PROMPT),
    _E.NOTICE: _to(_S.ANNOUNCING_AGAIN, Do.HUSH, Do.PARK, Do.SAY),
    _E.SCRIPT: _to(_S.UNANNOUNCED),
    _E.REMIND: _to(None, Do.SAY),
    _E.PAUSE: _to(_S.PAUSED, Do.HUSH, Do.PARK, arm=Timer.PAUSE),
    _E.CLOSE: _to(_S.CLOSED, Do.HUSH),
}
#: Something is on the disk, and someone new has to be told or asked first.
_AGAIN: Row = _KEPT | {
    _E.RECORD: _GO_ON,
    _E.REMIND: _to(_S.COMMITTED, Do.GO_ON, Do.SAY, Do.BEEP),
    _E.SCRIPT: _to(_S.UNANNOUNCED, Do.GO_ON, Do.BEEP),
    _E.CONFIRMED: _GO_ON,
    _E.REFUSED: _to(_S.CLOSED, Do.HUSH),
    _E.PAUSE: IGNORE,
}

TABLE: Mapping[State, Row] = {
    _S.IDLE: _row({_E.OPEN: _to(_S.RINGING)}),
    _S.RINGING: _row(
        _PENDING
        | {
            _E.WAIT: _to(_S.DECIDED),
            _E.CLOSE: _to(_S.CLOSED, Do.WIPE),
        }
    ),
    _S.DECIDED: _row(_PENDING | {_E.CLOSE: _to(_S.CLOSED, Do.WIPE)}),
    _S.ANNOUNCING: _row(
        _PENDING
        | {
            _E.NOTICE: IGNORE,
            _E.HEARD: _BEGIN,
            _E.HEARD_3: _to(_S.PROVISIONAL, arm=Timer.OBJECTION),
            _E.CONFIRMED: _BEGIN,
            _E.LOST_KEEP: _BEGIN,
            _E.LOST_QUARANTINE: _to(_S.UNANNOUNCED, Do.START, Do.BEEP),
            _E.LOST_DISCARD: _DISCARD,
            _E.CLOSE: _DISCARD,
        }
    ),
    _S.TELLING: _row(
        _PENDING
        | {
            _E.SCRIPT: IGNORE,
            _E.CONFIRMED: _BEGIN,
            _E.TIME: _to(_S.UNANNOUNCED, Do.START),
            _E.CLOSE: _to(_S.QUARANTINED, Do.START, Do.QUARANTINE),
        }
    ),
    _S.PROVISIONAL: _row(
        _PENDING
        | {
            _E.CONFIRMED: _BEGIN,
            _E.LOST_DISCARD: _DISCARD,
            _E.TIME: _BEGIN,
            _E.NOTICE: IGNORE,
            _E.CLOSE: _DISCARD,
        }
    ),
    _S.ASKING: _row(
        _PENDING
        | {
            _E.ASK: IGNORE,
            _E.CONFIRMED: _to(_S.COMMITTED, Do.HUSH, Do.WIPE, Do.START_NOW, Do.BEEP),
            _E.TIME: _to(None, arm=Timer.PROMPT),
            _E.CLOSE: _to(_S.NOT_CONFIRMED, Do.HUSH, Do.WIPE),
        }
    ),
    _S.COMMITTED: _row(_KEPT | {_E.LOST_QUARANTINE: _to(_S.UNANNOUNCED)}),
    _S.UNANNOUNCED: _row(
        _KEPT
        | {
            _E.HEARD: _to(_S.COMMITTED),
            _E.HEARD_3: _to(_S.COMMITTED),
            _E.CONFIRMED: _to(_S.COMMITTED),
            _E.CLOSE: _to(_S.QUARANTINED, Do.HUSH, Do.QUARANTINE),
        }
    ),
    _S.PAUSED: _row(
        _KEPT
        | {
            _E.PAUSE: _to(None, arm=Timer.PAUSE),
            _E.RESUME: Rule(do=(Do.GO_ON, Do.BEEP), back=True),
            _E.TIME: Rule(do=(Do.GO_ON, Do.BEEP), back=True),
            _E.REMIND: IGNORE,
            _E.SCRIPT: IGNORE,
        }
    ),
    _S.ANNOUNCING_AGAIN: _row(
        _AGAIN
        | {
            _E.NOTICE: IGNORE,
            _E.HEARD: _GO_ON,
            _E.HEARD_3: _GO_ON,
            _E.LOST_KEEP: _GO_ON,
            _E.LOST_QUARANTINE: _to(_S.UNANNOUNCED, Do.GO_ON, Do.BEEP),
            _E.LOST_DISCARD: _to(_S.ASKING_AGAIN, Do.HUSH, arm=Timer.PROMPT),
        }
    ),
    _S.ASKING_AGAIN: _row(
        _AGAIN
        | {
            _E.ASK: IGNORE,
            _E.TIME: _to(None, arm=Timer.PROMPT),
            _E.LOST_DISCARD: IGNORE,
        }
    ),
    _S.DENIED: _row(
        _BEFORE
        | {
            _E.DENY: IGNORE,
            _E.REFUSED: _DISCARD,
            _E.WITHDRAWN: _DISCARD,
            _E.CLOSE: _to(None, Do.WIPE),
        }
    ),
    _S.CLOSED: _row({}),
    _S.DISCARDED: _row({}),
    _S.NOT_CONFIRMED: _row({}),
    _S.QUARANTINED: _row({}),
}

#: Sound goes to the disk in these.
KEEPING = frozenset({State.COMMITTED, State.UNANNOUNCED})
#: The operator should say something, or has not said that they did.
PROMPTING = frozenset(
    {State.ASKING, State.ASKING_AGAIN, State.TELLING, State.UNANNOUNCED}
)
#: Confirming changes something in these.
CONFIRMABLE = frozenset(
    state for state, row in TABLE.items() if row[Event.CONFIRMED] != IGNORE
)
#: Nothing of a call may be kept any more.
OVER = frozenset(
    {State.CLOSED, State.DISCARDED, State.NOT_CONFIRMED, State.QUARANTINED}
)


class Machine:
    """Walks the table; one deadline at a time, in samples given by whoever arms it."""

    def __init__(self) -> None:
        self.state = State.IDLE
        self._before = State.IDLE

    def feed(self, event: Event) -> Cell:
        """Take one event; return the rule that applied."""
        rule = TABLE[self.state][event]
        if rule.back:
            self.state = self._before
        elif rule.next is not None:
            if rule.next is State.PAUSED:
                self._before = self.state
            self.state = rule.next
        return rule

    def reset(self) -> None:
        """Make ready for the next call."""
        self.state = State.IDLE
