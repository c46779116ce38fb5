"""Starts the virtual machine: a Linux kernel as an ordinary process, no root needed."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
INIT = Path(__file__).with_name("guest.sh")
MEMORY = "512M"


@contextmanager
def machine(
    kernel: Path, disks: Sequence[Path], script: str
) -> Iterator[subprocess.Popen[str]]:
    """Boot with these disks and run a script of `session`; killed at the end."""
    names = zip("bc", disks, strict=False)
    with tempfile.TemporaryDirectory() as home:
        command = [
            *(str(kernel), f"mem={MEMORY}", "root=/dev/root", "rootfstype=hostfs"),
            *("rootflags=/", "ro", "quiet", "con=null", "con0=fd:0,fd:1", "panic=-1"),
            *(f"ubd{name}={path}" for name, path in names),
            *(f"init={INIT}", f"CODE={ROOT}", f"VENV={Path(sys.prefix)}"),
            f"SCRIPT={script}",
        ]
        environment = {
            **os.environ,
            "HOME": home,
            # glibc's restartable sequences point into memory that the kernel, a
            # process itself, unmaps from the processes it runs.
            "GLIBC_TUNABLES": "glibc.pthread.rseq=0",
        }
        with subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env=environment,
            start_new_session=True,
        ) as process:
            try:
                yield process
            finally:
                power_off(process)


def power_off(process: subprocess.Popen[str]) -> None:
    """Pull the plug: kernel and all its processes at once."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)  # the group that we started
