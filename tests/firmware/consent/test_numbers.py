"""Numbers and where they belong."""

import pytest

from firmware.consent import numbers
from firmware.consent.numbers import UNPARSABLE, WITHHELD
from firmware.consent.table import Table


@pytest.mark.parametrize("number", [None, "", " ", "()", "-"])
def test_withheld(table: Table, number: str | None) -> None:
    assert numbers.locate(number, "US-NY", table) == WITHHELD


@pytest.mark.parametrize(
    "number",
    [
        *("anonymous", "Anonymous 2125550123", "P", "O", "private", "unavailable"),
        *("5550123", "555-0123", "0", "1", "+", "+1", "+1 212 555", "+121255501234"),
        *("+999123456", "+0123456789", "+1 011 555 0123", "+1 911 555 0123"),
        *("+1800FLOWERS", "+46", "+461", "+49" + "1" * 25, "9995550123", "4930123456"),
        *("٢١٢٥٥٥٠١٢٣", "2125550123,,1", "sip:bob@example.org", "\x00", "+٤٦٨١٢٣٤٥٦٧٨"),
    ],
)
def test_unparsable_and_local_numbers_belong_nowhere(table: Table, number: str) -> None:
    assert numbers.locate(number, "US-NY", table) == UNPARSABLE


@pytest.mark.parametrize("own", [None, "", "ZZ", "nonsense"])
def test_without_a_country_only_international_numbers_are_placed(
    table: Table, own: str | None
) -> None:
    assert numbers.locate("2125550123", own, table) == UNPARSABLE
    assert numbers.locate("+12125550123", own, table).codes == ("US-NY",)


@pytest.mark.parametrize(
    ("number", "codes"),
    [
        ("+12125550123", "US-NY"),
        ("+14155550123", "US-CA"),
        ("+12015550123", "US-NJ"),
        ("+12025550123", "US-DC"),
        ("+12065550123", "US-WA"),
        ("+19075550123", "US-AK"),
        ("+18085550123", "US-HI"),
        ("+14165550123", "CA-ON"),
        ("+12575550123", "CA-BC"),
        ("+19025550123", "CA-NS CA-PE"),
        ("+17825550123", "CA-NS CA-PE"),
        ("+18675550123", "CA-NT CA-NU CA-YT"),
        # Not geographic, and not in the table.
        *((f"+1{code}5550123", "US-?") for code in (800, 833, 888, 900, 500, 700, 710)),
        *((f"+1{code}5550123", "CA-?") for code in (600, 622, 633)),
        *((f"+1{code}5550123", "US-?") for code in (299, 436, 679, 861, 999)),
        # The Caribbean and the territories share +1.
        ("+12425550123", "BS"),
        ("+18765550123", "JM"),
        ("+18095550123", "DO"),
        ("+17875550123", "PR"),
        ("+19395550123", "PR"),
        ("+13405550123", "VI"),
        ("+16715550123", "GU"),
        ("+16845550123", "AS"),
        ("+16705550123", "MP"),
        # Shared country codes.
        ("+442079460123", "GB"),
        ("+441632960123", "GB"),
        ("+441534123456", "JE"),
        ("+441481123456", "GG"),
        ("+447911123456", "GG"),
        ("+441624756789", "IM"),
        ("+447700900123", "GG JE IM"),
        ("+4722123456", "NO"),
        ("+4779123456", "SJ"),
        ("+358912345678", "FI"),
        ("+35818123456", "AX"),
        ("+74951234567", "RU"),
        ("+77011234567", "KZ"),
        ("+390612345678", "IT"),
        ("+390669812345", "VA"),
        ("+61891621234", "CC"),
        ("+61891641234", "CX"),
        # Australia.
        ("+61255501234", "AU-NSW AU-ACT"),
        ("+61370101234", "AU-VIC AU-TAS"),
        ("+61733334444", "AU-QLD"),
        ("+61870101234", "AU-SA AU-WA AU-NT"),
        ("+61491570156", "AU-?"),
        ("+611300123456", "AU-?"),
        # Elsewhere.
        ("+46812345678", "SE"),
        ("+4930123456", "DE"),
        ("+3545551234", "IS"),
        ("+525512345678", "MX"),
        ("+5215512345678", "MX"),
        ("+590590123456", "GP"),
        # Satellites and global services.
        ("+870773111632", "001"),
        ("+881612345678", "001"),
        ("+88213012345", "001"),
    ],
)
def test_places(table: Table, number: str, codes: str) -> None:
    assert numbers.locate(number, "US-NY", table).codes == tuple(codes.split())


@pytest.mark.parametrize(
    ("number", "own", "codes", "e164"),
    [
        ("2125550123", "US-CA", "US-NY", "+12125550123"),
        ("12125550123", "US-CA", "US-NY", "+12125550123"),
        ("(212) 555-0123", "CA-ON", "US-NY", "+12125550123"),
        ("*67 212 555 0123", "US-CA", "US-NY", "+12125550123"),
        ("011 46 8 123 456 78", "US-NY", "SE", "+46812345678"),
        ("08-123 456 78", "SE", "SE", "+46812345678"),
        ("#31#0812345678", "SE", "SE", "+46812345678"),
        ("0049 30 123456", "SE", "DE", "+4930123456"),
        ("01534 123456", "GB", "JE", "+441534123456"),
        ("+1-212-555-0123", None, "US-NY", "+12125550123"),
    ],
)
def test_numbers_as_dialled_at_home(
    table: Table, number: str, own: str | None, codes: str, e164: str
) -> None:
    place = numbers.locate(number, own, table)
    assert (place.codes, place.e164) == ((codes,), e164)
    assert numbers.canonical(number, own) == e164


def test_area_codes_cover_all_states(table: Table) -> None:
    """359 area codes of the United States and 56 geographic ones of Canada."""
    owners = table.nanp
    american = [c for c, p in owners.items() if p[0][:3] == "US-" and p != ("US-?",)]
    canadian = [c for c, p in owners.items() if p[0][:3] == "CA-" and p != ("CA-?",)]
    assert (len(american), len(canadian)) == (359, 56)
    assert len({owners[code] for code in american}) == 51


@pytest.mark.parametrize(
    ("number", "own", "emergency"),
    [
        ("911", "US-NY", True),
        ("112", "US-NY", True),
        ("*67911", "US-NY", True),
        ("911", "CA-ON", True),
        ("112", "SE", True),
        ("999", "GB", True),
        ("000", "AU-NSW", True),
        ("110", "DE", True),
        ("112", "BG", True),
        ("911", "US-?", True),
        ("911", "SE", False),
        ("110", "SE", False),
        ("411", "US-NY", False),
        ("911", None, False),
        ("911", "nonsense", False),
        ("2125550911", "US-NY", False),
        ("+12125550123", "US-NY", False),
        (None, "US-NY", False),
        ("", "US-NY", False),
        ("sos", "US-NY", False),
    ],
)
def test_emergency_numbers(
    number: str | None, own: str | None, emergency: bool
) -> None:
    assert numbers.is_emergency(number, own) is emergency
