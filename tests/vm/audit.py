"""Looks at a disk after a crash, starts the archive on it once, and looks again.

Found wrong is: a file system that does not mount or check clean, a catalogue that had
to be rebuilt, a row whose audio is not there with its hash, a folder or file that one
start has not put in order, acknowledged audio that is lost, more than two seconds
lost of any, anything of an erased call, and a proof that does not hold any more.
"""

import hashlib
import shutil
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from firmware.archive import Archive
from firmware.archive.catalogue import NAME
from firmware.archive.model import PACKED, Call
from firmware.archive.verify import verify
from firmware.errors import LinekeeperError
from tests.firmware.archive.helpers import assert_sound
from tests.vm.session import FS, talk
from tests.vm.truth import Promised, Truth

#: Most audio that a power cut may take, s (goal R1).
MAX_LOSS_S = 2.0
GONE = ("dropped", "erased", "swept")
#: A row that says so, with a hash, promises audio of just that hash.
PROMISED = ("closing", *PACKED)
#: Promised to go, not yet promised gone: either is right.
GOING = ("dropping", "erasing")


@dataclass(slots=True)
class Findings:
    """What a lab has seen."""

    points: int = 0
    wrong: list[str] = field(default_factory=list)
    losses_s: list[float] = field(default_factory=list)
    restarts_s: list[float] = field(default_factory=list)
    adopted: int = 0

    def add(self, where: str, problems: list[str]) -> None:
        """Count a look and keep what it found."""
        self.points += 1
        self.wrong += [f"{where}: {problem}" for problem in problems]

    def join(self, other: "Findings") -> None:
        """Take in what another process has seen."""
        self.points += other.points
        self.wrong += other.wrong
        self.losses_s += other.losses_s
        self.restarts_s += other.restarts_s
        self.adopted += other.adopted

    def __str__(self) -> str:
        losses = self.losses_s or [0.0]
        return (
            f"{self.points} disks, {len(self.losses_s)} with a call being recorded; "
            f"lost at most {max(losses):.2f} s, in the middle "
            f"{float(np.median(losses)):.2f} s; {self.adopted} calls adopted; "
            f"restart at most {max(self.restarts_s, default=0):.1f} s; "
            f"wrong: {len(self.wrong)}"
        )


def audit(image: Path, truth: Truth, findings: Findings, where: str) -> None:
    """Examine a copy of a disk; the image stays as it is."""
    with tempfile.TemporaryDirectory(dir=image.parent) as work:
        copy = Path(work) / "disk.img"
        shutil.copyfile(image, copy)
        problems: list[str] = []
        try:
            with mounted(copy, Path(work) / "mount") as disk:
                problems += list(_look(disk / "state", truth, findings))
        except subprocess.CalledProcessError as error:
            problems.append(f"does not mount: {error}")
        check = ["e2fsck", "-fn", str(copy)]
        if subprocess.run(check, capture_output=True, check=False).returncode:
            problems.append("the file system is not clean")
        findings.add(where, problems)


