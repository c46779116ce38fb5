"""Hook and line thresholds, their spread, timing, and the ring detector."""

from collections.abc import Iterator

import numpy as np

from hardware.spice.models import Conditions, deck
from hardware.spice.ngspice import Sweep, run
from hardware.spice.result import Result

#: Off-hook lines reach 14.5 V (long loops); idle ones fall to 24 V (ATA).
OFF_HOOK_MOST_V = 14.5
IDLE_LEAST_V = 24.0
#: A GPIO reads low below, high above these, V (BCM2711: 0.8 and 2.0).
LOW_V, HIGH_V = 0.8, 2.0


def thresholds() -> Iterator[Result]:
    """Yield where HOOK and LINE switch as the line rises and falls slowly."""
    limits = {
        "HOOK rising": (18.0, IDLE_LEAST_V),
        "HOOK falling": (OFF_HOOK_MOST_V, 18.0),
        "LINE rising": (2.0, 3.5),
        "LINE falling": (1.5, 3.0),
    }
    both = {sign: _thresholds(Conditions(), sign) for sign in (1, -1)}
    for name, (low, high) in limits.items():
        value = both[1][name]
        source = "between the lowest idle and the highest off-hook line"
        yield Result("sense", f"{name} threshold", value, "V", low, high, source)
    apart = max(abs(both[1][name] - both[-1][name]) for name in limits)
    name = "thresholds, difference between polarities"
    yield Result("sense", name, apart, "V", None, 0.2, "polarity independent")


def _thresholds(conditions: Conditions, sign: int) -> dict[str, float]:
    """Ramp 0 to 30 to 0 V in 12 s and return the volts at each change of the pins."""
    source = f"Vl TIP_IN RING_IN PWL(0 0 6 {30 * sign} 12 0)"
    sweep = run(f"{deck(conditions)}\n{source}\n.tran 5m 12 0 5m")
    volts = np.abs(sweep.real("TIP_IN", "RING_IN"))
    found = {}
    for net in ("HOOK", "LINE"):
        low = sweep.real(f"{net}_N") < LOW_V
        changes = np.flatnonzero(np.diff(low.astype(int)))
        rising = [i for i in changes if sweep.axis[i] < 6]
        falling = [i for i in changes if sweep.axis[i] > 6]
        found[f"{net} rising"] = float(volts[rising[-1]])
        found[f"{net} falling"] = float(volts[falling[0]])
    return found


def timing() -> Iterator[Result]:
    """Yield how long the pins take, and that pulse dialling passes."""
    steps = (
        ("lift, 48 to 7 V", "HOOK", 48, 7, 50.0),
        ("hang up, 7 to 48 V", "HOOK", 7, 48, 20.0),
        ("cut, 48 to 0 V", "LINE", 48, 0, 150.0),
    )
    for name, net, before, after, high in steps:
        source = (
            f"Vl TIP_IN RING_IN PWL(0 {before} 0.5 {before} 0.5001 {after} 1 {after})"
        )
        sweep = run(f"{deck()}\n{source}\n.tran 0.2m 1 0 0.2m")
        low = sweep.real(f"{net}_N") < LOW_V
        changes = sweep.axis[np.flatnonzero(np.diff(low.astype(int)))]
        after_step = changes[changes > 0.5]
        value = 1000 * float(after_step[0] - 0.5) if len(after_step) else np.inf
        yield Result(
            "sense", f"{net}: {name}", value, "ms", None, high, "pulse dialling"
        )
    source = "Vl TIP_IN RING_IN PULSE(7 48 0.2 1m 1m 58m 100m)"
    sweep = run(f"{deck()}\n{source}\n.tran 0.5m 1.19 0 0.5m")
    breaks = _pulses(sweep, "HOOK_N")
    name = "pulses of a dialled 0 seen, 60/40 at 10 pps"
    yield Result("sense", name, float(len(breaks)), "", 10, 10, "E.180; pulse dialling")
    worst = float(np.max(np.abs(np.array(breaks) - 59.0)))
    name = "break time, worst error"
    yield Result("sense", name, worst, "ms", None, 25.0, "pulse decoder: 35 to 85 ms")


def _pulses(sweep: Sweep, net: str) -> list[float]:
    """Return the lengths of the low stretches, ms."""
    low = (sweep.real(net) < LOW_V).astype(int)
    falls = sweep.axis[np.flatnonzero(np.diff(low) > 0)]
    rises = sweep.axis[np.flatnonzero(np.diff(low) < 0)]
    return [
        1000 * float(rises[rises > fall][0] - fall)
        for fall in falls
        if np.any(rises > fall)
    ]


def steady_while_ringing() -> Iterator[Result]:
    """Yield that no kind of ringing looks like a lifted handset."""
    for name, dc, rms in (
        ("90 V on 48 V", 48, 90),
        ("45 V without DC", 0, 45),
        ("65 V on 20 V", 20, 65),
    ):
        source = f"Vl TIP_IN RING_IN SIN({dc} {rms * 2**0.5:.6g} 20)"
        sweep = run(f"{deck()}\n{source}\n.tran 0.2m 1 0.4 0.2m")
        share = min(
            float(np.mean(sweep.real(f"{net}_N") < LOW_V)) for net in ("HOOK", "LINE")
        )
        title = f"HOOK and LINE on while ringing, {name}"
        yield Result("sense", title, 100 * share, "%", 99.9, None, "no false off-hook")


def ring_detector() -> Iterator[Result]:
    """Yield the ring threshold at both ends of the opto's spread, and its pulses."""
    for ctr in (0.2, 1.5):
        for hertz in (16, 25, 68):
            value = _ring_threshold(hertz, ctr)
            name = f"ring threshold, {hertz} Hz, CTR {100 * ctr:.0f} %"
            source = "above 10 V (S002 5.5.1), below 30 V"
            yield Result("ring", name, value, "V rms", 10.0, 30.0, source)
    for hertz in (16, 20, 25, 50, 68):
        sweep = _ring(hertz, 40.0, 0.2)
        pulses = len(_pulses(sweep, "RING_N")) / (
            hertz * (sweep.axis[-1] - sweep.axis[0])
        )
        name = f"pulses a cycle at 40 V, {hertz} Hz"
        yield Result("ring", name, pulses, "", 1.8, 2.2, "GPIO edges counted")
        least = float(np.min(sweep.real("RING_N")))
        name = f"RING_N low at 40 V, {hertz} Hz"
        yield Result("ring", name, least, "V", None, 0.4, "BCM2711: 0.8 V")


def _ring(hertz: float, rms: float, ctr: float) -> Sweep:
    source = f"Vl TIP_IN RING_IN SIN(48 {rms * 2**0.5:.6g} {hertz})"
    step = 1 / hertz / 200
    board = deck(Conditions(ctr_814=ctr))
    return run(f"{board}\n{source}\n.tran {step:.3g} 0.7 0.2 {step:.3g}")


def _ring_threshold(hertz: float, ctr: float) -> float:
    low, high = 5.0, 40.0
    while high - low > 0.25:
        middle = (low + high) / 2
        seen = np.min(_ring(hertz, middle, ctr).real("RING_N")) < LOW_V
        low, high = (low, middle) if seen else (middle, high)
    return high
