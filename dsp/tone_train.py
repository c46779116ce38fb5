"""Bursts of one tone after another: which tone of the country's plan they make.

A cadenced tone is recognised after two bursts, ringback after its first, a steady
tone after 0.45 s.  A steady tone that may still prove to be a long burst is
*tentative*: it is announced, and taken back by the onset of another tone with the same
start when its cadence shows.
"""

from dsp.cadence import LENGTH_S, LENGTH_SHARE, Lengths, fit, lengths
from dsp.detector import Noticed
from dsp.levels import power_from_dbov
from dsp.spectra import LONG
from dsp.stream import FS
from dsp.tone_bursts import Burst, Moment
from dsp.tone_country import Country
from dsp.tone_names import (
    DIAL,
    ENOUGH,
    LONE_BEEP_S,
    LONE_S,
    LONG_PAUSE_S,
    STUTTER,
    NamedTone,
    believable,
    best_fit,
    longest_bursts,
    longest_pause,
    matching,
)
from dsp.tone_plans import MAIN_NAMES, TonePattern
from dsp.types import ToneOnset

#: A steady tone is one after this long; a digit hardly starts sooner.
STEADY_S = 0.45
#: Other steady tones go on; two singers hold a second of 400 and 425 Hz for 0.6 s.
SPECIAL_S = 1.0
#: After dial tone, so long ringback is likelier than dial tone where both are alike;
#: the post-dial delay reaches 20 s (AS/CA S002), digits take their time.
DIALLING_S = 60.0
#: Bursts remembered.
MAX_BURSTS = 16
#: A pause is trusted after this long.
PAUSE_S = 0.1
#: Longest pause within any tone: call waiting of 14 s in Italy.
MAX_PAUSE_S = 16.5
#: What is this much weaker than the train and has other lines is heard in its pauses.
BACKGROUND_DB = 3.0
#: This many frames with half the burst's power break a pause.
LOUD_FRAMES, LOUD_SHARE = 4, 0.5


