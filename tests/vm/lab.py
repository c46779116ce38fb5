"""The power-cut lab: three ways to pull the plug on a real kernel.

`every_write`: the disk as it was behind every single write of a session.
`random_cuts`: at random instants, with what the disk's own memory held lost by chance.
`kills`: the whole kernel killed while it records, again and again on one disk.
"""

import json
import multiprocessing
import random
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tests.vm.audit import Findings, audit
from tests.vm.boot import machine, power_off
from tests.vm.truth import Truth, parse
from tests.vm.writelog import Disk, WriteLog, cut

if TYPE_CHECKING:
    from multiprocessing.queues import SimpleQueue

DISK_MB, LOG_MB = 64, 512
#: A machine that says nothing for so long has failed, s.
PATIENCE_S = 300.0
#: A machine is started so often if its kernel panics.
ATTEMPTS = 3
PANIC = "Kernel panic"


class LabError(Exception):
    """The lab itself does not work; nothing is said about the archive."""


@dataclass(frozen=True, slots=True)
class Run:
    """A recorded session: its writes, and what it promised."""

    log: WriteLog
    said: list[dict[str, object]]

    def truths(self) -> Iterator[tuple[int, Truth]]:
        """Yield what was promised when each entry of the log had been completed.

        One object that grows: use it before asking for the next.
        """
        truth, by_number = Truth(), {str(line["n"]): line for line in self.said}
        for index, entry in enumerate(self.log.entries):
            if entry.mark in by_number:
                truth.hear(by_number[entry.mark])
            yield index + 1, truth


def new_disk(path: Path, megabytes: int = DISK_MB) -> None:
    """Make an empty ext4 with blocks as on a card."""
    path.unlink(missing_ok=True)
    with path.open("wb") as file:
        file.truncate(megabytes << 20)
    command = ["mke2fs", "-q", "-t", "ext4", "-b", "4096", "-J", "size=4", str(path)]
    subprocess.run(command, check=True)


def record(kernel: Path, work: Path, script: str = "life") -> Run:
    """Run a session in the machine and return its log.

    A kernel that panics by itself, which a busy host now and then makes it do, says
    nothing about the archive: it is started again.
    """
    for attempt in range(ATTEMPTS):
        try:
            return _record(kernel, work, script)
        except LabError as error:
            if PANIC not in str(error) or attempt == ATTEMPTS - 1:
                raise
    raise LabError("not reached")


def _record(kernel: Path, work: Path, script: str) -> Run:
    disk, log, base = work / "disk.img", work / "log.img", work / "base.img"
    new_disk(disk)
    base.write_bytes(disk.read_bytes())
    log.unlink(missing_ok=True)
    with log.open("wb") as file:
        file.truncate(LOG_MB << 20)
    with machine(kernel, [disk, log], script) as process:
        assert process.stdout is not None
        lines = list(process.stdout)
    said, trouble = parse(lines)
    if trouble or not said or said[-1]["what"] != "over":
        raise LabError("the session failed:\n" + "".join(lines[-200:]))
    return Run(WriteLog(base, log), said)


def every_write(run: Run, work: Path, step: int = 1, jobs: int = 1) -> Findings:
    """Look at the disk behind every `step`-th write, with so many processes."""
    ends = [n + 1 for n, entry in enumerate(run.log.entries) if entry.writes]
    chosen = ends[step - 1 :: step]
    size = -(-len(chosen) // jobs)
    shares = [chosen[at : at + size] for at in range(0, len(chosen), size)]
    forking = multiprocessing.get_context("fork")  # the log is shared, not copied
    results = forking.SimpleQueue()
    looking = [
        forking.Process(target=_share, args=(run, work / f"share{n}", share, results))
        for n, share in enumerate(shares)
    ]
    for process in looking:
        process.start()
    findings = Findings()
    for _ in looking:
        findings.join(results.get())
    for process in looking:
        process.join()
    return findings


def _share(
    run: Run, work: Path, ends: list[int], results: "SimpleQueue[Findings]"
) -> None:
    """Look at the disk at these places of the log."""
    findings, wanted = Findings(), set(ends)
    try:
        work.mkdir(exist_ok=True)
        disk = Disk(run.log, work / "now.img")
        for end, truth in run.truths():
            if end in wanted:
                disk.forward(end)
                audit(disk.image, truth, findings, f"entry {end}")
    except BaseException as error:
        findings.wrong.append(f"the lab itself failed: {error!r}")
        raise
    finally:
        results.put(findings)


def random_cuts(run: Run, work: Path, cuts: int, seed: int) -> Findings:
    """Cut at random instants; what the disk had not flushed is lost by chance."""
    findings, rng = Findings(), np.random.default_rng(seed)
    ends = set(rng.integers(1, len(run.log.entries) + 1, cuts).tolist())
    while len(ends) < cuts:
        ends.add(int(rng.integers(1, len(run.log.entries) + 1)))
    for end, truth in run.truths():
        if end in ends:
            lost = cut(run.log, work / "cut.img", end, rng)
            where = f"cut at {end}, {lost} writes lost"
            audit(work / "cut.img", truth, findings, where)
    return findings


def kills(kernel: Path, work: Path, count: int, seed: int) -> Findings:
    """Kill the whole kernel while it records; the disk lives on."""
    findings, truth, rng = Findings(), Truth(), random.Random(seed)
    disk = work / "kill.img"
    new_disk(disk)
    for number in range(count):
        while not _one_life(kernel, disk, truth, rng.uniform(0.05, 2.5)):
            pass
        audit(disk, truth, findings, f"kill {number}")
        for call in truth.calls.values():  # the next start ends it
            if call.state == "running":
                call.state = "cut"
    return findings


def _one_life(kernel: Path, disk: Path, truth: Truth, seconds: float) -> bool:
    """Start, kill so long after it records; False if it panicked before that."""
    began, deadline = time.monotonic(), None
    with machine(kernel, [disk], "endless") as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("LAB {"):
                said = json.loads(line[4:])
                truth.hear(said)
                if said["what"] == "open":
                    deadline = time.monotonic() + seconds
            elif line.startswith("LAB "):
                raise LabError(line)
            if deadline and time.monotonic() > deadline:
                break
            if time.monotonic() - began > PATIENCE_S:
                raise LabError("the machine says nothing")
        power_off(process)
        # What it had said before it died counts as promised.
        for line in process.stdout:
            if line.startswith("LAB {") and line.endswith("}\n"):
                truth.hear(json.loads(line[4:]))
    return deadline is not None
