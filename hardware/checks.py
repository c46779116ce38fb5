"""What must hold of the circuit, whoever draws or lays it out; needs no tools.

Every check yields plain sentences about what is wrong; none means all is well.
"""

import re
from collections.abc import Iterable, Iterator

from hardware.circuit import HEADER, side_of
from hardware.layout import PLACES
from hardware.model import Part, Side, number
from hardware.symbols import SYMBOLS

#: The only parts that may touch two sides, and which.
BRIDGES = {
    "T1": {Side.LINE, Side.PI}, "T2": {Side.LINE, Side.PI},
    "U1": {Side.LINE, Side.PI}, "K1": {Side.LINE, Side.PI},
    "U3": {Side.ISLAND, Side.PI}, "U4": {Side.ISLAND, Side.PI},
    "PS1": {Side.ISLAND, Side.PI},
    "R10": {Side.LINE, Side.ISLAND}, "R11": {Side.LINE, Side.ISLAND},
}  # fmt: skip
#: What a barrier part withstands at least, V (IEC 62368-1 5.4.10; our rule).
BARRIER_V = 3000
#: Watts of what carries the line's ringing or mains (see the simulation).
LINE_RESISTOR_W = 0.5
#: GPIOs whose pull is down at reset (BCM2711 peripherals, table of pulls).
PULLED_DOWN = range(9, 28)

#: Kinds and pins that must be at the Pi's ground.
_GROUND = {("OPTO", "3"), ("OPTO_AC", "3"), ("PHOTOMOS", "2"), ("LED", "1")}


def problems(parts: Iterable[Part]) -> list[str]:
    """Return everything that is wrong with a list of parts."""
    listed = tuple(parts)
    return [words for check in CHECKS for words in check(listed)]


def connections(parts: tuple[Part, ...]) -> Iterator[str]:
    """References are unique, pins exist, and no net has one end only."""
    seen: set[str] = set()
    ends: dict[str, int] = {}
    for part in parts:
        if part.ref in seen:
            yield f"{part.ref} is there twice"
        seen.add(part.ref)
        known = {pin.number for pin in SYMBOLS[part.kind].pins}
        for pin in sorted(set(part.nets) ^ known):
            yield f"{part.ref}: pin {pin} is not both drawn and connected"
        for net in part.nets.values():
            ends[net] = ends.get(net, 0) + 1
        if part.ref not in PLACES:
            yield f"{part.ref} is not in the schematic"
    for net, count in ends.items():
        if count < 2:
            yield f"net {net} goes nowhere"


def isolation(parts: tuple[Part, ...]) -> Iterator[str]:
    """No part but the barrier's own touches two sides, and those are rated for it."""
    found = set()
    for part in parts:
        sides = {side_of(net) for net in part.nets.values()}
        if len(sides) == 1:
            continue
        found.add(part.ref)
        if sides != BRIDGES.get(part.ref):
            names = " and ".join(sorted(side.value for side in sides))
            yield f"{part.ref} must not join {names}"
        elif part.bridges != sides:
            yield f"{part.ref} is not declared as a barrier part"
        if _kilovolts(part.rating) * 1000 < BARRIER_V:
            yield f"{part.ref}: a barrier part wants {BARRIER_V} V, rated {part.rating}"
    for ref in BRIDGES.keys() - found:
        yield f"{ref}: the barrier part is missing"


def _kilovolts(rating: str) -> float:
    figures = re.findall(r"([\d.]+) kV", rating)
    return max((float(figure) for figure in figures), default=0.0)


def ratings(parts: tuple[Part, ...]) -> Iterator[str]:
    """What hangs on the line is made for it."""
    for part in parts:
        sides = {side_of(net) for net in part.nets.values()}
        if Side.LINE not in sides or not part.nets:
            continue
        if part.kind == "C" and "X2" not in part.rating:
            yield f"{part.ref}: a capacitor on the line must be X2, not {part.rating}"
        if part.kind == "R":
            watts = float(part.rating.split()[0])
            if watts < LINE_RESISTOR_W:
                yield (
                    f"{part.ref}: {watts:g} W across the line, "
                    f"want {LINE_RESISTOR_W:g} or more"
                )


def loading(parts: tuple[Part, ...]) -> Iterator[str]:
    """No DC path across the pair but through 10 Mohm in each lead."""
    for part in parts:
        nets = set(part.nets.values())
        if nets <= {"TIP", "RING", "TIP_IN", "RING_IN"} and len(nets) == 2:
            crosses = nets & {"TIP", "TIP_IN"} and nets & {"RING", "RING_IN"}
            if crosses and part.kind not in ("SIDACTOR", "RJ"):
                yield f"{part.ref} lies across the pair"
    for part in parts:
        if part.ref in ("R10", "R11") and number(part.value) < 10e6:
            yield f"{part.ref}: {part.value} loads an on-hook line, want 10M"


def roles(parts: tuple[Part, ...]) -> Iterator[str]:
    """Pins of opto-couplers and switches are where they work."""
    for part in parts:
        for kind, pin in sorted(_GROUND):
            if part.kind == kind and part.nets.get(pin) != "GND":
                net = part.nets.get(pin)
                yield f"{part.ref}: pin {pin} must be at GND, is at {net}"
        if part.kind in ("OPTO", "OPTO_AC"):
            output = part.nets["4"]
            if not _pulled_up(parts, output):
                yield f"{part.ref}: its collector {output} has no pull-up to +3V3"
        if part.kind == "OPTO" and not _pulled_up(parts, part.nets["1"], "+3V3I"):
            yield f"{part.ref}: its anode {part.nets['1']} is not fed from +3V3I"


def _pulled_up(parts: tuple[Part, ...], net: str, rail: str = "+3V3") -> bool:
    return any(
        part.kind == "R" and set(part.nets.values()) == {net, rail} for part in parts
    )


def boot(parts: tuple[Part, ...]) -> Iterator[str]:
    """While the Pi starts, the beep switch is off and the sensors read as idle."""
    header = next((part for part in parts if part.kind == "HEADER"), None)
    if header is None:
        yield "the Raspberry Pi's header is missing"
        return
    for pin, net in header.nets.items():
        if HEADER.get(pin) != net:
            yield f"{header.ref}: pin {pin} is {net}, want {HEADER.get(pin)}"
    gpio = GPIO_OF_PIN.get(_pin_of(header, "BEEP"))
    if gpio is None or gpio not in PULLED_DOWN:
        yield f"BEEP is on GPIO {gpio}, whose pull at reset is not down"
    if _pulled_up(parts, "BEEP"):
        yield "BEEP is pulled up: the switch would close while the Pi starts"


def _pin_of(header: Part, net: str) -> str:
    return next((pin for pin, at in header.nets.items() if at == net), "")


#: GPIO numbers of the 40-pin header that a HAT may use freely.
GPIO_OF_PIN = {
    "3": 2, "5": 3, "7": 4, "8": 14, "10": 15, "11": 17, "12": 18, "13": 27, "15": 22,
    "16": 23, "18": 24, "19": 10, "21": 9, "22": 25, "23": 11, "24": 8, "26": 7,
    "29": 5, "31": 6, "32": 12, "33": 13, "35": 19, "36": 16, "37": 26, "38": 20,
    "40": 21,
}  # fmt: skip

CHECKS = (connections, isolation, ratings, loading, roles, boot)
