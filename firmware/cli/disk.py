"""Commands on the disk with the recordings."""

from pathlib import Path

import click

from firmware.archive import Archive, disks, space
from firmware.cli.options import data_options, echo_json, json_option, read_settings


@click.group("disk")
def disk() -> None:
    """Look at the disk with the recordings, and say which one it is."""


@disk.command("status")
@data_options
@json_option
def show_status(
    config_path: Path | None, state_dir: Path | None, as_json: bool
) -> None:
    """Say whether it is the disk we know, and how much room there is."""
    settings = read_settings(config_path, state_dir)
    identity = disks.check(settings.state_dir)
    room = space.measure(settings.state_dir)
    uuid = disks.filesystem_of(settings.state_dir / "recordings")
    if as_json:
        echo_json(
            {
                "state": identity.state,
                "filesystem": uuid,
                "total": room.total,
                "free": room.free,
                "reserve": room.reserve,
                "hours": round(room.hours, 1),
                "level": room.level,
            }
        )
    else:
        click.echo(f"identity    {identity.message}")
        click.echo(f"filesystem  {uuid or 'not known'}")
        click.echo(
            f"room        {room.free / 1e9:.1f} GB of {room.total / 1e9:.1f} GB free "
            f"and {room.reserve / 1e9:.2f} GB in reserve: {room.hours:.0f} h "
            f"({room.level})"
        )
    if not identity.is_same or room.level == "alarm":
        raise click.exceptions.Exit(1)


@disk.command("adopt")
@data_options
def adopt(config_path: Path | None, state_dir: Path | None) -> None:
    """Take the disk that holds the recordings now as the one we know.

    For a new disk, or after the recordings were moved; the recorder is stopped first.
    """
    settings = read_settings(config_path, state_dir)
    with Archive(settings.state_dir) as archive:
        listed = archive.calls.count()
        if listed and not any(settings.state_dir.glob("recordings/*/*/*/*")):
            click.confirm(
                f"the catalogue lists {listed} calls and this disk holds none; "
                "take it nevertheless?",
                abort=True,
            )
        disks.adopt(settings.state_dir)
    click.echo(f"adopted: {disks.filesystem_of(settings.state_dir) or 'this disk'}")


@disk.command("list")
@json_option
def list_disks(as_json: bool) -> None:
    """List the attached disks by the identity that the settings want."""
    for uuid, place in disks.attached():
        if as_json:
            echo_json({"uuid": uuid, "mounted": str(place) if place else None})
        else:
            click.echo(f"disk:{uuid}  {place or 'not mounted'}")
