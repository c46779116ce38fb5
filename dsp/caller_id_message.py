"""The messages of caller ID: from fields to bytes and back.

Two forms travel over FSK: the single data message (SDMF, one body) and the multiple
data message (MDMF, a list of parameters), both ``type, length, body, checksum`` with
a checksum that makes all bytes add up to 0 modulo 256.  What a caller sends is
hostile input: a message is believed only if its checksum, its type and every
parameter's length and form fit, and text keeps only printable characters.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

__all__ = ["Message", "build", "clean_text", "parse"]

#: GR-30-CORE 2.4: type of a call-setup message in single-data form.
SDMF_CALL = 0x04
#: GR-30-CORE 2.4, EN 300 659-3 5.2: call setup in multiple-data form.
MDMF_CALL = 0x80

#: EN 300 659-3 5.3, SIN 227: types carrying {parameter, length, data} lists.
MDMF_TYPES = {
    0x80: "call_setup",
    0x82: "message_waiting",
    0x86: "charge",
    0x89: "short_message",
}
#: GR-30-CORE 2.4: types with one fixed body.
SDMF_TYPES = {0x04: "call_setup", 0x06: "message_waiting"}

#: EN 300 659-3 5.4, GR-30-CORE 2.4: name of each parameter.
PARAMETERS = {
    0x01: "date_time",
    0x02: "number",
    0x03: "dialled_number",
    0x04: "number_absence",
    0x05: "redirect_reason",
    0x06: "long_distance",
    0x07: "name",
    0x08: "name_absence",
    0x09: "alternate_route",
    0x0B: "visual_indicator",
    0x0D: "message_id",
    0x10: "complementary_number",
    0x11: "call_type",
    0x13: "messages_waiting",
    0x15: "forward_type",
    0x16: "caller_type",
    0x1A: "redirecting_number",
    0x20: "charge",
    0x21: "extra_charge",
    0x23: "duration",
    0x50: "display_text",
    0x55: "service",
}
#: Parameters whose data are codes, shown in hexadecimal.
BINARY = {0x05, 0x0B, 0x0D, 0x11, 0x13, 0x15, 0x16}

#: GR-30-CORE 2.4, EN 300 659-3 5.4.5: letters sent in place of a number.
ABSENCE = {"P": "private", "O": "unavailable", "C": "unavailable", "I": "unavailable"}
ABSENCE_LETTER = {"private": "P", "unavailable": "O"}

#: Longest text kept of one parameter; EN 300 659-3 allows a name 50 characters.
TEXT_LIMIT = 64


@dataclass(frozen=True, slots=True)
class Message:
    """What a valid message says."""

    kind: str
    number: str | None = None
    name: str | None = None
    date_time: str | None = None
    absence: str | None = None
    fields: dict[str, str] = field(default_factory=dict)


def clean_text(data: bytes) -> str:
    """Decode ISO 8859-1 and keep what can be printed.

    Control characters (C0, DEL and C1) are dropped, runs of spaces shrink to one and
    the text is cut at 64 characters.

    Parameters
    ----------
    data : bytes
        As received.

    Returns
    -------
    str
        Printable text, possibly empty.

    References
    ----------
    EN 300 659-3 clause 5.4.7 (character set of the calling party name).

    Examples
    --------
    >>> clean_text(bytes([27]) + b"[31mEVE" + bytes([0, 10]))
    '[31mEVE'
    """
    text = data.decode("latin-1").replace("\xa0", " ").replace("\xad", "")
    return " ".join("".join(c for c in text if c.isprintable()).split())[:TEXT_LIMIT]


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
        None for a wrong checksum, an unknown type, or a body that does not parse.

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
        return Message(kind, fields={"visual_indicator": body.hex()})
    date_time = _date_time(body[:8])
    rest = clean_text(body[8:])
    if date_time is None:
        return None
    if rest in ABSENCE:
        return Message(
            kind,
            date_time=date_time,
            absence=ABSENCE[rest],
            fields={"date_time": date_time, "number_absence": rest},
        )
    if not _is_number(rest):
        return None
    fields = {"date_time": date_time, "number": rest}
    return Message(kind, rest, None, date_time, None, fields)


def _parse_multiple(kind: str, body: bytes) -> Message | None:
    """Read a list of parameters; every length must fit exactly."""
    fields: dict[str, str] = {}
    at = 0
    while at < len(body):
        if at + 2 > len(body) or at + 2 + body[at + 1] > len(body):
            return None
        code, data = body[at], body[at + 2 : at + 2 + body[at + 1]]
        at += 2 + len(data)
        value = data.hex() if code in BINARY else clean_text(data)
        if code == 0x01:
            stamp = _date_time(data)
            if stamp is None:
                return None
            value = stamp
        if code == 0x02 and not _is_number(value) and value not in ABSENCE:
            return None
        fields[PARAMETERS.get(code, f"parameter_{code:02x}")] = value
    return _from_fields(kind, fields) if fields else None


def _from_fields(kind: str, fields: dict[str, str]) -> Message:
    """Lift the fields that everybody wants out of the list."""
    number = fields.get("number") or None
    absence = ABSENCE.get(fields.get("number_absence", ""))
    if number is not None and number in ABSENCE:
        absence, number = ABSENCE[number], None
    name = fields.get("name") or None
    return Message(kind, number, name, fields.get("date_time"), absence, fields)


def _date_time(data: bytes) -> str | None:
    """Return ``MM-DD HH:MM``, or None if that is no time of any year."""
    if len(data) < 8 or not data.isdigit():
        return None
    month, day, hour, minute = (int(data[i : i + 2]) for i in (0, 2, 4, 6))
    # Exchanges without a clock send 00-00; SIN 227 calls that "not available".
    if month > 12 or day > 31 or hour > 23 or minute > 59:
        return None
    return f"{month:02d}-{day:02d} {hour:02d}:{minute:02d}"


def _is_number(text: str) -> bool:
    """Tell whether `text` can be a telephone number."""
    return 0 < len(text) <= 24 and all(c in "0123456789*#+-() ABCD" for c in text)
