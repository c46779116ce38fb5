"""Start-stop bytes out of soft bits.

Each byte is aligned where its start, data and stop bits stand out most.  The next
byte is expected right behind; only where an idle line followed by a start bit explains
the signal clearly better is that taken instead, so that one bad start bit does not
throw the reader out of step.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["BIT", "BYTE", "LONGEST", "STUFFING", "Read", "read_bytes"]

#: Samples per bit: 24 kHz / 1200 baud.
BIT = 20
BYTE = 10 * BIT
MIDDLE = BIT // 2
#: How far after 30 bits of mark the first start bit may come: mark lasts 180 bits, and
#: 25 ms more by older texts.
MARK_SEARCH = 230 * BIT
#: GR-30-CORE 2.3: at most ten mark bits between bytes.
STUFFING = 10
#: A receiver leaves after five framing errors (Zarlink MT88E45 data sheet).
FRAMING_ERRORS = 5
#: Most bytes of a message: type, length, 255 of body, checksum.
LONGEST = 258
#: Level of a byte relative to the mark, below which the carrier has gone.
CARRIER_GONE = 0.35
#: How far a byte may start from where it is expected, samples.
SLACK = 6
#: Where to look for the start bit of a byte from its first sure sample on: less than a
#: bit, or a byte that begins with zeros would fit one bit later as well.
REACH = 14
#: Advantage, in bits without noise, that an idle line must have over a byte.
IDLE_COST = 1.0

Soft = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Read:
    """Bytes, and how they were read.

    Parameters
    ----------
    data : bytes
        As read.
    margins : ndarray of float32, shape (len(data), 8)
        Advantage of each bit over its opposite, least significant first.
    start, end : int
        First sample of the first byte, first sample after the last.
    framing_errors : int
        Bytes whose stop bit was not mark.
    """

    data: bytes
    margins: Soft
    start: int
    end: int
    framing_errors: int


def _scores(d: Soft) -> Soft:
    """Tell how well a byte would fit whose start bit began at each sample."""
    n = max(len(d) - BYTE, 0)
    score = d[9 * BIT + MIDDLE :][:n] - d[MIDDLE:][:n]
    for k in range(1, 9):
        score += np.abs(d[k * BIT + MIDDLE :][:n])
    return np.asarray(score, np.float32)


def _search(d: Soft, scores: Soft, at: int, reach: int, sure: float) -> int | None:
    """Return the start of the first byte after `at` whose start bit is sure."""
    below = np.flatnonzero(d[at + MIDDLE : at + MIDDLE + reach] < -sure)
    if not len(below):
        return None
    low = max(at + int(below[0]) - 2, 0)
    near = scores[low : low + REACH]
    return low + int(np.argmax(near)) if len(near) == REACH else None


def _next(d: Soft, scores: Soft, at: int, sure: float) -> int | None:
    """Return the start of the byte after the one that ended at `at`."""
    low = max(at - SLACK, 0)
    near = scores[low : at + SLACK + 1]
    if not len(near):
        return None
    here = low + int(np.argmax(near))
    start_bit = float(d[here + MIDDLE])
    if start_bit < -sure:
        return here
    later = _search(d, scores, at + MIDDLE, STUFFING * BIT, sure)
    clean = 2.5 * sure
    if later is None or later + BYTE + MIDDLE >= len(d):
        return here if start_bit < IDLE_COST / 2 * clean else None
    # Both explanations cover the same bits, from here to the end of the later byte.
    idle = (later - here + MIDDLE) // BIT
    bits = d[here + MIDDLE + BIT * np.arange(10 + idle)]
    as_byte = scores[here] + np.abs(bits[10:]).sum()
    as_idle = bits[:idle].sum() + scores[later] - IDLE_COST * clean
    return later if as_idle > as_byte else here


def read_bytes(d: Soft, strength: Soft, first: int, sure: float) -> Read:
    """Read bytes until the carrier or the framing is gone.

    Parameters
    ----------
    d : ndarray of float32, shape (n,)
        Advantage of mark over space for a bit centred on each sample.
    strength : ndarray of float32, shape (n,)
        Level of the signal relative to its tones.
    first : int
        Sample, inside a stretch of mark, to begin at.
    sure : float
        Advantage of a sure bit, 0.4 of one without noise.

    Returns
    -------
    Read
        With empty `data` if no byte followed.

    References
    ----------
    GR-30-CORE 2.3.

    Examples
    --------
    >>> import numpy as np
    >>> bits = np.array([1] * 9 + [0, 1, 0, 0, 0, 0, 0, 1, 0, 1] + [1] * 4)
    >>> d = np.repeat(bits * 2 - 1, BIT).astype(np.float32)
    >>> read_bytes(d, np.ones_like(d), 20, 0.4).data
    b'A'
    """
    scores = _scores(d)
    values: list[int] = []
    margins: list[Soft] = []
    errors, begin, at = 0, first, first
    start = _search(d, scores, first, MARK_SEARCH, sure)
    while start is not None and len(values) < LONGEST:
        if float(np.mean(strength[start : start + BYTE])) < CARRIER_GONE:
            break
        soft = d[start + MIDDLE + BIT * np.arange(1, 10)]
        errors += bool(soft[8] <= 0)
        if errors >= FRAMING_ERRORS:
            break
        if not values:
            begin = start
        values.append(int(np.packbits(soft[:8] > 0, bitorder="little")[0]))
        margins.append(np.abs(soft[:8]))
        at = start + BYTE
        start = _next(d, scores, at, sure)
    table = np.array(margins, np.float32).reshape(-1, 8)
    return Read(bytes(values), table, begin, at, errors)
