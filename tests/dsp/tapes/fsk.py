"""Caller ID over FSK: Bell 202 (GR-30, TIA-716, TIA-777) and V.23 (EN 300 659-1).

`truth` is the list of what was sent, each a `Said`.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tests.dsp.tapes.tape import (
    FS,
    Tape,
    Wave,
    amplitude,
    companded,
    long_loop,
    silence,
    sine,
    speech,
    through,
    white,
)


@dataclass(frozen=True, order=True)
class Said:
    """What one message says; empty where it says nothing.  `date` is MMDDHHMM."""

    number: str = ""
    name: str = ""
    date: str = ""
    absence: str = ""


@dataclass(frozen=True)
class Sending:
    """How a message is sent; `dbm0` is the level of the mark tone."""

    mark_hz: float = 1200.0
    space_hz: float = 2200.0
    baud: float = 1200.0
    dbm0: float = -20.0
    twist_db: float = 0.0
    seizure_bits: int = 300
    mark_bits: int = 180
    stuffing: int = 0
    sdmf: bool = False


BELL202 = Sending()
V23 = Sending(1300.0, 2100.0)
MODEMS = {"bell202": BELL202, "v23": V23}


def message(said: Said, sdmf: bool = False) -> bytes:
    """Return the bytes of a call-setup message (GR-30 2.4, EN 300 659-3 5.2)."""
    if sdmf:
        body = (said.date + (said.number or said.absence)).encode("latin-1")
        head = 0x04
    else:
        head = 0x80
        body = b""
        for kind, text in (
            (0x01, said.date),
            (0x02, said.number),
            (0x04, said.absence),
            (0x07, said.name),
        ):
            if text:
                body += bytes([kind, len(text)]) + text.encode("latin-1")
    data = bytes([head, len(body)]) + body
    return data + bytes([-sum(data) & 0xFF])


def bits_of(data: bytes, how: Sending) -> Wave:
    """Return seizure, mark and bytes as bits in the order of sending."""
    bits: list[int] = [i & 1 for i in range(how.seizure_bits)] + [1] * how.mark_bits
    for byte in data:
        bits += [0, *((byte >> i) & 1 for i in range(8)), 1] + [1] * how.stuffing
    return np.array([*bits, 1, 1, 1, 1])


def burst(said: Said, how: Sending, data: bytes | None = None) -> Wave:
    """Return a message as sound, phase continuous, bit edges between samples."""
    bits = bits_of(message(said, how.sdmf) if data is None else data, how)
    n = int(bits.size * FS / how.baud)
    t = np.arange(n) / FS
    hertz = np.where(bits == 1, how.mark_hz, how.space_hz)
    turns = np.concatenate([[0], np.cumsum(hertz / how.baud)])
    phase = 2 * np.pi * np.interp(t, np.arange(bits.size + 1) / how.baud, turns)
    which = np.minimum((t * how.baud).astype(int), bits.size - 1)
    level = np.where(bits[which] == 1, how.dbm0, how.dbm0 + how.twist_db)
    return amplitude(0) * 10 ** (level / 20) * np.sin(phase)


_NAMES = ("EVE SMITH", "O'HARA J & SON", "BAKER ANN", "LOCK AND KEY CO", "M. DE VRIES")


def anybody(rng: np.random.Generator) -> Said:
    """Return an invented caller; one in ten withholds the number."""
    month, day, hour, minute = rng.integers([1, 1, 0, 0], [13, 29, 24, 60])
    date = f"{month:02}{day:02}{hour:02}{minute:02}"
    if rng.random() < 0.1:
        return Said(date=date, absence=str(rng.choice(["P", "O"])))
    number = f"555{rng.integers(10):01}{rng.integers(10):01}501{rng.integers(100):02}"
    name = str(rng.choice(_NAMES)) if rng.random() < 0.7 else ""
    return Said(number, name, date)


def _one(
    group: str,
    name: str,
    how: Sending,
    change: Callable[[Wave, np.random.Generator], Wave] | None = None,
    noise_dbm0: float | None = None,
    said: Said | None = None,
) -> Tape:
    """Return a tape with one message in the middle of silence and faint noise."""
    bare = Tape(group, name, lambda rng: silence(0))
    words = said or anybody(bare.rng())
    if how.sdmf:
        words = replace(words, name="")

    def make(rng: np.random.Generator) -> Wave:
        x = np.concatenate([silence(600), burst(words, how), silence(600)])
        if change is not None:
            x = change(x, rng)
        level = how.dbm0 - 30 if noise_dbm0 is None else noise_dbm0
        return x + white(rng, x.size, level)

    return Tape(group, name, make, [words])


def limits(modem: str) -> Iterator[Tape]:
    """Yield a tape for each limit of the standard's table, one at a time."""
    base = MODEMS[modem]
    low = -36 if modem == "bell202" else -38
    for dbm0 in (low, -33, -30, -25, -20, -15, -10, -5):
        yield _one("level", f"{dbm0} dBm", replace(base, dbm0=dbm0))
    twists = (-6, -3, 3, 6, 10) if modem == "bell202" else (-6, -3, 3, 6)
    for twist in twists:
        # The table gives mark over space.
        yield _one("twist", f"{twist:+d} dB", replace(base, twist_db=-twist, dbm0=-15))
    off = 0.01 if modem == "bell202" else 0.015
    for mark, space in ((1, 1), (-1, -1), (1, -1), (-1, 1)):
        how = replace(
            base,
            mark_hz=base.mark_hz * (1 + mark * off),
            space_hz=base.space_hz * (1 + space * off),
        )
        yield _one("tones", f"{mark * off:+.3f} {space * off:+.3f}", how)
    for baud in (1188, 1194, 1206, 1212):
        yield _one("clock", f"{baud} baud", replace(base, baud=baud))
    for stuffing in (0, 1, 2, 5, 10):
        yield _one("stuffing", f"{stuffing} bits", replace(base, stuffing=stuffing))
    frames = ((300, 180), (300, 150), (250, 150), (300, 210), (0, 80), (0, 70))
    if modem == "v23":
        frames = (*frames, (96, 55), (96, 90), (315, 55), (315, 90))
    for seizure, mark in frames:
        how = replace(base, seizure_bits=seizure, mark_bits=mark)
        yield _one("preamble", f"{seizure} + {mark} bits", how)
    for sdmf in (False, True):
        for said in (
            Said("5550123", "", "03141509"),
            Said("", "", "12312359", "P"),
            Said("", "", "01010000", "O"),
            Said("5550199555019", "ABCDEFGHIJKLMNO", "07040102"),
        ):
            form = "SDMF" if sdmf else "MDMF"
            name = f"{form} {said.number or said.absence}"
            yield _one("form", name, replace(base, sdmf=sdmf), said=said)
    for law in ("mu", "a"):
        for dbm0 in (low, -20):
            yield _one(
                "coding",
                f"{law}-law {dbm0} dBm",
                replace(base, dbm0=dbm0),
                lambda x, rng, law=law: companded(x, law),
            )
    for over in (3, 9, 20):
        yield _one(
            "clipping",
            f"{over} dB over full scale",
            replace(base, dbm0=-15),
            lambda x, rng, o=over: np.clip(x * 10 ** ((o + 12) / 20), -1, 1),
        )
    for dc in (-0.2, 0.05, 0.2):
        yield _one("dc", f"{dc:+.2f}", base, lambda x, rng, d=dc: x + d)


