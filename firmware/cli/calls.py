"""Commands on the archive: calls, reindex."""

import contextlib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import click

from firmware.archive import Archive
from firmware.archive.model import Call
from firmware.cli import copies, keeping
from firmware.cli.line import show
from firmware.cli.options import data_options, echo_json, json_option, read_settings
from firmware.cli.proof import export_evidence
from firmware.cli.unlock import let_in
from firmware.errors import StoreError

#: Calls asked of the archive at once.
PAGE = 200
#: Bytes written at once.
PIECE = 1 << 20


@click.group()
def calls() -> None:
    """List, show and export the calls in the archive."""


keeping.add_to(calls)
copies.add_to(calls)


@calls.command("list")
@click.option(
    "--limit",
    default=50,
    show_default=True,
    type=click.IntRange(min=1),
    help="How many, newest first.",
)
@click.option("--search", "q", help="Part of a number or name.")
@data_options
@json_option
def list_calls(
    limit: int,
    q: str | None,
    config_path: Path | None,
    state_dir: Path | None,
    as_json: bool,
) -> None:
    """List calls, newest first."""
    settings = read_settings(config_path, state_dir)
    with Archive(settings.state_dir, write=False) as archive:
        for call in islice(newest(archive, q), limit):
            show(call, as_json=as_json)


def newest(archive: Archive, q: str | None) -> Iterator[Call]:
    """Yield the calls that match, newest first, page by page."""
    before: tuple[float, str] | None = None
    while page := archive.calls.page(limit=PAGE, before=before, q=q):
        yield from page
        before = page[-1].start_utc, page[-1].id


@calls.command("show")
@click.argument("call_id")
@data_options
@json_option
def show_call(
    call_id: str, config_path: Path | None, state_dir: Path | None, as_json: bool
) -> None:
    """Show everything known of one call."""
    settings = read_settings(config_path, state_dir)
    with Archive(settings.state_dir, write=False) as archive:
        data = archive.calls.get(call_id).to_json()
    if as_json:
        echo_json(data)
        return
    for key, value in data.items():
        click.echo(f"{key:18} {value}")


@calls.command("export")
@click.argument("call_id")
@click.option(
    "--to",
    "folder",
    default=".",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder that receives the files.",
)
@click.option("--evidence", is_flag=True, help="One zip with all that proves the call.")
@data_options
def export_call(
    call_id: str,
    folder: Path,
    evidence: bool,
    config_path: Path | None,
    state_dir: Path | None,
) -> None:
    """Copy a call's master and sidecar to a folder, or its evidence bundle."""
    settings = read_settings(config_path, state_dir)
    if evidence:
        click.echo(export_evidence(settings, call_id, folder))
        return
    with Archive(settings.state_dir, write=False) as archive:
        call = archive.calls.get(call_id)
        if call.audio not in ("kept", "closing"):
            raise StoreError(f"{call_id}: no audio to export: {call.no_audio_reason}")
        if archive.sealer.sealed(call.id):
            let_in(archive.keyring, settings)
        with contextlib.closing(archive.open_original(call)) as original:
            folder.mkdir(parents=True, exist_ok=True)
            target = folder / f"{call.id}{original.suffix}"
            with target.open("wb") as file:
                for at in range(0, original.size, PIECE):
                    file.write(original.read_at(at, at + PIECE))
        click.echo(target)
        sidecar = folder / f"{call.id}.json"
        sidecar.write_bytes((archive.folder(call) / "call.json").read_bytes())
        click.echo(sidecar)


@click.command()
@data_options
def reindex(config_path: Path | None, state_dir: Path | None) -> None:
    """Rebuild the catalogue from the recording folders."""
    settings = read_settings(config_path, state_dir)
    with Archive(settings.state_dir) as archive:
        click.echo(f"{archive.reindex()} calls indexed")
