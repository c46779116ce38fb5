"""Carries out what the machine says: keeps the record of the call and runs its tape.

What cannot be stored is logged and flagged; the line goes on being watched.  Neither
numbers nor names are logged.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Protocol

from dsp.types import CallerId
from firmware.archive.model import Call, Direction
from firmware.call.events import Kind, LineEvent
from firmware.call.machine import Do, Step
from firmware.call.open_call import OpenCall, seconds
from firmware.call.preroll import Preroll
from firmware.call.tape import Tape, Writer
from firmware.consent.policy import CallFacts, decide
from firmware.errors import StoreError
from firmware.line.block import FS, Anchor
from firmware.service.settings import Settings

log = logging.getLogger(__name__)

#: Kept after the hang-up, so that the click of the handset ends the recording, s.
TAIL_S = 0.25
#: Kept of the tone that follows when the far side has gone, s.
OVER_TAIL_S = 3.0
#: A caller ID without a ring belongs to the next call for this long, s: exchanges
#: ring within 2 s of it (ETSI EN 300 659-1).
CALLER_ID_WAITS_S = 10.0
#: After these the record is stored at once; what else changes can wait for `save`.
WEIGHTY = frozenset({Do.LIFT, Do.CALLER_ID, Do.ANSWER, Do.PARK, Do.RECORD, Do.STOP})
#: Kinds of mark; what is not listed is a tone.
MARK_KINDS = {Kind.DIGIT: "digit", Kind.CPC: "cpc", Kind.POLARITY: "polarity"}


class Store(Protocol):
    """What the desk needs of the archive."""

    def new_id(self, start_utc: float) -> str: ...

    def begin(self, call: Call) -> None: ...

    def open_master(self, call: Call, sync_s: float = 1.0) -> Writer: ...

    def update(self, call: Call) -> None: ...

    def end(self, call: Call) -> None: ...

    def drop_audio(self, call: Call, reason: str) -> None: ...


class Desk:
    """At most one call is open at a time; the next cannot begin before its end."""

    def __init__(
        self,
        settings: Settings,
        archive: Store,
        ring: Preroll,
        anchor: Callable[[], Anchor],
        on_call: Callable[[Call], None],
    ) -> None:
        self.now: OpenCall | None = None
        self.tape: Tape | None = None
        self.trouble = ""
        self._settings = settings
        self._archive = archive
        self._ring = ring
        self._anchor = anchor
        self._on_call = on_call
        self._ended = 0  # index at which the last call ended
        self._kept = 0  # index up to which samples are on an earlier tape
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
    def recording(self) -> bool:
        """Is audio being kept now?"""
        return self.tape is not None and self.tape.running

    @property
    def stored_samples(self) -> int:
        """Samples of the present call handed to its master."""
        return 0 if self.tape is None else self.tape.samples

    def perform(self, steps: Iterable[Step]) -> None:
        """Do what is to be done, and make the weightier of it durable."""
        weighty = False
        for step in steps:
            self._deeds[step.do](step)
            weighty |= step.do in WEIGHTY
        if weighty:
            self.save()

    def catch_up(self) -> None:
        """Let the tape take what has been heard."""
        if self.tape is not None:
            with self._storing("audio"):
                self.tape.catch_up()
                return
            self._lose_tape()

    def save(self) -> None:
        """Store what has changed since."""
        if self.now is not None and self.now.changed:
            self._update()

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
            boot_id=anchor.boot_id,
            start_boottime_s=anchor.boottime_at(at),
            no_audio_reason="not_answered" if direction == "incoming" else None,
        )
        self.now = OpenCall(call, at, origin=at)
        if direction == "incoming":
            self._use_early_caller_id(at)
        log.info("call %s: %s, %s", call.id, direction, step.event.kind.value)
        with self._storing("call"):
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

    def _outgoing(self, step: Step) -> None:
        if self._call.call.direction == "unknown":
            self._call.call.direction = "outgoing"
        if step.event.kind is Kind.RINGBACK:
            self._call.ringback = True

    def _digit(self, step: Step) -> None:
        if step.at < (self._call.lifted or 0):
            return  # heard before the handset was lifted: not dialled here
        call = self._call.call
        call.number = (call.number or "") + step.event.text
        self._call.mark(step.at, "digit", step.event.text, step.event.length)

    def _answer(self, step: Step) -> None:
        now = self._call
        if now.answered is None:
            now.answered = max(step.at, now.lifted or now.opened)
            now.call.answer_s = seconds(now.answered - now.opened)
            if step.event.kind is not Kind.OFF_HOOK:
                now.mark(now.answered, "answer")
            now.changed = True

    def _refuse(self, step: Step) -> None:
        self._call.refused = step.event.kind
        if step.event.kind is not Kind.SIT:  # an announcement follows it
            self._call.over = step.at

    def _far_release(self, step: Step) -> None:
        self._call.over = step.at

    def _resume(self, step: Step) -> None:
        now = self._call
        now.over = None
        if step.event.kind is not Kind.VOICE:
            now.refused = None
        if self.tape is not None and not now.stopped:
            with self._storing("audio"):
                self.tape.resume(step.at)

    def _park(self, step: Step) -> None:
        now = self._call
        if self.tape is not None:
            keep = self._ring.end
            if now.over is not None:
                keep = now.over + round(OVER_TAIL_S * FS)
            with self._storing("audio"):
                self.tape.park(keep)

    def _flash(self, step: Step) -> None:
        now = self._call
        now.mark(step.event.at, "hook_flash")
        if now.answered is None and not now.ringback:
            now.call.number = None  # the exchange listens anew

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
        self._call.mark(step.at, "fax", step.event.text)

    def _mark(self, step: Step) -> None:
        event = step.event
        now = self._call
        if event.kind is Kind.TONE:
            now.lengthen(event.at, event.text, event.length)
        else:
            kind = MARK_KINDS.get(event.kind, "tone")
            now.mark(event.at, kind, event.text, event.length)

    def _gap(self, step: Step) -> None:
        self._call.flag("gap")
        self._call.mark(step.at, "gap", "", step.event.length)
        self._call.call.lost_s = seconds(
            round(self._call.call.lost_s * FS) + step.event.length
        )

    # the tape

    def _lift(self, step: Step) -> None:
        now = self._call
        now.lifted = max(step.at, now.opened)
        if self._settings.recorder.trigger != "manual" or now.wanted:
            self._start_tape(now.lifted, "manual" if now.wanted else now.call.trigger)
        elif now.call.trigger == "manual":
            self._start_tape(now.lifted, "manual")
        else:
            now.call.no_audio_reason = "not_requested"
        now.changed = True

    def _want(self, step: Step) -> None:
        self._call.wanted = True

    def _record(self, step: Step) -> None:
        now = self._call
        if self.tape is None:
            self._start_tape(step.at, "manual")
        elif not self.tape.running:
            with self._storing("audio"):
                self.tape.resume(step.at)
            now.mark(step.at, "recording_resumed")
        now.stopped = False
        now.changed = True

    def _stop(self, step: Step) -> None:
        now = self._call
        now.wanted = False
        if self.tape is not None and self.tape.running:
            with self._storing("audio"):
                self.tape.park(step.at)
            now.stopped = True
            now.flag("stopped")
            now.mark(step.at, "recording_stopped")

    def _start_tape(self, at: int, trigger: str) -> None:
        now = self._call
        call, settings = now.call, self._settings
        facts = CallFacts(call.line, call.direction, call.number, trigger)
        decision = decide(facts, recording=settings.consent.recording)
        call.decision, call.decision_reason = decision.action, decision.reason
        if decision.action == "DENY":
            call.no_audio_reason = decision.reason
            return
        start = at
        if decision.preroll:
            before = at - round(settings.recorder.preroll_s * FS)
            start = max(before, min(self._kept, at), 0)
        with self._storing("audio"):
            writer = self._archive.open_master(call, settings.recorder.sync_s)
            self.tape = Tape(writer, self._ring, start)
            call.audio, call.no_audio_reason = "recording", None
            call.audio_offset_s = seconds(start - now.opened)
            now.count_from(start)
            return
        call.no_audio_reason = "store_error"

    # the end

    def _close(self, step: Step) -> None:
        now, call = self._call, self._call.call
        at = now.end(step.at)
        reasons = {Kind.LINE_CUT: "line_cut", Kind.LINE_END: "line_ended"}
        if step.event.kind in reasons:
            now.flag(step.event.text or reasons[step.event.kind])
        now.settle(at)
        self._ended = self._kept = at
        self._close_tape(at)
        with self._storing("call"):
            if self._too_short():
                self._archive.drop_audio(call, "too_short")
            self._archive.end(call)
        log.info("call %s: %s after %.1f s", call.id, call.outcome, call.duration_s)
        self.now = self.tape = None
        self._on_call(call)

    def _close_tape(self, at: int) -> None:
        now, tape = self._call, self.tape
        if tape is None:
            return
        keep = at + round(TAIL_S * FS)
        if now.over is not None:
            keep = min(keep, now.over + round(OVER_TAIL_S * FS))
        with self._storing("audio"):
            tape.close(keep)
        now.call.audio_s = seconds(tape.samples)
        now.call.lost_s = seconds(tape.lost)
        self._kept = max(at, tape.end)

    def _too_short(self) -> bool:
        call = self._call.call
        if self.tape is None or call.duration_s >= (
            self._settings.recorder.min_duration_s
        ):
            return False
        self._call.count_from(self._call.opened)
        return True

    def _lose_tape(self) -> None:
        """Give up on a master that cannot be written; keep what it has."""
        self._call.flag("audio_lost")
        tape = self.tape
        if tape is not None:
            tape.running = False

    def _update(self) -> None:
        with self._storing("call"):
            self._archive.update(self._call.call)
        self._call.changed = False

    @contextmanager
    def _storing(self, what: str) -> Iterator[None]:
        try:
            yield
        except StoreError as error:
            self.trouble = f"{what} cannot be stored: {error.strerror or error}"
            log.error("%s", self.trouble)
