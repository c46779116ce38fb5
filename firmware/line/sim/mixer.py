"""The wires and the sound card: signal, noise, hum, crackle, DC, limiting, mu-law.

Each second depends on its number and the seed alone.  An idle second costs two
additions of stored tables: noise entered at a place drawn per second, hum that repeats
without a seam.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firmware.line.block import FS, Samples
from firmware.line.sim.scenario import LineCharacter
from firmware.line.sim.sounds import Layer, Wave

#: Samples rendered at once.
GRID = FS
#: Full scale of the master.
FULL_SCALE = 32768.0
#: Noise kept: 65 s, entered at a new place each second.
NOISE_SAMPLES = 1 << 19
#: The hum table holds a whole number of periods of any multiple of 0.1 Hz.
HUM_SAMPLES = 10 * FS
#: Harmonics of mains hum relative to the fundamental, dB: odd ones prevail.
HUM_HARMONICS_DB = {1: 0.0, 2: -8.0, 3: -4.0, 4: -14.0, 5: -8.0, 7: -12.0, 9: -16.0}
#: A crackle: a sharp peak with a short tail.
CRACKLE_SAMPLES = 40
CRACKLE_PEAK = 0.25
#: Crackles are drawn from a stream of their own.
CRACKLE_STREAM = 7
#: ITU-T G.711 mu-law: biased 14-bit magnitudes in 8 segments of 16 steps.
MU_BIAS = 33
MU_LIMIT = 8158


@dataclass(frozen=True, slots=True)
class Span:
    """Samples `start` to `stop` during which the line's signal is scaled."""

    start: int
    stop: int
    factor: float = 0.0


class Mixer:
    """Adds up one second at a time."""

    def __init__(self, line: LineCharacter, seed: int) -> None:
        self._line = line
        self._seed = seed
        rms = FULL_SCALE * 10 ** (line.noise_dbov / 20)
        rng = np.random.default_rng(seed)
        self._noise = rng.standard_normal(NOISE_SAMPLES, np.float32) * np.float32(rms)
        self._hum = _hum(line) + np.float32(line.dc * FULL_SCALE)
        self._mu_law = mu_law_table() if line.mu_law else None
        self._signal = np.zeros(GRID, np.float32)

    def render(
        self, start: int, layers: Sequence[Layer], gains: Sequence[Span]
    ) -> Samples:
        """Return the second that begins at `start`, a multiple of `GRID`."""
        second = start // GRID
        at = _scatter(self._seed, second) % (NOISE_SAMPLES - GRID)
        hum_at = start % HUM_SAMPLES
        out = self._noise[at : at + GRID] + self._hum[hum_at : hum_at + GRID]
        if layers:
            out += self._signal_of(start, layers, gains)
        if self._line.crackle_per_min:
            self._crackle(out, second)
        limit = self._line.clip * (FULL_SCALE - 1)
        samples = np.rint(np.clip(out, -limit, limit, out=out), out=out)
        quantised: Samples = samples.astype(np.int16)
        if self._mu_law is not None:
            quantised = self._mu_law[quantised.view(np.uint16)]
        quantised.flags.writeable = False
        return quantised

    def _signal_of(
        self, start: int, layers: Sequence[Layer], gains: Sequence[Span]
    ) -> Wave:
        signal = self._signal
        signal.fill(0)
        for layer in layers:
            if layer.start < start + GRID and layer.stop > start:
                layer.add(signal, start)
        for span in gains:
            if span.start < start + GRID and span.stop > start:
                signal[max(span.start - start, 0) : span.stop - start] *= span.factor
        signal *= np.float32(FULL_SCALE)
        return signal

    def _crackle(self, out: Wave, second: int) -> None:
        rng = np.random.default_rng([CRACKLE_STREAM, self._seed, second])
        tail = np.exp(-np.arange(CRACKLE_SAMPLES) / 6).astype(np.float32)
        for _ in range(rng.poisson(self._line.crackle_per_min / 60)):
            place = int(rng.integers(0, GRID - CRACKLE_SAMPLES))
            height = rng.uniform(-CRACKLE_PEAK, CRACKLE_PEAK) * FULL_SCALE
            out[place : place + CRACKLE_SAMPLES] += np.float32(height) * tail


def mu_law_table() -> NDArray[np.int16]:
    """Return what G.711 mu-law makes of each int16, indexed by its uint16 view."""
    pcm = np.arange(1 << 16, dtype=np.uint16).view(np.int16).astype(np.int32)
    magnitude = np.minimum(np.abs(pcm) >> 2, MU_LIMIT) + MU_BIAS
    segment = np.floor(np.log2(magnitude)).astype(np.int32) - 5
    step = magnitude >> (segment + 1)
    decoded = (((2 * step + 1) << segment) - MU_BIAS) * 4
    return np.asarray(np.sign(pcm) * decoded, np.int16)


def _hum(line: LineCharacter) -> Wave:
    """Return hum that repeats without a seam; whole seconds never run over its end."""
    seconds = np.arange(HUM_SAMPLES) / FS
    hum = np.zeros(HUM_SAMPLES)
    for harmonic, level_db in HUM_HARMONICS_DB.items():
        peak = np.sqrt(2) * FULL_SCALE * 10 ** ((line.hum_dbov + level_db) / 20)
        hz = harmonic * round(line.hum_hz, 1)
        hum += peak * np.sin(2 * np.pi * hz * seconds + harmonic)
    return hum.astype(np.float32)


def _scatter(seed: int, number: int) -> int:
    """Return a well mixed integer for a number: the finaliser of SplitMix64."""
    mask = (1 << 64) - 1
    z = (seed * 0x632BE59BD9B4E019 + (number + 1) * 0x9E3779B97F4A7C15) & mask
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
    return z ^ (z >> 31)
