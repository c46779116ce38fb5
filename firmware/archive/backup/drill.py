"""The restore test that runs by itself: a sample of calls, and a part of the data.

Restored are the databases, settings, keys and some calls taken at random, into a
folder that is removed again; each file is compared with the manifest.  In between
restic reads back one twelfth of all data a time, so that a year of months has seen it
all.
"""

import random
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from firmware.archive.backup import manifest, stage
from firmware.archive.backup import state as states
from firmware.archive.backup.restic import Restic
from firmware.errors import StoreError

SAMPLE = 25
PARTS = 12
FOLDER = "test"


@dataclass(frozen=True, slots=True)
class Drilled:
    """What a restore test has tried."""

    calls: int
    files: int
    part: int
    seconds: float


def drill(
    state_dir: Path, repository: Restic, now_utc: float, sample: int = SAMPLE
) -> Drilled:
    """Try the way back; StoreError says what failed, and the state remembers it."""
    with states.locked(state_dir):
        state = states.read(state_dir)
        part = state.test_part % PARTS + 1
        began = time.monotonic()
        try:
            calls, files = _sample(state_dir, repository, now_utc, sample)
            repository.check(part, PARTS)
        except StoreError as error:
            state.test_problem = str(error)
            states.write(state_dir, state)
            raise
        state.tested_utc, state.test_problem = now_utc, None
        state.test_calls, state.test_part = calls, part
        states.write(state_dir, state)
    return Drilled(calls, files, part, time.monotonic() - began)


def _sample(
    state_dir: Path, repository: Restic, now_utc: float, sample: int
) -> tuple[int, int]:
    """Restore the list, then some calls and all that is not a call."""
    place = state_dir / states.FOLDER / FOLDER
    shutil.rmtree(place, ignore_errors=True)
    try:
        listed = f"/{states.FOLDER}/{manifest.NAME}"
        repository.restore("latest", place, [listed])
        files = manifest.load(place / listed.lstrip("/"))
        if not files:
            raise StoreError("restore test: the backup has no list of its files")
        calls = sorted(manifest.calls_of(files))
        chosen = set(random.Random(now_utc).sample(calls, min(sample, len(calls))))
        wanted = [e for e in files.values() if e.call_id is None or e.call_id in chosen]
        folders = {e.path.rpartition("/")[0] for e in wanted if e.call_id in chosen}
        others = [f"/{e.path}" for e in wanted if e.call_id is None]
        repository.restore("latest", place, [*(f"/{f}" for f in folders), *others])
        _compare(place, wanted)
        return len(chosen), len(wanted)
    finally:
        stage.wipe(place / stage.FOLDER)
        shutil.rmtree(place, ignore_errors=True)


def _compare(place: Path, wanted: list[manifest.Entry]) -> None:
    wrong = next(manifest.differences(place, wanted), None)
    if wrong:
        raise StoreError(f"restore test: {wrong}")
    for name in stage.DATABASES:
        path = place / stage.FOLDER / name
        if path.exists() and (odd := stage.check_database(path)):
            raise StoreError(f"restore test: {name} is damaged: {odd}")
