"""Keeps what may be kept: joins the consent of a call to its tape.

The desk tells it what happens to the call, people tell it what they say and press, the
prompter what was heard; it asks the rules whenever something that matters changes,
walks the table of `consent_states` and does what that says.  The audio of a call that
is not committed is in the pre-roll ring and nowhere else.
"""

from collections.abc import Callable, Iterable

from firmware.archive.model import iso
from firmware.call.card_guard import CardGuard
from firmware.call.case import Case, event_of, suffices
from firmware.call.consent_record import ConsentRecord
from firmware.call.consent_states import (
    KEEPING,
    OVER,
    PROMPTING,
    Do,
    Event,
    Machine,
    State,
    Timer,
)
from firmware.call.consult import Consult, Question
from firmware.call.deck import Deck
from firmware.call.events import LineEvent
from firmware.call.hold import Hold
from firmware.call.mouth import LOST, NOTICE_CLASS, Mouth
from firmware.call.open_call import OpenCall
from firmware.call.preroll import Preroll
from firmware.call.rule import IGNORE
from firmware.consent.model import Decision
from firmware.line.block import FS, Anchor, Block

#: Design proposals of the owner's, s: time to object after a notice, time until the
#: operator is reminded, time the operator has to tell them where the law asks no more.
TIMES_S = {Timer.OBJECTION: 5.0, Timer.PROMPT: 20.0, Timer.SCRIPT: 20.0}
#: No exchange waits longer between two digits: the number is complete, s.
DIALLED_S = 5.0

#: Why a call without a tape has none.
NO_AUDIO = {
    State.DECIDED: "undecided",
    State.ANNOUNCING: "notice_not_heard",
    State.TELLING: "notice_not_heard",
    State.PROVISIONAL: "notice_not_heard",
    State.ASKING: "not_confirmed",
    State.NOT_CONFIRMED: "not_confirmed",
    State.CLOSED: "not_answered",
}
DISCARDED = {
    Event.REFUSED: "refused",
    Event.WITHDRAWN: "refused",
    Event.CLOSE: "hung_up_early",
    **dict.fromkeys(LOST.values(), "notice_not_heard"),
}


