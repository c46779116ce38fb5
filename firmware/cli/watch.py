"""Commands that prove that nothing was missed: coverage."""

from datetime import date, datetime
from pathlib import Path

import click

from firmware.cli.options import data_options, echo_json, json_option, read_settings
from firmware.errors import SourceError
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
