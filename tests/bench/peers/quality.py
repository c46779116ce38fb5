"""Objective quality: STOI by pystoi, and P.862 by pesq, where they are installed.

Neither is in the lock: pesq comes as source only, under ITU-T's own terms.
"""

import importlib.util
import warnings
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Wave = NDArray[np.float64]
#: Quality of a sound beside the clean one, at 8 kHz.
Judge = Callable[[Wave, Wave], float]


def judges() -> dict[str, Judge]:
    """Return every judge that is installed, by name."""
    found: dict[str, Judge] = {}
    for name, package, judge in (("STOI", "pystoi", _stoi), ("PESQ", "pesq", _pesq)):
        if importlib.util.find_spec(package) is not None:
            found[name] = judge
    return found


def _stoi(clean: Wave, heard: Wave) -> float:
    stoi = importlib.import_module("pystoi").stoi
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return float(stoi(clean, heard, 8000))


def _pesq(clean: Wave, heard: Wave) -> float:
    pesq = importlib.import_module("pesq").pesq
    scale = 0.5 / np.abs(clean).max()
    pair = (x.astype(np.float32) for x in (clean * scale, heard))
    return float(pesq(8000, *pair, "nb"))
