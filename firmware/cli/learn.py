"""`learn`: what this line is like, in a minute: levels, ringing, hook, caller ID."""

import dataclasses
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from firmware.cli.options import data_options, echo_json, json_option, read_settings
from firmware.line.block import FS, Line
from firmware.service.learn import Findings, Session, Step, proposed
from firmware.service.settings import CHOSEN, Settings, described

#: Longer than this nobody tries, s.
LONGEST_S = 300.0


@click.command()
@click.option("--source", help="Another line than the settings name: sim:…, wav:….")
@click.option(
    "--apply", is_flag=True, help="Choose what fits; `settings reset` undoes."
)
@click.option("--by", default="learn", show_default=True, help="Who chooses.")
@data_options
@json_option
def learn(
    source: str | None,
    apply: bool,
    by: str,
    config_path: Path | None,
    state_dir: Path | None,
    as_json: bool,
) -> None:
    """Learn the line: lift, dial a digit, hang up, call in; then a grade, A to F.

    The recorder must not hold the line meanwhile.
    """
    from firmware.line import open_line

    settings = read_settings(config_path, state_dir)

    def tell(step: Step) -> None:
        if as_json:
            echo_json({"step": step.name.lower(), "text": step.value})
        else:
            click.echo(step.value)

    chosen = source or settings.line.source
    speed = None if chosen.startswith(("sim:", "wav:")) else 1.0
    with open_line(chosen, settings, speed=speed) as line:
        found = follow(line, tell).findings()
    changes = proposed(found, in_force(settings))
    if as_json:
        echo_json({"found": dataclasses.asdict(found), "proposed": changes})
    else:
        click.echo("\n".join(told(found, changes)))
    if apply:
        _apply(settings, changes, by)


def follow(line: Line, tell: Callable[[Step], None]) -> Session:
    """Take a line through the steps of a session, to the last or to its end."""
    from dsp import pulse, ring
    from dsp.chain import Chain

    chain = Chain(country="auto", fs=FS, pulses=False)
    pulses, rings = pulse.Decoder(FS), ring.Decoder(FS)
    session = Session()
    tell(session.step)
    for block in line.blocks():
        before = session.step
        heard = [*chain.feed(block.samples), *rings.feed(block.samples)]
        heard += pulses.feed_edges(block.edges, block.end)
        step = session.feed(block.samples, block.edges, heard)
        if step is not before:
            tell(step)
        if step is Step.DONE or block.end > LONGEST_S * FS:
            break
    session.feed(block.samples[:0], (), [*chain.flush(), *rings.flush()])
    return session


def in_force(settings: Settings) -> dict[str, Any]:
    """Return those settings that learning may change, as they are."""
    return {
        "line.country": settings.line.country,
        "gpio.hook_active": settings.gpio.hook_active,
        "gpio.hook_debounce_ms": settings.gpio.hook_debounce_ms,
        "recorder.trigger": settings.recorder.trigger,
    }


def told(found: Findings, changes: dict[str, Any]) -> list[str]:
    """Return what a person reads."""
    quiet, talk = found.quiet, found.talk

    def figure(value: float | None, unit: str, digits: int = 0) -> str:
        return "not measured" if value is None else f"{value:.{digits}f} {unit}"

    hum = figure(quiet.hum_hz, "Hz", 1) if quiet.hum_hz else "none"
    ring = "not heard"
    if found.ring is not None:
        ring = " ".join(f"{s:g}" for s in found.ring.cadence_s) + " s"
    hook = "no input" if not found.hook else f"bounces {found.bounce_ms:.0f} ms"
    lines = [
        f"Grade           {found.grade.letter}: {found.grade.reason}",
        f"Noise, hum      {quiet.noise_dbov:.0f} dBov, {hum}",
        f"Near, far       {figure(talk.near_dbov, 'dBov')}, "
        f"{figure(talk.far_dbov, 'dBov')}",
        f"Echo            {figure(talk.echo_db, 'dB down')}",
        f"Hook            {hook}{', inverted' if found.hook_inverted else ''}",
        f"Ring            {ring}",
        f"Country         {', '.join(found.countries) or 'not told'}",
        f"Caller ID       {found.caller_id or 'none'}",
        f"Dialling        {found.digit_method or 'not heard'}",
    ]
    lines += [f"Proposed        {key} = {value}" for key, value in changes.items()]
    return lines


def _apply(settings: Settings, changes: dict[str, Any], by: str) -> None:
    """Keep what can be chosen, and say what belongs into the file."""
    from firmware.archive import Archive

    values: dict[str, Any] = {}
    for name, value in changes.items():
        one = described(*name.split("."))
        if one is not None and one.choice in CHOSEN:
            values[one.choice] = value
        else:
            click.echo(f"into the settings file: {name} = {value!r}", err=True)
    if values:
        with Archive(settings.state_dir, write=False) as archive:
            archive.choices.set(values, by, time.time())
            archive.ledger.add("changed", "", by[:64], time.time(), what="settings")
        click.echo("counts once the recorder has started again", err=True)
