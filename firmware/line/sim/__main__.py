"""Write a scenario to a file: `python -m firmware.line.sim SCENARIO OUT.wav`.

The edges go to ``OUT.edges.csv`` beside it, so that `linekeeper replay OUT.wav` hears
what the simulated line would have told.
"""

import argparse
import sys
from pathlib import Path

import soundfile

from firmware.errors import SourceError
from firmware.line.save import save
from firmware.line.sim import open_sim


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m firmware.line.sim")
    parser.add_argument("scenario", help="a scenario that ships, or a TOML file")
    parser.add_argument("wav", type=Path, help="file to write")
    arguments = parser.parse_args()
    try:
        with open_sim(arguments.scenario, start_utc=0.0) as line:
            save(line, arguments.wav)
    except (SourceError, OSError, soundfile.LibsndfileError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
