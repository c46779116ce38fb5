"""Call progress and fax tones: dial tone, ringback, busy, congestion and others.

`dsp.tone_bursts` finds steady bursts, `dsp.cadence` compares their lines and lengths
with the country's plan.  A cadenced tone is recognised after two bursts, ringback
after its first, a steady tone after 0.45 s.

Limits: where dial tone and ringback have the same frequency, the first long burst
after a start (or `Detector.expect_dial_tone`) is announced as dial tone and taken back
when it turns out to be a burst of ringback; later ones wait until they are too long
for ringback.  Where busy and congestion are the same tone it is called busy.
"""

from numpy.typing import ArrayLike

from dsp.cadence import LENGTH_S, LENGTH_SHARE, Lengths, fit, has_lines, lengths
from dsp.detector import Noticed, StreamDecoder, at_8_khz, rescaled
from dsp.fax_flags import FlagFinder
from dsp.levels import power_from_dbov
from dsp.sit import SitFinder
from dsp.spectra import LONG, Spectra
from dsp.stream import FS
from dsp.tone_bursts import Burst, BurstFinder, Moment
from dsp.tone_names import (
    ENOUGH,
    LONE_S,
    LONG_PAUSE_S,
    STUTTER,
    NamedTone,
    believable,
    best_fit,
    longest_pause,
)
from dsp.tone_plans import EVERYWHERE, TonePattern, plan
from dsp.tone_zones import classify
from dsp.types import Tone, ToneOnset

#: A steady tone is one after this long; a digit hardly starts sooner.
STEADY_S = 0.45
#: After dial tone, so long ringback is likelier than dial tone where both are alike;
#: the post-dial delay reaches 20 s (AS/CA S002), digits take their time.
DIALLING_S = 60.0
#: Bursts remembered.
MAX_BURSTS = 12
#: A pause is trusted after this long.
PAUSE_S = 0.1
#: Longest pause within any tone: ringback of 9 s in Bulgaria.
MAX_PAUSE_S = 10.5
#: A lone beep of call waiting in the midst of talk is longer than this; vowels of
#: 0.2 s may have one line only.
LONE_BEEP_S = 0.25
#: What is this much weaker than the train and has other lines is heard in its pauses.
BACKGROUND_DB = 3.0
#: This many frames with half the burst's power break a pause.
LOUD_FRAMES, LOUD_SHARE = 4, 0.5


