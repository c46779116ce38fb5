"""Who spoke when, from one pair of wires: turns of the near and of the far talker.

Both sides of a call reach the same two wires, the near one usually 6 to 20 dB louder.
The recording is split between two talkers by level and by the colour of their sound
(`dsp.turn_model`).  Which of them is near follows from what is known besides: near is
the louder as a rule, digits dialled here are about as loud as the near talker, ringback
is about as loud as the far one, who lifts a ringing handset speaks first, and who is
called answers first.  Each of these is a likelihood, none decides alone.

A turn is *sure* when the product of all doubts leaves 90 %.  Talkers less than about
5 dB apart are not, since one person's sentences differ by as much.

Limits: where both speak at once the louder is heard; only quick changes of talker
without a pause show as both.  A third person on a side is that side.  A call in which
one person speaks is not sure.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from dsp.turn_model import Talkers, told_apart
from dsp.turn_sound import STEP_S, Bands, Heard

__all__ = ["Clues", "Turn", "TurnFinder", "Turns", "turns"]

Audio = NDArray[np.int16] | NDArray[np.float32]
Mask = NDArray[np.bool_]
Doubles = NDArray[np.float64]
Who = Literal["near", "far", "both"]
#: Stretches of the recording, samples.
Spans = Sequence[tuple[int, int]]

#: A turn is sure from here on.
SURE = 0.9
#: One talker's sentences lie up to 4.2 dB apart (measured on 15 voices): there, two
#: talkers are as likely as one; above, it becomes certain.
ONE_TALKER_DB, ONE_TALKER_SLOPE_DB = 4.5, 0.4
#: The louder talker is the near one, on a tap at the telephone in 19 of 20 calls:
#: nepers per dB from here on, and at most.
LOUDER_FROM_DB, LOUDER_A_DB, LOUDER_MOST = 2.0, 0.5, 3.0
#: What a line's own past says of it, nepers per dB of difference, and at most.
USUAL_A_DB, USUAL_MOST = 0.3, 3.6
#: Who lifts a ringing handset, or is called, speaks first in 4 of 5 calls.
FIRST = 1.4
#: A first word is so long, steps.
FIRST_STEPS = 5
#: Near speech lies about so far below the near telephone's digits, far speech below
#: ringback, and by how much that varies, dB; and the most that either says, nepers.
UNDER_DIGITS_DB, DIGITS_SPREAD_DB = 5.0, 6.0
UNDER_RINGBACK_DB, RINGBACK_SPREAD_DB = 4.0, 7.0
ANCHOR_MOST = 2.0
#: Turns shorter than this between two of the other talker, without a pause, steps.
QUICK = 5
#: Samples taken at once from a whole recording.
BATCH = 80000


@dataclass(frozen=True, slots=True)
class Clues:
    """What is known of a call besides its sound.  Times are samples.

    Parameters
    ----------
    first : {"near", "far"} or None
        Who is expected to speak first after `talk_from`.
    talk_from : int
        Where the talk begins: nothing before it is talk.
    digits, ringback : sequence of (int, int)
        Where the near telephone dialled, and where ringback was heard.
    other : sequence of (int, int)
        Where else there is no talk: tones, messages, beeps.
    usual_db : float or None
        How much louder near usually is on this line.
    """

    first: Literal["near", "far"] | None = None
    talk_from: int = 0
    digits: Spans = ()
    ringback: Spans = ()
    other: Spans = ()
    usual_db: float | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn: samples `start` to `end`, whose it is, and whether that is sure."""

    start: int
    end: int
    who: Who
    sure: bool


@dataclass(frozen=True, slots=True)
class Turns:
    """All turns of a recording.

    Parameters
    ----------
    turns : tuple of Turn
        In order; they do not overlap.
    near_share : float or None
        Part of the talk that is the near talker's, 0..1; None where less than half of
        the talk is sure.
    apart_db : float
        Near over far, dB; 0 where two talkers could not be told.
    """

    turns: tuple[Turn, ...] = ()
    near_share: float | None = None
    apart_db: float = 0.0


class TurnFinder:
    """Take a recording piece by piece, then tell who spoke.

    Parameters
    ----------
    fs : float
        Sampling rate, Hz; at least 8000.

    Examples
    --------
    >>> finder = TurnFinder(8000)
    >>> finder.feed(np.zeros(16000, np.int16))
    >>> finder.finish(Clues()).turns
    ()
    """

    def __init__(self, fs: float) -> None:
        self.fs = fs
        self._bands = Bands(fs)

    def feed(self, x: Audio) -> None:
        """Take samples.

        Parameters
        ----------
        x : ndarray of int16 or float32, shape (n,)
            Mono samples.
        """
        self._bands.feed(x)

    def finish(self, clues: Clues) -> Turns:
        """Return who spoke when.

        Parameters
        ----------
        clues : Clues
            What is known besides.

        Returns
        -------
        Turns
        """
        step = round(STEP_S * self.fs)
        heard = self._bands.heard()
        talk = _may_be_talk(len(heard.power), clues, step)
        found = told_apart(heard, talk)
        if found is None:
            return _one_talker(heard, talk, step)
        near_is_loud = _near_is_loud(found, heard, clues, step)
        near = found.loud if near_is_loud > 0.5 else 1 - found.loud
        believed = max(near_is_loud, 1 - near_is_loud)
        believed *= _two_talkers(found.apart_db)
        return _told(near, believed, found, near_is_loud > 0.5, step)


