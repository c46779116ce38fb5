"""Who hears: Linekeeper and its peers, all with one face."""

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt

from dsp import dtmf
from tests.bench.hearing.row import MISSING
from tests.bench.peers import multimon, spandsp
from tests.dsp.tapes.tape import Tape

Samples = NDArray[np.int16]
Hearer = Callable[[Samples], str]

OURS = "Linekeeper"


H = TypeVar("H")
R = TypeVar("R")


def measured(
    hearers: Mapping[str, H | None], measure: Callable[[H], float]
) -> tuple[float, tuple[tuple[str, float | str], ...]]:
    """Return our figure and those of the peers; None is a peer that is missing."""
    figures = {
        name: MISSING if hear is None else measure(hear)
        for name, hear in hearers.items()
    }
    ours = figures.pop(OURS)
    assert isinstance(ours, float)
    return ours, tuple(figures.items())


#: Our figure, and the peers' by name.
Figures = tuple[float, tuple[tuple[str, float | str], ...]]


def shares(
    hearers: Mapping[str, H | None],
    tapes: Iterable[Tape],
    hear: Callable[[H, Tape, Samples], R],
    *goods: Callable[[Tape, R], bool],
) -> list[Figures]:
    """Return for each of `goods` the share of tapes it holds for, in per cent.

    A tape is made once, and heard once by everyone.
    """
    there = {name: hearer for name, hearer in hearers.items() if hearer is not None}
    hits = {name: [0] * len(goods) for name in there}
    count = 0
    for tape in tapes:
        x = tape.samples()
        count += 1
        for name, hearer in there.items():
            heard = hear(hearer, tape, x)
            for i, good in enumerate(goods):
                hits[name][i] += good(tape, heard)
    found: list[Figures] = []
    for i in range(len(goods)):
        peers: list[tuple[str, float | str]] = [
            (name, 100 * hits[name][i] / count if name in hits else MISSING)
            for name in hearers
            if name != OURS
        ]
        found.append((100 * hits[OURS][i] / count, tuple(peers)))
    return found


def front_end(x: Samples) -> Samples:
    """Return `x` without direct current and hum: what helps a peer most."""
    sos = butter(6, 250, "highpass", fs=8000, output="sos")
    y = sosfilt(sos, x.astype(np.float64))
    return np.clip(np.rint(y), -32768, 32767).astype(np.int16)


def of_digits() -> dict[str, Hearer | None]:
    """Return everyone who hears DTMF."""
    there = spandsp.library() is not None
    return {
        OURS: lambda x: "".join(d.symbol for d in dtmf.decode(x, 8000)),
        "SpanDSP": spandsp.dtmf if there else None,
        "SpanDSP+": _dtmf_behind_front_end if there else None,
        "multimon-ng": multimon.dtmf if multimon.installed() else None,
    }


def _dtmf_behind_front_end(x: Samples) -> str:
    return spandsp.dtmf(front_end(x), filter_dial_tone=True)
