"""A disk that refuses now and then, by libfiu, for as long as one likes.

    python -m tests.system.fiu [LIVES]

`fiu-run` (Debian package fiu-utils) lets system calls of a recorder's life fail by
chance, with an errno by chance.  Whatever it hits, also libraries while they load, the
archive afterwards is whole and holds every call whose end was acknowledged.  The
sister of `refuse`, which visits each call in turn: this one hits several at once.
"""

import logging
import pickle
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from firmware.archive import Archive
from firmware.errors import LinekeeperError
from tests.firmware.archive.helpers import START, assert_sound
from tests.firmware.archive.test_crash import tolerant_life
from tests.system.refuse import sound

#: Failure points of libfiu's POSIX preload; the names are its own (man fiu-run).
POINTS = (
    "posix/io/rw/write",
    "posix/io/rw/pwrite",
    "posix/io/rw/pwrite64",
    "posix/io/sync/fdatasync",
    "posix/io/sync/fsync",
    "posix/io/dir/rename",
    "posix/io/dir/unlink",
    "posix/io/rw/ftruncate",
)
#: Chances that one call fails.
CHANCES = (0.002, 0.01, 0.05)


@dataclass
class Report:
    """What the lives showed."""

    lives: int = 0
    ended: int = 0  # calls whose end was acknowledged
    died: int = 0  # lives that could not even start or end in order
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.lives} lives, {self.ended} calls acknowledged, {self.died} lives "
            f"cut short; wrong: {len(self.wrong)}"
        )


def live(state: Path, told: Path) -> None:
    """Live, and write down outside of the state folder what was acknowledged."""
    logging.disable(logging.CRITICAL)
    ended: list[str] = []
    try:
        with Archive(state) as archive:
            ended = list(tolerant_life(archive, sound()))
    finally:
        while True:  # this file's disk refuses as well
            try:
                told.write_bytes(pickle.dumps(ended))
                break
            except OSError:
                continue


def run(lives: int) -> Report:
    """Live so many times."""
    report = Report()
    with tempfile.TemporaryDirectory(dir="/dev/shm") as name:
        work = Path(name)
        for number in range(lives):
            report.lives += 1
            try:
                _one(report, work, CHANCES[number % len(CHANCES)])
            except (AssertionError, LinekeeperError) as error:
                report.wrong.append(f"life {number}: {error!r}")
            shutil.rmtree(work / "state", ignore_errors=True)
    return report


def _one(report: Report, work: Path, chance: float) -> None:
    state, told = work / "state", work / "told"
    told.unlink(missing_ok=True)
    state.mkdir()
    points = [f"enable_random name={point},probability={chance}" for point in POINTS]
    options = [word for point in points for word in ("-c", point)]
    me = [sys.executable, "-m", "tests.system.fiu", "--live", str(state), str(told)]
    subprocess.run(["fiu-run", "-x", *options, *me], capture_output=True, check=False)
    ended: list[str] = pickle.loads(told.read_bytes()) if told.exists() else []
    report.died += len(ended) < 3
    report.ended += len(ended)
    talk = sound()
    with Archive(state) as archive:
        archive.recover(START + 600, None)
        archive.finish_pending()
        assert_sound(archive)
        for call_id in ended:
            call = archive.calls.get(call_id)
            number = round((call.start_utc - START) / 100)
            assert call.outcome == "answered", call_id
            assert call.recovered is None, call_id
            assert np.array_equal(
                archive.read_samples(call), talk[number : 12_000 + number]
            ), call_id


def main() -> int:
    if sys.argv[1:2] == ["--live"]:
        live(Path(sys.argv[2]), Path(sys.argv[3]))
        return 0
    if shutil.which("fiu-run") is None:
        print("fiu-run is missing: apt install fiu-utils")
        return 3
    logging.disable(logging.CRITICAL)
    report = run(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
    print(report)
    for problem in report.wrong[:10]:
        print(f"  {problem}")
    return 1 if report.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
