"""Carries out what the machine says: keeps the record of the call.

Neither numbers nor names are logged.
"""

import logging
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from typing import Protocol

from dsp.types import CallerId
from firmware.archive.model import Call, Direction
from firmware.call.attest import Attest
from firmware.call.card_guard import CardGuard
from firmware.call.clock_watch import Correction
from firmware.call.consult import Consult
from firmware.call.deck import OVER_TAIL_S, Deck, MasterStore, Troubles
from firmware.call.events import Kind, LineEvent
from firmware.call.keeper import Keeper
from firmware.call.machine import Step
from firmware.call.mouth import Mouth
from firmware.call.oddities import FLAGS
from firmware.call.open_call import OpenCall, seconds
from firmware.call.preroll import Preroll
from firmware.call.sides import Sides, Talk
from firmware.call.states import Do
from firmware.line.block import FS, Anchor
from firmware.service.settings import Settings

log = logging.getLogger(__name__)

#: A caller ID without a ring belongs to the next call for this long, s: exchanges
#: ring within 2 s of it (ETSI EN 300 659-1).
CALLER_ID_WAITS_S = 10.0
#: After these the record is stored at once; what else changes can wait for `save`.
WEIGHTY = frozenset({Do.LIFT, Do.CALLER_ID, Do.ANSWER, Do.PARK, Do.RECORD, Do.STOP})
#: Kinds of mark; what is not listed is a tone.
MARK_KINDS = {Kind.DIGIT: "digit", Kind.CPC: "cpc", Kind.POLARITY: "polarity"}


class Store(MasterStore, Protocol):
    """What the desk needs of the archive."""

    def new_id(self, start_utc: float) -> str: ...

    def begin(self, call: Call) -> None: ...

    def update(self, call: Call) -> None: ...

    def end(self, call: Call) -> None: ...

    def note_clock(
        self, boot_id: str, utc_at_boottime_0: float, reason: str, now_utc: float
    ) -> list[Call]: ...


