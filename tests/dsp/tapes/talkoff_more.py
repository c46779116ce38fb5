"""More talk-off: organs, bells, chords, sirens, an office, a talker over music."""

from collections.abc import Iterator

import numpy as np

from tests.dsp.tapes.dtmf import COLUMNS_HZ, ROWS_HZ
from tests.dsp.tapes.tape import FS, Tape, Wave, at_level, speech, white

#: Twelve steps to the octave.
SEMITONE = 2 ** (1 / 12)


def tapes(seconds: float = 30, each: int = 6) -> Iterator[Tape]:
    """Yield `each` tapes of every kind."""
    n = round(seconds * FS)
    for name, make in (
        ("organ", _organ),
        ("bells", _bells),
        ("chords out of tune", _near_chords),
        ("sirens", _sirens),
        ("office", _office),
        ("talk over music", _talk_over_music),
        ("mumbling", _mumbling),
    ):
        for i in range(each):
            yield Tape(name, f"{i}", lambda rng, m=make: m(rng, n))


def _gate(rng: np.random.Generator, n: int, edge_ms: float) -> Wave:
    """Return one note's envelope with edges of this length."""
    edge = max(round(edge_ms * FS / 1000), 2)
    t = np.arange(n)
    return np.minimum(np.minimum(t, t[::-1]) / edge, 1.0)


def _organ(rng: np.random.Generator, n: int) -> Wave:
    """Return chords of two to four pipes, each with octave and twelfth."""
    x = np.zeros(n + FS)
    at = 0
    while at < n:
        length = round(rng.uniform(0.08, 0.6) * FS)
        t = np.arange(length) / FS
        for _ in range(rng.integers(2, 5)):
            hertz = 220 * SEMITONE ** rng.integers(0, 30)
            for k, gain in (
                (1, 1.0),
                (2, rng.uniform(0, 0.5)),
                (3, rng.uniform(0, 0.3)),
            ):
                if k * hertz < 3800:
                    wave = np.sin(2 * np.pi * k * hertz * t + rng.uniform(0, 6))
                    x[at : at + length] += gain * wave * _gate(rng, length, 12)
        at += length
    return at_level(x[:n], -14) + white(rng, n, -60)


def _bells(rng: np.random.Generator, n: int) -> Wave:
    """Return struck bells: partials that are no harmonics, each dying away."""
    x = np.zeros(n + 3 * FS)
    at = 0
    while at < n:
        t = np.arange(2 * FS) / FS
        strike = rng.uniform(250, 900)
        for ratio in (0.5, 1, 1.2, 1.5, 2, 2.5, 2.66, 3.0):
            if ratio * strike < 3800:
                wave = np.sin(2 * np.pi * ratio * strike * t + rng.uniform(0, 6))
                decay = np.exp(-t * rng.uniform(1, 9))
                x[at : at + t.size] += rng.uniform(0.2, 1) * wave * decay
        at += round(rng.uniform(0.08, 0.7) * FS)
    return at_level(x[:n], -14) + white(rng, n, -60)


def _near_chords(rng: np.random.Generator, n: int) -> Wave:
    """Return two flutes near a row and a column, 3..6 % off at least one of them."""
    x = np.zeros(n + FS)
    at = 0
    while at < n:
        length = round(rng.uniform(0.04, 0.3) * FS)
        t = np.arange(length) / FS
        off = rng.uniform(0.03, 0.06) * rng.choice([-1, 1])
        other = rng.uniform(-0.02, 0.02)
        errors = (off, other) if rng.integers(2) else (other, off)
        for group, error in zip((ROWS_HZ, COLUMNS_HZ), errors, strict=True):
            hertz = rng.choice(group) * (1 + error)
            wave = np.sin(2 * np.pi * hertz * t + rng.uniform(0, 6))
            x[at : at + length] += wave * _gate(rng, length, 8)
        at += length + round(rng.uniform(0.02, 0.2) * FS)
    return at_level(x[:n], -14) + white(rng, n, -60)


def _sirens(rng: np.random.Generator, n: int) -> Wave:
    """Return two horns that wail up and down, with harmonics."""
    x = np.zeros(n)
    t = np.arange(n) / FS
    for _ in range(2):
        rate, low = rng.uniform(0.2, 4), rng.uniform(400, 800)
        hz = low * (
            1 + rng.uniform(0.3, 1) * (0.5 + 0.5 * np.sin(2 * np.pi * rate * t))
        )
        phase = 2 * np.pi * np.cumsum(hz) / FS
        x += np.sin(phase) + 0.3 * np.sin(2 * phase + 1)
    return at_level(x, -14) + white(rng, n, -60)


def _office(rng: np.random.Generator, n: int) -> Wave:
    """Return a fan, typing, a bell that warbles, one beep at a time, a far talker."""
    x = speech(rng, n, -30) + 0.3 * white(rng, n, -25)
    x += np.convolve(white(rng, n, -30), np.ones(12) / 12, "same")
    for at in rng.integers(0, n - FS, n // FS * 6):
        burst = np.exp(-np.arange(240) / rng.uniform(10, 60))
        x[at : at + 240] += rng.uniform(0.02, 0.2) * burst * rng.standard_normal(240)
    for at in rng.integers(0, n - FS, n // FS // 3):
        length = round(rng.uniform(0.05, 0.8) * FS)
        t = np.arange(length) / FS
        warble = rng.choice([0.0, 1.0]) * np.sign(np.sin(2 * np.pi * 12 * t))
        hz = rng.uniform(500, 2500) * (1 + 0.1 * warble)
        x[at : at + length] += 0.1 * np.sin(
            2 * np.pi * np.cumsum(hz * np.ones(length)) / FS
        )
    return x


def _talk_over_music(rng: np.random.Generator, n: int) -> Wave:
    """Return a talker with an organ 3 to 15 dB below."""
    return speech(rng, n, -14) + at_level(_organ(rng, n), -14 - rng.uniform(3, 15))


def _mumbling(rng: np.random.Generator, n: int) -> Wave:
    """Return voiced bursts of steady pitch: two strong harmonics among others."""
    x = np.zeros(n + FS)
    at = 0
    while at < n:
        length = round(rng.uniform(0.03, 0.25) * FS)
        t = np.arange(length) / FS
        pitch = rng.uniform(80, 350) * (1 + rng.uniform(-0.3, 0.3) * t)
        phase = 2 * np.pi * np.cumsum(pitch) / FS
        strong = rng.integers(2, 12, 2)
        burst = np.zeros(length)
        for k in range(1, int(3600 / pitch.max()) + 1):
            gain = 1.0 if k in strong else rng.uniform(0.1, 0.4)
            burst += gain * np.sin(k * phase + rng.uniform(0, 6))
        x[at : at + length] += burst * _gate(rng, length, rng.uniform(3, 20))
        at += length + round(rng.uniform(0.01, 0.15) * FS)
    return at_level(x[:n], -14) + white(rng, n, -60)