@contextmanager
def mounted(image: Path, place: Path) -> Iterator[Path]:
    """Mount an image as the box would after a power cut: the journal is replayed."""
    place.mkdir()
    subprocess.run(["mount", "-o", "loop,noatime", str(image), str(place)], check=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


def _look(state: Path, truth: Truth, findings: Findings) -> Iterator[str]:
    if not (state / NAME).exists():
        if truth.opened:
            yield "the catalogue is not there"
        return
    yield from _rows_before(state, truth)
    began = time.monotonic()
    try:
        with Archive(state) as archive:
            if archive.rebuilt:
                yield f"the catalogue had to be rebuilt: {archive.rebuilt}"
            findings.adopted += len(archive.recover(time.time(), None))
            findings.restarts_s.append(time.monotonic() - began)
            yield from _sound(archive, "after the start")
            archive.finish_pending()
            yield from _sound(archive, "after packing")
            for call_id, promised in truth.calls.items():
                for problem in _one(archive, call_id, promised, findings):
                    yield f"{call_id} ({promised.state}): {problem}"
            yield from _goes_on(archive)
            yield from _proof(archive)
    except LinekeeperError as error:
        yield f"{type(error).__name__}: {error}"


def _rows_before(state: Path, truth: Truth) -> Iterator[str]:
    """Before anything is put in order: does each row's audio exist with its hash?

    Not asked of a call that is just being erased: its audio goes first.
    """
    going = {
        name
        for name, call in truth.calls.items()
        if call.smaller or call.state in (*GOING, *GONE)
    }
    with closing(sqlite3.connect(state / NAME)) as database:
        said = database.execute("PRAGMA integrity_check").fetchone()[0]
        if said != "ok":
            yield f"the catalogue is damaged: {said}"
            return
        with suppress(sqlite3.OperationalError):  # before the first migration
            database.execute("SELECT count(*) FROM calls").fetchone()
    try:
        with Archive(state, write=False) as archive:
            for call in list(archive.calls.page(limit=1000)):
                if call.audio not in PROMISED or call.id in going or not call.sha256:
                    continue
                if not _hashes(archive, call):
                    yield f"{call.id}: its row promises audio that is not there"
    except LinekeeperError as error:
        if "no such table" not in str(error):
            yield f"reading before the start: {error}"


def _hashes(archive: Archive, call: Call) -> bool:
    try:
        samples = archive.read_samples(call)
    except LinekeeperError:
        return False
    return hashlib.sha256(samples.astype("<i2").tobytes()).hexdigest() == call.sha256


def _sound(archive: Archive, when: str) -> Iterator[str]:
    try:
        assert_sound(archive)
    except AssertionError as error:
        yield f"{when}: {str(error).splitlines()[0] if str(error) else error!r}"


def _one(
    archive: Archive, call_id: str, promised: Promised, findings: Findings
) -> Iterator[str]:
    """Compare one call with what was promised of it."""
    if not promised.begun:
        return
    call = archive.calls.get(call_id)
    folder = archive.folder(call)
    if promised.state in GONE:
        left = {p.name for p in folder.iterdir()} - {"call.json", "call.json.minisig"}
        if call.audio != "none" or left:
            yield f"is back: {call.audio} {sorted(left)}"
        return
    if promised.state in GOING:
        if call.audio == "none":
            return
    elif promised.state == "missed":
        if call.audio != "none" or call.outcome == "in_progress":
            yield "is not as it ended"
        return
    kept = round(call.audio_s * FS)
    if call.audio != "none":
        heard = archive.read_samples(call)
        if not promised.smaller and not np.array_equal(
            heard, talk(promised.number, len(heard))
        ):
            yield "sounds otherwise than it did"
    if kept < promised.safe:
        yield f"{promised.safe - kept} acknowledged samples are lost"
    lost_s = (promised.given - kept) / FS
    if promised.samples is None and promised.given:
        findings.losses_s.append(max(0.0, lost_s))
    if lost_s > MAX_LOSS_S:
        yield f"{lost_s:.2f} s are lost"
    if promised.samples is not None and kept != promised.samples:
        yield f"{kept} of {promised.samples} samples"


def _proof(archive: Archive) -> Iterator[str]:
    """A power cut is no manipulation: the ledger and every signature hold."""
    for problem in verify(archive).problems:
        yield f"verify: {problem}"


def _goes_on(archive: Archive) -> Iterator[str]:
    """The next call is recorded as if nothing had been."""
    call = Call(archive.new_id(1_900_000_000.0), "1", 1_900_000_000.0)
    sound = talk(0, 4000)
    archive.begin(call)
    archive.open_master(call).append(sound)
    call.outcome, call.end_s = "answered", 0.5
    archive.end(call)
    archive.finish_pending()
    call = archive.calls.get(call.id)
    if call.audio != "kept" or not np.array_equal(archive.read_samples(call), sound):
        yield "the next call is not recorded"
