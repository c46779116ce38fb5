"""Running neighbourhoods of a row of values: windows, extremes, gaps filled."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

__all__ = ["around", "extreme", "filled", "last_where", "next_where"]

Floats = NDArray[np.float32]


def around(x: Floats, reach: int) -> Floats:
    """Return the neighbourhood of every value, zeros beyond the ends.

    Parameters
    ----------
    x : ndarray of float32, shape (n,)
        Values.
    reach : int
        Neighbours on either side.

    Returns
    -------
    ndarray of float32, shape (n, 2 * reach + 1)
        A view.

    Examples
    --------
    >>> around(np.array([1, 2], np.float32), 1).tolist()
    [[0.0, 1.0, 2.0], [1.0, 2.0, 0.0]]
    """
    return sliding_window_view(np.pad(x, reach), 2 * reach + 1)


def extreme(x: Floats, back: int, ahead: int, *, largest: bool) -> Floats:
    """Return the running maximum or minimum, by doubling.

    Parameters
    ----------
    x : ndarray of float32, shape (n,)
        Values.
    back, ahead : int
        How many before and after each count.
    largest : bool
        Maximum, or else minimum.

    Returns
    -------
    ndarray of float32, shape (n,)

    Examples
    --------
    >>> extreme(np.array([3, 1, 2], np.float32), 1, 0, largest=True).tolist()
    [3.0, 3.0, 2.0]
    """
    pick = np.maximum if largest else np.minimum
    fill = np.float32(-np.inf if largest else np.inf)
    y = np.pad(x, (back, ahead), constant_values=fill)
    want, have = back + 1 + ahead, 1
    while have < want:
        step = min(have, want - have)
        y = pick(y[:-step], y[step:])
        have += step
    return np.asarray(y, np.float32)


def filled(x: Floats, gap: int) -> Floats:
    """Fill dips of up to two gaps, leave edges where they are.

    Parameters
    ----------
    x : ndarray of float32, shape (n,)
        Values.
    gap : int
        Half the length of the longest dip.

    Returns
    -------
    ndarray of float32, shape (n,)

    Examples
    --------
    >>> filled(np.array([0, 0, 1, 0, 0, 1, 0, 0], np.float32), 1).tolist()
    [0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0]
    """
    high = extreme(x, gap, gap, largest=True)
    return extreme(high, gap, gap, largest=False)


def last_where(mask: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Return the index of the last true value up to each, -1 where there is none.

    Parameters
    ----------
    mask : ndarray of bool, shape (n,)

    Returns
    -------
    ndarray of int, shape (n,)

    Examples
    --------
    >>> last_where(np.array([False, True, False])).tolist()
    [-1, 1, 1]
    """
    return np.maximum.accumulate(np.where(mask, np.arange(len(mask)), -1))


def next_where(mask: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Return the index of the next true value from each on, n where there is none.

    Parameters
    ----------
    mask : ndarray of bool, shape (n,)

    Returns
    -------
    ndarray of int, shape (n,)

    Examples
    --------
    >>> next_where(np.array([False, True, False])).tolist()
    [1, 1, 3]
    """
    n = len(mask)
    found = np.where(mask, np.arange(n), n)
    return np.minimum.accumulate(found[::-1])[::-1]
