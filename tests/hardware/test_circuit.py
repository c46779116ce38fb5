"""The circuit without any tool: what kills is found, what is committed is current."""

import csv
import dataclasses
import re
from collections.abc import Callable

import pytest

from hardware import checks, circuit
from hardware.__main__ import HERE, drawings
from hardware.model import Part, Side, number
from hardware.wiring import draw, spots

Parts = dict[str, Part]


def board() -> Parts:
    return {part.ref: part for part in circuit.PARTS}


def change(parts: Parts, ref: str, **fields: object) -> None:
    parts[ref] = dataclasses.replace(parts[ref], **fields)  # type: ignore[arg-type]


def rewire(parts: Parts, ref: str, **nets: str) -> None:
    named = {name.removeprefix("p"): net for name, net in nets.items()}
    change(parts, ref, nets=parts[ref].nets | named)


def test_the_circuit_is_sound() -> None:
    assert checks.problems(circuit.PARTS) == []


#: What a hand or a careless edit does, and the words that must name it.
FAULTS: dict[str, tuple[Callable[[Parts], object], str]] = {
    "opto output swapped": (
        lambda p: rewire(p, "U1", p3="RING_N", p4="GND"),
        "U1: pin 3 must be at GND",
    ),
    "opto input swapped": (
        lambda p: rewire(p, "U3", p1="OUT_HOOK", p2="HOOK_LED"),
        "U3: its anode OUT_HOOK is not fed",
    ),
    "quarter watt across the line": (
        lambda p: change(p, "R5", rating="0.25 W, 250 V"),
        "R5: 0.25 W across the line",
    ),
    "ceramic on the line": (
        lambda p: change(p, "C1", rating="250 V X7R"),
        "C1: a capacitor on the line must be X2",
    ),
    "barrier part missing": (
        lambda p: p.pop("T1"),
        "T1: the barrier part is missing",
    ),
    "no pull-up": (
        lambda p: p.pop("R22"),
        "U4: its collector LINE_N has no pull-up",
    ),
    "beep pulled up": (
        lambda p: rewire(p, "R6", p2="BEEP"),
        "BEEP is pulled up",
    ),
    "beep on a pin pulled up at reset": (
        lambda p: rewire(p, "J5", p16="GND", p3="BEEP"),
        "whose pull at reset is not down",
    ),
    "wrong header pin": (
        lambda p: rewire(p, "J5", p11="RING_N", p13="HOOK_N"),
        "J5: pin 11 is RING_N, want HOOK_N",
    ),
    "ground of the Pi on the island": (
        lambda p: rewire(p, "R12", p2="GND"),
        "R12 must not join island and pi",
    ),
    "line tied to the Pi": (
        lambda p: rewire(p, "C2", p2="GND"),
        "C2 must not join line and pi",
    ),
    "SIP-4 converter": (
        lambda p: change(p, "PS1", rating="1 kVDC"),
        "PS1: a barrier part wants 3000 V",
    ),
    "hook resistor of 100k": (
        lambda p: change(p, "R10", value="100k"),
        "R10: 100k loads an on-hook line",
    ),
    "varistor across the pair": (
        lambda p: rewire(p, "C5", p2="RING"),
        "C5 lies across the pair",
    ),
    "two parts of one name": (
        lambda p: p.update(extra=p["R3"]),
        "R3 is there twice",
    ),
    "a net that goes nowhere": (
        lambda p: rewire(p, "R30", p1="BK_C"),
        "net BK_C goes nowhere",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_seeded_fault_is_named(name: str) -> None:
    fault, words = FAULTS[name]
    parts = board()
    fault(parts)
    found = checks.problems(parts.values())
    assert any(words in problem for problem in found), found


def test_only_the_barrier_parts_touch_two_sides() -> None:
    found = {
        part.ref
        for part in circuit.PARTS
        if len({circuit.side_of(net) for net in part.nets.values()}) > 1
    }
    assert found == {"T1", "T2", "U1", "U3", "U4", "K1", "PS1", "R10", "R11"}
    assert circuit.side_of("TIP") is Side.LINE
    assert circuit.side_of("SENSE") is Side.ISLAND
    assert circuit.side_of("MIC_OUT") is Side.PI


#: Drawn once: it takes a second.
DRAWN = drawings()


@pytest.mark.parametrize("name", sorted(DRAWN))
def test_what_is_committed_is_what_the_source_says(name: str) -> None:
    assert (HERE / name).read_text("utf-8") == DRAWN[name], (
        f"hardware/{name} is old: run `python -m hardware draw`"
    )


def test_drawing_twice_gives_the_same_bytes() -> None:
    assert drawings() == DRAWN


def test_the_drawing_says_what_the_circuit_says() -> None:
    """Follow wires and names in the drawing; the nets must be the circuit's."""
    drawing = draw()
    pins = {(s.ref, s.pin): s.at for some in spots().values() for s in some}

    def join(*keys: object) -> None:
        merged: set[object] = set()
        for key in keys:
            merged |= owner.get(key, {key})
        for key in merged:
            owner[key] = merged

    owner: dict[object, set[object]] = {}
    for pin, at in pins.items():
        join(pin, at)
    points = [*pins.values(), *(p for wire in drawing.wires for p in wire)]
    points += [label.at for label in drawing.labels]
    for (x0, y0), (x1, y1) in drawing.wires:
        touched = [
            (x, y)
            for x, y in points
            if min(x0, x1) <= x <= max(x0, x1) and min(y0, y1) <= y <= max(y0, y1)
        ]
        for point in touched:  # a crossing is no connection: only ends and pins count
            join((x0, y0), (x1, y1), point)
    for label in drawing.labels:
        join(label.at, label.net)
    for net, ends in circuit.nets().items():
        reached = {key for key in owner[ends[0]] if key in pins}
        assert reached == set(ends), net


def test_refs_agree_between_circuit_bom_and_schematic() -> None:
    refs = {part.ref for part in circuit.PARTS}
    text = (HERE / "bom.csv").read_text("utf-8")
    rows = csv.DictReader(text.splitlines())
    assert {ref for row in rows for ref in row["refs"].split()} == refs
    sheet = (HERE / "linekeeper.kicad_sch").read_text("utf-8")
    named = set(re.findall(r'\(property "Reference" "([A-Z]+\d+)" \(id 0\)', sheet))
    assert {ref for ref in named if not ref.startswith("#")} == refs


def test_every_part_can_be_ordered() -> None:
    for part in circuit.PARTS:
        assert part.mpn, part.ref
        assert part.pins_from or part.unconfirmed, part.ref
        assert part.price_usd > 0, part.ref


def test_values_are_read_as_engineers_write_them() -> None:
    assert number("4.7M") == 4.7e6
    assert number("220n X2") == pytest.approx(220e-9)
    assert number("560") == 560.0


def test_signals_are_on_the_gpios_of_their_header_pins() -> None:
    for net, gpio in circuit.GPIO.items():
        assert checks.GPIO_OF_PIN[_pin(net)] == gpio


def _pin(net: str) -> str:
    return next(pin for pin, at in circuit.HEADER.items() if at == net)