def turns(x: Audio, fs: float, clues: Clues | None = None) -> Turns:
    """Tell who spoke when in a whole recording.

    Parameters
    ----------
    x : ndarray of int16 or float32, shape (n,)
        Mono samples.
    fs : float
        Their rate, Hz.
    clues : Clues, optional
        What is known besides.

    Returns
    -------
    Turns

    Examples
    --------
    >>> turns(np.zeros(16000, np.int16), 8000)
    Turns(turns=(), near_share=None, apart_db=0.0)
    """
    finder = TurnFinder(fs)
    for at in range(0, len(x), BATCH):
        finder.feed(x[at : at + BATCH])
    return finder.finish(clues or Clues())


def _may_be_talk(count: int, clues: Clues, step: int) -> Mask:
    """Return the steps that no tone, digit or dialling explains."""
    talk = np.ones(count, bool)
    talk[: -(-clues.talk_from // step)] = False
    for start, end in (*clues.digits, *clues.ringback, *clues.other):
        talk[max(start // step, 0) : -(-end // step)] = False
    return talk


def _two_talkers(apart_db: float) -> float:
    """Return how likely two levels so far apart are two people."""
    return 1 / (1 + math.exp(-(apart_db - ONE_TALKER_DB) / ONE_TALKER_SLOPE_DB))


def _near_is_loud(found: Talkers, heard: Heard, clues: Clues, step: int) -> float:
    """Return how likely the louder talker is the near one."""
    apart = found.apart_db
    odds = min(max(apart - LOUDER_FROM_DB, 0) * LOUDER_A_DB, LOUDER_MOST)
    if clues.usual_db is not None:
        odds = min(max(clues.usual_db * USUAL_A_DB, -USUAL_MOST), USUAL_MOST)
    odds += FIRST * _first_is_loud(found.loud) * _SIGN[clues.first]
    for spans, under, spread, sign in (
        (clues.digits, UNDER_DIGITS_DB, DIGITS_SPREAD_DB, 1.0),
        (clues.ringback, UNDER_RINGBACK_DB, RINGBACK_SPREAD_DB, -1.0),
    ):
        level = _level_of(heard, spans, step)
        if level is not None:
            off = [(one - level + under) ** 2 for one in
                   (found.soft_dbov, found.loud_dbov)]  # fmt: skip
            said = (off[0] - off[1]) / (2 * spread**2)
            odds += sign * min(max(said, -ANCHOR_MOST), ANCHOR_MOST)
    return 1 / (1 + math.exp(-odds))


_SIGN = {"near": 1.0, "far": -1.0, None: 0.0}


def _first_is_loud(loud: Doubles) -> float:
    """Return whose the first word is: 1 the louder's, -1 the softer's, 0 unknown."""
    known = np.flatnonzero(~np.isnan(loud))[: 3 * FIRST_STEPS]
    first = loud[known[:FIRST_STEPS]]
    if len(first) < FIRST_STEPS:
        return 0.0
    return float(2 * first.mean() - 1)


def _level_of(heard: Heard, spans: Spans, step: int) -> float | None:
    """Return the mean level of some tones, dBov; None if none is in the recording."""
    loudest = [
        float(heard.power[max(start // step, 0) : -(-end // step)].max())
        for start, end in spans
        if end > 0 and start // step < len(heard.power)
    ]
    power = [value for value in loudest if value > 0]
    return 10 * math.log10(sum(power) / len(power)) if power else None


def _one_talker(heard: Heard, talk: Mask, step: int) -> Turns:
    """Return talk that is too little to be split, nobody's for sure."""
    doubt = np.where(heard.sounding & talk, 0.5, np.nan)
    return Turns(_runs(doubt, 0.0, step))


def _told(
    near: Doubles, believed: float, found: Talkers, loud_is_near: bool, step: int
) -> Turns:
    told = _runs(near, believed, step)
    told = _both(told, step)
    length = {"near": 0, "far": 0, "both": 0}
    sure = 0
    for turn in told:
        length[turn.who] += turn.end - turn.start
        sure += (turn.end - turn.start) * turn.sure
    total = sum(length.values())
    share = (length["near"] + length["both"] / 2) / total if total else 0.0
    known = total > 0 and sure >= total / 2
    apart = found.apart_db if loud_is_near else -found.apart_db
    return Turns(told, round(share, 3) if known else None, round(apart, 1))


def _runs(near: Doubles, believed: float, step: int) -> tuple[Turn, ...]:
    """Join steps of one talker; a run is sure as a whole."""
    side = np.where(np.isnan(near), -1, (near > 0.5).astype(int))
    edges = np.flatnonzero(np.diff(side, prepend=-2, append=-2))
    found = []
    for first, last in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        if side[first] < 0:
            continue
        part = near[first:last]
        likely = float(np.maximum(part, 1 - part).mean()) * believed
        who: Who = "near" if side[first] else "far"
        found.append(Turn(first * step, last * step, who, likely >= SURE))
    return tuple(found)


def _both(told: tuple[Turn, ...], step: int) -> tuple[Turn, ...]:
    """Join quick changes without a pause: both speak."""
    found: list[Turn] = []
    for turn in told:
        last = found[-1] if found else None
        quick = turn.end - turn.start <= QUICK * step
        if last is not None and last.end == turn.start and quick:
            before = last.end - last.start <= QUICK * step or last.who == "both"
            if before:
                found[-1] = Turn(last.start, turn.end, "both", sure=False)
                continue
        found.append(turn)
    return tuple(found)
