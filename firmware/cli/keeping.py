"""Commands that keep calls, throw them away and hand them out: calls …, sweep."""

import getpass
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from firmware.archive import Archive, handout
from firmware.archive.acting import act
from firmware.archive.model import Call, from_iso, iso
from firmware.archive.rules import rules_of
from firmware.archive.sweep import Plan, plan
from firmware.cli.options import data_options, echo_json, json_option, read_settings
from firmware.cli.unlock import let_in
from firmware.service.settings import Settings, overlay

F = TypeVar("F", bound=Callable[..., Any])

by_option = click.option(
    "--by", default=getpass.getuser, help="Who asks; the name of the user otherwise."
)
reason_option = click.option("--reason", required=True, help="Why; it is kept.")
format_option = click.option(
    "--format",
    "kind",
    default="flac",
    show_default=True,
    type=click.Choice(handout.FORMATS),
    help="Format of the sounds.",
)


class Day(click.ParamType[float]):
    """A day or a time, UTC where no zone is given."""

    name = "day"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return UTC seconds."""
        if isinstance(value, float):
            return value
        text = str(value)
        try:
            return from_iso(text if "T" in text or " " in text else f"{text}T00:00Z")
        except ValueError:
            return self.fail(f"want a day such as 2026-11-21, got {text!r}", param, ctx)


DAY = Day()


def clock_state() -> str:
    """Return how far this machine's clock can be believed."""
    from firmware.line import clock

    return str(clock.state())


def add_to(calls: click.Group) -> None:
    """Put the commands below `linekeeper calls`."""
    for command in (star, hold, release, restrict, bin_call, restore, erase, note,
                    order, purpose, shelf):  # fmt: skip
        calls.add_command(command)


def _verb(name: str, verb: str, told: str, *options: Callable[[F], F]) -> Any:
    """Return a command that has one verb done to one call."""

    def run(
        call_id: str,
        by: str,
        config_path: Path | None,
        state_dir: Path | None,
        **args: Any,
    ) -> None:
        off = args.pop("off", False)
        settings = read_settings(config_path, state_dir)
        act(settings, f"un{verb}" if off else verb, call_id=call_id, by=by, **args)

    command: Any = data_options(by_option(run))
    for option in reversed(options):
        command = option(command)
    command = click.argument("call_id")(command)
    return click.command(name, help=told)(command)


_off = click.option("--off", is_flag=True, help="Take it back.")

star = _verb("star", "star", "Mark a call as worth keeping.", _off)
hold = _verb(
    "hold",
    "hold",
    "Let nothing remove a call until the hold is released.",
    click.option("--owner", required=True, help="Who answers for the hold."),
    reason_option,
    click.option(
        "--review", "review_utc", required=True, type=DAY, help="When to look again."
    ),
)
release = _verb("release", "release", "End a hold.", reason_option)
restrict = _verb(
    "restrict",
    "restrict",
    "Keep a call without anybody hearing it or handing it out.",
    reason_option,
    _off,
)
bin_call = _verb(
    "bin", "bin", "Throw a call away; for some days it can come back.", reason_option
)
restore = _verb("restore", "restore", "Bring a call back from the bin.")
note = _verb("note", "note", "Keep a note with a call.", click.argument("text"))
order = _verb("order", "order", "Tie an order to a call.", click.argument("text"))
purpose = _verb(
    "purpose",
    "purpose",
    "Change what a call is kept for.",
    click.argument("purpose"),
    reason_option,
)


@click.command()
@click.argument("call_ids", nargs=-1, required=True)
@reason_option
@click.option("--yes", is_flag=True, help="Do not ask again.")
@by_option
@data_options
@json_option
def erase(
    call_ids: tuple[str, ...],
    reason: str,
    yes: bool,
    by: str,
    config_path: Path | None,
    state_dir: Path | None,
    as_json: bool,
) -> None:
    """Erase calls for good: sound, number, name; prints the certificate's number."""
    if not yes:
        click.confirm(f"Erase {len(call_ids)} calls for good?", abort=True, err=True)
    settings = read_settings(config_path, state_dir)
    done = act(settings, "erase", call_ids=list(call_ids), by=by, reason=reason)
    show_erased(done, as_json=as_json)


