"""The power-cut lab from the shell.

./run vm                  everything: about half an hour
./run vm --step 20 --cuts 20 --kills 5      a short round
./run vm kernel           only build the kernel
"""

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.vm import lab, raw
from tests.vm.audit import Findings
from tests.vm.kernel import NoKernel, kernel

#: Seeded mistakes, each of which must make the lab fail.
MISTAKES = ("row_before_sync", "no_sync")


def main() -> int:
    """Run the lab; 0 if nothing is wrong and every seeded mistake was found."""
    wanted = _arguments()
    try:
        machine = kernel()
    except NoKernel as error:
        print(f"vm: there is no kernel to cut the power of: {error}", file=sys.stderr)
        return 3
    if wanted.what == "kernel":
        print(machine)
        return 0
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as work:
        return 0 if _all(machine, Path(work), wanted) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./run vm", description=__doc__)
    parser.add_argument("what", nargs="?", choices=["all", "kernel"], default="all")
    parser.add_argument("--step", type=int, default=1, help="every so many writes")
    parser.add_argument("--cuts", type=int, default=150, help="random power cuts")
    parser.add_argument("--kills", type=int, default=30, help="kills of the kernel")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def _all(machine: Path, work: Path, wanted: argparse.Namespace) -> bool:
    began = time.monotonic()
    run = lab.record(machine, work)
    writes = sum(entry.writes for entry in run.log.entries)
    print(f"session: {len(run.said)} promises, {writes} writes, {_since(began)}")
    jobs = os.cpu_count() or 1
    good = [
        _tell("every write", lambda: lab.every_write(run, work, wanted.step, jobs)),
        _tell(
            "random cuts, the disk's memory lost",
            lambda: lab.random_cuts(run, work, wanted.cuts, wanted.seed),
        ),
        _tell(
            "the kernel killed",
            lambda: lab.kills(machine, work, wanted.kills, wanted.seed),
        ),
        _tell_raw(run, work),
    ]
    good += [_found(machine, work, mistake, wanted.seed) for mistake in MISTAKES]
    good.append(_found_raw(machine, work))
    print(f"{'all is well' if all(good) else 'FAILED'}, {_since(began)}")
    return all(good)


def _tell(name: str, look: Callable[[], Findings]) -> bool:
    began = time.monotonic()
    print(f"{name} …", flush=True)
    findings = look()
    print(f"{name}: {findings}, {_since(began)}", flush=True)
    for problem in findings.wrong[:20]:
        print(f"  {problem}")
    return not findings.wrong


def _tell_raw(run: lab.Run, work: Path) -> bool:
    began = time.monotonic()
    wrong, looked = raw.scan(run, work)
    print(f"raw bytes: {looked} needles, found: {len(wrong)}, {_since(began)}")
    for problem in wrong[:20]:
        print(f"  {problem}")
    return not wrong


def _found(machine: Path, work: Path, mistake: str, seed: int) -> bool:
    """A lab that finds nothing in a broken recorder would be worth nothing."""
    run = lab.record(machine, work, f"life,{mistake}")
    findings = lab.random_cuts(run, work, 60, seed)
    told = f"found, {len(findings.wrong)} things wrong" if findings.wrong else "MISSED"
    print(f"seeded mistake {mistake}: {told}", flush=True)
    return bool(findings.wrong)


def _found_raw(machine: Path, work: Path) -> bool:
    """An archive without seals: its sound must be found on the disk."""
    wrong, _ = raw.scan(lab.record(machine, work, "life,unsealed"), work)
    told = f"found, {len(wrong)} things wrong" if wrong else "MISSED"
    print(f"seeded mistake unsealed: {told}", flush=True)
    return bool(wrong)


def _since(began: float) -> str:
    return f"{time.monotonic() - began:.0f} s"


if __name__ == "__main__":
    if not shutil.which("e2fsck"):
        sys.exit("vm: e2fsck is missing: apt install e2fsprogs")
    sys.exit(main())
