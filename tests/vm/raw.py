"""Looks at the bytes of the disk, below every file: sound and keys that should not be.

The log holds every byte that was ever written, also of files that have gone since, of
the file system's journal and of the database's own logs.  So one pass over it answers
for every instant of the session.
"""

from collections.abc import Iterator
from pathlib import Path

from tests.vm.lab import Run
from tests.vm.session import FS, talk
from tests.vm.truth import Promised, Truth
from tests.vm.writelog import Disk

#: How a FLAC begins: its name, and the head of its first block, 34 bytes long.
FLAC = b"fLaC\x00\x00\x00\x22"
#: Samples of a needle; sixteen of noise occur nowhere by chance.
NEEDLE = 16
#: Needles of one call, in all its parts.
STRIDE = FS // 8


def needles(call: Promised) -> Iterator[bytes]:
    """Pieces of a call's sound as they would lie in PCM."""
    sound = talk(call.number, call.given).astype("<i2")
    for at in range(0, len(sound) - NEEDLE, STRIDE):
        yield sound[at : at + NEEDLE].tobytes()


def scan(run: Run, work: Path) -> tuple[list[str], int]:
    """Return what was found, and how many needles were looked for."""
    truth = Truth()
    for line in run.said:
        truth.hear(line)
    written = run.log.written()
    wrong, looked = [], 0
    for name, call in truth.calls.items():
        looked += 1
        if call.key and call.key in written:
            wrong.append(f"{name}: its data key was written to the disk")
        for needle in needles(call):
            looked += 1
            if needle in written:
                wrong.append(f"{name}: its sound was written to the disk in the clear")
                break
    if FLAC in written:
        wrong.append("a FLAC was written to the disk in the clear")
    found, more = _erased(run, work)
    return wrong + found, looked + more


def _erased(run: Run, work: Path) -> tuple[list[str], int]:
    """Directly behind each erasure, and at the end: is the wrapped key gone?"""
    wrong, looked = [], 0
    disk = Disk(run.log, work / "raw.img")
    gone: dict[str, Promised] = {}
    said = 0
    for end, truth in run.truths():
        if truth.said == said and end < len(run.log.entries):
            continue
        said = truth.said
        now = {n: c for n, c in truth.calls.items() if c.state in ("erased", "swept")}
        if now.keys() == gone.keys() and end < len(run.log.entries):
            continue
        gone = now
        disk.forward(end)
        data = disk.image.read_bytes()
        for name, call in gone.items():
            looked += len(call.wraps)
            if any(wrap in data for wrap in call.wraps):
                wrong.append(f"{name}: its wrapped key is on the disk after erasure")
    return wrong, looked
