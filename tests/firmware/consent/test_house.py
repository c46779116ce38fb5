"""Settings, scope rules and table together, as the recorder will ask them."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from firmware.consent import house
from firmware.consent.house import House
from firmware.consent.model import Config, Decision, Facts
from firmware.consent.scope import Match
from firmware.errors import ConfigError
from firmware.service import settings as settings_file
from firmware.service.settings import Consent, Settings

OFFICE = Settings(
    consent=Consent(recording=True, own="SE", recorder="org", can_inject=True)
)
HOURS = """
[lists]
never = ["08-123 456 99"]
emergency = ["90110"]
[[rule]]
id = "office"
record = "all"
weekdays = ["mon-fri"]
times = ["08:00-17:00"]
not_times = ["12:00-13:00"]
direction = "in"
purpose = "customer service"
"""


def ask(
    here: House, number: str | None, when: str, **changes: object
) -> tuple[Decision, Match | None]:
    facts = replace(
        here.facts,
        **{"number": number, "direction": "in", "acknowledged": True, **changes},
    )
    return here.decide(
        facts,
        call_id="20261118-110000-k3f9",
        line="1",
        when=datetime.fromisoformat(when),
    )


def test_a_sample_rule_without_a_key_is_refused() -> None:
    text = "[[rule]]\nid = 's'\nrecord = 'sample'\npercent = 10\n"
    with pytest.raises(ValueError, match="want a key of 16 bytes"):
        house.build(OFFICE, scope_text=text)
    assert house.build(OFFICE, scope_text=text, sample_key=b"k" * 32).scope


def test_wrong_files_are_the_owners_to_mend() -> None:
    with pytest.raises(ConfigError, match="scope rules: not valid TOML"):
        house.build(OFFICE, scope_text="[[")
    with pytest.raises(ConfigError, match="jurisdictions: not valid JSON"):
        house.build(OFFICE, table_text="{")


def test_default_settings_deny() -> None:
    decision, _ = ask(house.build(Settings()), "+46812345678", "2026-11-18 09:00")
    assert (decision.action, decision.reason) == ("DENY", "recording_off")
    switched = replace(Settings(), consent=Consent(recording=True))
    decision, _ = ask(house.build(switched), "+46812345678", "2026-11-18 09:00")
    assert (decision.action, decision.reason) == ("DENY", "own_jurisdiction_not_set")


@pytest.mark.parametrize(
    ("number", "when", "action", "reason"),
    [
        (
            "0812345678",
            "2026-11-18 09:00",
            "RECORD_WITH_NOTICE",
            "organisation_informs",
        ),
        ("0812345678", "2026-11-18 12:15", "DENY", "out_of_scope"),
        ("0812345678", "2026-11-21 09:00", "DENY", "out_of_scope"),
        ("0812345699", "2026-11-18 09:00", "DENY", "never_record"),
        ("+46812345699", "2026-11-18 09:00", "DENY", "never_record"),
        ("90110", "2026-11-21 09:00", "RECORD", "emergency"),
        ("112", "2026-11-21 09:00", "RECORD", "emergency"),
        (None, "2026-11-18 09:00", "CONFIRM_FIRST", "ask_first"),
    ],
)
def test_scope_and_law_together(
    number: str | None, when: str, action: str, reason: str
) -> None:
    decision, found = ask(house.build(OFFICE, scope_text=HOURS), number, when)
    assert found is not None
    assert (decision.action, decision.reason) == (action, reason)


def test_a_hand_overrules_the_schedule() -> None:
    here = house.build(OFFICE, scope_text=HOURS)
    decision, found = ask(here, "+46812345678", "2026-11-18 12:15", trigger="manual")
    assert (decision.action, decision.level) == ("RECORD_WITH_NOTICE", 1)
    assert found is not None
    assert found.reason == "no_rule"


def test_a_call_marked_private_stays_private() -> None:
    """Even if its number is on a list that would let it through."""
    here = house.build(OFFICE, scope_text=HOURS)
    decision, _ = ask(here, "90110", "2026-11-18 09:00", listed="private")
    assert decision.reason == "never_record"


def test_without_rules_every_call_is_in_scope() -> None:
    decision, found = ask(house.build(OFFICE), "+46812345678", "2026-11-22 03:00")
    assert found is None
    assert decision.action == "RECORD_WITH_NOTICE"


def test_the_rules_purpose_reaches_the_law() -> None:
    """Wisconsin treats recordings kept as evidence apart."""
    text = "[[rule]]\nid = 'r'\nrecord = 'all'\npurpose = 'evidence'\n"
    shop = Settings(consent=Consent(recording=True, own="US-WI", recorder="org"))
    decision, _ = ask(
        house.build(shop, scope_text=text), "+14145550123", "2026-11-18 09:00"
    )
    assert decision.level == 2


def test_a_recorder_without_a_table_denies() -> None:
    decision, _ = ask(
        House(Facts(own="SE", recording=True), Config(), None),
        "+46812345678",
        "2026-11-18 09:00",
    )
    assert (decision.action, decision.reason) == ("DENY", "rules_unreadable")


def test_all_of_the_owners_choices_are_used() -> None:
    chosen = replace(
        Settings(),
        consent=Consent(
            recording=True,
            own="US-CT",
            recorder="private",
            purpose="evidence",
            can_inject=True,
            notice_method="beep_only",
            always_ask=True,
            conservative=False,
            unknown_scope="own_country",
        ),
        recorder=settings_file.Recorder(preroll_s=1.5),
    )
    assert house.facts_of(chosen) == Facts(
        own="US-CT",
        recorder="private",
        purpose="evidence",
        can_inject=True,
        recording=True,
    )
    assert house.config_of(chosen) == Config(
        conservative=False,
        always_ask=True,
        unknown_scope="own_country",
        notice_method="beep_only",
        preroll_s=1.5,
    )


def test_the_demo_records_the_numbers_it_simulates(tmp_path: Path) -> None:
    here = house.build(settings_file.load(settings_file.DEMO_PATH))
    for number in ("+12125550142", "2125550142", "12125550142"):
        decision, _ = ask(here, number, "2026-11-18 09:00")
        assert (decision.action, decision.level) == ("RECORD", 0)
