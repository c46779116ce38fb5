"""Tapes for the detectors: what the standards' test tapes hold, made on the spot."""

from collections.abc import Sequence

import numpy as np

from dsp.dtmf import COLUMNS_HZ, ROWS_HZ, SYMBOLS

FS = 8000
ALL = "0123456789*#ABCD"


def silence(ms):
    return np.zeros(round(ms * FS / 1000))


def tone(lines: Sequence[float], ms, level_dbov=-20.0, phase=0.4):
    """Sines at `level_dbov` each."""
    t = np.arange(round(ms * FS / 1000)) / FS
    peak = np.sqrt(2) * 10 ** (level_dbov / 20)
    return peak * sum(
        np.sin(2 * np.pi * hertz * t + phase * (i + 1)) for i, hertz in enumerate(lines)
    )


def digit(symbol, ms=50.0, level_dbov=-15.0, twist_db=0.0, off=0.0, off_high=None):
    """A digit with the low tone at `level_dbov`, frequencies off by a share."""
    row = next(i for i, keys in enumerate(SYMBOLS) if symbol in keys)
    low = ROWS_HZ[row] * (1 + off)
    high = COLUMNS_HZ[SYMBOLS[row].index(symbol)]
    high *= 1 + (off if off_high is None else off_high)
    return tone([low], ms, level_dbov) + tone([high], ms, level_dbov + twist_db, 1.1)


def dialled(symbols=ALL, on_ms=50.0, off_ms=50.0, **how):
    """Digits one after another, with silence around."""
    parts = [silence(200)]
    for symbol in symbols:
        parts += [digit(symbol, on_ms, **how), silence(off_ms)]
    return np.concatenate([*parts, silence(200)])


def cadence(lines, seconds, cycles, level_dbov=-20.0):
    """A cadenced tone; no `seconds` means 3 s of steady tone."""
    parts = [silence(500)]
    if not seconds:
        parts.append(tone(lines, 3000, level_dbov))
    for _ in range(cycles):
        for i, length in enumerate(seconds):
            ms = length * 1000
            parts.append(silence(ms) if i % 2 else tone(lines, ms, level_dbov))
    return np.concatenate([*parts, silence(4000)])


def melody(rng, seconds, voices, steepness, decay):
    """Notes of up to three voices, plucked, with harmonics 1 / k ** steepness."""
    x = np.zeros(seconds * FS + 2 * FS)
    for _ in range(voices):
        at = 0
        while at < seconds * FS:
            n = round(rng.choice([0.125, 0.25, 0.5, 1.0]) * FS)
            t = np.arange(n) / FS
            hertz = 440 * 2 ** (rng.integers(-24, 20) / 12)
            for k in range(1, int(3600 / hertz) + 1):
                wave = np.sin(2 * np.pi * hertz * k * t + rng.uniform(0, 6))
                x[at : at + n] += wave / k**steepness * np.exp(-decay * t)
            at += n
    return 0.1 * x / np.std(x)


def noise(x, rng, level_dbov):
    """`x` with white noise of a level."""
    return x + 10 ** (level_dbov / 20) * rng.standard_normal(x.size)


def int16(x):
    return (np.clip(x, -1, 32767 / 32768) * 32768).astype(np.int16)


def mu_law(x):
    """`x` after ITU-T G.711 mu-law at 8 bits."""
    y = np.sign(x) * np.log1p(255 * np.minimum(np.abs(x), 1)) / np.log(256)
    y = np.round(y * 127) / 127
    return np.sign(y) * np.expm1(np.abs(y) * np.log(256)) / 255


def fed(decoder, x, cut):
    """Everything a decoder says when fed in cuts of a size."""
    events = []
    for start in range(0, len(x), cut):
        events += decoder.feed(x[start : start + cut])
    return events + decoder.flush()
