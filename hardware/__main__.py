"""Builds the line interface: `./run hardware [check|draw|simulate|board|case]`."""

import hashlib
import sys
from pathlib import Path

from hardware import (
    board,
    checks,
    circuit,
    enclosure,
    overlay,
    pcb,
    picture,
    render,
    sockets,
    steps,
    tools,
)
from hardware.bom import bom
from hardware.kicad import library, schematic
from hardware.router import route
from hardware.spice import plots, report
from hardware.svg import svg

HERE = Path(__file__).parent
OUT = HERE.parent / "build" / "hardware"
#: Pictures of the bare sides, by copper layer; they need the routed board.
SIDES = ("top.svg", "bottom.svg")
SYMBOL_TABLE = (
    "(sym_lib_table\n"
    '  (lib (name "linekeeper")(type "KiCad")(uri "${KIPRJMOD}/linekeeper.kicad_sym")'
    '(options "")(descr "Symbols of the line interface"))\n)\n'
)


def drawings() -> dict[str, str]:
    """Return what is committed so that a hobbyist needs no tools, by file name."""
    return {
        "linekeeper.kicad_sch": schematic(),
        "linekeeper.kicad_sym": library(),
        "linekeeper.kicad_pro": pcb.project(),
        "linekeeper.kicad_dru": pcb.rules(),
        "sym-lib-table": SYMBOL_TABLE,
        "schematic.svg": svg(),
        "placement.svg": picture.svg(),
        "bom.csv": bom(),
        "linekeeper-line.dts": overlay.overlay(),
        "eeprom_settings.txt": overlay.eeprom(),
        "eeprom_custom.txt": overlay.custom(),
        "case/board.scad": enclosure.scad(),
        "pictures/enclosure.svg": enclosure.svg(),
        "pictures/assembled.svg": render.assembled(),
        **{f"pictures/{name}": text for name, text in steps.pictures().items()},
        **{f"pictures/{name}": text for name, text in sockets.pictures().items()},
    }


def draw() -> int:
    """Write the drawings and the bill of materials."""
    (HERE / "pictures").mkdir(exist_ok=True)
    for name, content in drawings().items():
        (HERE / name).write_text(content, "utf-8")
        print(HERE.name + "/" + name)
    return 0


def check() -> int:
    """Tell what is wrong with the circuit, without any tool."""
    found = [
        *checks.problems(circuit.PARTS),
        *board.problems(),
        *enclosure.problems(),
    ]
    for words in found:
        print(words)
    return 1 if found else 0


def simulate() -> int:
    """Run all simulations and renew the table; 1 if a promise is not kept."""
    readme, kept = HERE / "README.md", []
    for result in report.results():
        kept.append(result)
        word = "" if result.holds else "  OUTSIDE ITS LIMIT"
        value = f"{result.value:10.4g} {result.unit:6}"
        print(f"{result.name:58} {value} {result.limit}{word}", flush=True)
    text = readme.read_text("utf-8")
    readme.write_text(report.renewed(text, kept), "utf-8")
    (HERE / "plots").mkdir(exist_ok=True)
    for name, chart in plots.charts().items():
        (HERE / "plots" / name).write_text(chart.svg(), "utf-8")
    outside = [result.name for result in kept if not result.holds]
    print(f"{len(kept)} figures, {len(outside)} outside their limits")
    return 1 if outside else 0


def build() -> int:
    """Route the board and let KiCad check it and write what a factory wants."""
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / "linekeeper.kicad_pro").write_text(pcb.project(), "utf-8")
    (OUT / "linekeeper.kicad_dru").write_text(pcb.rules(), "utf-8")
    tracks, vias = route()
    for layer, name in enumerate(SIDES):
        (HERE / "pictures" / name).write_text(render.bare(tracks, vias, layer), "utf-8")
    content = pcb.layout(tracks, vias)
    (OUT / "linekeeper.kicad_pcb").write_text(content, "utf-8")
    (HERE / "board.sha256").write_text(f"{digest(content)}  linekeeper.kicad_pcb\n")
    try:
        found = [
            *tools.schematic_problems(HERE, OUT),
            *tools.board_problems(OUT),
            *tools.compile_overlay(HERE / "linekeeper-line.dts", OUT),
        ]
    except tools.ToolMissing as error:
        print(f"not checked: {error}", file=sys.stderr)
        return 1
    for words in found:
        print(words)
    print(f"{len(found)} things wrong; gerbers and drill files are in {OUT}")
    return 1 if found else 0


def case() -> int:
    """Make the printable enclosure of its drawing, where OpenSCAD is installed."""
    try:
        made = tools.print_parts(HERE / "case" / "case.scad", enclosure.PRINTED)
    except tools.ToolMissing as error:
        print(f"not made: {error}", file=sys.stderr)
        return 1
    for path in made:
        print(path)
    return 0


def digest(content: str) -> str:
    """Return what tells whether a board is the same to the byte."""
    return hashlib.sha256(content.encode()).hexdigest()


COMMANDS = {
    "check": check,
    "draw": draw,
    "simulate": simulate,
    "board": build,
    "case": case,
}


def main(names: list[str]) -> int:
    """Run the named commands, or all; the worst result counts."""
    unknown = [name for name in names if name not in COMMANDS]
    if unknown:
        print(
            f"unknown: {' '.join(unknown)}; known: {' '.join(COMMANDS)}",
            file=sys.stderr,
        )
        return 2
    return max(COMMANDS[name]() for name in names or list(COMMANDS))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
