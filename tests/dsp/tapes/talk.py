"""Conversations for the listening copy: lopsided talkers, pauses, hum that wanders."""

from dataclasses import dataclass

import numpy as np

from tests.dsp.tapes.tape import DBM0, FS, Wave, at_level, rms, voices, white


@dataclass(frozen=True)
class Turn:
    """Samples `start` to `end`: talker 1 (near) or 2 (far), or 0 for a pause."""

    start: int
    end: int
    talker: int


@dataclass(frozen=True)
class Conversation:
    """A talk in turns; `level` is the same without noise and both talkers level."""

    name: str
    x: Wave
    turns: tuple[Turn, ...]
    level: Wave


#: ITU-T G.169: what both talkers should come out at.
TARGET_DBM0 = -19.0
#: Near talker, far talker, level of each and of the noise in dBm0 (facts: near -5..-15,
#: far -20..-35 dBm at the line; handset taps the other way round).
LOPSIDED = (
    ("anna", "ben", -9.0, -30.0, -60.0),
    ("ben", "carol", -10.0, -31.0, -55.0),
    ("dieter", "emma", -30.0, -9.0, -60.0),
    ("emma", "graham", -8.0, -29.0, -50.0),
    ("karin", "joe", -12.0, -32.0, -58.0),
    ("zofia", "anna", -33.0, -12.0, -62.0),
    ("joe", "karin", -6.0, -27.0, -48.0),
    ("graham", "zofia", -18.0, -18.0, -60.0),
)


def conversations(turns: int = 14) -> list[Conversation]:
    """Return all lopsided conversations."""
    return [conversation(*how, seed=i, turns=turns) for i, how in enumerate(LOPSIDED)]


#: Talkers so far apart in level, dB, and the noise below full scale, dBov.
APART_DB = (0.0, 6.0, 12.0, 20.0, 26.0)
NOISE_DBOV = (-70.0, -60.0, -54.0)
#: Who talks to whom in them.
PAIRS = (("anna", "ben"), ("dieter", "emma"), ("karin", "joe"), ("graham", "zofia"))


def apart(apart_db: float, noise_dbov: float) -> list[Conversation]:
    """Return talks of every pair so far apart, either of them the louder."""
    noise = noise_dbov + DBM0
    levels = ((-10.0, -10.0 - apart_db), (-10.0 - apart_db, -10.0))
    return [
        conversation(*pair, *levels[i % 2], noise, seed=40 + i, turns=12)
        for i, pair in enumerate(PAIRS)
    ]


def lively(apart_db: float, noise_dbov: float) -> list[Conversation]:
    """Return talks in turns of 0.9..2 s with pauses of 0.15..0.5 s."""
    noise = noise_dbov + DBM0
    return [
        conversation(
            *pair,
            -10.0,
            -10.0 - apart_db,
            noise,
            seed=60 + i,
            turns=20,
            turn_s=(0.9, 2.0),
            pause_s=(0.15, 0.5),
        )
        for i, pair in enumerate(PAIRS)
    ]


def conversation(
    near: str,
    far: str,
    near_dbm0: float,
    far_dbm0: float,
    noise_dbm0: float,
    *,
    seed: int,
    turns: int,
    turn_s: tuple[float, float] = (1.2, 4.0),
    pause_s: tuple[float, float] = (0.3, 1.2),
) -> Conversation:
    """Return one talk in turns, with pauses between."""
    rng = np.random.default_rng(seed)
    parts: list[Wave] = []
    equal: list[Wave] = []
    marks: list[Turn] = []
    at = 0
    for i in range(turns):
        who, level = ((near, near_dbm0), (far, far_dbm0))[i % 2]
        voice = voices()[who]
        n = min(round(FS * rng.uniform(*turn_s)), voice.size - 1)
        first = int(rng.integers(0, voice.size - n))
        pause = round(FS * rng.uniform(*pause_s))
        said = voice[first : first + n]
        parts += [at_level(said, level), np.zeros(pause)]
        equal += [at_level(said, TARGET_DBM0), np.zeros(pause)]
        marks += [Turn(at, at + n, 1 + i % 2), Turn(at + n, at + n + pause, 0)]
        at += n + pause
    x = np.concatenate(parts)
    name = f"{near} {near_dbm0:g}, {far} {far_dbm0:g}, noise {noise_dbm0:g} dBm0"
    y = x + white(rng, x.size, noise_dbm0)
    return Conversation(name, y, tuple(marks), np.concatenate(equal))


def active_dbov(x: Wave) -> float:
    """Return the level over frames of 20 ms within 30 dB of the loudest, dBov."""
    frames = x[: x.size // 160 * 160].reshape(-1, 160).astype(float)
    power = np.mean(frames**2, axis=1)
    loud = power[power >= max(power.max(initial=0) / 1000, 1e-12)]
    return float(10 * np.log10(loud.mean() + 1e-12)) if loud.size else -120.0


def wandering_hum(
    n: int, mains_hz: float, dbm0: float, rng: np.random.Generator, share: float = 0.004
) -> Wave:
    """Return hum with harmonics to the 9th whose frequency wanders by `share`."""
    t = np.arange(n) / FS
    period = rng.uniform(6, 14)
    hz = mains_hz * (1 + share * np.sin(2 * np.pi * t / period + rng.uniform(0, 6)))
    phase = 2 * np.pi * np.cumsum(hz) / FS
    x = np.zeros(n)
    for k, down in ((1, 0), (2, 8), (3, 5), (4, 14), (5, 10), (7, 16), (9, 20)):
        x += 10 ** (-down / 20) * np.sin(k * phase + k)
    return np.asarray(x * np.sqrt(2) * rms(dbm0))


def harmonic_level(x: Wave, mains_hz: float) -> float:
    """Return the level within 1 % of mains harmonics up to 500 Hz, dBm0."""
    spectrum = np.abs(np.fft.rfft(x * np.hanning(x.size))) ** 2
    hz = np.fft.rfftfreq(x.size, 1 / FS)
    near = np.zeros(hz.size, bool)
    for k in range(1, int(500 / mains_hz) + 1):
        near |= np.abs(hz - k * mains_hz) < 0.01 * k * mains_hz
    power = 2 * spectrum[near].sum() / (x.size * x.size * 0.375)
    return float(10 * np.log10(power + 1e-15) + DBM0)
