"""Talk-off: speech, vowels, music and whistles that are no digits.

Nothing on these tapes is a digit, a tone of the exchange or a message.
"""

from collections.abc import Iterator

import numpy as np
from scipy.signal import lfilter

from tests.dsp.tapes.dtmf import COLUMNS_HZ, ROWS_HZ
from tests.dsp.tapes.tape import FS, Tape, Wave, at_level, other_speeds, white


def tapes() -> Iterator[Tape]:
    """Yield all talk-off tapes but the pinned vowels."""
    yield from voice_tapes()
    yield from adversarial_tapes()


def voice_tapes() -> Iterator[Tape]:
    """Yield every shipped voice at seven speeds and two levels."""
    for name, x in other_speeds():
        for level in (-12, -22):
            yield Tape("voice", f"{name} {level} dBm0", _levelled(x, level))


def adversarial_tapes(seconds: float = 30) -> Iterator[Tape]:
    """Yield sounds that pass over DTMF frequencies as speech and music do."""
    n = round(seconds * FS)
    for i in range(16):
        row, column = ROWS_HZ[i // 4], COLUMNS_HZ[i % 4]
        name = f"{row:.0f}+{column:.0f}"
        yield Tape("vowel", name, _vowel(row, column, n, 0.15))
    for i in range(8):
        yield Tape("harmonics", f"{i}", lambda rng: _harmonics(rng, n))
        yield Tape("whistle", f"{i}", lambda rng: _whistle(rng, n))
        yield Tape("music", f"{i}", lambda rng, v=1 + i % 3: _music(rng, n, v))
        yield Tape("two singers", f"{i}", lambda rng: _two_singers(rng, n))


def pinned_vowels(seconds: float = 30) -> Iterator[Tape]:
    """Yield voiced sound whose formants stay within 3 % of a DTMF pair.

    No mouth does so for half a minute: this tells receivers apart that are all
    silent on speech.
    """
    n = round(seconds * FS)
    for i in range(16):
        row, column = ROWS_HZ[i // 4], COLUMNS_HZ[i % 4]
        name = f"{row:.0f}+{column:.0f}"
        yield Tape("pinned vowel", name, _vowel(row, column, n, 0.03, _sharp))


def _levelled(x: Wave, dbm0: float):
    return lambda rng: at_level(x, dbm0) + white(rng, x.size, -62)


def _glide(
    rng: np.random.Generator, n: int, low: float, high: float, hz: float
) -> Wave:
    """Return a slow random walk between two values."""
    knots = rng.uniform(low, high, max(int(n / FS * hz), 2))
    return np.interp(np.arange(n), np.linspace(0, n, knots.size), knots)


def _syllables(rng: np.random.Generator, n: int) -> Wave:
    """Return an envelope of syllables and pauses, 0..1."""
    gate = np.zeros(n)
    at = 0
    while at < n:
        length = round(rng.uniform(0.08, 0.4) * FS)
        gate[at : at + length] = rng.uniform(0.3, 1)
        at += length + round(rng.choice([0.01, 0.03, 0.1, 0.4]) * FS)
    return lfilter(np.hanning(160) / 80, [1.0], gate)


def _formant(hz: Wave, centre: Wave, half_hz: float) -> Wave:
    """Return the gain of a resonance of the mouth."""
    return 1 / np.sqrt(1 + ((hz - centre) / half_hz) ** 2)


def _sharp(hz: Wave, centre: Wave, half_hz: float) -> Wave:
    """Return the gain of a resonance with steeper skirts than a mouth has."""
    return _formant(hz, centre, half_hz) ** 2


def _vowel(low_hz: float, high_hz: float, n: int, spread: float, resonance=_formant):
    """Return a maker of voiced sound with formants about a DTMF pair."""

    def make(rng: np.random.Generator) -> Wave:
        pitch = _glide(rng, n, 85, 320, 3)
        phase = 2 * np.pi * np.cumsum(pitch) / FS
        first = low_hz * _glide(rng, n, 1 - spread, 1 + spread, 5)
        second = high_hz * _glide(rng, n, 1 - spread, 1 + spread, 5)
        x = np.zeros(n)
        for k in range(1, 40):
            hz = k * pitch
            gain = resonance(hz, first, 40.0)
            gain += 0.7 * resonance(hz, second, 50.0)
            gain += 0.15 * resonance(hz, np.full(n, 2500.0), 100.0)
            x += np.where(hz < 3700, gain, 0) * np.sin(k * phase + k)
        x *= _syllables(rng, n)
        return at_level(x, -14) + white(rng, n, -60)

    return make


def _harmonics(rng: np.random.Generator, n: int) -> Wave:
    """Return bursts of a buzz, two of whose harmonics are a DTMF pair."""
    x = np.zeros(n)
    at = 0
    t = np.arange(FS) / FS
    while at < n - FS:
        length = round(rng.uniform(0.03, 0.4) * FS)
        row, column = rng.choice(ROWS_HZ), rng.choice(COLUMNS_HZ)
        # The pitch of which both tones are nearly harmonics.
        pitches = np.arange(80, 330, 0.5)
        error = abs(row / pitches - np.round(row / pitches)) * pitches / row
        error += abs(column / pitches - np.round(column / pitches)) * pitches / column
        pitch = pitches[np.argsort(error)[rng.integers(12)]]
        burst = np.zeros(length)
        for k in range(1, int(3600 / pitch)):
            near = min(abs(k * pitch - row), abs(k * pitch - column))
            weight = 1.0 if near < 25 else rng.uniform(0.1, 0.5)
            burst += weight * np.sin(
                2 * np.pi * pitch * k * t[:length] + rng.uniform(0, 6)
            )
        x[at : at + length] += burst * np.hanning(length) ** 0.3
        at += length + round(rng.uniform(0.02, 0.2) * FS)
    return at_level(x, -14) + white(rng, n, -60)


def _whistle(rng: np.random.Generator, n: int) -> Wave:
    """Return gliding whistles with vibrato, 600..1700 Hz, one or two at once."""
    x = np.zeros(n)
    for _ in range(2):
        hz = _glide(rng, n, 600, 1700, 4)
        hz *= 1 + 0.01 * np.sin(2 * np.pi * 5.5 * np.arange(n) / FS)
        x += np.sin(2 * np.pi * np.cumsum(hz) / FS) * _syllables(rng, n)
    return at_level(x, -14) + white(rng, n, -60)


def _music(rng: np.random.Generator, n: int, parts: int) -> Wave:
    """Return plucked notes of a tempered scale in several parts."""
    x = np.zeros(n + 2 * FS)
    for _ in range(parts):
        at = 0
        while at < n:
            length = round(rng.choice([0.125, 0.25, 0.5]) * FS)
            t = np.arange(length) / FS
            hertz = 440 * 2 ** (rng.integers(-20, 16) / 12)
            for k in range(1, int(3600 / hertz) + 1):
                wave = np.sin(2 * np.pi * hertz * k * t + rng.uniform(0, 6))
                x[at : at + length] += wave / k**1.5 * np.exp(-3 * t)
            at += length
    return at_level(x[:n], -14) + white(rng, n, -60)


def _two_singers(rng: np.random.Generator, n: int) -> Wave:
    """Return two voices with vibrato, each a strong low harmonic."""
    x = np.zeros(n)
    for low, high in ((300, 500), (600, 850)):
        pitch = _glide(rng, n, low, high, 2)
        pitch *= 1 + 0.015 * np.sin(2 * np.pi * 5.5 * np.arange(n) / FS)
        phase = 2 * np.pi * np.cumsum(pitch) / FS
        voice = sum(np.sin(k * phase + k) / k for k in (1, 2, 3, 4))
        x += voice * _syllables(rng, n)
    return at_level(x, -14) + white(rng, n, -60)
