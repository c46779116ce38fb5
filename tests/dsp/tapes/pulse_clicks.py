"""Pulse dialling as the clicks that a recorder hears on the line.

`truth` is the string of digits dialled.  Each break and each make is a click of a few
milliseconds: a step through the telephone band that lets the line ring.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from tests.dsp.tapes.dtmf import DIAL_TONES
from tests.dsp.tapes.tape import (
    FS,
    Tape,
    Wave,
    companded,
    hum,
    sine,
    telephone_band,
    through,
    white,
)

DIGITS = "1234567890"


@dataclass(frozen=True)
class Dial:
    """How a dial sends, and what the line makes of it."""

    pps: float = 10.0
    make: float = 0.39
    pause_s: float = 0.7
    #: Peak of a break's click, dBov, and how much weaker a make's is.
    peak_dbov: float = -20.0
    make_db: float = 5.0
    jitter_ms: float = 0.5
    bounce_ms: float = 0.0
    #: Dial tone before the first break, dBm0 a line; None: nothing.
    tone_dbm0: float | None = -20.0
    lines: tuple[float, ...] = (350.0, 440.0)
    noise_dbm0: float = -58.0
    digits: str = DIGITS


def click(rng: np.random.Generator) -> Wave:
    """Return the click of an opened loop in the telephone band, peak 1."""
    t = np.arange(200) / FS
    ringing = np.exp(-t / rng.uniform(0.0006, 0.002))
    ringing *= np.cos(2 * np.pi * rng.uniform(500, 1700) * t)
    step = np.exp(-t / 0.004)
    wave = through(telephone_band(), np.concatenate([np.zeros(100), step + ringing]))
    return wave / np.abs(wave).max()


def dialled(rng: np.random.Generator, how: Dial) -> Wave:
    """Return a whole dialling: dial tone until the first break, then clicks."""
    at, times = 1.5, []
    for digit in how.digits:
        for _ in range(int(digit) or 10):
            times += [(at, 0.0), (at + (1 - how.make) / how.pps, how.make_db)]
            at += 1 / how.pps
        at += how.pause_s - how.make / how.pps
    x = np.zeros(round((at + 1) * FS))
    if how.tone_dbm0 is not None:
        # The exchange takes it away within the first break.
        n = round((1.5 + min(0.04, 0.7 * (1 - how.make) / how.pps)) * FS)
        x[:n] += sum(sine(hz, n, how.tone_dbm0, hz) for hz in how.lines)
    wave = click(rng)
    for when, down in times:
        when += rng.normal(0, how.jitter_ms / 1000)
        peak = 10 ** ((how.peak_dbov - down + rng.uniform(-1, 1)) / 20)
        for bounce in (0.0, 0.4, 1.0) if how.bounce_ms else (0.0,):
            first = round((when + bounce * how.bounce_ms / 1000) * FS) - 100
            x[first : first + wave.size] += peak * wave * (-1 if down else 1)
    return x + white(rng, x.size, how.noise_dbm0)


def _tape(group: str, name: str, how: Dial, change=lambda x: x) -> Tape:
    return Tape(group, name, lambda rng: change(dialled(rng, how)), how.digits)


def accept() -> Iterator[Tape]:
    """Yield dials of every kind that must be heard."""
    base = Dial()
    for pps in (8.0, 9.0, 10.0, 11.0, 12.0):
        for make in (0.28, 0.33, 0.39, 0.45, 0.5):
            how = replace(base, pps=pps, make=make)
            yield _tape("10 pps", f"{pps:g} pps, {make:.0%} make", how)
    for pps in (18.0, 20.0, 22.0):
        for make in (0.33, 0.39, 0.45):
            how = replace(base, pps=pps, make=make, pause_s=0.4)
            yield _tape("20 pps", f"{pps:g} pps, {make:.0%} make", how)
    for pause_s in (0.25, 0.4, 1.0, 2.0):
        yield _tape("pause", f"{pause_s:g} s", replace(base, pause_s=pause_s))
    for peak in (-3.0, -10.0, -20.0, -30.0, -40.0):
        how = replace(base, peak_dbov=peak, noise_dbm0=peak - 26)
        tone = None if peak < -30 else -20.0 if peak > -30 else -36.0
        yield _tape("level", f"{peak:g} dBov", replace(how, tone_dbm0=tone))
    for down in (0.0, 3.0, 8.0, 10.0):
        yield _tape("make", f"{down:g} dB weaker", replace(base, make_db=down))
    for jitter in (1.0, 1.5):
        yield _tape("jitter", f"{jitter:g} ms", replace(base, jitter_ms=jitter))
    for bounce in (1.0, 2.0, 3.0):
        yield _tape("bounce", f"{bounce:g} ms", replace(base, bounce_ms=bounce))
    for region, lines in DIAL_TONES.items():
        for dbm0 in (-24.0, -16.0, -10.0):
            how = replace(base, lines=lines, tone_dbm0=dbm0, peak_dbov=-14.0)
            yield _tape("dial tone", f"{region} {dbm0:g} dBm0", how)
    for mains in (50.0, 60.0):
        for dbm0 in (-40.0, -25.0):
            yield _tape(
                "hum",
                f"{mains:g} Hz {dbm0:g} dBm0",
                base,
                lambda x, m=mains, d=dbm0: x + hum(x.size, m, d, 3),
            )
    for snr in (26, 30, 34):
        how = replace(base, noise_dbm0=-20.0 + 6 - snr)
        yield _tape("noise", f"{snr} dB below the peak", how)
    for law in ("mu", "a"):
        yield _tape("coding", f"{law}-law", base, lambda x, w=law: companded(x, w))
    yield _tape(
        "clipping",
        "full scale",
        replace(base, tone_dbm0=None),
        lambda x: np.clip(x * 20, -1, 1),
    )
    for digits in ("5550123", "112", "0", "911", "4", "19"):
        yield _tape("number", digits, replace(base, digits=digits))


def reject() -> Iterator[Tape]:
    """Yield clicks that are no digits."""

    def at(times: list[float], name: str, group: str) -> Tape:
        def make(rng: np.random.Generator) -> Wave:
            x = white(rng, round((times[-1] + 2) * FS), -58)
            wave = click(rng) * 0.1
            for when in times:
                first = round(when * FS)
                x[first : first + wave.size] += wave
            return x

        return Tape(group, name, make, "")

    for break_s in (0.15, 0.3, 0.6, 1.0):
        yield at([2, 2 + break_s], f"{break_s:g} s", "hook flash")
    yield at([2.0], "hang-up", "release")
    yield at([2.0, 6.0], "hang-up and lift", "release")
    yield at([1 + i / 10 for i in range(40)], "10 a second", "ticks")
    yield at([1 + i / 4 for i in range(40)], "4 a second", "ticks")
    rng = np.random.default_rng(7)
    for rate in (2, 5, 10, 20):
        gaps = rng.exponential(1 / rate, rate * 60)
        yield at((1 + np.cumsum(gaps)).tolist(), f"{rate} a second", "crackle")
    gallop = np.cumsum([0.06, 0.04] * 30) + 1
    yield at(gallop.tolist(), "pairs without end", "ticks")
