"""How a call is found by what a person types: terms and prefixes, no I/O.

A number is found by its beginning (with or without its country code) and by its last
digits, a name by the beginning of any of its words, accents and case ignored.
"""

import re
import unicodedata

from firmware.archive.model import Call

#: Two-digit country codes (ITU-T E.164, list of assigned codes); 1 and 7 have one
#: digit, the rest three.
_TWO_DIGIT_CODES = frozenset(
    str(code)
    for code in (
        *(20, 27, 30, 31, 32, 33, 34, 36, 39, 40, 41, 43, 44, 45, 46, 47, 48, 49),
        *(51, 52, 53, 54, 55, 56, 57, 58, 60, 61, 62, 63, 64, 65, 66),
        *(81, 82, 84, 86, 90, 91, 92, 93, 94, 95, 98),
    )
)
#: Fewest digits that are looked for at the end of numbers.
MIN_LAST_DIGITS = 3

_NUMBER_LIKE = re.compile(r"[\d\s()+./*#-]*\d[\d\s()+./*#-]*")
#: First term after every term that begins with a prefix.
_AFTER = "\U0010ffff"


def terms(call: Call) -> set[str]:
    """Return the terms of a call: ``#`` begins a number, ``<`` a reversed one."""
    found = set(words(call.name or ""))
    number = call.number or ""
    digits = _digits(number)
    if digits:
        found |= {f"#{digits}", f"<{digits[::-1]}"}
        if number.startswith("+"):
            found.add(f"#{digits[_country_code_length(digits) :]}")
    return found


def prefixes(query: str) -> list[list[str]]:
    """Return what to look for: every inner list must match by one of its prefixes."""
    if _NUMBER_LIKE.fullmatch(query):
        digits = _digits(query)
        choices = [f"#{digits}", digits]
        if len(digits) >= MIN_LAST_DIGITS:
            choices.append(f"<{digits[::-1]}")
        if digits.startswith("0") and len(digits) > MIN_LAST_DIGITS:
            # A national number typed with its trunk prefix, stored with +country.
            choices.append(f"<{digits[:0:-1]}")
        return [choices]
    return [_word_choices(word) for word in words(query)]


def span(prefix: str) -> tuple[str, str]:
    """Return the first term of a prefix and a bound after the last."""
    return prefix, prefix + _AFTER


def words(text: str) -> list[str]:
    """Return the words of a text, folded: ``José-Ann`` gives ``jose`` and ``ann``."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(char for char in plain if not unicodedata.combining(char))
    return re.findall(r"\w+", plain)


def _word_choices(word: str) -> list[str]:
    if not word.isdigit():
        return [word]
    return [word, f"#{word}", *([f"<{word[::-1]}"] if len(word) > 2 else [])]


def _digits(text: str) -> str:
    return re.sub(r"[^0-9*#]", "", text)


def _country_code_length(digits: str) -> int:
    if digits[0] in "17":
        return 1
    return 2 if digits[:2] in _TWO_DIGIT_CODES else 3
