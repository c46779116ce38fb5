"""Caller ID of Japan: the same parameters in another frame.

The exchange reverses the line and rings shortly (CAR); the terminal answers and hears
V.23 data of seven bits and even parity.  A frame is ``DLE SOH header DLE STX``, a
message type, its length, parameters, ``DLE ETX`` and a CRC over all that follows
``DLE SOH``, parity bits included.  Then the terminal hangs up and is rung as usual.

Limits: what the tap hears is the frame; that it came in a short off-hook call of its
own is for others to know.
"""

from dsp.caller_id_codes import ABSENCE
from dsp.caller_id_message import Message, from_fields, parameters
from dsp.caller_id_text import clean_text, date_time, is_number

__all__ = ["build", "crc16", "frame_length", "parse"]

DLE, SOH, STX, ETX = 0x10, 0x01, 0x02, 0x03
HEADER = 0x07
#: Number display; the one message type in use.
CALL_SETUP = 0x40
#: Bytes before the parameters, and all that are not parameters.
_LEAD, _FRAME = 7, 11
#: NTT, interface of telephone services: name of each parameter.
_PARAMETERS = {
    0x01: "date_time",
    0x02: "number",
    0x04: "number_absence",
    0x07: "name",
    0x08: "name_absence",
    0x09: "dialled_number",
    0x21: "number_type",
    0x22: "dialled_number_type",
}
_BINARY = frozenset((0x21, 0x22))
#: Letter for why there is no number, as `build` writes it.
_LETTERS = {"private": "P", "unavailable": "O"}


def _table() -> tuple[int, ...]:
    """Return the CRC of each byte: x^16 + x^12 + x^5 + 1, lowest bit first."""
    values = []
    for byte in range(256):
        crc = byte
        for _ in range(8):
            crc = crc >> 1 ^ 0x8408 if crc & 1 else crc >> 1
        values.append(crc)
    return tuple(values)


_CRC = _table()


def crc16(data: bytes) -> int:
    """Return the frame check of a frame.

    Parameters
    ----------
    data : bytes
        From the header to ETX, parity bits included.  With its check behind it, low
        byte first, the result is 0.

    Returns
    -------
    int
        0..65535.

    References
    ----------
    ITU-T V.41 clause 2, x^16 + x^12 + x^5 + 1, starting from 0.

    Examples
    --------
    >>> hex(crc16(b"123456789")), crc16(b"123456789" + bytes([0x89, 0x21]))
    ('0x2189', 0)
    """
    crc = 0
    for byte in data:
        crc = crc >> 8 ^ _CRC[(crc ^ byte) & 0xFF]
    return crc


def _with_parity(data: bytes) -> bytes:
    """Add the bit that makes the number of ones even."""
    return bytes(b | (b.bit_count() & 1) << 7 for b in data)


#: What every frame begins with.
PREAMBLE = _with_parity(bytes((DLE, SOH, HEADER, DLE, STX)))


def build(
    *,
    number: str | None = None,
    absence: str | None = None,
    dialled_number: str | None = None,
) -> bytes:
    """Write a frame that tells who is calling.

    Parameters
    ----------
    number : str or None
        Digits.
    absence : str or None
        ``private`` or ``unavailable``, or the letter ``C`` or ``S``.
    dialled_number : str or None
        What the caller dialled, where several numbers share a line.

    Returns
    -------
    bytes
        From DLE SOH to the CRC.

    Raises
    ------
    ValueError
        If the parameters do not fit into a frame.

    References
    ----------
    NTT, interface of telephone services (number display).

    Examples
    --------
    >>> build(number="0312345").hex(" ")
    '90 81 87 90 82 c0 09 82 87 30 33 b1 b2 33 b4 35 90 03 56 21'
    """
    letter = _LETTERS.get(absence, absence) if absence else None
    values = [(0x04, letter) if letter else (0x02, number), (0x09, dialled_number)]
    body = b""
    for kind, text in values:
        if text:
            body += bytes((kind, len(text))) + text.encode("ascii")
    if len(body) > 127:
        raise ValueError(f"parameters: want at most 127 bytes, got {len(body)}")
    middle = _with_parity(bytes((CALL_SETUP, len(body))) + body + bytes((DLE, ETX)))
    frame = PREAMBLE + middle
    return frame + crc16(frame[2:]).to_bytes(2, "little")


def frame_length(data: bytes) -> int | None:
    """Return how long a frame says it is; None where none begins.

    Parameters
    ----------
    data : bytes
        As received, from its first byte.

    Returns
    -------
    int or None
        Bytes from DLE SOH to the CRC.

    Examples
    --------
    >>> frame_length(build(number="0312345")), frame_length(b"UUUU")
    (20, None)
    """
    if len(data) < _LEAD or data[:2] != PREAMBLE[:2]:
        return None
    return (data[6] & 0x7F) + _FRAME


def parse(data: bytes) -> Message | None:
    """Read a frame; None unless everything about it fits.

    Parameters
    ----------
    data : bytes
        From DLE SOH to the CRC, nothing after it.

    Returns
    -------
    Message or None
        None for a wrong CRC, a wrong parity, an unknown type or lengths that do not
        fit.

    References
    ----------
    NTT, interface of telephone services (number display).

    Examples
    --------
    >>> parse(build(number="0312345")).number
    '0312345'
    >>> parse(build(absence="S")).fields["number_absence"]
    'S'
    """
    if frame_length(data) != len(data) or crc16(data[2:]):
        return None
    if any(byte.bit_count() & 1 for byte in data[:-2]):
        return None
    plain = bytes(byte & 0x7F for byte in data[:-2])
    if plain[5] != CALL_SETUP or plain[-2:] != bytes((DLE, ETX)):
        return None
    listed = parameters(plain[_LEAD:-2])
    return _message(listed) if listed else None


def _message(listed: list[tuple[int, bytes]]) -> Message:
    """Turn parameters into fields."""
    fields: dict[str, str] = {}
    for code, data in listed:
        name = _PARAMETERS.get(code, f"parameter_{code:02x}")
        text = data.hex() if code in _BINARY else clean_text(data)
        value: str | None = text
        if code == 0x01:
            value = date_time(data)
        elif code == 0x02 and not is_number(text) and text not in ABSENCE:
            value = None
        fields.setdefault(f"bad_{name}" if value is None else name, value or text)
    return from_fields("call_setup", fields)
