"""Caller ID by DTMF: the forms of EN 300 659-1 annex A and of national networks.

`truth` is a list of one `Said`; absence is ``P`` (restricted) or ``O`` (unavailable).
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from tests.dsp.tapes.dtmf import DIAL_TONES, Keying, digit
from tests.dsp.tapes.fsk import Said
from tests.dsp.tapes.tape import FS, Tape, Wave, companded, hum, silence, sine, white

NUMBER = "5550123"

#: Where, the digits as sent, what they say.
FORMS = (
    ("SE FI IS BE NL BR IN SA UY", f"A{NUMBER}C", Said(NUMBER)),
    ("SE redirected", f"A{NUMBER}D5550199C", Said(NUMBER)),
    ("SE restricted", "B10C", Said(absence="P")),
    ("SE not available", "B00C", Said(absence="O")),
    ("DK NL", f"A{NUMBER}#", Said(NUMBER)),
    ("DK NL restricted", "D1#", Said(absence="P")),
    ("DK NL international", "D2#", Said(absence="O")),
    ("DK NL technical", "D3#", Said(absence="O")),
    ("TW KW", f"D{NUMBER}C", Said(NUMBER)),
    ("DK NL older, no start code", f"{NUMBER}#", Said(NUMBER)),
    ("both, restricted code after number", f"A{NUMBER}B00C", Said(NUMBER)),
    ("redirecting first", f"D5550199A{NUMBER}C", Said(NUMBER)),
    ("restricted, redirected", "D5550199B10C", Said(absence="P")),
    ("older, ten digits", "0205550123#", Said("0205550123")),
    ("15 digits", "A005550123555012C", Said("005550123555012")),
    ("IN 10 digits", "A5550123555C", Said("5550123555")),
)


def tapes() -> Iterator[Tape]:
    """Yield each form over good and bad lines."""
    for where, digits, said in FORMS:
        for on, off in ((70, 70), (50, 50), (100, 80)):
            how = Keying(on, off, -18)
            yield _tape(where, f"{on}/{off} ms", digits, said, how, -60)
        for dbm0 in (-32, -8):
            how = Keying(70, 70, dbm0, twist_db=-3)
            yield _tape(where, f"{dbm0} dBm0", digits, said, how, dbm0 - 22)
        yield _tape(where, "hum", digits, said, Keying(70, 70, -18), -60, -14)


def between_rings() -> Iterator[Tape]:
    """Yield messages after a ring burst, and sent again after the next one."""
    for where, digits, said in FORMS:

        def make(rng: np.random.Generator, digits: str = digits) -> Wave:
            keyed = []
            for symbol in digits:
                how = Keying(70, 70, -20, rise_ms=1)
                keyed += [digit(symbol, how, rng), silence(70)]
            ring = ringing(1000, rng)
            parts = [ring, silence(350), *keyed, silence(300), ring, silence(500)]
            x = np.concatenate([*parts, *keyed, silence(300), ring, silence(2500)])
            return x + white(rng, x.size, -58)

        yield Tape("between rings", where, make, [said, said])


def hard(count: int = 54) -> Iterator[Tape]:
    """Yield every form over lines with hum, noise, A-law and tones off by 1.5 %."""
    for i in range(count):
        where, digits, said = FORMS[i % len(FORMS)]

        def make(rng: np.random.Generator, digits: str = digits) -> Wave:
            on, off = rng.choice([50, 60, 70, 80, 100], 2)
            level, apart = rng.uniform(-28, -5), rng.uniform(-0.015, 0.015, 2)
            how = Keying(on, off, level, rng.uniform(-6, 3), *apart)
            parts = [silence(300), _reversal(rng), silence(rng.uniform(150, 500))]
            for symbol in digits:
                parts += [digit(symbol, how, rng), silence(off)]
            parts += [silence(rng.uniform(200, 500)), ringing(1000, rng), silence(600)]
            x = np.concatenate(parts)
            mains = 50 * (1 + rng.uniform(-4e-3, 4e-3))
            x = x + hum(x.size, mains, level + rng.uniform(-20, 8), 4)
            x = x + white(rng, x.size, level - rng.uniform(15, 40))
            return companded(x + rng.uniform(-0.03, 0.03), "a")

        yield Tape("hard DTMF", f"{where} {i}", make, [said])


def dialled(count: int = 60) -> Iterator[Tape]:
    """Yield numbers and # dialled by people: none may pass as caller ID.

    By finger, on a keypad of fixed tones, and from memory after a dial tone.
    """
    for i in range(count):
        yield Tape("dialled", f"no. {i}", _BY_PEOPLE[i % len(_BY_PEOPLE)], [])


def _number(rng: np.random.Generator) -> str:
    return "".join(map(str, rng.integers(0, 10, rng.integers(6, 12)))) + "#"


def _by_finger(rng: np.random.Generator) -> Wave:
    parts = [silence(800)]
    for symbol in _number(rng):
        how = Keying(rng.uniform(70, 250), 0, -12)
        parts += [digit(symbol, how, rng), silence(rng.uniform(60, 400))]
    return _line(parts, rng)


def _on_a_keypad(rng: np.random.Generator) -> Wave:
    parts = [silence(800)]
    for symbol in _number(rng):
        pause = 60 + rng.exponential(90)
        parts += [digit(symbol, Keying(100, 0, -12), rng), silence(pause)]
    return _line(parts, rng)


def _from_memory(rng: np.random.Generator) -> Wave:
    tones = list(DIAL_TONES.values())[rng.integers(len(DIAL_TONES))]
    n, dbm0 = round(FS * rng.uniform(0.8, 3)), rng.uniform(-25, -8)
    dial = np.sum([sine(hz, n, dbm0, i) for i, hz in enumerate(tones)], axis=0)
    parts = [silence(500), dial]
    level = rng.uniform(-20, -4)
    for symbol in _number(rng):
        parts += [digit(symbol, Keying(70, 70, level), rng), silence(70)]
    x = _line(parts, rng)
    return x + hum(x.size, 50, rng.uniform(-50, -25), 4)


_BY_PEOPLE = (_by_finger, _on_a_keypad, _from_memory)


def _line(parts: list[Wave], rng: np.random.Generator) -> Wave:
    x = np.concatenate([*parts, silence(1500)])
    return x + white(rng, x.size, -60)


def ringing(ms: float, rng: np.random.Generator) -> Wave:
    """Return what leaks of ringing current into the tap: a loud clipped 20..25 Hz."""
    n = round(ms * FS / 1000)
    return np.clip(sine(rng.choice([20.0, 25.0]), n, 6, 0.3), -0.6, 0.6)


def _tape(
    where: str,
    what: str,
    digits: str,
    said: Said,
    how: Keying,
    noise_dbm0: float,
    hum_dbm0: float | None = None,
) -> Tape:
    def make(rng: np.random.Generator) -> Wave:
        parts = [silence(400), _reversal(rng), silence(250)]
        for symbol in digits:
            parts += [digit(symbol, replace(how, rise_ms=1), rng), silence(how.off_ms)]
        x = np.concatenate([*parts, silence(2500)])
        if hum_dbm0 is not None:
            x = x + hum(x.size, 50, hum_dbm0, 3)
        return x + white(rng, x.size, noise_dbm0)

    return Tape("caller ID by DTMF", f"{where}, {what}", make, [said])


def _reversal(rng: np.random.Generator) -> Wave:
    """Return the click of a polarity reversal through the tap's capacitors."""
    n = FS // 10
    return 0.3 * rng.choice([-1, 1]) * np.exp(-np.arange(n) / 80.0)