class Detector:
    """The call progress detector on shared spectra.

    Parameters
    ----------
    country : str, optional
        Tone plan, one of `dsp.tone_plans.COUNTRIES`.
    """

    def __init__(self, country: str = "us") -> None:
        self._patterns = (*plan(country).patterns, *EVERYWHERE)
        lines = ((p.frequencies_hz, p.spread_hz) for p in self._patterns)
        self._lines = tuple(dict.fromkeys(lines))
        self._reset()

    def _reset(self) -> None:
        self._bursts = BurstFinder()
        self._sit = SitFinder()
        self._flags = FlagFinder()
        self._train: list[Burst] = []
        #: Patterns whose lines every burst of the train has.
        self._likely: list[TonePattern] = []
        self._tone: NamedTone | None = None
        self._loud = 0
        self._paused_s = 0.0
        #: Until then a long burst is rather ringback than dial tone.
        self._dialling_until = 0
        self._lifted = False

    def expect_dial_tone(self) -> None:
        """Say that the handset has just been lifted."""
        self._dialling_until = 0
        self._lifted = True

    def scan(self, spectra: Spectra) -> list[Noticed]:
        """Return the tones recognised and ended in this batch."""
        waiting = self._train or self._bursts.busy or self._flags.busy
        if not spectra.loud and not waiting:
            self._bursts.pass_over(spectra.batch)
            return []
        zones = classify(spectra.long)
        noticed = self._flags.scan(spectra.batch, zones)
        for moment in self._bursts.scan(spectra.batch, zones, bool(self._train)):
            burst = moment.burst
            if burst is not None:
                noticed += self._heard(burst, moment)
            elif self._train and not (self._train[-1].open or self._bursts.busy):
                noticed += self._pause(moment)
        return noticed

    def finish(self) -> list[Noticed]:
        """Close a tone still sounding."""
        noticed = self._flags.finish()
        burst = self._bursts.finish()
        now = burst.end if burst else self._train[-1].end if self._train else 0
        if burst is not None:
            noticed += self._heard(burst, Moment(now, 0.0, burst))
        noticed += self._break(now)
        self._reset()
        return noticed

    def _background(self, burst: Burst) -> bool:
        """Return whether a burst is hum heard in a pause of the train."""
        last = self._train[-1]
        return (
            burst is not last
            and not last.open
            and burst.level_dbov < last.level_dbov - BACKGROUND_DB
            and not any(p in self._likely for p in self._likely_for(burst))
        )

    def _heard(self, burst: Burst, moment: Moment) -> list[Noticed]:
        """Take a burst that grows or has just ended."""
        at = moment.at
        noticed: list[Noticed] = []
        if self._train and self._background(burst):
            return self._pause(moment)
        if not self._train or burst is not self._train[-1]:
            noticed += self._begin(burst, at)
        if not burst.open:
            noticed += self._sit.ended(burst, at)
            if self._train:
                noticed += self._ended(burst, at)
        elif self._train:
            noticed += self._growing(burst, at)
        return noticed

    def _begin(self, burst: Burst, at: int) -> list[Noticed]:
        """Add a burst to the train, or begin a new one with it."""
        likely = self._likely_for(burst)
        common = [p for p in self._likely if p in likely]
        noticed: list[Noticed] = []
        train = [*self._train, burst]
        tone = self._tone
        if tone is not None and tone.name == STUTTER and common and burst.open:
            # The steady tone after the stutter belongs to it.
            tone.cadences = ()
        elif self._train and (
            not common or (tone is not None and not tone.fits(lengths(train)))
        ):
            noticed = self._break(at, talk=not common)
        if not self._train:
            train, common = [burst], likely
        self._loud, self._paused_s = 0, 0.0
        self._train, self._likely = (
            (train[-MAX_BURSTS:], common) if common else ([], [])
        )
        return noticed

    def _likely_for(self, burst: Burst) -> list[TonePattern]:
        """Return the patterns whose lines a burst has."""
        heard = {lines for lines in self._lines if has_lines(burst, *lines)}
        if not heard:
            return []
        return [p for p in self._patterns if (p.frequencies_hz, p.spread_hz) in heard]

    def _growing(self, burst: Burst, at: int) -> list[Noticed]:
        """Name a tone while it sounds: steady ones, and ringback by its lines."""
        length_s = (burst.end - burst.start) / FS
        tone = self._tone
        if tone is not None:
            if tone.cadences:
                if tone.fits(lengths(self._train)):
                    return []
                noticed = self._break(at)
                self._train = [burst]
                self._likely = self._likely_for(burst)
                return noticed
            tone.end = burst.end
            return []
        steady = [p for p in self._likely if not p.cadence_s]
        rivals = [p for p in self._likely if p.cadence_s]
        if steady:
            return self._steady(steady[0], burst, length_s, at)
        if {p.name for p in rivals} == {"ringback"} and len(self._train) == 1:
            best = best_fit(rivals, lengths(self._train))
            # Most of a short burst, or what no word lasts.
            if best and length_s >= min(LONE_S, 0.85 * best[0].cadence_s[0]):
                return [self._announce(best[0], burst.start, at)]
        return []

    def _steady(
        self, pattern: TonePattern, burst: Burst, length_s: float, at: int
    ) -> list[Noticed]:
        """Announce a steady tone once it is longer than a burst of any rival."""
        bound, ringing = STEADY_S, 0.0
        for p in self._likely:
            longest = max(p.cadence_s[::2], default=0.0)
            if p.name == "ringback":
                ringing = max(ringing, longest)
            elif p.cadence_s:
                bound = max(bound, longest * 1.1 + LENGTH_S)
        outlasts = length_s > ringing * (1 + LENGTH_SHARE) + LENGTH_S
        # Where the samples begin within a burst, it may be the rest of ringback.
        doubtful = at < self._dialling_until or (burst.cut and not self._lifted)
        if length_s < bound or (doubtful and not outlasts):
            return []
        noticed = self._announce(pattern, burst.start, at)
        assert self._tone is not None
        self._tone.tentative = not outlasts
        return [noticed]

    def _ended(self, burst: Burst, at: int) -> list[Noticed]:
        tone = self._tone
        if tone is None:
            return self._name(lengths(self._train), at)
        if not tone.cadences:
            tone.take(burst)
            return [] if tone.tentative else self._break(at)
        train = lengths(self._train)
        tone.take(burst)
        if not tone.fits(train):
            # Cut short by an answer or a release: the tone ends with this burst.
            return self._break(at)
        tone.due_s = longest_pause(tone.cadences, train)
        return []

    def _pause(self, moment: Moment) -> list[Noticed]:
        burst = self._train[-1]
        level = power_from_dbov(burst.level_dbov)
        now = moment.at - LONG // 2
        pause_s = (now - burst.end) / FS
        if moment.power > LOUD_SHARE * level:
            self._loud += 1
        before, self._paused_s = self._paused_s, pause_s
        noticed: list[Noticed] = []
        tone = self._tone
        if self._loud >= LOUD_FRAMES or pause_s > MAX_PAUSE_S:
            return self._break(moment.at, talk=self._loud >= LOUD_FRAMES)
        if tone is not None and not tone.tentative:
            limit = tone.due_s * (1 + LENGTH_SHARE) + PAUSE_S
            return self._break(moment.at) if pause_s > limit else []
        for mark in (PAUSE_S, LONG_PAUSE_S):
            if before < mark <= pause_s and not self._loud:
                noticed += self._name(lengths(self._train, now), moment.at)
        tone = self._tone
        if tone is not None and tone.tentative and pause_s >= PAUSE_S:
            noticed += self._break(moment.at)
        return noticed

    def _name(self, train: Lengths, at: int) -> list[Noticed]:
        """Give the train a name if its lengths allow only one."""
        known = len(train.seconds) - train.growing
        for skipped in range(len(self._train)):
            cut = train.cut and not skipped
            part = Lengths(train.seconds[2 * skipped :], train.growing, cut)
            rivals = [p for p in self._likely if p.cadence_s]
            best = best_fit(rivals, part)
            if best is None:
                continue
            pattern, names = best
            n = known - 2 * skipped
            if (names > 1 and n < ENOUGH) or not believable(
                pattern, part, n, self._likely
            ):
                return []
            bursts = self._train[skipped:]
            noticed = self._announce(pattern, bursts[0].start, at)
            assert self._tone is not None
            for burst in bursts:
                self._tone.take(burst)
            closed = Lengths(part.seconds[:n], False, part.cut)
            self._tone.due_s = longest_pause(self._tone.cadences, closed)
            self._train = bursts
            return [noticed]
        return []

    def _announce(self, pattern: TonePattern, start: int, at: int) -> Noticed:
        cadences: tuple[tuple[float, ...], ...] = ()
        if pattern.cadence_s:
            same = [p for p in self._likely if p.name == pattern.name]
            cadences = tuple(p.cadence_s for p in same if p.cadence_s)
        self._tone = NamedTone(pattern.name, cadences, start, self._train[-1].end)
        return at, ToneOnset(pattern.name, start, at)

    def _break(self, at: int, *, talk: bool = False) -> list[Noticed]:
        """End the train and what it was called."""
        noticed: list[Noticed] = []
        tone, train = self._tone, self._train
        if tone is None and train:
            noticed += self._unnamed(train[-1], at, talk=talk)
            tone = self._tone
        if tone is not None:
            if not tone.bursts:
                for burst in train:
                    tone.take(burst)
            noticed.append((at, tone.tone()))
            if tone.name in ("dial_tone", STUTTER):
                self._dialling_until = at + round(DIALLING_S * FS)
        self._train, self._likely, self._tone = [], [], None
        self._loud, self._paused_s = 0, 0.0
        return noticed

    def _unnamed(self, burst: Burst, at: int, *, talk: bool) -> list[Noticed]:
        """Name what other sound broke before it was announced.

        A steady tone is broken by a digit, the beeps of call waiting by talk.
        """
        steady = [p for p in self._likely if not p.cadence_s]
        if steady and burst.end - burst.start >= STEADY_S * FS:
            return [self._announce(steady[0], burst.start, at)]
        heard = lengths(self._train)
        waiting = [p for p in self._likely if talk and p.name == "call_waiting"]
        for p in waiting:
            beeps, count = len(p.cadence_s) // 2, len(self._train)
            clear = count > 1 or heard.seconds[0] > LONE_BEEP_S
            if count == beeps and clear and fit(p.cadence_s, heard):
                return [self._announce(p, self._train[0].start, at)]
        return []


