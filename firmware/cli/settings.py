"""Commands on the settings: print, describe, choose, take back, history."""

import json
import time
from pathlib import Path
from typing import Any

import click

from firmware.archive import Archive
from firmware.archive.choices import TAKEN_BACK
from firmware.archive.inforce import in_force
from firmware.archive.model import iso
from firmware.cli.keeping import by_option
from firmware.cli.options import data_options, echo_json, json_option, read_settings
from firmware.errors import ConfigError
from firmware.service import settings as settings_file
from firmware.service.settings import CHOSEN, DESCRIBED, Described, choice_problem


@click.group("settings", invoke_without_command=True)
@click.option("--describe", is_flag=True, help="Say of each what it means instead.")
@data_options
@json_option
@click.pass_context
def settings(
    context: click.Context,
    describe: bool,
    config_path: Path | None,
    state_dir: Path | None,
    as_json: bool,
) -> None:
    """Print the settings in force, as a file that could be given back."""
    if context.invoked_subcommand is not None:
        return
    if describe:
        for one in DESCRIBED:
            _describe(one, as_json=as_json)
        return
    tree = in_force(read_settings(config_path, state_dir))
    if not as_json:
        click.echo(settings_file.to_toml(tree), nl=False)
        return
    for table, key, value in settings_file.rows(tree):
        echo_json({"table": table, "key": key, "value": value})


def _describe(one: Described, *, as_json: bool) -> None:
    if as_json:
        names = {"table": one.table, "key": one.key, "default": one.default}
        echo_json({**names, "help": one.about.help, "page": one.chosen_on_page})
        return
    default = "not set" if one.default is None else json.dumps(one.default)
    click.echo(f"[{one.table}] {one.key} = {default}")
    click.echo(f"    {one.about.help}")


@settings.command("set")
@click.argument("key")
@click.argument("value")
@by_option
@data_options
def set_one(
    key: str, value: str, by: str, config_path: Path | None, state_dir: Path | None
) -> None:
    """Choose one setting, as the page does: KEY is such as recorder.preroll_s."""
    one = _known(key)
    chosen = value if _is_text(one) else _read(value)
    problem = choice_problem(one.choice, chosen)
    if problem:
        raise ConfigError(f"{key}: want {problem}, got {value!r}")
    _keep(config_path, state_dir, {one.choice: chosen}, by)


@settings.command("reset")
@click.argument("key")
@by_option
@data_options
def reset(key: str, by: str, config_path: Path | None, state_dir: Path | None) -> None:
    """Take a choice back: the settings file holds again."""
    _keep(config_path, state_dir, {_known(key).choice: TAKEN_BACK}, by)


@settings.command("history")
@click.option("--limit", default=50, show_default=True, help="How many at most.")
@data_options
@json_option
def history(
    limit: int, config_path: Path | None, state_dir: Path | None, as_json: bool
) -> None:
    """List who chose what and when, the newest first."""
    base = read_settings(config_path, state_dir)
    with Archive(base.state_dir, write=False) as archive:
        found = archive.choices.changes(limit=limit)
    for change in found:
        before, after = _told(change.before), _told(change.after)
        if as_json:
            names = {"key": change.key, "from": before, "to": after}
            echo_json({**names, "by": change.by, "at": iso(change.at_utc)})
        else:
            when = iso(change.at_utc)[:16]
            click.echo(f"{when}  {change.by:12} {change.key}: {before} → {after}")


def _known(key: str) -> Described:
    table, _, name = key.partition(".")
    one = settings_file.described(table, name)
    if one is None or one.choice not in CHOSEN:
        wanted = ", ".join(f"{d.table}.{d.key}" for d in CHOSEN.values())
        raise ConfigError(f"{key}: can only be set in the file; here: {wanted}")
    return one


def _is_text(one: Described) -> bool:
    return settings_file.plain(one.hint) not in (int, float, bool)


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _told(value: Any) -> str:
    return "as in the file" if value == TAKEN_BACK else json.dumps(value)


def _keep(
    config_path: Path | None, state_dir: Path | None, values: dict[str, Any], by: str
) -> None:
    base = read_settings(config_path, state_dir)
    with Archive(base.state_dir, write=False) as archive:
        archive.choices.set(values, by, time.time())
        archive.ledger.add("changed", "", by[:64], time.time(), what="settings")
    if any(CHOSEN[key].about.restart == "recorder" for key in values):
        click.echo("counts once the recorder has started again", err=True)
