"""Commands that prove that nothing was missed: coverage and alerts."""

import shlex
import subprocess
from datetime import date, datetime
from pathlib import Path

import click

from firmware.cli.options import data_options, echo_json, json_option, read_settings
from firmware.errors import LinekeeperError, SourceError
from firmware.service.alert_words import sentence
from firmware.service.coverage import Coverage, Row
from firmware.service.coverage_words import REASONS, RED_WORDS


@click.command()
@click.option("--day", metavar="DAY", help="Such as 2026-11-21; today otherwise.")
@data_options
@json_option
def coverage(
    day: str | None, config_path: Path | None, state_dir: Path | None, as_json: bool
) -> None:
    """Match every ring and lifted handset to its recording or a reason."""
    from firmware.archive import Archive
    from firmware.archive.coverage import of_day, to_json

    settings = read_settings(config_path, state_dir)
    with Archive(settings.state_dir, write=False) as archive:
        found = of_day(archive, _day(day), settings.line.id)
    if as_json:
        echo_json(to_json(found))
    else:
        _show(found)
    if found.red:
        raise click.exceptions.Exit(1)


#: Whoever is told has so long to take it, s.
PATIENCE_S = 60.0


@click.command()
@click.option("--all", "everything", is_flag=True, help="Those that are over, too.")
@click.option(
    "--tell",
    metavar="COMMAND",
    help="Hand what nobody was told yet to a program, as text on its input.",
)
@data_options
@json_option
def alerts(
    everything: bool,
    tell: str | None,
    config_path: Path | None,
    state_dir: Path | None,
    as_json: bool,
) -> None:
    """List what is wrong with line and box; exit status 1 if anything is."""
    from firmware.archive import Archive
    from firmware.archive.model import iso

    settings = read_settings(config_path, state_dir)
    with Archive(settings.state_dir, write=False) as archive:
        book = archive.alerts
        if tell is not None:
            for one in book.to_tell():
                words = sentence(one.kind, over=one.until_utc is not None)
                _tell(tell, f"{settings.box.name}: {words}")
                book.told(one)
            return
        held = book.holding()
        for one in book.last() if everything else held:
            until = None if one.until_utc is None else iso(one.until_utc)
            if as_json:
                row = {"kind": one.kind, "since": iso(one.since_utc), "until": until}
                echo_json({**row, "detail": one.detail, "seen_by": one.seen_by})
                continue
            words = sentence(one.kind, over=until is not None)
            seen = f"  (seen by {one.seen_by})" if one.seen_by else ""
            click.echo(f"{iso(one.since_utc)[:19]}  {words}{seen}")
    if held:
        raise click.exceptions.Exit(1)


def _tell(command: str, text: str) -> None:
    """Run a program with a text on its input; what it refuses is told again later."""
    try:
        done = subprocess.run(
            shlex.split(command),
            input=f"{text}\n",
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        raise LinekeeperError(f"--tell: {command}: {error}") from error
    if done.returncode:
        raise LinekeeperError(f"--tell: {command}: ended with {done.returncode}")


def _day(text: str | None) -> date:
    if text is None:
        return datetime.now().date()
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise SourceError(
            f"--day: want a day such as 2026-11-21, got {text!r}"
        ) from error


def _show(found: Coverage) -> None:
    for row in found.rows:
        click.echo(f"{_time(row.begin)}–{_time(row.end)}  {_words(row)}")
    for gap in found.gaps:
        end = _time(gap.end) if gap.end is not None else "now"
        click.echo(f"{_time(gap.begin)}–{end}  gap: the sound card gave nothing")
    total = len(found.rows)
    if not found.watched:
        click.echo("nobody watched the line that day")
        return
    click.echo(
        f"{total - len(found.red)} of {total} accounted for: {found.kept} recorded, "
        f"{found.with_reason} with a reason, {len(found.red)} with neither"
    )
    if found.unwatched_s >= 1:
        click.echo(f"the recorder did not run for {found.unwatched_s:.0f} s between")


def _words(row: Row) -> str:
    what = "rang, answered" if row.rang and row.off_hook else "rang"
    if not row.rang:
        what = "sound" if row.heard or row.unseen else "off-hook"
    about = REASONS.get(row.reason, row.reason.replace("_", " "))
    ids = " ".join(row.calls)
    if row.state == "red":
        return f"RED   {what}: {RED_WORDS[row.reason]}  {ids}".rstrip()
    words = {"kept": "kept", "reason": "none", "running": "runs"}[row.state]
    return f"{words}  {what}{': ' + about if about else ''}  {ids}".rstrip()


def _time(utc: float) -> str:
    return f"{datetime.fromtimestamp(utc):%H:%M:%S}"
