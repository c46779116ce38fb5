"""multimon-ng through a pipe: raw 16-bit samples at 22 050 Hz."""

import shutil
import subprocess

import numpy as np
from numpy.typing import NDArray
from scipy.signal import resample_poly

RATE = 22050


def installed() -> bool:
    """Tell whether the program is there."""
    return shutil.which("multimon-ng") is not None


def run(x: NDArray[np.int16], demodulator: str) -> list[str]:
    """Return the lines that a demodulator prints for samples at 8 kHz."""
    y = resample_poly(x.astype(np.float64), RATE // 50, 8000 // 50)
    raw = np.clip(y, -32768, 32767).astype("<i2").tobytes()
    # The program reads by large blocks: silence pushes the end through.
    raw += bytes(RATE)
    command = ["multimon-ng", "-q", "-n", "-t", "raw", "-a", demodulator, "-"]
    done = subprocess.run(command, input=raw, capture_output=True, check=False)
    return done.stdout.decode("latin-1").splitlines()


def dtmf(x: NDArray[np.int16]) -> str:
    """Return the digits that multimon-ng hears."""
    lines = run(x, "DTMF")
    return "".join(line[6:].strip() for line in lines if line.startswith("DTMF: "))


def messages(x: NDArray[np.int16]) -> list[str]:
    """Return the caller-ID messages that multimon-ng hears, Bell 202 or V.23."""
    lines = run(x, "CLIPFSK")
    return [line[9:] for line in lines if line.startswith("CLIPFSK: ")]
