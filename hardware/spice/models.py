"""What each kind of part is to ngspice; figures are the data sheets' worst cases.

A transformer is a lumped one: 66 + 66 ohm, 14 mH of leakage, 2.8 H, 10 kohm of loss and
60 pF between its windings (Bourns LM-NP-1001-B1L).  The surge protector passes 5 uA at
its standoff voltage, the worst its maker admits: 55 Mohm.  Opto-couplers transfer the
least their makers promise.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from hardware import circuit
from hardware.model import Part, number

#: Default parameters of a deck; a Monte Carlo run replaces some.
MODELS = """
.model D1N4148 D(Is={d_is} N=1.752 Rs=0.57 Bv=100 Ibv=100u Cjo=4p Tt=20n)
.model DZ18 D(Is=1e-14 N=1.1 Rs=5 Bv=17.9 Ibv=5m Cjo=60p)
.model DBR D(Is={br_is} N=1.8 Rs=1 Bv=150 Cjo=6p Tt=3u)
.model DIR D(Is=1.7e-12 N=2 Rs=2 Cjo=30p)
.model DESD D(Is=1e-15 N=1 Rs=50)
"""


@dataclass(slots=True)
class Conditions:
    """What a run changes: values by reference, and what the world does to the board."""

    values: dict[str, float] = field(default_factory=dict)
    island_v: float = 3.3
    offset_v: dict[str, float] = field(default_factory=lambda: {"h": 0.0, "l": 0.0})
    bridge_is: float = 1e-10
    diode_is: float = 2.52e-9
    ctr_814: float = 0.2
    ctr_817: float = 1.0
    inductance_h: float = 2.8
    beep_on: bool = False
    parasitic_pf: tuple[float, float] = (10.0, 10.0)  # TIP, RING to the Pi's ground
    build: frozenset[str] = frozenset({"core", "beep", "rtc", "hat"})
    blocks: frozenset[str] | None = None  # None: all of them


def deck(conditions: Conditions | None = None) -> str:
    """Return the whole board as a netlist; node 0 is the Pi's ground."""
    given = conditions or Conditions()
    lines = [MODELS.format(d_is=given.diode_is, br_is=given.bridge_is)]
    for part in circuit.PARTS:
        if given.blocks is not None and part.block not in given.blocks:
            continue
        if part.build in given.build and part.kind in _KINDS:
            lines += _KINDS[part.kind](part, given)
    first, second = given.parasitic_pf
    lines += [f"Cpt TIP 0 {first}p", f"Cpr RING 0 {second}p", "Vpi P3V3 0 3.3"]
    return "\n".join(lines).replace("+3V3I", "I3V3").replace("+3V3", "P3V3")


def _node(part: Part, pin: str) -> str:
    net = part.nets[pin]
    return "0" if net == "GND" else net


def _passive(letter: str) -> Callable[[Part, Conditions], Iterator[str]]:
    def lines(part: Part, given: Conditions) -> Iterator[str]:
        value = given.values.get(part.ref, number(part.value))
        yield f"{letter}{part.ref} {_node(part, '1')} {_node(part, '2')} {value:.6g}"

    return lines


def _fuse(part: Part, _: Conditions) -> Iterator[str]:
    """Return the cold resistance of a TRF250-145."""
    yield f"R{part.ref} {_node(part, '1')} {_node(part, '2')} 6"


def _diode(model: str) -> Callable[[Part, Conditions], Iterator[str]]:
    def lines(part: Part, _: Conditions) -> Iterator[str]:
        kind = "DBR" if part.value == "1N3595" else model
        yield f"D{part.ref} {_node(part, '2')} {_node(part, '1')} {kind}"

    return lines


def _sidactor(part: Part, _: Conditions) -> Iterator[str]:
    """Yield a protector that latches within 0.1 us above 335 V and stays fired.

    A switch that snaps stops ngspice; a conductance that grows does not.
    """
    r, a, b = part.ref, _node(part, "1"), _node(part, "3")
    fires, holds = f"(abs(V({a},{b}))-335)/2", "(V(sidx)-0.5)*20"
    yield f"B{r}t sidt 0 V=min(1,0.5*(1+tanh({fires}))+0.5*(1+tanh({holds})))"
    yield f"R{r} sidt sidx 1k"
    yield f"C{r}x sidx 0 100p"
    yield f"B{r} {a} {b} I=V({a},{b})*(1/55e6+2*max(V(sidx)-1e-3,0))"
    yield f"C{r} {a} {b} 60p"


