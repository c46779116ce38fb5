"""Text, settings and voice put together."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from firmware.call.phrases import SPOKEN, Phrases, phrases_of
from firmware.consent.notices import shipped
from firmware.service.settings import Consent, Settings
from firmware.service.studio import FOLDER, Studio

CHOSEN = Consent(
    owner="Hill Street Locksmiths",
    purpose="keeping track of orders",
    period="three months",
    rights_url="example.org/rights",
)
SETTINGS = Settings(consent=CHOSEN)


@pytest.fixture
def phrases(tmp_path: Path) -> Phrases:
    """Phrases with recordings of the English announcement and nothing else."""
    (tmp_path / FOLDER).mkdir()
    wave = 0.2 * np.sin(np.arange(16_000) / 5)
    soundfile.write(tmp_path / FOLDER / "announcement-en.wav", wave, 8000)
    return Phrases(SETTINGS, shipped(), Studio(tmp_path / FOLDER, "no-such-voice"))


def test_a_recording_becomes_an_announcement(phrases: Phrases) -> None:
    made = phrases.announcement("announcement", "en")
    assert made is not None
    assert (made.id, made.language, made.source) == (
        "announcement-en",
        "en",
        "recording",
    )
    assert "Hill Street Locksmiths" in made.text
    assert len(made.sha256) == 64
    assert phrases.trouble == ""
    assert phrases.announcement("announcement", "en") is made


@pytest.mark.parametrize("kind", ["question", "reminder"])
def test_what_cannot_be_said_is_none_and_says_why(phrases: Phrases, kind: str) -> None:
    assert phrases.announcement(kind, "en") is None
    assert "espeak-ng" in phrases.trouble


@pytest.mark.parametrize("kind", ["form", "policy", "script", "nonsense"])
def test_what_is_not_spoken_is_none(phrases: Phrases, kind: str) -> None:
    assert phrases.announcement(kind, "en") is None


def test_a_setting_that_is_missing_is_named(phrases: Phrases) -> None:
    phrases.renew(replace(SETTINGS, consent=replace(CHOSEN, owner=None)))
    assert phrases.announcement("announcement", "en") is None
    assert "[consent] owner" in phrases.trouble


def test_new_settings_make_new_announcements(phrases: Phrases) -> None:
    first = phrases.announcement("announcement", "en")
    other = replace(SETTINGS, consent=replace(CHOSEN, owner="Maple Locks"))
    phrases.renew(other)
    second = phrases.announcement("announcement", "en")
    assert first is not None
    assert second is not None
    assert "Maple Locks" in second.text


def test_what_was_prepared_is_at_hand(phrases: Phrases, tmp_path: Path) -> None:
    phrases.prepare()
    (tmp_path / FOLDER / "announcement-en.wav").unlink()
    assert phrases.announcement("announcement", "en") is not None
    assert len(SPOKEN) == 3


def test_the_language_follows_the_other_side(phrases: Phrases) -> None:
    assert phrases.language(("SE",)) == "sv"
    assert phrases.language(("unknown",)) == "en"


def test_a_box_has_its_recordings_in_its_state_folder(tmp_path: Path) -> None:
    settings = SETTINGS.with_state(tmp_path)
    (tmp_path / FOLDER).mkdir()
    wave = 0.2 * np.sin(np.arange(16_000) / 5)
    soundfile.write(tmp_path / FOLDER / "reminder-en.wav", wave, 8000)
    made = phrases_of(settings).announcement("reminder", "en")
    assert made is not None
    assert made.source == "recording"
