"""A peak limiter that looks ahead: gains fall before a peak, never at it."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

__all__ = ["CEILING", "MARGIN", "limit"]

#: Largest sample let through: 1 dB below full scale.
CEILING = 0.89
#: Blocks per frame of 20 ms; the gain is one line per block of 2.5 ms.
BLOCKS = 8
#: Blocks either way over which a reduction is spread: 20 ms.
SPREAD = 8
#: Frames of context either way that `limit` needs.
MARGIN = 2


def limit(frames: NDArray[np.float32]) -> NDArray[np.float32]:
    """Keep the samples of consecutive frames below the ceiling.

    Parameters
    ----------
    frames : ndarray of float32, shape (n, m)
        Frames of 20 ms, `m` a multiple of 8.  The first and last `MARGIN` are context.

    Returns
    -------
    ndarray of float32, shape (n - 2 * MARGIN, m)
        The frames between, with no sample above 0.89.

    Examples
    --------
    >>> import numpy as np
    >>> y = limit(np.full((6, 160), 2.0, np.float32))
    >>> y.shape, round(float(y.max()), 2)
    ((2, 160), 0.89)
    """
    inner = frames[MARGIN : len(frames) - MARGIN]
    blocks = frames.reshape(len(frames) * BLOCKS, -1)
    peak = np.maximum(blocks.max(axis=1), -blocks.min(axis=1))
    if peak.max(initial=0.0) <= CEILING:
        return inner.copy()
    need = np.minimum(1, CEILING / np.maximum(peak, 1e-9)).astype(np.float32)
    # A value per block edge: the least within SPREAD blocks, then the mean of those
    # within SPREAD - 1 edges, none of which is above the need of either block.
    edge = np.pad(need, SPREAD, constant_values=1.0)
    least = sliding_window_view(edge, 2 * SPREAD).min(axis=1)
    width = SPREAD - 1
    around = np.pad(least, width, constant_values=1.0)
    gain = sliding_window_view(around, 2 * width + 1).mean(axis=1)
    first, n = MARGIN * BLOCKS, inner.shape[0] * BLOCKS
    ramp = np.linspace(0, 1, blocks.shape[1], endpoint=False, dtype=np.float32)
    start = gain[first : first + n, np.newaxis]
    step = gain[first + 1 : first + n + 1, np.newaxis] - start
    y = blocks[first : first + n] * (start + step * ramp)
    return np.asarray(y, np.float32).reshape(inner.shape)
