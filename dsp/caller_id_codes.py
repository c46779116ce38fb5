"""The codes of caller ID: message types, parameters, and what their values mean."""

from collections.abc import Mapping

__all__ = ["ABSENCE", "MDMF_TYPES", "PARAMETERS", "SDMF_TYPES", "value_text"]

#: EN 300 659-3 5.2, SIN 227: types carrying {parameter, length, data} lists.
MDMF_TYPES = {
    0x80: "call_setup",
    0x82: "message_waiting",
    0x86: "charge",
    0x89: "short_message",
}
#: GR-30-CORE 2.4: types with one fixed body.
SDMF_TYPES = {0x04: "call_setup", 0x06: "message_waiting"}

#: EN 300 659-3 5.3 and 5.4, GR-30-CORE 2.4: name of each parameter.
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
    0x0E: "last_message_number",
    0x0F: "complementary_date_time",
    0x10: "complementary_number",
    0x11: "call_type",
    0x12: "first_called_number",
    0x13: "messages_waiting",
    0x15: "forward_type",
    0x16: "caller_type",
    0x1A: "redirecting_number",
    0x20: "charge",
    0x21: "extra_charge",
    0x23: "duration",
    0x30: "network_provider",
    0x31: "carrier",
    0x40: "terminal_function",
    0x50: "display_text",
    0x55: "service",
    0xE0: "operator_use",
}

#: Letters sent in place of a number.  GR-30-CORE 2.4, EN 300 659-3 5.4.5: O and P.
#: NTT: C from a public telephone, S where services do not work together.  Taiwan,
#: Kuwait: C from a coin telephone, I international.
ABSENCE = {
    "P": "private",
    "O": "unavailable",
    "C": "unavailable",
    "I": "unavailable",
    "S": "unavailable",
}

#: Bytes that are codes, by parameter.  EN 300 659-3 5.4 and GR-30-CORE 2.4 for call
#: type and indicator; TIA-777 for the reason of redirection; a code that is not listed
#: is shown in hexadecimal.
_CODES: Mapping[int, Mapping[int, str]] = {
    0x05: {0: "always", 1: "busy", 2: "no_answer"},
    0x0B: {0x00: "off", 0xFF: "on"},
    0x0D: {},
    0x11: {
        0x01: "voice",
        0x02: "ring_back_when_free",
        0x03: "calling_name",
        0x81: "message_waiting",
    },
    0x15: {},
    0x16: {},
    0x40: {},
    0x55: {},
    0xE0: {},
}
#: Parameters that count something: EN 300 659-3, network message system status.
_COUNTS = frozenset((0x13,))


def value_text(parameter: int, data: bytes) -> str | None:
    """Return what the codes of a parameter mean; None where the data are text.

    Parameters
    ----------
    parameter : int
        Type of the parameter.
    data : bytes
        Its body.

    Returns
    -------
    str or None
        A word, a number, or hexadecimal digits where nothing is known of a code.

    References
    ----------
    EN 300 659-3 clause 5.4; GR-30-CORE 2.4.

    Examples
    --------
    >>> value_text(0x11, bytes([2])), value_text(0x13, bytes([3]))
    ('ring_back_when_free', '3')
    >>> value_text(0x16, bytes([0x0F])), value_text(0x07, b"EVE") is None
    ('0f', True)
    """
    if parameter in _COUNTS:
        return str(data[0]) if len(data) == 1 else data.hex()
    codes = _CODES.get(parameter)
    if codes is None:
        return None
    known = codes.get(data[0]) if len(data) == 1 else None
    return known or data.hex()
