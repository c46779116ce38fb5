"""The recorder: blocks of a line in, calls in the archive out.

One loop.  Each block goes into the pre-roll ring, through the analyzer and the call
machine; the desk does what the machine says; the tape takes what is new.  The loop
reads no clock and never sleeps: the line paces it.
"""

import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from firmware.archive import Archive
from firmware.archive.model import Call
from firmware.archive.space import Room
from firmware.call.analyzer import Analyzer
from firmware.call.beeper import plan_of
from firmware.call.bringup import Tryout
from firmware.call.clerk import Clerk
from firmware.call.clock_watch import ClockWatch, Correction
from firmware.call.consult import People, consult_of
from firmware.call.desk import Desk
from firmware.call.events import Kind, LineEvent
from firmware.call.finisher import Finisher
from firmware.call.household import Registers
from firmware.call.lookout import Lookout
from firmware.call.machine import Machine
from firmware.call.mouth import Library, Mouth
from firmware.call.notary import Notary
from firmware.call.notice import Prompter
from firmware.call.phrases import phrases_of
from firmware.call.preroll import Preroll
from firmware.call.publisher import Publisher
from firmware.call.spokesman import Spokesman
from firmware.call.states import State
from firmware.line.block import FS, Block, Line
from firmware.service import status
from firmware.service.control import KEEPING_VERBS
from firmware.service.settings import Settings

log = logging.getLogger(__name__)

#: Longest piece of line worked on at once, samples.
PIECE = FS
#: A block no longer than this comes in real time; longer ones as fast as can be.
PACED = FS // 10
#: Between two looks at the clock and at what waits to be stored, samples.
CLOCK_EVERY = FS
SAVE_EVERY = 5 * FS
#: Between two looks at what is in quarantine and due to go, samples.
HOUSE_EVERY = 600 * FS
#: What is certain of an event may be this much later than the event, samples: the
#: longest release time, and the time a voice takes to be told from a tone.
HINDSIGHT = 8 * FS
#: What is not decided on is held in RAM for so long, s: dialling, a notice of 30 s and
#: the time to object; 1.4 MB.
PROVISIONAL_S = 90.0
#: While the handset is down and may come up again, nothing is put on the tape.
HELD_BACK = frozenset({State.RELEASING, State.CLEARING})


class Command(Protocol):
    """A verb from the page or the shell."""

    verb: str
    args: dict[str, Any]

    def answer(self, error: str | None = None, **fields: Any) -> None: ...


@runtime_checkable
class Indicator(Protocol):
    """A line with a lamp on it."""

    def indicate(self, *, recording: bool, fault: bool = False) -> None: ...


class Control(Protocol):
    """Where commands come from."""

    def poll(self) -> Sequence[Command]: ...


