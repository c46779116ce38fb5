"""Whose tones are heard: a country that was said, or one learned from its tones.

Learning begins with the tones of all countries, each under the name that most of them
give it.  Every tone that ends is compared with every country's: how far its lines and
lengths are off, and how usual it is there.  Countries that explain what was heard a
thousand times worse than the best one no longer take part, so that names sharpen with
each tone.  Limits: countries with the same tones cannot be told apart, a dial tone of
425 Hz alone leaves thirty, and a country that changes is only believed after its tones
outweigh those heard before.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from math import exp, log
from typing import Protocol

from dsp.cadence import Lengths, has_lines, lengths
from dsp.tone_bursts import Burst
from dsp.tone_plans import (
    COUNTRIES,
    EVERYWHERE,
    MAIN_NAMES,
    TonePattern,
    plan,
)

#: Learn the country.
AUTO = "auto"
#: Exchanges keep lengths to 2 % when none of them is worn, edges are found to 6 ms.
LENGTH_SHARE, LENGTH_S = 0.02, 0.006
#: … and frequencies to 2 Hz and 0.2 %.
LINE_HZ, LINE_SHARE = 2.0, 0.002
#: Lengths of a tone that count: those that follow are off by as much.
LENGTHS = 5
#: Log likelihood of a tone that a country does not have, and the least one of others.
STRANGE = -14.0
#: Probability of the usual one where a country has several tones of one name.
USUAL = 0.7
#: Countries whose log likelihood is this much below the best one's are out.
OUT = 7.0
#: With so few countries left their rarer tones are listened for as well.
FEW = 4
#: What a tone that was not heard costs a country.
PLAIN = 0.05
#: Evidence fades to this share with each tone, so that a country may change.
MEMORY = 0.97


@dataclass(frozen=True, slots=True)
class Belief:
    """A country, and how sure that is.

    Parameters
    ----------
    country : str or None
        One of `dsp.tone_plans.COUNTRIES`; None before anything has been heard.
    score : float
        Probability, 0..1, that it is this country or one with the same tones.

    Examples
    --------
    >>> Belief("us", 1.0).country
    'us'
    """

    country: str | None
    score: float


class Country(Protocol):
    """Whose tones to expect."""

    @property
    def patterns(self) -> tuple[TonePattern, ...]:
        """Tones that may be heard, likelier names first."""
        ...

    @property
    def belief(self) -> Belief:
        """The country, and how sure that is."""
        ...

    def learn(self, bursts: Sequence[Burst]) -> None:
        """Take the bursts of a tone that has ended."""
        ...


class KnownCountry:
    """A country that has been said.

    Examples
    --------
    >>> KnownCountry("gb").belief
    Belief(country='gb', score=1.0)
    """

    def __init__(self, country: str) -> None:
        found = plan(country)
        self.patterns = (*found.patterns, *EVERYWHERE)
        self.belief = Belief(found.country, 1.0)

    def learn(self, bursts: Sequence[Burst]) -> None:
        """Do nothing: there is nothing to learn."""


class LearnedCountry:
    """A country learned from the tones heard.

    Examples
    --------
    >>> country = LearnedCountry()
    >>> country.belief
    Belief(country=None, score=0.0)
    >>> {p.name for p in country.patterns if p.cadence_s == (2.0, 4.0)}
    {'ringback'}
    """

    def __init__(self) -> None:
        self._evidence = dict.fromkeys(COUNTRIES, 0.0)
        self._prior = {code: -PLAIN * len(_main(code)) for code in COUNTRIES}
        self.belief = Belief(None, 0.0)
        self.patterns = (*_united(dict.fromkeys(COUNTRIES, 1.0)), *EVERYWHERE)

    def learn(self, bursts: Sequence[Burst]) -> None:
        """Take the bursts of a tone that has ended."""
        heard = lengths(bursts)
        found = {code: _likelihood(code, bursts, heard) for code in COUNTRIES}
        if max(found.values()) <= STRANGE:
            return
        for code, likelihood in found.items():
            self._evidence[code] = MEMORY * self._evidence[code] + likelihood
        logs = {code: e + self._prior[code] for code, e in self._evidence.items()}
        best = max(logs.values())
        weights = {code: exp(e - best) for code, e in logs.items()}
        code = max(weights, key=lambda c: weights[c])
        alike = sum(w for c, w in weights.items() if same_tones(c, code))
        self.belief = Belief(code, alike / sum(weights.values()))
        likely = {c: w for c, w in weights.items() if w > exp(-OUT)}
        self.patterns = (*_united(likely), *EVERYWHERE)


def country_of(country: str) -> Country:
    """Return whose tones to expect, by the name of a country or ``auto``.

    Raises
    ------
    ValueError
        If there is no plan for `country`.

    Examples
    --------
    >>> country_of("auto").belief.country is None
    True
    """
    return LearnedCountry() if country.lower() == AUTO else KnownCountry(country)


def same_tones(one: str, other: str) -> bool:
    """Return whether two countries have the same tones under the same names.

    Examples
    --------
    >>> same_tones("id", "ve"), same_tones("us", "gb")
    (True, False)
    """
    return one == other or _main_set(one) == _main_set(other)


@cache
def _main(country: str) -> tuple[tuple[TonePattern, float], ...]:
    """Return a country's tones with the logarithm of how usual each is."""
    tones: dict[str, list[TonePattern]] = defaultdict(list)
    for p in plan(country).patterns:
        if p.name in MAIN_NAMES:
            tones[p.name].append(p)
    found: list[tuple[TonePattern, float]] = []
    for same in tones.values():
        rare = (1 - USUAL) / max(len(same) - 1, 1)
        shares = [1.0 if len(same) == 1 else USUAL, *[rare] * (len(same) - 1)]
        found += [(p, log(s)) for p, s in zip(same, shares, strict=True)]
    return tuple(found)


