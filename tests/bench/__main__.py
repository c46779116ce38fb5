"""`./run bench`: what Linekeeper costs, each figure beside its target and a floor.

Speeds are ratios against real time or against a floor measured in the same run, so
that a busy machine shows up in both.
"""

import importlib
import json
import sys

import click

from tests.bench.row import Row

#: name on the command line: what it measures
GROUPS = {
    "chain": "signal processing of one line",
    "hearing": "what is heard, beside SpanDSP and multimon-ng",
    "recorder": "the recorder's memory and start of recording",
    "disk": "bytes and flushes per call-hour",
    "seal": "what sealing costs, and any place of a four-hour call",
    "catalogue": "queries over many calls",
    "find": "every search and filter among a million calls, and the page itself",
    "start": "the start page over a million calls",
    "ledger": "manipulations found, and the time to verify 100 000 calls",
    "keeping": "the nightly look at all calls, and an erasure among many",
    "restore": "10 000 calls backed up and brought back, every file checked",
    "page": "weight of the page, and from Play to sound",
    "attacks": "pages and the recording while somebody attacks from the network",
    "load": "pages with 20 listeners and 50 live pages, and the recording",
    "consent": "decisions on calls",
    "faults": "a clean day under the watchdog",
    "notice": "own beeps and announcements found on the line, and nothing else",
}


@click.command()
@click.argument("groups", nargs=-1, type=click.Choice(list(GROUPS)))
@click.option("--json", "as_json", is_flag=True, help="JSON lines instead of a table.")
def bench(groups: tuple[str, ...], as_json: bool) -> None:
    """Measure; exit status 1 if a target is missed."""
    missed = False
    for name in groups or GROUPS:
        module = importlib.import_module(f"tests.bench.{name}_bench")
        if not as_json:
            click.echo(f"\n{GROUPS[name]}")
        row: Row
        for row in module.rows():
            missed = missed or row.missed
            click.echo(json.dumps(row.to_json()) if as_json else row.to_text())
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    bench()
