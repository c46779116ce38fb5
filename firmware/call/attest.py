"""What people say about the consent of the call in progress, and who said it.

By page, push-button or telephone key: that the other side was told, that they said yes
or no, that they threaten.  Each answer is None, or in plain words why not.
"""

from collections.abc import Callable

from firmware.call.consent_states import CONFIRMABLE, OVER, Event, State
from firmware.call.events import LineEvent
from firmware.call.keeper import Keeper
from firmware.call.keys import Keys
from firmware.call.oddities import AlarmDialler
from firmware.call.open_call import OpenCall
from firmware.call.sides import Pressed, Sides
from firmware.consent import numbers
from firmware.service.settings import Consent

ASKING = (State.ASKING, State.ASKING_AGAIN)


class Attest:
    """Takes what people say to the keeper of the call."""

    def __init__(self, keeper: Keeper, chosen: Consent, sides: Sides) -> None:
        self._keeper = keeper
        self._keys = Keys(chosen)
        self._sides = sides
        self._alarm = AlarmDialler()
        self._verbs: dict[str, Callable[[int], object]] = {
            "informed": lambda at: self.confirm("informed", "key", at),
            "agreed": lambda at: self.confirm("agreed", "key", at),
            "pause": lambda at: keeper.pause(at, "key", None),
            "resume": lambda at: keeper.resume(at, "key"),
            "keep": keeper.keep,
            "private": lambda at: keeper.discard(at, "private"),
            "refused": lambda at: self.refuse("key", at),
        }

    def begin(self) -> None:
        """A new call."""
        self._keys.forget()
        self._sides.begin()

    def dialled(self, digit: LineEvent) -> None:
        """A digit of the number, pressed here."""
        self._keeper.dialled(digit.at)
        self._sides.dialled(Pressed(digit.level_dbov, digit.twist_db))

    def press(self, digit: LineEvent) -> None:
        """Somebody pressed a key of a telephone on this line within the call."""
        keeper, at = self._keeper, digit.known
        if keeper.case is None:
            return
        self._sides.pressed(Pressed(digit.level_dbov, digit.twist_db))
        if self._alarm.press(digit.text, digit.at):
            keeper.case.now.flag("alarm_dialler")
        if keeper.cards.press(digit.text, digit.at, at):
            return
        asked = keeper.case.asked and keeper.machine.state in ASKING
        verb = self._keys.press(digit.text, at, asked=asked)
        if verb == "yes":  # whoever was asked
            self.confirm("agreed", "key", at)
        elif verb is not None:
            self._carry_out(verb, keeper.case.now, digit)

    def _carry_out(self, verb: str, now: OpenCall, digit: LineEvent) -> None:
        """Do what a code says if it was pressed here, and note it either way."""
        side = self._sides.whose(self._keys.length(verb), now, digit.at)
        if verb == "pause" and self._keeper.machine.state is State.PAUSED:
            verb = "resume"
        if side != "near":
            now.mark(digit.at, f"key_{side}", verb)
            return
        if verb in self._verbs:
            self._verbs[verb](digit.known)
        now.mark(digit.at, f"key_{verb}")
        self._keeper.acknowledge()

    def confirm(self, kind: str | None, by: str, at: int) -> str | None:
        """They were informed, or they agreed; None is whatever the call needs."""
        keeper, case = self._keeper, self._keeper.case
        if case is None or case.lifted is None:
            return "there is no call to confirm"
        if keeper.machine.state is State.DECIDED:
            keeper.learn(at, final=True)
        state = keeper.machine.state
        if state in OVER or state is State.DENIED:
            return f"not possible: {state.value}: {case.decision.reason}"
        kind = kind or case.decision.confirm or "informed"
        if case.decision.confirm == "agreed" and kind != "agreed":
            return "this call needs their yes: ask, then confirm with agreed"
        case.record.attested(kind, by, at, keeper.utc_at(at))
        if state in CONFIRMABLE:
            keeper.feed(Event.CONFIRMED, at, by, kind)
        return None

    def refuse(self, by: str, at: int, *, withdraw: bool = False) -> str | None:
        """The other side says no: at once, or after all."""
        keeper, case = self._keeper, self._keeper.case
        if case is None:
            return "there is no call to stop"
        event = Event.WITHDRAWN if withdraw else Event.REFUSED
        if not keeper.feed(event, at, by, event.value):
            return f"not possible: {keeper.machine.state.value}"
        case.now.flag("refused")
        if keeper.consult.regulated:
            case.record.alarm()
        consult = keeper.consult
        number = numbers.canonical(case.now.call.number, consult.house.facts.own)
        if number.startswith("+"):
            utc = keeper.utc_at(at)
            consult.people.refused(number, case.now.call.id, by, utc)
        return None

    def threat(self, by: str, at: int) -> str | None:
        """The caller threatens."""
        case = self._keeper.case
        if case is None or case.lifted is None:
            return "there is no call"
        case.threat, case.final = True, True
        self._keeper.reconsider(at, by)
        return None
