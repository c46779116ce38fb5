"""`linekeeper consent`: the examples through the command line, and bad use."""

import json

import pytest
from click.testing import CliRunner

from firmware.cli import linekeeper
from tests.firmware.consent.examples import EXAMPLES, Example

#: The fields other programs rely on, in their order.
FIELDS = [
    *("level", "action", "confirm", "on_failure", "beep", "preroll_s"),
    *("reason", "references"),
]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ("--own Sweden", "want a code such as SE or US-NY, got 'Sweden'"),
        ("--own US-NY --override NY", ""),  # two letters are a country: Not listed
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
    import shlex

    result = CliRunner().invoke(linekeeper, ["consent", *shlex.split(arguments)])
    if complaint:
        assert result.exit_code == 2
        assert complaint in result.output
    else:
        assert result.exit_code == 0


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e.name)
def test_worked_example(example: Example) -> None:
    result = CliRunner().invoke(
        linekeeper, ["consent", *example.command.split(), "--json"]
    )
    assert result.exit_code == 0, result.output
    answer = json.loads(result.stdout)
    assert list(answer) == FIELDS
    assert {key: answer[key] for key in example.expected} == example.expected
    assert answer["references"]