#: TIA-716 and TIA-777: single tones, Hz, and how far over (+) or under the signal.
INTERFERENCE = (
    *((hz, 18.0) for hz in (25.0, 50.0, 60.0)),
    *((hz, 12.0) for hz in (100.0, 120.0)),
    *((hz, 6.0) for hz in (150.0, 180.0, 200.0)),
    *((hz, -25.0) for hz in (250.0, 400.0, 700.0, 1000.0, 1200.0, 1500.0, 1700.0)),
    *((hz, -25.0) for hz in (2000.0, 2200.0, 2500.0, 3000.0, 3200.0)),
    *((hz, -6.0) for hz in (3250.0, 3400.0, 3600.0, 3900.0)),
)


def interference(modem: str = "bell202") -> Iterator[Tape]:
    """Yield the hum and tone interference of TIA-716, at two levels of the signal."""
    for dbm0 in (-16, -32):
        how = replace(MODEMS[modem], dbm0=dbm0)
        for hz, over in INTERFERENCE:
            yield _one(
                "interference",
                f"{hz:g} Hz {over:+g} dB on {dbm0} dBm",
                how,
                lambda x, rng, hz=hz, a=dbm0 + over: x + sine(hz, x.size, a, 1.0),
                dbm0 - 40,
            )


def noise(modem: str, snr_db: float, count: int = 8) -> Iterator[Tape]:
    """Yield messages in white noise over 0..4 kHz."""
    how = replace(MODEMS[modem], dbm0=-15)
    for i in range(count):
        yield _one("noise", f"{snr_db} dB no. {i}", how, noise_dbm0=-15 - snr_db)


