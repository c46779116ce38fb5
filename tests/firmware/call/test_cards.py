"""Card numbers pressed on a telephone: what is one, and that nothing of it is kept."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from dsp import dtmf
from firmware.archive import Archive, derived, handout
from firmware.archive.evidence import bundle
from firmware.call.card_guard import Mode as CardMode
from firmware.call.cards import AFTER, TOGETHER, CardDigits, is_card, passes
from firmware.service.settings import Recorder
from tests.firmware.call.consent_world import Played, chosen, play, scenario

STEP = 2400


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "call.toml"


#: Test numbers that issuers publish, 13 to 19 digits.
CARDS = (
    "4222222222222",
    "30569309025904",
    "378282246310005",
    "4111111111111111",
    "5555555555554444",
    "6304000000000000009",
)


def press(digits: str, *, enough: int = 0, step: int = STEP) -> int | None:
    cards, found = CardDigits(enough), None
    for place, symbol in enumerate(digits):
        begun = (place + 1) * step
        found = cards.press(symbol, begun, begun + 800)
    return found


@pytest.mark.parametrize("number", [n for n in CARDS if passes(n)])
def test_card_numbers_are_found(number: str) -> None:
    assert press(number) == STEP
    assert press(number + "#") == STEP
    assert press(number, step=TOGETHER) == TOGETHER


@pytest.mark.parametrize(
    "digits",
    [
        "1",
        "1234#",
        "0",
        "12025550123",
        "0018005550199",
        "0046850550123",
        "**1",
        "4111111111111112",
        "411111111111",
        "*98#1234#1",
        "0000000000000000",
    ],
)
def test_dialling_pins_and_menus_are_none(digits: str) -> None:
    assert press(digits) is None


def test_a_number_in_two_halves_and_after_a_menu() -> None:
    assert press("4111*1111#11111111") == STEP
    assert press("1234#4111111111111111") == STEP
    assert press("24111111111111111", enough=16) == STEP


def test_two_numbers_with_a_pause_are_two() -> None:
    cards = CardDigits(0)
    for place, symbol in enumerate("41111111"):
        cards.press(symbol, place * STEP + 1, place * STEP + 800)
    late = 8 * STEP + TOGETHER
    for place, symbol in enumerate("11111111"):
        begun = late + place * STEP
        assert cards.press(symbol, begun, begun + 800) is None


def test_date_and_code_after_a_card_are_card_data() -> None:
    cards = CardDigits(0)
    for place, symbol in enumerate("4111111111111111"):
        cards.press(symbol, (place + 1) * STEP, (place + 1) * STEP + 800)
    at = 17 * STEP + 2 * TOGETHER
    assert cards.press("1", at, at + 800) == at
    at += AFTER + TOGETHER
    assert cards.press("1", at + 2 * TOGETHER, at + 2 * TOGETHER + 800) is None


def test_so_many_digits_are_card_data_whatever_they_are() -> None:
    assert press("1234567890123456", enough=16) == STEP
    assert press("1234567890123456", enough=0) is None


@given(st.text("0123456789", min_size=13, max_size=15))
def test_a_number_passes_the_check_in_one_case_of_ten(digits: str) -> None:
    assert sum(passes(digits[:-1] + last) for last in "0123456789") == 1


@given(st.text("0123456789*#", max_size=12))
def test_fewer_than_13_digits_are_never_a_card(digits: str) -> None:
    assert press(digits, enough=16) is None
    assert not is_card(digits)


PRESSED = '[[call.event]]\nkind = "digits"\nat = 2\ndigits = "{}"\n'
CARD = "4111111111111111"


def played_with(path: Path, mode: CardMode, digits: str = CARD) -> Played:
    call = scenario(path, "12125550123", talk_s=14, more=PRESSED.format(digits))
    recorder = Recorder(card_guard=mode)
    return play(call, chosen("US-NY", "private"), recorder=recorder)


def talked(samples: np.ndarray, played: Played) -> list[str]:
    """Return the digits heard after the answer."""
    answer = (played.call.answer_s or 0) - played.call.audio_offset_s
    return [
        digit.symbol
        for digit in dtmf.decode(samples, 8000)
        if digit.start > answer * 8000
    ]


def heard(data: bytes, played: Played) -> list[str]:
    x, rate = soundfile.read(io.BytesIO(data), dtype="int16")
    assert rate in (8000, 48000)
    return talked(x[:: rate // 8000], played)


@pytest.mark.parametrize("mode", ["master", "copies"])
def test_no_copy_holds_a_digit(path: Path, mode: CardMode) -> None:
    """Samples, original, cut copy, files of all formats, bundle, record."""
    played = played_with(path, mode)
    [mask] = played.call.consent["masks"]
    assert mask["where"] == mode
    assert mask["to_s"] - mask["from_s"] == pytest.approx(3.2, abs=0.7)
    kinds = [m.kind for m in played.call.marks]
    assert kinds.count("card_masked") == 1
    assert "card_masked" in played.call.flags
    digits = [m.text for m in played.call.marks if m.kind == "digit"]
    assert "".join(digits) == "12125550123"
    for name in ("catalogue.sqlite3", "catalogue.sqlite3-wal"):
        if (played.state / name).exists():
            assert "1111" not in (played.state / name).read_text("latin-1")
    with Archive(played.state) as archive:
        call = archive.calls.get(played.call.id)
        assert "1111" not in (archive.folder(call) / "call.json").read_text()
        assert talked(archive.read_samples(call), played) == []
        with archive.open_original(call) as original:  # type: ignore[attr-defined]
            assert heard(original.read_at(0, original.size), played) == []
        for kind in handout.FORMATS:
            data = handout.as_bytes(archive, call, kind)
            assert heard(data, played) == []
        entry = derived.cut(archive, call.id, (0.0, call.audio_s), "a", 1.0, reason="b")
        call = archive.calls.get(call.id)
        with derived.open_copy(archive, call, entry["name"]) as copy:
            data = copy.read_at(0, copy.size)
        assert heard(data, played) == []
        made = io.BytesIO()
        bundle.build(archive, call.id, made, by="a", now_utc=1_800_000_000.0)
        with zipfile.ZipFile(made) as pack:
            sounds = [n for n in pack.namelist() if n.endswith(".wav")]
            assert sounds
            for name in sounds:
                assert heard(pack.read(name), played) == []


def test_off_keeps_what_was_pressed(path: Path) -> None:
    played = played_with(path, "off")
    assert "".join(talked(played.samples(), played)) == CARD
    assert "masks" not in played.call.consent


def test_digits_of_no_card_are_kept_whole(path: Path) -> None:
    played = played_with(path, "master", digits="123456789012")
    assert "".join(talked(played.samples(), played)) == "123456789012"
    digits = [m.text for m in played.call.marks if m.kind == "digit"]
    assert "".join(digits)[-12:] == "123456789012"
    assert played.states[-2:] == ["committed", "closed"]