class Recorder:
    """Record the calls of `line` into `archive` until the line ends or `stop`."""

    def __init__(
        self,
        line: Line,
        archive: Archive,
        settings: Settings,
        status_path: Path | None = None,
        control: Control | None = None,
        *,
        on_call: Callable[[Call], None] | None = None,
        people: People | None = None,
        library: Library | None = None,
        room: Callable[[], Room] | None = None,
    ) -> None:
        self._line = line
        self._room = room
        self._archive = archive
        self._settings = settings
        self._status_path = status_path
        self._control = control
        self._on_call = on_call
        self._stopping = False
        #: Somebody wants new settings; then `run` ends as soon as no call is on.
        self.restarting = False
        self._ring = Preroll(
            round((settings.recorder.preroll_s + PROVISIONAL_S) * FS)
            + HINDSIGHT
            + 2 * PIECE
        )
        self._analyzer = Analyzer(settings, line.sensing)
        self._lookout = Lookout(archive, settings, line.sensing)
        self._clock = ClockWatch(line, self._lookout.last_utc)
        self._tryout = Tryout(line, settings)
        self._machine = Machine(settings.recorder)
        speaker = line.speaker if settings.consent.can_inject else None
        self._people = people = people or Registers(archive, settings)
        library = library or phrases_of(settings)
        self._rehearsal: threading.Thread | None = None
        self._prompter = Prompter(speaker, plan_of(settings.consent))
        self._mouth = Mouth(self._prompter, library)
        self._desk = Desk(
            settings,
            archive,
            self._ring,
            lambda: self._clock.anchor,
            self._finished,
            consult_of(settings, people),
            self._mouth,
        )
        self._spokesman = Spokesman(self._desk, archive)
        self._publisher = Publisher(
            status_path, settings, self._clock.anchor, self._ring
        )
        self._finisher: Finisher | None = None
        self._clerk = Clerk(archive, settings)
        self._notary = Notary(archive.ledger, settings.proof)
        self._clock_due = CLOCK_EVERY
        self._house_due = 0
        self._save_due = SAVE_EVERY

    def run(self) -> None:
        """Record until the line ends; calls open then are closed and flagged."""
        last = None if self._status_path is None else status.read(self._status_path)
        self._archive.recover(self._clock.anchor.utc, last)
        self._lookout.begin(self._clock.anchor, last)
        self._recall_pause(last)
        self._renew()
        correction = self._clock.begin()
        if correction is not None:
            self._correct(correction)
        lossless_months = self._settings.retention.lossless_months
        self._archive.make_small_copies(wanted=lossless_months > 0)
        self._finisher = Finisher(self._archive)
        self._finisher.wake()
        try:
            for block in self._line.blocks():
                for piece in pieces(block):
                    self._take(piece)
                if self._control is not None:
                    self._obey(self._control, block.end)
                if self._stopping or (self.restarting and self._at_rest()):
                    break
        finally:
            try:
                self._finish()
            finally:
                self._clerk.close()
                self._notary.close()
                self._lookout.close()
                self._finisher.close()
                if self._rehearsal is not None:
                    self._rehearsal.join()

    def stop(self) -> None:
        """End the run with the next block; safe to call from a signal handler.

        The line stays open: the block in hand may still need its pins and its card.
        """
        self._stopping = True
        self.restarting = False

    def _at_rest(self) -> bool:
        """Is the line free and no call open?"""
        return self._machine.state is State.IDLE and self._desk.now is None

    def _take(self, block: Block) -> None:
        now = block.end
        self._desk.deck.bulk = len(block.samples) > PACED
        self._ring.push(block)
        if block.lost:
            self._publisher.lose(block.lost)
        self._tryout.feed(block)
        events = self._analyzer.feed(self._mouth.prompter.without_beep(block))
        sounding = self._analyzer.sounding
        self._lookout.feed(block, self._clock.anchor, events, sounding=sounding)
        if events:
            events = [self._meant(event) for event in events]
            self._ask_callers(events)
        steps = self._machine.feed_all(events, now)
        if steps:
            self._desk.perform(steps)
        self._desk.keeper.hear(block, events)
        self._desk.keeper.advance(now)
        if self._machine.state not in HELD_BACK:
            self._desk.deck.catch_up()
        if now >= self._clock_due:
            self._look_at_clock(now)
        if not self._desk.deck.bulk and self._publisher.due(now):
            self._publish(now)

    def _meant(self, event: LineEvent) -> LineEvent:
        """The button says that they know, starts a recording, or stops the one that
        runs.
        """
        asked = self._desk.keeper.prompting
        if event.text == "button" and self._desk.deck.running and not asked:
            return replace(event, kind=Kind.STOP)
        return event

    def _obey(self, control: Control, now: int) -> None:
        for command in control.poll():
            if command.verb in KEEPING_VERBS:
                utc, clock = self._desk.keeper.utc_at(now), self._clock.anchor.clock
                self._clerk.give(command, utc, clock)
                continue
            if command.verb == "restart":
                self.restarting = True
                command.answer(None, waits=not self._at_rest())
                continue
            kinds = {"record": Kind.RECORD, "stop": Kind.STOP}
            if command.verb in kinds:
                by = str(command.args.get("by") or "operator")
                event = LineEvent(kinds[command.verb], now, now, text=f"user:{by}")
                self._desk.perform(self._machine.feed(event))
                refusal = self._refusal(command.verb)
            elif command.verb == "bringup":
                refusal = self._tryout.obey(command.args)
            else:
                refusal = self._spokesman.obey(command.verb, command.args, now)
            self._desk.save()
            self._publish(now)
            command.answer(refusal)

    def _recall_pause(self, last: dict[str, Any] | None) -> None:
        """A pause outlives the recorder that was told of it."""
        line: dict[str, Any] = next(iter((last or {}).get("lines", [])), {})
        left_s = (line.get("paused_until_utc") or 0.0) - self._clock.anchor.utc
        if left_s > 0:
            self._desk.keeper.pause(self._ring.end, "restart", left_s / 60)

    def _renew(self) -> None:
        """Take over what the owner has chosen since the last look."""
        if not self._desk.keeper.consult.renew():
            return
        self._mouth.renew(self._people.settings())
        if self._line.speaker is None:
            return
        if self._finisher is None:  # the line is not being read yet
            self._mouth.rehearse()
            return
        # Making a voice takes seconds: no call and no block shall wait for it.
        if self._rehearsal is not None:
            self._rehearsal.join()
        self._rehearsal = threading.Thread(target=self._mouth.rehearse, name="phrases")
        self._rehearsal.start()

    def _keep_house(self, now: int) -> None:
        """Remove what has been in quarantine for long enough; sweep if it is time.

        A clock that was never set may be years ahead: then nothing goes.
        """
        utc, clock = self._desk.keeper.utc_at(now), self._clock.anchor.clock
        if clock == "unknown":
            return
        with self._desk.noted("quarantine"):
            self._archive.expire_quarantine(utc)
        if self._control is not None:  # a service, not a file that is played
            with self._desk.noted("sweep"):
                self._clerk.look(utc, clock)
            with self._desk.noted("ledger"):
                self._notary.look(utc)
            self._lookout.go_round(utc, clock)

    def _refusal(self, verb: str) -> str | None:
        if verb == "record" and not self._desk.deck.running:
            call = self._desk.now and self._desk.now.call
            if call and call.no_audio_reason not in (None, "not_answered"):
                return f"not recording: {call.no_audio_reason}"
        return None

    def _look_at_clock(self, now: int) -> None:
        self._clock_due = now + CLOCK_EVERY
        if self._room is not None:
            with self._desk.noted("disk"):
                self._lookout.room = room = self._room()
                self._publisher.note_room(room)
        correction = self._clock.look(now)
        if correction is not None:
            log.warning("%s", correction.reason)
            self._correct(correction)
            if self._finisher is not None:
                self._finisher.wake()
        self._lookout.look(
            now,
            self._clock.anchor,
            self._line.status(),
            self._ring,
            self._desk.trouble,
        )
        self._renew()
        if now >= self._house_due:
            self._house_due = now + HOUSE_EVERY
            self._keep_house(now)
        if now >= self._save_due:
            self._save_due = now + SAVE_EVERY
            self._desk.save()

    def _ask_callers(self, events: Iterable[LineEvent]) -> None:
        """Let caller IDs tell the time to a box that does not know it."""
        for event in events:
            caller = event.caller
            if caller is None or not caller.checksum_ok or caller.date_time is None:
                continue
            correction = self._clock.hear(caller.date_time, event.at)
            if correction is not None:
                log.warning("%s", correction.reason)
                self._correct(correction)

    def _correct(self, correction: Correction) -> None:
        self._desk.correct(correction)
        self._lookout.correct(correction)

    def _publish(self, now: int) -> None:
        if isinstance(self._line, Indicator):
            self._line.indicate(
                recording=self._desk.deck.running,
                fault=bool(self._lookout.sentinel.grave),
            )
        self._publisher.note_tryout(self._tryout.told())
        self._publisher.publish(
            now,
            self._machine.state.value,
            self._desk,
            self._clock.anchor,
            self._line.status(),
            self._lookout.sentinel,
        )

    def _finished(self, call: Call) -> None:
        self._publisher.count(call)
        if self._finisher is not None:
            self._finisher.wake()
        if self._on_call is not None:
            self._on_call(call)

    def _finish(self) -> None:
        now = self._ring.end
        why = "recorder_stopped" if self._stopping else ""
        events = self._analyzer.finish(now, why)
        self._desk.perform(self._machine.feed_all(events, now))
        self._lookout.finish(now)
        self._publish(now)


def pieces(block: Block) -> Iterator[Block]:
    """Cut a long block so that it fits the ring."""
    if len(block.samples) <= PIECE:
        yield block
        return
    start = block.start - block.lost
    for first in range(0, len(block.samples), PIECE):
        samples = block.samples[first : first + PIECE]
        at = block.start + first
        last = first + PIECE >= len(block.samples)
        end = at + len(samples)
        yield Block(
            at,
            samples,
            tuple(
                e
                for e in block.edges
                if start <= e.at < end or (last and e.at >= start)
            ),
            block.lost if first == 0 else 0,
            block.caller_ids if last else (),
        )
        start = end
