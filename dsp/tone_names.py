"""The name of a train of bursts: which lengths are enough to believe in which tone."""

from collections.abc import Sequence
from dataclasses import dataclass

from dsp.cadence import Lengths, fit, has_lines
from dsp.levels import dbov_from_power, power_from_dbov
from dsp.tone_bursts import Burst
from dsp.tone_plans import TonePattern
from dsp.types import Tone

DIAL = "dial_tone"
#: Dial tone that opens with short bursts, or is otherwise special, is called this.
STUTTER = "stutter_dial"
#: Tones told by the silence after them, or by coming again.
ONCE = frozenset({"call_waiting", "confirmation"})
#: Lengths (on, off, on …) needed before a name is given.
NEEDED_OTHERS, NEEDED_STUTTER = 3, 5
#: Tones that a single burst may name.
LONE = frozenset({"ringback", "fax_cng", "calling_tone"})
#: … from this length on, unless only that tone has its lines: words are shorter.
LONE_S = 0.6
#: A pattern is out when its mean deviation is that much larger than the best one's;
#: exchanges keep their lengths to 10 % (E.180).
CLEAR = 0.12
#: With this many lengths the best of several fitting patterns is taken.
ENOUGH = 7
#: A lone beep of call waiting is longer than this; vowels may have one line only for
#: as long.  Shorter ones have to come again.
LONE_BEEP_S = 0.28
#: Bursts up to this long are waited for before a steady tone is announced; longer
#: ones may prove it wrong afterwards.
SHORT_S = 0.5
#: A pause is long from here on.
LONG_PAUSE_S = 1.0


@dataclass
class NamedTone:
    """A tone that has been given its name.

    `cadences` are those its name may have, none where it is steady; `tentative` marks
    a dial tone that may still prove to be a burst of ringback; `due_s` is the longest
    its next pause may be.
    """

    name: str
    cadences: tuple[tuple[float, ...], ...]
    start: int
    end: int
    tentative: bool = False
    due_s: float = 0.0
    power: float = 0.0
    bursts: int = 0

    def fits(self, train: Lengths) -> bool:
        """Return whether a train may be this tone."""
        return any(fit(cadence, train) for cadence in self.cadences)

    def take(self, burst: Burst) -> None:
        """Count a burst as part of the tone."""
        self.end = burst.end
        self.power += power_from_dbov(burst.level_dbov)
        self.bursts += 1

    def tone(self) -> Tone:
        """Return the finished tone."""
        level = dbov_from_power(self.power / max(self.bursts, 1))
        return Tone(self.name, self.start, self.end, level)


def matching(patterns: Sequence[TonePattern], burst: Burst) -> list[TonePattern]:
    """Return the patterns whose lines a burst has."""
    known: dict[tuple[tuple[float, ...], float], bool] = {}
    likely: list[TonePattern] = []
    for p in patterns:
        lines = (p.frequencies_hz, p.spread_hz)
        if lines not in known:
            known[lines] = has_lines(burst, *lines)
        if known[lines]:
            likely.append(p)
    return likely


def longest_bursts(patterns: Sequence[TonePattern]) -> tuple[float, float]:
    """Return the longest burst among those to wait for, and among the longer ones."""
    short, longer = 0.0, 0.0
    for p in patterns:
        on = max(p.cadence_s[::2], default=0.0)
        if p.name == "ringback" or on > SHORT_S:
            longer = max(longer, on)
        else:
            short = max(short, on)
    return short, longer


def best_fit(
    patterns: Sequence[TonePattern], train: Lengths
) -> tuple[TonePattern, int] | None:
    """Return the pattern that fits best, and how many names fit about as well."""
    fits = [
        (f.deviation, i)
        for i, p in enumerate(patterns)
        if (f := fit(p.cadence_s, train))
    ]
    if not fits:
        return None
    least, best = min(fits)
    close = {patterns[i].name for deviation, i in fits if deviation < least + CLEAR}
    return patterns[best], len(close)


def longest_pause(cadences: tuple[tuple[float, ...], ...], train: Lengths) -> float:
    """Return the longest pause that may follow a train ending with a burst."""
    return max(
        (
            pause
            for cadence in cadences
            for pause in cadence[1::2]
            if fit(cadence, Lengths((*train.seconds, pause), False, train.cut))
        ),
        default=0.0,
    )


def believable(
    pattern: TonePattern, train: Lengths, n: int, likely: Sequence[TonePattern]
) -> bool:
    """Return whether `n` complete lengths are enough to believe in a pattern.

    `likely` are all patterns with the lines heard.
    """
    name = pattern.name
    if name in ONCE:
        silent = train.growing and train.seconds[-1] >= LONG_PAUSE_S - 0.02
        clear = n > 1 or train.seconds[0] > LONE_BEEP_S
        return (silent and clear) or n > len(pattern.cadence_s)
    if name == "number_unobtainable":
        # Its bursts may be as short as vowels: a whole cycle and the next burst.
        return n > len(pattern.cadence_s)
    if n >= (NEEDED_STUTTER if name == STUTTER else NEEDED_OTHERS):
        return True
    if name not in LONE or not train.growing:
        return False
    only = all(p.name == name for p in likely) and not train.cut
    return only or train.seconds[0] >= LONE_S
