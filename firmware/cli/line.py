"""Commands that run a line through the recorder: record, replay, simulate."""

import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from firmware.archive.model import Call, iso
from firmware.cli.options import (
    data_options,
    echo_json,
    json_option,
    read_settings,
    start_logging,
)
from firmware.errors import ConfigError, SourceError
from firmware.service import status
from firmware.service.heart import Heart
from firmware.service.settings import Settings, at_start


@click.command()
@data_options
def record(config_path: Path | None, state_dir: Path | None) -> None:
    """Run the recorder service on the line the settings name."""
    start_logging()
    settings = read_settings(config_path, state_dir)
    make_runtime_dir(settings)
    ended = threading.Event()
    with Heart.of(settings.status_path).start():
        while _record(settings, ended):
            click.echo("recorder: starting again with the new settings", err=True)


def _record(settings: Settings, ended: threading.Event) -> bool:
    """Record until `ended`, or until new settings are wanted: then return True."""
    from firmware.archive import Archive, disks, space
    from firmware.archive.inforce import in_force
    from firmware.call.household import Registers
    from firmware.call.recorder import Recorder
    from firmware.line import open_line
    from firmware.service import control

    chosen = in_force(settings, at_start)
    speed = 1.0 if chosen.line.source.startswith(("sim:", "wav:")) else None
    with (
        Archive(chosen.state_dir, seal=chosen.seal.enabled) as archive,
        open_line(chosen.line.source, chosen, speed=speed) as line,
        control.Server(chosen.socket_path) as commands,
    ):
        announce_claim_code(archive)
        disk = disks.adopt_first(chosen.state_dir, archive.calls.count())
        if not disk.is_same:
            click.echo(f"disk: {disk.message}; nothing will be deleted", err=True)
        recorder = Recorder(
            line,
            archive,
            chosen,
            chosen.status_path,
            commands,
            people=Registers(archive, settings),
            room=space.Tender(chosen.state_dir),
        )

        def stop() -> None:
            ended.set()
            recorder.stop()

        _stop_on_signals(stop)
        if ended.is_set():  # while it started again
            return False
        recorder.run()
        return recorder.restarting and not ended.is_set()


def make_runtime_dir(settings: Settings) -> None:
    """Make the folder of status file and control socket."""
    try:
        settings.runtime_dir.mkdir(0o750, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f"{settings.runtime_dir}: the runtime folder cannot be made: "
            f"{error.strerror}; see [box] runtime_dir"
        ) from error


def announce_claim_code(archive: Any) -> None:
    """Show the one-time code while nobody owns the box."""
    code = archive.claim.code()
    if code:
        click.echo(f"claim this box on its page with the code {code}", err=True)


def _stop_on_signals(stop: Callable[[], None]) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop())


#: What the line does while nobody uses it.
AT_REST = ("idle", "starting")
#: Between two looks at the status, s.
IDLE_LOOK_S = 0.5


@click.command()
@click.option(
    "--wait",
    "wait_s",
    type=click.FloatRange(0, 86_400),
    default=0.0,
    metavar="SECONDS",
    help="How long to wait for the end of a call.",
)
@data_options
def idle(config_path: Path | None, state_dir: Path | None, wait_s: float) -> None:
    """Say whether no call is on; what updates the box waits for that."""
    settings = read_settings(config_path, state_dir)
    until = time.monotonic() + wait_s
    while busy := _busy_lines(settings):
        if time.monotonic() >= until:
            raise click.ClickException(f"a call is on, on line {', '.join(busy)}")
        time.sleep(min(IDLE_LOOK_S, wait_s))
    click.echo("no call is on")


