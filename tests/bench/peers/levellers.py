"""Automatic gain control by libspeexdsp and by SoX."""

import ctypes
import ctypes.util
import shutil
import subprocess
from functools import cache

import numpy as np
from numpy.typing import NDArray

Wave = NDArray[np.float64]

FRAME = 160
#: speex_preprocess.h: requests that set automatic gain control and its level.
SET_AGC, SET_AGC_LEVEL = 2, 6
#: Level asked for: that of an active speech level of -19 dBm0.
LEVEL = 8000.0
#: The manual's example of a compander for speech, with a look ahead.
COMPAND = ("compand", "0.1,0.5", "6:-70,-60,-30,-20,-20", "-5", "-90", "0.2")


@cache
def speex_library() -> ctypes.CDLL | None:
    """Return libspeexdsp, or None if it is not installed."""
    name = ctypes.util.find_library("speexdsp") or "libspeexdsp.so.1"
    try:
        return ctypes.CDLL(name)
    except OSError:
        return None


def speex(x: Wave) -> Wave:
    """Return `x` after the gain control of the Speex preprocessor."""
    lib = speex_library()
    assert lib is not None
    lib.speex_preprocess_state_init.restype = ctypes.c_void_p
    state = ctypes.c_void_p(lib.speex_preprocess_state_init(FRAME, 8000))
    for request, value in (
        (SET_AGC, ctypes.c_int(1)),
        (SET_AGC_LEVEL, ctypes.c_float(LEVEL)),
    ):
        lib.speex_preprocess_ctl(state, request, ctypes.byref(value))
    y = (np.clip(x, -1, 0.9999) * 32768).astype(np.int16)
    y = np.append(y, np.zeros(-y.size % FRAME, np.int16))
    for at in range(0, y.size, FRAME):
        lib.speex_preprocess_run(state, ctypes.c_void_p(y.ctypes.data + 2 * at))
    lib.speex_preprocess_state_destroy(state)
    return y[: x.size].astype(np.float64) / 32768


def sox_installed() -> bool:
    """Tell whether the program is there."""
    return shutil.which("sox") is not None


def sox(x: Wave) -> Wave:
    """Return `x` after SoX's compander."""
    raw = (np.clip(x, -1, 0.9999) * 32768).astype("<i2").tobytes()
    form = ("-t", "raw", "-r", "8000", "-e", "signed", "-b", "16", "-c", "1", "-")
    command = ["sox", "-q", "-V1", *form, *form, *COMPAND]
    done = subprocess.run(command, input=raw, capture_output=True, check=True)
    return np.frombuffer(done.stdout, "<i2")[: x.size] / 32768
