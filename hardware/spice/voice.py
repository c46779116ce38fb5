"""The voice band: how little the board takes, how evenly the codec hears, the beep."""

from collections.abc import Iterator
from functools import cache

import numpy as np

from hardware.spice.models import Conditions, deck
from hardware.spice.ngspice import run
from hardware.spice.result import Result

#: Line ends: 600 ohm, and the European complex impedance of TBR 21.
ENDS = ("600 ohm", "TBR 21")
#: What a microphone input loads the output with.
CODEC = "Rmic MIC_OUT 0 10k"
BAND = "lin 3101 300 3400"


def _end(kind: str, name: str, a: str, b: str) -> str:
    if kind == "600 ohm":
        return f"R{name} {a} {b} 600"
    return (
        f"R{name}1 {a} {name}m 270\nR{name}2 {name}m {b} 750\nC{name} {name}m {b} 150n"
    )


def bridging() -> Iterator[Result]:
    """Yield the least impedance across the pair in the band."""
    least = float(impedances()[1].min()) / 1e3
    name = "bridging impedance, 300 to 3400 Hz, least"
    yield Result("voice", name, least, "kohm", 10.0, None, "AS/CA S002 5.2.4.2")


@cache
def impedances() -> tuple[np.ndarray, np.ndarray]:
    """Return Hz and ohm across the pair, on-hook, in the band."""
    sweep = run(f"{deck()}\n{CODEC}\nIl RING_IN TIP_IN AC 1\n.ac {BAND}")
    return sweep.axis, np.abs(sweep.volts("TIP_IN", "RING_IN"))


def impedance(hertz: float) -> float:
    """Return ohm across the pair at one frequency of the band."""
    axis, ohms = impedances()
    return float(np.interp(hertz, axis, ohms))


def insertion_loss() -> Iterator[Result]:
    """Yield the loss between two ends, idle and while a beep is played."""
    for kind in ENDS:
        for beep_on in (False, True):
            value = _loss(kind, beep_on)
            word = "beeping" if beep_on else "idle"
            high = 2.5 if beep_on else 0.5
            name = f"insertion loss, {kind}, {word}, most"
            source = "aim: inaudible; the beep lasts 0.2 to 0.5 s"
            yield Result("voice", name, value, "dB", None, high, source)


def _loss(kind: str, beep_on: bool) -> float:
    return float(np.max(losses(kind, beep_on)[1]))


def loss_decks(kind: str, beep_on: bool, source: str) -> tuple[str, str]:
    """Return a line without and with the board, fed through its own impedance."""
    ends = f"Vs S 0 {source}\n{_end(kind, 'src', 'S', 'TIP_IN')}\n"
    ends += _end(kind, "load", "TIP_IN", "0")
    board = f"{deck(Conditions(beep_on=beep_on))}\n{CODEC}\nRdac DAC_IN 0 50\n"
    return ends, f"{board}Vr RING_IN 0 0\n{ends}"


