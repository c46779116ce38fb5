"""What a call's record keeps of the terms under which it was made."""

from dataclasses import replace
from typing import Any

import pytest

from firmware.archive.model import Call
from firmware.archive.retention import Rules, add_months, judge
from firmware.archive.rules import facts_of
from firmware.call.terms import Terms
from firmware.service.settings import Settings

START = 1_800_000_000.0
NOTHING: dict[str, Any] = {}


@pytest.mark.parametrize(
    ("consent", "purpose", "regulated", "kept"),
    [
        ({}, None, False, NOTHING),
        ({}, "no such purpose", False, NOTHING),
        (
            {"period": "6 months", "recorder": "org"},
            None,
            False,
            {"told": {"period": "6 months", "private": False}},
        ),
        ({"legal_duty": True}, None, False, {"duty": True}),
        ({}, "regulated", True, {"duty": True}),
        ({}, "training", False, {"purpose": {"id": "training", "by": "rule"}}),
    ],
)
def test_the_record_keeps_what_held_then(
    consent: dict[str, Any], purpose: str | None, regulated: bool, kept: Any
) -> None:
    settings = Settings()
    settings = replace(settings, consent=replace(settings.consent, **consent))
    assert Terms.of(settings).keeping(purpose, regulated=regulated) == kept


def made_under(terms: Terms, **more: Any) -> Call:
    call = Call("20270115-080000-aaaa", "1", START, outcome="answered", audio="kept")
    call.keeping = {**terms.keeping(None, regulated=False), **more}
    return call


def test_what_was_told_is_kept_to() -> None:
    call = made_under(Terms("3 months"), star={})
    rules = Rules(purpose="service")
    end = add_months(START, 3)
    assert judge(facts_of(call), rules, end - 1).action == "keep"
    assert judge(facts_of(call), rules, end).reason == "consent_over"


def test_a_private_persons_star_is_stronger_than_their_own_period() -> None:
    rules = Rules(purpose="personal")
    call = made_under(Terms("1 year", private=True))
    assert judge(facts_of(call), rules, add_months(START, 12)).action == "drop_audio"
    call.keeping["star"] = {}
    assert judge(facts_of(call), rules, add_months(START, 500)).action == "keep"


def test_a_duty_keeps_beyond_what_was_told() -> None:
    call = made_under(Terms("6 months", duty=True))
    rules = Rules(minimum="mifid")
    verdict = judge(facts_of(call), rules, add_months(START, 59))
    assert verdict.reason == "legal_minimum"
    assert judge(facts_of(call), rules, add_months(START, 60)).action == "drop_audio"
