"""The beep of an answering machine: talk, one tone, and then nobody speaks.

A frame of 64 ms belongs to a beep when one line from 380 to 2050 Hz holds all but a
fifth of its power.  Frames on end make a candidate; a fine spectrum of its halves says
whether it is steady and alone.  It is a beep when there was talk in the four seconds
before it, and quiet for 0.3 s after it.  What else sounds so is left out: the tones of
the country, the recorder's own 1400 Hz, the steps of special information tones, and the
calling tones of fax and modem.  Limits: machines that beep at 1400 Hz are taken for the
recorder; a caller who speaks at once hides the beep.
"""

from collections import deque
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from dsp.cadence import has_lines
from dsp.detector import Noticed, StreamDecoder, at_8_khz, rescaled
from dsp.levels import power_from_dbov
from dsp.spectra import (
    LONG,
    LONG_BIN_HZ,
    LONG_FRAMES,
    LONG_HOP,
    QUIET_PEAK,
    Spectra,
)
from dsp.stream import CONTEXT, FS, SUPERFRAME, Batch
from dsp.tone_bursts import Burst
from dsp.tone_country import Country, country_of
from dsp.tone_lines import Line, lines
from dsp.tone_plans import EVERYWHERE
from dsp.tone_zones import Zones
from dsp.types import Tone

__all__ = ["NAME", "Decoder", "Detector", "decode"]

#: What the tone is called among `dsp.types.Tone`.
NAME = "answering_beep"
#: Frequencies machines and networks beep at.
LOWEST_HZ, HIGHEST_HZ = 400.0, 2050.0
#: Lengths of beeps.
SHORTEST_S, LONGEST_S = 0.09, 1.1
#: Weakest beep, dBov.
FLOOR = power_from_dbov(-42.0)
#: Quiet after it, and how far below the beep that is.
QUIET_FRAMES, QUIET = 15, 0.02
#: … or how far over the least of the last 4 s, which hum may keep up, but never more
#: than half the beep: what goes on as loud is no end.
BACKGROUND, HALF = 3.0, 0.5
#: Frames that may fail right after its end, the window sees them half.
TAIL_FRAMES = 4
#: Frames of talk among those of the last 4 s.
TALK_FRAMES, TALK_SUPERFRAMES = 20, 20
#: Another tone this soon before makes it a step of something: SIT have gaps of 30 ms.
APART = round(0.15 * FS)
#: Share of its line, and how far both halves may be apart.
SHARE, HALVES_HZ, HALVES_DB = 0.8, 4.0, 4.0
#: A voice has a second partial; a machine's tone, even clipped, has none to speak of.
PARTIAL, OCTAVE = 0.05, 0.03
#: The recorder's own beep, 1400 Hz within 2.5 % (`dsp.beep`).
OWN_HZ = (1365.0, 1435.0)
#: Tones of every country that are as short: CNG, the calling tone of modems.
_SIGNALS = tuple(p.frequencies_hz[0] for p in EVERYWHERE)
SIGNAL_HZ = 40.0


@dataclass
class _Run:
    """Frames on end with one line."""

    number: int
    start: int
    end: int
    power: float
    frames: int = 1
    #: Frames since its end, and those of them that were loud.
    since: int = 0
    loud: int = 0
    level: list[float] = field(default_factory=list)


