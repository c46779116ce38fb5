"""Builds linekeeper_VERSION_ARCH.deb for the Debian release and machine this runs on.

``python image-build/deb.py OUT`` puts the package into the folder OUT and prints its
path.  Everything comes from the locked wheels; what Debian has and keeps secure stays
Debian's: Python, ALSA, systemd.  The same commit gives the same file: times are those
of the commit, names are sorted, nothing is compiled in.
"""

import os
import platform
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
HERE = Path(__file__).parent
PACKAGE = "linekeeper"
#: Where the code lies in the package; Debian's own Python does not look there.
SITE = Path("usr/lib/linekeeper/site")
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "armhf"}
#: Pattern below the project -> folder, or file, in the package.
FILES = {
    "systemd/*.service": "usr/lib/systemd/system/",
    "systemd/*.timer": "usr/lib/systemd/system/",
    "systemd/*.slice": "usr/lib/systemd/system/",
    "systemd/90-linekeeper.rules": "usr/lib/udev/rules.d/",
    "systemd/linekeeper.sysusers": "usr/lib/sysusers.d/linekeeper.conf",
    "systemd/linekeeper.tmpfiles": "usr/lib/tmpfiles.d/linekeeper.conf",
    "image-build/debian/config.toml": "usr/share/linekeeper/",
    "image-build/debian/linekeeper": "usr/bin/",
    "docs/*.md": "usr/share/doc/linekeeper/",
    "docs/images/*": "usr/share/doc/linekeeper/images/",
    "CHANGELOG.md": "usr/share/doc/linekeeper/",
    "LICENSE": "usr/share/doc/linekeeper/copyright",
}
#: Files that are run.
RUN = {"usr/bin/linekeeper"}
#: What the lock brings for building, and what belongs to other people's commands.
UNUSED = ("bin", "share", "pip*", "setuptools*", "_distutils_hack", "pkg_resources")


def main(out: Path) -> None:
    """Build the package into `out`."""
    os.environ["SOURCE_DATE_EPOCH"] = epoch()
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch) / "root"
        install(root)
        describe(root)
        tidy(root)
        out.mkdir(parents=True, exist_ok=True)
        build = ["dpkg-deb", "--root-owner-group", "-Zxz", "--build", root, out]
        subprocess.run(build, check=True, stdout=sys.stderr)
    sys.stdout.write(f"{out / file_name()}\n")


def project() -> dict[str, str]:
    """Return what pyproject.toml says of the project."""
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    return dict(tomllib.loads(text)["project"])


def python() -> tuple[str, str]:
    """Return the Python the package is for, and the first one it is not for."""
    major, minor = sys.version_info[:2]
    return f"{major}.{minor}", f"{major}.{minor + 1}"


def version() -> str:
    """Return Debian's version: compiled parts fit one Python only."""
    return f"{project()['version']}~py{python()[0]}"


def architecture() -> str:
    """Return Debian's name of this machine's kind."""
    return ARCHITECTURES[platform.machine()]


def file_name() -> str:
    """Return the name dpkg-deb gives the package."""
    return f"{PACKAGE}_{version()}_{architecture()}.deb"


def epoch() -> str:
    """Return the time of the commit, s since 1970."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    if given:
        return given
    log = ["git", "-C", str(ROOT), "log", "-1", "--format=%ct"]
    done = subprocess.run(log, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def install(root: Path) -> None:
    """Put the locked wheels, the project and its files below `root`."""
    site = root / SITE
    pip = [sys.executable, "-m", "pip", "install", "-qq", "--no-compile"]
    lock = ["--require-hashes", "-r", str(ROOT / "requirements.lock")]
    subprocess.run([*pip, "--target", str(site), *lock], check=True)
    for room in ("dsp", "firmware", "web"):
        shutil.copytree(
            ROOT / room, site / room, ignore=shutil.ignore_patterns("__pycache__")
        )
    information(site)
    for pattern, target in FILES.items():
        found = sorted(ROOT.glob(pattern))
        assert found, f"{pattern}: there is no such file"
        for path in found:
            to = root / target / path.name if target.endswith("/") else root / target
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, to)


def information(site: Path) -> None:
    """Write the few lines by which `importlib.metadata` knows the version."""
    folder = site / f"{PACKAGE}-{project()['version']}.dist-info"
    folder.mkdir()
    about = f"Metadata-Version: 2.1\nName: {PACKAGE}\nVersion: {project()['version']}\n"
    (folder / "METADATA").write_text(about, "utf-8")


def describe(root: Path) -> None:
    """Write DEBIAN/: control and the scripts that run on the box."""
    folder = root / "DEBIAN"
    folder.mkdir()
    text = (HERE / "debian/control").read_text("utf-8")
    first, after = python()
    size = sum(p.stat().st_size for p in root.rglob("*") if p.is_file()) // 1024
    values = {
        "version": version(),
        "architecture": architecture(),
        "python": first,
        "next_python": after,
        "size": str(size),
    }
    for key, value in values.items():
        text = text.replace(f"@{key}@", value)
    (folder / "control").write_text(text, "utf-8")
    for name in ("postinst", "prerm", "postrm"):
        shutil.copyfile(HERE / "debian" / name, folder / name)
        (folder / name).chmod(0o755)


def tidy(root: Path) -> None:
    """Take out what nobody runs, and make rights and times the same everywhere."""
    for pattern in UNUSED:
        for folder in (root / SITE).glob(pattern):
            shutil.rmtree(folder)
    for folder in (root / SITE).rglob("tests"):
        shutil.rmtree(folder)
    for record in (root / SITE).glob("*.dist-info/RECORD"):
        record.unlink()  # names files that are not there any more
    stamp = int(os.environ["SOURCE_DATE_EPOCH"])
    for path in sorted(root.rglob("*"), reverse=True):
        inside = path.relative_to(root)
        script = inside.parts[0] == "DEBIAN" and path.name != "control"
        run = path.is_dir() or script or str(inside) in RUN
        path.chmod(0o755 if run else 0o644)
        os.utime(path, (stamp, stamp))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python image-build/deb.py OUT")
    main(Path(sys.argv[1]))
