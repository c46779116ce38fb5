"""Every AC result once more by a transient: line-side loops float, and AC may lie.

ngspice linearises around an operating point it may have guessed (the shunts of
`ngspice.OPTIONS` are there to prevent it); a transient needs none.  Each check here
names the AC result it belongs to.
"""

from collections.abc import Iterator

import numpy as np

from hardware.spice import onhook, voice
from hardware.spice.models import Conditions, deck
from hardware.spice.ngspice import run
from hardware.spice.result import Result
from hardware.spice.wave import fundamental, tran

#: A tone of -9 dBm on 600 ohm, V peak: no diode conducts.
QUIET_V = 0.39
SOURCE = "cross-check"


def crosschecks() -> Iterator[Result]:
    """Yield how far AC and transient are apart, for each AC result."""
    yield from (_bridging(), _response(), _balance())
    for kind in voice.ENDS:
        for beep_on in (False, True):
            yield _loss(kind, beep_on)


def _bridging() -> Result:
    apart = []
    for hertz in (300, 1000, 3400):
        source = f"Vl TIP_IN RING_IN SIN(0 {QUIET_V} {hertz})"
        sweep = run(f"{deck()}\n{voice.CODEC}\n{source}\n{tran(hertz)}")
        amps = abs(fundamental(sweep.axis, sweep.amps("Vl").real, hertz))
        apart.append(abs(20 * np.log10(voice.impedance(hertz) * amps / QUIET_V)))
    return _result("bridging impedance", max(apart), 0.2)


def _response() -> Result:
    apart = []
    for hertz in (25, 50, 300, 1200, 2200, 3400):
        source = f"Vl TIP_IN RING_IN AC 1 SIN(0 {QUIET_V} {hertz})"
        board = f"{deck()}\n{voice.CODEC}\n{source}"
        sweep = run(f"{board}\n{tran(hertz, 0.3 if hertz < 100 else 0.05)}")
        heard = abs(fundamental(sweep.axis, sweep.real("MIC_OUT"), hertz)) / QUIET_V
        told = abs(run(f"{board}\n.ac lin 2 {hertz} {hertz + 1}").volts("MIC_OUT")[0])
        apart.append(abs(20 * np.log10(heard / told)))
    return _result("line to codec, 25 to 3400 Hz", max(apart), 0.2)


def _balance() -> Result:
    """Compare at 3400 Hz, where balance is worst and rises out of rounding."""
    hertz, volts = 3400, 20.0
    conditions = Conditions(parasitic_pf=onhook.UNBALANCED_PF)
    bridge = onhook.BRIDGE.format(source=f"SIN(0 {volts} {hertz})")
    sweep = run(f"{deck(conditions)}\n{bridge}\n{tran(hertz, 0.05, 40)}")
    heard = abs(fundamental(sweep.axis, sweep.real("TIP_IN", "RING_IN"), hertz))
    transient = -20 * np.log10(heard / volts)
    return _result("balance, 3400 Hz", abs(transient - onhook.balance_db(hertz)), 1.0)


def _loss(kind: str, beep_on: bool) -> Result:
    hertz = 1000
    source = f"SIN(0 {2 * QUIET_V} {hertz})"
    levels = [
        abs(fundamental(sweep.axis, sweep.real("TIP_IN"), hertz))
        for sweep in (
            run(f"{text}\n{tran(hertz)}")
            for text in voice.loss_decks(kind, beep_on, source)
        )
    ]
    transient = 20 * np.log10(levels[0] / levels[1])
    told = voice.loss_at(kind, beep_on, hertz)
    word = "beeping" if beep_on else "idle"
    return _result(f"insertion loss, {kind}, {word}", abs(transient - told), 0.05)


def _result(what: str, apart_db: float, most: float) -> Result:
    title = f"{what}: AC against transient"
    return Result("cross-check", title, float(apart_db), "dB", None, most, SOURCE)
