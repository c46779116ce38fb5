"""Tries a package on a bare Debian under systemd: install, run, hang, upgrade, purge.

``python image-build/try_deb.py FILE.deb SUITE`` makes a minimal root of the suite
(bookworm, trixie), installs the package there, boots it with systemd-nspawn and lets
`inside.sh` look at the services as they run in their sandboxes.  Needs root,
mmdebstrap and systemd-container.  Prints one line per check; fails with the first that
does not hold.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
#: What the root has before: what the package depends on, an init, tools to look with.
INCLUDE = "ca-certificates,systemd-sysv,dbus,udev,iproute2,curl,procps,python3,openssl"
#: suite -> ALSA's library, which changed its name.
ALSA = {"bookworm": "libasound2", "trixie": "libasound2t64"}
#: Without systemd on the outside, nspawn has to be told.
UNIFIED = {"SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"}
#: A boot with all its checks, s.
PATIENCE_S = 600.0
#: What a purge may leave: the recordings' folder, the account that owns it.
MAY_STAY = ("/var/lib/linekeeper",)


def main(package: Path, suite: str) -> None:
    """Try `package` on `suite`."""
    with tempfile.TemporaryDirectory(prefix="linekeeper-try-") as scratch:
        root = Path(scratch) / "root"
        bare(root, suite)
        before = files(root)
        shutil.copy(package, root / "root/linekeeper.deb")
        inside(root, "dpkg", "--install", "/root/linekeeper.deb")
        say("installed", f"{len(files(root) - before)} files on {suite}")
        prepare(root)
        boot(root)
        inside(root, "dpkg", "--purge", "linekeeper")
        left = sorted(p for p in mine(root) if not p.startswith(MAY_STAY))
        assert not left, f"a purge left {left}"
        kept = [p for p in mine(root) if p.endswith((".sealed", ".key", "call.json"))]
        assert kept, "a purge took the recordings"
        say("purged", f"nothing left but /var/lib/linekeeper ({len(kept)} files of it)")


def bare(root: Path, suite: str) -> None:
    """Make a minimal Debian."""
    include = f"--include={INCLUDE},{ALSA[suite]}"
    make = ["mmdebstrap", "--quiet", "--variant=minbase", include, suite, str(root)]
    subprocess.run(make, check=True)


def inside(root: Path, *command: str) -> None:
    """Run a command in the root, without its init."""
    quiet = ["systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--pipe"]
    done = subprocess.run(
        [*quiet, "-D", str(root), *command],
        env=os.environ | UNIFIED,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command[0]}: {done.stdout}{done.stderr}"


def prepare(root: Path) -> None:
    """Let the box listen to a simulated line, and look at itself once it is up."""
    config = root / "etc/linekeeper/config.toml"
    text = config.read_text("utf-8").replace("alsa:default", "sim:demo_live")
    config.write_text(text, "utf-8")
    shutil.copy(HERE / "inside.sh", root / "root/inside.sh")
    unit = root / "etc/systemd/system/try.service"
    unit.write_text(
        "[Unit]\nAfter=multi-user.target\n[Service]\nType=oneshot\n"
        "ExecStart=/bin/sh /root/inside.sh\nSuccessAction=poweroff\n"
        "FailureAction=poweroff\n",
        "utf-8",
    )


def boot(root: Path) -> None:
    """Boot the root and print what `inside.sh` found."""
    nspawn = ["systemd-nspawn", "--quiet", "-D", str(root), "--register=no"]
    wants = ["--keep-unit", "--console=pipe", "-b", "systemd.wants=try.service"]
    done = subprocess.run(
        [*nspawn, *wants],
        env=os.environ | UNIFIED,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    report = root / "root/report.jsonl"
    assert report.exists(), f"it did not come up: {done.stdout[-3000:]}{done.stderr}"
    for line in report.read_text("utf-8").splitlines():
        found = json.loads(line)
        assert found["ok"], f"{found['what']}: {found['said']}"
        say(found["what"], found["said"])
    assert found["what"] == "end", "it stopped half way"


def files(root: Path) -> set[str]:
    """Return every file of the root, as the root calls it."""
    return {
        "/" + os.path.relpath(os.path.join(folder, name), root)
        for folder, _, names in os.walk(root)
        for name in names
    }


def mine(root: Path) -> set[str]:
    """Return the files that bear the package's name in their path."""
    own = ("/root/", "/var/lib/dpkg/", "/var/log/", "/var/cache/", "/proc/", "/sys/")
    return {p for p in files(root) if "linekeeper" in p and not p.startswith(own)}


def say(what: str, said: str) -> None:
    sys.stdout.write(f"{what}: {said}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: python image-build/try_deb.py FILE.deb SUITE")
    main(Path(sys.argv[1]), sys.argv[2])
