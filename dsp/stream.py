"""Fixed superframes aligned to the absolute sample index, whatever the feeds.

Every streaming detector works on whole superframes of 200 ms, counted from the first
sample after a start or a gap.  A 20 ms feed therefore costs one copy until a
superframe is full, a whole file is worked on in long vectorised runs, and the result
cannot depend on how the samples were cut: the arithmetic of a superframe is always
done on arrays of the same shape.  The price is 200 ms of latency.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

#: Samples per second of every streaming detector (ITU-T G.711 clause 2).
FS = 8000
#: Samples per hop of the short analysis, 10 ms.
HOP = 80
#: Samples per superframe, 200 ms.
SUPERFRAME = 1600
#: Samples of the past that stay in reach of a detector, 0.6 s.
CONTEXT = 4800
#: Superframes worked on at once: fewer calls of numpy, and all stays in the cache.
BATCH = 16

Samples = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Batch:
    """A run of complete superframes with some past before them.

    Parameters
    ----------
    x : ndarray of float32, shape (context + count * SUPERFRAME,)
        Samples, full scale 1.0; the part before the first superframe is the past
        (zeros where there is none).
    start : int
        Absolute index of the first sample of the first superframe.
    count : int
        Number of superframes.
    """

    x: Samples
    start: int
    count: int
    context: int = CONTEXT

    @property
    def end(self) -> int:
        """Absolute index of the first sample after the last superframe."""
        return self.start + self.count * SUPERFRAME

    def between(self, start: int, end: int) -> Samples:
        """Return samples `start` to `end` (absolute), zeros outside the reach."""
        first = start - (self.start - self.context)
        last = first + end - start
        if first >= 0 and last <= self.x.size:
            return self.x[first:last]
        y = np.zeros(end - start, np.float32)
        lo, hi = max(first, 0), min(last, self.x.size)
        if hi > lo:
            y[lo - first : hi - first] = self.x[lo:hi]
        return y


def windows(x: Samples, size: int, hop: int) -> Samples:
    """Return overlapping windows of contiguous `x` without copying.

    Parameters
    ----------
    x : ndarray of float32, shape (n,)
        Contiguous; it must outlive the result.
    size, hop : int
        Samples of a window, and from one window's start to the next.

    Returns
    -------
    ndarray of float32, shape ((n - size) // hop + 1, size)

    Examples
    --------
    >>> import numpy as np
    >>> windows(np.arange(5, dtype=np.float32), 3, 2).tolist()
    [[0.0, 1.0, 2.0], [2.0, 3.0, 4.0]]
    """
    count = max((x.size - size) // hop + 1, 0)
    return np.ndarray((count, size), x.dtype, x, 0, (hop * x.itemsize, x.itemsize))


def to_float(x: ArrayLike) -> Samples:
    """Return `x` as mono float32 with full scale 1.0.

    Parameters
    ----------
    x : array_like, shape (n,)
        int16, or float with full scale 1.0.

    Returns
    -------
    ndarray of float32, shape (n,)

    Raises
    ------
    ValueError
        If `x` is not one-dimensional, or neither int16 nor float.

    Examples
    --------
    >>> import numpy as np
    >>> to_float(np.array([16384, -32768], np.int16)).tolist()
    [0.5, -1.0]
    """
    a = checked(x)
    y = np.empty(a.size, np.float32)
    fill(y, a)
    return y


def checked(x: ArrayLike) -> NDArray[Any]:
    """Return `x` as an array of mono samples, of whatever type they are.

    Raises
    ------
    ValueError
        If `x` is not one-dimensional, or neither int16 nor float.

    Examples
    --------
    >>> checked([0.5, -1.0]).dtype.kind
    'f'
    """
    a = np.asarray(x)
    if a.ndim != 1:
        raise ValueError(f"samples: want one dimension (mono), got shape {a.shape}")
    if a.dtype != np.int16 and a.dtype.kind != "f" and a.size:
        raise ValueError(f"samples: want int16 or float, got {a.dtype}")
    return a


def fill(y: Samples, a: NDArray[Any]) -> None:
    """Write samples that are `checked` into `y`, full scale 1.0, numbers all of them.

    Examples
    --------
    >>> import numpy as np
    >>> y = np.zeros(2, np.float32)
    >>> fill(y, np.array([np.nan, 0.25]))
    >>> y.tolist()
    [0.0, 0.25]
    """
    if a.dtype == np.int16:
        np.multiply(a, np.float32(1 / 32768), out=y)
        return
    with np.errstate(over="ignore", invalid="ignore"):
        y[:] = a
        # One sample that is no number makes the sum none.
        finite = np.isfinite(y.sum())
    if not finite:
        np.nan_to_num(y, copy=False, posinf=1.0, neginf=-1.0)


class Framer:
    """Collect samples of any cut into batches of complete superframes.

    Parameters
    ----------
    context : int, optional
        Samples of the past each batch carries before its first superframe.

    Examples
    --------
    >>> import numpy as np
    >>> framer = Framer()
    >>> [b.count for b in framer.feed(np.zeros(5000, np.int16))]
    [3]
    >>> framer.index
    5000
    """

    def __init__(self, context: int = CONTEXT) -> None:
        self._context = context
        self._buffer = np.zeros(context + BATCH * SUPERFRAME, np.float32)
        self._fill = context
        self.index = 0

    @property
    def pending(self) -> int:
        """Samples waiting for their superframe to fill."""
        return self._fill - self._context

    def hold(self, x: ArrayLike) -> bool:
        """Take samples if they complete no superframe, and say whether they were taken.

        Nine in ten blocks of a sound card do not; this spares them all else.
        """
        y = checked(x)
        end = self._fill + y.size
        if end - self._context >= SUPERFRAME:
            return False
        fill(self._buffer[self._fill : end], y)
        self._fill = end
        self.index += y.size
        return True

    def feed(self, x: ArrayLike) -> Iterator[Batch]:
        """Take samples and yield the batches they complete; exhaust the iterator."""
        y = checked(x)
        done = 0
        while done < y.size:
            room = self._buffer.size - self._fill
            part = y[done : done + room]
            fill(self._buffer[self._fill : self._fill + part.size], part)
            self._fill += part.size
            self.index += part.size
            done += part.size
            count = self.pending // SUPERFRAME
            if count and (done == y.size or count == BATCH):
                yield self._take(count)

    def flush(self) -> Iterator[Batch]:
        """Fill up with silence, at least one superframe, yield it and start anew."""
        end = self.index
        missing = SUPERFRAME + -self.pending % SUPERFRAME
        self._buffer[self._fill : self._fill + missing] = 0
        self._fill += missing
        self.index += missing
        yield self._take(self.pending // SUPERFRAME)
        self.restart(end)

    def restart(self, index: int) -> None:
        """Forget all samples and go on counting from `index`."""
        self._buffer[:] = 0
        self._fill = self._context
        self.index = index

    def _take(self, count: int) -> Batch:
        size = count * SUPERFRAME
        start = self.index - self.pending
        x = self._buffer[: self._context + size].copy()
        rest = self._buffer[self._fill - self.pending + size : self._fill].copy()
        self._buffer[: self._context] = x[size:]
        self._buffer[self._context : self._context + rest.size] = rest
        self._fill = self._context + rest.size
        return Batch(x, start, count, self._context)
