"""What the line sees of the board while the handset is down."""

from collections.abc import Iterator

import numpy as np

from hardware.spice.models import Conditions, deck
from hardware.spice.ngspice import Sweep, run
from hardware.spice.result import Result
from hardware.spice.wave import fundamental, mean

#: REN B is 8 kohm over the impedance, REN A 7 kohm (TIA-968-B).
REN_B_OHM = 8000.0
#: Capacitance of TIP and RING to the Pi's ground, pF: 120 more on one than the other.
UNBALANCED_PF = (130.0, 10.0)
#: The test bridge of 47 CFR 68.310, 600 ohm.
BRIDGE = (
    "Vm MID 0 {source}\nRa MID TIP_IN 300\nRb MID RING_IN 300\nRab TIP_IN RING_IN 600"
)
RING_HZ = (16, 20, 25, 30, 50, 68)


def dc() -> Iterator[Result]:
    """Yield DC resistance and current at 25 to 200 V, both polarities."""
    for volts in (25, 50, 100, 200):
        worst = worst_amps(volts)
        limit = 5.0 if volts <= 100 else 0.03
        rule = "47 CFR 68.312(b)(1)"
        name = f"DC resistance at {volts} V, worse polarity"
        yield Result("on-hook", name, volts / worst / 1e6, "Mohm", limit, None, rule)
    worst = worst_amps(50) * 1e6
    yield Result("on-hook", "DC at 50 V", worst, "uA", None, 8.0, "TIA note on tapping")


def worst_amps(volts: float) -> float:
    """Return the on-hook current in the worse polarity, A."""
    return max(_dc_amps(volts), _dc_amps(-volts))


def ren_b(hertz: float, *, beep_on: bool = False) -> float:
    """Return the load of the board at one ringing frequency, 90 V."""
    return REN_B_OHM * _fundamental(_ring(hertz, 90.0, beep_on=beep_on), hertz)[0] / 90


def _dc_amps(volts: float) -> float:
    sweep = run(f"{deck()}\nVl TIP_IN RING_IN {volts}\n.tran 2m 0.6 0 2m")
    return abs(float(sweep.amps("Vl").real[-1]))


def ringing() -> Iterator[Result]:
    """Yield impedance, REN and DC while it rings with 90 V on 48 V."""
    for hertz in RING_HZ:
        sweep = _ring(hertz, 90.0)
        amps, share = _fundamental(sweep, hertz)
        name = f"impedance ringing, {hertz} Hz"
        source = "TBR 21: at least 4 kohm at 25 and 50 Hz"
        yield Result("on-hook", name, 90 / amps / 1e3, "kohm", 4.0, None, source)
        ren = REN_B_OHM * amps / 90
        name = f"REN B, {hertz} Hz"
        yield Result("on-hook", name, ren, "", None, 1.0, "TIA-968-B; S002 5.5.1")
        name = f"DC while ringing, {hertz} Hz"
        micro = share * 1e6
        yield Result("on-hook", name, micro, "uA", None, 600.0, "TBR 21; S002 5.5.1.1")


def stuck_beep_switch() -> Iterator[Result]:
    """Yield what a beep switch that never opens does to ringing: it must still ring."""
    for hertz in (20, 25, 50):
        amps, dc_amps = _fundamental(_ring(hertz, 90.0, beep_on=True), hertz)
        name = f"REN B with the beep switch stuck, {hertz} Hz"
        ren = REN_B_OHM * amps / 90
        source = "fail-soft: below REN 2 a line still rings"
        yield Result("on-hook", name, ren, "", None, 2.0, source)
        name = f"DC with the beep switch stuck, {hertz} Hz"
        source = "not seized"
        yield Result("on-hook", name, dc_amps * 1e6, "uA", None, 600.0, source)


def _ring(hertz: float, volts: float, *, beep_on: bool = False) -> Sweep:
    conditions = Conditions(beep_on=beep_on)
    source = f"Vl TIP_IN RING_IN SIN(48 {volts * 2**0.5:.6g} {hertz})"
    step = 1 / hertz / 400
    return run(f"{deck(conditions)}\n{source}\n.tran {step:.3g} 1.2 0.2 {step:.3g}")


def _fundamental(sweep: Sweep, hertz: float) -> tuple[float, float]:
    """Return A rms at the ringing frequency and A of DC over whole cycles."""
    amps = -sweep.amps("Vl").real
    rms = abs(fundamental(sweep.axis, amps, hertz)) / 2**0.5
    return rms, abs(mean(sweep.axis, amps, hertz))


def balance() -> Iterator[Result]:
    """Yield longitudinal balance with a pessimistic 120 pF more on one wire."""
    for hertz, least in ((200, 60.0), (1000, 60.0), (3400, 40.0)):
        name = f"longitudinal balance, {hertz} Hz"
        source = "47 CFR 68.310; TBR 21: 40 and 46 dB"
        value = balance_db(hertz)
        yield Result("on-hook", name, value, "dB", least, None, source)


def balance_db(hertz: float) -> float:
    """Return by how much a longitudinal voltage exceeds the metallic one it makes."""
    conditions = Conditions(parasitic_pf=UNBALANCED_PF)
    bridge = BRIDGE.format(source="AC 1")
    sweep = run(f"{deck(conditions)}\n{bridge}\n.ac lin 2 {hertz} {hertz + 1}")
    return float(-20 * np.log10(abs(sweep.volts("TIP_IN", "RING_IN")[0])))
