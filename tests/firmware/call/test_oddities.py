"""Voicemail that waits, a handset left off, faxes by rule, alarm panels."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.call.oddities import VALUES, AlarmDialler
from firmware.line.sim import scenario as shipped
from firmware.service.settings import Recorder
from tests.firmware.call.consent_world import Played, chosen, play, scenario

#: Account 1234, new event of type 18, 1131 (burglary), group 01, zone 015, check digit.
MESSAGE = "123418113101015"


def checked(message: str) -> str:
    """Return a message with its check digit (SIA DC-05)."""
    total = sum(VALUES[symbol] for symbol in message)
    return message + next(d for d in "1234567890*#ABC" if (total + VALUES[d]) % 15 == 0)


def fed(digits: str, step: int = 800) -> bool:
    dialler = AlarmDialler()
    return any(dialler.press(d, i * step) for i, d in enumerate(digits))


def test_a_message_of_an_alarm_panel() -> None:
    assert fed(checked(MESSAGE))
    assert fed("55" + checked(MESSAGE))


@pytest.mark.parametrize(
    "digits",
    ["", "123418", MESSAGE, "4111111111111111", checked(MESSAGE.replace("18", "17"))],
)
def test_other_digits_are_none(digits: str) -> None:
    assert not fed(digits)


def test_a_finger_is_too_slow() -> None:
    assert not fed(checked(MESSAGE), step=1600)


@given(st.text("0123456789*#", max_size=15))
def test_fewer_than_16_digits_are_none(digits: str) -> None:
    assert not fed(digits)


def ran(tmp_path: Path, name: str, **recorder: object) -> Played:
    path = tmp_path / "line.toml"
    text = (shipped.FOLDER / f"{name}.toml").read_text()
    path.write_text(text.replace('"555', '"212555'))  # a place, so that it is kept
    chosen_now = Recorder(**recorder)  # type: ignore[arg-type]
    return play(path, chosen("US-NY", "private"), recorder=chosen_now)


@pytest.mark.parametrize(
    ("name", "flag"),
    [("voicemail_waiting", "voicemail_waiting"), ("left_off_hook", "left_off_hook")],
)
def test_the_line_says_so(tmp_path: Path, name: str, flag: str) -> None:
    assert flag in ran(tmp_path, name).call.flags


def test_an_ordinary_call_has_no_such_flag(tmp_path: Path) -> None:
    assert ran(tmp_path, "outgoing_dtmf_answered").call.flags == []


def test_faxes_are_kept_or_not_by_rule(tmp_path: Path) -> None:
    kept = ran(tmp_path, "fax")
    assert (kept.call.outcome, kept.call.audio) == ("fax", "kept")


def test_fax_without_sound(tmp_path: Path) -> None:
    skipped = ran(tmp_path, "fax", fax="skip")
    assert (skipped.call.outcome, skipped.call.audio) == ("fax", "none")
    assert skipped.call.no_audio_reason == "fax"
    assert skipped.leaves_no_sound()


def test_an_alarm_panel_calls(tmp_path: Path) -> None:
    keys = (
        f'digit_ms = 50\npause_ms = 50\n[[call.event]]\nkind = "digits"\nat = 4\n'
        f'digits = "{checked(MESSAGE)}"\n'
    )
    call = scenario(tmp_path / "call.toml", "2125550123", talk_s=12, more=keys)
    played = play(call, chosen("US-NY", "private"))
    assert "alarm_dialler" in played.call.flags
