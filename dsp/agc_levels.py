"""How loud each talker is, and the gain that makes all equally loud.

Talk falls into spurts, stretches without a pause of 0.1 s.  The level at an instant is
that of those sounds within 2.5 s that are about as loud as it and belong to spurts
about as loud as its own: so neither does a loud neighbour turn a quiet talker down,
nor is a soft word taken for a quiet talker.  What has too little of its own kind near
by, such as a breath, is not turned up further than the talk around it; nor is a short
pause.
"""

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from dsp.running import around, extreme, filled, last_where, next_where

__all__ = ["AHEAD", "BACK", "gains_db"]

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]

#: Active speech level of the copy, dBov: -19 dBm0 of ITU-T G.169 and G.115.
TARGET_DBOV = -25.2
#: Most gain and most attenuation.  ITU-T G.169 limits a network's gain to 15 dB; a
#: tap's far talker needs more, and the copy does not go back into a network.
MOST_DB = 20.0
#: Gain where nothing tells how loud the talk is: noise must not rise by more than 6 dB.
CAREFUL_DB = 5.0
#: Sound this far above the noise floor, and above this level in dBov, is talk.
TALK_DB = 7.0
QUIETEST_DBOV = -58.0

# Figures below count frames of 20 ms.
#: Where the noise floor is looked for: 5 s back, 0.5 s ahead.
FLOOR_BACK, FLOOR_AHEAD = 250, 25
#: Power is averaged over 100 ms, as by a slow ear.
SMOOTH = 2
#: Gaps of up to 300 ms inside a turn are talk, by the P.56 hangover of 200 ms and more.
GAP = 7
#: What interrupts a spurt is longer than two of these and the average: 120 ms.
SPURT_GAP = 1
#: A spurt's level is taken over 0.8 s either way.
SPURT_REACH = 40
#: Spurts this far apart in level are different talkers, dB; short ones vary more, as
#: words do: so much more, falling to a third with every 18 frames of length.
SPURT_DB, SHORT_DB, SHORT_FRAMES = 5.0, 18.0, 18.0
#: Sounds within 2.5 s either way share a level, looked at every fifth frame.
REACH, STRIDE = 125, 5
#: ITU-T P.56 clause 5: what lies further below the level does not count towards it.
MARGIN_DB = 15.9
#: Sounds this far apart in level are different talkers, dB.
APART_DB = 11.0
#: A level needs this much sound of its own, 0.5 s, or it keeps to what is within 1.5 s.
SUPPORT = 25.0
NEIGHBOUR = 75
#: Gains within half a second and 5 dB of each other are one talker's, and are averaged:
#: words and syllables keep their stress.
STEADY, STEADY_DB = 25, 5.0
#: Digital silence says nothing about the floor.
SILENCE = 1e-9
#: Frames before and after that have a say in one frame's gain.
_EITHER_WAY = (
    NEIGHBOUR + STEADY + REACH + SPURT_REACH + 2 * (GAP + SPURT_GAP) + SMOOTH + 1
)
BACK = _EITHER_WAY + FLOOR_BACK
AHEAD = _EITHER_WAY + FLOOR_AHEAD


@dataclass(frozen=True, slots=True)
class _Sound:
    """Per frame: smooth power, its envelope in dB, and where there is talk.

    `talk` reaches as far as the average does, `now` only as far as the sound; `turn`
    includes short gaps.
    """

    smooth: Floats
    envelope: Floats
    talk: Mask
    now: Mask
    turn: Mask


def _heard(power: Floats) -> _Sound:
    """Tell talk from noise."""
    edges = np.pad(power, SMOOTH, mode="edge")
    smooth = sliding_window_view(edges, 2 * SMOOTH + 1).mean(axis=1)
    sounding = np.where(smooth > SILENCE, smooth, np.float32(np.inf))
    floor = extreme(sounding, FLOOR_BACK, FLOOR_AHEAD, largest=False)
    threshold = np.float32(10 ** (TALK_DB / 10)) * floor
    talk = (smooth > threshold) & (smooth > 10 ** (QUIETEST_DBOV / 10))
    now = talk & (extreme(power, 1, 1, largest=True) > threshold)
    # Averaging reaches over the ends of a turn; without that, noise would be lifted.
    closed = filled(talk.astype(np.float32), GAP)
    turn = extreme(closed, SMOOTH, SMOOTH, largest=False) > 0.5
    envelope = filled(10 * np.log10(smooth + np.float32(1e-10)), GAP)
    return _Sound(smooth, envelope, talk, now, turn)


