"""The table of jurisdictions: what is refused, and what the shipped one says."""

import json
from typing import Any

import pytest

from firmware.consent import table_file
from firmware.consent.refresh import to_text
from firmware.consent.table import Table
from firmware.errors import ConfigError


def small() -> dict[str, Any]:
    """Return the least table that is accepted."""
    return {
        "version": "1",
        "satisfiers": {"own_consent": ""},
        "insufficient": {},
        "exceptions": {"threat_call": ""},
        "sources": {"checked": ""},
        "purposes": {"evidence": ["evidence"]},
        "fallback": {"unknown": 4, "unlisted": 4},
        "jurisdictions": {
            "SE": {
                "name": "Sweden",
                "private": 0,
                "org": 1,
                "statutes": ["BrB 4:8"],
                "confidence": "high",
                "source": "checked",
            }
        },
        "nanp": {},
        "australia": {},
        "shared": {},
    }


def refused(raw: Any) -> list[str]:
    with pytest.raises(ConfigError) as error:
        table_file.parse(json.dumps(raw), "mine.json")
    return str(error.value).splitlines()


def test_what_is_not_json_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"mine\.json: not valid JSON"):
        table_file.parse("{", "mine.json")


@pytest.mark.parametrize("raw", [[], "text", 3, None])
def test_what_is_not_an_object_is_refused(raw: Any) -> None:
    [line] = refused(raw)
    assert line.startswith("mine.json: want an object, got ")


def test_missing_sections_are_named() -> None:
    raw = small()
    del raw["fallback"], raw["shared"]
    assert refused(raw) == ["mine.json: lacks fallback, shared"]


def test_sections_of_the_wrong_kind_are_named() -> None:
    raw = small() | {"nanp": [], "purposes": 1}
    assert refused(raw) == [
        "mine.json: want a text in version and an object in each of purposes, nanp"
    ]
    raw = small() | {"version": 3}
    assert "want a text in version" in refused(raw)[0]


def test_all_faults_of_a_row_are_named_at_once() -> None:
    raw = small()
    raw["jurisdictions"]["SE"] |= {
        "private": 5,
        "org": True,
        "conservative": "3",
        "by_purpose": {"evidence": -1, "fun": 1},
        "satisfied_by": ["own_consent", "a nod"],
        "exceptions": "threat_call",
        "purpose_statutes": {"evidence": "x"},
        "source": "a friend",
        "colour": "red",
        "statutes": [],
    }
    raw["jurisdictions"]["Sweden"] = 3
    assert set(refused(raw)) == {
        "mine.json: SE: private: want a class 0..4, got 5",
        "mine.json: SE: org: want a class 0..4, got True",
        "mine.json: SE: conservative: want a class 0..4, got '3'",
        "mine.json: SE: by_purpose evidence: want a class 0..4, got -1",
        "mine.json: SE: by_purpose fun: no such purpose in purposes",
        "mine.json: SE: satisfied_by: 'a nod' is not in satisfiers",
        "mine.json: SE: exceptions: want a list of texts, got 'threat_call'",
        "mine.json: SE: purpose_statutes: want lists of texts, got {'evidence': 'x'}",
        "mine.json: SE: source: want one of checked",
        "mine.json: SE: statutes is missing",
        "mine.json: SE: colour: unknown; known are "
        + ", ".join(sorted(table_file._FIELDS)),
        "mine.json: Sweden: want an object, got 3",
        "mine.json: Sweden: want a code such as US-NY or SE",
    }


def test_faults_of_the_numbering_plans_are_named() -> None:
    raw = small()
    raw["fallback"] = {"unknown": 9, "XX-?": 3}
    raw["nanp"] = {"US-NY": "212"}
    raw["shared"] = {"44": {"GG": ["1481"]}, "47": {"main": "NO", "SJ": 79}}
    assert set(refused(raw)) == {
        "mine.json: fallback: unlisted is missing",
        "mine.json: fallback unknown: want a class 0..4, got 9",
        "mine.json: fallback XX-?: no row XX",
        "mine.json: nanp US-NY: want a list of texts, got '212'",
        "mine.json: shared 44: want an object with main, got {'GG': ['1481']}",
        "mine.json: shared 47: SJ: want a list of texts",
    }


def test_the_least_table_is_accepted() -> None:
    table = table_file.parse(json.dumps(small()), "mine.json")
    assert table.row("SE").org == 1


# The shipped table


def test_shipped_table_has_112_places_each_with_law_confidence_and_source() -> None:
    raw = shipped_raw()
    assert len(raw["jurisdictions"]) == 112
    for code, row in raw["jurisdictions"].items():
        assert row["statutes"], code
        assert row["confidence"] in ("high", "medium", "low"), code
        assert row["source"] in raw["sources"], code


def test_shipped_table_covers_every_state_and_province() -> None:
    codes = shipped_raw()["jurisdictions"]
    states = [c for c in codes if c.startswith("US-")]
    provinces = [c for c in codes if c.startswith("CA-")]
    assert (len(states), len(provinces)) == (51, 13)


