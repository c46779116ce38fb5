"""Commands on the box itself: web, check, support."""

import time
from datetime import UTC, datetime
from pathlib import Path

import click

from firmware.archive.inforce import in_force
from firmware.cli.options import (
    data_options,
    echo_json,
    json_option,
    read_settings,
    start_logging,
)
from firmware.errors import StoreError


@click.command()
@data_options
def web(config_path: Path | None, state_dir: Path | None) -> None:
    """Run the web service."""
    from web.serve import run

    start_logging()
    run(read_settings(config_path, state_dir))


@click.command()
@data_options
@json_option
@click.option("--renew", is_flag=True, help="Make a new certificate now.")
@click.option(
    "--new-authority",
    is_flag=True,
    help="Throw away what devices trust and begin anew; each has to trust it again.",
)
@click.option(
    "--export",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the authority to a file, for devices that take it by hand.",
)
def certificate(
    config_path: Path | None,
    state_dir: Path | None,
    as_json: bool,
    renew: bool,
    new_authority: bool,
    export: Path | None,
) -> None:
    """Show what devices have to trust: fingerprint, names, how long it is good."""
    from web import certificate as made
    from web import hosts

    settings = read_settings(config_path, state_dir)
    if new_authority:
        made.forget(settings.state_dir)
    wanted, now = hosts.wanted(settings), datetime.now(UTC)
    identity = made.ensure(settings.state_dir, wanted, now, renew=renew)
    if export is not None:
        export.write_bytes(identity.der)
    told = {
        "fingerprint": identity.fingerprint,
        "names": [*wanted.names, *map(str, wanted.addresses)],
        "good_until": f"{identity.served.not_valid_after_utc:%Y-%m-%d}",
        "authority_good_until": f"{identity.authority.not_valid_after_utc:%Y-%m-%d}",
    }
    if as_json:
        echo_json(told)
        return
    click.echo(f"fingerprint (SHA-256)  {told['fingerprint']}")
    click.echo(f"for                    {', '.join(told['names'])}")
    click.echo(f"good until             {told['good_until']}, then renews itself")


@click.command()
@data_options
@json_option
@click.option(
    "--hardware",
    is_flag=True,
    help="Walk through a new line interface: lamp, lift, beep, ring, cut.",
)
def check(
    config_path: Path | None, state_dir: Path | None, as_json: bool, hardware: bool
) -> None:
    """Test card, pins, disk, clock, database and temperature."""
    from firmware.service.check import run_checks

    if hardware:
        from firmware.cli import bringup

        settings = in_force(read_settings(config_path, state_dir))
        if not bringup.run(settings, as_json=as_json):
            raise click.exceptions.Exit(1)
        return
    failed = False
    for result in run_checks(in_force(read_settings(config_path, state_dir))):
        failed = failed or not result.ok
        if as_json:
            echo_json({"name": result.name, "ok": result.ok, "message": result.message})
        else:
            click.echo(
                f"{'ok  ' if result.ok else 'FAIL'}  {result.name:12} {result.message}"
            )
    if failed:
        raise click.exceptions.Exit(1)


@click.command()
@click.option(
    "--to",
    "target",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File that receives the bundle; its name says the day otherwise.",
)
@click.option("--show", is_flag=True, help="Print what would be in it instead.")
@data_options
def support(
    target: Path | None,
    show: bool,
    config_path: Path | None,
    state_dir: Path | None,
) -> None:
    """Put together what somebody needs who helps; no sound, number or name is in it."""
    from firmware.archive import Archive
    from firmware.archive import support as bundles
    from firmware.service.check import run_checks

    settings = in_force(read_settings(config_path, state_dir))
    checks = [(c.name, c.ok, c.message) for c in run_checks(settings)]
    with Archive(settings.state_dir, write=False) as archive:
        made = bundles.make(archive, settings, checks, time.time())
    if show:
        for name, text in made.files:
            click.echo(f"=== {name}\n{text}")
        return
    path = target or Path(made.name)
    try:
        path.write_bytes(made.zipped())
    except OSError as error:
        raise StoreError(f"{path}: cannot be written: {error.strerror}") from error
    click.echo(f"{path}: {', '.join(name for name, _ in made.files)}")
