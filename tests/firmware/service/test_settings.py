import dataclasses
import tomllib
from pathlib import Path

import pytest

from firmware.errors import ConfigError
from firmware.service import settings


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(text)
    return path


def test_all_errors_are_listed_at_once(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        """
        [recorder]
        preroll_s = -1
        preroll = 3
        [gpio]
        hook_active = "up"
        [alsa]
        rate_hz = 11025
        period_ms = 20.5
        [nonsense]
        """,
    )
    with pytest.raises(ConfigError) as error:
        settings.load(path)
    lines = str(error.value).splitlines()
    assert lines[0] == "config.toml: [recorder] preroll_s: want 0..30, got -1"
    assert lines[1].startswith("config.toml: [recorder] preroll: unknown; known are")
    assert (
        lines[2] == "config.toml: [gpio] hook_active: want one of low, high, got 'up'"
    )
    assert "want one of 8000, 16000, 44100, 48000, got 11025" in lines[3]
    assert lines[4] == (
        "config.toml: [alsa] period_ms: want a whole number 5..100, got 20.5"
    )
    assert lines[5].startswith("config.toml: [nonsense]: unknown; known are box")
    assert len(lines) == 6


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("[web]\nport = true", "want a whole number 1..65535, got True"),
        ("[web]\nport = '80'", "want a whole number 1..65535, got '80'"),
        ("[consent]\nrecording = 1", "want true or false, got 1"),
        ("[line]\nid = 1", "want a text, got 1"),
        ("line = 3", "want a table, got 3"),
        ("[alsa]\nchannels = true", "want one of 1, 2, got True"),
    ],
)
def test_wrong_kind_is_named(tmp_path: Path, text: str, wanted: str) -> None:
    with pytest.raises(ConfigError, match=wanted.replace(".", r"\.")):
        settings.load(write(tmp_path, text))


@pytest.mark.parametrize("text", ["[line", "x = ", "\udcff"])
def test_not_toml_is_said(tmp_path: Path, text: str) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(ConfigError, match=r"config\.toml: not valid TOML"):
        settings.load(path)


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        settings.load(tmp_path / "none.toml")


def test_new_box_records_nothing_until_its_owner_says_so(tmp_path: Path) -> None:
    assert settings.load(write(tmp_path, "")).consent.recording is False


def test_printed_settings_load_as_the_same_settings(tmp_path: Path) -> None:
    demo = settings.load(settings.DEMO_PATH)
    assert settings.load(write(tmp_path, settings.to_toml(demo))) == demo


def test_every_default_is_within_its_own_range() -> None:
    for table, key, value in settings.rows(settings.Settings()):
        text = settings.to_toml(settings.Settings())
        if value is not None:
            assert tomllib.loads(text)[table][key] == value


def test_state_option_moves_everything_below_it(tmp_path: Path) -> None:
    moved = settings.Settings().with_state(tmp_path)
    assert moved.status_path.is_relative_to(tmp_path)
    assert moved.socket_path.is_relative_to(tmp_path)
    assert dataclasses.replace(moved, box=settings.Box()) == settings.Settings()


def test_choices_lie_over_the_settings() -> None:
    laid = settings.overlay(
        settings.Settings(),
        {"own": "SE", "recording": True, "rules": "others' business"},
    )
    assert (laid.consent.own, laid.consent.recording) == ("SE", True)
    assert laid.line == settings.Settings().line


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("own", "Sweden"),
        ("recorder", "firm"),
        ("recording", "yes"),
        ("recording", None),
        ("beep", 3),
        ("always_ask", 1),
    ],
)
def test_a_choice_that_does_not_fit_switches_recording_off(
    key: str, value: object
) -> None:
    assert settings.choice_problem(key, value)
    chosen = {"own": "SE", "recording": True, "purpose": "orders", key: value}
    laid = settings.overlay(settings.Settings(), chosen)
    assert laid.consent.recording is False
    assert laid.consent.purpose == "orders"


def test_only_listed_settings_can_be_chosen_on_a_page() -> None:
    assert settings.choice_problem("acknowledged", True)
    assert (
        settings.overlay(settings.Settings(), {"can_inject": True})
        == settings.Settings()
    )
