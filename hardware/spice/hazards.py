"""Lightning, mains on the line, and what then reaches the Pi."""

from collections.abc import Iterator

import numpy as np

from hardware import circuit
from hardware.model import number
from hardware.spice.models import Conditions, deck
from hardware.spice.ngspice import Sweep, run
from hardware.spice.result import Result

#: ITU-T K.44: 10/700 us into 15 + 25 ohm; the open-circuit wave as two exponentials.
SURGE = "EXP(0 {peak} 0 4u 10u 970u)"
SURGE_OHM = 40.0
#: What a codec's or GPIO's input survives.
CODEC_MOST_V = 2.0
CODEC = "Rmic MIC_OUT 0 10k\nRdac DAC_IN 0 50"


def surge() -> Iterator[Result]:
    """Yield 1.5 kV across the pair, both ways, beep switch on and off."""
    for sign in (1, -1):
        for beep_on in (False, True):
            yield from _transverse(1500 * sign, beep_on)
    wave = SURGE.format(peak=1500 / 0.96)
    feed = f"Vs S 0 {wave}\nRs1 S TIP_IN 40\nRs2 S RING_IN 40"
    sweep = run(f"{deck()}\n{CODEC}\n{feed}\n.tran 0.2u 1.5m 0 0.5u")
    value = float(np.max(np.abs(sweep.real("MIC_OUT"))))
    name = "1.5 kV to earth, at the codec"
    yield Result("hazard", name, value, "V", None, CODEC_MOST_V, "K.21; barrier only")


def transverse(volts: float, *, beep_on: bool) -> Sweep:
    """Run a 10/700 us wave across the pair."""
    wave = SURGE.format(peak=volts / 0.96)
    feed = f"Vs S RING_IN {wave}\nRs S TIP_IN {SURGE_OHM}\nRe RING_IN 0 1e9"
    board = deck(Conditions(beep_on=beep_on))
    return run(f"{board}\n{CODEC}\n{feed}\n.tran 0.2u 1.5m 0 0.5u")


def _transverse(volts: float, beep_on: bool) -> Iterator[Result]:
    sweep = transverse(volts, beep_on=beep_on)
    word = f"{volts / 1000:+.1f} kV, beep {'on' if beep_on else 'off'}"
    nodes = (
        ("at the line side", "TIP", "RING", 360.0, "SIDACtor"),
        ("at the codec", "MIC_OUT", "0", CODEC_MOST_V, "the codec's pin"),
        ("at the DAC", "DAC_IN", "0", CODEC_MOST_V, "the codec's pin"),
        ("across the beep switch", "BT_A", "BK_A", 400.0, "AQY214EH: 400 V"),
    )
    for name, plus, minus, high, source in nodes:
        value = float(np.max(np.abs(sweep.real(plus, minus))))
        yield Result("hazard", f"{word}: {name}", value, "V", None, high, source)
    ring = sweep.real("RING_N")
    worst = max(float(np.max(ring)) - 3.3, -float(np.min(ring)))
    yield Result(
        "hazard", f"{word}: RING_N beyond the rails", worst, "V", None, 0.3, "GPIO"
    )


def mains_contact() -> Iterator[Result]:
    """Yield watts of the resistors with 230 V on the pair, below the protector."""
    source = "Vl TIP_IN RING_IN SIN(0 325.3 50)"  # its peak stays below 335 V
    for beep_on in (False, True):
        board = deck(Conditions(beep_on=beep_on))
        sweep = run(f"{board}\n{CODEC}\n{source}\n.tran 20u 0.3 0.1 20u")
        refs = ("R1", "R5", "R30") if beep_on else ("R1", "R5")
        for ref in refs:
            part = circuit.part(ref)
            a, b = (part.nets[pin] for pin in ("1", "2"))
            watts = float(_mean_square(sweep.axis, sweep.real(a, b))) / number(
                part.value
            )
            rated = float(part.rating.split()[0])
            word = ", beep on" if beep_on else ""
            name = f"230 V contact{word}: {ref}"
            yield Result("hazard", name, watts, "W", None, rated, "its rating; K.21")


def _mean_square(time: np.ndarray, x: np.ndarray) -> float:
    grid = np.linspace(time[0], time[-1], 20000)
    return float(np.mean(np.interp(grid, time, x) ** 2))
