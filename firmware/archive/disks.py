"""Disks by their identity: which file system is where, and is it the one we know?

A mount path says nothing about what is mounted there.  The recordings carry a file
with a random identity, and the state folder remembers it together with the UUID of
the file system.  Whoever deletes asks `check` first: unless it says `same`, nothing
may go.
"""

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from firmware.archive import disk

#: In the folder of the recordings: who it is.
MARK = ".disk.json"
#: In the state folder: whom we know.
KNOWN = "disk.json"
MOUNTS = Path("/proc/self/mountinfo")
BY_UUID = Path("/dev/disk/by-uuid")

State = Literal["same", "new", "missing", "empty", "swapped"]


@dataclass(frozen=True, slots=True)
class Identity:
    """Is this the disk we know, and what to say about it."""

    state: State
    message: str

    @property
    def is_same(self) -> bool:
        """True if deletions are safe as far as the disk goes."""
        return self.state == "same"


def adopt(state_dir: Path) -> None:
    """Take the recordings' present disk as ours, durably; keeps a mark it bears."""
    recordings = state_dir / "recordings"
    with disk.plainly(f"{recordings}: the disk cannot be adopted"):
        mark = _read(recordings / MARK) or {"id": secrets.token_hex(16)}
        known = {**mark, "filesystem": filesystem_of(recordings)}
        disk.replace_file(recordings / MARK, json.dumps(mark).encode())
        disk.sync_folder(recordings)
        disk.replace_file(state_dir / KNOWN, json.dumps(known).encode())
        disk.sync_folder(state_dir)


def adopt_first(state_dir: Path, listed: int) -> Identity:
    """Adopt the disk of an archive that knows none yet, and return what it is then.

    Not where the catalogue lists calls and the disk has none: there a person decides.
    """
    found = check(state_dir)
    if found.state != "new":
        return found
    if listed and not any((state_dir / "recordings").glob("*/*/*/*")):
        return found
    adopt(state_dir)
    return check(state_dir)


def check(state_dir: Path) -> Identity:
    """Compare the disk under the recordings with the one we know."""
    recordings = state_dir / "recordings"
    known, mark = _read(state_dir / KNOWN), _read(recordings / MARK)
    if known is None:
        return Identity("new", "no disk has been adopted yet")
    if not recordings.is_dir():
        return Identity("missing", f"{recordings} is not there; is its disk attached?")
    if mark is None:
        return Identity(
            "empty",
            "the disk with the recordings bears no mark: it is empty or another one",
        )
    if mark.get("id") != known.get("id"):
        return Identity("swapped", "this is another archive's disk")
    present = filesystem_of(recordings)
    if known.get("filesystem") and present and present != known["filesystem"]:
        return Identity(
            "swapped",
            "the recordings are on another file system than before; if you moved "
            "them, run `linekeeper disk adopt`",
        )
    return Identity("same", "it is the disk we know")


def identity_of(state_dir: Path) -> str:
    """Return a name for this archive that no other has; made if there is none yet.

    It lies with the recordings, so it comes back with them from a backup.
    """
    known = _read(state_dir / KNOWN)
    if known is None or "id" not in known:
        adopt(state_dir)
        known = _read(state_dir / KNOWN) or {}
    return f"archive-{known['id']}"


def find(uuid: str, mounts: Path = MOUNTS, by_uuid: Path = BY_UUID) -> Path | None:
    """Return where the file system with this UUID is mounted, None if it is not."""
    try:
        device = os.stat(by_uuid / Path(uuid).name).st_rdev
    except OSError:
        return None
    wanted = f"{os.major(device)}:{os.minor(device)}"
    for number, root, place in _mounted(mounts):
        if number == wanted and root == "/":
            return place
    return None


def attached(
    mounts: Path = MOUNTS, by_uuid: Path = BY_UUID
) -> list[tuple[str, Path | None]]:
    """Return the UUID of every file system and where it is mounted, if it is."""
    try:
        names = sorted(name.name for name in by_uuid.iterdir())
    except OSError:
        return []
    return [(name, find(name, mounts, by_uuid)) for name in names]


def filesystem_of(folder: Path, by_uuid: Path = BY_UUID) -> str | None:
    """Return the UUID of the file system that holds a folder, None if it has none."""
    try:
        device = os.stat(folder).st_dev
        names = sorted(by_uuid.iterdir())
    except OSError:
        return None
    for name in names:
        try:
            if os.stat(name).st_rdev == device:
                return name.name
        except OSError:
            continue
    return None


def _mounted(mounts: Path) -> list[tuple[str, str, Path]]:
    """Return device number, root and place of every mount (proc(5), mountinfo)."""
    found = []
    for line in mounts.read_text("utf-8").splitlines():
        fields = line.split()
        place = fields[4].encode().decode("unicode_escape")
        found.append((fields[2], fields[3], Path(place)))
    return found


def _read(path: Path) -> dict[str, str] | None:
    try:
        data = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return data if isinstance(data, dict) else None
