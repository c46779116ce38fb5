"""Commands on log-ins: who has one, and a way back in for somebody locked out."""

import time
from pathlib import Path

import click

from firmware.archive import Archive
from firmware.archive.users import User
from firmware.cli.options import data_options, echo_json, json_option, read_settings
from firmware.cli.unlock import ask
from firmware.errors import AccessError


@click.group()
def user() -> None:
    """Who has a log-in, and a way back in."""


@user.command("list")
@data_options
@json_option
def list_users(config_path: Path | None, state_dir: Path | None, as_json: bool) -> None:
    """Print who has a log-in, in which role, and whether with a second factor."""
    settings = read_settings(config_path, state_dir)
    with Archive(settings.state_dir, write=False) as archive:
        for each in archive.users.list():
            second = archive.factors.has(each.id)
            if as_json:
                told = {"name": each.name, "role": each.role, "second_factor": second}
                echo_json({**told, "lines": list(each.lines)})
            else:
                factor = "second factor" if second else ""
                click.echo(f"{each.name:24} {each.role:10} {factor}".rstrip())


@user.command()
@data_options
@click.argument("name")
@click.option("--password", is_flag=True, help="Ask for a new password, too.")
def reset(
    config_path: Path | None, state_dir: Path | None, name: str, password: bool
) -> None:
    """Take the second factors from NAME, who has lost them, and end their log-ins."""
    settings = read_settings(config_path, state_dir)
    with Archive(settings.state_dir, write=False) as archive:
        found = _find(archive, name)
        if password:
            secret = ask(f"New password of {found.name}", twice=True)
            archive.users.set_password(found.id, secret)
        archive.factors.reset(found.id)
        archive.sessions.revoke_all(found.id)
        archive.ledger.add("changed", "", "the box", time.time(), what="second_factor")
        click.echo(f"{found.name} logs in with the password alone now")


def _find(archive: Archive, name: str) -> User:
    people = archive.users.list()
    for each in people:
        if each.name.casefold() == name.strip().casefold():
            return each
    known = ", ".join(each.name for each in people) or "nobody"
    raise AccessError("name", f"{name}: nobody has a log-in so named; known: {known}")
