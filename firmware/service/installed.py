"""Which version this is, how it came onto the machine, and what it brought."""

import platform
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from firmware import __version__

#: How it was installed: as an image, a Debian package, a source tree, by pip.
Way = Literal["image", "deb", "tree", "pip"]
#: dpkg(1): lists what a package has brought.
DPKG_LIST = Path("/var/lib/dpkg/info/linekeeper.list")
#: Where a Debian package puts what changed (Debian Policy, 12.7).
DOC = Path("/usr/share/doc/linekeeper/CHANGELOG.md")
#: os-release(5): set in an image that was built as a whole.
IMAGE = "IMAGE_ID"


@dataclass(frozen=True, slots=True)
class Release:
    """What one version brought, in the words of the changelog."""

    title: str
    points: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Installed:
    """This installation."""

    version: str
    way: Way
    where: Path
    revision: str
    system: str


def look(
    home: Path | None = None, dpkg: Path = DPKG_LIST, image: str | None = None
) -> Installed:
    """Find out; `home` is the folder the program runs from."""
    home = home or Path(__file__).resolve().parents[2]
    release = _release()
    image = release.get(IMAGE, "") if image is None else image
    return Installed(
        __version__,
        _way(home, dpkg, image),
        home,
        _revision(home / ".git"),
        release.get("PRETTY_NAME", platform.system()),
    )


def _release() -> dict[str, str]:
    try:
        return platform.freedesktop_os_release()
    except OSError:
        return {}


def _way(home: Path, dpkg: Path, image: str) -> Way:
    if image == "linekeeper":
        return "image"
    if dpkg.exists() and f"{home}/firmware/__init__.py" in dpkg.read_text("utf-8"):
        return "deb"
    return "tree" if (home / "pyproject.toml").exists() else "pip"


def _revision(git: Path) -> str:
    """Return the commit of a source tree, shortened; empty if it has none."""
    try:
        head = (git / "HEAD").read_text("ascii").strip()
        name = head.removeprefix("ref: ")
        commit = (git / name).read_text("ascii").strip() if name != head else head
    except OSError:
        return ""
    return commit[:10] if re.fullmatch(r"[0-9a-f]{40,64}", commit) else ""


def changelog(places: tuple[Path, ...] | None = None) -> list[Release]:
    """Return what the versions brought, the newest first; empty if it is not here."""
    home = Path(__file__).resolve().parents[2]
    for path in places or (home / "CHANGELOG.md", DOC):
        try:
            return parse(path.read_text("utf-8"))
        except (OSError, UnicodeDecodeError):
            continue
    return []


def parse(text: str) -> list[Release]:
    """Read a changelog: a heading for each version, a point for each change."""
    releases: list[Release] = []
    for section in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        title, _, body = section.partition("\n")
        points = re.split(r"^- ", body, flags=re.MULTILINE)[1:]
        releases.append(Release(title.strip(), tuple(_plain(p) for p in points)))
    return releases


def _plain(point: str) -> str:
    text = re.sub(r"\[([^]]+)\]\([^)]*\)", r"\1", point)
    return " ".join(text.replace("`", "").split())
