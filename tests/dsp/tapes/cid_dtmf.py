"""Caller ID by DTMF: the forms of EN 300 659-1 annex A and of national networks.

`truth` is a list of one `Said`; absence is ``P`` (restricted) or ``O`` (unavailable).
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from tests.dsp.tapes.dtmf import Keying, digit
from tests.dsp.tapes.fsk import Said
from tests.dsp.tapes.tape import FS, Tape, Wave, hum, silence, white

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