@cache
def losses(kind: str, beep_on: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return Hz and the loss in dB over the band."""
    bare, board = (
        run(f"{text}\n.ac {BAND}") for text in loss_decks(kind, beep_on, "AC 1")
    )
    ratio = np.abs(bare.volts("TIP_IN")) / np.abs(board.volts("TIP_IN"))
    return bare.axis, 20 * np.log10(ratio)


def loss_at(kind: str, beep_on: bool, hertz: float) -> float:
    """Return the loss at one frequency, dB."""
    axis, decibel = losses(kind, beep_on)
    return float(np.interp(hertz, axis, decibel))


@cache
def gains() -> tuple[np.ndarray, np.ndarray]:
    """Return Hz and the gain from the line to the codec in dB, 25 to 3400 Hz."""
    board = f"{deck()}\n{CODEC}\nVl TIP_IN RING_IN AC 1"
    sweep = run(f"{board}\n.ac lin 3376 25 3400")
    return sweep.axis, 20 * np.log10(np.abs(sweep.volts("MIC_OUT")))


def response() -> Iterator[Result]:
    """Yield level and flatness at the codec."""
    gain = gains()[1]
    at = {
        hertz: float(gain[hertz - 25])
        for hertz in (25, 50, 300, 1000, 1200, 2200, 3400)
    }
    name = "line to codec, 1 kHz"
    yield Result(
        "voice", name, at[1000], "dB", -25.0, -23.0, "47 mV at 0 dBm: microphone level"
    )
    inside = gain[300 - 25 :]
    ripple = float(inside.max() - inside.min())
    yield Result("voice", "ripple, 300 to 3400 Hz", ripple, "dB", None, 1.0, "aim")
    yield Result(
        "voice",
        "mains at 50 Hz against 1 kHz",
        at[50] - at[1000],
        "dB",
        None,
        -9.0,
        "aim: a high-pass for free",
    )
    name = "caller ID, 1200 against 2200 Hz"
    yield Result(
        "voice",
        name,
        abs(at[1200] - at[2200]),
        "dB",
        None,
        0.5,
        "Bell 202: twist of the path",
    )


def overload() -> Iterator[Result]:
    """Yield distortion at the codec at 0 and +10 dBm."""
    for dbm, high in ((0, 0.1), (10, 0.5)):
        peak = np.sqrt(2 * 0.6 * 10 ** (dbm / 10) / 1000 * 1000)
        source = f"Vl TIP_IN RING_IN SIN(0 {peak:.6g} 1000)"
        sweep = run(f"{deck()}\n{CODEC}\n{source}\n.tran 2u 0.08 0.03 2u")
        name = f"distortion at the codec, {dbm:+d} dBm"
        value = 100 * _distortion(sweep.axis, sweep.real("MIC_OUT"), 1000)
        yield Result("voice", name, value, "%", None, high, "aim")


def _distortion(time: np.ndarray, x: np.ndarray, hertz: float) -> float:
    grid = time[-1] - np.arange(4800)[::-1] / (hertz * 120)
    even = np.interp(grid, time, x)
    power = np.abs(np.fft.rfft(even * np.hanning(len(even)))) ** 2
    one = round(len(even) / 120)
    tops = [power[k * one - 2 : k * one + 3].sum() for k in range(1, 8)]
    return float(np.sqrt(sum(tops[1:]) / tops[0]))


def beep() -> Iterator[Result]:
    """Yield the beep's level on the line, and that the limiter limits it."""
    for volts, low, high in (
        (0.5, -24.0, -9.0),
        (1.0, -20.0, -9.0),
        (2.1, -20.0, -9.0),
    ):
        dbm = beep_dbm(volts)
        name = f"beep on 600 ohm, codec at {volts} V rms"
        source = "47 CFR 68.308: -9 dBm over 3 s; heard: -20 dBm"
        yield Result("beep", name, dbm, "dBm", low, high, source)
    rms = _beep_rms("TBR 21", 2.1)
    name = "beep on TBR 21, codec at 2.1 V rms"
    yield Result("beep", name, 1000 * rms, "mV", None, 327.0, "TBR 21: -9.7 dBV")


def beep_dbm(volts: float) -> float:
    """Return the beep on 600 ohm with so much from the codec, V rms."""
    rms = _beep_rms("600 ohm", volts)
    return float(10 * np.log10(rms**2 / 600 / 1e-3))


def _beep_rms(kind: str, volts: float) -> float:
    ends = "\n".join(_end(kind, name, "TIP_IN", "RING_IN") for name in ("ea", "eb"))
    source = f"Vd DAC_IN 0 SIN(0 {volts * 2**0.5:.6g} 1400)"
    board = deck(Conditions(beep_on=True))
    sweep = run(f"{board}\n{CODEC}\n{ends}\n{source}\n.tran 5u 0.1 0.05 5u")
    x = sweep.real("TIP_IN", "RING_IN")
    grid = np.linspace(sweep.axis[0], sweep.axis[-1], 20000)
    even = np.interp(grid, sweep.axis, x)
    return float(np.sqrt(np.mean((even - even.mean()) ** 2)))
