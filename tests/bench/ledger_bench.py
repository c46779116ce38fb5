"""The ledger: what is found of a thousand manipulations, how long checking takes."""

import hashlib
import json
import logging
import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from firmware.archive import Archive
from firmware.archive.folder import Folders
from firmware.archive.ledger import facts, key, minisign
from firmware.archive.ledger.chronicle import life
from firmware.archive.ledger.entry import Entry
from firmware.archive.model import Call
from firmware.archive.verify import verify
from tests.bench.catalogue import fill
from tests.bench.row import Row
from tests.firmware.archive.helpers import fast_folder
from tests.firmware.archive.ledger.lawful import Life
from tests.firmware.archive.ledger.vandal import Vandal, build

MANIPULATIONS = 1000
LIVES, STEPS = 20, 25
CALLS = 100_000
#: Entries of one call besides those of its recording: somebody listened.
PLAYED = 1
BATCH = 2000
#: Stands for a sealed master; hashing sound is a matter of the disk, not of this.
SOUND_BYTES = 4096


def rows() -> Iterator[Row]:
    logging.disable(logging.CRITICAL)
    found, total = manipulations(MANIPULATIONS)
    yield Row(f"manipulations found and named of {total}", found, "", at_least=total)
    alarms, steps = lawful(LIVES, STEPS)
    yield Row(f"false alarms over {steps} lawful deeds", alarms, "", at_most=0)
    with tempfile.TemporaryDirectory() as folder:
        size = CALLS * SOUND_BYTES / 1e6
        state = Path(folder)
        made_s = make(state, CALLS)
        yield Row(f"make {CALLS} calls", made_s, "s", note=f"{size:.0f} MB of sound")
        with Archive(state, write=False) as archive:
            began = time.perf_counter()
            report = verify(archive, workers=os.cpu_count() or 1)
            took = time.perf_counter() - began
            assert report.good, report.problems[:3]
            assert report.calls == CALLS
            note = f"{report.entries} entries"
            yield Row(f"verify {CALLS} calls", took, "s", at_most=60, note=note)
            yield from questions(archive)


def manipulations(count: int) -> tuple[int, int]:
    """Spoil an archive so many times; return how often it was named."""
    named = 0
    with tempfile.TemporaryDirectory() as folder:
        house = build(Path(folder))
        for seed in range(count):
            with fast_folder() as place:
                state = Path(shutil.copytree(house.now, place / "state"))
                vandal = Vandal(house, state, 50_000 + seed)
                _, words = vandal.work()
                with Archive(state, write=False) as archive:
                    report = verify(archive, trust=house.trust, others=vandal.others)
                named += bool({problem.what for problem in report.problems} & words)
    return named, count


def lawful(lives: int, steps: int) -> tuple[int, int]:
    """Live lawfully; return how many deeds gave an alarm."""
    alarms = 0
    for seed in range(lives):
        with fast_folder() as place:
            one = Life(place / "state", 900 + seed)
            try:
                for _ in range(steps):
                    one.step()
                    alarms += not verify(one.archive, deep=True).good
            finally:
                one.close()
    return alarms, lives * steps


def make(state: Path, count: int) -> float:
    """Write an archive of calls as the recorder leaves them, without its syncs."""
    began = time.perf_counter()
    with Archive(state) as archive:
        fill(archive, count)
        signer = key.load_or_make(state)
        folders = Folders(state / "recordings")
        ids = sorted(archive.calls.ids())
        for first in range(0, count, BATCH):
            calls = [archive.calls.get(call_id) for call_id in ids[first:][:BATCH]]
            entries: list[Entry] = []
            for call in calls:
                entries += _put(call, folders.path(call.id), signer)
            archive.ledger.add_all(entries)
            archive.calls.store(*calls, unsettled=False)
    return time.perf_counter() - began


def _put(call: Call, folder: Path, signer: key.Ed25519PrivateKey) -> list[Entry]:
    folder.mkdir(parents=True)
    call.proof["salt"] = hashlib.md5(call.id.encode()).hexdigest()
    call.outcome = "answered" if call.outcome == "in_progress" else call.outcome
    call.audio = "kept"
    call.proof["facts"] = facts.facts_of(call)
    sound = hashlib.shake_128(call.id.encode()).digest(SOUND_BYTES)
    (folder / "master.flac.sealed").write_bytes(sound)
    raw = json.dumps(call.to_json(), ensure_ascii=False, indent=1).encode()
    (folder / "call.json").write_bytes(raw)
    text = minisign.sign(raw, signer, f"call:{call.id}")
    (folder / "call.json.minisig").write_text(text)
    files = {"master.flac.sealed": hashlib.sha256(sound).hexdigest()}
    at = call.start_utc + 200
    return [
        *life(call, at, witnessed=True),
        Entry("packed", call.id, "recorder", at, {"files": files}),
        *[Entry("played", call.id, "anna", at + 60) for _ in range(PLAYED)],
    ]


def questions(archive: Archive) -> Iterator[Row]:
    """Time what pages and bundles ask of a long ledger."""
    ledger = archive.ledger
    size = ledger.size
    asked = {
        "prove an entry": lambda: ledger.prove(size // 3),
        "sign a checkpoint": ledger.checkpoint,
        "entries of a call": lambda: ledger.entries(_some_call(archive)),
        "add an entry, durably": lambda: ledger.add("unlocked", "", "a", time.time()),
    }
    for name, ask in asked.items():
        times = []
        for _ in range(15):
            began = time.perf_counter()
            ask()
            times.append(time.perf_counter() - began)
        yield Row(f"{name} ({size} entries)", sorted(times)[7] * 1000, "ms")


def _some_call(archive: Archive) -> str:
    db = sqlite3.connect(archive.state_dir / "catalogue.sqlite3")
    try:
        return str(db.execute("SELECT id FROM calls LIMIT 1 OFFSET 777").fetchone()[0])
    finally:
        db.close()
