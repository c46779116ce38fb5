"""`linekeeper consent`: the examples through the command line, and bad use."""

import json
import shlex
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from firmware.cli import linekeeper
from firmware.consent import table_file
from tests.firmware.consent.examples import EXAMPLES, FINER, Example

#: The fields other programs rely on, in their order.
FIELDS = [
    *("level", "action", "confirm", "on_failure", "beep", "preroll_s"),
    *("reason", "references"),
]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ("--own Sweden", "want a code such as SE or US-NY, got 'Sweden'"),
        ("--own US-NY --override 'New York'", "want a code such as SE or US-NY"),
        ("--own US-NY --parties 1", "want 2 or more, or the word more, got '1'"),
        ("--own US-NY --parties -3", "want 2 or more"),
        ("--own US-NY --parties ²", "want 2 or more"),
        ("--own US-NY --as company", "'company' is not one of 'private', 'org'"),
        ("--own US-NY --direction sideways", "is not one of 'in', 'out'"),
        ("--own US-NY --trigger robot", "is not one of 'auto', 'manual'"),
        ("--own US-NY --unknown-scope moon", "'moon' is not one of"),
        ("--own US-NY --notice-method wink", "'wink' is not one of"),
        ("--own US-NY --record-anyway", "No such option"),
    ],
)
def test_bad_use_exits_2_and_says_what_was_wanted(
    arguments: str, complaint: str
) -> None:
    result = CliRunner().invoke(linekeeper, ["consent", *shlex.split(arguments)])
    assert result.exit_code == 2
    assert complaint in result.output


def ask(command: str) -> dict[str, Any]:
    result = CliRunner().invoke(linekeeper, ["consent", *shlex.split(command)])
    assert result.exit_code == 0, result.output
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


@pytest.mark.parametrize("example", [*EXAMPLES, *FINER], ids=lambda e: e.name)
def test_worked_example(example: Example) -> None:
    answer = ask(f"{example.command} --json")
    assert list(answer) == FIELDS
    assert {key: answer[key] for key in example.expected} == example.expected
    assert answer["reason"]


def test_references_name_the_laws_of_both_sides_the_stricter_first() -> None:
    answer = ask("--own US-NY --as private --number +14155550123 --json")
    laws = answer["references"]
    assert laws[0].startswith("US-CA: Cal. Penal Code 632")
    assert "US-NY: N.Y. Penal Law 250.00, 250.05" in laws
    assert laws[-1] == "US: 18 U.S.C. 2511(2)(d)"


def test_the_law_on_a_purpose_is_named_only_with_it() -> None:
    plain = "--own US-NY --as org --number +12125550123 --json"
    assert not any("73.1206" in law for law in ask(plain)["references"])
    answer = ask(f"{plain} --purpose 'radio broadcast'")
    assert answer["level"] == 2
    assert any("47 CFR 73.1206" in law for law in answer["references"])


def test_words_for_people() -> None:
    result = CliRunner().invoke(
        linekeeper, shlex.split("consent --own US-WA --as org --number 911")
    )
    lines = result.output.splitlines()
    assert lines[0].split() == ["level", "2"]
    assert "action      RECORD" in lines
    assert "beep        no" in lines
    assert lines[-1] == "This is not legal advice."
    assert not any("None" in line for line in lines)


def test_settings_fill_in_what_the_options_leave_open(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(
        '[consent]\nrecording = true\nown = "US-CT"\nrecorder = "org"\n'
        'can_inject = true\nnotice_method = "beep_only"\n'
        "[recorder]\npreroll_s = 2.5\n"
    )
    box = f"--config {config} --json --number"
    assert ask(f"{box} +12035550123")["reason"] == "beep"
    assert ask(f"{box} +12035550123 --notice-method announcement")["reason"] == (
        "announcement"
    )
    assert ask(f"{box} +12125550123 --own US-NY")["level"] == 0
    assert ask(f"{box} +12125550123 --own US-NY")["preroll_s"] == 2.5
    assert ask(f"{box} +12125550123 --own US-NY --always-ask")["level"] == 3


def test_settings_with_recording_off_deny(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[consent]\nown = "US-NY"\n')
    answer = ask(f"--config {config} --number +12125550123 --json")
    assert (answer["action"], answer["reason"]) == ("DENY", "recording_off")


def test_a_table_of_ones_own_decides(tmp_path: Path) -> None:
    raw = json.loads(table_file.text())
    raw["jurisdictions"]["SE"]["private"] = 3
    mine = tmp_path / "mine.json"
    mine.write_text(json.dumps(raw))
    config = tmp_path / "config.toml"
    config.write_text(f'[consent]\nrecording = true\njurisdictions = "{mine}"\n')
    command = f"--config {config} --own SE --as private --number +46812345678 --json"
    assert ask(command)["level"] == 3
    mine.write_text("{}")
    result = CliRunner().invoke(linekeeper, ["consent", *shlex.split(command)])
    assert result.exit_code == 2
    assert f"{mine}: lacks version" in result.output
    mine.unlink()
    result = CliRunner().invoke(linekeeper, ["consent", *shlex.split(command)])
    assert result.exit_code == 2
    assert "cannot be read" in result.output
