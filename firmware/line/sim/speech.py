"""The voices that ship with the simulator, and how two of them take turns."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from firmware.errors import SourceError
from firmware.line.block import FS

FOLDER = Path(__file__).with_name("voices")
#: Active speech level of every clip as shipped, dBov.
CLIP_LEVEL_DBOV = -26.0
#: Pause between two speakers, s: shortest and longest.
PAUSE_S = (0.25, 1.1)

Wave = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Turn:
    """One clip in a conversation, `start` samples after its beginning."""

    start: int
    near: bool
    wave: Wave


def names() -> tuple[str, ...]:
    """Return the names of the voices, in order."""
    return tuple(sorted({path.stem.rpartition("-")[0] for path in _files()}))


@cache
def clips(voice: str) -> tuple[Wave, ...]:
    """Return the clips of a voice as float32, full scale 1.0."""
    import soundfile  # only scenarios with speech need it

    paths = sorted(path for path in _files() if path.stem.rpartition("-")[0] == voice)
    if not paths:
        raise SourceError(f"voice: want one of {', '.join(names())}, got {voice!r}")
    return tuple(soundfile.read(path, dtype="float32")[0] for path in paths)


def conversation(
    near: str, far: str, length: int, near_first: bool, rng: np.random.Generator
) -> Iterator[Turn]:
    """Yield turns that fill `length` samples, the sides alternating with pauses."""
    spoken = [0, 0]
    voices = (clips(far), clips(near))
    side = int(near_first)
    at = int(rng.integers(FS // 5, FS // 2))
    while at < length:
        own = voices[side]
        wave = own[spoken[side] % len(own)][: length - at]
        yield Turn(at, bool(side), wave)
        spoken[side] += 1
        at += len(wave) + int(rng.uniform(*PAUSE_S) * FS)
        side = 1 - side


def _files() -> list[Path]:
    return list(FOLDER.glob("*.flac"))
