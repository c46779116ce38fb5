"""Many calls into a backup and back, each file compared with its hash.

A few recorded calls are copied under new ids, so that making the archive takes less
time than backing it up: for a restore they are as good as any.
"""

import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from firmware.archive import Archive
from firmware.archive.backup import cycle, keys, restore
from firmware.archive.backup.restic import Restic
from firmware.archive.backup.target import Target
from firmware.archive.model import iso
from tests.bench.row import Row
from tests.firmware.archive.helpers import START, record

CALLS = int(os.environ.get("LINEKEEPER_BENCH_CALLS", "10000"))
#: Recorded for real; the rest are their copies.
REAL = 200
#: Length of a call's audio, s.
TALK_S = 5
#: R17: ten thousand calls in half an hour.
LIMIT_S_PER_THOUSAND = 180.0
SPREAD_S = 3600.0


def rows() -> Iterator[Row]:
    if shutil.which("restic") is None:
        yield Row("restic is missing", 0, "", note="apt install restic")
        return
    with tempfile.TemporaryDirectory() as name:
        yield from _measure(Path(name), CALLS)


def _measure(work: Path, calls: int) -> Iterator[Row]:
    state, new = work / "state", work / "new"
    fill(state, calls)
    keys.make_password(state)
    repository = Restic(Target(str(work / "usb")), keys.password_file(state))
    repository.create()
    with Archive(state, write=False) as archive:
        began = time.monotonic()
        first = cycle.run(archive, repository, "", START, keep_days=30)
        first_s = time.monotonic() - began
        began = time.monotonic()
        cycle.run(archive, repository, "", START + 60, keep_days=30)
        second_s = time.monotonic() - began
    back = restore.restore(repository, new)
    thousand = calls / 1000
    note = f"{back.calls} calls, {back.files} files, {back.bytes / 1e9:.2f} GB"
    yield Row("first backup, per thousand", first_s / thousand, "s", note=note)
    yield Row("next backup, per thousand", second_s / thousand, "s")
    yield Row(
        "restore with every hash, per thousand",
        back.seconds_per_thousand,
        "s",
        at_most=LIMIT_S_PER_THOUSAND,
        note=f"{back.seconds:.0f} s in all",
    )
    yield Row("of it comparing hashes", back.check_seconds / thousand, "s")
    with Archive(new, write=False) as archive:
        whole = archive.calls.count()
    yield Row("calls that came back", whole / first.calls, "of all", at_least=1.0)


def fill(state: Path, calls: int) -> None:
    """Make an archive of so many calls."""
    rng = np.random.default_rng(17)
    talk = rng.normal(0, 2000, TALK_S * 8000 + REAL).astype(np.int16)
    real = min(REAL, calls)
    with Archive(state) as archive:
        made = [
            record(archive, talk[n : n + TALK_S * 8000], START + SPREAD_S * n)
            for n in range(real)
        ]
        archive.finish_pending()
        folders = [archive.folder(call) for call in made]
    for number in range(real, calls):
        _copy(state, folders[number % real], START + SPREAD_S * number)
    with Archive(state) as archive:
        archive.reindex()


def _copy(state: Path, folder: Path, start: float) -> None:
    """Copy a call under another id; hard links would not be files of their own."""
    stamp = datetime.fromtimestamp(start, UTC)
    call_id = f"{stamp:%Y%m%d-%H%M%S}-{folder.name[-4:]}"
    target = state / f"recordings/{stamp:%Y/%m/%d}" / call_id
    shutil.copytree(folder, target)
    sidecar = target / "call.json"
    data = json.loads(sidecar.read_text("utf-8"))
    data["id"], data["start_utc"] = call_id, iso(start)
    sidecar.write_text(json.dumps(data), "utf-8")
    audio = target / "master.flac.sealed"
    audio.write_bytes(audio.read_bytes()[:-8] + os.urandom(8))  # not one blob for all
