"""What a burst of FSK says: a message, a message that was garbled, or nothing.

A message is believed if it adds up and no other message that adds up is nearly as
likely, given how clearly each bit was read.
"""

from itertools import chain

import numpy as np
from numpy.typing import NDArray

from dsp import caller_id_japan as japan
from dsp.caller_id_codes import MDMF_TYPES, SDMF_TYPES
from dsp.caller_id_message import Message, parse
from dsp.fsk import V23, Modem
from dsp.fsk_receive import Burst
from dsp.types import CallerId

__all__ = ["read_burst"]

TYPES = frozenset(chain(SDMF_TYPES, MDMF_TYPES))
#: Logarithm of the least likelihood ratio at which a message is believed: 10 000 to 1.
LIKELY = 9.2
#: The same for a message with a field that cannot be: 100 million to 1.
LIKELY_ODD = 18.4
#: What messages in the frame of NTT are called.
JAPAN = "japan"
#: A broken message is worth a report from this many bytes on.
BROKEN_BYTES = 8


def _caller_id(message: Message, standard: str, burst: Burst, at: int) -> CallerId:
    """Turn a message that fits into an event."""
    return CallerId(
        number=message.number,
        name=message.name,
        date_time=message.date_time,
        absence=message.absence,
        standard=standard,
        checksum_ok=True,
        start=at + burst.start,
        end=at + burst.end,
        fields={"message_type": message.kind, **message.fields},
    )


def _doubtful(data: bytes, margins: NDArray[np.float32], least: float) -> bool:
    """Tell whether another message that adds up is nearly as likely as this one.

    Two opposite errors in bits of equal weight pass the checksum.  Taking the margins
    as normally distributed, the likelihood ratio against the nearest such pair is
    twice their sum times the mean over the variance of all margins.
    """
    ones = np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little") > 0
    ones = ones.reshape(-1, 8)
    pair = np.where(ones, margins, np.inf).min(axis=0)
    pair = pair + np.where(ones, np.inf, margins).min(axis=0)
    ratio = 2 * pair.min() * margins.mean() / (margins.var() + 1e-6)
    return bool(ratio < least)


def _believed(burst: Burst, first: int) -> Message | None:
    """Return the message that begins at a byte, if it adds up beyond doubt."""
    size = burst.data[first + 1] + 3
    part = slice(first, first + size)
    message = parse(burst.data[part])
    if message is None:
        return None
    # What says the impossible is more likely to be two errors that cancel out.
    odd = any(name.startswith("bad_") for name in message.fields)
    least = LIKELY_ODD if odd else LIKELY
    return None if _doubtful(burst.data[part], burst.margins[part], least) else message


def read_burst(burst: Burst, modem: Modem, at: int) -> CallerId | None:
    """Return what a burst says, or that it said something illegible.

    Parameters
    ----------
    burst : Burst
        Bytes as received, and how clearly.
    modem : Modem
        What they came by.
    at : int
        Sample that the burst's positions count from.

    Returns
    -------
    CallerId or None
        With `checksum_ok` false and no fields for what was a message once; None for
        what was none.

    References
    ----------
    GR-30-CORE 2.4; EN 300 659-3 clause 5.

    Examples
    --------
    >>> from dsp.caller_id_message import build
    >>> data = build(number="5550123")
    >>> sure = np.ones((len(data), 8), np.float32)
    >>> read_burst(Burst(data, 0, 900, 0, sure), V23, 0).number
    '5550123'
    >>> bad = data[:4] + b"9" + data[5:]
    >>> read_burst(Burst(bad, 0, 900, 0, sure), V23, 0).checksum_ok
    False
    """
    data = burst.data
    for first in range(max(len(data) - 3, 0)):
        if data[first] in TYPES:
            message = _believed(burst, first)
            if message is not None:
                return _caller_id(message, modem.name, burst, at)
        size = japan.frame_length(data[first:])
        if size is not None and modem is V23:
            message = japan.parse(data[first : first + size])
            if message is not None:
                return _caller_id(message, JAPAN, burst, at)
        if data[first] != 0x55:
            break
    standard = _garbled(burst, modem)
    if standard is None:
        return None
    start, end = at + burst.start, at + burst.end
    return CallerId(None, None, None, None, standard, False, start, end)


def _garbled(burst: Burst, modem: Modem) -> str | None:
    """Return the standard of a message that was one, but cannot be believed."""
    data = burst.data
    if len(data) < BROKEN_BYTES or burst.framing_errors > len(data) // 8:
        return None
    if data[0] in TYPES and abs(len(data) - data[1] - 3) <= 2:
        return modem.name
    size = japan.frame_length(data)
    if modem is V23 and size is not None and abs(len(data) - size) <= 2:
        return JAPAN
    return None
