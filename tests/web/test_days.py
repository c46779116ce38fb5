"""Days in what people type: odd ones first, then each language."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web import days
from web.i18n import LANGUAGES

#: A Sunday.
TODAY = date(2026, 11, 22)


def ago(number: int, length: int = 1) -> tuple[date, date]:
    first = TODAY - timedelta(days=number)
    return first, first + timedelta(days=length)


@pytest.mark.parametrize(
    "q",
    [
        *("", "berg", "0702", "31.2.", "32.1.2026", "2026-13-01", "0000-01-01"),
        *("13/13", "5550123", "555-0123", "1.2.3.4", "12345-01-02", "9999-12-31"),
        *('"tuesday"', "«today»", "mondays", "sun", "0 november", "99 november"),
        *("\x00", "🔑", "November", "2026-11-170", "1/2/3"),
    ],
)
def test_what_is_no_day_stays_in_the_question(q: str) -> None:
    asked = days.read(q, "en", TODAY)
    assert (asked.first, asked.after) == (None, None)
    assert asked.q == q.strip('"«»').strip() or q == "\x00"


@given(st.text(max_size=40), st.sampled_from(list(LANGUAGES)))
def test_any_text_can_be_typed(q: str, language: str) -> None:
    asked = days.read(q, language, TODAY)
    assert (asked.first is None) == (asked.after is None)


@pytest.mark.parametrize(
    ("language", "q", "rest", "span"),
    [
        ("en", "berg 0702 tuesday", "berg 0702", ago(5)),
        ("en", "Sunday", "", ago(0)),
        ("sv", "berg i går", "berg", ago(1)),
        ("sv", "igår", "", ago(1)),
        ("sv", "tisdag 0702", "0702", ago(5)),
        ("sv", "Tuesday 0702", "0702", ago(5)),
        ("sv", "i förrgår", "", ago(2)),
        ("nb", "i dag", "", ago(0)),
        ("da", "lørdag", "", ago(1)),
        ("nl", "gisteren", "", ago(1)),
        ("de", "Gestern Müller", "Müller", ago(1)),
        ("de", "Samstag", "", ago(1)),
        ("fr", "aujourd'hui", "", ago(0)),
        ("fr", "avant-hier prix", "prix", ago(2)),
        ("pl", "środa", "", ago(4)),
        ("pl", "dziś", "", ago(0)),
        ("en", "2026-11-17", "", ago(5)),
        ("en", "2026-11", "", (date(2026, 11, 1), date(2026, 12, 1))),
        ("de", "17.11. Berg", "Berg", ago(5)),
        ("de", "17.11.2025", "", (date(2025, 11, 17), date(2025, 11, 18))),
        ("de", "24.12.", "", (date(2025, 12, 24), date(2025, 12, 25))),
        ("fr", "17/11", "", ago(5)),
        ("en", "17 November", "", ago(5)),
        ("en", "november 17", "", ago(5)),
        ("de", "3 März", "", (date(2026, 3, 3), date(2026, 3, 4))),
        ("en", "tuesday friday", "", (ago(5)[0], ago(2)[1])),
        ("en", '"Tuesday" yesterday', "Tuesday", ago(1)),
    ],
)
def test_days_of_every_language(
    language: str, q: str, rest: str, span: tuple[date, date]
) -> None:
    asked = days.read(q, language, TODAY)
    assert (asked.q, (asked.first, asked.after)) == (rest, span)


def test_the_month_comes_first_where_people_write_it_so() -> None:
    assert days.read("11/17", "en", TODAY, month_first=True).first == ago(5)[0]
    assert days.read("11/17", "en", TODAY).first is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_knows_today(language: str) -> None:
    for number, ways in enumerate(days.NEAR[language]):
        for way in ways:
            assert days.read(way, language, TODAY).first == ago(number)[0]
