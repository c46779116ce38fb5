"""How loud each talker is, and the gain that makes all equally loud.

The level at an instant is that of those sounds within 1.5 s that are about as loud as
it, so a loud neighbour does not turn a quiet talker down.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

__all__ = ["AHEAD", "BACK", "gains_db"]

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]

#: Active speech level of the copy, dBov: -19 dBm0 of ITU-T G.169 and G.115.
TARGET_DBOV = -25.2
#: Most gain and most attenuation.  ITU-T G.169 limits a network's gain to 15 dB; a
#: tap's far talker needs more, and the copy does not go back into a network.
MOST_DB = 20.0
#: Sound this far above the noise floor, and above this level in dBov, is talk.
TALK_DB = 9.0
QUIETEST_DBOV = -58.0

# Figures below count frames of 20 ms.
#: Where the noise floor is looked for: 5 s back, 0.5 s ahead.
FLOOR_BACK, FLOOR_AHEAD = 250, 25
#: Power is averaged over 100 ms, as by a slow ear.
SMOOTH = 2
#: Gaps of up to 300 ms inside a turn are talk, by the P.56 hangover of 200 ms and more.
GAP = 7
#: Sounds within 1.5 s either way share a level, looked at every third frame.
REACH, STRIDE = 75, 3
#: Sounds this far apart in level are different talkers, dB.
APART_DB = 11.0
#: A level needs this much sound of its own, or it is taken from all talk near by; the
#: end of a word is not a quiet talker.  In frames: 0.8 s.
SUPPORT = 40.0
#: Gains within half a second and 8 dB of each other are one talker's, and are averaged:
#: words and syllables keep their stress.
STEADY, STEADY_DB = 25, 8.0
#: Digital silence says nothing about the floor.
SILENCE = 1e-9
#: Frames before and after that have a say in one frame's gain.
BACK = STEADY + REACH + 2 * GAP + FLOOR_BACK + SMOOTH
AHEAD = STEADY + REACH + 2 * GAP + FLOOR_AHEAD + SMOOTH


def _windows(x: Floats, reach: int) -> Floats:
    """Return the neighbourhood of every value, shape (n, 2 * reach + 1)."""
    return sliding_window_view(np.pad(x, reach), 2 * reach + 1)


def _extreme(x: Floats, back: int, ahead: int, *, largest: bool) -> Floats:
    """Return the running maximum or minimum, by doubling."""
    pick = np.maximum if largest else np.minimum
    fill = np.float32(-np.inf if largest else np.inf)
    y = np.pad(x, (back, ahead), constant_values=fill)
    want, have = back + 1 + ahead, 1
    while have < want:
        step = min(have, want - have)
        y = pick(y[:-step], y[step:])
        have += step
    return np.asarray(y, np.float32)


def _closed(x: Floats) -> Floats:
    """Fill dips shorter than two gaps, leave edges where they are."""
    high = _extreme(x, GAP, GAP, largest=True)
    return _extreme(high, GAP, GAP, largest=False)


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
        Whether somebody is heard.
    turn : ndarray of bool, shape (n,)
        Whether that, or a short gap between words.

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
    edges = np.pad(power, SMOOTH, mode="edge")
    smooth = sliding_window_view(edges, 2 * SMOOTH + 1).mean(axis=1)
    sounding = np.where(smooth > SILENCE, smooth, np.float32(np.inf))
    floor = _extreme(sounding, FLOOR_BACK, FLOOR_AHEAD, largest=False)
    above = smooth > np.float32(10 ** (TALK_DB / 10)) * floor
    talk = above & (smooth > 10 ** (QUIETEST_DBOV / 10))
    # Averaging reaches over the ends of a turn; without that, noise would be lifted.
    closed = _closed(talk.astype(np.float32))
    turn = _extreme(closed, SMOOTH, SMOOTH, largest=False) > 0.5
    envelope = _closed(10 * np.log10(smooth + np.float32(1e-10)))
    gain = TARGET_DBOV - _level(smooth, envelope, talk, turn)
    gain = np.clip(gain, -MOST_DB, MOST_DB).astype(np.float32)
    return _steady(gain, talk), talk, turn


def _steady(gain: Floats, talk: Mask) -> Floats:
    """Average the gain over one talker's words."""
    near = _windows(gain, STEADY)
    apart = (near - gain[:, np.newaxis]) * np.float32(1 / STEADY_DB)
    weight = np.maximum(1 - apart * apart, 0)
    weight *= _windows(talk.astype(np.float32), STEADY)
    total = weight.sum(axis=1)
    mean = (weight * near).sum(axis=1) / (total + np.float32(1e-6))
    return np.where(total > 0, mean, gain).astype(np.float32)


def _level(smooth: Floats, envelope: Floats, talk: Mask, turn: Mask) -> Floats:
    """Return the level of the talk around each frame that is about as loud, dBov."""
    power = _windows(smooth * turn, REACH)[:, ::STRIDE]
    counts = _windows(turn.astype(np.float32), REACH)[:, ::STRIDE]
    apart = _windows(envelope, REACH)[:, ::STRIDE] - envelope[:, np.newaxis]
    alike = np.maximum(1 - apart * apart * np.float32(1 / APART_DB**2), 0)
    tiny = np.float32(1e-10)
    own = (alike * power).sum(axis=1) / ((alike * counts).sum(axis=1) + tiny)
    every = power.sum(axis=1) / (counts.sum(axis=1) + tiny)
    own, every = 10 * np.log10(own + tiny), 10 * np.log10(every + tiny)
    heard = _windows(talk.astype(np.float32), REACH)[:, ::STRIDE]
    support = (alike * heard).sum(axis=1)
    trust = np.minimum(support * np.float32(STRIDE / SUPPORT), 1)
    return np.asarray(every + trust * (own - every), np.float32)