def realistic(modem: str, count: int = 60) -> Iterator[Tape]:
    """Yield lines as they are: loss, twist, hum, noise, clock, coding, ringing."""
    for i in range(count):
        seed = Tape("realistic", f"{modem} {i}", lambda rng: silence(0))
        rng = seed.rng()
        said = anybody(rng)
        dbm0 = rng.uniform(-30, -12)
        off = 0.008 * rng.uniform(-1, 1, 2)
        base = MODEMS[modem]
        short = modem == "v23" and rng.random() < 0.5
        how = replace(
            base,
            dbm0=dbm0,
            twist_db=rng.uniform(-3, 3),
            mark_hz=base.mark_hz * (1 + off[0]),
            space_hz=base.space_hz * (1 + off[0]),
            baud=base.baud * (1 + off[1]),
            seizure_bits=int(rng.integers(96, 315)) if short else 300,
            mark_bits=int(rng.integers(55, 90)) if short else 180,
            stuffing=int(rng.choice([0, 0, 0, 1, 3])),
            sdmf=modem == "bell202" and bool(rng.random() < 0.3),
        )
        if how.sdmf:
            said = replace(said, name="")
        yield Tape("realistic", f"{modem} {i}", _line(modem, said, how), [said])


def _line(modem: str, said: Said, how: Sending) -> Callable[..., Wave]:
    """Return a maker of one realistic line."""

    def make(rng: np.random.Generator) -> Wave:
        before = _before(modem, how, rng)
        after = [silence(300), _ringing(1200, rng)] if rng.random() < 0.5 else []
        x = np.concatenate([*before, burst(said, how), silence(300), *after])
        x = through(long_loop(rng.uniform(0, 6)), x)
        mains = (60.0 if modem == "bell202" else 50.0) * (1 + rng.uniform(-4e-3, 4e-3))
        over = how.dbm0 + rng.uniform(-25, 12)
        for k in range(1, 8):
            x = x + sine(
                k * mains, x.size, over - 5 * (k - 1) - (4 if k % 2 == 0 else 0), k
            )
        x = x + white(rng, x.size, how.dbm0 - rng.uniform(16, 35))
        for at in rng.integers(0, x.size - 8, rng.integers(0, 2)):
            x[at : at + 3] += rng.uniform(-0.5, 0.5) * 10 ** (how.dbm0 / 20)
        x += rng.uniform(-0.02, 0.02)
        if rng.random() < 0.5:
            x = companded(x, "mu" if modem == "bell202" else "a")
        return x

    return make


def _ringing(ms: float, rng: np.random.Generator) -> Wave:
    """Return what leaks of ringing current into the tap: a loud clipped 20..25 Hz."""
    n = round(ms * 8)
    return np.clip(sine(rng.choice([20.0, 25.0]), n, 6, 0.3), -0.6, 0.6)


def _before(modem: str, how: Sending, rng: np.random.Generator) -> Sequence[Wave]:
    """Return what comes before the message: a ring, or a reversal and an alert."""
    if modem == "bell202" or rng.random() < 0.3:
        return [silence(200), _ringing(2000, rng), silence(rng.uniform(500, 900))]
    n = round(rng.uniform(88, 110) * 8)
    alert = sine(2130, n, how.dbm0) + sine(2750, n, how.dbm0, 1.0)
    click = np.exp(-np.arange(400) / 60.0) * 0.4 * rng.choice([-1, 1])
    gap = silence(rng.uniform(50, 150))
    return [silence(300), click, silence(100), alert, gap]


def in_call(modem: str = "bell202", count: int = 12) -> Iterator[Tape]:
    """Yield messages during a call: alert (CAS), answer (DTMF D), FSK of 80 mark bits.

    The near phone mutes the talk from the alert to the end of the message.
    """
    from tests.dsp.tapes.dtmf import Keying, digit

    for i in range(count):
        seed = Tape("in call", f"{modem} {i}", lambda rng: silence(0))
        said = anybody(seed.rng())

        def make(rng: np.random.Generator, said: Said = said) -> Wave:
            talk = speech(rng, 5 * FS, -22)
            sas = sine(440, 2400, -20)
            cas = sine(2130, 640, -21) + sine(2750, 640, -21, 0.5)
            ack = digit("D", Keying(60, dbm0=-10), rng)
            how = replace(MODEMS[modem], dbm0=-20, seizure_bits=0, mark_bits=80)
            parts = [talk[: 2 * FS], sas, cas, silence(40), ack, silence(120)]
            parts += [burst(said, how), silence(60), talk[2 * FS :]]
            x = np.concatenate(parts)
            return x + white(rng, x.size, -55)

        yield Tape("in call", f"{modem} {i}", make, [said])


