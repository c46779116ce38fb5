"""Commands on what people ask for their rights: subject asked, open, answered."""

import time
from pathlib import Path

import click

from firmware.archive import Archive
from firmware.archive.model import iso
from firmware.archive.requests import KINDS, Request
from firmware.cli.keeping import DAY, by_option
from firmware.cli.options import data_options, echo_json, json_option, read_settings


def add_to(subject: click.Group) -> None:
    """Put the commands below `linekeeper subject`."""
    for command in (asked, waiting, answered):
        subject.add_command(command)


@click.command()
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("who")
@click.option("--on", "asked_utc", type=DAY, help="The day it came; today otherwise.")
@by_option
@data_options
def asked(
    kind: str,
    who: str,
    asked_utc: float | None,
    by: str,
    config_path: Path | None,
    state_dir: Path | None,
) -> None:
    """Note that somebody asks for their rights; an answer is due within a month."""
    settings = read_settings(config_path, state_dir)
    came = time.time() if asked_utc is None else asked_utc
    with Archive(settings.state_dir, write=False) as archive:
        number = archive.requests.add(kind, who, came, by)
        found = next(one for one in archive.requests.open() if one.id == number)
    click.echo(f"request {number}: answer until {iso(found.due_utc)[:10]}")


@click.command("open")
@click.option("--all", "with_done", is_flag=True, help="The answered ones, too.")
@data_options
@json_option
def waiting(
    with_done: bool, config_path: Path | None, state_dir: Path | None, as_json: bool
) -> None:
    """List what waits for an answer; exit status 1 if one is late."""
    settings = read_settings(config_path, state_dir)
    with Archive(settings.state_dir, write=False) as archive:
        found = archive.requests.all() if with_done else archive.requests.open()
    now_utc = time.time()
    for one in found:
        _show(one, now_utc, as_json=as_json)
    if any(one.is_late(now_utc) for one in found):
        raise click.exceptions.Exit(1)


def _show(one: Request, now_utc: float, *, as_json: bool) -> None:
    until = iso(one.due_utc)[:10]
    if as_json:
        row = {"id": one.id, "kind": one.kind, "who": one.who, "until": until}
        echo_json({**row, "late": one.is_late(now_utc), "answer": one.answer})
        return
    state = one.answer or ("LATE" if one.is_late(now_utc) else f"until {until}")
    click.echo(f"{one.id:4}  {one.kind:9} {one.who:30} {state}")


@click.command()
@click.argument("number", type=int)
@click.argument("answer")
@by_option
@data_options
def answered(
    number: int, answer: str, by: str, config_path: Path | None, state_dir: Path | None
) -> None:
    """Note what was answered; who had asked is forgotten."""
    settings = read_settings(config_path, state_dir)
    with Archive(settings.state_dir, write=False) as archive:
        archive.requests.close(number, answer, by, time.time())
