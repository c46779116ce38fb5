"""Numbers, durations and hostile text as a person sees them."""

import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.archive.model import Call, Mark
from web import vocabulary, words


@pytest.mark.parametrize(
    ("raw", "country", "shown"),
    [
        ("2125550123", "us", "(212) 555-0123"),
        ("12125550123", "us", "(212) 555-0123"),
        ("+12125550123", "us", "(212) 555-0123"),
        ("+442079460018", "us", "+44 20 7946 0018"),
        ("02079460018", "uk", "020 7946 0018"),
        ("+12125550123", "se", "+1 212-555-0123"),
        ("911", "us", "911"),
        ("*67", "us", "*67"),
        ("5550123", "us", "555-0123"),
        ("", "us", ""),
        (None, "us", ""),
        ("not a number", "us", "not a number"),
        ("2125550123", "zz", "2125550123"),
    ],
)
def test_numbers_as_people_write_them(
    raw: str | None, country: str, shown: str
) -> None:
    assert words.number(raw, country) == shown


@pytest.mark.parametrize(
    ("raw", "dialled"),
    [
        ("2125550123", "2125550123"),
        ("+44 20 7946-0018", "+442079460018"),
        ("911", "911"),
        ("*21*5550100#", ""),
        ("*#06#", ""),
        ("2125550123,,1", ""),
        ("5550123;ext=1", ""),
        ("٠٢٠٧٩٤٦٠٠١٨", ""),
        ("1" * 21, ""),
        ("12", ""),
        ("not a number", ""),
        (None, ""),
    ],
)
def test_only_plain_numbers_are_dialled_back(raw: str | None, dialled: str) -> None:
    assert words.dial(raw) == dialled


@given(st.text(max_size=300))
def test_no_text_does_harm(text: str) -> None:
    for shown in (words.clean(text), words.number(text, "us")):
        assert len(shown) <= 210
        assert not any(unicodedata.category(c)[0] == "C" for c in shown)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0, "0:00"), (59.6, "1:00"), (83, "1:23"), (3600, "1:00:00"), (-3, "0:00")],
)
def test_lengths(seconds: float, shown: str) -> None:
    assert words.length(seconds) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0.4, "0.4 s"),
        (12.3, "12 s"),
        (60, "1 min"),
        (185, "3 min 5 s"),
        (3600, "1 h"),
        (7505, "2 h 5 min"),
    ],
)
def test_amounts(seconds: float, shown: str) -> None:
    assert words.amount(seconds) == shown


def test_digits_of_two_dials_stay_apart() -> None:
    marks = [Mark(t, "digit", d) for t, d in ((1, "1"), (2, "2"), (30, "9"))]
    call = Call("x", "1", 0.0, marks=marks, audio="kept", audio_s=40.0)
    assert [e.words for e in words.events(call)] == ["Dialled 12", "Dialled 9"]


def test_marks_outside_the_sound_cannot_be_sought() -> None:
    marks = [Mark(-1.0, "answer"), Mark(5.0, "hook_flash"), Mark(50.0, "polarity")]
    call = Call("x", "1", 0.0, marks=marks, audio="kept", audio_s=10.0)
    assert [e.seek_s for e in words.events(call)] == [None, 5.0, None]


def test_every_outcome_has_words() -> None:
    from typing import get_args

    from firmware.archive.model import Direction, Outcome

    assert set(vocabulary.OUTCOMES) == set(get_args(Outcome))
    assert set(vocabulary.DIRECTIONS) == set(get_args(Direction))


DOCUMENT = (Path(__file__).resolve().parents[2] / "docs" / "operate.md").read_text()


def listed(heading: str) -> set[str]:
    """Return what a table of docs/operate.md names in its first column."""
    rows = re.search(rf"^\| {heading} \|.*?\n\n", DOCUMENT, re.M | re.S)
    assert rows
    cells = re.findall(r"^\| (`[^|]*) \|", rows[0], re.M)
    return {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}


def test_every_documented_flag_has_words() -> None:
    assert listed("flag") <= set(vocabulary.FLAGS)


def test_every_documented_reason_has_words() -> None:
    from web.consent_words import REASONS

    known = set(vocabulary.NO_AUDIO) | set(REASONS)
    assert len(listed("reason")) > 5
    assert listed("reason") <= known


def test_every_reason_of_a_decision_has_words() -> None:
    from firmware.consent import engine
    from web.consent_words import REASONS

    source = Path(engine.__file__).read_text()
    given = set(re.findall(r'(?:DENY", |RECORD", |NOTICE", |deny\()"(\w+)"', source))
    given |= {"tell_first", "ask_first", "announcement", "beep", "standing_consent"}
    assert len(given) > 10
    assert given <= set(REASONS)
