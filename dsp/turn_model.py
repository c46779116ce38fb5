"""Two talkers of one recording, told apart by level and by the colour of the sound.

Two levels are fitted to the sounding steps, then the colour of what is loud and what is
soft is learned from the recording itself, and each step is judged by both and by its
neighbours: a talker goes on where no pause is, and often changes where there is one.
What comes out is how likely each step is the louder talker's.

Limits: two talkers are looked for, always; how far apart their levels are says whether
to believe in them.  A third person, or music, is one of the two.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dsp.running import extreme, last_where, next_where
from dsp.turn_sound import Heard

__all__ = ["Talkers", "told_apart"]

Bytes = NDArray[np.int8]
Doubles = NDArray[np.float64]
Mask = NDArray[np.bool_]

#: A talker's level at an instant is that of his loudest syllable within 180 ms.
REACH = 3
#: Steps of talk needed to tell anything: 1.8 s, and 0.5 s of each talker.
FEWEST, FEWEST_EACH = 30, 8
#: Spread of one talker's syllables, dB (measured on 15 voices: 2.8..4.3).
SPREAD_DB = (2.5, 4.5)
#: Steps of 60 ms are not independent, syllables of 250 ms are: weight of one step.
WEIGHT = 0.25
#: Weight of colour, and how far a step's colour and level may go in nepers.
COLOUR_WEIGHT, COLOUR_MOST, LEVEL_MOST = 0.15, 6.0, 8.0
#: Variance added to each band's, dB squared, so that little talk does not mislead.
RIDGE = 4.0
#: Another talker goes on: from one step to the next, more with each silent step.
CHANGE, CHANGE_A_STEP, CHANGE_MOST = 0.01, 0.05, 0.35
ROUNDS = 5
#: Pauses up to so many steps, 0.54 s, are the talk's around them.
PAUSE = 9
#: Steps worked on at once.
PIECE = 4096
#: No evidence is stronger, nepers.
CERTAIN = 30.0


@dataclass(frozen=True, slots=True)
class Talkers:
    """What was found.

    Parameters
    ----------
    loud : ndarray of float64, shape (n,)
        How likely each step is the louder talker's; nan where nobody talks.
    soft_dbov, loud_dbov : float
        Level of the syllables of each.
    """

    loud: Doubles
    soft_dbov: float
    loud_dbov: float

    @property
    def apart_db(self) -> float:
        """How far apart they are, dB."""
        return self.loud_dbov - self.soft_dbov


def told_apart(heard: Heard, talk: Mask) -> Talkers | None:
    """Tell two talkers apart.

    Parameters
    ----------
    heard : Heard
        A recording.
    talk : ndarray of bool, shape (n,)
        Where there may be talk at all.

    Returns
    -------
    Talkers or None
        None where there is too little talk.

    References
    ----------
    .. [1] L. R. Rabiner, A tutorial on hidden Markov models, Proc. IEEE 77, 1989.

    Examples
    --------
    >>> from dsp.turn_sound import Bands
    >>> bands = Bands(8000)
    >>> told_apart(bands.heard(), np.zeros(0, bool)) is None
    True
    """
    at = np.flatnonzero(heard.sounding & talk)
    if len(at) < FEWEST:
        return None
    power = np.where(talk, heard.power, np.float32(0))
    peak = extreme(power, REACH, REACH, largest=True)
    level = (10 * np.log10(peak + 1e-12))[at].astype(np.float64)
    colour = _Colour(heard.colour, at)
    soft, loud, spread = _two_levels(level)
    change = _change(at)
    by_colour = np.zeros(len(at))
    share = np.zeros(len(at))
    for _ in range(ROUNDS):
        ratio = ((level - soft) ** 2 - (level - loud) ** 2) / (2 * spread**2)
        ratio = np.clip(ratio, -LEVEL_MOST, LEVEL_MOST) * WEIGHT
        share = _smoothed(ratio + by_colour, change)
        if min(share.sum(), (1 - share).sum()) < FEWEST_EACH:
            return None
        soft, loud, spread = _levels(level, share)
        by_colour = colour.ratio(share)
    likely = np.full(len(heard.power), np.nan)
    likely[at] = share
    if loud < soft:
        likely, soft, loud = 1 - likely, loud, soft
    return Talkers(_without_pauses(likely), soft, loud)


def _two_levels(level: Doubles) -> tuple[float, float, float]:
    """Fit two levels with one spread, by expectation and maximisation."""
    soft, loud = (float(v) for v in np.percentile(level, (20, 80)))
    spread, part = 3.5, 0.5
    for _ in range(30):
        ratio = ((level - soft) ** 2 - (level - loud) ** 2) / (2 * spread**2)
        ratio += math.log(part / (1 - part))
        share = _likely(ratio)
        part = min(max(float(share.mean()), 0.1), 0.9)
        soft, loud, spread = _levels(level, share)
    return soft, loud, spread


def _levels(level: Doubles, share: Doubles) -> tuple[float, float, float]:
    """Return both means and the spread about them."""
    rest = 1 - share
    loud = float((share * level).sum() / max(share.sum(), 1e-9))
    soft = float((rest * level).sum() / max(rest.sum(), 1e-9))
    variance = (share * (level - loud) ** 2 + rest * (level - soft) ** 2).mean()
    return soft, loud, min(max(math.sqrt(variance), SPREAD_DB[0]), SPREAD_DB[1])


class _Colour:
    """What colour says about each step, by Fisher's linear discriminant.

    Worked on in pieces, so that an hour needs no more memory than a minute.
    """

    def __init__(self, colour: Bytes, at: NDArray[np.intp]) -> None:
        self._colour, self._at = colour, at
        self._square = sum(
            (part.T @ part for _, part in self._parts()),
            start=np.zeros((colour.shape[1], colour.shape[1])),
        )

    def _parts(self) -> Iterator[tuple[slice, Doubles]]:
        for first in range(0, len(self._at), PIECE):
            part = slice(first, first + PIECE)
            yield part, self._colour[self._at[part]].astype(np.float64) / 2

    def _mean(self, share: Doubles) -> Doubles:
        sums = sum(share[part] @ colour for part, colour in self._parts())
        return np.asarray(sums / share.sum())

    def ratio(self, share: Doubles) -> Doubles:
        """Return the weighted evidence for the louder talker."""
        rest = 1 - share
        loud, soft = self._mean(share), self._mean(rest)
        scatter = self._square - share.sum() * np.outer(loud, loud)
        scatter = scatter - rest.sum() * np.outer(soft, soft)
        scatter = scatter / len(share) + RIDGE * np.eye(len(loud))
        weights = np.linalg.solve(scatter, loud - soft)
        middle = (loud + soft) / 2 @ weights
        told = np.concatenate([part @ weights for _, part in self._parts()]) - middle
        return np.asarray(np.clip(told, -COLOUR_MOST, COLOUR_MOST) * COLOUR_WEIGHT)


def _change(at: NDArray[np.intp]) -> Doubles:
    """Return how likely the talker changes before each sounding step."""
    silent = np.diff(at, prepend=at[:1] - 1) - 1
    return np.minimum(CHANGE + CHANGE_A_STEP * silent, CHANGE_MOST)


def _likely(ratio: Doubles) -> Doubles:
    return np.asarray(1 / (1 + np.exp(-np.clip(ratio, -CERTAIN, CERTAIN))))


def _smoothed(ratio: Doubles, change: Doubles) -> Doubles:
    """Return each step's likelihood given all others, forwards and backwards."""
    before = _passed_on(ratio, change)
    after = _passed_on(ratio[::-1], np.append(0.5, change[1:][::-1]))[::-1]
    return _likely(before + after + ratio)


def _passed_on(ratio: Doubles, change: Doubles) -> Doubles:
    """Return what the steps before each say about it, as log odds."""
    told: list[float] = []
    odds = 0.0
    for evidence, chance in zip(ratio.tolist(), change.tolist(), strict=True):
        if told:
            likely = 1 / (1 + math.exp(-max(min(odds, CERTAIN), -CERTAIN)))
            likely += chance * (1 - 2 * likely)
            odds = math.log(likely / (1 - likely))
        told.append(odds)
        odds += evidence
    return np.array(told)


def _without_pauses(likely: Doubles) -> Doubles:
    """Let short pauses belong to the talk around them, the doubt included."""
    known = ~np.isnan(likely)
    before, after = last_where(known), next_where(known)
    pause = ~known & (before >= 0) & (after < len(likely))
    pause &= after - before <= PAUSE
    at = np.flatnonzero(pause)
    left, right = likely[before[at]], likely[after[at]]
    doubtful = np.where(np.abs(left - 0.5) < np.abs(right - 0.5), left, right)
    nearer = np.where(at - before[at] <= after[at] - at, left, right)
    filled = likely.copy()
    filled[at] = np.where((left > 0.5) == (right > 0.5), doubtful, nearer)
    return filled
