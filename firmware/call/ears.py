"""From what the detectors hear to what it says about the call.

Tones, digits and messages pass through; sound they do not explain is voice.  Where
there is no ring sensor, ringing is heard from what of its low tone gets into the
audio.
"""

from dataclasses import dataclass, field

from dsp import ring
from dsp.activity import HANGOVER_S
from dsp.types import Activity, ActivityOnset, Ring, Tone, ToneOnset
from firmware.call.events import Kind, LineEvent
from firmware.line.block import FS, Samples

TONES: dict[str, Kind] = {
    "dial_tone": Kind.DIAL_TONE,
    "ringback": Kind.RINGBACK,
    "busy": Kind.BUSY,
    "congestion": Kind.CONGESTION,
    "number_unobtainable": Kind.CONGESTION,
    "howler": Kind.HOWLER,
    "call_waiting": Kind.CALL_WAITING,
    "fax_cng": Kind.FAX_CNG,
    "fax_ced": Kind.FAX_CED,
}
#: Names of special information tones begin with this.
SIT = "sit_"
#: This much unexplained sound in all is a voice, s.
VOICE_S = 1.0
#: Less than this is the edge of a tone, s.
LEAST_S = 0.2
#: Sounds further apart than this do not add up, s: someone who talks goes on.
APART_S = 10.0
#: A sound is judged this long after its beginning or its end: tones are recognised
#: from their rhythm, which takes as long.
JUDGED_AFTER_S = 2.5
#: How far a sound may reach beyond the tone that explains it, s.
EDGE_S = 0.1
#: Sound this soon after a digit belongs to dialling, s.
DIALLING_S = 3.0


def kind_of(name: str) -> Kind | None:
    """Return the event that a tone makes, if any."""
    return Kind.SIT if name.startswith(SIT) else TONES.get(name)


@dataclass(slots=True)
class Tones:
    """Tones: told when recognised, and again when they are over."""

    sounding: dict[str, int] = field(default_factory=dict)  # name: start

    def onset(self, tone: ToneOnset) -> list[LineEvent]:
        # A name given too soon is taken back by another with the same start.
        early = [n for n, start in self.sounding.items() if start == tone.start]
        for name in early:
            del self.sounding[name]
        self.sounding[tone.name] = tone.start
        kind = kind_of(tone.name)
        return [] if kind is None else [_heard(kind, tone.start, tone.at, tone.name)]

    def over(self, tone: Tone) -> list[LineEvent]:
        told = self.sounding.pop(tone.name, None) is not None
        events: list[LineEvent] = []
        kind = kind_of(tone.name)
        if kind is not None and not told:
            events.append(_heard(kind, tone.start, tone.end, tone.name))
        if kind is Kind.RINGBACK:
            events.append(_heard(Kind.RINGBACK_END, tone.end, tone.end, tone.name))
        events.append(
            LineEvent(Kind.TONE, tone.start, tone.end, text=tone.name, end=tone.end)
        )
        return events


def _heard(kind: Kind, at: int, known: int, text: str) -> LineEvent:
    return LineEvent(kind, at, known, text=text)


@dataclass(slots=True)
class Voice:
    """Adds up sound that nothing else explains; enough of it is a voice."""

    _onset: int | None = None
    _waiting: list[tuple[int, int]] = field(default_factory=list)
    _explained: list[tuple[int, int]] = field(default_factory=list)
    _heard: int = 0
    _first: int = 0
    _until: int = 0

    def begin(self, onset: ActivityOnset) -> None:
        """Sound has begun."""
        self._onset = onset.start

    def end(self, sound: Activity) -> None:
        """Sound has ended."""
        end = sound.end - round(HANGOVER_S * FS)
        if self._onset is not None:
            self._split(end)
            self._waiting.append((self._onset, end))
            self._onset = None

    def explain(
        self, start: int, end: int, before_s: float = EDGE_S, after_s: float = EDGE_S
    ) -> None:
        """Between these samples the sound was a tone, a digit or a message."""
        known = start - round(before_s * FS), end + round(after_s * FS)
        self._explained.append(known)
        del self._explained[:-50]

    def forget(self) -> None:
        """Begin to count anew."""
        self._heard = 0
        self._waiting.clear()

    def _split(self, now: int) -> None:
        """Put the present sound by, as far as it has come, in pieces of one length."""
        enough = round(VOICE_S * FS)
        while self._onset is not None and self._onset + enough <= now:
            self._waiting.append((self._onset, self._onset + enough))
            self._onset += enough

    @property
    def idle(self) -> bool:
        """Nothing to judge."""
        return self._onset is None and not self._waiting

    def judge(self, now: int, sounding: dict[str, int]) -> list[LineEvent]:
        """Return a VOICE for each time that enough has been heard by `now`."""
        after = round(JUDGED_AFTER_S * FS)
        self._split(now - after)
        voices: list[LineEvent] = []
        while self._waiting and self._waiting[0][1] + after <= now:
            start, end = self._waiting.pop(0)
            voices += self._add(start, end, sounding, end + after)
        return voices

    def _add(
        self, start: int, end: int, sounding: dict[str, int], known: int
    ) -> list[LineEvent]:
        """Count the part of a sound that nothing explains."""
        for first, last in sorted(self._explained):
            if first < end and start < last:
                self._count(start, first)
                start = max(start, last)
        self._count(start, min([end, *sounding.values()]))
        if self._heard < VOICE_S * FS:
            return []
        self._heard = 0
        return [LineEvent(Kind.VOICE, self._first, known)]

    def _count(self, start: int, end: int) -> None:
        if end - start < LEAST_S * FS:
            return
        if not self._heard or start - self._until > APART_S * FS:
            self._first, self._heard = start, 0
        self._heard += end - start
        self._until = end


#: Bursts that follow each other sooner are one ring.
RING_APART = FS


@dataclass(slots=True)
class HeardRing:
    """Ringing in the audio, put into words: a double burst is one ring."""

    _decoder: ring.Decoder = field(default_factory=ring.Decoder)
    #: Index of the decoder's first sample.
    _base: int = 0
    _last_end: int | None = None

    def feed(self, samples: Samples, start: int) -> list[LineEvent]:
        """Take samples that begin at index `start`."""
        if start != self._base + self._decoder.index:
            self._decoder, self._base = ring.Decoder(), start
        events: list[LineEvent] = []
        bursts = self._decoder.feed(samples)
        for burst, known in zip(bursts, self._decoder.known, strict=True):
            events += self._burst(burst, self._base + known)
        return events

    def _burst(self, burst: Ring, known: int) -> list[LineEvent]:
        begin, end = self._base + burst.start, self._base + burst.end
        again = self._last_end is not None and begin - self._last_end < RING_APART
        self._last_end = end
        over = LineEvent(Kind.RING_END, end, known)
        return [over] if again else [LineEvent(Kind.RING, begin, known), over]