def broken(modem: str, count: int = 40) -> Iterator[Tape]:
    """Yield messages with bytes changed on the way: none may pass as good."""
    for i in range(count):

        def make(rng: np.random.Generator) -> Wave:
            data = bytearray(message(anybody(rng)))
            for at in rng.integers(2, len(data), 1 + rng.integers(3)):
                data[at] ^= 1 << int(rng.integers(8))
            if sum(data) % 256 == 0:
                data[-1] ^= 1
            x = burst(Said(), MODEMS[modem], bytes(data))
            x = np.concatenate([silence(600), x, silence(600)])
            return x + white(rng, x.size, -50)

        yield Tape("broken", f"{modem} {i}", make, [])


def japan(count: int = 12) -> Iterator[Tape]:
    """Yield NTT's messages: V.23, seven bits and even parity, a CRC at the end.

    The line is reversed and rung shortly, the telephone answers, hears the message and
    hangs up; the last ones withhold the number or tell which one was dialled.
    """
    for i in range(count):
        said = Said(f"0312{i:02}50123"[:10])
        extra = b""
        if i % 4 == 2:
            said = Said(absence="P" if i % 8 == 2 else "O")
        elif i % 4 == 3:
            extra = _parameter(0x21, b"\x02\x01\x01") + _parameter(0x09, b"0355501")
        yield Tape("japan", f"no. {i}", _japanese_line(said, extra), [said])


def japan_broken(count: int = 20) -> Iterator[Tape]:
    """Yield NTT's messages with bits changed on the way: none may pass as good."""
    for i in range(count):

        def make(rng: np.random.Generator) -> Wave:
            data = bytearray(_japanese(Said("0312550123")))
            for at in rng.integers(7, len(data), 1 + rng.integers(3)):
                data[at] ^= 1 << int(rng.integers(8))
            if bytes(data) == _japanese(Said("0312550123")):
                data[-1] ^= 1
            x = burst(Said(), replace(V23, seizure_bits=0), bytes(data))
            x = np.concatenate([silence(600), x, silence(600)])
            return x + white(rng, x.size, -50)

        yield Tape("japan broken", f"no. {i}", make, [])


def _japanese_line(said: Said, extra: bytes) -> Callable[[np.random.Generator], Wave]:
    """Return a maker of the short call in which the message comes."""

    def make(rng: np.random.Generator) -> Wave:
        how = replace(
            V23,
            dbm0=rng.uniform(-28, -12),
            twist_db=rng.uniform(-3, 3),
            seizure_bits=0,
            mark_bits=int(rng.integers(72, 180)),
        )
        data = _japanese(said, extra)
        car = np.concatenate([_ringing(500, rng), silence(500)] * 2)
        click = 0.4 * np.exp(-np.arange(400) / 60.0)
        parts = [silence(200), -click, silence(100), car, click]
        parts += [silence(rng.uniform(200, 800)), burst(said, how, data)]
        parts += [silence(150), -click, silence(400), _ringing(1000, rng)]
        x = np.concatenate([*parts, silence(600)])
        x = x + sine(50.0, x.size, -30) + white(rng, x.size, how.dbm0 - 25)
        return companded(x, "mu")

    return make


def _parameter(kind: int, data: bytes) -> bytes:
    return bytes([kind, len(data)]) + data


def _japanese(said: Said, extra: bytes = b"") -> bytes:
    """Return DLE SOH header DLE STX 0x40 length parameters DLE ETX and CRC-16."""
    if said.absence:
        body = _parameter(0x04, said.absence.encode("ascii"))
    else:
        body = _parameter(0x02, said.number.encode("ascii"))
    body += extra
    data = bytes([0x10, 0x01, 0x07, 0x10, 0x02, 0x40, len(body)]) + body + b"\x10\x03"
    data = bytes(b | (b.bit_count() % 2) << 7 for b in data)
    # ITU-T CRC-16, least significant bit first, over all but the first DLE SOH.
    crc = 0
    for byte in data[2:]:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0x8408 if crc & 1 else crc >> 1
    return data + bytes([crc & 0xFF, crc >> 8])
