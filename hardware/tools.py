"""KiCad's own word on schematic and board, where KiCad 6 is installed.

KiCad 6 has no command line: `eeschema_do` of kiauto presses the buttons of its
schematic editor under a virtual screen, and the board is checked by a script that runs
in the distribution's Python, the only one that can import pcbnew.
"""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from hardware import circuit

KICAD_PYTHON = "/usr/bin/python3"
TIMEOUT_S = 300.0


class ToolMissing(RuntimeError):
    """KiCad or what drives it is not installed."""


def schematic_problems(source: Path, out: Path) -> Iterator[str]:
    """Yield what KiCad's electrical rule check finds, and nets that are not ours."""
    driver = shutil.which("eeschema_do")
    if driver is None:
        raise ToolMissing("eeschema_do (kiauto) is not installed: ./run hardware")
    work = out / "schematic"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    for name in ("kicad_sch", "kicad_sym", "kicad_pro"):
        shutil.copy(source / f"linekeeper.{name}", work)
    shutil.copy(source / "sym-lib-table", work)
    sheet = work / "linekeeper.kicad_sch"
    _run([driver, "run_erc", str(sheet), str(work)])
    report = (work / "linekeeper.erc").read_text("utf-8", "replace")
    yield from re.findall(r"^\[\w+\].*", report, re.MULTILINE)
    _run([driver, "netlist", str(sheet), str(work)])
    yield from _net_problems((work / "linekeeper.net").read_text("utf-8"))


def _net_problems(netlist: str) -> Iterator[str]:
    """Compare KiCad's netlist with the circuit."""
    found: set[frozenset[tuple[str, str]]] = set()
    for block in netlist.split("(net (code ")[1:]:
        ends = re.findall(r'\(node \(ref "([^"]+)"\) \(pin "([^"]+)"\)', block)
        if len(ends) > 1:
            found.add(frozenset(ends))
    wanted = {frozenset(ends): net for net, ends in circuit.nets().items()}
    for group, net in wanted.items():
        if group not in found:
            yield f"net {net} is another one in KiCad"
    for group in found - wanted.keys():
        yield f"KiCad joins {' '.join(sorted('.'.join(end) for end in group))}"


def board_problems(out: Path) -> Iterator[str]:
    """Yield what KiCad's design rule check finds; plots gerbers on the way."""
    script = Path(__file__).with_name("fabricate.py")
    board = out / "linekeeper.kicad_pcb"
    probe = subprocess.run(
        [KICAD_PYTHON, "-c", "import pcbnew"], capture_output=True, check=False
    )
    if probe.returncode:
        raise ToolMissing("KiCad's pcbnew module is not installed: ./run hardware")
    _run([KICAD_PYTHON, str(script), str(board), str(out / "fabrication")])
    report = (out / "fabrication" / "drc.txt").read_text("utf-8", "replace")
    if "** Found" not in report:
        yield "the design rule check wrote no report"
    lines = report.splitlines()
    for i, line in enumerate(lines):
        if line.startswith("["):
            yield " ".join([line, *(more.strip() for more in lines[i + 2 : i + 4])])


def compile_overlay(source: Path, out: Path) -> Iterator[str]:
    """Compile the device-tree overlay; yield what the compiler has to say."""
    tool = shutil.which("dtc")
    if tool is None:
        raise ToolMissing("dtc is not installed: ./run hardware")
    blob = out / f"{source.stem}.dtbo"
    command = [tool, "-@", "-I", "dts", "-O", "dtb", "-o", str(blob), str(source)]
    said = subprocess.run(
        command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
    )
    yield from said.stderr.splitlines()


def print_parts(source: Path, names: tuple[str, ...]) -> list[Path]:
    """Make an STL of each printed part beside its OpenSCAD file."""
    tool = shutil.which("openscad")
    if tool is None:
        raise ToolMissing("openscad is not installed: ./run hardware")
    made = []
    for name in names:
        path = source.with_name(f"{name}.stl")
        path.unlink(missing_ok=True)
        command = [tool, "-q", "--export-format", "binstl", "-o", str(path)]
        command += ["-D", f'part="{name}"', str(source)]
        said = subprocess.run(
            command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
        ).stderr
        if not path.exists():
            raise ToolMissing(f"openscad made no {name}: {said[-800:]}")
        path.write_bytes(ordered_stl(path.read_bytes()))
        made.append(path)
    return made


def ordered_stl(data: bytes) -> bytes:
    """Return a binary STL with its facets in order: OpenSCAD's own differs by run.

    A facet is three corners behind its normal, each three floats, and two more bytes;
    the smallest corner comes first, which keeps the sense of rotation.
    """
    facets = []
    for start in range(84, len(data), 50):
        normal = data[start : start + 12]
        corners = [data[start + 12 * i : start + 12 * i + 12] for i in (1, 2, 3)]
        least = corners.index(min(corners))
        turned = corners[least:] + corners[:least]
        facets.append(normal + b"".join(turned) + bytes(2))
    return b"Linekeeper".ljust(80) + data[80:84] + b"".join(sorted(facets))


def _run(command: list[str]) -> None:
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
    )
    said = done.stdout + done.stderr
    if "Traceback" in said or "Corrupted" in said:
        raise ToolMissing(f"{command[0]}: {said[-800:]}")