def show_erased(done: dict[str, Any], *, as_json: bool) -> None:
    """Print what was erased."""
    if as_json:
        echo_json(done)
        return
    click.echo(
        f"{done['erased']} erased, {done['kept']} kept; certificate "
        f"{done['certificate']}"
    )


@click.command()
@click.option(
    "--to",
    "target",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder, such as a USB stick's.",
)
@click.option("--search", "q", help="Part of a number or name.")
@click.option("--since", type=DAY, help="Calls from this day on.")
@click.option("--until", type=DAY, help="Calls before this day.")
@format_option
@by_option
@data_options
def shelf(
    target: Path,
    q: str | None,
    since: float | None,
    until: float | None,
    kind: handout.Format,
    by: str,
    config_path: Path | None,
    state_dir: Path | None,
) -> None:
    """Make a folder that anybody can read: sounds, a list, a page that plays."""
    from firmware.archive.shelf import fill
    from firmware.cli.calls import newest

    settings = read_settings(config_path, state_dir)

    def chosen(call: Call) -> bool:
        late = until is not None and call.start_utc >= until
        return not late and (since is None or call.start_utc >= since)

    with Archive(settings.state_dir, write=False) as archive:
        let_in(archive.keyring, settings)
        calls = filter(chosen, newest(archive, q))
        done = fill(archive, calls, target, by, time.time(), kind)
    click.echo(
        f"{target}: {done.calls} calls, {done.sounds} with sound; {done.added} sounds "
        f"added, {done.removed} files removed"
    )
    for call_id in done.without:
        click.echo(f"{call_id}: its sound may not be handed out", err=True)


@click.command()
@click.option("--dry-run", is_flag=True, help="Show what would go and why; no more.")
@click.option("--at", "at_utc", type=DAY, help="With --dry-run: as if it were then.")
@click.option("--confirm", default="", help="The token of a list that was shown.")
@by_option
@data_options
@json_option
def sweep(
    dry_run: bool,
    at_utc: float | None,
    confirm: str,
    by: str,
    config_path: Path | None,
    state_dir: Path | None,
    as_json: bool,
) -> None:
    """Remove what is over its time; says what goes and why."""
    settings = read_settings(config_path, state_dir)
    shown = _plan(settings, at_utc)
    _show_plan(shown, as_json=as_json)
    if dry_run:
        return
    done = act(settings, "sweep", by=by, clock=clock_state(), confirm=confirm)
    if as_json:
        echo_json(done)
        return
    for _, text in done["stops"]:
        click.echo(f"nothing removed: {text}", err=True)
    if done["token"]:
        click.echo(f"to go on: linekeeper sweep --confirm {done['token']}", err=True)
    click.echo(f"{done['swept']} calls, {done['bytes'] / 1e6:.1f} MB removed")
    if done["stops"]:
        raise click.exceptions.Exit(1)


def _plan(settings: Settings, at_utc: float | None) -> Plan:
    from firmware.archive import space

    with Archive(settings.state_dir, write=False) as archive:
        rules = rules_of(overlay(settings, archive.choices.all()))
        need = space.measure(settings.state_dir).shortfall
        now_utc = at_utc if at_utc is not None else time.time()
        return plan(archive, rules, now_utc, clock=clock_state(), need=need)


def _show_plan(shown: Plan, *, as_json: bool) -> None:
    for item in shown.items:
        if as_json:
            names = ("call_id", "action", "reason", "source", "size")
            row = {name: getattr(item, name) for name in names}
            echo_json({**row, "start": iso(item.start_utc)})
        else:
            source = f" ({item.source})" if item.source else ""
            click.echo(
                f"{item.call_id}  {item.action:10}  {item.reason}{source}  "
                f"{item.size / 1e6:.1f} MB"
            )
    if not as_json:
        click.echo(f"{len(shown.items)} of {shown.calls} calls are due")
