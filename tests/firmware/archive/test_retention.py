"""What stays and what goes: the choice alone, against its rules said once more."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from firmware.archive.purposes import PURPOSES
from firmware.archive.retention import (
    Facts,
    Rules,
    Worth,
    add_months,
    for_space,
    judge,
)

NOW = 1_800_000_000.0
DAY = 86_400.0
YEAR = 365.25 * DAY


def month_ends(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


facts_any = st.builds(
    Facts,
    id=st.text("abcdef", min_size=4, max_size=4),
    start_utc=st.floats(NOW - 10 * YEAR, NOW),
    audio=st.booleans(),
    log=st.booleans(),
    size=st.integers(1, 10**7),
    small=st.none() | st.just(10),
    running=st.booleans(),
    held=st.booleans(),
    restricted=st.booleans(),
    duty=st.booleans(),
    erase_utc=st.none() | st.floats(NOW - YEAR, NOW + YEAR),
    consent_until_utc=st.none() | st.floats(NOW - YEAR, NOW + YEAR),
    purpose=st.none() | st.sampled_from(sorted(PURPOSES)),
    starred=st.booleans(),
    order=st.booleans(),
    noted=st.booleans(),
    known=st.booleans(),
    incoming=st.booleans(),
    talk_s=st.floats(0, 600),
)
rules_any = st.builds(
    Rules,
    purpose=st.none() | st.sampled_from(sorted(PURPOSES)),
    months=st.none() | st.integers(1, 60),
    personal_months=st.integers(0, 24),
    site_months=st.integers(0, 36),
    log_months=st.integers(0, 60),
    lossless_months=st.integers(0, 12),
    low_value_days=st.integers(0, 60),
    minimum=st.none() | st.just("mifid"),
    extended=st.booleans(),
)


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ("2026-01-31", 1, "2026-02-28"),
        ("2024-01-31", 1, "2024-02-29"),
        ("2026-08-31", 6, "2027-02-28"),
        ("2026-11-21", 12, "2027-11-21"),
        ("2024-02-29", 60, "2029-02-28"),
        ("2026-12-15", 1, "2027-01-15"),
        ("2100-01-30", 1, "2100-02-28"),
    ],
)
def test_a_month_is_a_calendar_month(start: str, months: int, end: str) -> None:
    assert add_months(month_ends(start), months) == month_ends(end)


@given(facts_any, rules_any)
def test_nothing_takes_a_held_or_running_call(facts: Facts, rules: Rules) -> None:
    assert judge(replace(facts, held=True), rules, NOW).action == "keep"
    assert judge(replace(facts, running=True), rules, NOW).action == "keep"


@given(facts_any, rules_any)
def test_a_legal_minimum_beats_erasure_and_all_below(
    facts: Facts, rules: Rules
) -> None:
    young = replace(facts, duty=True, start_utc=NOW - 4.9 * YEAR, erase_utc=NOW - 1)
    verdict = judge(young, replace(rules, minimum="mifid"), NOW)
    assert verdict.action == "keep"
    over = replace(
        young, start_utc=NOW - 7.1 * YEAR, held=False, running=False, purpose=None
    )
    assert judge(over, replace(rules, minimum="mifid"), NOW).reason == "erasure"


@given(facts_any, rules_any)
def test_an_erasure_beats_restriction_consent_and_periods(
    facts: Facts, rules: Rules
) -> None:
    free = replace(facts, held=False, running=False, duty=False, purpose="personal")
    rules = replace(rules, purpose=None)
    asked = replace(free, erase_utc=NOW)
    assert judge(asked, rules, NOW).action == "forget"
    assert judge(asked, rules, NOW).reason == "erasure"


@given(facts_any, rules_any)
def test_the_first_rule_that_speaks_decides(facts: Facts, rules: Rules) -> None:
    """The precedence of the rules, written down as a list and nothing else."""
    assume(facts.audio and not facts.running)
    minimum = PURPOSES.get(facts.purpose or rules.purpose or "") or PURPOSES["legal"]
    law = [minimum.months] if minimum.minimum else []
    law += [60] if facts.duty and rules.minimum else []
    if rules.extended and (minimum.id == "mifid" or (facts.duty and rules.minimum)):
        law.append(84)
    floor = max((add_months(facts.start_utc, m or 0) for m in law), default=0.0)
    expected = next(
        (
            reason
            for reason, speaks in (
                ("hold", facts.held),
                ("legal_minimum", floor > NOW),
                ("erasure", facts.erase_utc is not None and facts.erase_utc <= NOW),
                ("restricted", facts.restricted),
                (
                    "consent_over",
                    facts.consent_until_utc is not None
                    and facts.consent_until_utc <= NOW,
                ),
            )
            if speaks
        ),
        None,
    )
    got = judge(facts, rules, NOW).reason
    if expected is None:
        assert got not in ("hold", "legal_minimum", "erasure", "restricted")
        assert got != "consent_over"
    else:
        assert got == expected


@pytest.mark.parametrize(
    ("purpose", "months"),
    [(row.id, row.months) for row in PURPOSES.values() if row.months],
)
def test_a_purpose_keeps_its_months_and_not_a_day_more(
    purpose: str, months: int
) -> None:
    start = month_ends("2020-03-10")
    facts, rules = Facts("a", start, purpose=purpose), Rules(site_months=1)
    end = add_months(start, months)
    assert judge(facts, rules, end - 1).action == "keep"
    assert judge(facts, rules, end).action == "drop_audio"


def test_without_a_purpose_the_sites_maximum_holds() -> None:
    facts = Facts("a", NOW)
    assert judge(facts, Rules(), add_months(NOW, 12) - 1).due_utc == add_months(NOW, 12)
    assert judge(facts, Rules(), add_months(NOW, 12)).reason == "site_maximum"


def test_a_persons_own_calls_stay_for_as_long_as_the_person_chose() -> None:
    facts = Facts("a", NOW, purpose="personal")
    assert judge(facts, Rules(), NOW + 90 * YEAR).action == "keep"
    two = Rules(personal_months=24)
    assert judge(facts, two, add_months(NOW, 24)).reason == "purpose_over"


def test_a_star_lengthens_a_period_up_to_the_sites_maximum() -> None:
    facts = Facts("a", NOW, purpose="service", starred=True)
    assert judge(facts, Rules(), add_months(NOW, 6)).action == "keep"
    assert judge(facts, Rules(), add_months(NOW, 12)).reason == "site_maximum"
    assert judge(facts, Rules(site_months=0), NOW + 50 * YEAR).action == "keep"
    dispute = replace(facts, purpose="dispute")  # longer than the maximum by itself
    assert judge(dispute, Rules(), add_months(NOW, 24) - 1).action == "keep"


@given(st.integers(1, 59))
def test_an_owner_cannot_choose_less_than_a_law_demands(months: int) -> None:
    facts = Facts("a", NOW, purpose="mifid")
    verdict = judge(facts, Rules(months=months), add_months(NOW, 60) - 1)
    assert verdict.reason == "legal_minimum"
    assert "2014/65" in verdict.source


def test_an_authority_that_asks_gets_seven_years() -> None:
    facts = Facts("a", NOW, duty=True)
    rules = Rules(minimum="mifid", extended=True)
    assert judge(facts, rules, add_months(NOW, 84) - 1).action == "keep"
    assert judge(facts, rules, add_months(NOW, 84)).action == "drop_audio"


@given(facts_any, rules_any)
def test_the_log_never_goes_before_the_audio(facts: Facts, rules: Rules) -> None:
    verdict = judge(replace(facts, audio=True, erase_utc=None), rules, NOW)
    assert verdict.action != "forget"


def test_the_log_has_a_period_of_its_own() -> None:
    facts = Facts("a", NOW, audio=False)
    assert judge(facts, Rules(), add_months(NOW, 24) - 1).action == "keep"
    assert judge(facts, Rules(), add_months(NOW, 24)).reason == "log_over"
    assert judge(facts, Rules(log_months=0), NOW + 50 * YEAR).action == "keep"
    gone = replace(facts, log=False)
    assert judge(gone, Rules(), NOW + 50 * YEAR).action == "keep"


def test_the_ladder_goes_from_lossless_to_small_to_nothing() -> None:
    facts = Facts("a", NOW, purpose="service", small=10)
    rules = Rules(lossless_months=2)
    steps = [judge(facts, rules, add_months(NOW, m)).action for m in (1, 2, 5)]
    assert steps == ["keep", "step", "step"]
    stepped = replace(facts, small=None)
    steps = [judge(stepped, rules, add_months(NOW, m)).action for m in (3, 6)]
    assert steps == ["keep", "drop_audio"]


def test_a_robocall_goes_early_where_the_owner_wants_it() -> None:
    robocall = Facts("a", NOW, talk_s=8.0)
    rules = Rules(low_value_days=30)
    assert judge(robocall, rules, NOW + 30 * DAY).reason == "low_value"
    for kept in (
        replace(robocall, known=True),
        replace(robocall, noted=True),
        replace(robocall, order=True),
        replace(robocall, talk_s=31.0),
        replace(robocall, incoming=False),
    ):
        assert judge(kept, rules, NOW + 30 * DAY).action == "keep"


@given(facts_any, rules_any, st.floats(0, 10 * YEAR), st.floats(0, 10 * YEAR))
def test_time_never_brings_anything_back(
    facts: Facts, rules: Rules, one: float, two: float
) -> None:
    ladder = {"keep": 0, "step": 1, "drop_audio": 2, "forget": 3}
    early, late = sorted((one, two))
    before = ladder[judge(facts, rules, facts.start_utc + early).action]
    after = ladder[judge(facts, rules, facts.start_utc + late).action]
    assert after >= before


@given(facts_any, rules_any)
def test_what_is_kept_until_a_day_is_kept_until_that_day(
    facts: Facts, rules: Rules
) -> None:
    verdict = judge(facts, rules, NOW)
    if verdict.reason == "in_time":
        assert verdict.due_utc is not None
        assert judge(facts, rules, verdict.due_utc - 1).action == "keep"
        assert judge(facts, rules, verdict.due_utc).action != "keep"


# When the disk runs short


def order(at: int) -> Facts:
    return Facts(f"order{at}", NOW - at, size=10**6, order=True, talk_s=120.0)


def test_fifty_robocalls_never_evict_an_order() -> None:
    calls = [order(at) for at in (9 * 10**6, 8 * 10**6, 7 * 10**6)]
    calls += [
        Facts(f"robo{n}", NOW - n, size=10**6, talk_s=9.0, incoming=True)
        for n in range(50)
    ]
    gone = for_space(calls, Rules(), NOW, 10**9)
    assert {verdict.id for verdict in gone} == {f"robo{n}" for n in range(50)}


@given(st.lists(facts_any, max_size=12, unique_by=lambda f: f.id), rules_any,
       st.integers(0, 10**8))  # fmt: skip
def test_space_takes_the_least_worth_first_and_the_bound_never(
    calls: list[Facts], rules: Rules, need: int
) -> None:
    gone = {verdict.id: verdict for verdict in for_space(calls, rules, NOW, need)}
    by_id = {facts.id: facts for facts in calls}
    removed = [by_id[i] for i, v in gone.items() if v.action == "drop_audio"]
    for facts in (by_id[call_id] for call_id in gone):
        bound = facts.held or facts.restricted or facts.running
        assert not bound
        assert facts.worth < Worth.KEPT
        assert judge(facts, rules, NOW).reason != "legal_minimum"
    worth = max((facts.worth for facts in removed), default=Worth.JUNK)
    for facts in calls:
        free = not (facts.held or facts.restricted or facts.running)
        free = free and facts.audio
        free = free and judge(facts, rules, NOW).reason != "legal_minimum"
        if free and facts.worth < worth:
            assert facts.id in gone, "something of less worth stayed"


@given(st.lists(facts_any, min_size=2, max_size=12, unique_by=lambda f: f.id))
def test_of_equal_worth_the_oldest_goes_first(calls: list[Facts]) -> None:
    plain = [
        replace(f, held=False, restricted=False, running=False, audio=True, duty=False,
                starred=False, order=False, noted=True, purpose=None, small=None)
        for f in calls
    ]  # fmt: skip
    gone = [v.id for v in for_space(plain, Rules(), NOW, plain[0].size)]
    ages = sorted(plain, key=lambda f: (f.start_utc, f.id))
    assert gone == [f.id for f in ages[: len(gone)]]


@given(st.lists(facts_any, max_size=12, unique_by=lambda f: f.id))
def test_no_more_goes_than_is_needed(calls: list[Facts]) -> None:
    assert for_space(calls, Rules(), NOW, 0) == []
