"""Runs a scenario through the recorder and notes its memory at the end of each call.

``python -m tests.system.office_day SCENARIO STATE`` prints one JSON line per call:
seconds since the scenario began, resident memory in MB.
"""

import json
import resource
import sys
from pathlib import Path

import click

from firmware.archive import Archive
from firmware.archive.model import Call
from firmware.call.recorder import Recorder
from firmware.line import open_line
from firmware.service import settings as settings_file

#: Any midnight will do.
START_UTC = 1_800_000_000.0


def resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def run(scenario: str, state: Path) -> None:
    def note(call: Call) -> None:
        at_s = call.start_utc - START_UTC
        click.echo(json.dumps({"at_s": at_s, "resident_mb": resident_mb()}))

    settings = settings_file.load(settings_file.DEMO_PATH).with_state(state)
    settings.runtime_dir.mkdir(parents=True)
    with (
        open_line(f"sim:{scenario}", settings, start_utc=START_UTC) as line,
        Archive(state) as archive,
    ):
        Recorder(line, archive, settings, settings.status_path, on_call=note).run()
        archive.finish_pending()


if __name__ == "__main__":
    run(sys.argv[1], Path(sys.argv[2]))
