"""Which of two talkers is the near one: what a call's facts say, as log odds.

Each clue adds to the odds what it is worth, in nepers, and none is worth so much that
it could not be outweighed; see `dsp.turns` for the clues.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log10
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from dsp.turn_echo import Echo
from dsp.turn_model import Talkers
from dsp.turn_sound import Heard

__all__ = ["Clues", "by_echo", "near_is_loud"]

Doubles = NDArray[np.float64]
#: Stretches of the recording, samples.
Spans = Sequence[tuple[int, int]]

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
#: A voice that comes back from the far end is near, nepers; the other's must be told
#: from it by this factor.
ECHO, ECHO_APART = 3.0, 2.0


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

    Examples
    --------
    >>> Clues(first="near").digits
    ()
    """

    first: Literal["near", "far"] | None = None
    talk_from: int = 0
    digits: Spans = ()
    ringback: Spans = ()
    other: Spans = ()
    usual_db: float | None = None


def near_is_loud(found: Talkers, heard: Heard, clues: Clues, step: int) -> float:
    """Return how likely the louder talker is the near one, as log odds.

    Examples
    --------
    >>> from dsp.turn_sound import Bands
    >>> found = Talkers(np.full(9, np.nan), -30.0, -20.0)
    >>> near_is_loud(found, Bands(8000).heard(), Clues(), 480)
    3.0
    """
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
    return odds


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
    return 10 * log10(sum(power) / len(power)) if power else None


def by_echo(loud: Echo | None, soft: Echo | None) -> float:
    """Return what the echoes of both say of the louder being near, as log odds.

    Examples
    --------
    >>> by_echo(Echo(0.03, 20.0, 60.0), None)
    3.0
    """
    over = [0.0 if echo is None else echo.over for echo in (loud, soft)]
    if over[0] > ECHO_APART * over[1]:
        return ECHO
    return -ECHO if over[1] > ECHO_APART * over[0] else 0.0