class Detector:
    """The answering machine detector on shared spectra.

    Parameters
    ----------
    country : str or Country, optional
        Whose tones are no beeps, as in `dsp.progress.Detector`.
    """

    def __init__(self, country: str | Country = "us") -> None:
        known = country_of(country) if isinstance(country, str) else country
        self._country: Country = known
        self._reset()

    def _reset(self) -> None:
        self._run: _Run | None = None
        self._last_end = -APART
        #: Of each of the last superframes: frames of talk, and the least power.
        self._talk: deque[int] = deque(maxlen=TALK_SUPERFRAMES)
        self._least: deque[float] = deque(maxlen=TALK_SUPERFRAMES)

    def scan(self, spectra: Spectra) -> list[Noticed]:
        """Return the beeps of this batch."""
        batch = spectra.batch
        if not spectra.loud and self._run is None:
            self._remember([0] * batch.count, [0.0] * batch.count)
            return []
        zones = spectra.zones
        talk = (zones.power > FLOOR) & (zones.lone < 0) & (zones.zone < 0)
        counts = talk.reshape(-1, LONG_FRAMES).sum(axis=1).tolist()
        least = zones.power.reshape(-1, LONG_FRAMES).min(axis=1).tolist()
        if self._run is None and zones.lone.max() < 0:
            self._remember(counts, least)
            return []
        noticed: list[Noticed] = []
        for i in range(batch.count):
            part = slice(i * LONG_FRAMES, (i + 1) * LONG_FRAMES)
            at = batch.start + i * SUPERFRAME
            noticed += self._superframe(zones, part, at, batch)
            self._remember(counts[i : i + 1], least[i : i + 1])
        return noticed

    def _remember(self, counts: list[int], least: list[float]) -> None:
        self._talk.extend(counts)
        # What a quiet batch may hold counts as nothing, so that batches do not matter.
        self._least.extend(p if p > QUIET_PEAK**2 else 0.0 for p in least)

    def finish(self) -> list[Noticed]:
        """Forget a beep that nothing followed."""
        self._reset()
        return []

    def _superframe(
        self, zones: Zones, part: slice, at: int, batch: Batch
    ) -> list[Noticed]:
        noticed: list[Noticed] = []
        power, lone = zones.power[part].tolist(), zones.lone[part].tolist()
        for p, number in zip(power, lone, strict=True):
            at += LONG_HOP
            noticed += self._frame(p, number, at, batch)
        return noticed

    def _frame(self, power: float, number: int, at: int, batch: Batch) -> list[Noticed]:
        run = self._run
        middle = at - LONG // 2
        if run is None:
            if number >= 0:
                self._run = _Run(number, middle, middle, power)
            return []
        same = number >= 0 and abs(number - run.number) <= 1
        if same and not run.since and power > 0.25 * run.power:
            run.end, run.frames = middle, run.frames + 1
            run.power = max(run.power, power)
            return []
        run.since += 1
        hum = BACKGROUND * min(self._least, default=0.0)
        quiet = max(QUIET * run.power, min(hum, HALF * run.power))
        if run.since > TAIL_FRAMES and power > quiet:
            run.loud += 1
        other = number >= 0 and not same
        if other or run.loud or (same and run.since > TAIL_FRAMES):
            self._last_end, self._run = run.end, None
            if number >= 0:
                self._run = _Run(number, middle, middle, power)
            return []
        if run.since < QUIET_FRAMES:
            return []
        beep = self._beep(run, at, batch) if self._may_be(run) else None
        self._last_end, self._run = run.end, None
        return [(at, beep)] if beep is not None else []

    def _may_be(self, run: _Run) -> bool:
        """Return whether length, frequency and what came before allow a beep."""
        seconds = (run.end - run.start) / FS
        return (
            SHORTEST_S <= seconds <= LONGEST_S
            and LOWEST_HZ - LONG_BIN_HZ < run.number * LONG_BIN_HZ < HIGHEST_HZ
            and run.power > FLOOR
            and run.start - self._last_end > APART
            and sum(self._talk) >= TALK_FRAMES
        )

    def _beep(self, run: _Run, at: int, batch: Batch) -> Tone | None:
        """Look closely; return the beep if it is one."""
        n = run.end - run.start
        # So far back reaches every batch.
        first = max(run.start, at - CONTEXT)
        middle = (first + run.end) // 2
        halves = (batch.between(first, middle), batch.between(middle, run.end))
        found = [lines(x) for x in halves]
        if not all(_alone(f) for f in found):
            return None
        levels = [10 * np.log10(np.mean(np.square(x)) + 1e-12) for x in halves]
        hertz = [f[0].hertz for f in found]
        steady = abs(hertz[0] - hertz[1]) < HALVES_HZ + 400 / (n / FS * 100)
        if not steady or abs(levels[0] - levels[1]) > HALVES_DB:
            return None
        level = float(np.mean(levels))
        middle_hz = sum(hertz) / 2
        if not LOWEST_HZ - 10 < middle_hz < HIGHEST_HZ or self._known(middle_hz, n):
            return None
        return Tone(NAME, max(run.start, 0), run.end, level)

    def _known(self, hertz: float, n: int) -> bool:
        """Return whether a tone of this frequency means something else."""
        if OWN_HZ[0] < hertz < OWN_HZ[1]:
            return True
        if any(abs(hertz - signal) < SIGNAL_HZ for signal in _SIGNALS):
            return True
        burst = Burst(0, n, 0, 0.0, (Line(hertz, 1.0),), 3 * FS / n)
        patterns = (p for p in self._country.patterns if len(p.frequencies_hz) == 1)
        return any(has_lines(burst, p.frequencies_hz, p.spread_hz) for p in patterns)


def _alone(found: tuple[Line, ...]) -> bool:
    """Return whether the strongest line holds what hum leaves."""
    if not found:
        return False
    first, rest = found[0], found[1:]
    humming = sum(line.share for line in rest if line.mains)
    octave = (x for x in rest if abs(x.hertz / first.hertz - 2) < OCTAVE)
    if any(line.share > PARTIAL for line in octave):
        return False
    return first.share > SHARE * (1 - humming)


class Decoder(StreamDecoder):
    """Find the beeps of answering machines in a stream at 8 kHz; see `decode`."""

    def __init__(self, fs: int = FS, country: str = "us") -> None:
        super().__init__(Detector(country), fs)


def decode(x: ArrayLike, fs: float, country: str = "us") -> list[Tone]:
    """Return the beeps of answering machines in a recording.

    Parameters
    ----------
    x : array_like, shape (n,)
        int16, or float with full scale 1.0; mono.
    fs : float
        Sampling rate, at least 8000 Hz.
    country : str, optional
        Whose tones are no beeps: one of `dsp.tone_plans.COUNTRIES`.

    Returns
    -------
    list of Tone
        Named ``answering_beep``; positions in samples at `fs`.

    Examples
    --------
    >>> import numpy as np
    >>> talk = 0.1 * np.random.default_rng(1).standard_normal(8000)
    >>> beep = 0.1 * np.sin(2 * np.pi * 1000 / 8000 * np.arange(4000))
    >>> x = np.concatenate([talk, np.zeros(2000), beep, np.zeros(8000)])
    >>> [(t.name, round(t.start, -2)) for t in decode(x, 8000)]
    [('answering_beep', 10000)]
    """
    decoder = Decoder(country=country)
    events = decoder.feed(at_8_khz(x, fs)) + decoder.flush()
    return [rescaled(e, fs / FS) for e in events if isinstance(e, Tone)]
