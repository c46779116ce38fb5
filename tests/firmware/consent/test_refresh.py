"""Deriving area codes, with a geocoder of four codes."""

from firmware.consent.refresh import changes, derive

ROWS = {
    "US-NY": {"name": "New York"},
    "US-NJ": {"name": "New Jersey"},
    "US-WA": {"name": "Washington"},
    "CA-NS": {"name": "Nova Scotia"},
    "CA-PE": {"name": "Prince Edward Island"},
    "SE": {"name": "Sweden"},
}
TEXTS = {"206": "Washington State", "902": "Nova Scotia/Prince Edward Island"}
REGIONS = {"206": "US", "902": "CA", "201": "US", "242": "BS", "800": "US", "600": "CA"}


def region_of(number: str) -> str | None:
    return REGIONS.get(number[2:5])


def text_of(number: str) -> str:
    """Say what one exchange of 201 says, another state, and 600 a country only."""
    area_code, exchange = number[2:5], number[5:8]
    if area_code == "201":
        return "New York, NY" if exchange == "200" else "Newark, NJ"
    return "Canada" if area_code == "600" else TEXTS.get(area_code, "")


def test_area_codes_are_derived() -> None:
    assert derive(ROWS, region_of, text_of) == {
        "CA-?": ["600"],
        "CA-NS": ["902"],
        "CA-PE": ["902"],
        "US-?": ["800"],
        "US-NJ": ["201"],
        "US-WA": ["206"],
        "BS": ["242"],
    }


def test_changes_are_listed() -> None:
    old = {"US-NY": ["212"], "US-NJ": ["201"], "CA-NS": ["902"]}
    new = {"US-NY": ["201", "212"], "CA-NS": ["902"], "CA-PE": ["902"], "BS": ["242"]}
    assert list(changes(old, new)) == [
        "201: US-NJ -> US-NY",
        "242: - -> BS",
        "902: CA-NS -> CA-NS CA-PE",
    ]
    assert list(changes(new, new)) == []
