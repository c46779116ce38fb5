"""Fax and modem tones: T.30 CNG and CED, V.8 ANSam, V.21 flags, V.25, Bell answer.

`truth` is a `Sounds` for any country; V.21 flags may have any name in `V21_NAMES`.
"""

from collections.abc import Callable, Iterator

import numpy as np

from tests.dsp.tapes.progress import Sounds
from tests.dsp.tapes.tape import (
    FS,
    Tape,
    Wave,
    amplitude,
    companded,
    hum,
    long_loop,
    silence,
    sine,
    through,
    white,
)

V21_NAMES = frozenset(["fax_v21", "fax_preamble", "v21_flags", "fax_flags"])


def cng(off_hz: float, dbm0: float, stretch: float = 1.0, cycles: int = 3) -> Wave:
    """Return the calling tone of fax (T.30 4.2): 1100 Hz, .5 s on, 3 s off."""
    one = [sine(1100 + off_hz, round(4000 * stretch), dbm0), silence(3000 * stretch)]
    return np.concatenate(one * cycles)


def answer(
    hz: float, seconds: float, dbm0: float, am: bool = False, flips: bool = False
) -> Wave:
    """Return an answer tone; ANSam has 15 Hz of 20 % and a flip each 450 ms (V.8)."""
    n = round(seconds * FS)
    t = np.arange(n) / FS
    x = sine(hz, n, dbm0)
    if am:
        x = x * (1 + 0.2 * np.sin(2 * np.pi * 15 * t))
    if flips:
        x = x * np.where((t / 0.45).astype(int) % 2, -1, 1)
    return x


def v21_flags(seconds: float, dbm0: float, off_hz: float = 0.0) -> Wave:
    """Return HDLC flags at 300 baud, 1650 Hz mark, 1850 Hz space (T.30, V.21)."""
    n = round(seconds * FS)
    flag = (0, 1, 1, 1, 1, 1, 1, 0)
    bits = np.resize(flag, n)[(np.arange(n) * 300 // FS)]
    hertz = np.where(bits == 1, 1650.0, 1850.0) + off_hz
    return amplitude(dbm0) * np.sin(2 * np.pi * np.cumsum(hertz) / FS)


def sources() -> Iterator[tuple[str, frozenset[str], Callable[[float], Wave]]]:
    """Yield what is sounded, its names, and a maker by level."""
    cng_names = frozenset(["fax_cng"])
    ced = frozenset(["fax_ced"])
    for off in (-38, -20, 0, 20, 38):
        yield f"CNG {off:+} Hz", cng_names, lambda d, o=off: cng(o, d)
    for stretch in (0.86, 1.14):
        yield f"CNG x {stretch}", cng_names, lambda d, s=stretch: cng(0, d, s)
    yield "CNG twice", cng_names, lambda d: cng(0, d, cycles=2)
    for off in (-15, -8, 0, 8, 15):
        yield f"CED {off:+} Hz", ced, lambda d, o=off: answer(2100 + o, 3.3, d)
    for seconds in (2.6, 4.0):
        yield f"CED {seconds} s", ced, lambda d, s=seconds: answer(2100, s, d)
    yield "ANSam", ced, lambda d: answer(2100, 3.5, d, True, False)
    yield "ANSam with flips", ced, lambda d: answer(2100, 4, d, True, True)
    yield "ANS with flips", ced, lambda d: answer(2100, 3.3, d, False, True)
    yield "ANSam +15 Hz", ced, lambda d: answer(2115, 4, d, True, True)
    for off in (-6, 0, 6):
        yield f"V.21 flags {off:+} Hz", V21_NAMES, lambda d, o=off: v21_flags(1, d, o)
    yield "V.21 flags 0.85 s", V21_NAMES, lambda d: v21_flags(0.85, d)
    bell = frozenset(["modem_answer"])
    yield "Bell answer", bell, lambda d: answer(2225, 3, d)
    calling = frozenset(["calling_tone"])
    for off in (-10, 0, 10):

        def tone(d: float, o: float = off) -> Wave:
            return np.concatenate([sine(1300 + o, 4800, d), silence(2000)] * 3)

        yield f"V.25 calling tone {off:+} Hz", calling, tone


def tapes() -> Iterator[Tape]:
    """Yield each tone over good and bad lines."""
    lines: tuple[
        tuple[str, float, Callable[[Wave, np.random.Generator], Wave]], ...
    ] = (
        ("plain", -15, lambda x, rng: x),
        ("soft", -38, lambda x, rng: x),
        ("loud", -4, lambda x, rng: x),
        ("weakest", -43, lambda x, rng: x),
        ("loudest", 0, lambda x, rng: x),
        ("noise 15 dB", -20, lambda x, rng: x + white(rng, x.size, -35)),
        ("noise 10 dB", -20, lambda x, rng: x + white(rng, x.size, -30)),
        ("mu-law", -30, lambda x, rng: companded(x, "mu")),
        ("hum", -22, lambda x, rng: x + hum(x.size, 50, -12, 3)),
        ("60 Hz hum 10 dB over", -22, lambda x, rng: x + hum(x.size, 60, -12, 4)),
        ("50 Hz hum 16 dB over", -26, lambda x, rng: x + hum(x.size, 50, -10, 3)),
        ("long loop", -10, lambda x, rng: through(long_loop(10), x)),
        ("dc", -20, lambda x, rng: x + 0.1),
    )
    for what, names, source in sources():
        for line, dbm0, change in lines:

            def make(rng, source=source, dbm0=dbm0, change=change) -> Wave:
                x = np.concatenate([silence(500), source(dbm0), silence(1500)])
                return change(x, rng) + white(rng, x.size, dbm0 - 32)

            yield Tape("fax", f"{what}, {line}", make, Sounds("us", names))
