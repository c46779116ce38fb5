"""The decision as a function: what only the program can state, and failing safe."""

from dataclasses import replace
from typing import Any

import pytest

from firmware.consent import engine, numbers
from firmware.consent.engine import decide
from firmware.consent.model import Config, Decision, Facts
from firmware.consent.table import Table

#: A call that is recorded without more ado, so that a test changes one thing.
FINE = Facts(
    own="US-NY",
    recorder="private",
    number="+12125550123",
    acknowledged=True,
    in_scope=True,
    recording=True,
)


USUAL = Config()


def asked(table: Table | None, /, config: Config = USUAL, **changes: Any) -> Decision:
    return decide(replace(FINE, **changes), config, table)


def test_facts_with_nothing_stated_are_denied(table: Table) -> None:
    assert decide(Facts(), Config(), table).action == "DENY"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"recording": False}, "recording_off"),
        ({"own": None}, "own_jurisdiction_not_set"),
        ({"own": ""}, "own_jurisdiction_not_set"),
        ({"disk_low": True}, "disk_low"),
        ({"clock_lost": True}, "clock_lost"),
        ({"acknowledged": False}, "own_side_not_informed"),
        ({"listed": "never"}, "never_record"),
        ({"listed": "private"}, "never_record"),
        ({"in_scope": False}, "out_of_scope"),
    ],
)
def test_denials(table: Table, changes: dict[str, Any], reason: str) -> None:
    decision = asked(table, **changes)
    assert (decision.action, decision.reason) == ("DENY", reason)
    assert not decision.alarm


def test_the_first_rule_that_applies_decides(table: Table) -> None:
    """Taking the obstacles away one by one meets the rules in their order."""
    office = {"own": "SE", "recorder": "org", "number": "+46812345678"}
    obstacles: list[tuple[dict[str, Any], str]] = [
        ({"recording": False}, "recording_off"),
        ({"acknowledged": False}, "own_side_not_informed"),
        ({"listed": "never"}, "never_record"),
        ({"number": "112"}, "emergency"),
        ({"in_scope": False}, "out_of_scope"),
        ({"threat": True}, "statutory_exception"),
        ({"standing_consent": True}, "standing_consent"),
        ({}, "organisation_informs"),
    ]
    for at, (_, reason) in enumerate(obstacles):
        changes: dict[str, Any] = dict(office)
        for obstacle, _ in obstacles[at:]:
            changes |= obstacle
        assert asked(table, **changes).reason == reason


@pytest.mark.parametrize(
    "changes",
    [{"recording": False}, {"own": None}, {"disk_low": True}, {"clock_lost": True}],
)
def test_a_regulated_call_that_cannot_be_kept_is_an_alarm(
    table: Table, changes: dict[str, Any]
) -> None:
    assert asked(table, purpose="MiFID II", **changes).alarm
    assert not asked(table, purpose="quality", **changes).alarm


def test_a_regulated_call_that_is_kept_is_none(table: Table) -> None:
    assert not asked(table, purpose="regulated").alarm


def test_without_a_table_everything_is_denied() -> None:
    decision = asked(None)
    assert (decision.action, decision.reason) == ("DENY", "rules_unreadable")
    assert (decision.level, decision.alarm) == (4, True)


@pytest.mark.parametrize(
    "changes",
    [
        {"number": 12125550123},
        {"number": b"+12125550123"},
        {"own": 1},
        {"override": ["US-NY"]},
        {"parties": "many"},
        {"parties": None},
        {"recorder": "company"},
        {"purpose": 3},
    ],
)
def test_nonsense_is_an_internal_error_and_denied(
    table: Table, changes: dict[str, Any]
) -> None:
    decision = asked(table, **changes)
    assert (decision.action, decision.reason) == ("DENY", "internal_error")
    assert decision.level == 4
    assert decision.preroll_s == 0


def test_an_error_inside_is_denied(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> numbers.Place:
        raise RuntimeError("broken")

    monkeypatch.setattr(engine.numbers, "locate", broken)
    decision = asked(table)
    assert (decision.action, decision.reason) == ("DENY", "internal_error")


def test_manual_trigger_overrules_the_scope_and_nothing_else(table: Table) -> None:
    assert asked(table, in_scope=False, trigger="manual").action == "RECORD"
    for changes in ({"recording": False}, {"acknowledged": False}, {"listed": "never"}):
        assert asked(table, trigger="manual", legal_duty=True, **changes).action == (
            "DENY"
        )


def test_the_owners_emergency_list_counts(table: Table) -> None:
    decision = asked(
        table, own="US-WA", number="9911", listed="emergency", can_inject=True
    )
    assert (decision.action, decision.reason) == ("RECORD", "emergency")
    assert (decision.level, decision.beep, decision.notice) == (2, False, None)


def test_an_emergency_service_that_calls_back_hears_no_notice(table: Table) -> None:
    decision = asked(
        table, own="SE", number="112", direction="in", recorder="org", can_inject=True
    )
    assert (decision.action, decision.notice, decision.beep) == ("RECORD", None, False)


@pytest.mark.parametrize(
    ("changes", "notice"),
    [
        ({}, None),
        ({"own": "SE", "recorder": "org", "number": "+46812345678"}, "script"),
        (
            {
                "own": "SE",
                "recorder": "org",
                "number": "+46812345678",
                "can_inject": True,
            },
            "announcement",
        ),
        ({"number": "+14155550123"}, "script"),
        ({"number": "+14155550123", "can_inject": True}, "announcement"),
        ({"number": "+14155550123", "standing_consent": True}, "reminder"),
        ({"number": "+4930123456"}, "question"),
    ],
)
def test_which_text_is_said(
    table: Table, changes: dict[str, Any], notice: str | None
) -> None:
    assert asked(table, **changes).notice == notice


def test_a_tone_alone_is_its_own_notice(table: Table) -> None:
    decision = asked(
        table,
        Config(notice_method="beep_only"),
        own="US-CT",
        number="+12035550123",
        can_inject=True,
    )
    assert (decision.beep, decision.notice) == (True, None)


def test_what_the_decision_rests_on_is_kept(table: Table) -> None:
    decision = asked(table, number="+19025550123", parties=3)
    assert decision.places == ("CA-NS", "CA-PE", "unknown")
    assert decision.place_source == "area_code"
    assert decision.table_version == table.version
    assert asked(table, override="US-FL").place_source == "override"
    assert asked(table, number=None).place_source == "withheld"
    assert asked(table, number="P").place_source == "unparsable"


def test_preroll_is_the_owners(table: Table) -> None:
    assert asked(table, Config(preroll_s=2.5)).preroll_s == 2.5
    assert asked(table, Config(preroll_s=0)).preroll_s == 0


def test_a_third_party_under_a_standing_level_is_asked_again(table: Table) -> None:
    """A call in progress: the level jumps when somebody joins."""
    before = asked(table)
    after = asked(table, parties=3)
    assert (before.level, before.action) == (0, "RECORD")
    assert (after.level, after.action, after.confirm) == (4, "CONFIRM_FIRST", "agreed")
