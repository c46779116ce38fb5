"""Codes of the telephone: pressed here they are carried out, from afar never."""

from pathlib import Path

import numpy as np
import pytest

from firmware.call.sides import Pressed, judge
from firmware.service.settings import Recorder
from tests.firmware.call.consent_world import Played, chosen, play, scenario

PRESSED = '[[call.event]]\nkind = "digits"\nat = {}\ndigits = "{}"\nside = "{}"\n'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "call.toml"


def phone(rng: np.random.Generator) -> Pressed:
    return Pressed(rng.uniform(-25, -8), rng.uniform(-3, 3))


def code(of: Pressed, rng: np.random.Generator, down_db: float = 0) -> list[Pressed]:
    """Return three digits of a telephone as a detector hears them."""
    return [
        Pressed(of.level_dbov - down_db + rng.normal(0, 0.3),
                of.twist_db + rng.normal(0, 0.3))
        for _ in range(3)
    ]  # fmt: skip


def test_1000_far_codes_none_is_carried_out() -> None:
    """Imbalance -6 to 20 dB, far telephones 2 dB louder or softer than their talk."""
    rng = np.random.default_rng(6)
    sides = []
    for _ in range(1000):
        near, apart = phone(rng), rng.uniform(-6, 20)
        far = Pressed(near.level_dbov - apart + rng.normal(0, 2), rng.normal(-2, 2))
        measured = None if rng.random() < 0.2 else apart + rng.normal(0, 0.5)
        sides.append(judge(code(far, rng), [near], measured))
    assert sides.count("near") == 0
    assert sides.count("far") > 300


def test_99_percent_of_near_codes_are_carried_out_from_6_db_on() -> None:
    rng = np.random.default_rng(7)
    sides = []
    for _ in range(1000):
        phones = [phone(rng) for _ in range(rng.integers(1, 4))]
        apart = rng.uniform(7, 20) + rng.normal(0, 0.3)
        sides.append(judge(code(phones[-1], rng), phones, apart))
    assert sides.count("near") >= 990


@pytest.mark.parametrize(
    ("digits", "phones", "apart"),
    [([], [Pressed(-10, 0)], 12.0), ([Pressed(-10, 0)], [], 12.0),
     ([Pressed(-10, 0)], [Pressed(-10, 0)], None),
     ([Pressed(-10, 0)], [Pressed(-10, 0)], 3.0),
     ([Pressed(-10, 0), Pressed(-10, 9)], [Pressed(-10, 0)], 12.0),
     ([Pressed(float("nan"), float("nan"))], [Pressed(-10, 0)], 12.0)],
)  # fmt: skip
def test_what_cannot_be_told_is_not_carried_out(
    digits: list[Pressed], phones: list[Pressed], apart: float | None
) -> None:
    assert judge(digits, phones, apart) == "unsure"


def called(path: Path, keys: str, side: str = "near", more: str = "") -> Played:
    call = scenario(
        path,
        "12125550123",
        talk_s=26,
        more=PRESSED.format(18, keys, side) + more,
    )
    return play(call, chosen("US-NY", "private"), recorder=Recorder())


def kinds(played: Played) -> list[str]:
    return [mark.kind for mark in played.call.marks if mark.kind.startswith("key_")]


@pytest.mark.parametrize(
    ("keys", "kind"), [("**4", "key_mark"), ("**6", "key_recap"), ("**5", "key_keep")]
)
def test_marks_recap_and_keep(path: Path, keys: str, kind: str) -> None:
    played = called(path, keys)
    assert kinds(played) == [kind]
    assert ("star" in played.call.keeping) == (kind == "key_keep")
    assert played.call.audio == "kept"


def test_private_leaves_nothing(path: Path) -> None:
    played = called(path, "**9")
    assert kinds(played) == ["key_private"]
    assert (played.call.audio, played.call.no_audio_reason) == ("none", "private")
    assert played.leaves_no_sound()


def test_pause_and_resume(path: Path) -> None:
    played = called(path, "**3", more=PRESSED.format(21, "**3", "near"))
    assert kinds(played) == ["key_pause", "key_resume"]


@pytest.mark.parametrize("keys", ["**9", "**0", "**3"])
def test_the_far_side_cannot_press_them(path: Path, keys: str) -> None:
    played = called(path, keys, side="far")
    assert kinds(played) == ["key_far"]
    assert played.call.audio == "kept"
    assert "paused" not in played.states
