"""Commands on backups: backup, restore."""

import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from firmware.archive import Archive
from firmware.archive.backup import cycle, drill, keys, opening, schedule
from firmware.archive.backup import restore as way_back
from firmware.archive.backup import state as states
from firmware.archive.backup.restic import Restic
from firmware.archive.backup.target import parse
from firmware.archive.inforce import in_force
from firmware.archive.model import iso
from firmware.cli.options import data_options, echo_json, json_option, read_settings
from firmware.errors import ConfigError
from firmware.service import settings as settings_file
from firmware.service.settings import Settings

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

WRITE_IT_DOWN = (
    "Write this down and keep it with the recovery key, not with the box; without it "
    "nobody can read the backup:"
)


@click.group("backup")
def backup() -> None:
    """Make encrypted copies elsewhere, and try them."""


@backup.command("init")
@data_options
def init(config_path: Path | None, state_dir: Path | None) -> None:
    """Make the repository at the target, and its password."""
    settings = in_force(read_settings(config_path, state_dir))
    password = opening.set_up(settings)
    click.echo(WRITE_IT_DOWN)
    click.echo(f"  {grouped(password)}")


@backup.command("key")
@data_options
def key(config_path: Path | None, state_dir: Path | None) -> None:
    """Show the repository's password again."""
    settings = in_force(read_settings(config_path, state_dir))
    text = keys.password_file(settings.state_dir).read_text("ascii").strip()
    if parse(settings.backup.target).is_local:
        opening.leave_password(settings, text)
    click.echo(WRITE_IT_DOWN)
    click.echo(f"  {grouped(text)}")


@backup.command("run")
@click.option("--if-due", is_flag=True, help="Do only what is due, tests included.")
@click.option("--accept", is_flag=True, help="Go on although calls are missing.")
@data_options
@json_option
def run(
    if_due: bool,
    accept: bool,
    config_path: Path | None,
    state_dir: Path | None,
    as_json: bool,
) -> None:
    """Make a backup now."""
    base = read_settings(config_path, state_dir)
    settings = in_force(base)
    if if_due and settings.backup.target is None:
        return
    now, state = time.time(), states.read(settings.state_dir)
    repository = opening.repository(settings)
    if not if_due or schedule.backup_due(state, now, settings.backup.every_hours):
        with Archive(settings.state_dir, write=False) as archive:
            done = cycle.run(
                archive,
                repository,
                settings_file.to_toml(base),
                now,
                keep_days=settings.backup.keep_days,
                accept=accept,
            )
        _tell(as_json, "backup", done, _words_of(done))
    state = states.read(settings.state_dir)
    if if_due and schedule.test_due(state, now, settings.backup.test_days):
        _test(settings, repository, as_json=as_json)


@backup.command("test")
@data_options
@json_option
def test(config_path: Path | None, state_dir: Path | None, as_json: bool) -> None:
    """Try the way back with a sample of calls."""
    settings = in_force(read_settings(config_path, state_dir))
    _test(settings, opening.repository(settings), as_json=as_json)


def _test(settings: Settings, repository: Restic, *, as_json: bool) -> None:
    done = drill.drill(settings.state_dir, repository, time.time())
    words = (
        f"restored {done.calls} calls and {done.files} files, all as they were; read "
        f"back part {done.part} of {drill.PARTS} of the data; {done.seconds:.0f} s"
    )
    _tell(as_json, "test", done, words)


@backup.command("status")
@data_options
@json_option
def show_status(
    config_path: Path | None, state_dir: Path | None, as_json: bool
) -> None:
    """Say when the last backup and the last test were, and what is owed."""
    settings = in_force(read_settings(config_path, state_dir))
    state, now = states.read(settings.state_dir), time.time()
    with Archive(settings.state_dir, write=False) as archive:
        owed = len(archive.erasures.pending(states.PLACE))
    late = schedule.overdue(state, now, settings.backup.every_hours)
    if as_json:
        names = states.State.__dataclass_fields__
        echo_json({n: getattr(state, n) for n in names} | {"owed": owed, "late": late})
    else:
        for label, words in _status(settings, state, owed):
            click.echo(f"{label:14} {words}")
    if late or state.problem or state.test_problem:
        raise click.exceptions.Exit(1)


