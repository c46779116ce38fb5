"""`decode`: what the detectors hear in a file, without an archive."""

import dataclasses
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from dsp.turns import Clues, Turn
from dsp.types import CallerId, Digit, Event, Ring, Tone
from firmware.cli.options import echo_json, json_option
from firmware.line.block import FS


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--country", default="us", show_default=True, help="Tone plan, or auto.")
@click.option(
    "--edges",
    type=click.Path(path_type=Path),
    help="Edges of the wired signals: CSV with sample,signal,level.",
)
@click.option("--channel", type=int, help="Which channel, if there are several.")
@json_option
def decode(
    file: Path, country: str, edges: Path | None, channel: int | None, as_json: bool
) -> None:
    """Print the digits, tones, rings, caller IDs and turns of talk heard in a file."""
    for row in hear(file, country, edges, channel):
        if as_json:
            echo_json(row)
        else:
            rest = "  ".join(
                f"{key}={value}"
                for key, value in row.items()
                if key not in ("kind", "start_s", "end_s") and value not in (None, {})
            )
            click.echo(
                f"{row['start_s']:10.3f} {row['end_s']:10.3f}  {row['kind']:10} {rest}"
            )


def hear(
    file: Path, country: str, edges: Path | None, channel: int | None
) -> Iterator[dict[str, Any]]:
    """Yield a row for everything heard, in the order it became known."""
    from dsp import pulse, ring
    from dsp.chain import Chain
    from dsp.turns import TurnFinder
    from firmware.line import open_line
    from firmware.service.settings import Settings

    chain = Chain(country=country, fs=FS)
    pulses = pulse.Decoder(FS)
    talk = TurnFinder(FS)
    said: list[Event] = []
    # Ringing is heard where no sensor tells of it.
    rings = ring.Decoder(FS) if edges is None else None
    with open_line(f"wav:{file}", Settings(), edges=edges, channel=channel) as line:
        for block in line.blocks():
            talk.feed(block.samples)
            heard = chain.feed(block.samples)
            said += heard
            yield from map(_row, heard)
            if rings is not None:
                yield from map(_row, rings.feed(block.samples))
            yield from map(_row, pulses.feed_edges(block.edges, block.end))
            yield from (
                {"kind": edge.signal, "start_s": s, "end_s": s, "level": edge.level}
                for edge in block.edges
                for s in (round(edge.at / FS, 4),)
                if edge.signal != "ring"
            )
    rest = chain.flush()
    said += rest
    yield from map(_row, rest)
    if rings is not None:
        yield from map(_row, rings.flush())
    yield from map(_row, pulses.flush())
    yield from map(_row, talk.finish(_clues(said)).turns)


def _clues(heard: list[Event]) -> Clues:
    """Return what was heard besides talk."""
    other = [(e.start, e.end) for e in heard if isinstance(e, Digit | Tone | CallerId)]
    return Clues(other=tuple(other))


def _row(event: Event | Ring | Turn) -> dict[str, Any]:
    fields = dataclasses.asdict(event)
    start = fields.pop("start")
    end = fields.pop("end", fields.pop("at", start))
    row: dict[str, Any] = {
        "kind": re.sub(r"(?<!^)(?=[A-Z])", "_", type(event).__name__).lower(),
        "start_s": round(start / FS, 4),
        "end_s": round(end / FS, 4),
    }
    for key, value in fields.items():
        if isinstance(value, float):
            row[key] = None if math.isnan(value) else round(value, 2)
        else:
            row[key] = value
    return row
