"""From a transient to what it holds of one frequency: the other way to an AC result."""

import numpy as np
from numpy.typing import NDArray

#: Even steps a cycle, after interpolation.
STEPS = 400


def fundamental(
    time: NDArray[np.float64], x: NDArray[np.float64], hertz: float
) -> complex:
    """Return the peak phasor of one frequency over the last whole cycles.

    >>> t = np.linspace(0, 1, 20001)
    >>> round(abs(fundamental(t, 3 * np.sin(2 * np.pi * 50 * t), 50.0)), 3)
    3.0
    """
    grid = _grid(time, hertz)
    spin = np.exp(-2j * np.pi * hertz * grid)
    return complex(2 * np.mean(np.interp(grid, time, x) * spin))


def mean(time: NDArray[np.float64], x: NDArray[np.float64], hertz: float) -> float:
    """Return the mean over the last whole cycles."""
    return float(np.mean(np.interp(_grid(time, hertz), time, x)))


def _grid(time: NDArray[np.float64], hertz: float) -> NDArray[np.float64]:
    cycles = int((time[-1] - time[0]) * hertz)
    grid: NDArray[np.float64] = np.arange(cycles * STEPS)[::-1] / (hertz * STEPS)
    return np.asarray(time[-1] - grid, np.float64)


def tran(hertz: float, settle_s: float = 0.03, cycles: int = 10) -> str:
    """Return the analysis that shows some cycles after settling."""
    step = 1 / hertz / STEPS
    end = settle_s + cycles / hertz
    return f".tran {step:.3g} {end:.6g} {settle_s:.6g} {step:.3g}"
