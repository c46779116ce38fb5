"""Text, numbers and times of a caller-ID message, which are hostile input.

A name may hold anything that fits a byte.  Only what can be printed is kept; a number
is believed only if it is made of what numbers are made of, a time only if there is
such a time.
"""

import unicodedata

__all__ = ["clean_text", "date_time", "is_number"]

#: Longest text kept of one parameter; EN 300 659-3 allows a name 50 characters.
TEXT_LIMIT = 64
#: Longest number; EN 300 659-3 5.4.2 allows 20 digits, grouping signs come on top.
NUMBER_LIMIT = 24
_NUMBER_SIGNS = frozenset("0123456789*#+-() ABCD")
#: Marks that stack onto the letter before and could pile up over a whole page.
_STACKING = frozenset(("Mn", "Me"))
#: Days of each month; a leap year's February, as no year is sent.
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def clean_text(data: bytes) -> str:
    """Decode a text and keep what can be printed.

    Standards say ISO 8859-1, or ITU-T T.50 with seven bits, which is part of it; some
    gateways send UTF-8, which is told by its strict form.  Control characters (C0,
    DEL, C1) and such as turn the direction of writing are dropped, runs of spaces
    shrink to one and the text is cut at 64 characters.

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
    EN 300 659-3 clause 5.4.7 (character set of the calling party name); ITU-T T.50.

    Examples
    --------
    >>> clean_text(bytes([27]) + b"[31mEVE" + bytes([0, 10]))
    '[31mEVE'
    >>> [clean_text("MüLLER".encode(c)) for c in ("latin-1", "utf-8")]
    ['MüLLER', 'MüLLER']
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    text = unicodedata.normalize("NFC", text.replace("\xa0", " "))
    kept = (
        c for c in text if c.isprintable() and unicodedata.category(c) not in _STACKING
    )
    return " ".join("".join(kept).split())[:TEXT_LIMIT].rstrip()


def date_time(data: bytes) -> str | None:
    """Return MMDDHHMM as ``MM-DD HH:MM``; None if that is no time of any year.

    Parameters
    ----------
    data : bytes
        Eight decimal digits, or ten with seconds.

    Returns
    -------
    str or None
        Exchanges without a clock send zeros, which are no date either.

    References
    ----------
    EN 300 659-3 clause 5.4.1; GR-30-CORE 2.4.

    Examples
    --------
    >>> date_time(b"03141509"), date_time(b"13221009"), date_time(b"00000000")
    ('03-14 15:09', None, None)
    """
    if len(data) not in (8, 10) or not data.isdigit():
        return None
    month, day, hour, minute = (int(data[i : i + 2]) for i in (0, 2, 4, 6))
    if not (1 <= month <= 12 and 1 <= day <= _DAYS[month - 1]):
        return None
    if hour > 23 or minute > 59:
        return None
    return f"{month:02d}-{day:02d} {hour:02d}:{minute:02d}"


def is_number(text: str) -> bool:
    """Tell whether `text` can be a telephone number.

    Parameters
    ----------
    text : str
        As cleaned.

    Returns
    -------
    bool
        True for up to 24 digits and signs that group them, at least one a digit.

    References
    ----------
    EN 300 659-3 clause 5.4.2.

    Examples
    --------
    >>> is_number("+1 555-0123"), is_number("CALL ME"), is_number("")
    (True, False, False)
    """
    if len(text) > NUMBER_LIMIT or not set(text) <= _NUMBER_SIGNS:
        return False
    return any(c in "0123456789" for c in text)
