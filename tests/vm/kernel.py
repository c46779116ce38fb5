"""The kernel that runs as a process: found in the cache, or built once from source.

Debian's source package, a short configuration (`uml.config`) and one number changed:
6.1 reserves 2696 bytes for the processor's extended state, and processors with AMX
want 11008, so that Debian's own package panics on them.
"""

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

CONFIG = Path(__file__).with_name("uml.config")
SOURCES = Path("/usr/src")
PACKAGES = "linux-source gcc make flex bison bc libelf-dev xz-utils dmsetup e2fsprogs"
TOOLS = ("gcc", "make", "flex", "bison", "bc", "tar", "xz")
#: arch/x86/um/user-offsets.c
STATE_SIZE = (
    Path("arch/x86/um/user-offsets.c"),
    "DEFINE_LONGS(HOST_FP_SIZE, 2696)",
    "DEFINE_LONGS(HOST_FP_SIZE, 16384)",
)


class NoKernel(Exception):
    """There is no kernel, and it cannot be built; the text says what is missing."""


def cache() -> Path:
    """The folder for kernels, outside the checkout."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "linekeeper-vm"


def source() -> Path:
    """Debian's newest kernel source."""
    found = sorted(
        SOURCES.glob("linux-source-*.tar.xz"),
        key=lambda p: [int(n) for n in re.findall(r"\d+", p.name)],
    )
    if not found:
        raise NoKernel("the source of a kernel is missing: apt install " + PACKAGES)
    return found[-1]


def wanted() -> Path:
    """Where the kernel for this source and this configuration is or will be."""
    tarball = source()
    digest = hashlib.sha256(
        CONFIG.read_bytes() + "\n".join(map(str, STATE_SIZE)).encode()
    )
    digest.update(f"{tarball.name} {tarball.stat().st_size}".encode())
    return cache() / f"linux-{digest.hexdigest()[:16]}"


def kernel(*, build: bool = True) -> Path:
    """Return a kernel; builds one where that is allowed and there is none."""
    if given := os.environ.get("LINEKEEPER_UML"):
        return Path(given)
    path = wanted()
    if not path.exists():
        if not build:
            raise NoKernel("no kernel has been built yet; ./run vm does it")
        _build(source(), path)
    return path


def _build(tarball: Path, path: Path) -> None:
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        raise NoKernel(f"{', '.join(missing)} missing: apt install {PACKAGES}")
    path.parent.mkdir(parents=True, exist_ok=True)
    print(f"building a kernel from {tarball.name}: about ten minutes, once", flush=True)
    with tempfile.TemporaryDirectory(dir=path.parent) as work:
        _run(["tar", "xf", str(tarball), "-C", work])
        tree = next(Path(work).iterdir())
        file, old, new = STATE_SIZE
        text = (tree / file).read_text("utf-8")
        (tree / file).write_text(text.replace(old, new), "utf-8")
        make = ["make", "-C", str(tree), "ARCH=um"]
        _run([*make, f"KCONFIG_ALLCONFIG={CONFIG}", "allnoconfig"])
        _run([*make, f"-j{(os.cpu_count() or 1) + 1}", "linux"])
        _run(["strip", str(tree / "linux")])
        os.replace(tree / "linux", path)


def _run(command: list[str]) -> None:
    done = subprocess.run(
        ["nice", "-n", "10", *command], capture_output=True, text=True, check=False
    )
    if done.returncode:
        end = "\n".join(done.stderr.strip().splitlines()[-5:])
        raise NoKernel(f"{' '.join(command[:3])} … failed:\n{end}")
