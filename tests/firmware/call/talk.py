"""Speech without end, made of the simulator's voices at other pitches and levels."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from firmware.line.block import FS
from firmware.line.sim import speech
from firmware.line.speaker import active_power

Samples = NDArray[np.int16]

#: Speed, and with it pitch, of a clip; level, dB; pause after it, s.
SPEED = (0.82, 1.2)
LEVEL_DB = (-6.0, 6.0)
PAUSE_S = (0.0, 0.6)


def turns(seed: int, level_dbov: float = -25.0) -> Iterator[Samples]:
    """Yield one utterance after another, for ever."""
    rng = np.random.default_rng(seed)
    clips = [clip for name in speech.names() for clip in speech.clips(name)]
    gain = 10 ** ((level_dbov - speech.CLIP_LEVEL_DBOV) / 20)
    while True:
        clip = clips[rng.integers(len(clips))]
        at = np.arange(0, len(clip) - 1, rng.uniform(*SPEED))
        x = np.interp(at, np.arange(len(clip)), clip)
        x = x * gain * 10 ** (rng.uniform(*LEVEL_DB) / 20)
        pause = np.zeros(round(rng.uniform(*PAUSE_S) * FS))
        yield pcm(np.concatenate((x, pause)))


def talk(seconds: float, seed: int, level_dbov: float = -25.0) -> Samples:
    """Return so much speech."""
    parts: list[Samples] = []
    missing = round(seconds * FS)
    for turn in turns(seed, level_dbov):
        parts.append(turn[:missing])
        missing -= len(turn)
        if missing <= 0:
            return np.concatenate(parts)
    raise AssertionError("speech has an end")


def pcm(x: NDArray[np.float64]) -> Samples:
    """Return samples of a wave of full scale 1.0."""
    return np.clip(np.rint(x * 32767), -32768, 32767).astype(np.int16)


def level_of(x: Samples) -> float:
    """Return the active level, dBov."""
    return float(10 * np.log10(active_power(x.astype(np.float64) / 32768)))


def mixed(a: Samples, b: Samples, at: int) -> Samples:
    """Return `a` with `b` added from index `at` on."""
    both = a.astype(np.int32)
    both[at : at + len(b)] += b
    return np.clip(both, -32768, 32767).astype(np.int16)
