"""DTMF: Q.24 must-accept and must-reject, limits, talk-off."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from dsp.dtmf import decode
from tests.bench.hearing import hearers, talk
from tests.bench.hearing.hearers import Hearer, measured
from tests.bench.hearing.row import HeardRow
from tests.bench.hearing.score import digits_found, digits_taken, matched, reach
from tests.dsp.tapes import dtmf, talkoff
from tests.dsp.tapes.tape import FS, Tape, Wave, hum, sine, white

SNR_DB = tuple(range(20, -6, -1))
DIGITS_PER_SNR = 20 * dtmf.ALL


def rows() -> Iterator[HeardRow]:
    all_of_them = hearers.of_digits()

    def row(name, unit, measure, **targets) -> HeardRow:
        ours, peers = measured(all_of_them, measure)
        return HeardRow(name, ours, unit, peers=peers, **targets)

    accept, reject = dtmf.accept(), dtmf.reject()
    yield row(
        "DTMF must-accept digits found",
        "%",
        lambda hear: digits_found(accept, hear).percent(),
        at_least=99.5,
    )
    yield row(
        "DTMF must-reject digits accepted",
        "%",
        lambda hear: digits_taken(reject, dtmf.ATTEMPTS, hear).percent(),
        at_most=1.0,
    )
    yield row("DTMF lowest SNR, 99 % of 50 ms digits", "dB", lowest_snr, at_most=7.0)
    for name, sign, want in (("lowest", -1, -8), ("highest", 1, 4)):
        target = {"at_most": want} if sign < 0 else {"at_least": want}
        yield row(
            f"DTMF {name} twist accepted", "dB", lambda h, s=sign: twist(h, s), **target
        )
    yield row("DTMF frequency accepted, both tones", "%", off_taken, at_least=1.5)
    yield row("DTMF frequency rejected from", "%", off_left, at_most=3.5)
    yield row("DTMF under steady hum, hum over tone", "dB", under_hum, at_least=10.0)
    yield row("DTMF over US dial tone, margin", "dB", over_dial_tone, at_least=3.0)
    for group, want in (("dc", 100.0), ("clipping", 97.0)):
        tapes = [t for t in accept if t.group == group]
        yield row(
            f"DTMF with {group}",
            "%",
            lambda hear, tapes=tapes: digits_found(tapes, hear).percent(),
            at_least=want,
        )
    for snr in (40.0, 10.0):
        yield HeardRow(
            f"DTMF start and end, 95 % within, {snr:.0f} dB noise",
            limits_off(snr),
            "ms",
            at_most=3.0,
        )
    yield row(
        f"false digits in {talk.minutes(talk.talk_off()):.0f} min of talk-off",
        "digits",
        lambda hear: float(sum(len(hear(x)) for x in talk.talk_off())),
        at_most=0.0,
    )
    pinned = [t.samples() for t in talkoff.pinned_vowels()]
    yield row(
        "false digits in 8 min of vowels pinned to digits",
        "digits",
        lambda hear: float(sum(len(hear(x)) for x in pinned)),
    )


def snr_tape(snr_db: float, symbols: str = DIGITS_PER_SNR) -> Tape:
    """Return 50 ms digits of -15 dBm0 a tone in white noise over 0..4 kHz."""

    def make(rng: np.random.Generator) -> Wave:
        x = dtmf.dialled(rng, symbols)
        return x + white(rng, x.size, -12 - snr_db)

    return Tape("noise scan", f"{snr_db} dB", make, symbols)


def share(tape: Tape, hear: Hearer) -> float:
    """Return the share of a tape's digits that are found."""
    return matched(tape.truth, hear(tape.samples())) / len(tape.truth)


def limits_off(snr_db: float) -> float:
    """Return what 95 % of starts and ends of digits of 40..200 ms are off, ms."""
    errors: list[float] = []
    for on_ms in (40, 50, 70, 100, 200):
        how = dtmf.Keying(on_ms=on_ms, off_ms=61.3)
        tape = Tape(
            "limits", f"{on_ms} ms", lambda rng, h=how: dtmf.dialled(rng, how=h)
        )
        x = tape.make(tape.rng())
        noisy = x + white(tape.rng(), x.size, -12 - snr_db)
        found = decode(noisy, FS)
        pieces = round(on_ms * 8), round(61.3 * 8)
        starts = 2400 + sum(pieces) * np.arange(len(dtmf.ALL))
        for d in found:
            nearest = int(np.abs(starts - d.start).argmin())
            errors += [d.start - starts[nearest], d.end - starts[nearest] - pieces[0]]
    return float(np.quantile(np.abs(errors), 0.95)) / 8


def lowest_snr(hear: Hearer) -> float:
    return reach(SNR_DB, lambda snr: share(snr_tape(snr), hear) >= 0.99)


def _scan(
    steps: Sequence[float],
    hear: Hearer,
    make: Callable[[float, np.random.Generator], Wave],
) -> float:
    """Return the last step at which all digits are found."""

    def found(step: float) -> bool:
        def render(rng: np.random.Generator) -> Wave:
            x = make(step, rng)
            return x + white(rng, x.size, -65)

        return hear(Tape("scan", f"{step}", render).samples()) == dtmf.ALL

    return reach(steps, found)


def _keyed(step: float, rng: np.random.Generator, **changes: float) -> Wave:
    return dtmf.dialled(rng, how=replace(dtmf.Keying(), **changes))


def twist(hear: Hearer, sign: int) -> float:
    """Return the largest twist, high over low, that is accepted on that side."""
    steps = [sign * db for db in np.arange(0, 14, 0.5)]
    return _scan(steps, hear, lambda db, rng: _keyed(db, rng, twist_db=db))


def off_taken(hear: Hearer) -> float:
    """Return the largest error of both frequencies, either way, that is accepted."""

    def make(sign: int) -> Callable[[float, np.random.Generator], Wave]:
        return lambda off, rng: _keyed(
            off, rng, low_off=sign * off / 100, high_off=sign * off / 100
        )

    steps = np.arange(0, 4, 0.1).round(1).tolist()
    return min(_scan(steps, hear, make(sign)) for sign in (1, -1))


def off_left(hear: Hearer) -> float:
    """Return the error of both frequencies from which nothing is accepted."""

    def silent(off: float) -> bool:
        for sign in (1, -1):
            how = dtmf.Keying(low_off=sign * off / 100, high_off=sign * off / 100)
            tape = Tape(
                "off", f"{sign * off}", lambda rng, h=how: dtmf.dialled(rng, how=h)
            )
            if hear(tape.samples()):
                return False
        return True

    return reach(np.arange(6, 0.5, -0.1).round(1).tolist(), silent)


def under_hum(hear: Hearer) -> float:
    """Return how far steady mains hum may be over a digit's tone."""

    def make(mains: float) -> Callable[[float, np.random.Generator], Wave]:
        def mixed(over: float, rng: np.random.Generator) -> Wave:
            x = dtmf.dialled(rng)
            return x + hum(x.size, mains, -15 + over)

        return mixed

    steps = list(range(-20, 17))
    return min(_scan(steps, hear, make(mains)) for mains in (50.0, 60.0))


def over_dial_tone(hear: Hearer) -> float:
    """Return how far each line of a US dial tone may be over a digit's tone.

    Positive: the dial tone is the stronger.
    """

    def mixed(over: float, rng: np.random.Generator) -> Wave:
        x = dtmf.dialled(rng)
        return x + sum(sine(hz, x.size, -15 + over, hz) for hz in (350.0, 440.0))

    return _scan(list(range(-25, 16)), hear, mixed)
