"""Two minutes of a US landline: two calls ring, each with caller ID, talk between.

What a cheap recorder makes of it: ringing current, mains hum and its harmonics,
direct current, clicks, the loudness of a bad tap, companding, the bandwidth of a lossy
codec, and the rates of sound cards.  `truth` is both messages.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from scipy.signal import firwin, resample_poly

from tests.dsp.tapes.fsk import BELL202, Said, anybody, burst
from tests.dsp.tapes.tape import (
    FS,
    Tape,
    Wave,
    companded,
    long_loop,
    silence,
    sine,
    speech,
    through,
    white,
)

#: Ringing: 2 s on, 4 s off; message at least 0.5 s after the first ring (GR-30-CORE).
RING_MS, PAUSE_MS = 2000, 4000


@dataclass(frozen=True)
class Recording:
    """How the line is recorded.

    `peak_dbov` is the level of the louder message; `stereo` halves it, as a tap on one
    of two channels does; `codec_hz` is where a lossy codec ends.
    """

    fs: int = 8000
    peak_dbov: float = -20.0
    hum_over_db: float = 0.0
    noise_under_db: float = 28.0
    ring_dbov: float = -6.0
    law: str = ""
    codec_hz: float = 0.0
    stereo: bool = False
    dc: float = 0.0
    clicks: int = 6
    twist_db: float = 0.0


WORST = Recording(
    peak_dbov=-40, hum_over_db=12, noise_under_db=16, law="mu", dc=0.03, clicks=20
)
RECORDINGS = {
    "clean": Recording(),
    "loud": Recording(peak_dbov=-6, ring_dbov=0),
    "soft": Recording(peak_dbov=-40),
    "hum 12 dB over": Recording(hum_over_db=12),
    "noise": Recording(noise_under_db=14),
    "u-law": Recording(law="mu", peak_dbov=-34),
    "codec to 3 kHz": Recording(codec_hz=3000),
    "codec to 2.6 kHz": Recording(codec_hz=2600, noise_under_db=20),
    "one of two channels": Recording(stereo=True, dc=-0.05),
    "ring overloads": Recording(ring_dbov=6, clicks=30),
    "twist": Recording(twist_db=-8),
    "11.025 kHz": Recording(fs=11025),
    "16 kHz": Recording(fs=16000, hum_over_db=6),
    "22.05 kHz": Recording(fs=22050, peak_dbov=-30),
    "44.1 kHz": Recording(fs=44100, codec_hz=3400),
    "48 kHz": Recording(fs=48000, peak_dbov=-12, law="mu"),
    "worst": WORST,
    "worst at 44.1 kHz": replace(WORST, fs=44100, stereo=True, peak_dbov=-34),
}


def tapes() -> Iterator[tuple[Tape, int]]:
    """Yield each recording, and its rate in Hz."""
    for name, how in RECORDINGS.items():
        tape = Tape("landline", name, lambda rng: silence(0))
        said = [anybody(tape.rng()), anybody(np.random.default_rng(len(name)))]

        def make(
            rng: np.random.Generator, how: Recording = how, said: list[Said] = said
        ) -> Wave:
            return _recorded(_line(said, how, rng), how, rng)

        yield Tape("landline", name, make, said), how.fs


def _line(said: list[Said], how: Recording, rng: np.random.Generator) -> Wave:
    """Return the line at 8 kHz, messages at -20 dBov."""
    gain = 10 ** ((-20 - how.peak_dbov) / 20)
    ring = ringing(rng, how.ring_dbov) * gain
    parts = [silence(6000)]
    for message, rings in zip(said, (3, 5), strict=True):
        sending = replace(BELL202, dbm0=-20 + 6.15, twist_db=how.twist_db)
        data = burst(message, sending)
        gap = rng.uniform(500, 900)
        rest = silence(PAUSE_MS - gap - data.size / 8)
        parts += [ring, silence(gap), data, rest]
        parts += [ring, silence(PAUSE_MS)] * (rings - 1)
        talk = speech(rng, 24 * FS, -18 + 6.15)
        far = speech(rng, 24 * FS, -32 + 6.15)
        turn = (np.arange(talk.size) // (3 * FS)) % 2
        parts += [np.where(turn == 0, talk, far), silence(4000)]
    x = np.concatenate(parts)
    x = np.concatenate([x, silence(max(0.0, 120e3 - x.size / 8))])
    return through(long_loop(5), x)


def ringing(rng: np.random.Generator, dbov: float) -> Wave:
    """Return ringing current as the tap hears it: 20 Hz, clipped to its odd lines."""
    n = RING_MS * 8
    x = sine(20.0, n, dbov + 6.15, rng.uniform(0, 6))
    edge = np.minimum(np.arange(n) / 80, 1)
    return np.clip(1.6 * x, -0.9, 0.9) * edge * edge[::-1]


def _recorded(x: Wave, how: Recording, rng: np.random.Generator) -> Wave:
    """Return what the recorder makes of the line, at its own rate."""
    mains = 60.0 * (1 + rng.uniform(-1e-3, 1e-3))
    for k, down in ((1, 0), (2, 8), (3, 6), (5, 12), (7, 16), (9, 18), (13, 24)):
        x = x + sine(k * mains, x.size, -20 + 6.15 + how.hum_over_db - down - 6, k)
    x = x + white(rng, x.size, -20 + 6.15 - how.noise_under_db)
    for at in rng.integers(FS, x.size - FS, how.clicks):
        n = int(rng.integers(2, 200))
        x[at : at + n] += rng.uniform(-0.6, 0.6) * np.exp(-np.arange(n) / 20)
    x = x * 10 ** ((how.peak_dbov + 20 - (6 if how.stereo else 0)) / 20) + how.dc
    if how.codec_hz:
        x = through(_lowpass(how.codec_hz), x)
    x = np.clip(x, -1, 1)
    if how.law:
        x = companded(x, how.law)
    if how.fs == FS:
        return x
    common = np.gcd(how.fs, FS)
    return np.asarray(resample_poly(x, how.fs // common, FS // common))


@cache
def _lowpass(hz: float) -> Wave:
    """Return the taps of a lossy codec's last band."""
    return firwin(257, hz, fs=FS)
