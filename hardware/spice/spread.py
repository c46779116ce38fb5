"""A thousand boards in ngspice: where HOOK and LINE switch over tolerance and warmth.

Each board is a slow ramp of 0 to 30 to 0 V through the sensing block alone, whose parts
are altered between the runs of one ngspice process.  The draw is seeded: the same
boards every time.  `_solve` tells the same by a formula, and the two are compared.
"""

import os
import re
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from hardware import circuit
from hardware.model import number
from hardware.spice.models import Conditions, deck
from hardware.spice.ngspice import OPTIONS, SimulationError
from hardware.spice.result import Result

RUNS, SEED = 1000, 1
REFS = ("R10", "R11", "R12", "R13", "R14", "R15", "R16", "R17", "R18")
NAMES = ("HOOK rising", "HOOK falling", "LINE rising", "LINE falling")
#: Input offset of the MCP6542 at most (data sheet), V.
OFFSET_MOST_V = 7e-3
#: A GPIO reads low below this, V (BCM2711).
LOW_V = 0.8
#: Time step of a ramp: 5 V/s, so 40 mV.
STEP = "8m"
#: No batch of boards takes longer, s.
TIMEOUT_S = 900.0
#: Off-hook lines reach 14.5 V (long loops); idle ones fall to 24 V (ATA).
LIMITS: dict[str, tuple[float | None, float | None]] = {
    "HOOK rising": (None, 24.0),
    "HOOK falling": (14.5, None),
    "LINE rising": (None, 3.5),
    "LINE falling": (1.0, None),
}

Values = dict[str, NDArray[np.float64]]


def draw(runs: int = RUNS, seed: int = SEED) -> Values:
    """Draw every tolerance flat within its limits, and warmth from 0 to 60 °C."""
    rng = np.random.default_rng(seed)
    drawn: Values = {}
    for ref in REFS:
        part = circuit.part(ref)
        share = float(part.tolerance.split()[0]) / 100
        drawn[ref] = number(part.value) * (1 + share * rng.uniform(-1, 1, runs))
    return drawn | {
        "celsius": rng.uniform(0, 60, runs),
        "vdd": 3.3 * (1 + 0.03 * rng.uniform(-1, 1, runs)),
        "h": OFFSET_MOST_V * rng.uniform(-1, 1, runs),
        "l": OFFSET_MOST_V * rng.uniform(-1, 1, runs),
        # Saturation current at 27 °C: up to the 1 nA of the 1N3595's data sheet.
        "is": 1e-10 * 10 ** rng.uniform(-1, 1, runs),
    }


@cache
def boards(runs: int = RUNS, seed: int = SEED) -> NDArray[np.float64]:
    """Return the four thresholds of each board as ngspice finds them, V."""
    values = draw(runs, seed)
    shares = np.array_split(np.arange(runs), min(runs, os.cpu_count() or 1))
    with ThreadPoolExecutor(len(shares)) as pool:
        return np.concatenate(list(pool.map(lambda some: _batch(values, some), shares)))


def _batch(values: Values, some: NDArray[np.int64]) -> NDArray[np.float64]:
    """Run some of the boards in one process."""
    block = Conditions(blocks=frozenset({"hook and line sense"}))
    parts = [
        "* boards", OPTIONS, deck(block), "Visl +3V3I GNDI 3.3", "Rt TIP_IN TIP 6",
        "Rr 0 RING 6", "Vl TIP_IN 0 PWL(0 0 6 30 12 0)", ".control",
    ]  # fmt: skip
    for i in some:
        parts += [f"alter r{ref} = {values[ref][i]:.7g}" for ref in REFS]
        parts += [
            f"alter visl = {values['vdd'][i]:.7g}",
            f"alter voffh = {values['h'][i]:.7g}",
            f"alter voffl = {values['l'][i]:.7g}",
            f"altermod dbr is = {values['is'][i]:.7g}",
            f"option temp = {values['celsius'][i]:.5g}",
            f"tran {STEP} 12 0 {STEP}",
        ]
        for name, (net, edge) in zip("abcd", _EDGES, strict=True):
            when = f"when v({net})={LOW_V} {edge}=1"
            parts.append(f"meas tran {name} find v(tip_in) {when}")
        parts += ['echo "board $&a $&b $&c $&d"', "destroy all"]
    text = "\n".join([*parts, "quit", ".endc", ".end", ""])
    return _measured(text.replace("+3V3I", "I3V3"), len(some))


_EDGES = (
    ("hook_n", "fall"),
    ("hook_n", "rise"),
    ("line_n", "fall"),
    ("line_n", "rise"),
)


def _measured(text: str, count: int) -> NDArray[np.float64]:
    with TemporaryDirectory() as folder:
        source = Path(folder, "boards.cir")
        source.write_text(text)
        done = subprocess.run(
            ["ngspice", "-b", str(source)],
            capture_output=True, text=True, timeout=TIMEOUT_S, check=False,
        )  # fmt: skip
    rows = re.findall(r"^board (\S+) (\S+) (\S+) (\S+)$", done.stdout, re.MULTILINE)
    if len(rows) != count:
        raise SimulationError((done.stdout + done.stderr)[-2000:])
    return np.array(rows, float)


def monte_carlo() -> Iterator[Result]:
    """Yield the extremes of a thousand boards, and that the formula agrees."""
    found = boards()
    for i, name in enumerate(NAMES):
        low, high = LIMITS[name]
        least, most = float(found[:, i].min()), float(found[:, i].max())
        source = f"{len(found)} boards in ngspice, 0 to 60 °C"
        if low is not None:
            title = f"{name}, least of all"
            yield Result("sense", title, least, "V", low, None, source)
        if high is not None:
            title = f"{name}, most of all"
            yield Result("sense", title, most, "V", None, high, source)
    told = solve(draw())
    for i, name in enumerate(NAMES):
        apart = float(np.max(np.abs(found[:, i] - told[name])))
        title = f"{name}: formula against ngspice, worst board"
        yield Result("sense", title, apart, "V", None, 0.5, "cross-check")


def solve(v: Values) -> Values:
    """Return the four thresholds by the formula of divider and reference."""
    found: Values = {}
    kelvin = v["celsius"] + 273.15
    thermal = 1.8 * 8.617e-5 * kelvin
    # SPICE's law of a junction: Eg 1.11 V, exponent 3, both over N = 1.8.
    warmth = kelvin / 300.15
    leak = v["is"] * warmth ** (3 / 1.8) * np.exp((warmth - 1) * 1.11 / thermal)
    for net, top, bottom, back, offset in (
        ("HOOK", "R13", "R14", "R15", "h"),
        ("LINE", "R16", "R17", "R18", "l"),
    ):
        for edge, out in (("rising", v["vdd"]), ("falling", 0.0 * v["vdd"])):
            conductance = 1 / v[top] + 1 / v[bottom] + 1 / v[back]
            reference = (v["vdd"] / v[top] + out / v[back]) / conductance + v[offset]
            current = reference / v["R12"]
            drop = thermal * np.log(current / leak + 2)
            # Both blocked diodes of the bridge leak past R12.
            series = (current + 2 * leak) * (v["R10"] + v["R11"])
            volts = reference + series + 2 * drop
            found[f"{net} {edge}"] = volts
    return found
