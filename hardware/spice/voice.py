"""The voice band: how little the board takes, how evenly the codec hears, the beep."""

from collections.abc import Iterator

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
    sweep = run(f"{deck()}\n{CODEC}\nIl RING_IN TIP_IN AC 1\n.ac {BAND}")
    ohms = np.abs(sweep.volts("TIP_IN", "RING_IN"))
    least = float(ohms.min()) / 1e3
    name = "bridging impedance, 300 to 3400 Hz, least"
    yield Result("voice", name, least, "kohm", 10.0, None, "AS/CA S002 5.2.4.2")


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
    ends = f"Vs S 0 AC 1\n{_end(kind, 'src', 'S', 'TIP_IN')}\n"
    ends += f"{_end(kind, 'load', 'TIP_IN', '0')}\n"
    bare = run(f"{ends}.ac {BAND}").volts("TIP_IN")
    board = f"{deck(Conditions(beep_on=beep_on))}\n{CODEC}\nRdac DAC_IN 0 50\n"
    with_board = run(f"{board}Vr RING_IN 0 0\n{ends}.ac {BAND}").volts("TIP_IN")
    loss: np.ndarray = 20 * np.log10(np.abs(bare) / np.abs(with_board))
    return float(np.max(loss))


def response() -> Iterator[Result]:
    """Yield level and flatness at the codec, AC checked by a transient."""
    source = "Vl TIP_IN RING_IN AC 1 SIN(0 0.1095 1000)"
    board = f"{deck()}\n{CODEC}\n{source}"
    sweep = run(f"{board}\n.ac lin 3376 25 3400")
    gain = 20 * np.log10(np.abs(sweep.volts("MIC_OUT")))
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
    slow = run(f"{board}\n.tran 10u 0.06 0.02 10u")
    rms = float(np.sqrt(np.mean(slow.real("MIC_OUT") ** 2)))
    transient = 20 * np.log10(rms / (0.1095 / 2**0.5))
    name = "AC against transient at 1 kHz"
    yield Result(
        "voice", name, abs(transient - at[1000]), "dB", None, 0.2, "cross-check"
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
        rms = _beep_rms("600 ohm", volts)
        dbm = 10 * np.log10(rms**2 / 600 / 1e-3)
        name = f"beep on 600 ohm, codec at {volts} V rms"
        source = "47 CFR 68.308: -9 dBm over 3 s; heard: -20 dBm"
        yield Result("beep", name, float(dbm), "dBm", low, high, source)
    rms = _beep_rms("TBR 21", 2.1)
    name = "beep on TBR 21, codec at 2.1 V rms"
    yield Result("beep", name, 1000 * rms, "mV", None, 327.0, "TBR 21: -9.7 dBV")


def _beep_rms(kind: str, volts: float) -> float:
    ends = "\n".join(_end(kind, name, "TIP_IN", "RING_IN") for name in ("ea", "eb"))
    source = f"Vd DAC_IN 0 SIN(0 {volts * 2**0.5:.6g} 1400)"
    board = deck(Conditions(beep_on=True))
    sweep = run(f"{board}\n{CODEC}\n{ends}\n{source}\n.tran 5u 0.1 0.05 5u")
    x = sweep.real("TIP_IN", "RING_IN")
    grid = np.linspace(sweep.axis[0], sweep.axis[-1], 20000)
    even = np.interp(grid, sweep.axis, x)
    return float(np.sqrt(np.mean((even - even.mean()) ** 2)))
