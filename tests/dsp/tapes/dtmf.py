"""DTMF: what ITU-T Q.24 says a receiver must take, and what it must leave.

`truth` is the string of digits on the tape, empty for must-reject.  A must-reject tape
has `ATTEMPTS` signals on it, each of which could be taken for a digit.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from tests.dsp.tapes.tape import (
    FS,
    Tape,
    Wave,
    companded,
    delayed,
    hum,
    long_loop,
    padded,
    silence,
    sine,
    speech,
    telephone_band,
    through,
    white,
)

ROWS_HZ = (697.0, 770.0, 852.0, 941.0)
COLUMNS_HZ = (1209.0, 1336.0, 1477.0, 1633.0)
KEYS = "123A456B789C*0#D"
ALL = "1234567890*#ABCD"
#: Signals on a must-reject tape.
ATTEMPTS = 32


@dataclass(frozen=True)
class Keying:
    """How digits are sent: lengths, level of the low tone, errors."""

    on_ms: float = 50.0
    off_ms: float = 50.0
    dbm0: float = -15.0
    twist_db: float = 0.0
    low_off: float = 0.0
    high_off: float = 0.0
    break_ms: float = 0.0
    rise_ms: float = 0.0


def digit(symbol: str, how: Keying, rng: np.random.Generator) -> Wave:
    """Return one digit; an interruption, if any, is in its middle."""
    row, column = divmod(KEYS.index(symbol), 4)
    n = round(how.on_ms * FS / 1000)
    low, high = rng.uniform(0, 2 * np.pi, 2)
    x = sine(ROWS_HZ[row] * (1 + how.low_off), n, how.dbm0, low)
    x += sine(COLUMNS_HZ[column] * (1 + how.high_off), n, how.dbm0 + how.twist_db, high)
    gap = round(how.break_ms * FS / 1000)
    x[(n - gap) // 2 : (n - gap) // 2 + gap] = 0
    if how.rise_ms:
        edge = np.minimum(np.arange(n) / (how.rise_ms * FS / 1000), 1)
        x *= edge * edge[::-1]
    return x


def dialled(
    rng: np.random.Generator, symbols: str = ALL, how: Keying | None = None
) -> Wave:
    """Return digits with pauses between and 300 ms of silence around."""
    how = how or Keying()
    pause = silence(how.off_ms)
    return padded(np.concatenate([[*digit(s, how, rng), *pause] for s in symbols]))


def _sent(group: str, name: str, how: Keying, noise_dbm0: float = -65.0) -> Tape:
    def make(rng: np.random.Generator) -> Wave:
        x = dialled(rng, ALL, how)
        return x + white(rng, x.size, noise_dbm0)

    return Tape(group, name, make, ALL)


def _plain() -> Iterator[Tape]:
    """Yield tapes that differ only in how digits are sent."""
    base = Keying()
    yield Tape("calibration", "clean", lambda rng: dialled(rng), ALL)
    for dbm0 in (-42, -40, -36, -32, -28, -25, -20, -16, -12, -9, -6, -3, 0):
        yield _sent("level", f"{dbm0:+d} dBm0", replace(base, dbm0=dbm0), dbm0 - 25)
    for off in (-1.5, -1.2, -0.8, 0.8, 1.2, 1.5):
        both = replace(base, low_off=off / 100, high_off=off / 100)
        yield _sent("frequency", f"both {off:+.1f} %", both)
        yield _sent("frequency", f"low {off:+.1f} %", replace(both, high_off=0))
        yield _sent("frequency", f"high {off:+.1f} %", replace(both, low_off=0))
        yield _sent(
            "frequency", f"apart {off:+.1f} %", replace(both, high_off=-off / 100)
        )
    for twist in (-8, -7, -6, -4, -2, 2, 3, 4):
        for dbm0 in (-5 - max(twist, 0), -20, -32):
            how = replace(base, twist_db=twist, dbm0=dbm0)
            yield _sent("twist", f"{twist:+d} dB at {dbm0} dBm0", how)
    for on in (40, 42, 45, 50, 60, 80, 100, 250, 1000):
        yield _sent("duration", f"{on} ms on", replace(base, on_ms=on))
    for off_ms in (40, 45, 53, 70, 100, 500):
        yield _sent("pause", f"{off_ms} ms off", replace(base, off_ms=off_ms))
        yield _sent(
            "pause",
            f"40 ms on, {off_ms} ms off",
            replace(base, on_ms=40, off_ms=off_ms),
        )
    for break_ms in (2, 3, 4, 5, 8, 10):
        for on in (60, 80, 120):
            how = replace(base, on_ms=on, break_ms=break_ms)
            yield _sent("interruption", f"{break_ms} ms in {on} ms", how)
    for rise in (2, 5):
        yield _sent("rise", f"{rise} ms", replace(base, on_ms=50 + rise, rise_ms=rise))
    # The corners of the table together.
    for twist, off, dbm0 in (
        (-8, 1.5, -10),
        (4, -1.5, -10),
        (-8, -1.5, -25),
        (4, 1.5, -25),
    ):
        how = Keying(40, 53, dbm0, twist, off / 100, off / 100)
        yield _sent("corner", f"40 ms {twist:+d} dB {off:+.1f} % {dbm0} dBm0", how)
        name = f"40 ms {twist:+d} dB {off:+.1f} % {dbm0} dBm0, noise 20 dB"
        yield _sent("corner", name, how, dbm0 + min(twist, 0) - 17)


def _impaired() -> Iterator[Tape]:
    """Yield tapes whose line does something to the digits."""
    base = Keying()

    def tape(group, name, change, how=base):
        def make(rng):
            x = dialled(rng, ALL, how)
            x = x + white(rng, x.size, -65)
            return change(x, rng)

        return Tape(group, name, make, ALL)

    yield from _dial_tones(tape)
    for mains in (50.0, 60.0, 49.8, 60.2):
        for over in (-10, 0, 5, 10):
            for harmonics in (1, 4):
                yield tape(
                    "hum",
                    f"{mains} Hz {over:+d} dB, {harmonics} lines",
                    lambda x, rng, m=mains, o=over, h=harmonics: (
                        x + hum(x.size, m, -15 + o, h)
                    ),
                )
    for dc in (-0.3, -0.1, 0.02, 0.1, 0.3):
        yield tape("dc", f"{dc:+.2f} of full scale", lambda x, rng, d=dc: x + d)
    for over in (3, 6, 12, 20):
        yield tape(
            "clipping",
            f"{over} dB over full scale",
            lambda x, rng, o=over: np.clip(x * 10 ** ((o + 12) / 20), -1, 1),
        )
        for twist in (-2, 2):
            yield tape(
                "clipping",
                f"{over} dB over full scale, twist {twist:+d} dB",
                lambda x, rng, o=over: np.clip(x * 10 ** ((o + 12) / 20), -1, 1),
                replace(base, twist_db=twist),
            )
    yield tape("clipping", "half wave", lambda x, rng: np.clip(x * 4, -1, 0.5))
    for law in ("mu", "a"):
        for dbm0 in (-40, -35, -25, -10):
            yield tape(
                "coding",
                f"{law}-law {dbm0} dBm0",
                lambda x, rng, w=law: companded(x, w),
                replace(base, dbm0=dbm0),
            )
    for ms in (1, 2, 5, 10, 15, 20):
        yield tape(
            "echo", f"{ms} ms, 10 dB down", lambda x, rng, m=ms: x + delayed(x, m, -10)
        )
    for snr in (30, 20, 15, 12, 10, 7):
        yield tape(
            "noise",
            f"{snr} dB",
            lambda x, rng, s=snr: x + white(rng, x.size, -12 - s),
        )
    for down in (10, 15, 20):
        for on in (60, 100):
            yield tape(
                "speech",
                f"{down} dB below, {on} ms",
                lambda x, rng, d=down: x + speech(rng, x.size, -12 - d),
                replace(base, on_ms=on, off_ms=70),
            )
    yield tape("loop", "telephone band", lambda x, rng: through(telephone_band(), x))
    for loss in (4, 8):
        yield tape(
            "loop",
            f"{loss} dB at 3 kHz",
            lambda x, rng, d=loss: through(long_loop(d), x),
            replace(base, dbm0=-9, twist_db=2),
        )


#: Dial tone as sent (frequencies) by region.
DIAL_TONES = {
    "US": (350.0, 440.0),
    "EU": (425.0,),
    "FR": (330.0, 440.0),
    "JP": (400.0,),
}


def _dial_tones(tape) -> Iterator[Tape]:
    for region, lines in DIAL_TONES.items():
        for margin in (-3, 0, 3, 8):
            # A margin of +3 dB: each line of the dial tone 3 dB over each digit tone.
            def change(x, rng, lines=lines, margin=margin):
                return x + sum(
                    sine(hz, x.size, -15 + margin, i) for i, hz in enumerate(lines)
                )

            yield tape("dial tone", f"{region} {margin:+d} dB", change)


def accept() -> list[Tape]:
    """Return all tapes whose digits must be found."""
    return [*_plain(), *_impaired()]


def _attempts(one) -> object:
    """Return a maker of a tape with many signals that are no digits."""

    def make(rng: np.random.Generator) -> Wave:
        parts = []
        for i in range(ATTEMPTS):
            parts += [one(ALL[i % 16], rng), silence(120)]
        x = padded(np.concatenate(parts))
        return x + white(rng, x.size, -65)

    return make


def _single(row: bool, ms: float):
    def one(symbol, rng):
        r, c = divmod(KEYS.index(symbol), 4)
        return sine(ROWS_HZ[r] if row else COLUMNS_HZ[c], round(ms * 8), -12)

    return one


def _three(ms: float, level_db: float):
    """Return a digit with a third tone of a group beside it."""

    def one(symbol, rng):
        r, c = divmod(KEYS.index(symbol), 4)
        group = ROWS_HZ if rng.integers(2) else COLUMNS_HZ
        used = ROWS_HZ[r] if group is ROWS_HZ else COLUMNS_HZ[c]
        third = rng.choice([hz for hz in group if hz != used])
        return digit(symbol, Keying(ms), rng) + sine(
            third, round(ms * 8), -15 + level_db
        )

    return one


def _third(hz: float, ms: float, level_db: float):
    """Return a digit with a tone of any frequency that comes and goes with it."""

    def one(symbol, rng):
        third = sine(hz, round(ms * 8), -15 + level_db, rng.uniform(0, 6))
        return digit(symbol, Keying(ms), rng) + third

    return one


def _same_group(ms: float):
    def one(symbol, rng):
        group = ROWS_HZ if rng.integers(2) else COLUMNS_HZ
        first, second = rng.choice(group, 2, replace=False)
        n = round(ms * 8)
        return sine(first, n, -15) + sine(second, n, -15)

    return one


def reject() -> list[Tape]:
    """Return all tapes on which nothing is a digit."""
    tapes = []

    def add(group, name, one):
        tapes.append(Tape(group, name, _attempts(one), ""))

    def off(low, high, ms):
        how = Keying(ms, low_off=low / 100, high_off=high / 100)
        return lambda s, rng: digit(s, how, rng)

    for ms in (60, 100):
        for low, high in (
            (3.5, 3.5),
            (-3.5, -3.5),
            (3.5, 0),
            (-3.5, 0),
            (0, 3.5),
            (0, -3.5),
            (3.5, -3.5),
            (4.5, 4.5),
            (-4.5, -4.5),
        ):
            add("off frequency", f"{low:+} / {high:+} %, {ms} ms", off(low, high, ms))
        for twist in (-14, -12, 8, 10, 14):
            how = Keying(ms, twist_db=twist)
            add(
                "too much twist",
                f"{twist:+d} dB, {ms} ms",
                lambda s, rng, h=how: digit(s, h, rng),
            )
        add("single tone", f"rows, {ms} ms", _single(True, ms))
        add("single tone", f"columns, {ms} ms", _single(False, ms))
        add("three tones", f"equal, {ms} ms", _three(ms, 0))
        add("three tones", f"third 3 dB down, {ms} ms", _three(ms, -3))
        add("three tones", f"third 6 dB down, {ms} ms", _three(ms, -6))
        for hz in (400, 550, 1075, 1900, 2400, 3000):
            add("third tone", f"{hz} Hz, {ms} ms", _third(hz, ms, 0))
        add("same group", f"{ms} ms", _same_group(ms))
    for ms in (8, 12, 16, 18, 20, 22, 23):
        how = Keying(ms)
        add("too short", f"{ms} ms", lambda s, rng, h=how: digit(s, h, rng))
    for dbm0 in (-60, -57, -55):
        how = Keying(dbm0=dbm0)
        add("too soft", f"{dbm0} dBm0", lambda s, rng, h=how: digit(s, h, rng))
    return tapes
