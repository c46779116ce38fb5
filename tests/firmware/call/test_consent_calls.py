"""The worked examples of docs/law.md as whole calls on the simulated line."""

from dataclasses import asdict, replace
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from firmware.archive import Archive
from firmware.archive.model import Call
from firmware.call.consult import Question, consult_of
from firmware.call.household import Registers
from firmware.call.keeper import Keeper
from firmware.call.recorder import Recorder
from firmware.consent.register import Known
from firmware.errors import StoreError
from firmware.service import status
from firmware.service.settings import Consent, Settings
from tests.firmware.call import consent_world
from tests.firmware.call.consent_world import (
    NOTICE_S,
    Notices,
    Played,
    Says,
    chosen,
    play,
    scenario,
)
from tests.firmware.call.world import START_UTC, Strangers

ANNA = {"by": "Anna"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "call.toml"


def decision(played: Played) -> tuple[Any, ...]:
    consent = played.call.consent
    return consent["action"], consent["level"], consent["reason"]


def test_w1_one_party_is_kept_with_pre_roll(path: Path) -> None:
    consent = chosen("US-NY", "private")
    played = play(scenario(path, "12125550123"), consent)
    assert decision(played) == ("RECORD", 0, "one_party_consent")
    assert played.states == ["ringing", "decided", "committed", "closed"]
    assert played.call.audio == "kept"
    assert played.call.audio_offset_s == -5.0


def test_w2_w19_file_starts_when_the_operator_confirms(path: Path) -> None:
    consent = chosen("US-NY", "private")
    says: Says = [(65.0, "informed", ANNA)]
    played = play(scenario(path, "14155550123", talk_s=80), consent, says=says)
    assert decision(played) == ("CONFIRM_FIRST", 3, "tell_first")
    assert played.states == ["ringing", "decided", "asking", "committed", "closed"]
    assert played.audio_from_s == pytest.approx(65.0, abs=0.2)
    assert (
        min(played.files_seen["master.pcm.sealed"]) >= (played.truth.answer_s or 0) + 65
    )
    attested = played.call.consent["attested"]
    assert (attested["kind"], attested["by"]) == ("informed", "user:Anna")
    assert attested["at_s"] == played.row("committed")["at_s"]


def test_w2_unconfirmed_leaves_nothing(path: Path) -> None:
    played = play(scenario(path, "14155550123"), chosen("US-NY", "private"))
    assert played.states[-1] == "not_confirmed"
    assert (played.call.audio, played.call.no_audio_reason) == ("none", "not_confirmed")
    assert played.files_seen == {}
    assert played.leaves_no_sound()


def test_w3_notice_then_five_seconds_then_kept(path: Path) -> None:
    consent = chosen("US-NY", "org", can_inject=True)
    played = play(scenario(path, "14155550123", talk_s=45), consent)
    assert decision(played) == ("RECORD_WITH_NOTICE", 3, "announcement")
    assert played.states == [
        "ringing", "decided", "announcing", "provisional", "committed", "closed",
    ]  # fmt: skip
    told, kept = played.row("provisional")["at_s"], played.row("committed")["at_s"]
    assert kept - told == pytest.approx(5.0, abs=0.01)
    notice = played.call.consent["notice"]
    assert notice["heard"] is True
    assert played.call.audio_offset_s == pytest.approx(notice["at_s"], abs=0.01)
    beeps = played.call.consent["beeps"]
    assert beeps["expected"] == beeps["heard"] >= 2
    assert beeps["times_s"][0] - kept < 1.0


def test_w4_announcement_is_inside_the_file(path: Path) -> None:
    consent = chosen("US-WA", "org", can_inject=True)
    played = play(scenario(path, "5035550123", direction="incoming"), consent)
    assert decision(played) == ("RECORD_WITH_NOTICE", 2, "announcement")
    assert played.states == ["ringing", "announcing", "committed", "closed"]
    notice = played.call.consent["notice"]
    assert played.call.audio_offset_s == pytest.approx(notice["at_s"], abs=0.01)
    assert played.call.audio_s > NOTICE_S + 10


def test_w5_the_beep_is_the_notice(path: Path) -> None:
    consent = chosen("US-CT", "org", can_inject=True, notice_method="beep_only")
    call = scenario(path, "2035550123", direction="incoming", talk_s=50)
    played = play(call, consent)
    assert decision(played) == ("RECORD_WITH_NOTICE", 2, "beep")
    assert played.states == ["ringing", "announcing", "committed", "closed"]
    beeps = played.call.consent["beeps"]
    assert beeps["expected"] == beeps["heard"] == 4
    gaps = [b - a for a, b in zip(beeps["times_s"], beeps["times_s"][1:], strict=False)]
    assert gaps == pytest.approx([15.0] * 3, abs=0.1)
    assert played.call.audio_offset_s == pytest.approx(beeps["times_s"][0], abs=0.01)


@pytest.mark.parametrize("hz", [900.0, 950.0, 1800.0])
def test_beep_of_the_owners_figures_is_heard(path: Path, hz: float) -> None:
    """950 Hz every 10 s as in China's tone table, and the ends of the range."""
    own = {"beep": "custom", "beep_hz": hz, "beep_length_s": 0.4}
    consent = chosen("US-NY", "org", can_inject=True, beep_interval_s=10.0, **own)
    played = play(scenario(path, "14155550123", talk_s=60), consent)
    beeps = played.call.consent["beeps"]
    assert beeps["expected"] == beeps["heard"] >= 4
    gaps = [b - a for a, b in zip(beeps["times_s"], beeps["times_s"][1:], strict=False)]
    assert gaps == pytest.approx([10.0] * len(gaps), abs=0.1)


@pytest.mark.parametrize(
    ("interval_s", "told"), [(15.0, "beep"), (30.0, "announcement")]
)
def test_a_rare_beep_is_no_notice(path: Path, interval_s: float, told: str) -> None:
    """Connecticut, 52-570d: a tone about every 15 seconds."""
    own = {"beep": "custom", "beep_interval_s": interval_s}
    consent = chosen("US-CT", "org", can_inject=True, notice_method="beep_only", **own)
    played = play(scenario(path, "2035550123", direction="incoming"), consent)
    assert decision(played) == ("RECORD_WITH_NOTICE", 2, told)


def test_w6_beep_alone_is_not_enough_for_massachusetts(path: Path) -> None:
    consent = chosen("US-CT", "org", can_inject=True, notice_method="beep_only")
    played = play(scenario(path, "6175550123", direction="incoming"), consent)
    assert decision(played) == ("RECORD_WITH_NOTICE", 3, "announcement")
    assert played.states[1:4] == ["announcing", "provisional", "committed"]
    assert played.call.consent["beeps"]["heard"] >= 1


def test_w7_withheld_number_waits_for_a_yes(path: Path) -> None:
    consent = chosen("US-TX", "private")
    says: Says = [(4.0, "informed", ANNA), (9.0, "agreed", ANNA)]
    played = play(scenario(path, None, direction="incoming"), consent, says=says)
    assert decision(played) == ("CONFIRM_FIRST", 4, "ask_first")
    assert played.told[0] is not None
    assert "yes" in played.told[0]
    assert played.told[1] is None
    assert played.audio_from_s == pytest.approx(9.0, abs=0.2)


@pytest.mark.parametrize(
    ("own", "recorder", "number", "level", "country"),
    [
        ("US-TX", "private", "18005550123", 3, "us"),  # W8
        ("SE", "private", "004930123456", 4, "se"),  # W11
    ],
)
def test_w8_w11_nothing_without_a_word(
    own: str, recorder: str, number: str, level: int, country: str, path: Path
) -> None:
    played = play(scenario(path, number, country=country), chosen(own, recorder))
    assert decision(played)[:2] == ("CONFIRM_FIRST", level)
    assert played.states[-2:] == ["asking", "not_confirmed"]
    assert played.leaves_no_sound()


def test_w9_sweden_for_oneself(path: Path) -> None:
    call = scenario(path, "0812345678", country="se")
    played = play(call, chosen("SE", "private"))
    assert decision(played) == ("RECORD", 0, "one_party_consent")
    assert played.call.audio_offset_s == -5.0


def test_w10_organisation_informs_and_keeps_the_pre_roll(path: Path) -> None:
    call = scenario(path, "0812345678", country="se")
    played = play(call, chosen("SE", "org", can_inject=True))
    assert decision(played) == ("RECORD_WITH_NOTICE", 1, "organisation_informs")
    assert played.states == ["ringing", "decided", "announcing", "committed", "closed"]
    assert (played.call.audio, played.call.audio_offset_s) == ("kept", -5.0)


def test_w10_a_notice_that_nobody_heard_is_quarantined(path: Path) -> None:
    call = scenario(path, "0812345678", country="se", line="inject_loss_db = 60")
    played = play(call, chosen("SE", "org", can_inject=True))
    assert played.states[-2:] == ["unannounced", "quarantined"]
    assert played.call.audio == "quarantined"
    assert "notice_missed" in played.call.flags
    with pytest.raises(StoreError, match="quarantine"):
        played.samples()
    with (
        Archive(played.state, write=False) as archive,
        pytest.raises(StoreError, match="quarantine"),
    ):
        archive.peaks(played.call)


def test_w10_without_a_speaker_the_operator_tells(path: Path) -> None:
    call = scenario(path, "0812345678", country="se")
    consent = chosen("SE", "org")
    played = play(call, consent, says=[(6.0, "informed", ANNA)])
    assert played.states == ["ringing", "decided", "telling", "committed", "closed"]
    assert (played.call.audio, played.call.audio_offset_s) == ("kept", -5.0)
    assert min(played.files_seen["master.pcm.sealed"]) >= played.truth.answer_s + 6  # type: ignore[operator]  # answered


def test_w10_untold_is_quarantined_and_released_by_telling(path: Path) -> None:
    call = scenario(path, "0812345678", country="se", talk_s=60)
    never = play(call, chosen("SE", "org"))
    assert never.states[-3:] == ["telling", "unannounced", "quarantined"]
    assert never.call.audio == "quarantined"
    late = play(
        scenario(path.with_name("late.toml"), "0812345678", country="se", talk_s=60),
        chosen("SE", "org"),
        says=[(40.0, "informed", ANNA)],
    )
    assert late.states[-3:] == ["unannounced", "committed", "closed"]
    assert late.call.audio == "kept"


def test_w12_the_address_beats_the_number(path: Path) -> None:
    known = Known(acknowledged=True, override="US-FL")
    call = scenario(path, "17135550123")
    played = play(call, chosen("US-TX", "private"), known=known)
    assert decision(played) == ("CONFIRM_FIRST", 3, "tell_first")
    assert played.leaves_no_sound()


def test_w13_own_side_not_told(path: Path) -> None:
    consent = chosen("US-OH", "org", acknowledged=False)
    played = play(scenario(path, "6145550123", direction="incoming"), consent)
    assert decision(played)[::2] == ("DENY", "own_side_not_informed")
    assert played.states == ["ringing", "denied"]
    assert played.call.no_audio_reason == "own_side_not_informed"
    assert played.leaves_no_sound()


@pytest.mark.parametrize("by_hand", [False, True])
def test_w14_out_of_scope_but_by_hand(path: Path, by_hand: bool) -> None:
    rules = path.with_name("rules.toml")
    rules.write_text('[[rule]]\nid = "never"\nrecord = "manual"\n')
    consent = chosen("SE", "org", scope_rules=str(rules))
    call = scenario(path, "0812345678", country="se", direction="incoming")
    hand: Says = [(8.0, "record", ANNA), (10.0, "informed", ANNA)]
    played = play(call, consent, says=hand if by_hand else ())
    if by_hand:
        assert decision(played) == ("RECORD_WITH_NOTICE", 1, "organisation_informs")
        assert played.states == ["ringing", "denied", "telling", "committed", "closed"]
        assert played.audio_from_s == pytest.approx(3.0, abs=0.2)  # 5 s of pre-roll
    else:
        assert decision(played) == ("DENY", 1, "out_of_scope")
        assert played.leaves_no_sound()


def test_w15_standing_consent_and_a_reminder(path: Path) -> None:
    known = Known(acknowledged=True, standing_consent=True)
    consent = chosen("US-CA", "org", can_inject=True)
    played = play(scenario(path, "13105550123"), consent, known=known)
    assert decision(played) == ("RECORD_WITH_NOTICE", 3, "standing_consent")
    assert played.call.consent["on_failure"] == "keep"
    assert played.states[-2:] == ["committed", "closed"]
    assert played.call.consent["notice"]["id"] == "reminder-en"
    assert played.call.audio == "kept"


def test_w16_threat_is_recorded_without_a_word(path: Path) -> None:
    consent = chosen("US-WA", "private", can_inject=True)
    call = scenario(path, "2065550123", direction="incoming")
    played = play(call, consent, says=[(1.0, "threat", ANNA)])
    assert decision(played) == ("RECORD", 2, "statutory_exception")
    assert played.states == ["ringing", "announcing", "committed", "closed"]
    assert played.audio_from_s == pytest.approx(1.0, abs=0.2)
    assert "beeps" not in played.call.consent


def test_w17_emergency_call_is_silent(path: Path) -> None:
    consent = chosen("US-WA", "private", can_inject=True)
    played = play(scenario(path, "911"), consent)
    assert decision(played) == ("RECORD", 2, "emergency")
    assert played.call.audio == "kept"
    assert played.call.audio_offset_s == 0.0
    assert "notice" not in played.call.consent
    assert "beeps" not in played.call.consent


def test_w18_no_after_the_notice_leaves_nothing(path: Path) -> None:
    consent = chosen("US-NY", "org", can_inject=True)
    call = scenario(path, "4155550123", direction="incoming", talk_s=60)
    says: Says = [(NOTICE_S + 3.5, "refused", ANNA), (20.0, "record", ANNA)]
    played = play(call, consent, says=says)
    assert played.states == ["ringing", "announcing", "provisional", "discarded"]
    assert (played.call.audio, played.call.no_audio_reason) == ("none", "refused")
    assert "refused" in played.call.flags
    assert played.files_seen == {}
    assert played.leaves_no_sound()


def test_w20_a_third_person_pauses_until_all_agree(path: Path) -> None:
    consent = chosen("US-NY", "private")
    says: Says = [
        (40.0, "third_party", ANNA),
        (45.0, "informed", ANNA),
        (50.0, "agreed", ANNA),
    ]
    played = play(scenario(path, "12125550123", talk_s=70), consent, says=says)
    assert played.states[-4:] == ["committed", "asking_again", "committed", "closed"]
    assert played.call.consent["level"] == 4
    assert played.told[1] is not None
    answer = (played.truth.answer_s or 0) - played.truth.start_s
    silent = played.samples()[round((5 + answer + 40.2) * 8000) :][: 9 * 8000]
    assert not silent.any()


def test_w20_without_agreement_the_beginning_is_kept(path: Path) -> None:
    says: Says = [(10.0, "third_party", ANNA)]
    call = scenario(path, "12125550123")
    played = play(call, chosen("US-NY", "private"), says=says)
    assert played.states[-2:] == ["asking_again", "closed"]
    assert played.call.audio == "kept"
    end = played.call.audio_offset_s + played.call.audio_s
    answer = (played.truth.answer_s or 0) - played.truth.start_s
    assert end == pytest.approx(answer + 10.0, abs=0.3)


def test_the_search_for_sound_finds_it(path: Path) -> None:
    call = scenario(path, "12125550123")
    played = play(call, chosen("US-NY", "private"))
    assert not played.leaves_no_sound()
    for audio in played.state.rglob("*.flac"):
        audio.unlink()
    for peaks in played.state.rglob("*.dat"):
        peaks.unlink()
    assert played.leaves_no_sound()
    middle = round((played.truth.answer_s or 0) * 8000) + 5 * 8000
    piece = played.heard[middle : middle + 5 * 8000].astype("<i2").tobytes()
    (played.state / "rest").write_bytes(b"x" * 13 + piece)
    assert not played.leaves_no_sound()


# Other events


def test_a_notice_that_nobody_heard_leaves_nothing(path: Path) -> None:
    consent = chosen("US-NY", "org", can_inject=True)
    call = scenario(
        path, "4155550123", direction="incoming", line="inject_loss_db = 60"
    )
    played = play(call, consent)
    assert played.states == ["ringing", "announcing", "discarded"]
    assert played.call.no_audio_reason == "notice_not_heard"
    assert played.files_seen == {}
    assert played.leaves_no_sound()


def test_withdrawal_is_quarantined_and_kept_with_a_reason(path: Path) -> None:
    says: Says = [(10.0, "withdraw", ANNA)]
    call = scenario(path, "12125550123")
    played = play(call, chosen("US-NY", "private"), says=says)
    assert played.states[-2:] == ["committed", "quarantined"]
    assert played.call.audio == "quarantined"
    until = played.call.consent["quarantine"]["until_utc"]
    with Archive(played.state) as archive:
        with pytest.raises(StoreError, match="a name and a reason"):
            archive.release(played.call.id, "Anna", " ", 0.0)
        kept = archive.release(played.call.id, "Anna", "claim 0123", 0.0)
        assert kept.audio == "kept"
        assert len(archive.read_samples(kept)) > 10 * 8000
        assert kept.consent["quarantine"]["until_utc"] == until
        assert archive.expire_quarantine(9e9) == []


def test_quarantine_ends_after_72_hours(path: Path) -> None:
    says: Says = [(10.0, "withdraw", ANNA)]
    call = scenario(path, "12125550123")
    played = play(call, chosen("US-NY", "private"), says=says)
    end = played.call.start_utc + 72 * 3600
    with Archive(played.state) as archive:
        assert archive.expire_quarantine(end) == []
        assert [c.id for c in archive.expire_quarantine(end + 120)] == [played.call.id]
        gone = archive.calls.get(played.call.id)
    assert (gone.audio, gone.no_audio_reason) == ("none", "quarantine_over")
    assert played.leaves_no_sound()


def test_pause_of_the_line_ends_by_itself(path: Path) -> None:
    says: Says = [(5.0, "pause", {"minutes": 15, "by": "Anna"})]
    call = scenario(path, "12125550123", talk_s=30)
    played = play(call, chosen("US-NY", "private"), says=says)
    assert played.states[-2:] == ["paused", "closed"]
    end = played.call.audio_offset_s + played.call.audio_s
    answer = (played.truth.answer_s or 0) - played.truth.start_s
    assert end == pytest.approx(answer + 5.0, abs=0.3)


@pytest.mark.parametrize("minutes", [0, 14, "15", -1])
def test_odd_pauses_are_refused(path: Path, minutes: Any) -> None:
    says: Says = [(5.0, "pause", {"minutes": minutes})]
    call = scenario(path, "12125550123", talk_s=12)
    played = play(call, chosen("US-NY", "private"), says=says)
    assert played.told == [f"minutes: want one of 15, 30, 60, got {minutes!r}"]
    assert "paused" not in played.states


def event(kind: str, at_s: float, more: str = "") -> str:
    return f'\n[[call.event]]\nkind = "{kind}"\nat = {at_s}\n{more}\n'


def test_key_on_the_telephone_says_that_they_know(path: Path) -> None:
    keys = event("digits", 8, 'digits = "**1"')
    call = scenario(path, "14155550123", talk_s=40, more=keys)
    played = play(call, chosen("US-NY", "private"))
    assert played.states[-3:] == ["asking", "committed", "closed"]
    assert played.call.consent["attested"]["by"] == "key"
    assert played.audio_from_s == pytest.approx(8.6, abs=0.6)


def test_key_on_the_telephone_says_no(path: Path) -> None:
    keys = event("digits", 8, 'digits = "**0"')
    call = scenario(path, "14155550123", talk_s=40, more=keys)
    played = play(call, chosen("US-NY", "private"))
    assert played.states[-1] == "discarded"
    assert played.leaves_no_sound()


def test_key_pauses_and_goes_on(path: Path) -> None:
    keys = event("digits", 8, 'digits = "**3"') + event("digits", 18, 'digits = "**3"')
    call = scenario(path, "12125550123", talk_s=40, more=keys)
    played = play(call, chosen("US-NY", "private"))
    assert played.states[-4:] == ["committed", "paused", "committed", "closed"]
    answer = (played.truth.answer_s or 0) - played.truth.start_s
    silent = played.samples()[round((5 + answer + 11) * 8000) :][: 6 * 8000]
    assert not silent.any()


@pytest.mark.parametrize(("at_s", "end"), [(1.0, "not_confirmed"), (9.0, "closed")])
def test_key_1_after_the_question_is_a_yes(path: Path, at_s: float, end: str) -> None:
    keys = event("digits", at_s, 'digits = "1"')
    call = scenario(path, None, direction="incoming", more=keys)
    played = play(call, chosen("US-TX", "private", can_inject=True))
    assert played.call.consent["notice"]["id"] == "question-en"
    assert played.states[-1] == end
    if end == "closed":
        assert played.call.consent["attested"]["kind"] == "agreed"
        assert played.call.consent["beeps"]["heard"] >= 1
    else:
        assert played.leaves_no_sound()


def test_button_says_what_the_call_needs(path: Path) -> None:
    wired = '[sensors]\nsignals = ["hook", "ring", "line", "button"]'
    call = scenario(
        path, "14155550123", talk_s=40, line=wired, more=event("button", 12)
    )
    played = play(call, chosen("US-NY", "private"))
    assert played.states[-3:] == ["asking", "committed", "closed"]
    attested = played.call.consent["attested"]
    assert (attested["kind"], attested["by"]) == ("informed", "button")


@pytest.mark.parametrize(
    "what", [event("hold", 10, "length_s = 40"), event("hook_flash", 10)]
)
def test_whoever_comes_back_may_be_somebody_else(path: Path, what: str) -> None:
    call = scenario(path, "12125550123", talk_s=70, more=what)
    played = play(call, chosen("US-NY", "private"))
    assert played.states[-3:] == ["committed", "asking_again", "closed"]
    assert (played.call.consent["level"], played.call.audio) == (4, "kept")


def test_a_refusal_is_remembered_by_number(tmp_path: Path) -> None:
    """The registers of a real archive: refused once, asked first from then on."""
    settings = Settings(consent=chosen("US-NY", "private")).with_state(tmp_path)
    with Archive(tmp_path) as archive:
        people = Registers(archive, settings)
        assert not people.wary()
        people.refused("+12125550123", "20260101-000000-0000", "Anna", 5.0)
        assert people.wary()
        known = people.known("1", "+12125550123", "quality", 6.0)
        assert (known.ask_first, known.standing_consent) == (True, False)
        call = Call("20260101-000100-0000", "1", 1e9, "incoming", "2125550123")
        consult = consult_of(settings, people)
        assert consult.renew()
        decision, _ = consult.decide(call, Question(1.8e9, clock="synced"))
        assert (decision.level, decision.confirm) == (3, "informed")


def test_choice_on_the_page_is_taken_over(tmp_path: Path) -> None:
    settings = Settings(consent=Consent(acknowledged=True)).with_state(tmp_path)
    call = Call("20260101-000100-0000", "1", 1e9, "incoming", "2125550123")
    with Archive(tmp_path) as archive:
        consult = consult_of(settings, Registers(archive, settings))
        consult.renew()
        ask = Question(1.8e9, clock="synced")
        assert consult.decide(call, ask)[0].reason == "recording_off"
        choices = {"recording": True, "own": "US-NY", "recorder": "private"}
        archive.choices.set(choices, "Anna", 7.0)
        assert consult.renew()
        assert not consult.renew()
        assert consult.decide(call, ask)[0].action == "RECORD"
        archive.choices.set({"rules": "not rules ["}, "Anna", 8.0)
        assert consult.renew()
        assert consult.decide(call, ask)[0].reason == "rules_unreadable"
    assert (tmp_path / "sample.key").stat().st_mode & 0o777 == 0o600


def test_choices_that_cannot_be_read_for_a_moment_deny_no_longer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(consent=chosen("US-NY", "private")).with_state(tmp_path)
    call = Call("20260101-000100-0000", "1", 1e9, "incoming", "2125550123")
    ask = Question(1.8e9, clock="synced")

    def locked() -> int:
        raise StoreError("catalogue.sqlite3: database is locked")

    with Archive(tmp_path) as archive:
        consult = consult_of(settings, Registers(archive, settings))
        assert consult.renew()
        with monkeypatch.context() as trouble:
            trouble.setattr(archive.choices, "changed", locked)
            assert consult.renew()
            assert consult.decide(call, ask)[0].action == "DENY"
        assert consult.renew()
        assert consult.decide(call, ask)[0].action == "RECORD"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"disk_free": lambda: 1 << 20}, "disk_low"),
        ({"paused": True}, "paused"),
        ({"only_by_hand": True}, "not_requested"),
    ],
)
def test_what_denies_every_call(change: dict[str, Any], reason: str) -> None:
    settings = Settings(consent=chosen("US-NY", "private"))
    consult = replace(consult_of(settings, Strangers(settings)), **change)
    consult.renew()
    call = Call("20260101-000100-0000", "1", 1e9, "incoming", "2125550123")
    decision, _ = consult.decide(call, Question(1.8e9, clock="synced"))
    assert (decision.action, decision.reason) == ("DENY", reason)