class Decoder(StreamDecoder):
    """Find call progress and fax tones in a stream at 8 kHz; see `decode`.

    Parameters
    ----------
    fs : int, optional
        Sampling rate, 8000.
    country : str, optional
        Tone plan, one of `dsp.tone_plans.COUNTRIES`.
    """

    def __init__(self, fs: int = FS, country: str = "us") -> None:
        super().__init__(Detector(country), fs)


def decode(x: ArrayLike, fs: float, country: str = "us") -> list[Tone]:
    """Return the call progress and fax tones of a recording.

    Parameters
    ----------
    x : array_like, shape (n,)
        int16, or float with full scale 1.0; mono.
    fs : float
        Sampling rate, at least 8000 Hz.
    country : str, optional
        Tone plan, one of `dsp.tone_plans.COUNTRIES`.

    Returns
    -------
    list of Tone
        In order of their start; positions in samples at `fs`.

    References
    ----------
    .. [1] ITU-T E.180, Technical characteristics of tones for the telephone service.
    .. [2] ITU-T T.30, clause 4: CED and CNG.

    Examples
    --------
    >>> import numpy as np
    >>> t = np.arange(4000) / 8000
    >>> on = 0.05 * (np.sin(2 * np.pi * 480 * t) + np.sin(2 * np.pi * 620 * t))
    >>> x = np.concatenate([np.zeros(800)] + 4 * [on, np.zeros(4000)])
    >>> [(tone.name, round(tone.start, -2)) for tone in decode(x, 8000)]
    [('busy', 800)]
    """
    decoder = Decoder(country=country)
    events = decoder.feed(at_8_khz(x, fs)) + decoder.flush()
    tones = [rescaled(e, fs / FS) for e in events if isinstance(e, Tone)]
    return sorted(tones, key=lambda tone: tone.start)