def gains_db(power: Floats) -> tuple[Floats, Mask, Mask]:
    """Return the gain that levels talk, per frame of 20 ms.

    Parameters
    ----------
    power : ndarray of float32, shape (n,)
        Mean square of each frame, full scale 1.0.

    Returns
    -------
    gain : ndarray of float32, shape (n,)
        Gain in dB; meaningful where there is talk.
    talk : ndarray of bool, shape (n,)
        Whether somebody is heard, short gaps included.
    turn : ndarray of bool, shape (n,)
        The same, but for the ends of a turn, where it fades.

    References
    ----------
    ITU-T G.169, automatic level control; ITU-T P.56, active speech level.

    Examples
    --------
    >>> import numpy as np
    >>> power = np.full(300, 1e-6, np.float32)
    >>> power[100:200] = 10 ** (-40.2 / 10)
    >>> gain, talk, _ = gains_db(power)
    >>> round(float(gain[150])), bool(talk[150]), bool(talk[50])
    (15, True, False)
    """
    sound = _heard(np.asarray(power, np.float32))
    level, support = _level(sound)
    gain = np.clip(TARGET_DBOV - level, -MOST_DB, MOST_DB).astype(np.float32)
    gain = _steady(gain, sound.talk)
    strong = sound.talk & (support >= SUPPORT)
    lower = _lower(gain, strong, NEIGHBOUR)
    lower = np.where(np.isfinite(lower), lower, np.minimum(gain, CAREFUL_DB))
    gain = np.where(sound.talk & ~strong, lower, gain).astype(np.float32)
    # A short gap takes the lower gain of the talk before and after it.
    gap = sound.turn & ~sound.now
    gain = np.where(gap, _lower(gain, sound.now, len(gain)), gain).astype(np.float32)
    return gain, sound.now | gap, sound.turn


def _lower(gain: Floats, where: Mask, reach: int) -> Floats:
    """Return the lower gain of the last and next frame of a kind; infinite if none."""
    index = np.arange(len(gain))
    before, after = last_where(where), next_where(where)
    known = np.append(gain, np.float32(np.inf))
    here = np.where((before >= 0) & (index - before <= reach), before, len(gain))
    there = np.where(after - index <= reach, after, len(gain))
    return np.minimum(known[here], known[there])


def _spurts(sound: _Sound) -> tuple[Floats, Floats]:
    """Return the level in dBov of each frame's spurt near it, and its length there."""
    joined = filled(sound.talk.astype(np.float32), SPURT_GAP) > 0.5
    index = np.arange(len(joined))
    apart = ~joined
    first = np.maximum(last_where(apart) + 1, index - SPURT_REACH)
    last = np.minimum(next_where(apart), index + SPURT_REACH + 1)
    first, last = np.minimum(first, index), np.maximum(last, index + 1)
    power = np.append(0.0, np.cumsum(sound.smooth * sound.talk, dtype=np.float64))
    count = np.append(0, np.cumsum(sound.talk))
    frames = np.maximum(count[last] - count[first], 1)
    level = 10 * np.log10((power[last] - power[first]) / frames + 1e-10)
    return level.astype(np.float32), frames.astype(np.float32)


def _level(sound: _Sound) -> tuple[Floats, Floats]:
    """Return the level around each frame of the talk alike, dBov, and its length."""
    spurt, frames = _spurts(sound)
    far = np.float32(SPURT_DB) + np.float32(SHORT_DB) * np.exp(-frames / SHORT_FRAMES)
    apart = (_near(spurt) - spurt[:, np.newaxis]) / far[:, np.newaxis]
    alike = np.maximum(1 - apart * apart, 0)
    apart = _near(sound.envelope) - sound.envelope[:, np.newaxis]
    alike *= np.maximum(1 - apart * apart * np.float32(1 / APART_DB**2), 0)
    active = sound.talk & (10 * np.log10(sound.smooth + 1e-10) > spurt - MARGIN_DB)
    alike *= _near(active.astype(np.float32))
    total = alike.sum(axis=1)
    mean = (alike * _near(sound.smooth)).sum(axis=1) / (total + np.float32(1e-10))
    return 10 * np.log10(mean + np.float32(1e-10)), total * STRIDE


def _near(x: Floats) -> Floats:
    """Return every fifth value of the neighbourhood of each."""
    return around(x, REACH)[:, ::STRIDE]


def _steady(gain: Floats, talk: Mask) -> Floats:
    """Average the gain over one talker's words."""
    near = around(gain, STEADY)
    apart = (near - gain[:, np.newaxis]) * np.float32(1 / STEADY_DB)
    weight = np.maximum(1 - apart * apart, 0)
    weight *= around(talk.astype(np.float32), STEADY)
    total = weight.sum(axis=1)
    mean = (weight * near).sum(axis=1) / (total + np.float32(1e-6))
    return np.where(total > 0, mean, gain).astype(np.float32)