def test_clock_that_was_never_set_denies() -> None:
    settings = Settings(consent=chosen("US-NY", "private"))
    consult = consult_of(settings, Strangers(settings))
    consult.renew()
    call = Call("20260101-000100-0000", "1", 1e9, "incoming", "2125550123")
    assert consult.decide(call, Question(1000.0))[0].reason == "clock_lost"
    assert consult.decide(call, Question(1.8e9))[0].action == "RECORD"


@pytest.mark.parametrize(
    ("left_s", "state"), [(600.0, "denied"), (8.0, "committed"), (-1.0, "committed")]
)
def test_a_pause_outlives_the_recorder(path: Path, left_s: float, state: str) -> None:
    call = scenario(path, "12125550123")
    settings = Settings().with_state(path.with_suffix(""))
    settings.runtime_dir.mkdir(parents=True)
    line = status.LineState("1", paused_until_utc=START_UTC + left_s)
    before = status.Status(1, 0.0, START_UTC, True, "synced", lines=[line])
    status.write(settings.status_path, before)
    played = play(call, chosen("US-NY", "private"))
    assert (
        played.row(state)["cause"]
        == {
            "denied": "paused",
            "committed": "one_party_consent",
        }[state]
    )
    if state == "denied":
        assert played.call.no_audio_reason == "paused"
        assert played.leaves_no_sound()
    told = status.read(settings.status_path)
    assert told is not None
    assert (told["lines"][0]["paused_until_utc"] is not None) == (state == "denied")