class Desk:
    """At most one call is open at a time; the next cannot begin before its end."""

    def __init__(
        self,
        settings: Settings,
        archive: Store,
        ring: Preroll,
        anchor: Callable[[], Anchor],
        on_call: Callable[[Call], None],
        consult: Consult,
        mouth: Mouth,
    ) -> None:
        self.now: OpenCall | None = None
        self._trouble = Troubles()
        self.deck = Deck(settings, archive, ring, self._trouble)
        enough = settings.consent.mask_digits
        guard = CardGuard(self.deck, ring, settings.recorder.card_guard, enough)
        self.keeper = Keeper(consult, self.deck, ring, anchor, mouth, guard)
        sides = Sides(Talk(ring), anybody=settings.consent.keys_from == "both")
        self.attest = Attest(self.keeper, settings.consent, sides)
        self._settings = settings
        self._archive = archive
        self._anchor = anchor
        self._on_call = on_call
        self._ended = 0  # index at which the last call ended
        self._early: tuple[int, CallerId] | None = None
        self._deeds: dict[Do, Callable[[Step], None]] = {
            Do.OPEN_INCOMING: lambda step: self._open(step, "incoming", "hook"),
            Do.OPEN_OUTGOING: lambda step: self._open(step, "outgoing", "hook"),
            Do.OPEN_UNKNOWN: self._open_unknown,
            Do.OPEN_MANUAL: lambda step: self._open(step, "unknown", "manual"),
            Do.LIFT: self._lift,
            Do.RING: self._count_ring,
            Do.KEEP_CALLER_ID: self._keep_caller_id,
            Do.CALLER_ID: self._caller_id,
            Do.OUTGOING: self._outgoing,
            Do.DIGIT: self._digit,
            Do.ANSWER: self._answer,
            Do.REFUSE: self._refuse,
            Do.FAR_RELEASE: self._far_release,
            Do.RESUME: self._resume,
            Do.PARK: self._park,
            Do.FLASH: self._flash,
            Do.WAITING: self._waiting,
            Do.FAX: self._fax,
            Do.MARK: self._mark,
            Do.GAP: self._gap,
            Do.WANT: self._want,
            Do.RECORD: self._record,
            Do.STOP: self._stop,
            Do.CLOSE: self._close,
            Do.CLOSE_ARMED: self._close,
        }

    @property
    def trouble(self) -> str:
        """What cannot be stored at present, in plain words; empty if all is well."""
        return self._trouble.text

    def noted(self, what: str) -> AbstractContextManager[None]:
        """Let a StoreError be a trouble with `what` that the status tells."""
        return self._trouble.noted(what)

    def perform(self, steps: Iterable[Step]) -> None:
        """Do what is to be done, and make the weightier of it durable."""
        weighty = False
        for step in steps:
            self._deeds[step.do](step)
            weighty |= step.do in WEIGHTY
        if weighty:
            self.save()

    def save(self) -> None:
        """Store what has changed since."""
        if self.now is not None and self.now.changed:
            self._update()

    def correct(self, correction: Correction) -> None:
        """Have the archive put right the times of this boot, the open call's too."""
        with self._trouble.noted("clock correction"):
            self._archive.note_clock(
                correction.boot_id,
                correction.utc_at_boot,
                correction.reason,
                correction.now_utc,
            )

    # opening

    def _open(self, step: Step, direction: Direction, trigger: str) -> None:
        at = max(step.at, self._ended)
        anchor = self._anchor()
        start_utc = anchor.utc_at(at)
        call = Call(
            id=self._archive.new_id(start_utc),
            line=self._settings.line.id,
            start_utc=start_utc,
            direction=direction,
            trigger=trigger,
            clock=anchor.clock,
            clock_source=anchor.source,
            clock_error_s=anchor.error_s,
            boot_id=anchor.boot_id,
            start_boottime_s=anchor.boottime_at(at),
            no_audio_reason="not_answered" if direction == "incoming" else None,
        )
        self.now = OpenCall(call, at, origin=at)
        if direction == "incoming":
            self._use_early_caller_id(at)
        self.keeper.begin(self.now)
        self.attest.begin()
        log.info("call %s: %s, %s", call.id, direction, step.event.kind.value)
        with self._trouble.noted("call"):
            self._archive.begin(call)

    def _open_unknown(self, step: Step) -> None:
        heard = step.event.kind is Kind.SOUND
        self._open(step, "unknown", "activity" if heard else "hook")
        if not heard:
            self._call.flag("joined_late")

    def _use_early_caller_id(self, at: int) -> None:
        early, self._early = self._early, None
        if early is not None and at - early[0] <= CALLER_ID_WAITS_S * FS:
            caller = early[1]
            event = LineEvent(Kind.CALLER_ID, early[0], early[0], caller=caller)
            self._call.identify(event)

    def _keep_caller_id(self, step: Step) -> None:
        caller = step.event.caller
        if caller is not None and caller.checksum_ok:
            self._early = (step.event.end or step.at, caller)

    # during the call

    @property
    def _call(self) -> OpenCall:
        if self.now is None:
            raise LookupError("no call is open")
        return self.now

    def _count_ring(self, step: Step) -> None:
        self._call.call.ring_count += 1
        self._call.changed = True

    def _caller_id(self, step: Step) -> None:
        self._call.identify(step.event)
        self.keeper.learn(step.at)

    def _outgoing(self, step: Step) -> None:
        if self._call.call.direction == "unknown":
            self._call.call.direction = "outgoing"
        if step.event.kind is Kind.RINGBACK:
            self._call.ringback = True
            self.keeper.learn(step.at, final=True)

    def _digit(self, step: Step) -> None:
        if step.at < (self._call.lifted or 0):
            return  # heard before the handset was lifted: not dialled here
        call = self._call.call
        call.number = (call.number or "") + step.event.text
        self._call.mark(step.at, "digit", step.event.text, step.event.length)
        self.attest.dialled(step.event)

    def _answer(self, step: Step) -> None:
        now = self._call
        if now.answered is None:
            now.answered = max(step.at, now.lifted or now.opened)
            now.call.answer_s = seconds(now.answered - now.opened)
            if step.event.kind is not Kind.OFF_HOOK:
                now.mark(now.answered, "answer")
            now.changed = True
            self.keeper.learn(now.answered, final=True)

    def _refuse(self, step: Step) -> None:
        self._call.refused = step.event.kind
        if step.event.kind is not Kind.SIT:  # an announcement follows it
            self._call.over = step.at
        self.keeper.learn(step.at, final=True)

    def _far_release(self, step: Step) -> None:
        self._call.over = step.at
        self.keeper.learn(step.at, final=True)

    def _resume(self, step: Step) -> None:
        now = self._call
        now.over = None
        if step.event.kind is not Kind.VOICE:
            now.refused = None
        if self.keeper.keeping:
            self.deck.resume(step.at)

    def _park(self, step: Step) -> None:
        over = self._call.over
        self.deck.park(None if over is None else over + round(OVER_TAIL_S * FS))

    def _flash(self, step: Step) -> None:
        now = self._call
        now.mark(step.event.at, "hook_flash")
        if now.answered is None and not now.ringback:
            now.call.number = None  # the exchange listens anew
        if now.answered is not None:
            self.keeper.stranger(step.at, "line", joins=False)

    def _waiting(self, step: Step) -> None:
        now, caller = self._call, step.event.caller
        if caller is None or not caller.checksum_ok:
            shown = ""
        else:
            shown = caller.number or caller.absence or ""
        now.flag("call_waiting")
        now.mark(step.at, "call_waiting", shown, step.event.length)

    def _fax(self, step: Step) -> None:
        self._call.fax = True
        if self._settings.recorder.fax == "skip":
            self.keeper.discard(step.at, "fax")
        self._call.mark(step.at, "fax", step.event.text)

    def _mark(self, step: Step) -> None:
        event = step.event
        now = self._call
        if event.kind is Kind.TONE:
            now.lengthen(event.at, event.text, event.length)
        else:
            kind = MARK_KINDS.get(event.kind, "tone")
            now.mark(event.at, kind, event.text, event.length)
        if event.text in FLAGS:
            now.flag(FLAGS[event.text])
        if event.kind is Kind.DIGIT and now.answered is not None:
            self.attest.press(event)

    def _gap(self, step: Step) -> None:
        self._call.flag("gap")
        self._call.mark_gap(step.at, step.event.length)
        self._call.call.lost_s = seconds(
            round(self._call.call.lost_s * FS) + step.event.length
        )

    # the tape

    def _lift(self, step: Step) -> None:
        now = self._call
        now.lifted = max(step.at, now.opened)
        now.changed = True
        self.keeper.lift(now.lifted, manual=now.wanted or now.call.trigger == "manual")

    def _want(self, step: Step) -> None:
        self._call.wanted = True

    def _record(self, step: Step) -> None:
        now = self._call
        parked = self.deck.loaded and not self.deck.running
        if step.event.text == "button" and self.keeper.prompting:
            self.attest.confirm(None, "button", step.at)
            return
        self.keeper.by_hand(step.at, step.event.text or "line")
        if parked and self.keeper.keeping:
            self.deck.resume(step.at)
            now.mark(step.at, "recording_resumed")
        now.changed = True

    def _stop(self, step: Step) -> None:
        now = self._call
        now.wanted = False
        was_running = self.deck.running
        if now.lifted is not None:
            self.keeper.pause(step.at, step.event.text or "line", None)
        self.deck.park(step.at)
        if was_running:
            now.flag("stopped")
            now.mark(step.at, "recording_stopped")

    # the end

    def _close(self, step: Step) -> None:
        now, call = self._call, self._call.call
        at = now.end(step.at)
        reasons = {Kind.LINE_CUT: "line_cut", Kind.LINE_END: "line_ended"}
        if step.event.kind in reasons:
            now.flag(step.event.text or reasons[step.event.kind])
        now.settle(at)
        self._ended = at
        self.keeper.close(at)
        has_audio = self.deck.loaded
        self.deck.close(now, at)
        if has_audio and call.duration_s < self._settings.recorder.min_duration_s:
            now.count_from(now.opened)
            with self._trouble.noted("call"):
                self._archive.drop_audio(call, "too_short")
        with self._trouble.noted("call"):
            self._archive.end(call)
        log.info("call %s: %s after %.1f s", call.id, call.outcome, call.duration_s)
        self.now = None
        self.keeper.forget()
        self._on_call(call)

    def _update(self) -> None:
        with self._trouble.noted("call"):
            self._archive.update(self._call.call)
            self._call.changed = False
