"""The messages of caller ID: from fields to bytes and back.

Two forms travel over FSK: the single data message (SDMF, one body) and the multiple
data message (MDMF, a list of parameters), both ``type, length, body, checksum`` with
a checksum that makes all bytes add up to 0 modulo 256.  What a caller sends is
hostile input: a message is believed only if its checksum, its type and every
parameter's length fit; a field is believed only if its form fits, and text keeps only
printable characters.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from dsp.caller_id_codes import (
    ABSENCE,
    MDMF_TYPES,
    PARAMETERS,
    SDMF_TYPES,
    value_text,
)
from dsp.caller_id_text import clean_text, date_time, is_number

__all__ = [
    "ABSENCE",
    "MDMF_TYPES",
    "SDMF_TYPES",
    "Message",
    "build",
    "clean_text",
    "parameters",
    "parse",
]

#: GR-30-CORE 2.4: type of a call-setup message in single-data form.
SDMF_CALL = 0x04
#: GR-30-CORE 2.4, EN 300 659-3 5.2: call setup in multiple-data form.
MDMF_CALL = 0x80
ABSENCE_LETTER = {"private": "P", "unavailable": "O"}
#: GR-30-CORE 2.4 (visual indicator of waiting messages, single data form).
SDMF_INDICATOR = {b"BBB": "on", b"ooo": "off"}
#: Fields that hold a time, and those whose text has to be a number.
TIMES = frozenset((0x01, 0x0F))
NUMBERS = frozenset((0x02,))


@dataclass(frozen=True, slots=True)
class Message:
    """What a valid message says."""

    kind: str
    number: str | None = None
    name: str | None = None
    date_time: str | None = None
    absence: str | None = None
    fields: dict[str, str] = field(default_factory=dict)


def build(
    *,
    number: str | None = None,
    name: str | None = None,
    date_time: str | None = None,
    absence: str | None = None,
    form: str = "mdmf",
) -> bytes:
    """Write a call-setup message.

    Parameters
    ----------
    number, name : str or None
        Characters of ISO 8859-1.
    date_time : str or None
        ``MM-DD HH:MM``.
    absence : str or None
        ``private`` or ``unavailable``: sent in place of the number, and of the name
        if there is none.
    form : str
        ``mdmf`` or ``sdmf``; the single form carries no name.

    Returns
    -------
    bytes
        Type, length, body and checksum.

    References
    ----------
    GR-30-CORE 2.4; EN 300 659-3 clause 5.

    Examples
    --------
    >>> build(number="5550123", date_time="03-14 15:09", form="sdmf").hex()
    '040f303331343135303935353530313233f1'
    """
    stamp = "".join(c for c in date_time or "" if c.isdigit())
    if stamp and len(stamp) != 8:
        raise ValueError(f"date_time: want 'MM-DD HH:MM', got {date_time!r}")
    letter = ABSENCE_LETTER[absence] if absence else None
    if form == "sdmf":
        body = ((stamp or "01010000") + (letter or number or "O")).encode("latin-1")
    elif form == "mdmf":
        body = b"".join(_parameters(stamp, number, name, letter))
    else:
        raise ValueError(f"form: want 'mdmf' or 'sdmf', got {form!r}")
    if len(body) > 255:
        raise ValueError(f"message body: want at most 255 bytes, got {len(body)}")
    head = bytes([SDMF_CALL if form == "sdmf" else MDMF_CALL, len(body)])
    return head + body + bytes([-sum(head + body) & 0xFF])


def _parameters(
    stamp: str, number: str | None, name: str | None, letter: str | None
) -> Iterator[bytes]:
    """Yield the parameters that have something to say."""
    values = [(0x01, stamp), (0x04, letter) if letter else (0x02, number), (0x07, name)]
    if letter and not name:
        values.append((0x08, letter))
    for kind, text in values:
        if text:
            data = text.encode("latin-1")
            yield bytes([kind, len(data)]) + data


def parse(data: bytes) -> Message | None:
    """Read a message; None unless everything about it fits.

    Parameters
    ----------
    data : bytes
        From the type byte to the checksum, nothing after it.

    Returns
    -------
    Message or None
        None for a wrong checksum, an unknown type, or lengths that do not fit.  A
        time that cannot be, or a number of other signs, is left out and shown among
        the fields as ``bad_date_time`` or ``bad_number``.

    References
    ----------
    GR-30-CORE 2.4; EN 300 659-3 clause 5; SIN 227 clause 5.

    Examples
    --------
    >>> parse(build(number="5550123", name="EVE", date_time="03-14 15:09")).name
    'EVE'
    >>> parse(bytes(4)) is None
    True
    """
    if len(data) < 4 or len(data) != data[1] + 3 or sum(data) & 0xFF:
        return None
    body = data[2:-1]
    if data[0] in SDMF_TYPES:
        return _parse_single(SDMF_TYPES[data[0]], body)
    if data[0] in MDMF_TYPES:
        return _parse_multiple(MDMF_TYPES[data[0]], body)
    return None


def _parse_single(kind: str, body: bytes) -> Message | None:
    """Read a single-data body: MMDDHHMM and a number or a letter."""
    if kind != "call_setup":
        shown = SDMF_INDICATOR.get(body, body.hex())
        return Message(kind, fields={"visual_indicator": shown})
    if len(body) < 9 or not body[:8].isdigit():
        return None
    fields: dict[str, str] = {}
    _note(fields, 0x01, body[:8])
    rest = clean_text(body[8:])
    _note(fields, 0x04 if rest in ABSENCE else 0x02, body[8:])
    return from_fields(kind, fields)


def _parse_multiple(kind: str, body: bytes) -> Message | None:
    """Read a list of parameters; every length must fit exactly."""
    listed = parameters(body)
    if not listed:
        return None
    fields: dict[str, str] = {}
    for code, data in listed:
        _note(fields, code, data)
    return from_fields(kind, fields)


def parameters(body: bytes) -> list[tuple[int, bytes]] | None:
    """Split a list of parameters.

    Parameters
    ----------
    body : bytes
        Type, length and data of each, one after the other.

    Returns
    -------
    list of (int, bytes), or None
        None where a length does not fit.

    References
    ----------
    EN 300 659-3 clause 5.1.

    Examples
    --------
    >>> parameters(bytes([2, 1, 53, 8, 1, 80])), parameters(bytes([2, 9, 53]))
    ([(2, b'5'), (8, b'P')], None)
    """
    found = []
    at = 0
    while at < len(body):
        if at + 2 > len(body) or at + 2 + body[at + 1] > len(body):
            return None
        found.append((body[at], body[at + 2 : at + 2 + body[at + 1]]))
        at += 2 + body[at + 1]
    return found


def _note(fields: dict[str, str], code: int, data: bytes) -> None:
    """Add a parameter to the fields; what cannot be what it should is marked bad."""
    name = PARAMETERS.get(code, f"parameter_{code:02x}")
    text = value_text(code, data)
    text = clean_text(data) if text is None else text
    value: str | None = text
    if code in TIMES:
        value = date_time(data)
    elif code in NUMBERS and not is_number(text) and text not in ABSENCE:
        value = None
    if value is None:
        fields[f"bad_{name}"] = text
    else:
        # What comes first stands: a caller cannot overrule the exchange.
        fields.setdefault(name, value)


def from_fields(kind: str, fields: dict[str, str]) -> Message:
    """Lift the fields that everybody wants out of the list."""
    number = fields.get("number") or None
    absence = ABSENCE.get(fields.get("number_absence", ""))
    if number is not None and number in ABSENCE:
        absence, number = ABSENCE[number], None
    name = fields.get("name") or None
    absence = absence if number is None else None
    return Message(kind, number, name, fields.get("date_time"), absence, fields)
