"""Call progress of every country in `dsp.tone_plans`: must-accept, noise, talk after.

`truth` is a `Sounds`: the country to listen with, and names of which one has to be
heard and no other.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from dsp.tone_plans import COUNTRIES, MAIN_NAMES, TonePattern, plan
from tests.dsp.tapes.tape import (
    Tape,
    Wave,
    companded,
    hum,
    long_loop,
    silence,
    sine,
    speech,
    through,
    white,
)


@dataclass(frozen=True)
class Sounds:
    """What a tape holds and how to listen."""

    country: str
    names: frozenset[str]


#: Times a cadence is heard.
CYCLES = {"ringback": 3, "dial_tone": 3, "call_waiting": 2, "stutter_dial": 8}
USUAL_CYCLES = 6


def sounded(
    lines: tuple[float, ...],
    cadence_s: tuple[float, ...],
    cycles: int,
    dbm0: float,
    rng: np.random.Generator,
    down_db: tuple[float, ...] = (),
) -> Wave:
    """Return a tone; no cadence means 3 s of it; `down_db` lowers bursts in turn."""
    phases = rng.uniform(0, 2 * np.pi, len(lines))

    def on(seconds: float, dbm0: float) -> Wave:
        n = round(seconds * 8000)
        x = sum(sine(hz, n, dbm0, p) for hz, p in zip(lines, phases, strict=True))
        edge = np.minimum((np.arange(n) + 0.5) / 24, 1)
        return np.asarray(x) * edge * edge[::-1]

    if not cadence_s:
        return on(3, dbm0)
    parts = []
    bursts = 0
    for _ in range(cycles):
        for i, seconds in enumerate(cadence_s):
            if i % 2:
                parts.append(silence(seconds * 1000))
            else:
                down = down_db[bursts % len(down_db)] if down_db else 0
                parts.append(on(seconds, dbm0 - down))
                bursts += 1
    return np.concatenate(parts)


def pattern_wave(
    pattern: TonePattern,
    rng: np.random.Generator,
    dbm0: float = -20.0,
    stretch: float = 1.0,
    off: float = 0.0,
) -> Wave:
    """Return a pattern as an exchange sends it, `dbm0` a line."""
    lines = tuple(hz * (1 + off) for hz in pattern.frequencies_hz)
    cadence = tuple(s * stretch for s in pattern.cadence_s)
    cycles = CYCLES.get(pattern.name, USUAL_CYCLES)
    x = sounded(lines, cadence, cycles, dbm0, rng)
    if pattern.name == "stutter_dial":
        x = np.concatenate([x, sounded(lines, (), 1, dbm0, rng)])
    return x


Change = Callable[[Wave, np.random.Generator], Wave]


def _tape(
    group: str,
    what: str,
    country: str,
    pattern: TonePattern,
    *,
    noise_db: float = 40.0,
    change: Change | None = None,
    after: Callable[[np.random.Generator], Wave] | None = None,
    **how: float,
) -> Tape:
    cadence = " ".join(f"{s:g}" for s in pattern.cadence_s)
    lines = "+".join(f"{hz:g}" for hz in pattern.frequencies_hz)

    def make(rng: np.random.Generator) -> Wave:
        tone = pattern_wave(pattern, rng, **how)
        tail = silence(4000) if after is None else after(rng)
        x = np.concatenate([silence(500), tone, tail])
        if change is not None:
            x = change(x, rng)
        power = how.get("dbm0", -20.0) + 10 * np.log10(len(pattern.frequencies_hz))
        return x + white(rng, x.size, power - noise_db)

    name = f"{country} {pattern.name} {lines}: {cadence}, {what}"
    return Tape(group, name, make, Sounds(country, frozenset([pattern.name])))


def patterns() -> Iterator[tuple[str, TonePattern]]:
    """Yield every tone of every country."""
    for country in COUNTRIES:
        for pattern in plan(country).patterns:
            yield country, pattern


def main_tones(country: str) -> Iterator[Tape]:
    """Yield each tone of a call in a country, one tape after the other."""
    for p in plan(country).patterns:
        if p.name in MAIN_NAMES:
            yield _tape("main", "plain", country, p)


def accept() -> Iterator[Tape]:
    """Yield tapes of every tone within its tolerances."""
    for country, p in patterns():
        if p.name in ("call_waiting", "howler"):
            yield _tape("progress", "plain", country, p)
            continue
        yield _tape("progress", "plain", country, p)
        for off in (-0.01, 0.01):
            yield _tape("frequency", f"{off:+.0%}", country, p, off=off)
        if p.cadence_s:
            for stretch in (0.9, 1.1):
                yield _tape("cadence", f"x {stretch}", country, p, stretch=stretch)
        for dbm0 in (-36.0, -30.0, -10.0):
            yield _tape("level", f"{dbm0:g} dBm0", country, p, dbm0=dbm0)
        yield _tape(
            "coding",
            "G.711",
            country,
            p,
            change=lambda x, rng, law="mu" if country in ("us", "ca", "jp") else "a": (
                companded(x, law)
            ),
        )
        yield _tape(
            "hum",
            "hum of the tone's level",
            country,
            p,
            change=lambda x, rng: x + hum(x.size, 50, -20, 3),
        )
        if p.name not in ("dial_tone", "stutter_dial"):
            yield _tape(
                "talk after",
                "talk after",
                country,
                p,
                after=lambda rng: speech(rng, 48000, -22),
            )


def noisy(snr_db: float) -> Iterator[Tape]:
    """Yield every tone in white noise over 0..4 kHz."""
    for country, p in patterns():
        yield _tape("noise", f"{snr_db:g} dB", country, p, noise_db=snr_db)


def in_hum() -> Iterator[Tape]:
    """Yield the tones of a call under mains hum with harmonics, 3 to 10 dB over."""
    for country, p in patterns():
        if p.name not in ("dial_tone", "ringback", "busy", "congestion"):
            continue
        mains = 60.0 if country in ("us", "ca", "br", "mx", "kr", "tw") else 50.0
        for over in (3, 6, 10):
            yield _tape(
                "hum over tone",
                f"{over} dB",
                country,
                p,
                change=lambda x, rng, m=mains, o=over: x + hum(x.size, m, -20 + o, 4),
            )


#: Tones modulated to depth (E.180 Supplement 2): country, carrier, rate, cadence, name.
MODULATED = (
    ("in", 400.0, 25.0, (), "dial_tone"),
    ("in", 400.0, 25.0, (0.4, 0.2, 0.4, 2.0), "ringback"),
    ("jp", 400.0, 16.0, (1.0, 2.0), "ringback"),
    ("sg", 425.0, 24.0, (0.4, 0.2, 0.4, 2.0), "ringback"),
    ("th", 400.0, 50.0, (), "dial_tone"),
    ("za", 400.0, 33.0, (), "dial_tone"),
    ("za", 400.0, 33.0, (0.4, 0.2, 0.4, 2.0), "ringback"),
)


def special() -> Iterator[Tape]:
    """Yield tones that a plain pattern does not describe."""
    for country, hz, rate, cadence, name in MODULATED:

        def make(rng, hz=hz, rate=rate, cadence=cadence) -> Wave:
            x = sounded((hz,), cadence, 3, -17, rng)
            swell = 1 + 0.9 * np.sin(2 * np.pi * rate * np.arange(x.size) / 8000)
            x = np.concatenate([silence(500), x * swell / 1.3, silence(4000)])
            return x + white(rng, x.size, -60)

        yield Tape(
            "modulated", f"{country} {name}", make, Sounds(country, frozenset([name]))
        )
    # The parts of one tone at two levels: GB congestion, and AU's every other burst.
    for country, hz, cadence, down, names in (
        ("gb", 400.0, (0.4, 0.35, 0.225, 0.525), (0, 6), ("congestion",)),
        ("au", 425.0, (0.375, 0.375), (0, 10), ("congestion", "busy")),
    ):

        def alternating(rng, hz=hz, cadence=cadence, down=down) -> Wave:
            x = sounded((hz,), cadence, 6, -16, rng, down)
            x = np.concatenate([silence(500), x, silence(4000)])
            return x + white(rng, x.size, -60)

        truth = Sounds(country, frozenset(names))
        yield Tape("two levels", f"{country} congestion", alternating, truth)


_LOW, _HIGH = (913.8, 1370.6), (985.2, 1428.5)
_SHORT, _LONG = 274, 380


def _coded(first: str, second: str) -> tuple[tuple[float, ...], tuple[int, ...]]:
    """Return steps and lengths by letters: high or low, long or short."""
    steps = [(_HIGH if c[0] == "H" else _LOW)[i] for i, c in enumerate((first, second))]
    lengths = [_LONG if c[1] == "L" else _SHORT for c in (first, second)]
    return (*steps, 1776.7), (*lengths, _LONG)


#: Special information tones by meaning (E.180 Supplement 2; GR-674 as quoted in tone
#: tables): plain, the six codes in use, and the two kept for later.
SIT = (
    ("sit_info", (950.0, 1400.0, 1800.0), (330, 330, 330)),
    ("sit_intercept", *_coded("LS", "LS")),
    ("sit_vacant", *_coded("HL", "LS")),
    ("sit_reorder", *_coded("LS", "HL")),
    ("sit_reorder", *_coded("HS", "LL")),
    ("sit_no_circuit", *_coded("HL", "HL")),
    ("sit_no_circuit", *_coded("LL", "LL")),
    ("sit_info", *_coded("HS", "HS")),
    ("sit_info", *_coded("LL", "HS")),
)


def sit() -> Iterator[Tape]:
    """Yield special information tones: alone, before talk, in noise and hum."""
    for name, steps, lengths in SIT:
        plain = steps[0] == 950
        tolerances = [(0, 0, 1.0, -20)]
        if plain:
            tolerances += [(45, 0, 1.0, -20), (-45, 0, 1.0, -20), (0, 0, 1.18, -20)]
            tolerances += [(0, 0, 0.82, -20)]
        tolerances += [(0, 25, 1.0, -20), (0, 0, 1.0, -35), (6, 10, 1.0, -10)]
        code = "+".join(f"{hz:g}" for hz in steps[:2])
        for off_hz, gap_ms, stretch, dbm0 in tolerances:
            what = f"{name} {code} {off_hz:+} Hz, gaps {gap_ms} ms, x {stretch}, {dbm0}"
            lines = [hz + off_hz for hz in steps]
            spans = [ms * stretch for ms in lengths]
            for talk in (False, True):
                x = _stepped(lines, spans, gap_ms, dbm0)
                yield _sit_tape(name, what + ", talk" * talk, x, dbm0, 30, talk)
        x = _stepped(list(steps), list(lengths), 10, -20)
        yield _sit_tape(name, f"{name} {code}, noise 20 dB", x, -20, 20, False)
        yield _sit_tape(name, f"{name} {code}, noise 10 dB", x, -20, 10, False)
        for mains in (50, 60):
            buzz = x + hum(x.size, mains, -17, 4)
            yield _sit_tape(
                name, f"{name} {code}, {mains} Hz hum", buzz, -20, 30, False
            )


def _stepped(
    lines: list[float], lengths_ms: list[float], gap_ms: float, dbm0: float
) -> Wave:
    parts = [silence(500)]
    for hz, ms in zip(lines, lengths_ms, strict=True):
        parts += [sine(hz, round(ms * 8), dbm0), silence(gap_ms)]
    return np.concatenate([*parts, silence(600)])


def _sit_tape(
    name: str, what: str, x: Wave, dbm0: float, snr_db: float, talk: bool
) -> Tape:
    def make(rng: np.random.Generator) -> Wave:
        after = speech(rng, 32000, dbm0) if talk else silence(1500)
        y = np.concatenate([x, after])
        return y + white(rng, y.size, dbm0 - snr_db)

    return Tape("sit", what, make, Sounds("us", frozenset([name])))


def realistic(begun: bool = False) -> Iterator[Tape]:
    """Yield every tone over a line as lines are.

    Bursts jitter by 5 ms, lines of a tone differ by up to 5 dB, the loop falls off,
    there are hum, noise, a direct current and G.711.  With `begun` the tape starts in
    the middle of the first burst, without it 300 ms before.
    """
    for country, p in patterns():
        if p.name in ("call_waiting", "howler", "stutter_dial"):
            continue
        if begun and not p.cadence_s:
            continue

        def make(rng: np.random.Generator, p: TonePattern = p) -> Wave:
            dbm0 = rng.uniform(-33, -12)
            x = _jittered(p, dbm0, rng)
            if begun:
                x = x[round(rng.uniform(0.2, 0.8) * p.cadence_s[0] * 8000) :]
            else:
                x = np.concatenate([silence(300), x])
            x = np.concatenate([x, silence(4000)])
            x = through(long_loop(rng.uniform(1, 8)), x)
            mains = rng.choice([50, 60])
            x = x + hum(x.size, mains, dbm0 + rng.uniform(-20, 6), 3)
            x = x + white(rng, x.size, dbm0 - rng.uniform(18, 35)) + 0.01
            return companded(x, str(rng.choice(["mu", "a"])))

        cadence = " ".join(f"{s:g}" for s in p.cadence_s)
        name = f"{country} {p.name} {p.frequencies_hz}: {cadence}"
        group = "begun" if begun else "line"
        yield Tape(group, name, make, Sounds(country, frozenset([p.name])))


def _jittered(p: TonePattern, dbm0: float, rng: np.random.Generator) -> Wave:
    """Return a pattern within its tolerances, as a worn exchange sends it."""
    stretch = rng.uniform(0.93, 1.07)
    off = 1 + rng.uniform(-0.01, 0.01)
    tilt = rng.uniform(-2.5, 2.5, len(p.frequencies_hz))
    parts: list[Wave] = []
    cycles = CYCLES.get(p.name, USUAL_CYCLES) + 1 if p.cadence_s else 1
    for _ in range(cycles):
        for i, seconds in enumerate(p.cadence_s or (3.0,)):
            n = max(round((seconds * stretch + rng.normal(0, 0.005)) * 8000), 0)
            x = np.zeros(n)
            for hz, db in zip(p.frequencies_hz, tilt, strict=True):
                x += sine(hz * off, n, dbm0 + db, rng.uniform(0, 6)) * (i % 2 == 0)
            parts.append(x)
    return np.concatenate(parts)


def whole_call() -> Iterator[Tape]:
    """Yield dial tone, digits, ringback, and talk or busy, by country.

    `truth` is a `Sounds` for ringback; the others are in `story`.
    """
    from tests.dsp.tapes.dtmf import Keying, digit

    for country in COUNTRIES:
        found = {p.name: p for p in reversed(plan(country).patterns)}

        def make(
            rng: np.random.Generator, found: dict[str, TonePattern] = found
        ) -> Wave:
            dial = found["dial_tone"]
            x = pattern_wave(dial, rng, -16)
            parts = [silence(300), x, digit("5", Keying(80, dbm0=-9), rng)]
            for symbol in "550123":
                parts += [silence(90), digit(symbol, Keying(80, dbm0=-9), rng)]
            parts += [silence(1800), pattern_wave(found["ringback"], rng, -22)]
            parts += [speech(rng, 80000, -18), silence(900)]
            parts += [pattern_wave(found["busy"], rng, -24), silence(3000)]
            x = np.concatenate(parts)
            return x + white(rng, x.size, -55)

        truth = Sounds(country, frozenset(["dial_tone", "ringback", "busy"]))
        yield Tape("whole call", country, make, truth)
