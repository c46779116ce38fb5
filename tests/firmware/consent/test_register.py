"""The register's rules: silence never becomes consent, the last word counts."""

import itertools
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.consent import register
from firmware.consent.register import KINDS, STEPS

NOW = 1_800_000_000.0


@dataclass(frozen=True)
class Row:
    state: str = "granted"
    purposes: tuple[str, ...] = ("Training of new staff",)
    given_utc: float | None = NOW - 100
    expires_utc: float | None = None
    number: str = "+12125550123"
    created_utc: float = NOW - 100


@dataclass(frozen=True)
class Person:
    told_utc: float | None = NOW
    left_utc: float | None = None


@dataclass(frozen=True)
class Wish:
    kind: str
    value: str = ""


def test_every_way_to_consent_is_a_step_with_evidence() -> None:
    # Whatever the steps, granted is reached by `grant` alone.
    ways = {(s, e) for s, steps in STEPS.items() for e, t in steps.items()
            if t == "granted"}  # fmt: skip
    assert ways == {("requested", "grant")}


@given(st.lists(st.sampled_from(["refuse", "withdraw", "wait", "remind", ""])))
def test_silence_never_becomes_consent(events: list[str]) -> None:
    state = "requested"
    for event in events:
        try:
            state = register.step(state, event, "", "")
        except ValueError:
            continue
        assert state != "granted"
    assert not register.stands([Row(state, created_utc=0)], "training", NOW + 1e9)


@pytest.mark.parametrize(
    ("kind", "evidence", "told"),
    [
        ("", "x", "want one of"),
        ("silence", "x", "want one of"),
        ("written", " ", "needs its text"),
        ("email", "", "needs its text"),
    ],
)
def test_consent_without_anything_to_show_is_refused(
    kind: str, evidence: str, told: str
) -> None:
    with pytest.raises(ValueError, match=told):
        register.step("requested", "grant", kind, evidence)


@pytest.mark.parametrize("kind", KINDS)
def test_consent_with_evidence(kind: str) -> None:
    assert register.step("requested", "grant", kind, "a letter") == "granted"


@pytest.mark.parametrize("state", ["refused", "withdrawn", "expired", "nonsense"])
def test_what_is_over_stays_over(state: str) -> None:
    for event in ("grant", "refuse", "withdraw"):
        with pytest.raises(ValueError, match="not possible"):
            register.step(state, event, "written", "x")


def test_consent_counts_for_its_purposes_until_it_expires() -> None:
    row = Row(expires_utc=NOW + 10)
    assert register.stands([row], "training of new  staff", NOW)
    assert not register.stands([row], "evidence", NOW)
    assert not register.stands([row], None, NOW)
    assert not register.stands([row], "", NOW)
    assert not register.stands([row], "training of new staff", NOW + 10)
    assert register.state_at(row, NOW + 10) == "expired"
    assert not register.stands([], "training of new staff", NOW)


@pytest.mark.parametrize("later", ["refused", "withdrawn"])
def test_the_last_word_counts(later: str) -> None:
    yes, no = Row(given_utc=NOW - 100), Row(later, given_utc=NOW - 50)
    for rows in itertools.permutations((yes, no)):
        assert not register.stands(rows, "training of new staff", NOW)
    again = Row(given_utc=NOW - 10)
    assert register.stands([no, again, yes], "training of new staff", NOW)


def test_a_new_request_takes_nothing_back() -> None:
    rows = [Row(), Row("requested", created_utc=NOW)]
    assert register.stands(rows, "training of new staff", NOW)


@pytest.mark.parametrize(
    ("people", "acknowledged"),
    [
        ([], False),
        ([Person()], True),
        ([Person(), Person(told_utc=None)], False),
        ([Person(), Person(told_utc=None, left_utc=NOW)], True),
        ([Person(left_utc=NOW)], False),
    ],
)
def test_a_line_records_when_all_its_people_know(
    people: list[Person], acknowledged: bool
) -> None:
    assert register.known(people, [], [], None, NOW).acknowledged is acknowledged


def test_what_is_known_of_a_number() -> None:
    known = register.known([], [Wish("place", "US-FL"), Wish("never")], [], None, NOW)
    assert (known.listed, known.override) == ("never", "US-FL")
    known = register.known([], [Wish("private")], [], None, NOW)
    assert (known.listed, known.override, known.ask_first) == ("private", None, False)


def test_who_refused_once_is_asked_whatever_the_papers_say() -> None:
    known = register.known(
        [], [Wish("ask_first")], [Row()], "training of new staff", NOW
    )
    assert known.ask_first
    assert not known.standing_consent


def test_answers_in_an_exchange_of_mail() -> None:
    exchange = """From: ada@example.org
Please answer with the words: I agree to these terms

> Please answer with the words
> I agree to these terms
From: cy@example.org
I agree to these terms.

From: bo@example.org
  Jag godkänner dessa villkor
| I agree to these terms
I agree to these terms, but only on Mondays
"""
    phrases = ["I agree to these terms.", "Jag godkänner dessa villkor."]
    assert register.answers(exchange, phrases) == 2
    assert register.answers("", phrases) == 0
    assert register.answers(exchange, []) == 0
