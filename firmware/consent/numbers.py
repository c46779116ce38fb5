"""Where a telephone number belongs, as jurisdiction codes.

North American numbers are placed by their area code, Australian ones by their first
digit, all others by country code; the countries that share one are told apart by
phonenumbers' core (its geocoder is not used: it costs 113 MB).  Withheld, unparsable
and local numbers have no place at all, which is the strictest answer.

Limits: numbers are ported, mobile and forwarded, and caller ID can be forged; the
contact's address beats whatever is found here.
"""

import re
from dataclasses import dataclass

import phonenumbers
from phonenumbers import shortnumberinfo

from firmware.consent.table import Table

#: North American Numbering Plan.
NANP = 1
AUSTRALIA = 61
MEXICO = 52
#: Calls to Mexican mobiles carried this digit after +52 until 2019.
MEXICO_LEGACY = "1"
#: Digits of a North American number: area code, exchange, line.
NANP_DIGITS = 10

#: Service codes before the number: *67 in North America, #31# and *31# elsewhere.
_SERVICE_CODE = re.compile(r"^(?:[*#]\d{2}#|\*\d{2})")
_NUMBER = re.compile(r"\+?[0-9]{2,20}")
#: What people write between the digits.
PUNCTUATION = str.maketrans("", "", " ()-./\u00a0\u2011")
#: Area codes are N[0-8]X but N11, which are services such as 411 and 911.
_AREA_CODE = re.compile(r"[2-9](?!11)[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Place:
    """`codes` are all the places it may be, none if there is no telling."""

    codes: tuple[str, ...]
    source: str  # area_code, country_code, withheld, unparsable
    e164: str | None = None


WITHHELD = Place((), "withheld")
UNPARSABLE = Place((), "unparsable")


def country_of(code: str | None) -> str | None:
    """Return the country of a jurisdiction code."""
    return (code or "").strip().upper().partition("-")[0] or None


def locate(number: str | None, own: str | None, table: Table) -> Place:
    """Place a number as caller ID or dialling gave it, seen from jurisdiction `own`."""
    text = plain(number)
    if not text:
        return WITHHELD
    if not _NUMBER.fullmatch(text):
        return UNPARSABLE
    try:
        parsed = phonenumbers.parse(text, country_of(own))
    except phonenumbers.NumberParseException:
        return UNPARSABLE
    national = phonenumbers.national_significant_number(parsed)
    if parsed.country_code == NANP:
        return _north_american(national, table, international=text.startswith("+"))
    if parsed.country_code == MEXICO and len(national) == NANP_DIGITS + 1:
        parsed.national_number = int(national.removeprefix(MEXICO_LEGACY))
    if not _plausible(parsed, international=text.startswith("+")):
        return UNPARSABLE
    e164 = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    codes = _abroad(parsed, national, table)
    return Place(codes, "country_code", e164)


def plain(number: str | None) -> str:
    """Return the digits, with the plus if there is one and no service code."""
    text = (number or "").translate(PUNCTUATION).strip()
    return _SERVICE_CODE.sub("", text)


def canonical(number: str | None, own: str | None) -> str:
    """Return a number as lists hold it: international if it can be, "" if withheld."""
    text = plain(number)
    try:
        parsed = phonenumbers.parse(text, country_of(own))
    except phonenumbers.NumberParseException:
        return text
    if not _plausible(parsed, international=text.startswith("+")):
        return text
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def is_emergency(number: str | None, own: str | None) -> bool:
    """Is this an emergency number where the line is?"""
    country = country_of(own)
    text = plain(number)
    # No country has emergency numbers longer than this; the look-up is not free.
    if country is None or not 2 <= len(text) <= 6:
        return False
    return shortnumberinfo.is_emergency_number(text, country)


def _north_american(national: str, table: Table, *, international: bool) -> Place:
    area_code = national[:3]
    if len(national) != NANP_DIGITS or not _AREA_CODE.fullmatch(area_code):
        return UNPARSABLE
    codes = table.nanp.get(area_code)
    if codes is None:
        # Ten digits without +1 may as well be a foreign number.
        return _unassigned(national) if international else UNPARSABLE
    return Place(codes, "area_code", f"+{NANP}{national}")


def _unassigned(national: str) -> Place:
    """Newer than the table, or an area code that does not exist."""
    return Place(("US-?",), "area_code", f"+{NANP}{national}")


def _plausible(parsed: phonenumbers.PhoneNumber, *, international: bool) -> bool:
    """Without a plus only a valid number shows that it is one of this country."""
    if international:
        reason = phonenumbers.is_possible_number_with_reason(parsed)
        return reason == phonenumbers.ValidationResult.IS_POSSIBLE
    return phonenumbers.is_valid_number(parsed)


def _abroad(
    parsed: phonenumbers.PhoneNumber, national: str, table: Table
) -> tuple[str, ...]:
    region = phonenumbers.region_code_for_number(parsed)
    if region is None:
        region_or_regions = _by_beginning(str(parsed.country_code), national, table)
        if len(region_or_regions) != 1:
            return region_or_regions
        region = region_or_regions[0]
    if region == "AU":
        return table.australia.get(national[:1], ("AU-?",))
    return (region,)


def _by_beginning(country_code: str, national: str, table: Table) -> tuple[str, ...]:
    """Choose among the places that share a country code, for a number in no range."""
    places = table.shared.get(country_code)
    if places is None:
        return phonenumbers.COUNTRY_CODE_TO_REGION_CODE[int(country_code)]
    known = [start for start in places if national.startswith(start)]
    return places[max(known, key=len)]
