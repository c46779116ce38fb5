"""Ringing, beeps of answering machines, and modem data over lines as lines are.

`truth` is a `Sounds` for any country, `ring` standing for a burst of ringing.
"""

from collections.abc import Callable, Iterator

import numpy as np

from tests.dsp.tapes.progress import Sounds
from tests.dsp.tapes.tape import (
    FS,
    Tape,
    Wave,
    companded,
    hum,
    long_loop,
    rms,
    silence,
    sine,
    speech,
    through,
    white,
)

#: Symbol rate, carrier, points and roll-off (ITU-T V.22, V.27ter, V.29, V.32).
MODEMS = {
    "V.22 calling": (600, 1200, 4, 0.75),
    "V.22 answering": (600, 2400, 16, 0.75),
    "V.27ter": (1600, 1800, 4, 0.5),
    "V.29": (2400, 1700, 16, 0.2),
    "V.32 and V.17": (2400, 1800, 64, 0.25),
}


def data(
    rate_hz: float,
    carrier_hz: float,
    seconds: float,
    dbm0: float,
    rng: np.random.Generator,
    points: int = 4,
    roll_off: float = 0.25,
) -> Wave:
    """Return scrambled symbols of a QAM modem with a raised-cosine spectrum."""
    n = round(seconds * FS)
    count = round(seconds * rate_hz) + 40
    side = round(np.sqrt(points)) if points > 2 else 2
    grid = 2 * np.arange(side) - side + 1
    symbols = rng.choice(grid, count) + 1j * rng.choice(grid, count)
    t = np.arange(n) / FS
    x = np.zeros(n, complex)
    base = np.floor(t * rate_hz).astype(int)
    for k in range(-8, 9):
        number = base + k + 10
        u = t * rate_hz - (base + k)
        pulse = np.sinc(u) * np.cos(np.pi * roll_off * u)
        pulse /= np.where(
            abs(1 - (2 * roll_off * u) ** 2) < 1e-6, 1, 1 - (2 * roll_off * u) ** 2
        )
        x += symbols[number] * pulse
    y = (x * np.exp(2j * np.pi * carrier_hz * t)).real
    return y / np.std(y) * rms(dbm0)


Change = Callable[[Wave, np.random.Generator], Wave]

LINES: tuple[tuple[str, float, Change], ...] = (
    ("plain", -15, lambda x, rng: x),
    ("soft", -33, lambda x, rng: x),
    ("loud", -4, lambda x, rng: x),
    ("noise 15 dB", -20, lambda x, rng: x + white(rng, x.size, -35)),
    ("mu-law", -28, lambda x, rng: companded(x, "mu")),
    ("hum", -22, lambda x, rng: x + hum(x.size, 50, -22, 3)),
    ("long loop", -10, lambda x, rng: through(long_loop(10), x)),
)


def _tapes(
    name: str, what: str, wave: Callable[[float, np.random.Generator], Wave]
) -> Iterator[Tape]:
    for line, dbm0, change in LINES:

        def make(
            rng: np.random.Generator, dbm0: float = dbm0, change: Change = change
        ) -> Wave:
            x = wave(dbm0, rng)
            return change(x, rng) + white(rng, x.size, dbm0 - 35)

        yield Tape(name, f"{what}, {line}", make, Sounds("us", frozenset([name])))


def modems() -> Iterator[Tape]:
    """Yield modem data."""
    for what, (rate, carrier, points, roll_off) in MODEMS.items():

        def wave(
            dbm0: float,
            rng: np.random.Generator,
            how: tuple[float, float, int, float] = (rate, carrier, points, roll_off),
        ) -> Wave:
            sent = data(how[0], how[1], 2.5, dbm0, rng, how[2], how[3])
            return np.concatenate([silence(500), sent, silence(800)])

        yield from _tapes("modem_data", what, wave)


def beeps() -> Iterator[Tape]:
    """Yield a greeting, a beep and somebody who waits."""
    for hz in (415, 620, 800, 1000, 1240, 1600, 1990):
        for ms in (120, 300, 900):

            def wave(
                dbm0: float, rng: np.random.Generator, hz: int = hz, ms: int = ms
            ) -> Wave:
                greeting = speech(rng, 6 * FS, dbm0)
                beep = sine(hz, 8 * ms, dbm0)
                return np.concatenate([greeting, silence(400), beep, silence(1200)])

            yield from _tapes("answering_beep", f"{hz} Hz {ms} ms", wave)


def rings() -> Iterator[Tape]:
    """Yield two rings; where a line takes the lows off there is nothing to hear."""
    for hz in (16, 20, 25, 50, 66):
        for seconds in ((2, 4, 2), (1, 4, 1), (0.4, 0.2, 0.4, 2, 0.4, 0.2, 0.4)):

            def wave(
                dbm0: float,
                rng: np.random.Generator,
                hz: int = hz,
                seconds: tuple[float, ...] = seconds,
            ) -> Wave:
                parts = [silence(3500)]
                for i, s in enumerate(seconds):
                    n = round(8000 * s)
                    parts.append(np.zeros(n) if i % 2 else sine(hz, n, dbm0))
                return np.concatenate([*parts, silence(1500)])

            for tape in _tapes("ring", f"{hz} Hz {seconds}", wave):
                if "loop" not in tape.name:
                    yield tape
