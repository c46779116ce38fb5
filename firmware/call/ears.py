"""From what the detectors hear to what it says about the call.

Tones, digits and messages pass through; sound they do not explain is voice.  Where
there is no ring sensor, ringing is heard from what of its low tone gets into the
audio.
"""

from dataclasses import dataclass, field

import numpy as np

from dsp.activity import HANGOVER_S
from dsp.types import Activity, ActivityOnset, Tone, ToneOnset
from firmware.call.events import Kind, LineEvent
from firmware.line.block import FS, Samples

TONES: dict[str, Kind] = {
    "dial_tone": Kind.DIAL_TONE,
    "ringback": Kind.RINGBACK,
    "busy": Kind.BUSY,
    "congestion": Kind.CONGESTION,
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


@dataclass(slots=True)
class HeardRing:
    """Ringing in the audio: a strong low tone for as long as a ring burst."""

    #: 100 ms frames: bins of 10 Hz.
    FRAME = FS // 10
    #: Ringing is 15..68 Hz.
    BAND = slice(2, 7)
    SPEECH = slice(30, 341)
    #: Power of the band, full scale 1.0: -45 dBov.
    LOUD = 10**-4.5
    #: The band is this much stronger than speech.
    RATIO = 10.0
    #: Frames in one burst of ringing; mains hum goes on.
    FRAMES = (3, 30)

    _rest: Samples = field(default_factory=lambda: np.zeros(0, np.int16))
    _index: int = 0  # of the first sample of `_rest`
    _run: int = 0
    _last_end: int | None = None

    def feed(self, samples: Samples, start: int) -> list[LineEvent]:
        """Take samples that begin at index `start`."""
        if start != self._index + len(self._rest):
            self._rest, self._index, self._run = samples[:0], start, 0
        x = np.concatenate((self._rest, samples))
        count = len(x) // self.FRAME
        self._rest = x[count * self.FRAME :]
        if not count:
            return []
        frames = x[: count * self.FRAME].reshape(count, self.FRAME) / 32768
        power = np.abs(np.fft.rfft(frames * np.hanning(self.FRAME))) ** 2
        low, speech = power[:, self.BAND].sum(1), power[:, self.SPEECH].sum(1)
        #: Sum of rfft bins of a windowed frame to mean square: Parseval, Hann 3/8.
        low_power = low * 2 / (self.FRAME**2 * 0.375)
        rings = (low_power > self.LOUD) & (low > self.RATIO * speech)
        events: list[LineEvent] = []
        for is_ring in rings.tolist():
            events += self._frame(is_ring)
            self._index += self.FRAME
        return events

    def _frame(self, is_ring: bool) -> list[LineEvent]:
        if is_ring:
            self._run += 1
            return []
        run, self._run = self._run, 0
        if not self.FRAMES[0] <= run <= self.FRAMES[1]:
            return []
        end = self._index
        start = end - run * self.FRAME
        again = self._last_end is not None and start - self._last_end < FS
        self._last_end = end
        over = LineEvent(Kind.RING_END, end, end + self.FRAME)
        return [over] if again else [LineEvent(Kind.RING, start, over.known), over]