class Train:
    """The bursts at hand and the tone they make."""

    def __init__(self, country: Country) -> None:
        self._country = country
        self._bursts: list[Burst] = []
        #: Patterns whose lines every burst has.
        self._likely: list[TonePattern] = []
        self._tone: NamedTone | None = None
        self._loud = 0
        self._paused_s = 0.0
        #: Until then a long burst is rather ringback than dial tone.
        self._dialling_until = 0
        self._lifted = False

    def __bool__(self) -> bool:
        return bool(self._bursts)

    @property
    def paused(self) -> bool:
        """Whether there are bursts, the last one ended."""
        return bool(self._bursts) and not self._bursts[-1].open

    @property
    def end(self) -> int:
        """Index at which the last burst ends."""
        return self._bursts[-1].end if self._bursts else 0

    def expect_dial_tone(self) -> None:
        """Say that the handset has just been lifted."""
        self._dialling_until = 0
        self._lifted = True

    def heard(self, burst: Burst, moment: Moment) -> list[Noticed]:
        """Take a burst that grows or has just ended."""
        if self._background(burst):
            return self.pause(moment)
        noticed: list[Noticed] = []
        if not self._bursts or burst is not self._bursts[-1]:
            noticed += self._begin(burst, moment.at)
        if self._bursts:
            follow = self._growing if burst.open else self._ended
            noticed += follow(burst, moment.at)
        return noticed

    def pause(self, moment: Moment) -> list[Noticed]:
        """Take a frame without a burst of the train."""
        burst = self._bursts[-1]
        now = moment.at - LONG // 2
        pause_s = (now - burst.end) / FS
        if moment.power > LOUD_SHARE * power_from_dbov(burst.level_dbov):
            self._loud += 1
        before, self._paused_s = self._paused_s, pause_s
        if self._loud >= LOUD_FRAMES or pause_s > MAX_PAUSE_S:
            return self.cut(moment.at, talk=self._loud >= LOUD_FRAMES)
        tone = self._tone
        if tone is not None and not tone.tentative:
            limit = tone.due_s * (1 + LENGTH_SHARE) + PAUSE_S
            return self.cut(moment.at) if pause_s > limit else []
        noticed: list[Noticed] = []
        for mark in (PAUSE_S, LONG_PAUSE_S):
            if before < mark <= pause_s and not self._loud:
                noticed += self._name(lengths(self._bursts, now), moment.at)
        tone = self._tone
        doubted = tone is not None and tone.tentative and pause_s >= PAUSE_S
        # It ends once no cadence can take it back.
        if doubted and not self._goes_on(lengths(self._bursts, now), self._likely):
            noticed += self.cut(moment.at)
        return noticed

    def cut(self, at: int, *, talk: bool = False) -> list[Noticed]:
        """End the train and what it was called; `talk` if by other sound."""
        noticed: list[Noticed] = []
        bursts = self._bursts
        if self._tone is None and bursts:
            noticed += self._unnamed(bursts[-1], at, talk=talk)
        tone = self._tone
        if tone is not None:
            if not tone.bursts:
                for burst in bursts:
                    tone.take(burst)
            noticed.append((at, tone.tone()))
            if tone.name in MAIN_NAMES:
                self._country.learn(bursts)
            if tone.name in (DIAL, STUTTER):
                self._dialling_until = at + round(DIALLING_S * FS)
        self._bursts, self._likely, self._tone = [], [], None
        self._loud, self._paused_s = 0, 0.0
        return noticed

    def _background(self, burst: Burst) -> bool:
        """Return whether a burst is hum heard in a pause of the train."""
        if not self.paused or burst is self._bursts[-1]:
            return False
        weak = burst.level_dbov < self._bursts[-1].level_dbov - BACKGROUND_DB
        return weak and not any(
            p in self._likely for p in matching(self._country.patterns, burst)
        )

    def _begin(self, burst: Burst, at: int) -> list[Noticed]:
        """Add a burst to the train, or begin a new one with it."""
        likely = matching(self._country.patterns, burst)
        common = [p for p in self._likely if p in likely]
        noticed: list[Noticed] = []
        train = [*self._bursts, burst]
        if self._bursts and not (common and self._goes_on(lengths(train), common)):
            if common and self._tone is not None and self._ends_stutter(burst):
                self._tone.cadences = ()
            else:
                noticed = self.cut(at, talk=not common)
        if not self._bursts:
            train, common = [burst], likely
        self._loud, self._paused_s = 0, 0.0
        self._bursts, self._likely = (
            (train[-MAX_BURSTS:], common) if common else ([], [])
        )
        return noticed

    def _goes_on(self, train: Lengths, likely: list[TonePattern]) -> bool:
        """Return whether the tone, if it has a name, may have these lengths."""
        tone = self._tone
        if tone is None:
            return True
        if tone.tentative:
            return any(p.cadence_s and fit(p.cadence_s, train) for p in likely)
        return tone.fits(train)

    def _ends_stutter(self, burst: Burst) -> bool:
        """Return whether it is the steady tone after the short bursts."""
        return self._tone is not None and self._tone.name == STUTTER and burst.open

    def _growing(self, burst: Burst, at: int) -> list[Noticed]:
        """Name a tone while it sounds: steady ones, and ringback by its lines."""
        length_s = (burst.end - burst.start) / FS
        tone = self._tone
        if tone is not None:
            if not tone.cadences and (tone.name == STUTTER or len(self._bursts) == 1):
                tone.end = burst.end
                return []
            if self._goes_on(lengths(self._bursts), self._likely):
                return []
            if self._ends_stutter(burst):
                tone.cadences = ()
                return []
            noticed = self.cut(at)
            self._bursts, self._likely = (
                [burst],
                matching(self._country.patterns, burst),
            )
            return noticed
        sustained = [p for p in self._likely if not p.cadence_s]
        rivals = [p for p in self._likely if p.cadence_s]
        if sustained:
            return self._steady(sustained[0], burst, length_s, at)
        if {p.name for p in rivals} == {"ringback"} and len(self._bursts) == 1:
            best = best_fit(rivals, lengths(self._bursts))
            # Most of a short burst, or what no word lasts.
            if best and length_s >= min(LONE_S, 0.85 * best[0].cadence_s[0]):
                return [self._announce(best[0], burst.start, at)]
        return []

    def _steady(
        self, pattern: TonePattern, burst: Burst, length_s: float, at: int
    ) -> list[Noticed]:
        """Announce a steady tone once it is longer than a short burst of any rival."""
        least = STEADY_S if pattern.name == DIAL else SPECIAL_S
        short, longest = longest_bursts(self._likely)
        bound = max(least, short * 1.1 + LENGTH_S) if short else least
        outlasts = length_s > longest * (1 + LENGTH_SHARE) + LENGTH_S
        # Where the samples begin within a burst, it may be the rest of ringback.
        rest = burst.cut and not self._lifted
        doubtful = rest or at < self._dialling_until or pattern.name != DIAL
        if length_s < bound or (doubtful and not outlasts):
            return []
        noticed = self._announce(pattern, burst.start, at)
        assert self._tone is not None
        self._tone.tentative = not outlasts
        return [noticed]

    def _ended(self, burst: Burst, at: int) -> list[Noticed]:
        tone = self._tone
        if tone is None:
            return self._name(lengths(self._bursts), at)
        tone.take(burst)
        if tone.tentative:
            return self._name(lengths(self._bursts), at)
        if not tone.cadences:
            return self.cut(at)
        train = lengths(self._bursts)
        if not tone.fits(train):
            # Cut short by an answer or a release: the tone ends with this burst.
            return self.cut(at)
        tone.due_s = longest_pause(tone.cadences, train)
        return []

    def _name(self, train: Lengths, at: int) -> list[Noticed]:
        """Give the train a name if its lengths allow only one."""
        known = len(train.seconds) - train.growing
        rivals = [p for p in self._likely if p.cadence_s]
        for skipped in range(len(self._bursts)):
            cut = train.cut and not skipped
            part = Lengths(train.seconds[2 * skipped :], train.growing, cut)
            best = best_fit(rivals, part)
            if best is None:
                continue
            pattern, names = best
            n = known - 2 * skipped
            if (names > 1 and n < ENOUGH) or not believable(
                pattern, part, n, self._likely
            ):
                return []
            bursts = self._bursts[skipped:]
            noticed = self._announce(pattern, bursts[0].start, at)
            assert self._tone is not None
            for burst in bursts:
                self._tone.take(burst)
            closed = Lengths(part.seconds[:n], False, part.cut)
            self._tone.due_s = longest_pause(self._tone.cadences, closed)
            self._bursts = bursts
            return [noticed]
        return []

    def _announce(self, pattern: TonePattern, start: int, at: int) -> Noticed:
        cadences: tuple[tuple[float, ...], ...] = ()
        if pattern.cadence_s:
            same = [p for p in self._likely if p.name == pattern.name]
            cadences = tuple(p.cadence_s for p in same if p.cadence_s)
        self._tone = NamedTone(pattern.name, cadences, start, self._bursts[-1].end)
        return at, ToneOnset(pattern.name, start, at)

    def _unnamed(self, burst: Burst, at: int, *, talk: bool) -> list[Noticed]:
        """Name what other sound broke before it was announced.

        A steady tone is broken by a digit, the beeps of call waiting by talk.
        """
        steady = [p for p in self._likely if not p.cadence_s]
        least = STEADY_S if steady and steady[0].name == DIAL else SPECIAL_S
        if steady and burst.end - burst.start >= least * FS:
            return [self._announce(steady[0], burst.start, at)]
        heard = lengths(self._bursts)
        waiting = [p for p in self._likely if talk and p.name == "call_waiting"]
        for p in waiting:
            beeps, count = len(p.cadence_s) // 2, len(self._bursts)
            clear = count > 1 or heard.seconds[0] > LONE_BEEP_S
            if count == beeps and clear and fit(p.cadence_s, heard):
                return [self._announce(p, self._bursts[0].start, at)]
        return []
