"""Commands on cut and muted copies: calls cut, calls mute, calls copies."""

import time
from pathlib import Path
from typing import Any

import click

from firmware.archive import Archive, derived
from firmware.archive.acting import act
from firmware.cli.keeping import by_option, reason_option
from firmware.cli.options import data_options, echo_json, json_option, read_settings
from firmware.cli.unlock import let_in
from firmware.errors import StoreError


def add_to(calls: click.Group) -> None:
    """Put the commands below `linekeeper calls`."""
    for command in (cut, mute, copies):
        calls.add_command(command)


class Span(click.ParamType[tuple[float, float]]):
    """A stretch of a call: from-to, in seconds."""

    name = "from-to"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[float, float]:
        """Return both ends."""
        start, _, end = str(value).partition("-")
        try:
            return float(start), float(end)
        except ValueError:
            return self.fail(f"want seconds such as 12.5-20, got {value!r}", param, ctx)


def _copying(verb: str, told: str, *, several: bool) -> Any:
    """Return a command that makes a copy of a call."""

    def run(
        call_id: str,
        spans: Any,
        reason: str,
        by: str,
        config_path: Path | None,
        state_dir: Path | None,
    ) -> None:
        settings = read_settings(config_path, state_dir)
        spans = list(spans) if several else [spans]
        with Archive(settings.state_dir, write=False) as keys:
            let_in(keys.keyring, settings)
            made = act(
                settings, verb, call_id=call_id, spans=spans, by=by, reason=reason,
                keys=keys,
            )  # fmt: skip
        copy = made["copy"]
        click.echo(f"{copy['name']}  {copy['audio_s']:.1f} s  {copy['sha256']}")

    span = click.option(
        "--span", "spans", type=Span(), required=True, multiple=several,
        help="From-to in seconds, such as 12.5-20.",
    )  # fmt: skip
    command: Any = reason_option(by_option(data_options(run)))
    command = click.argument("call_id")(span(command))
    return click.command(verb, help=told)(command)


cut = _copying("cut", "Make a copy of one stretch of a call.", several=False)
mute = _copying(
    "mute", "Make a copy of a call with silence in some stretches.", several=True
)


@click.command()
@click.argument("call_id")
@click.option(
    "--to",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder that receives the copies as FLAC.",
)
@by_option
@data_options
@json_option
def copies(
    call_id: str,
    folder: Path | None,
    by: str,
    config_path: Path | None,
    state_dir: Path | None,
    as_json: bool,
) -> None:
    """List the copies of a call; take them out with --to."""
    settings = read_settings(config_path, state_dir)
    with Archive(settings.state_dir, write=False) as archive:
        call = archive.calls.get(call_id)
        found = derived.copies(call)
        if folder is not None and found:
            let_in(archive.keyring, settings)
            folder.mkdir(parents=True, exist_ok=True)
        for entry in found:
            if folder is not None:
                _take_out(archive, call.id, entry["name"], folder, by)
            if as_json:
                echo_json(entry)
            else:
                click.echo(f"{entry['name']}  {entry['audio_s']:.1f} s  {entry['by']}")


def _take_out(archive: Archive, call_id: str, name: str, folder: Path, by: str) -> None:
    """Write one copy as a file, and enter that it was handed out."""
    target = folder / f"{call_id}-{name}"
    with derived.open_copy(archive, archive.calls.get(call_id), name) as file:
        content = file.read_at(0, file.size)
    try:
        target.write_bytes(content)
    except OSError as error:
        raise StoreError(f"{target}: {error.strerror}") from error
    archive.ledger.add(
        "exported", call_id, by[:64], time.time(), what="copy", name=name
    )