def _busy_lines(settings: Settings) -> list[str]:
    """Return the lines in use; none where no recorder runs."""
    snapshot = status.read(settings.status_path)
    if snapshot is None or time.time() - snapshot["updated_utc"] > status.STALE_S:
        return []
    return [line["id"] for line in snapshot["lines"] if line["phase"] not in AT_REST]


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--edges",
    type=click.Path(path_type=Path),
    help="Edges of the wired signals: CSV with sample,signal,level.",
)
@click.option("--channel", type=int, help="Which channel, if there are several.")
@click.option("--start", metavar="TIME", help="When the file began (ISO 8601).")
@data_options
@json_option
def replay(
    file: Path,
    edges: Path | None,
    channel: int | None,
    start: str | None,
    config_path: Path | None,
    state_dir: Path | None,
    as_json: bool,
) -> None:
    """Run a recorded line through the whole chain into the archive."""
    _run_through(
        f"wav:{file}",
        _workshop(config_path, state_dir),
        as_json=as_json,
        start=start,
        edges=edges,
        channel=channel,
    )


@click.command()
@click.argument("scenario", required=False)
@click.option("--list", "as_list", is_flag=True, help="List the scenarios and stop.")
@click.option(
    "--speed",
    default="max",
    show_default=True,
    type=click.Choice(["max", "1"]),
    help="As fast as the machine can, or in real time.",
)
@click.option("--start", metavar="TIME", help="When the scenario begins (ISO 8601).")
@data_options
@json_option
def simulate(
    scenario: str | None,
    as_list: bool,
    speed: str,
    start: str | None,
    config_path: Path | None,
    state_dir: Path | None,
    as_json: bool,
) -> None:
    """Run a simulated line through the whole chain into the archive."""
    from firmware.line.sim import scenarios

    if as_list:
        for name, description in scenarios():
            click.echo(f"{name:24} {description}")
        return
    if scenario is None:
        raise click.UsageError("name a scenario; `linekeeper simulate --list` has them")
    _run_through(
        f"sim:{scenario}",
        _workshop(config_path, state_dir),
        as_json=as_json,
        start=start,
        speed=None if speed == "max" else 1.0,
    )


def _workshop(config_path: Path | None, state_dir: Path | None) -> Settings:
    """Settings for replay and simulation: the demo's, in the user's own folder."""
    if config_path is None and state_dir is None:
        home = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
        state_dir = Path(home) / "linekeeper"
    return read_settings(config_path, state_dir, demo=True)


def _run_through(
    source: str,
    settings: Settings,
    *,
    as_json: bool,
    start: str | None,
    speed: float | None = None,
    edges: Path | None = None,
    channel: int | None = None,
) -> None:
    from firmware.archive import Archive
    from firmware.call.recorder import Recorder
    from firmware.line import open_line

    finished: list[Call] = []

    def heard(call: Call) -> None:
        finished.append(call)
        if not as_json:
            show(call, as_json=False)  # a long line shows its progress

    # The line first: a file that cannot be read must leave the archive untouched.
    with (
        open_line(
            source,
            settings,
            speed=speed,
            start_utc=_utc(start),
            edges=edges,
            channel=channel,
        ) as line,
        Archive(settings.state_dir, seal=settings.seal.enabled) as archive,
    ):
        make_runtime_dir(settings)
        recorder = Recorder(
            line, archive, settings, settings.status_path, on_call=heard
        )
        _stop_on_signals(recorder.stop)
        recorder.run()
        archive.finish_pending()
        if as_json:
            for call in finished:
                show(archive.calls.get(call.id), as_json=True)
            return
    if finished:
        click.echo(f"kept in {settings.state_dir}", err=True)
    else:
        click.echo(f"{source}: no call was heard")


def show(call: Call, *, as_json: bool) -> None:
    """Print one call, for a program or for a person."""
    if as_json:
        echo_json(call.to_json())
        return
    who = call.number or call.number_absence or "no number"
    flags = f"  [{', '.join(call.flags)}]" if call.flags else ""
    click.echo(
        f"{call.id}  {iso(call.start_utc)[:19]}  {call.direction:8}  {who:16}"
        f"{call.duration_s:7.1f} s  {call.outcome}{flags}"
    )


def _utc(text: str | None) -> float | None:
    from datetime import datetime

    if text is None:
        return None
    try:
        return datetime.fromisoformat(text).astimezone().timestamp()
    except ValueError as error:
        raise SourceError(
            f"--start: want a time such as 2026-11-21T08:00:00Z, got {text!r}"
        ) from error
