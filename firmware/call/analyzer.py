"""Blocks in, events out: the edges and the sound of a line, put into words.

Pure: no clock and no I/O; time is the sample index.  With a hook sensor, the hook
says when a call begins and ends.  Without one, sound does, and silence for as long as
the hangover.  Events come in the order in which they could be known, and those of the
sound are cut to where they belong: what is heard on-hook is no dialling and no talk.
"""

from collections.abc import Iterable
from dataclasses import replace
from operator import attrgetter

from dsp.activity import HANGOVER_S
from dsp.chain import Chain
from dsp.pulse import Decoder as PulseDecoder
from dsp.types import (
    Activity,
    ActivityOnset,
    CallerId,
    Digit,
    Edge,
    Event,
    Tone,
    ToneOnset,
)
from firmware.call.ears import DIALLING_S, HeardRing, Tones, Voice
from firmware.call.events import Kind, LineEvent
from firmware.call.wires import Wires
from firmware.line.block import FS, Block
from firmware.service.settings import Settings

#: A caller ID follows its ring at once (GR-30-CORE: within the pause of 4 s).
CALLER_ID_AFTER_RING = 6 * FS
#: Before a message: channel seizure and mark, 300 and 180 bits at 1200 baud, s.
SEIZURE_S = 0.5
#: Symbols that no ordinary telephone dials: they acknowledge a waiting caller's
#: number (GR-30-CORE), or are talk that sounds like them.
NOT_DIALLED = "ABCD"
#: The one kind of caller-ID message that tells of a call (GR-30-CORE).
CALL_SETUP = "call_setup"
#: Caller ID by DTMF in the form that a person could dial (`dsp.caller_id_dtmf`).
NUMBER_ONLY = "number_only"
#: Contact bounce at the lift is no dial pulse.
BOUNCE = FS // 8
#: After the last hook edge, wait this long for the end of a pulsed digit.
PULSE_WAIT = 2 * FS