def test_status_tells_what_the_operator_should_say(path: Path) -> None:
    told: list[dict[str, Any]] = []
    written = status.write

    def note(path: Path, state: status.Status) -> None:
        told.append(dict(asdict(state)["lines"][0]))
        written(path, state)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("firmware.service.status.write", note)
        says: Says = [(10.0, "informed", ANNA)]
        call = scenario(path, "14155550123", direction="incoming", talk_s=20)
        play(call, chosen("US-NY", "private"), says=says, block=800)
    told = [t for t in told if t["call_id"]]
    states = [k for k, _ in groupby(t["consent_state"] for t in told)]
    assert states[:3] == ["ringing", "asking", "committed"]
    for line in told:
        assert line["prompt"] == (line["consent_state"] == "asking")
        assert line["recording"] == (line["consent_state"] == "committed")
    asking = next(t for t in told if t["prompt"])
    assert (asking["consent_level"], asking["consent_confirm"]) == (3, "informed")
    assert asking["consent_action"] == "CONFIRM_FIRST"
    assert asking["notice_language"] == "en"


def test_crash_while_nobody_was_told_leaves_it_locked(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Class 1, begun for want of a word, and the recorder dies in the call."""
    call = scenario(path, "0812345678", country="se", talk_s=60)

    class DiedError(RuntimeError):
        pass

    def die(recorder: Recorder) -> None:
        raise DiedError

    monkeypatch.setattr(Recorder, "_finish", die)
    monkeypatch.setattr(consent_world, "HALT_S", 55.0)
    with pytest.raises(DiedError):
        play(call, chosen("SE", "org"))
    with Archive(path.with_suffix("")) as archive:
        [found] = archive.recover(START_UTC + 100, None)
        archive.finish_pending()
        found = archive.calls.get(found.id)
        assert (found.audio, found.quarantined) == ("quarantined", True)


def test_card_digits_are_cut_out_and_recording_goes_on(path: Path) -> None:
    keys = event("digits", 8, 'digits = "4111111111111111"')
    call = scenario(path, "12125550123", talk_s=45, more=keys)
    played = play(call, chosen("US-NY", "private"))
    assert played.states[-2:] == ["committed", "closed"]
    [mask] = played.call.consent["masks"]
    answer = (played.truth.answer_s or 0) - played.truth.start_s
    assert mask["from_s"] == pytest.approx(answer + 7.8, abs=0.3)
    assert mask["to_s"] == pytest.approx(answer + 8 + 2.8 + 0.2, abs=0.4)
    first = round((mask["from_s"] - played.call.audio_offset_s) * 8000)
    last = round((mask["to_s"] - played.call.audio_offset_s) * 8000)
    samples = played.samples()
    assert not samples[first + 100 : last - 100].any()
    assert samples[last + 400 :].std() > 10
    marks = [m.text for m in played.call.marks if m.kind == "digit"]
    assert "".join(marks) == "12125550123"
    assert "1111" not in (played.state / "catalogue.sqlite3").read_text("latin-1")


def test_a_pin_is_no_card(path: Path) -> None:
    keys = event("digits", 8, 'digits = "12345678901"')
    call = scenario(path, "12125550123", talk_s=30, more=keys)
    played = play(call, chosen("US-NY", "private"))
    assert "paused" not in played.states
    assert "masks" not in played.call.consent


def test_a_denial_in_the_middle_leaves_nothing(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The number is put on the list while the call is being recorded."""
    objects: list[bool] = []
    join = Keeper.stranger

    def stranger(keeper: Keeper, at: int, actor: str, *, joins: bool) -> None:
        objects.append(True)
        join(keeper, at, actor, joins=joins)

    def known(*_: Any) -> Known:
        return Known(acknowledged=True, listed="never" if objects else None)

    monkeypatch.setattr(Keeper, "stranger", stranger)
    monkeypatch.setattr(Strangers, "known", known)
    call = scenario(path, "12125550123")
    says: Says = [(12.0, "third_party", ANNA)]
    played = play(call, chosen("US-NY", "private"), says=says)
    assert played.states[-2:] == ["committed", "discarded"]
    assert "master.pcm.sealed" in played.files_seen
    assert (played.call.audio, played.call.no_audio_reason) == ("none", "never_record")
    assert played.leaves_no_sound()


class Mute(Notices):
    """Texts that nobody has recorded and nothing can read."""

    def announcement(self, kind: str, language: str) -> None:
        return None


def test_without_a_voice_the_operator_tells_them(path: Path) -> None:
    consent = chosen("US-NY", "org", can_inject=True)
    call = scenario(path, "4155550123", direction="incoming")
    says: Says = [(6.0, "informed", ANNA)]
    played = play(call, consent, says=says, library=Mute())
    assert decision(played) == ("CONFIRM_FIRST", 3, "tell_first")
    assert played.states == ["ringing", "asking", "committed", "closed"]
    told = status.read(Settings().with_state(played.state).status_path)
    assert told is not None
    assert "no voice" in told["lines"][0]["message"]


def test_a_beep_needs_no_voice(path: Path) -> None:
    consent = chosen("US-CT", "org", can_inject=True, notice_method="beep_only")
    call = scenario(path, "2035550123", direction="incoming")
    played = play(call, consent, library=Mute())
    assert decision(played) == ("RECORD_WITH_NOTICE", 2, "beep")
    assert played.states[-2:] == ["committed", "closed"]
