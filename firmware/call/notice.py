"""Says on the line that it is recorded, and listens whether it was heard.

The prompter plays announcements and beeps through the line's speaker, as loud as people
talk there, and has `proof` look for each of them in what the line carried.  It is fed
every block, after the analyzer: so the level follows the talk, beeps come in time and
give way to digits and data.  On an emergency call it is silent whatever it is asked.

Limits: one sound at a time; a beep that is due during an announcement follows it.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from dsp.beep import BeepPlan, tone
from firmware.call.beeper import Beeper
from firmware.call.cancel import Canceller
from firmware.call.events import LineEvent
from firmware.call.loudness import Loudness
from firmware.call.proof import Heard, Missed, Proof, SoundKind
from firmware.line.block import FS, Block, Samples
from firmware.line.speaker import Speaker, at_level

#: A sound is handed over so long before it is due, so that it begins on the sample: the
#: longest block of a line that can speak, and the lead of a sound card.
AHEAD = FS // 4
#: After an announcement, before a beep.
PAUSE = FS // 2
#: Level relative to the talk on the line, dB: a beep lies 0..6 dB over the far talker
#: and 0..10 dB under the near one, of which the tap hears the mean.
BEEP_DB = 0.0
ANNOUNCEMENT_DB = 0.0
#: What is played where no talk has been heard yet: -13 dBm0, ITU-T E.180 Suppl. 2.
UNKNOWN_DBOV = -19.15
#: The line may hear a sound louder or quieter than the card was told to play it; what
#: was heard corrects the next one by up to this much, dB.
CORRECTED_DB = 15.0
#: Never louder than -9 dBm averaged (47 CFR 68.308), nor too quiet to be heard.
LOUDEST_DBOV, QUIETEST_DBOV = -15.2, -32.0


#: A code was understood: two tones that are neither digits nor a recording beep, Hz.
ACKNOWLEDGED_HZ, ACKNOWLEDGED_S = (600, 900), 0.08


def acknowledgement() -> Samples:
    """Return two short rising tones with soft edges."""
    n = round(ACKNOWLEDGED_S * FS)
    t, shape = np.arange(n) / FS, np.hanning(n)
    tones = [shape * np.sin(2 * np.pi * hz * t) for hz in ACKNOWLEDGED_HZ]
    return np.rint(16384 * np.concatenate(tones)).astype(np.int16)


@dataclass(frozen=True, slots=True)
class Announcement:
    """Something to say: 8 kHz samples and what they are.

    `source` is ``recording`` or ``espeak-ng``; a recording need not say `text`.
    """

    id: str
    language: str
    samples: Samples
    text: str = ""
    source: str = "recording"

    @property
    def sha256(self) -> str:
        """Return the hash of the samples as they are before levelling."""
        return hashlib.sha256(self.samples.astype("<i2").tobytes()).hexdigest()


@dataclass(frozen=True, slots=True)
class Sent:
    """A sound on its way: where it begins and ends on the line."""

    kind: SoundKind
    at: int
    end: int
    level_dbov: float


@dataclass(slots=True)
class Beeps:
    """The beeps of a call: sent, and those heard with their indices and levels."""

    expected: int = 0
    heard: list[Heard] = field(default_factory=list)

    @property
    def level_dbov(self) -> float | None:
        levels = [beep.level_dbov for beep in self.heard]
        return round(float(np.median(levels)), 1) if levels else None


class Prompter:
    """Speaks on one line; `begin_call` before each call."""

    def __init__(self, speaker: Speaker | None, plan: BeepPlan) -> None:
        self._speaker = speaker
        self._beeper = Beeper(plan)
        self._beep = np.asarray(np.rint(tone(FS, plan) * 32767), np.int16)
        self._loudness = Loudness()
        self._proof = Proof()
        self._canceller = Canceller()
        self._muted = False
        self._correction_db = 0.0
        self._delay = 0  # samples by which this line hears a sound late
        self._now = 0
        self._sent: Sent | None = None
        self.beeps = Beeps()

    @property
    def has_speaker(self) -> bool:
        return self._speaker is not None

    @property
    def can_speak(self) -> bool:
        """Is there a speaker, and may it be used in this call?"""
        return self._speaker is not None and not self._muted

    @property
    def beeping(self) -> bool:
        return self._beeper.running

    def begin_call(self, *, emergency: bool = False) -> None:
        """Forget the last call.  In an emergency nothing will sound."""
        self.silence()
        self._muted = emergency
        self._beeper.reset()
        self._proof = Proof()
        self.beeps = Beeps()

    def adopt(self, plan: BeepPlan) -> None:
        """Beep by another plan; between calls."""
        self._beeper = Beeper(plan)
        self._beep = np.asarray(np.rint(tone(FS, plan) * 32767), np.int16)

    def end_call(self) -> Beeps:
        """Fall silent; return the beeps that can have been heard by now."""
        self.silence()
        self.beeps.expected -= self._proof.pending("beep")
        return self.beeps

    def mute(self) -> None:
        """It turned out to be an emergency: fall silent for the rest of the call."""
        self._muted = True
        self.silence()

    def announce(self, announcement: Announcement) -> Sent | None:
        """Say it now; None if nothing may sound.  `feed` tells whether it was heard."""
        self._withdraw()
        level = self._level(ANNOUNCEMENT_DB)
        return self._play("announcement", announcement.samples, level, None)

    def acknowledge(self) -> None:
        """Two short tones, unless something else sounds or may not."""
        if self._speaker is None or self._muted or self._sent is not None:
            return
        level = self._level(BEEP_DB) + self._correction_db
        self._speaker.play(acknowledgement(), level, None)

    def start_beeps(self) -> None:
        """Beep from now on, until `stop_beeps`."""
        if self.can_speak:
            self._beeper.start(self._now)

    def stop_beeps(self) -> None:
        """Beep no more; one that sounds falls silent."""
        self._beeper.stop()
        if self._sent is not None and self._sent.kind == "beep":
            self._withdraw()

    def silence(self) -> None:
        """Stop everything that sounds or is to come."""
        self._beeper.stop()
        self._withdraw()

    def without_beep(self, block: Block) -> Block:
        """Return the block as the detectors should hear it: without our own beep."""
        return self._canceller.clean(block)

    def feed(
        self, block: Block, events: Iterable[LineEvent] = ()
    ) -> list[Heard | Missed]:
        """Take a block and what was told of it; return what was heard or missed."""
        self._now = block.end
        self._listen(block)
        heard = self._proof.feed(block)
        for one in heard:
            self._learn(one)
            if one.kind == "beep":
                self.beeps.heard.append(one)
        self._beeper.heed(events)
        if self.can_speak and self._beeper.running:
            self._keep_time()
        return [*heard, *self._proof.missing(block.end)]

    def _listen(self, block: Block) -> None:
        """Measure the talk, unless it is ourselves."""
        sent = self._sent
        if sent is not None and block.start > sent.end + PAUSE:
            sent = self._sent = None
        if sent is None or block.end <= sent.at:
            self._loudness.feed(block.samples)

    def _keep_time(self) -> None:
        """Hand the next beep over shortly before it is due; call it back if need be."""
        sent = self._sent
        if sent is not None and sent.kind == "beep" and self._now < sent.at:
            if self._beeper.gives_way(sent.at):
                self._withdraw()
                self._beeper.put_off(sent.at)
            return
        due = self._beeper.next(self._now)
        if due is None or due > self._now + AHEAD:
            return
        if sent is not None and sent.kind != "beep" and due < sent.end + PAUSE:
            return
        begun = self._play("beep", self._beep, self._level(BEEP_DB), due)
        if begun is not None:
            self.beeps.expected += 1
            self._beeper.begun(begun.at)

    def _play(
        self, kind: SoundKind, samples: Samples, level_dbov: float, at: int | None
    ) -> Sent | None:
        if self._speaker is None or self._muted:
            return None
        start = self._speaker.play(samples, level_dbov + self._correction_db, at)
        sound = at_level(samples, level_dbov)
        self._proof.expect(kind, start, sound)
        if kind == "beep":
            self._canceller.begin(start + self._delay, sound)
        self._sent = Sent(kind, start, start + len(samples), level_dbov)
        return self._sent

    def _withdraw(self) -> None:
        """Stop what sounds or is about to; it is no longer expected to be heard."""
        sent = self._sent
        if sent is None or self._speaker is None or self._now >= sent.end:
            return
        self._speaker.stop()
        self._proof.forget(self._now)
        self._canceller.end()
        if sent.kind == "beep":
            self.beeps.expected -= 1
        self._sent = None

    def _learn(self, heard: Heard) -> None:
        """Take from what was heard how loud and how early to play the next sound."""
        wanted = self._correction_db - heard.gain_db
        self._correction_db = min(max(wanted, -CORRECTED_DB), CORRECTED_DB)
        self._delay = heard.at - heard.expected_at

    def _level(self, offset_db: float) -> float:
        talk = self._loudness.level_dbov()
        level = UNKNOWN_DBOV if talk is None else talk + offset_db
        return min(max(level, QUIETEST_DBOV), LOUDEST_DBOV)
