"""Commands on the box itself: web, check."""

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
def check(config_path: Path | None, state_dir: Path | None, as_json: bool) -> None:
    """Test card, pins, disk, clock, database and temperature."""
    from firmware.service.check import run_checks

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