def _transformer(part: Part, given: Conditions) -> Iterator[str]:
    r, (p1, p2, s1, s2) = part.ref, (_node(part, pin) for pin in ("1", "3", "4", "6"))
    yield f"R{r}p {p1} {r}a 66"
    yield f"L{r}k {r}a {r}b 14m"
    yield f"L{r}p {r}b {p2} {given.inductance_h}"
    yield f"R{r}l {r}b {p2} 10k"
    yield f"L{r}s {r}c {s2} {given.inductance_h}"
    yield f"K{r} L{r}p L{r}s 0.999999"
    yield f"R{r}s {r}c {s1} 66"
    yield f"C{r}a {r}b {p2} 50p"
    yield f"C{r}b {r}c {s2} 50p"
    yield f"C{r}w {p1} {s1} 30p"
    yield f"C{r}v {p2} {s2} 30p"


def _opto(part: Part, given: Conditions) -> Iterator[str]:
    both, ctr = part.kind == "OPTO_AC", given.ctr_817
    r, (a, k, e, c) = part.ref, (_node(part, pin) for pin in "1234")
    if both:
        ctr = given.ctr_814
        yield f"D{r}n {r}x {a} DIR"
    yield f"D{r}p {a} {r}x DIR"
    yield f"V{r} {r}x {k} 0"
    yield f"B{r} {c} {e} I={ctr}*abs(I(V{r}))*tanh(max(V({c},{e}),0)/0.05)"
    yield f"C{r} {c} {e} 10p"
    yield f"C{r}i {a} {e} 0.6p"


def _comparator(part: Part, given: Conditions) -> Iterator[str]:
    """Yield two halves with rail clamps on their inputs and 10 us of delay."""
    ground, supply = _node(part, "4"), _node(part, "8")
    for name, out, minus, plus in (("h", "1", "2", "3"), ("l", "7", "6", "5")):
        n, p, o = _node(part, minus), _node(part, plus), _node(part, out)
        yield f"Voff{name} off{name} 0 {given.offset_v[name]}"
        yield (
            f"B{part.ref}{name} u2{name} {ground} V=0.5*V({supply},{ground})"
            f"*(1+tanh(2000*(V({p},{n})+V(off{name}))))"
        )
        yield f"R{part.ref}{name} u2{name} u2{name}d 10k"
        yield f"C{part.ref}{name} u2{name}d {ground} 1n"
        yield f"E{part.ref}{name} u2{name}o {ground} u2{name}d {ground} 1"
        yield f"R{part.ref}{name}o u2{name}o {o} 100"
    sense = _node(part, "2")
    yield f"D{part.ref}u {sense} {supply} DESD"
    yield f"D{part.ref}d {ground} {sense} DESD"


def _supply(part: Part, given: Conditions) -> Iterator[str]:
    yield f"V{part.ref} {_node(part, '1')} {_node(part, '2')} {given.island_v}"


def _isolator(part: Part, _: Conditions) -> Iterator[str]:
    """Yield what an isolated converter is to a surge: its capacitance."""
    yield f"C{part.ref} {_node(part, '5')} {_node(part, '2')} 3p"


def _photomos(part: Part, given: Conditions) -> Iterator[str]:
    a, b = _node(part, "3"), _node(part, "4")
    yield f"R{part.ref} {a} {b} {18 if given.beep_on else 1e10}"
    yield f"C{part.ref} {a} {b} 70p"


#: Kinds that matter to ngspice; jacks, header, LED and button do not.
_KINDS: dict[str, Callable[[Part, Conditions], Iterator[str]]] = {
    "R": _passive("R"),
    "C": _passive("C"),
    "F": _fuse,
    "D": _diode("D1N4148"),
    "Z": _diode("DZ18"),
    "SIDACTOR": _sidactor,
    "T": _transformer,
    "OPTO": _opto,
    "OPTO_AC": _opto,
    "COMPARATOR": _comparator,
    "LDO": _supply,
    "DCDC": _isolator,
    "PHOTOMOS": _photomos,
}