class Keeper:
    """One call at a time, as the desk has it."""

    def __init__(
        self,
        consult: Consult,
        deck: Deck,
        ring: Preroll,
        anchor: Callable[[], Anchor],
        mouth: Mouth,
        cards: CardGuard,
    ) -> None:
        self.consult = consult
        self.cards = cards
        self.paused_until: int | None = None
        self.machine = Machine()
        self.case: Case | None = None
        self._deck = deck
        self._ring = ring
        self._anchor = anchor
        self._mouth = mouth
        self._hold = Hold()
        self._deadline: int | None = None
        self._cause = ""
        self._deeds: dict[Do, Callable[[Case, int], None]] = {
            Do.START: self._start,
            Do.START_NOW: lambda case, at: deck.start(case.now, at),
            Do.PARK: lambda case, at: deck.park(at),
            Do.GO_ON: lambda case, at: deck.resume(at),
            Do.WIPE: self._wipe,
            Do.DROP: lambda case, at: deck.discard(case.now, self._cause),
            Do.QUARANTINE: self._quarantine,
            Do.SAY: self._say,
            Do.BEEP: lambda case, at: mouth.beep(case),
            Do.HUSH: lambda case, at: mouth.prompter.silence(),
        }

    @property
    def keeping(self) -> bool:
        """May what is heard now go to the disk?"""
        return self.machine.state in KEEPING

    @property
    def prompting(self) -> bool:
        """Is it for the operator to say something?"""
        return self.machine.state in PROMPTING

    @property
    def language(self) -> str:
        """The language of the other side, as far as their place tells."""
        return "" if self.case is None else self._mouth.language(self.case)

    @property
    def trouble(self) -> str:
        """What cannot be said on the line, in plain words; empty if all is well."""
        return self._mouth.trouble

    # what happens to the call

    def begin(self, now: OpenCall) -> None:
        """A call begins; decide on what is known."""
        outgoing = now.call.direction == "outgoing"
        record = ConsentRecord(now)
        self.case = Case(now, record, Decision(4, "DENY", ""), final=not outgoing)
        self.machine.reset()
        self._deadline = None
        self.cards.begin(record)
        self._mouth.begin()
        self._hold.forget()
        self.feed(Event.OPEN, now.opened, "line", now.call.direction)
        self._decide(self.case, now.opened)

    def lift(self, at: int, *, manual: bool) -> None:
        """The handset is up: sound is heard from now on."""
        if self.case is not None:
            self.case.lifted = self.case.base = at
            self.case.manual = manual
            self.reconsider(at, "line")

    def learn(self, at: int, *, final: bool = False) -> None:
        """Something about the call became known: a number, an answer."""
        case = self.case
        if case is None:
            return
        case.final |= final
        if case.lifted is None:
            self._decide(case, at)
            return
        self.reconsider(at, "line")
        if case.to_say and case.reached:
            self._say(case, at)

    def dialled(self, at: int) -> None:
        """A digit of the number."""
        if self.case is not None:
            self.case.dialled = at

    def stranger(self, at: int, actor: str, *, joins: bool) -> None:
        """Somebody new is on the line: they join, or the line changed hands."""
        case = self.case
        if case is None or case.lifted is None:
            return
        case.parties += joins
        case.stranger |= not joins
        case.satisfied, case.applied, case.notice_at = -1, None, None
        self.reconsider(at, actor)

    def by_hand(self, at: int, actor: str) -> None:
        """Somebody pressed record."""
        case = self.case
        if case is None:
            return
        if case.stopped or self.machine.state is State.PAUSED:
            self.resume(at, actor)
        if case.manual and self.machine.state is not State.DENIED:
            return
        case.manual, case.final = True, True
        if case.lifted is not None:
            self.reconsider(at, actor)

    def close(self, at: int) -> None:
        """The call is over at `at`; decide with what is known by now."""
        case = self.case
        if case is None:
            return
        if self.machine.state is State.DECIDED:
            self.learn(at, final=True)
        self.cards.close()
        self.feed(Event.CLOSE, at, "line", "call ends")
        case.record.beeps(self._mouth.prompter.end_call())
        self._deadline = None

    def forget(self) -> None:
        """The call is in the archive."""
        self.case = None
        self.machine.reset()

    # time and sound

    def advance(self, now: int) -> None:
        """Let time pass until sample `now`."""
        case = self.case
        if self.paused_until is not None and now >= self.paused_until:
            self.resume(now, "clock")
        if case is None:
            return
        self.cards.advance(now)
        if self._deadline is not None and self._deadline <= now:
            at, self._deadline = self._deadline, None
            self.feed(Event.TIME, at, "clock", "time over")
        quiet = case.dialled is not None and now - case.dialled >= DIALLED_S * FS
        if not case.final and quiet:
            self.learn(now, final=True)

    def hear(self, block: Block, events: Iterable[LineEvent]) -> None:
        """Let the box listen to what it said itself."""
        if self._mouth.exists:
            for event, cause in self._mouth.listen(self.case, block, events):
                self.feed(event, block.end, "prompter", cause)
        case = self.case
        talking = case is not None and case.now.answered is not None
        if talking and self._hold.feed(block):
            self.stranger(block.end, "hold", joins=False)

    # pauses

    def pause(self, at: int, by: str, minutes: float | None) -> None:
        """Keep nothing for some minutes, whatever comes; or of this call."""
        if minutes is not None:
            self.paused_until = at + round(minutes * 60 * FS)
            self.consult.paused = True
        self.feed(Event.PAUSE, at, by, "paused")
        if self.case is not None:
            self.case.stopped = True

    def keep(self, at: int) -> None:
        """Record this call, and let it stay."""
        self.by_hand(at, "key")
        if self.case is not None:
            entry = {"by": "key", "at_utc": iso(self.utc_at(at))}
            self.case.now.call.keeping["star"] = entry

    def discard(self, at: int, why: str) -> None:
        """Nothing of this call stays, nothing more is kept."""
        case = self.case
        if case is None:
            return
        self.pause(at, why, None)
        if self.consult.regulated:
            case.record.alarm()
            return
        self._deck.discard(case.now, why)
        self._ring.wipe(case.now.opened, at)
        case.now.call.no_audio_reason = why

    def acknowledge(self) -> None:
        """Let whoever pressed a code hear that it was understood."""
        self._mouth.prompter.acknowledge()

    def resume(self, at: int, by: str) -> None:
        """The pause is over."""
        self.paused_until, self.consult.paused = None, False
        if self.case is None:
            return
        self.case.stopped, self.case.floor = False, at
        self.feed(Event.RESUME, at, by, "resumed")
        if self.case.lifted is not None:
            self.reconsider(at, by)

    # deciding

    def _decide(self, case: Case, at: int) -> Decision:
        anchor = self._anchor()
        question = Question(
            anchor.utc_at(at),
            case.manual,
            case.parties,
            case.stranger,
            self._mouth.able,
            anchor.clock,
            case.threat,
        )
        case.decision, found = self.consult.decide(case.now.call, question)
        case.record.decided(case.decision, found)
        star = {k: v for k, v in case.now.call.keeping.items() if k == "star"}
        case.now.call.keeping = self.consult.keeping(found) | star
        return case.decision

    def reconsider(self, at: int, actor: str) -> None:
        """Decide anew, and act on it if that changes anything."""
        case = self.case
        if case is None or case.stopped or self.machine.state in OVER:
            return
        decision = self._decide(case, at)
        event = event_of(
            case,
            decision,
            can_speak=self._mouth.able,
            number_matters=self.consult.number_matters,
        )
        if event is Event.WAIT:
            self.feed(event, at, actor, "number or answer to come")
            return
        if decision == case.applied or suffices(case, decision, event):
            return
        if self.machine.state not in (State.RINGING, State.DECIDED):
            case.base, case.notice_at = at, None
        case.applied = decision
        if decision.reason == "emergency":
            self._mouth.prompter.mute()
        self.feed(event, at, actor, decision.reason)

    # doing

    def feed(self, event: Event, at: int, actor: str, cause: str) -> bool:
        """Take one event; tell whether it meant anything."""
        case = self.case
        if case is None:
            return False
        before = self.machine.state
        rule = self.machine.feed(event)
        state = self.machine.state
        if rule == IGNORE:
            return False
        if state is not before:
            self._deadline = None
            self._settle(case, before, event, cause)
            case.record.moved(at, state, cause, actor)
        if rule.arm is not None:
            self._arm(rule.arm, at)
        for do in rule.do:
            self._deeds[do](case, at)
        return True

    def _settle(self, case: Case, before: State, event: Event, cause: str) -> None:
        """Write down what the new state means for the audio."""
        state = self.machine.state
        self._cause = DISCARDED.get(event, cause)
        if state is State.COMMITTED:
            case.satisfied = max(case.satisfied, case.decision.level)
            case.record.release()
        if state is State.UNANNOUNCED:
            case.record.quarantine("notice_not_heard", self.utc_at(self._ring.end))
        ended = state in (State.DISCARDED, State.DENIED)
        reason = self._cause if ended else NO_AUDIO.get(state, "")
        late = state is State.CLOSED and before is not State.DECIDED
        if reason and not self._deck.begun and not late:
            case.now.call.no_audio_reason = reason

    def _arm(self, timer: Timer, at: int) -> None:
        if timer is Timer.PAUSE:
            self._deadline = None  # `paused_until` has it
        else:
            self._deadline = at + round(TIMES_S[timer] * FS)
        if timer is Timer.PROMPT and self.case is not None:
            self.case.record.prompted()

    def _start(self, case: Case, at: int) -> None:
        decision = case.decision
        start = case.base - round(decision.preroll_s * FS)
        if case.notice_at is not None:
            told = decision.level >= NOTICE_CLASS
            start = case.notice_at if told else min(start, case.notice_at)
        self._deck.start(case.now, max(start, case.floor))

    def _wipe(self, case: Case, at: int) -> None:
        if case.lifted is not None and not self._deck.begun:
            before = round(self.consult.house.config.preroll_s * FS)
            self._ring.wipe(case.lifted - before, at)

    def _quarantine(self, case: Case, at: int) -> None:
        if self._deck.begun:
            case.record.quarantine(self._cause, self.utc_at(at))
            case.now.flag("quarantined")

    def _say(self, case: Case, at: int) -> None:
        follows = self._mouth.say(case)
        if follows is not None:
            event, cause = follows
            self.feed(event, at, "prompter", cause)

    def utc_at(self, at: int) -> float:
        """Return UTC seconds of an index."""
        return self._anchor().utc_at(at)
