"""Scope rules: when, who, how many, and what happens when nothing matches."""

from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.consent.scope import (
    DAY_MIN,
    Numbers,
    Rule,
    Scope,
    ScopeCall,
    Span,
    draw,
    match,
)

KEY = b"k" * 32
#: A Wednesday.
NOON = datetime(2026, 11, 18, 12, 0)
CALL = ScopeCall("20261118-110000-k3f9", "1", "in", "+46812345678", NOON)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def span(start: int, end: int) -> Span:
    return Span(start * 60, end * 60)


def test_without_rules_nothing_is_in_scope() -> None:
    found = match(Scope(), CALL, KEY)
    assert (found.in_scope, found.reason, found.rule) == (False, "no_rule", None)


def test_a_rule_without_conditions_covers_everything() -> None:
    found = match(Scope((Rule("all"),)), CALL, KEY)
    assert (found.in_scope, found.reason, found.rule) == (True, "rule", "all")


@pytest.mark.parametrize(
    ("when", "in_scope"),
    [
        ("2026-11-18 07:59", False),
        ("2026-11-18 08:00", True),
        ("2026-11-18 11:59", True),
        ("2026-11-18 12:00", False),
        ("2026-11-18 12:15", False),
        ("2026-11-18 12:59:59", False),
        ("2026-11-18 13:00", True),
        ("2026-11-18 16:59:59", True),
        ("2026-11-18 17:00", False),
        ("2026-11-20 09:00", True),
        ("2026-11-21 09:00", False),
        ("2026-11-22 09:00", False),
    ],
)
def test_office_hours_but_not_lunch(when: str, in_scope: bool) -> None:
    rule = Rule(
        "office",
        weekdays=frozenset(range(5)),
        times=(span(8, 17),),
        not_times=(span(12, 13),),
        direction="in",
    )
    call = replace(CALL, when=at(when))
    assert match(Scope((rule,)), call, KEY).in_scope is in_scope
    outgoing = replace(call, direction="out")
    assert match(Scope((rule,)), outgoing, KEY).in_scope is False


@pytest.mark.parametrize(
    ("when", "covered"),
    [
        ("2026-11-20 21:59", False),
        ("2026-11-20 22:00", True),  # Friday night
        ("2026-11-21 05:59", True),  # still Friday's night
        ("2026-11-21 06:00", False),
        ("2026-11-21 22:00", False),  # Saturday has none of its own
        ("2026-11-20 05:00", False),  # Thursday's night
    ],
)
def test_a_night_belongs_to_the_day_on_which_it_began(when: str, covered: bool) -> None:
    friday = frozenset({4})
    assert span(22, 6).covers(at(when), friday) is covered


def test_a_span_may_end_at_midnight() -> None:
    evening = Span(20 * 60, DAY_MIN)
    assert evening.covers(at("2026-11-18 23:59:59"))
    assert not evening.covers(at("2026-11-19 00:00"))


@pytest.mark.parametrize(
    ("rule", "call", "covered"),
    [
        (Rule("r", lines=frozenset({"1"})), CALL, True),
        (Rule("r", lines=frozenset({"2"})), CALL, False),
        (Rule("r", users=frozenset({"anna"})), replace(CALL, user="anna"), True),
        (Rule("r", users=frozenset({"anna"})), CALL, False),
        (Rule("r", direction="any"), replace(CALL, direction="unknown"), True),
        (Rule("r", direction="in"), replace(CALL, direction="unknown"), False),
        (Rule("r", numbers=Numbers(("+46*",))), CALL, True),
        (Rule("r", numbers=Numbers(("+47*",))), CALL, False),
        (Rule("r", numbers=Numbers(("+46812345678",))), CALL, True),
        (Rule("r", numbers=Numbers(("+4681234567",))), CALL, False),
        (Rule("r", numbers=Numbers(("withheld",))), CALL, False),
        (Rule("r", numbers=Numbers(("withheld",))), replace(CALL, number=""), True),
        (Rule("r", numbers=Numbers(("*",))), replace(CALL, number=""), False),
    ],
)
def test_conditions(rule: Rule, call: ScopeCall, covered: bool) -> None:
    assert rule.covers(call) is covered


def test_the_first_rule_that_covers_the_call_decides() -> None:
    quiet = Rule("quiet", record="none", numbers=Numbers(("+468*",)))
    rest = Rule("rest")
    assert match(Scope((quiet, rest)), CALL, KEY).reason == "excluded"
    assert match(Scope((rest, quiet)), CALL, KEY).reason == "rule"
    other = replace(CALL, number="+4930123456")
    assert match(Scope((quiet, rest)), other, KEY).rule == "rest"


