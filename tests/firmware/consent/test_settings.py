"""`[consent]` in the settings: closed until the owner opens it."""

from pathlib import Path

import pytest

from firmware.errors import ConfigError
from firmware.service import settings
from firmware.service.settings import Consent


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("own = 'Sweden'", "want a code such as SE or US-NY, got 'Sweden'"),
        ("own = 'us-ny'", "want a code such as SE or US-NY, got 'us-ny'"),
        ("own = ''", "want a code such as SE or US-NY, got ''"),
        ("own = 3", "want a text, got 3"),
        ("recorder = 'company'", "want one of private, org, got 'company'"),
        ("unknown_scope = 'moon'", "want one of world, own_country, got 'moon'"),
        ("notice_method = 'wink'", "want one of announcement, beep_only, got 'wink'"),
        ("always_ask = 'no'", "want true or false, got 'no'"),
    ],
)
def test_wrong_choices_are_named(tmp_path: Path, line: str, complaint: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(f"[consent]\n{line}\n")
    with pytest.raises(ConfigError) as error:
        settings.load(path)
    assert complaint in str(error.value)


@pytest.mark.parametrize("own", ["SE", "US-NY", "US-?", "AU-ACT"])
def test_codes_are_accepted(tmp_path: Path, own: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(f"[consent]\nown = '{own}'\n")
    assert settings.load(path).consent.own == own


def test_defaults_are_the_closed_ones() -> None:
    assert Consent() == Consent(
        recording=False,
        own=None,
        recorder=None,
        can_inject=False,
        notice_method="announcement",
        conservative=True,
        unknown_scope="world",
    )
