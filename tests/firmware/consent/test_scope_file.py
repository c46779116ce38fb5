"""The owner's file of scope rules: what is refused, and what is read."""

import re
from pathlib import Path

import pytest

from firmware.consent import scope_file
from firmware.consent.scope import Numbers, Scope, Span
from firmware.consent.table import Table
from firmware.errors import ConfigError

ROOT = Path(__file__).resolve().parents[3]


def parse(text: str, table: Table) -> Scope:
    return scope_file.parse(text, "scope.toml", "US-NY", table)


def refused(text: str, table: Table) -> list[str]:
    with pytest.raises(ConfigError) as error:
        parse(text, table)
    return str(error.value).splitlines()


def test_what_is_not_toml_is_refused(table: Table) -> None:
    assert refused("[[rule]", table)[0].startswith("scope.toml: not valid TOML")


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("record = 'some'", "record: want one of all, sample, manual, none"),
        ("record = ['all']", "record: want one of all, sample, manual, none"),
        ("weekdays = ['monday']", "weekdays: want days such as mon or mon-fri"),
        ("weekdays = ['mon-fry']", "weekdays: want days such as mon or mon-fri"),
        ("weekdays = []", "weekdays: want a list of texts, got []"),
        ("weekdays = 'mon'", "weekdays: want a list of texts, got 'mon'"),
        ("times = ['8 to 5']", "times: want a time such as 08:00-17:00"),
        ("times = ['08:60-17:00']", "times: want hours 0..24 and minutes 0..59"),
        ("times = ['08:00-24:01']", "times: want hours 0..24 and minutes 0..59"),
        ("times = ['24:00-06:00']", "times: want hours 0..24 and minutes 0..59"),
        ("times = ['08:00-08:00']", "times: want an end that is not the start"),
        ("times = [8]", "times: want a text, got 8"),
        ("not_times = []", "not_times: want a list of texts, got []"),
        ("direction = 'inbound'", "direction: want one of in, out, any"),
        ("lines = []", "lines: want a list of texts, got []"),
        ("numbers = []", "numbers: want a list of texts, got []"),
        ("numbers = ['my mother']", "numbers: want a number, +46* or withheld"),
        ("numbers = ['']", "numbers: want a text, got ''"),
        ("percent = 10", 'percent belongs to record = "sample"'),
        ("percent = 101", "percent: want 0..100, got 101"),
        ("percent = true", "percent: want 0..100, got True"),
        ("percent = '10'", "percent: want 0..100, got '10'"),
        ("percent = nan", "percent: want 0..100, got nan"),
        ("purpose = 3", "purpose: want a text, got 3"),
        ("colour = 'red'", "colour: unknown; known are id, record, percent"),
    ],
)
def test_a_wrong_value_is_named(table: Table, line: str, complaint: str) -> None:
    record = "" if line.startswith("record") else "record = 'all'\n"
    lines = refused(f"[[rule]]\nid = 'office'\n{record}{line}\n", table)
    assert any(f"[[rule]] office: {complaint}" in found for found in lines), lines


def test_all_faults_are_named_at_once(table: Table) -> None:
    text = """
    colour = "red"
    [lists]
    never = "+12125550199"
    sometimes = []
    [[rule]]
    record = "all"
    [[rule]]
    id = "a"
    record = "sample"
    [[rule]]
    id = "a"
    record = "all"
    """
    assert refused(text, table) == [
        "scope.toml: file: colour: unknown; known are lists, rule",
        "scope.toml: [lists]: sometimes: unknown; known are"
        " never, private, emergency, always",
        "scope.toml: [[rule]] 1: want an id and record",
        'scope.toml: [[rule]] a: percent belongs to record = "sample", and that to'
        " percent",
        "scope.toml: [[rule]] a: id is used twice",
        "scope.toml: [lists]: never: want a list of texts, got '+12125550199'",
    ]


@pytest.mark.parametrize("text", ["lists = 3", "rule = 3", "[rule]\nid = 'x'"])
def test_tables_of_the_wrong_kind(table: Table, text: str) -> None:
    assert refused(text, table) == [
        "scope.toml: want a table [lists] and tables [[rule]]"
    ]


def test_a_rule_that_is_no_table(table: Table) -> None:
    assert refused("rule = [3]", table) == [
        "scope.toml: [[rule]] 1: want a table, got 3"
    ]


@pytest.mark.parametrize("record", ['"sample"\npercent = 10', '"manual"'])
def test_regulated_calls_are_recorded_all_or_none(table: Table, record: str) -> None:
    text = f"[[rule]]\nid = 'r'\npurpose = 'MiFID II'\nrecord = {record}\n"
    assert "MiFID II calls are all recorded" in refused(text, table)[0]


def test_an_empty_file_records_nothing(table: Table) -> None:
    assert parse("", table) == Scope()


def test_numbers_are_read_as_dialled_at_home(table: Table) -> None:
    scope = parse(
        "[lists]\n"
        "never = ['(212) 555-0199', '011 46 8 123 456 78', '+1900*', 'withheld']\n"
        "emergency = ['9911']\n"
        "private = []\n",
        table,
    )
    assert scope.never == Numbers(
        ("+12125550199", "+46812345678", "+1900*", "withheld")
    )
    assert scope.emergency == Numbers(("9911",))
    assert scope.private == Numbers()


@pytest.mark.parametrize(
    ("days", "numbers"),
    [
        ("['mon']", {0}),
        ("['mon-fri']", {0, 1, 2, 3, 4}),
        ("['sat-mon']", {5, 6, 0}),
        ("['mon', 'wed-thu']", {0, 2, 3}),
        ("['sun-sat']", set(range(7))),
    ],
)
def test_weekdays(table: Table, days: str, numbers: set[int]) -> None:
    scope = parse(f"[[rule]]\nid = 'r'\nrecord = 'all'\nweekdays = {days}\n", table)
    assert scope.rules[0].weekdays == numbers


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("08:00-17:00", Span(480, 1020)),
        ("8-17", Span(480, 1020)),
        ("08:00 - 17:30", Span(480, 1050)),
        ("22:00-06:00", Span(1320, 360)),
        ("18-24", Span(1080, 1440)),
    ],
)
def test_times(table: Table, text: str, span: Span) -> None:
    scope = parse(f"[[rule]]\nid = 'r'\nrecord = 'all'\ntimes = ['{text}']\n", table)
    assert scope.rules[0].times == (span,)


def test_the_file_in_the_documents_is_read(table: Table) -> None:
    text = (ROOT / "docs" / "operate.md").read_text("utf-8")
    section = text.partition("## Which calls")[2]
    found = re.search(r"```\n(.*?)```", section, re.S)
    assert found
    scope = parse(found[1], table)
    assert [rule.id for rule in scope.rules] == ["office", "quality"]
    assert scope.rules[0].not_times == (Span(720, 780),)
    assert scope.rules[1].percent == 10
