"""A disk that refuses, at every single call that writes: below Python and SQLite alike.

    python -m tests.system.refuse [STRIDE]

A library loaded before libc (`refuse.c`) lets write call number N of a recorder's life
fail with ENOSPC or EIO, once or for a spell, or write less than asked.  Each life runs
in a process forked for it.  Whatever the disk does, the recorder goes on, and no call
whose end was acknowledged is lost.
"""

import ctypes
import errno
import os
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from firmware.archive import Archive
from firmware.archive.retention import Rules
from firmware.errors import LinekeeperError
from tests.firmware.archive.helpers import START, Samples, assert_sound
from tests.firmware.archive.test_crash import tolerant_life

SOURCE = Path(__file__).with_name("refuse.c")
#: What the disk does, and for how many calls; 0 = it writes less than asked.
Fault = tuple[str, int, int]
FAULTS: tuple[Fault, ...] = (
    ("ENOSPC", errno.ENOSPC, 1),
    ("ENOSPC for 25 calls", errno.ENOSPC, 25),
    ("EIO", errno.EIO, 1),
    ("EIO for 25 calls", errno.EIO, 25),
    ("short write", 0, 1),
    ("short writes for 25 calls", 0, 25),
)
#: A disk that lies: it must be found out, or these checks are worth nothing.
LIE: tuple[Fault, ...] = (("a lie of 60 calls", -1, 60),)


@dataclass
class Report:
    """What the faults showed."""

    calls: int = 0  # that one life makes
    faults: int = 0
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.calls} write calls in a life; {self.faults} lives with a fault; "
            f"wrong: {len(self.wrong)}"
        )


class Refuser:
    """The preloaded library."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(None)
        self._library.refuse_arm.argtypes = (
            ctypes.c_ulong, ctypes.c_long, ctypes.c_long, ctypes.c_int,
        )  # fmt: skip
        self._library.refuse_count.restype = ctypes.c_long

    def arm(self, device: int, at: int, spell: int, kind: int) -> None:
        self._library.refuse_arm(device, at, spell, kind)

    def disarm(self) -> None:
        self._library.refuse_arm(0, -1, 0, 0)

    @property
    def count(self) -> int:
        return int(self._library.refuse_count())


def sound() -> Samples:
    return np.random.default_rng(440).normal(0, 2000, 16_000).astype(np.int16)


def live(state: Path, refuser: Refuser, fault: tuple[int, int, int]) -> int:
    """Live once with one fault and look; return how many calls there were."""
    at, spell, kind = fault
    talk = sound()
    erased: list[str] = []
    refuser.arm(state.stat().st_dev, at, spell, kind)
    ended: dict[str, Samples] = {}
    try:
        with Archive(state) as archive:
            ended = tolerant_life(archive, talk)
            for call_id in list(ended)[:1]:
                with suppress(LinekeeperError):
                    archive.eraser.erase(
                        [call_id], "owner", START, reason="wished", rules=Rules()
                    )
                    erased.append(call_id)
    except LinekeeperError:
        pass  # the archive could not be opened or closed: said, and nothing lost
    count = refuser.count
    refuser.disarm()
    asked = set(list(ended)[:1])
    with Archive(state) as archive:
        archive.recover(START + 600, None)
        archive.finish_pending()
        assert_sound(archive)
        for call_id, kept in ended.items():
            call = archive.calls.get(call_id)
            if call_id in erased or (call_id in asked and call.audio == "none"):
                assert not (archive.folder(call) / "seal.key").exists()
                continue
            assert (call.outcome, call.recovered) == ("answered", None), call
            assert np.array_equal(archive.read_samples(call), kept)
    return count


def run(
    stride: int = 1,
    told: Callable[[str], None] = lambda text: None,
    faults: tuple[Fault, ...] = FAULTS,
) -> Report:
    """Let every `stride`-th call fail in each way; needs the preloaded library."""
    report, refuser = Report(), Refuser()
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory) as name:
        work = Path(name)
        (work / "whole").mkdir()
        report.calls = live(work / "whole", refuser, (-1, 0, 0))
        for words, kind, spell in faults:
            for at in range(0, report.calls, stride):
                report.faults += 1
                state = work / f"{words}-{at}".replace(" ", "-")
                state.mkdir()
                problem = _forked(state, refuser, (at, spell, kind))
                if problem:
                    report.wrong.append(f"{words} at call {at}:\n{problem}")
                    told(report.wrong[-1])
                subprocess.run(["rm", "-rf", str(state)], check=True)
    return report


def _forked(state: Path, refuser: Refuser, fault: tuple[int, int, int]) -> str:
    """Live in a process of its own; return what went wrong."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        try:
            live(state, refuser, fault)
        except BaseException:
            refuser.disarm()
            os.write(write, traceback.format_exc().encode()[-3000:])
            os._exit(1)
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        said = pipe.read().decode("utf-8", "replace")
    _, status = os.waitpid(child, 0)
    return said or (f"died: {status}" if status else "")


def preloaded(stride: int, which: str = "faults") -> subprocess.CompletedProcess[str]:
    """Build the library and run in a process that has it; the output is the report."""
    with tempfile.TemporaryDirectory() as name:
        library = Path(name) / "refuse.so"
        build = ["cc", "-shared", "-fPIC", "-O1", "-o", str(library), str(SOURCE)]
        subprocess.run([*build, "-ldl"], check=True)
        return subprocess.run(
            [
                *(sys.executable, "-m", "tests.system.refuse"),
                *("--run", str(stride), which),
            ],
            env={**os.environ, "LD_PRELOAD": str(library)},
            capture_output=True,
            text=True,
            check=False,
        )


def main() -> int:
    import logging

    logging.disable(logging.CRITICAL)
    if sys.argv[1:2] == ["--run"]:
        faults = LIE if sys.argv[3] == "lie" else FAULTS
        report = run(int(sys.argv[2]), print, faults)
        print(report)
        return 1 if report.wrong else 0
    done = preloaded(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
    print(done.stdout, done.stderr)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