def _status(
    settings: Settings, state: states.State, owed: int
) -> list[tuple[str, str]]:
    size = f"{state.calls} calls, {state.bytes / 1e9:.2f} GB"
    return [
        ("target", settings.backup.target or "none: see [backup] target"),
        ("last backup", _when(state.last_ok_utc, size)),
        ("problem", state.problem or "none"),
        ("last test", _when(state.tested_utc, f"{state.test_calls} calls")),
        ("test problem", state.test_problem or "none"),
        ("erasures", f"{owed} have not reached the backup yet"),
    ]


@backup.command("list")
@data_options
@json_option
def list_backups(
    config_path: Path | None, state_dir: Path | None, as_json: bool
) -> None:
    """List the backups in the repository, oldest first."""
    settings = in_force(read_settings(config_path, state_dir))
    for found in opening.repository(settings).snapshots():
        if as_json:
            echo_json({"id": found.id, "time": found.time, "host": found.host})
        else:
            click.echo(f"{found.id}  {found.time[:19]}Z  {found.host}")


@click.command("restore")
@click.argument("target", required=False)
@click.option("--snapshot", default="latest", show_default=True, help="Which backup.")
@click.option(
    "--password-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File with the repository's password; it is asked for otherwise.",
)
@click.option(
    "--recovery-key",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File with the recovery key.",
)
@data_options
@json_option
def restore(
    target: str | None,
    snapshot: str,
    password_file: Path | None,
    recovery_key: Path | None,
    config_path: Path | None,
    state_dir: Path | None,
    as_json: bool,
) -> None:
    """Bring a whole archive back from a backup and check every file."""
    settings = read_settings(config_path, state_dir)
    place = parse(target or settings.backup.target)
    recovery = _read(recovery_key)
    password = _read(password_file)
    if password is None and recovery and place.is_local:
        beside = place.folder() / keys.SEALED_PASSWORD
        if beside.exists():
            password = keys.unseal(beside.read_bytes(), recovery).decode("ascii")
    if password is None:
        password = click.prompt("password of the backup", hide_input=True)
    password = plain(password)
    with keys.as_file(password) as file:
        repository = Restic(
            place, file, opening.credentials(settings.backup.credentials)
        )
        done = way_back.restore(
            repository,
            settings.state_dir,
            snapshot=snapshot,
            recovery=recovery,
            password=password,
            told=lambda words: None if as_json else click.echo(words),
        )
    words = (
        f"{done.calls} calls in {done.files} files, {done.bytes / 1e9:.2f} GB, all as "
        f"they were, in {done.seconds:.1f} s "
        f"({done.seconds_per_thousand:.1f} s per thousand calls); keys: {done.keys}"
    )
    _tell(as_json, "restored", done, words)


def grouped(password: str) -> str:
    """Return a password as it is read from paper: in groups of four."""
    return "-".join(password[at : at + 4] for at in range(0, len(password), 4))


def plain(text: str) -> str:
    """Return a password as it was made, whatever was typed between."""
    return "".join(text.split()).replace("-", "").lower()


def _read(path: Path | None) -> str | None:
    """Return the line of a file that is no remark."""
    if path is None:
        return None
    try:
        lines = path.read_text("ascii", "replace").splitlines()
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    return next((x.strip() for x in lines if x.strip() and x[0] != "#"), "")


def _tell(as_json: bool, what: str, done: "DataclassInstance", words: str) -> None:
    if as_json:
        echo_json({"kind": what, **asdict(done)})
    else:
        click.echo(words)


def _words_of(done: cycle.Done) -> str:
    return (
        f"backup {done.snapshot}: {done.calls} calls in {done.files} files, "
        f"{done.bytes / 1e9:.2f} GB of which {done.added_bytes / 1e6:.1f} MB are new, "
        f"{done.seconds:.0f} s; {done.reached} erasures reached it"
    )


def _when(utc: float, what: str) -> str:
    return f"{iso(utc)}, {what}" if utc else "never"