@cache
def _main_set(country: str) -> frozenset[TonePattern]:
    return frozenset(p for p, _ in _main(country))


def _likelihood(country: str, bursts: Sequence[Burst], heard: Lengths) -> float:
    """Return the logarithm of how well a country explains a tone."""
    best = STRANGE
    for pattern, usual in _main(country):
        if usual > best and all(has_lines(b, pattern.frequencies_hz) for b in bursts):
            off = _lines_off(pattern, bursts) + _lengths_off(pattern, heard)
            best = max(best, usual - off / 2)
    return best


def _lines_off(pattern: TonePattern, bursts: Sequence[Burst]) -> float:
    """Return the sum of squares of how far lines are off, in standard deviations."""
    longest = max(bursts, key=lambda b: b.end - b.start)
    total = 0.0
    for wanted in pattern.frequencies_hz:
        near = min(
            (line.hertz for line in longest.lines), key=lambda h: abs(h - wanted)
        )
        sigma = LINE_HZ + LINE_SHARE * wanted + longest.resolution_hz / 10
        total += ((near - wanted) / sigma) ** 2
    return total


def _lengths_off(pattern: TonePattern, heard: Lengths) -> float:
    """Return the same of lengths; a steady tone has none."""
    cadence = pattern.cadence_s
    if not cadence:
        return 0.0 if len(heard.seconds) == 1 else -2 * STRANGE
    first = 1 if heard.cut else 0
    best = -2 * STRANGE
    for turn in range(0, len(cadence), 2):
        total, count = 0.0, 0
        # The last burst may have been cut off by an answer.
        for i, got in enumerate(heard.seconds[:-1] if len(heard.seconds) > 1 else ()):
            if i < first:
                continue
            want = cadence[(turn + i) % len(cadence)]
            total += ((got - want) / (LENGTH_SHARE * want + LENGTH_S)) ** 2
            count += 1
        if count:
            best = min(best, total * min(count, LENGTHS) / count)
    if len(heard.seconds) == 1:
        # One burst says little: any cadence that is as long.
        return 4.0 if any(s >= 0.9 * heard.seconds[0] for s in cadence[::2]) else best
    return best


def _united(weights: dict[str, float]) -> Iterable[TonePattern]:
    """Return the tones of all countries, each under its likeliest name."""
    few = len(weights) <= FEW
    votes: dict[tuple[tuple[float, ...], tuple[float, ...]], dict[str, float]]
    votes = defaultdict(lambda: defaultdict(float))
    for code, weight in weights.items():
        for p in plan(code).patterns:
            if few or p.name in (*MAIN_NAMES, "howler"):
                votes[p.frequencies_hz, p.cadence_s][p.name] += weight
    tones = [
        (max(names, key=lambda n: names[n]), hertz, cadence, sum(names.values()))
        for (hertz, cadence), names in votes.items()
    ]
    tones.sort(key=lambda tone: -tone[-1])
    return tuple(TonePattern(name, hertz, cadence) for name, hertz, cadence, _ in tones)