def test_shipped_text_is_as_the_refresh_writes_it() -> None:
    """Otherwise a refresh would bury its changes among re-ordered lines."""
    assert to_text(shipped_raw()) == table_file.text()


def shipped_raw() -> dict[str, Any]:
    raw: dict[str, Any] = json.loads(table_file.text())
    return raw


@pytest.mark.parametrize(
    ("code", "private", "org", "conservative"),
    [
        ("US-CA", 3, 3, 0),
        ("US-CT", 2, 2, 0),
        ("US-DE", 0, 0, 3),
        ("US-MA", 2, 2, 3),
        ("US-MI", 0, 0, 3),
        ("US-VT", 0, 0, 3),
        ("US-MT", 2, 2, 0),
        ("US-WA", 2, 2, 0),
        ("US-OR", 0, 0, 0),
        ("GB", 0, 2, 3),
        ("IE", 0, 2, 3),
        ("DE", 4, 4, 0),
        ("DK", 0, 4, 0),
        ("PT", 3, 4, 0),
        ("CZ", 3, 2, 0),
        ("IS", 2, 2, 0),
        ("SE", 0, 1, 0),
        ("CA-QC", 0, 3, 0),
        ("AU-QLD", 2, 2, 0),
        ("AU-NSW", 3, 3, 0),
        ("ZA", 0, 2, 0),
        ("TR", 3, 3, 0),
        # A country whose state is not known; US is a floor, not a place.
        ("US-?", 3, 3, 0),
        ("US", 3, 3, 0),
        ("CA-?", 3, 3, 0),
        ("CA", 0, 3, 0),
        ("AU-?", 3, 3, 0),
        ("AU", 3, 3, 0),
        # One law for the whole country.
        ("DE-BY", 4, 4, 0),
        ("GB-SCT", 0, 2, 3),
        # Not listed: territories, countries nobody looked at, no codes at all.
        ("PR", 4, 4, 0),
        ("US-PR", 4, 4, 0),
        ("US-ZZ", 4, 4, 0),
        ("BG", 4, 4, 0),
        ("GG", 4, 4, 0),
        ("001", 4, 4, 0),
        ("Sweden", 4, 4, 0),
        ("", 4, 4, 0),
        (" us-ca ", 3, 3, 0),
    ],
)
def test_classes(
    table: Table, code: str, private: int, org: int, conservative: int
) -> None:
    row = table.row(code)
    assert (row.private, row.org, row.conservative) == (private, org, conservative)


def test_an_unnamed_recorder_meets_the_stricter_class(table: Table) -> None:
    czechia = table.row("CZ")
    for recorder, strictness in (("private", 3), ("org", 2), (None, 3)):
        assert (
            czechia.class_for(recorder, conservative=True, purpose=None) == strictness
        )


def test_only_connecticut_accepts_a_tone_alone(table: Table) -> None:
    accepting = {c for c, row in table.rows.items() if "beep_15s" in row.satisfied_by}
    assert accepting == {"US-CT"}


@pytest.mark.parametrize(
    ("code", "purpose", "strictness"),
    [
        ("US-WI", None, 0),
        ("US-WI", "evidence", 2),
        ("US-WI", "regulated", 0),
        ("US-NY", "evidence", 0),
        ("US-NY", "broadcast", 2),
        ("US-WI", "broadcast", 2),
        ("US-CA", "broadcast", 3),
        ("SE", "broadcast", 0),
    ],
)
def test_purposes_that_raise_the_class(
    table: Table, code: str, purpose: str | None, strictness: int
) -> None:
    row = table.row(code)
    found = row.class_for("private", conservative=True, purpose=purpose)
    assert found == strictness


@pytest.mark.parametrize(
    ("text", "purpose"),
    [
        (None, None),
        ("", None),
        ("staff training", None),
        ("Evidence", "evidence"),
        ("dispute resolution", "evidence"),
        ("proof-of-order", "evidence"),
        ("TV interview", "broadcast"),
        ("MiFID II", "regulated"),
        ("illegally", None),
    ],
)
def test_purposes_are_recognised_by_whole_words(
    table: Table, text: str | None, purpose: str | None
) -> None:
    assert table.purpose(text) == purpose


@pytest.mark.parametrize(
    ("own", "recorder", "strictness"),
    [
        (None, "private", 4),
        ("US-TX", "private", 3),
        ("US-TX", "org", 3),
        ("SE", "private", 0),
        ("SE", "org", 1),
        ("DE", "private", 4),
        ("GB", "org", 3),
        ("AU-QLD", "private", 3),
        ("CA-ON", "org", 3),
        # No lower than a Canadian number whose province is not known.
        ("CA-ON", "private", 3),
        # Nothing is known of this country.
        ("BG", "private", 4),
    ],
)
def test_unknown_party(
    table: Table, own: str | None, recorder: Any, strictness: int
) -> None:
    row = table.unknown(own)
    assert row.class_for(recorder, conservative=True, purpose=None) == strictness
    assert row.exceptions == row.satisfied_by == ()