class Analyzer:
    """Feed it every block of a line, in order."""

    def __init__(
        self,
        settings: Settings,
        sensing: frozenset[str],
        chain: Chain | None = None,
    ) -> None:
        recorder = settings.recorder
        self.hook_sensed = "hook" in sensing and recorder.trigger != "activity"
        self._begun_by_sound = not self.hook_sensed and recorder.trigger != "manual"
        self._hangover = round(recorder.hangover_s * FS)
        self._chain = chain or Chain(settings.line.country, pulses=not self.hook_sensed)
        self._wires = Wires()
        self._pulses = PulseDecoder(FS)
        self._pulses_until = 0
        self._tones = Tones()
        self._voice = Voice()
        self._heard_ring = None if "ring" in sensing else HeardRing()
        self._lifted: int | None = None  # off-hook since
        self._last_ring = -CALLER_ID_AFTER_RING
        self._sound = False  # told SOUND, not yet SILENCE
        self._sounding = False
        self._quiet_from = 0

    def feed(self, block: Block) -> list[LineEvent]:
        """Return what has become known by the end of this block."""
        events: list[LineEvent] = []
        if block.lost:
            events += self._gap(block)
        if block.edges or self._pulses_until > block.start:
            events += self._edges(block.edges, block.end)
        events += self._wired(self._wires.settle(block.end))
        for caller in block.caller_ids:
            events.append(self._caller_id(caller, block.end, heard=False))
        heard = self._chain.feed(block.samples)
        if heard:
            events += self._heard(heard, block.start, block.end)
        if self._heard_ring is not None and not self._lifted:
            events += self._wired(self._heard_ring.feed(block.samples, block.start))
        if not self._voice.idle:
            events += self._judge(block.start, block.end)
        if self._sound and not self._sounding:
            events += self._silence(block.end)
        if len(events) > 1:
            events.sort(key=attrgetter("known"))
        return events

    @property
    def sounding(self) -> bool:
        """Is there sound on the line now, whatever the hook says?"""
        return self._sounding

    def finish(self, now: int, why: str = "") -> list[LineEvent]:
        """Return what is left to tell when the line ends at `now`."""
        events = self._heard(self._chain.flush(), now, now)
        return [*events, LineEvent(Kind.LINE_END, now, now, text=why)]

    # wires

    def _edges(self, edges: Iterable[Edge], now: int) -> list[LineEvent]:
        events: list[LineEvent] = []
        hook: list[Edge] = []
        for edge in edges:
            if edge.signal == "hook":
                if not self.hook_sensed:
                    continue
                if not self._wires.voltage.dead:
                    hook.append(edge)
                    self._pulses_until = edge.at + PULSE_WAIT
            told = self._wires.edge(edge.at, edge.signal, edge.level)
            if told:
                events += self._wired(told)
        for digit in self._pulses.feed_edges(hook, now):
            if self._dialled(digit.start - BOUNCE):
                events.append(self._digit(digit, now))
        return events

    def _wired(self, events: list[LineEvent]) -> list[LineEvent]:
        for event in events:
            if event.kind in (Kind.OFF_HOOK, Kind.FOUND_OFF_HOOK):
                self._lifted = event.at
                self._voice.forget()
                self._chain.expect_dial_tone()
            elif event.kind in (Kind.ON_HOOK, Kind.LINE_CUT):
                self._lifted = None
            elif event.kind is Kind.RING:
                self._last_ring = event.at
                if self._sound:
                    self._sound = False
                    over = LineEvent(Kind.SILENCE, event.at, event.known)
                    return [over, *events]
            elif event.kind is Kind.RING_END:
                self._last_ring = event.at
                self._voice.forget()
        return events

    def _gap(self, block: Block) -> list[LineEvent]:
        start = block.start - block.lost
        closed = self._heard(self._chain.skip(block.lost), start, block.start)
        gap = LineEvent(Kind.GAP, start, block.start, end=block.start)
        return [*closed, gap]

    # sound

    def _heard(self, heard: list[Event], start: int, now: int) -> list[LineEvent]:
        events: list[LineEvent] = []
        for event in heard:
            told = self._put(event)
            for item in told:
                known = min(max(item.known, start), now)
                events.append(_known_at(item, known))
        return [event for event in events if self._belongs(event)]

    def _put(self, event: Event) -> list[LineEvent]:
        match event:
            case Digit():
                if event.symbol in NOT_DIALLED:
                    self._voice.explain(event.start, event.end)
                    return []
                return [self._digit(event, event.end)]
            case ToneOnset():
                self._voice.explain(event.start, event.at)
                return self._tones.onset(event)
            case Tone():
                self._voice.explain(event.start, event.end)
                return self._tones.over(event)
            case CallerId():
                self._voice.explain(event.start, event.end, SEIZURE_S)
                if event.fields.get("message_type", CALL_SETUP) != CALL_SETUP:
                    return []  # voice mail waits, or the call has a price: nobody calls
                if self._dialled_here(event):
                    return []
                return [self._caller_id(event, event.end, heard=True)]
            case ActivityOnset():
                self._voice.begin(event)
                self._sounding = True
                return [] if self._sound else self._first_sound(event)
            case Activity():
                self._voice.end(event)
                self._sounding = False
                self._quiet_from = event.end - round(HANGOVER_S * FS)
                return []

    def _first_sound(self, event: ActivityOnset) -> list[LineEvent]:
        self._sound = not self.hook_sensed
        if not self._begun_by_sound:
            return []
        return [LineEvent(Kind.SOUND, event.start, event.at)]

    def _digit(self, digit: Digit, known: int) -> LineEvent:
        self._voice.explain(digit.start, digit.end, after_s=DIALLING_S)
        self._voice.forget()
        return LineEvent(
            *(Kind.DIGIT, digit.start, known, digit.symbol, digit.end),
            level_dbov=digit.level_dbov,
            twist_db=digit.twist_db,
        )

    def _caller_id(self, caller: CallerId, known: int, *, heard: bool) -> LineEvent:
        kind = Kind.CALLER_ID
        if self.hook_sensed:
            if heard and self._dialled(caller.start):
                kind = Kind.CALLER_WAITING
        elif known - self._last_ring > CALLER_ID_AFTER_RING:
            kind = Kind.CALLER_WAITING
        at = caller.start if heard else known
        end = caller.end if heard else known
        return LineEvent(kind, at, known, end=end, caller=caller)

    def _dialled_here(self, caller: CallerId) -> bool:
        """Is it a number that this line's own telephone dialled?

        Old exchanges send a number without a start code, which off-hook is a person's.
        """
        return caller.fields.get("form") == NUMBER_ONLY and self._dialled(caller.start)

    def _judge(self, start: int, now: int) -> list[LineEvent]:
        voices = [
            _known_at(voice, max(voice.known, start))
            for voice in self._voice.judge(now, self._tones.sounding)
            if self._belongs(voice)
        ]
        if voices and not self.hook_sensed:
            self._sound = True  # from here on silence counts
        return voices

    def _silence(self, now: int) -> list[LineEvent]:
        if self._tones.sounding:
            self._quiet_from = now
        if now - self._quiet_from < self._hangover:
            return []
        self._sound = False
        return [LineEvent(Kind.SILENCE, self._quiet_from, now)]

    def _dialled(self, start: int) -> bool:
        """Did a sound that began at `start` begin off-hook?"""
        return self._lifted is not None and start >= self._lifted

    def _belongs(self, event: LineEvent) -> bool:
        """Can it be what it says, given the hook?"""
        if not self.hook_sensed or event.kind is Kind.CALLER_WAITING:
            return True
        if event.kind is Kind.CALLER_ID:
            caller = event.caller
            cut_off = self._lifted is not None and event.end is not None
            whole = caller is not None and caller.checksum_ok
            return whole or not cut_off
        return self._dialled(event.at)


def _known_at(event: LineEvent, known: int) -> LineEvent:
    if known == event.known:
        return event
    return replace(event, known=known)
