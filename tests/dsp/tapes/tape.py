"""What a tape is, and what tapes are mixed from."""

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray
from scipy.signal import firwin, lfilter, resample_poly

FS = 8000
#: dBm0 = dBov + 6.15 (G.711: a full-scale sine is +3.14 dBm0 and -3.01 dBov).
DBM0 = 6.15

Wave = NDArray[np.float64]
Samples = NDArray[np.int16]

_VOICES = Path(__file__).parents[3] / "firmware" / "line" / "sim" / "voices"


@dataclass(frozen=True)
class Tape:
    """Audio with the truth about it; `make` renders it anew each time.

    `group` is the check the tape belongs to, `name` its own, `truth` what is on it in
    the words of the group's module.
    """

    group: str
    name: str
    make: Callable[[np.random.Generator], Wave]
    truth: Any = None

    def samples(self) -> Samples:
        """Return the tape as the sound card would give it, clipped at full scale."""
        x = self.make(self.rng())
        return (np.clip(x, -1, 32767 / 32768) * 32768).round().astype(np.int16)

    def rng(self) -> np.random.Generator:
        """Return the tape's own randomness."""
        return np.random.default_rng(zlib.crc32(f"{self.group}/{self.name}".encode()))

    def __str__(self) -> str:
        return f"{self.group}/{self.name}"


def amplitude(dbm0: float) -> float:
    """Return the peak of a sine of a level in dBm0."""
    return float(np.sqrt(2) * 10 ** ((dbm0 - DBM0) / 20))


def rms(dbm0: float) -> float:
    """Return the root mean square of a sound of a level in dBm0."""
    return float(10 ** ((dbm0 - DBM0) / 20))


def silence(ms: float) -> Wave:
    return np.zeros(round(ms * FS / 1000))


def sine(hz: float, n: int, dbm0: float, phase: float = 0.0) -> Wave:
    return amplitude(dbm0) * np.sin(2 * np.pi * hz * np.arange(n) / FS + phase)


def white(rng: np.random.Generator, n: int, dbm0: float) -> Wave:
    """Return white noise over 0..4 kHz."""
    return rms(dbm0) * rng.standard_normal(n)


def hum(n: int, mains_hz: float, dbm0: float, harmonics: int = 1) -> Wave:
    """Return mains hum; each odd harmonic is 6 dB below the one before."""
    x = np.zeros(n)
    for k in range(harmonics):
        x += sine((2 * k + 1) * mains_hz, n, dbm0 - 6 * k, 0.7 * k)
    return x


def padded(x: Wave, before_ms: float = 300, after_ms: float = 300) -> Wave:
    return np.concatenate([silence(before_ms), x, silence(after_ms)])


def delayed(x: Wave, ms: float, db: float) -> Wave:
    """Return an echo of `x`."""
    late = np.concatenate([silence(ms), x])[: x.size]
    return late * 10 ** (db / 20)


def companded(x: Wave, law: str) -> Wave:
    """Return `x` after ITU-T G.711 coding, segment by segment, ``mu`` or ``a``."""
    return _mu_law(x) if law == "mu" else _a_law(x)


def _mu_law(x: Wave) -> Wave:
    """Return mu-law of 14 bits: eight segments of sixteen steps with a bias of 33."""
    biased = np.minimum(np.abs(x) * 8192 + 33, 8191)
    segment = np.floor(np.log2(biased)) - 5
    step = 2.0 ** (segment + 1)
    y = (np.floor(biased / step) + 0.5) * step - 33
    return np.sign(x) * np.maximum(y, 0) / 8192


def _a_law(x: Wave) -> Wave:
    """Return A-law of 13 bits: the two lowest segments have the same step."""
    size = np.minimum(np.abs(x) * 4096, 4095)
    step = 2.0 ** np.maximum(np.floor(np.log2(np.maximum(size, 1))) - 4, 1)
    y = (np.floor(size / step) + 0.5) * step
    return np.sign(x) * y / 4096


@cache
def telephone_band() -> Wave:
    """Return the taps of a loaded line with its exchange filter, 250..3300 Hz."""
    return firwin(129, [250, 3300], pass_zero=False, fs=FS)


@cache
def long_loop(db_at_3_khz: float) -> Wave:
    """Return the taps of an unloaded loop whose loss grows with the root of f."""
    hz = np.linspace(0, FS / 2, 129)
    loss_db = db_at_3_khz * np.sqrt(np.maximum(hz, 100) / 3000)
    gain = 10 ** (-loss_db / 20) * (hz > 60)
    taps = np.fft.irfft(gain)
    return np.roll(taps, 64)[:129] * np.hanning(131)[1:-1]


def through(taps: Wave, x: Wave) -> Wave:
    """Return `x` after a filter, its delay taken out."""
    y = lfilter(taps, [1.0], np.concatenate([x, np.zeros(taps.size // 2)]))
    return y[taps.size // 2 :]


@cache
def voices() -> dict[str, Wave]:
    """Return the simulator's talkers, each in one piece at -20 dBm0."""
    parts: dict[str, list[Wave]] = {}
    for path in sorted(_VOICES.glob("*.flac")):
        talker = path.stem.rsplit("-", 1)[0]
        parts.setdefault(talker, []).append(soundfile.read(path)[0])
    return {t: at_level(np.concatenate(p), -20) for t, p in parts.items()}


def at_level(x: Wave, dbm0: float) -> Wave:
    """Return `x` scaled to a level over its loud stretches."""
    frames = x[: x.size // 160 * 160].reshape(-1, 160)
    power = np.mean(frames**2, axis=1)
    loud = power[power > power.max() / 1000].mean()
    return x * rms(dbm0) / np.sqrt(loud)


def speech(rng: np.random.Generator, n: int, dbm0: float) -> Wave:
    """Return `n` samples of talk, talker and place by chance."""
    talkers = list(voices().values())
    x = np.roll(talkers[rng.integers(len(talkers))], -int(rng.integers(40000)))
    return at_level(np.resize(x, n), dbm0)


def other_speeds() -> Iterator[tuple[str, Wave]]:
    """Yield every voice faster and slower: other pitches, other formants."""
    for up, down in ((1, 1), (7, 8), (8, 7), (5, 6), (6, 5), (15, 16), (16, 15)):
        for talker, x in voices().items():
            y = x if up == down else resample_poly(x, up, down)
            yield f"{talker}-{down / up:.2f}", y
