"""`./run demo`: a library of simulated calls, then live ones, in the browser.

Runs the same three commands a user would: simulate, record, web.
"""

import dataclasses
import errno
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import click

from firmware.archive import Archive
from firmware.service import settings as settings_file
from firmware.service.settings import Settings

LIBRARY = "demo_library"
START_TIMEOUT_S = 30.0
#: How many ports are tried.
PORTS = 20


@click.command()
@click.option(
    "--port",
    default=8080,
    show_default=True,
    type=click.IntRange(1, 65536 - PORTS),
    help="First port to try.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="0.0.0.0: the LAN")
@click.option(
    "--state",
    "state_dir",
    default="demo-state",
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the demo keeps its calls; delete it to begin anew.",
)
def demo(port: int, host: str, state_dir: Path) -> None:
    """Show the main job on a simulated line in the browser."""
    click.echo("demo: a simulated telephone line; stop with Ctrl-C")
    # A closed terminal ends the services, too: they have sessions of their own.
    # SIGINT as well: a shell that starts us in the background has it ignored.
    for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, signal.default_int_handler)
    try:
        _show(port, host, state_dir)
    except KeyboardInterrupt:
        click.echo("demo: stopped")


def _show(port: int, host: str, state_dir: Path) -> None:
    state_dir.mkdir(parents=True, exist_ok=True)
    settings, config = _configure(state_dir.resolve(), host, _free_port(host, port))
    _fill(state_dir, config)
    with ExitStack() as running:
        recorder = running.enter_context(_service("record", config))
        web = running.enter_context(_service("web", config))
        _wait_until_it_answers(settings, (recorder, web))
        click.echo(f"\n  Open  {_url(settings)}\n")
        _watch((recorder, web))


def _configure(state_dir: Path, host: str, port: int) -> tuple[Settings, Path]:
    demo_settings = settings_file.load(settings_file.DEMO_PATH).with_state(state_dir)
    web = dataclasses.replace(demo_settings.web, host=host, port=port)
    settings = dataclasses.replace(demo_settings, web=web)
    config = state_dir / "config.toml"
    config.write_text(settings_file.to_toml(settings), "utf-8")
    return settings, config


def _free_port(host: str, first: int) -> int:
    for port in range(first, first + PORTS):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                if error.errno == errno.EADDRINUSE:
                    continue
                raise click.ClickException(
                    f"cannot listen on {host}:{port}: {error.strerror}"
                ) from error
            return port
    raise click.ClickException(f"ports {first} to {first + PORTS - 1} are all taken")


def _command(name: str, config: Path, *arguments: str) -> list[str]:
    return [
        *(sys.executable, "-m", "firmware", name),
        *arguments,
        *("--config", str(config)),
    ]


def _fill(state_dir: Path, config: Path) -> None:
    """Fill a new library; one that was left half filled is begun anew."""
    recordings, begun = state_dir / "recordings", state_dir / "filling"
    if begun.exists():
        shutil.rmtree(recordings, ignore_errors=True)
        for part in state_dir.glob("catalogue.sqlite3*"):
            part.unlink()
    elif recordings.exists():
        return
    begun.touch()
    click.echo("demo: three hours of calls at full speed …")
    began = time.monotonic()
    done = subprocess.run(_command("simulate", config, LIBRARY), check=False)
    if done.returncode:
        raise click.ClickException("the library could not be filled; see above")
    begun.unlink()
    click.echo(f"demo: recorded them in {time.monotonic() - began:.0f} s")


@dataclasses.dataclass(frozen=True)
class Service:
    """A running command and where it logs."""

    name: str
    process: "subprocess.Popen[bytes]"
    log: Path


@contextmanager
def _service(name: str, config: Path) -> Iterator[Service]:
    log = config.parent / f"{name}.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            _command(name, config), stdout=out, stderr=out, start_new_session=True
        )
        try:
            yield Service(name, process, log)
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


def _wait_until_it_answers(settings: Settings, services: Sequence[Service]) -> None:
    host = "127.0.0.1" if settings.web.host == "0.0.0.0" else settings.web.host
    url = f"http://{host}:{settings.web.port}/api/v1/health"
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        _fail_if_ended(services)
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise click.ClickException(f"the page does not answer at {url}")


def _fail_if_ended(services: Sequence[Service]) -> None:
    for service in services:
        status = service.process.poll()
        if status is not None:
            last = service.log.read_text("utf-8", "replace").splitlines()[-1:]
            raise click.ClickException(
                f"the {service.name} service ended with status {status}; its last"
                f" words: {''.join(last) or 'none'} (all of them are in {service.log})"
            )


def _url(settings: Settings) -> str:
    host = settings.web.host
    if host == "0.0.0.0":
        host = socket.gethostname()
    base = f"http://{host}:{settings.web.port}/"
    archive = Archive(settings.state_dir, write=False)
    try:
        code = archive.claim.code()
    finally:
        archive.close()
    return f"{base}claim?code={code}" if code else base


def _watch(services: Sequence[Service]) -> None:
    while True:
        _fail_if_ended(services)
        time.sleep(0.5)


if __name__ == "__main__":
    os.umask(0o077)
    demo()
