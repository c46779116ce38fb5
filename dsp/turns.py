"""Who spoke when, from one pair of wires: turns of the near and of the far talker.

Both sides of a call reach the same two wires, the near one usually 6 to 20 dB louder.
The recording is split between two talkers by level and by the colour of their sound
(`dsp.turn_model`).  Which of them is near follows from what is known besides: near is
the louder as a rule, digits dialled here are about as loud as the near talker, ringback
is about as loud as the far one, the near voice comes back as echo from the far end, who
lifts a ringing handset speaks first, and who is called answers first.  Each of these
is a likelihood, none decides alone (`dsp.turn_clues`).

A turn is *sure* when the product of all doubts leaves 90 %.  Talkers less than about
5 dB apart are not, since one person's sentences differ by as much.

Limits: where both speak at once the louder is heard; only quick changes of talker
without a pause show as both.  A third person on a side is that side.  A call in which
one person speaks is not sure.
"""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from dsp import turn_echo
from dsp.stream import to_float
from dsp.turn_clues import Clues, by_echo, near_is_loud
from dsp.turn_model import Talkers, told_apart
from dsp.turn_sound import STEP_S, Bands, Heard

__all__ = ["Clues", "Turn", "TurnFinder", "Turns", "turns"]

Audio = NDArray[np.int16] | NDArray[np.float32]
Samples = NDArray[np.int16]
Mask = NDArray[np.bool_]
Doubles = NDArray[np.float64]
Who = Literal["near", "far", "both"]

#: A turn is sure from here on.
SURE = 0.9
#: One talker's sentences lie up to 4.2 dB apart (measured on 15 voices): there, two
#: talkers are as likely as one; above, it becomes certain.
ONE_TALKER_DB, ONE_TALKER_SLOPE_DB = 4.5, 0.4
#: So much of a call is kept to look for its echo, s.
ECHO_S = 60
#: Turns shorter than this between two of the other talker, without a pause, steps.
QUICK = 5
#: Samples taken at once from a whole recording.
BATCH = 80000


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
        self._begun: list[Samples] = []
        self._room = round(ECHO_S * fs)

    def feed(self, x: Audio) -> None:
        """Take samples.

        Parameters
        ----------
        x : ndarray of int16 or float32, shape (n,)
            Mono samples.
        """
        self._bands.feed(x)
        if self._room > 0:
            kept = x[: self._room]
            self._begun.append(_int16(kept))
            self._room -= len(kept)

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
        odds = near_is_loud(found, heard, clues, step) + self._by_echo(found, step)
        likely = 1 / (1 + math.exp(-odds))
        near = found.loud if likely > 0.5 else 1 - found.loud
        believed = max(likely, 1 - likely)
        believed *= _two_talkers(found.apart_db)
        return _told(near, believed, found, likely > 0.5, step)

    def _by_echo(self, found: Talkers, step: int) -> float:
        """Return what echo says of the louder talker being the near one, nepers."""
        if not self._begun:
            return 0.0
        x = np.concatenate(self._begun)
        echoes = []
        for share in (found.loud, 1 - found.loud):
            parts = [
                to_float(x[run.start : run.end])
                for run in _runs(share, 1.0, step)
                if run.who == "near" and run.sure and run.start < len(x)
            ]
            echoes.append(turn_echo.find(parts, self.fs))
        return by_echo(*echoes)


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


def _int16(x: Audio) -> Samples:
    if x.dtype == np.int16:
        return np.array(x, np.int16)
    scaled = np.clip(np.rint(x * np.float32(32768)), -32768, 32767)
    return np.asarray(scaled, np.int16)


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