def test_manual_only_is_out_of_scope_until_a_hand_starts_it() -> None:
    found = match(Scope((Rule("desk", record="manual"),)), CALL, KEY)
    assert (found.in_scope, found.reason, found.rule) == (False, "manual_only", "desk")


@pytest.mark.parametrize(
    ("lists", "in_scope", "reason", "listed"),
    [
        (("never", "private", "emergency", "always"), False, "never_list", "never"),
        (("private", "emergency", "always"), False, "private_list", "private"),
        (("emergency", "always"), True, "emergency_list", "emergency"),
        (("always",), True, "always_list", None),
        ((), False, "excluded", None),
    ],
)
def test_lists_come_before_rules_and_in_their_order(
    lists: tuple[str, ...], in_scope: bool, reason: str, listed: str | None
) -> None:
    here = Numbers(("+46812345678",))
    scope = replace(Scope((Rule("none", record="none"),)), **dict.fromkeys(lists, here))
    found = match(scope, CALL, KEY)
    assert (found.in_scope, found.reason, found.listed) == (in_scope, reason, listed)


def test_the_rule_says_the_purpose() -> None:
    rule = Rule("quality", purpose="quality")
    assert match(Scope((rule,)), CALL, KEY).purpose == "quality"


# Samples


def sampled(percent: float, key: bytes = KEY, calls: int = 4000) -> int:
    scope = Scope((Rule("s", record="sample", percent=percent),))
    return sum(
        match(scope, replace(CALL, id=f"20261118-{n:06}-k3f9"), key).in_scope
        for n in range(calls)
    )


@pytest.mark.parametrize("percent", [0, 1, 10, 50, 90, 100])
def test_a_sample_takes_its_share(percent: float) -> None:
    """Within four standard deviations of the binomial distribution."""
    share = percent / 100
    spread = 4 * (4000 * share * (1 - share)) ** 0.5
    assert abs(sampled(percent) - 4000 * share) <= spread


def test_the_same_call_is_always_drawn_the_same() -> None:
    assert draw(CALL.id, KEY) == draw(CALL.id, KEY)


def test_another_key_takes_other_calls() -> None:
    ids = [f"20261118-{n:06}-k3f9" for n in range(2000)]
    one = {i for i in ids if draw(i, KEY) < 0.1}
    other = {i for i in ids if draw(i, b"q" * 32) < 0.1}
    assert len(one & other) < len(one) / 3


def test_a_draw_depends_on_the_id_and_the_key_alone() -> None:
    """Nothing a caller or a user chooses can steer it: number, line, rule's name."""
    scope = Scope((Rule("a", record="sample", percent=50),))
    for percent_rule in ("a", "b"):
        renamed = Scope((Rule(percent_rule, record="sample", percent=50),))
        for call in (
            replace(CALL, number=""),
            replace(CALL, line="2"),
            replace(CALL, direction="out"),
            replace(CALL, user="anna"),
            replace(CALL, when=at("2026-01-01 03:00")),
        ):
            assert match(renamed, call, KEY).draw == match(scope, CALL, KEY).draw


def test_a_larger_share_holds_the_smaller_one() -> None:
    ids = [f"20261118-{n:06}-k3f9" for n in range(500)]
    ten = {i for i in ids if draw(i, KEY) < 0.10}
    twenty = {i for i in ids if draw(i, KEY) < 0.20}
    assert ten < twenty


@pytest.mark.parametrize("key", [b"", b"short", b"k" * 15])
def test_a_key_that_could_be_guessed_is_refused(key: bytes) -> None:
    with pytest.raises(ValueError, match="want a key of 16 bytes, got"):
        draw(CALL.id, key)


@given(st.text(st.characters(codec="utf-8")), st.binary(min_size=16, max_size=64))
def test_a_draw_lies_in_its_range(call_id: str, key: bytes) -> None:
    assert 0 <= draw(call_id, key) < 1


@given(
    st.integers(0, DAY_MIN - 1),
    st.integers(0, DAY_MIN),
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)),
)
def test_a_span_and_its_complement_share_the_day(
    start: int, end: int, when: datetime
) -> None:
    if start == end or end == DAY_MIN or start == 0:
        return
    assert Span(start, end).covers(when) is not Span(end, start).covers(when)
