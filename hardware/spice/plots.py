"""The results that are worth a look, as charts with their limits."""

import numpy as np

from hardware.chart import Chart, Curve, Limit, Points
from hardware.spice import hazards, onhook, spread, voice
from hardware.spice.models import deck
from hardware.spice.ngspice import run


def charts() -> dict[str, Chart]:
    """Return every chart by its file name."""
    return {
        "dc.svg": _dc(), "ren.svg": _ren(), "bridging.svg": _bridging(),
        "loss.svg": _loss(), "response.svg": _response(), "beep.svg": _beep(),
        "thresholds.svg": _thresholds(), "dialling.svg": _dialling(),
        "surge.svg": _surge(),
    }  # fmt: skip


def _points(xs: np.ndarray, ys: np.ndarray, count: int = 160) -> Points:
    """Return at most so many points, the first and last among them."""
    at = np.unique(np.linspace(0, len(xs) - 1, count).astype(int))
    return [(float(x), float(y)) for x, y in zip(xs[at], ys[at], strict=True)]


def _dc() -> Chart:
    volts = (10, 25, 50, 75, 100, 150, 200)
    curve = [(v, 1e6 * onhook.worst_amps(v)) for v in volts]
    return Chart(
        "On-hook direct current", "volts across the pair", "uA",
        (Curve("board", curve),),
        (Limit("5 Mohm up to 100 V: 47 CFR 68.312", [(10, 2), (100, 20)]),),
        (0, 25),
    )  # fmt: skip


def _ren() -> Chart:
    hertz = (15.3, 20, 25, 30, 40, 50, 60, 68)
    curves = tuple(
        Curve(name, [(hz, onhook.ren_b(hz, beep_on=on)) for hz in hertz], dashed=on)
        for name, on in (("as it should be", False), ("beep switch stuck", True))
    )
    ends = (hertz[0], hertz[-1])
    limits = (
        Limit("REN 1: one ringer", [(x, 1.0) for x in ends]),
        Limit("REN 2: still rings", [(x, 2.0) for x in ends]),
    )
    return Chart("Load while ringing, 90 V", "Hz", "REN B", curves, limits, (0, 2.5))


def _bridging() -> Chart:
    hertz, ohms = voice.impedances()
    return Chart(
        "Impedance across the pair", "Hz", "kohm",
        (Curve("board", _points(hertz, ohms / 1e3)),),
        (Limit("10 kohm: AS/CA S002", [(300, 10), (3400, 10)], above=False),),
        (8, 14), log=True,
    )  # fmt: skip


def _loss() -> Chart:
    curves = tuple(
        Curve(f"{kind}, {'beeping' if on else 'idle'}",
              _points(*voice.losses(kind, on)), dashed=on)
        for kind in voice.ENDS for on in (False, True)
    )  # fmt: skip
    limits = (
        Limit("idle: 0.5 dB", [(300, 0.5), (3400, 0.5)]),
        Limit("while beeping: 2.5 dB", [(300, 2.5), (3400, 2.5)]),
    )
    title = "What the telephone loses"
    return Chart(title, "Hz", "insertion loss, dB", curves, limits, (0, 3), log=True)


def _response() -> Chart:
    hertz, decibel = voice.gains()
    band = decibel[300 - 25 :]
    top, bottom = float(band.max()), float(band.max()) - 1.0
    limits = (
        Limit("1 dB in the telephone band", [(300, top), (3400, top)]),
        Limit("", [(300, bottom), (3400, bottom)]),
    )
    curves = (Curve("gain", _points(hertz, decibel)),)
    title = "From the line to the codec"
    return Chart(title, "Hz", "dB", curves, limits, (-50, -20), log=True)


def _beep() -> Chart:
    drive = (0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 1.4, 1.7, 2.1)
    curve = [(v, voice.beep_dbm(v)) for v in drive]
    limits = (Limit("-9 dBm: 47 CFR 68.308", [(0.1, -9), (2.1, -9)]),)
    title = "The beep on the line, whatever the codec plays"
    curves = (Curve("beep", curve),)
    return Chart(title, "codec, V rms", "dBm on 600 ohm", curves, limits, (-40, -5))


def _thresholds() -> Chart:
    found = spread.boards()
    bins = np.arange(0.0, 26.0, 0.1)
    curves = []
    for i, name in enumerate(spread.NAMES):
        count, _ = np.histogram(found[:, i], bins)
        middle = (bins[:-1] + bins[1:]) / 2
        kept = [(x, float(n)) for x, n in zip(middle, count, strict=True) if n]
        curves.append(Curve(name, kept, bars=True))
    limits = tuple(
        Limit(words, [(x, 0), (x, height)])
        for x, words, height in (
            (14.5, "highest off-hook", 300.0),
            (24.0, "lowest idle", 300.0),
            (3.5, "must be seen as a line", 300.0),
        )
    )
    wide = (Curve("", [(0.0, 0.0), (26.0, 0.0)]),)
    title = f"Where {len(found)} boards switch, 0 to 60 °C"
    return Chart(
        title, "volts on the line", "boards", (*curves, *wide), limits, (0, 320)
    )


def _dialling() -> Chart:
    source = "Vl TIP_IN RING_IN PULSE(7 48 0.2 1m 1m 58m 100m 4)"
    sweep = run(f"{deck()}\n{source}\n.tran 1m 0.8 0 1m")
    time = 1000 * sweep.axis
    curves = (
        Curve("line", _points(time, sweep.real("TIP_IN", "RING_IN"), 600)),
        Curve("HOOK_N times 10", _points(time, 10 * sweep.real("HOOK_N"), 600)),
    )
    limits = (Limit("GPIO reads low below 0.8 V", [(0, 8.0), (800, 8.0)], above=False),)
    return Chart("A dialled 4 as the Pi sees it", "ms", "V", curves, limits, (-2, 55))


def _surge() -> Chart:
    curves = []
    for name, on in (("beep off", False), ("beep on", True)):
        sweep = hazards.transverse(1500.0, beep_on=on)
        micro = 1e6 * sweep.axis
        volts = sweep.real("MIC_OUT")
        curves.append(Curve(f"codec, {name}", _points(micro, volts, 400), dashed=on))
    limits = (Limit("2 V: what the codec's pin survives", [(0, 2.0), (1500, 2.0)]),)
    title = "1.5 kV of lightning on the pair, at the codec"
    return Chart(title, "us", "V", tuple(curves), limits, (-1, 2.5))
