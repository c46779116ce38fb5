"""The documents keep up with the program."""

import dataclasses
import re
import tomllib
from pathlib import Path

import click
import pytest

from firmware.cli import linekeeper
from firmware.service import settings

ROOT = Path(__file__).resolve().parent.parent
OPERATE = (ROOT / "docs" / "operate.md").read_text("utf-8")
SETTINGS = (ROOT / "docs" / "settings.md").read_text("utf-8")
README = (ROOT / "README.md").read_text("utf-8")
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])


def all_commands() -> list[tuple[str, click.Command]]:
    context = click.Context(linekeeper)
    found = []
    for name in linekeeper.list_commands(context):
        command = linekeeper.get_command(context, name)
        assert command is not None
        found.append((name, command))
        if isinstance(command, click.Group):
            found += [(f"{name} {sub}", c) for sub, c in command.commands.items()]
    return found


COMMANDS = all_commands()


@pytest.mark.parametrize(("name", "command"), COMMANDS, ids=[n for n, _ in COMMANDS])
def test_command_and_its_options_are_documented(
    name: str, command: click.Command
) -> None:
    assert command.help, f"{name} has no help"
    section = re.search(
        rf"^###+ `linekeeper {re.escape(name)}\b.*?(?=^##|\Z)", OPERATE, re.M | re.S
    )
    assert section, f"docs/operate.md has no section for `linekeeper {name}`"
    for parameter in command.params:
        if isinstance(parameter, click.Option) and parameter.name not in COMMON:
            option = max(parameter.opts, key=len)
            assert f"`{option}" in section[0], f"{name}: {option} is not described"


#: Described once for all commands.
COMMON = {"config_path", "state_dir", "as_json"}


@pytest.mark.parametrize(
    ("table", "key"), [(t, k) for t, k, _ in settings.rows(settings.Settings())]
)
def test_setting_is_documented_with_its_default(table: str, key: str) -> None:
    section = re.search(rf"^## \[{table}\].*?(?=^## |\Z)", SETTINGS, re.M | re.S)
    assert section, f"docs/settings.md has no section [{table}]"
    row = re.search(rf"^\| `{key}` \| (.*?) \|", section[0], re.M)
    assert row, f"docs/settings.md: [{table}] has no row for {key}"
    default = getattr(getattr(settings.Settings(), table), key)
    written = "not set" if default is None else str(default)
    if isinstance(default, bool):
        written = written.lower()
    assert row[1].strip("`") == written


def test_settings_are_described_as_the_page_describes_them() -> None:
    for one in settings.DESCRIBED:
        section = re.search(
            rf"^## \[{one.table}\].*?(?=^## |\Z)", SETTINGS, re.M | re.S
        )
        assert section
        row = re.search(rf"^\| `{one.key}` \| .*? \| (.*) \|$", section[0], re.M)
        assert row, one.key
        # A link of the document is its words on the page.
        assert re.sub(r"\[([^]]+)\]\([^)]*\)", r"\1", row[1]) == one.about.help


def test_no_setting_is_documented_that_does_not_exist() -> None:
    known = {k for _, k, _ in settings.rows(settings.Settings())}
    assert set(re.findall(r"^\| `(\w+)` \|", SETTINGS, re.M)) == known
    tables = {f.name for f in dataclasses.fields(settings.Settings)}
    assert set(re.findall(r"^## \[(\w+)\]", SETTINGS, re.M)) == tables


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: p.name)
def test_links_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", path.read_text("utf-8")):
        if not target.startswith(("http:", "https:", "mailto:")):
            assert (path.parent / target).exists(), f"{path.name}: {target}"


def test_toml_in_the_documents_is_valid() -> None:
    for path in DOCUMENTS:
        for text in re.findall(r"```toml\n(.*?)```", path.read_text("utf-8"), re.S):
            known = {f.name for f in dataclasses.fields(settings.Settings)}
            assert set(tomllib.loads(text)) <= known


def test_readme_commands_exist() -> None:
    names = {name.split()[0] for name, _ in COMMANDS}
    script = (ROOT / "run").read_text("utf-8")
    for word in re.findall(r"\./run (\w+)", README):
        assert word in names or f"\n  {word})" in script, f"./run {word}"
