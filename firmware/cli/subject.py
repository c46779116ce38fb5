"""Commands for the rights of the person on the other side of the line."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from firmware.archive import Archive, handout
from firmware.archive.acting import act
from firmware.archive.model import Call
from firmware.archive.subjects import Query, find, object_to, package
from firmware.cli import requests
from firmware.cli.keeping import (
    DAY,
    by_option,
    format_option,
    reason_option,
    show_erased,
)
from firmware.cli.line import show
from firmware.cli.options import data_options, echo_json, json_option, read_settings
from firmware.cli.unlock import let_in
from firmware.errors import Refused, StoreError
from firmware.service.settings import Settings, overlay

F = TypeVar("F", bound=Callable[..., Any])


@click.group()
def subject() -> None:
    """Find, hand out, erase, restrict a person's calls; keep an objection."""


requests.add_to(subject)


def query_options(command: F) -> F:
    """Add the options by which a person is found."""
    for option in (
        click.option("--until", "until_utc", type=DAY, help="Calls before this day."),
        click.option("--since", "since_utc", type=DAY, help="Calls from this day on."),
        click.option("--note", help="Words of a note or an order."),
        click.option("--name", help="Words of the name."),
        click.option("--number", help="The number, however it is written."),
    ):
        command = option(command)
    return command


def _found(settings: Settings, asked: dict[str, Any]) -> list[Call]:
    with Archive(settings.state_dir, write=False) as archive:
        return find(archive, Query(**asked))


def _some(settings: Settings, asked: dict[str, Any]) -> list[Call]:
    found = _found(settings, asked)
    if not found:
        raise StoreError("no call of this person is stored")
    return found


@subject.command("find")
@query_options
@data_options
@json_option
def find_calls(
    config_path: Path | None, state_dir: Path | None, as_json: bool, **asked: Any
) -> None:
    """List the calls of a person."""
    settings = read_settings(config_path, state_dir)
    for call in _found(settings, asked):
        show(call, as_json=as_json)


@subject.command("export")
@query_options
@click.option(
    "--to",
    "target",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The zip that is made.",
)
@format_option
@by_option
@data_options
def export_calls(
    target: Path,
    kind: handout.Format,
    by: str,
    config_path: Path | None,
    state_dir: Path | None,
    **asked: Any,
) -> None:
    """Make the package that a person may have: sounds, records, who listened."""
    settings = read_settings(config_path, state_dir)
    found = _some(settings, asked)
    half = target.with_name(f"{target.name}.part")
    with Archive(settings.state_dir, write=False) as archive:
        let_in(archive.keyring, settings)
        try:
            with half.open("wb") as file:
                sounds = package(archive, found, file, by, time.time(), kind)
            half.replace(target)
        except OSError as error:
            half.unlink(missing_ok=True)
            if isinstance(error, StoreError):
                raise
            raise StoreError(f"{target}: {error.strerror}") from error
    click.echo(f"{target}: {len(found)} calls, {sounds} with sound")


@subject.command("erase")
@query_options
@reason_option
@click.option("--yes", is_flag=True, help="Do not ask again.")
@by_option
@data_options
@json_option
def erase_calls(
    reason: str,
    yes: bool,
    by: str,
    config_path: Path | None,
    state_dir: Path | None,
    as_json: bool,
    **asked: Any,
) -> None:
    """Erase a person's calls; those that must stay are named with the reason."""
    settings = read_settings(config_path, state_dir)
    found = [
        call for call in _some(settings, asked) if call.no_audio_reason != "erased"
    ]
    if not yes:
        for call in found:
            show(call, as_json=False)
        click.confirm(f"Erase {len(found)} calls for good?", abort=True, err=True)
    ids = [call.id for call in found]
    done = act(settings, "erase", call_ids=ids, by=by, reason=reason)
    show_erased(done, as_json=as_json)
    with Archive(settings.state_dir, write=False) as archive:
        certificate = archive.erasures.certificate(done["certificate"]) or {}
    for row in certificate.get("kept", ()):
        click.echo(row["reason"], err=True)


@subject.command("restrict")
@query_options
@reason_option
@by_option
@data_options
def restrict_calls(
    reason: str, by: str, config_path: Path | None, state_dir: Path | None, **asked: Any
) -> None:
    """Keep a person's calls without anybody hearing them."""
    settings = read_settings(config_path, state_dir)
    found = _some(settings, asked)
    for call in found:
        act(settings, "restrict", call_id=call.id, by=by, reason=reason)
    click.echo(f"{len(found)} calls restricted")


@subject.command("object")
@click.option("--number", required=True, help="Whose calls are recorded no more.")
@click.option("--note", default="", help="How they objected.")
@by_option
@data_options
def object_number(
    number: str, note: str, by: str, config_path: Path | None, state_dir: Path | None
) -> None:
    """Keep an objection: calls of this number are recorded no more."""
    from firmware.consent.numbers import canonical

    settings = read_settings(config_path, state_dir)
    with Archive(settings.state_dir, write=False) as archive:
        own = overlay(settings, archive.choices.all()).consent.own
        plain = canonical(number, own)
        stored = object_to(archive, plain, by, time.time(), note)
    click.echo(f"{plain} is not recorded any more; {len(stored)} calls are stored")


@subject.command("certificate")
@click.argument("certificate", required=False)
@data_options
@json_option
def show_certificate(
    certificate: str | None,
    config_path: Path | None,
    state_dir: Path | None,
    as_json: bool,
) -> None:
    """Show the certificate of an erasure, or list the last ones."""
    settings = read_settings(config_path, state_dir)
    with Archive(settings.state_dir, write=False) as archive:
        if certificate is None:
            rows = archive.erasures.certificates()
        else:
            found = archive.erasures.certificate(certificate)
            if found is None:
                raise Refused(f"{certificate}: no such certificate")
            rows = [found]
    for row in rows:
        if as_json:
            echo_json(row)
        else:
            _print(row)


def _print(row: dict[str, Any]) -> None:
    """Print a certificate as it is handed to a person."""
    click.echo(f"Certificate of erasure {row['id']}")
    click.echo(f"{row['at_utc']}, by {row['by']}: {row['reason']}")
    for gone in row["erased"]:
        key = "its key destroyed" if gone["key_destroyed"] else "overwritten"
        click.echo(
            f"  erased  {gone['call']}  begun {gone['start_utc']}  "
            f"{gone['audio_s']:.1f} s of audio, {key}"
        )
    for kept in row["kept"]:
        click.echo(f"  kept    {kept['call']}  {kept['reason']}")
    for place in row.get("reached", ()):
        click.echo(f"  reached {place['place']}  {place['calls']} calls")
