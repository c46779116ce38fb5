"""Runs ngspice in batch mode and reads its raw file: no more than that is needed.

Line-side loops float, so every deck gets a shunt of 1 Tohm from each node to ground;
without it ngspice falls back to a transient operating point and AC results are wrong.
"""

import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

#: A deck that hangs is an error, s.
TIMEOUT_S = 180.0
OPTIONS = ".options rshunt=1e12 reltol=1e-4 abstol=1e-13 vntol=1e-7 gmin=1e-13"


class SimulationError(RuntimeError):
    """ngspice is missing, failed or did not finish."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """The vectors of one analysis by lower-case name; `axis` is time, V or Hz."""

    axis: NDArray[np.float64]
    vectors: dict[str, NDArray[np.complex128]]

    def volts(self, plus: str, minus: str = "0") -> NDArray[np.complex128]:
        """Return the voltage between two nodes."""
        return self._node(plus) - self._node(minus)

    def real(self, plus: str, minus: str = "0") -> NDArray[np.float64]:
        """Return the same where it has no phase."""
        return self.volts(plus, minus).real

    def amps(self, source: str) -> NDArray[np.complex128]:
        """Return the current into the plus end of a voltage source."""
        return self.vectors[f"i({source.lower()})"]

    def _node(self, name: str) -> NDArray[np.complex128]:
        if name == "0":
            return np.zeros(len(self.axis), complex)
        return self.vectors[f"v({name.lower()})"]


def available() -> bool:
    """Tell whether ngspice is installed."""
    return shutil.which("ngspice") is not None


def run(deck: str) -> Sweep:
    """Run a deck that holds one analysis.

    Raises SimulationError with ngspice's own words if there is no result.
    """
    if not available():
        raise SimulationError("ngspice is not installed: ./run hardware installs it")
    with tempfile.TemporaryDirectory() as folder:
        source, raw = Path(folder, "deck.cir"), Path(folder, "out.raw")
        source.write_text(f"* deck\n{OPTIONS}\n{deck}\n.end\n")
        command = ["ngspice", "-b", "-r", str(raw), str(source)]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise SimulationError(f"no result after {TIMEOUT_S:.0f} s") from error
        said = done.stdout + done.stderr
        # A transient may begin from one; AC results around it are wrong.
        guessed = ".ac" in deck and "Transient op" in said
        if not raw.exists() or guessed or "aborted" in said:
            raise SimulationError(said[-2000:])
        return _read(raw.read_bytes())


def _read(data: bytes) -> Sweep:
    """Read ngspice's binary raw format, one plot."""
    text, body = data.split(b"Binary:\n", 1)
    head = text.decode()
    lines = head.splitlines()
    fields = dict(line.split(":", 1) for line in lines if ":" in line)
    count, points = int(fields["No. Variables"]), int(fields["No. Points"])
    first = lines.index("Variables:") + 1
    names = [line.split()[1].lower() for line in lines[first : first + count]]
    kind = complex if "complex" in fields["Flags"] else float
    table = np.frombuffer(body, kind, count * points).reshape(points, count)
    columns = table.T.astype(complex)
    return Sweep(columns[0].real.copy(), dict(zip(names, columns, strict=True)))
