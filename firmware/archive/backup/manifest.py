"""The list of what a backup holds: every file with its size and SHA-256.

It travels inside the backup, so that a restore checks each file against what the box
had, not against what the repository says.  Audio never changes once it is packed, so
each file is read once in its life; afterwards its size and time of change are enough.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from firmware.archive import disk
from firmware.archive.folder import is_id

NAME = "manifest.jsonl"


@dataclass(frozen=True, slots=True)
class Entry:
    """One file below the state folder."""

    path: str
    size: int
    mtime_ns: int
    sha256: str

    @property
    def call_id(self) -> str | None:
        """The call it belongs to."""
        return next((part for part in self.path.split("/") if is_id(part)), None)


Manifest = dict[str, Entry]


def build(root: Path, before: Manifest, leave_out: Callable[[Path], bool]) -> Manifest:
    """Return the files below `root`; unchanged ones keep the hash of `before`."""
    found: Manifest = {}
    for path in _files(root, leave_out):
        name = path.relative_to(root).as_posix()
        try:
            stat = path.stat()
            old = before.get(name)
            if old and (old.size, old.mtime_ns) == (stat.st_size, stat.st_mtime_ns):
                found[name] = old
            else:
                digest = sha256_of(path)
                found[name] = Entry(name, stat.st_size, stat.st_mtime_ns, digest)
        except FileNotFoundError:
            continue  # gone between the look and the reading
    return found


def has_changed(root: Path, manifest: Iterable[Entry]) -> bool:
    """Tell whether any file is not any more what it was when it was listed."""
    for entry in manifest:
        try:
            stat = (root / entry.path).stat()
        except FileNotFoundError:
            return True
        if (entry.size, entry.mtime_ns) != (stat.st_size, stat.st_mtime_ns):
            return True
    return False


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def differences(root: Path, manifest: Iterable[Entry]) -> Iterator[str]:
    """Yield in words every file that is not as the manifest says."""
    for entry in manifest:
        path = root / entry.path
        try:
            size = path.stat().st_size
            if size != entry.size:
                yield f"{entry.path}: {size} bytes instead of {entry.size}"
            elif sha256_of(path) != entry.sha256:
                yield f"{entry.path}: its content differs"
        except FileNotFoundError:
            yield f"{entry.path}: is missing"


def dump(manifest: Manifest) -> bytes:
    """Return the manifest as JSON lines."""
    lines = (
        json.dumps([e.path, e.size, e.mtime_ns, e.sha256], ensure_ascii=False)
        for e in manifest.values()
    )
    return "".join(f"{line}\n" for line in lines).encode()


def save(path: Path, manifest: Manifest) -> None:
    """Write a manifest, durably."""
    with disk.plainly(f"{path}: cannot be written"):
        disk.replace_file(path, dump(manifest))
        disk.sync_folder(path.parent)


def load(path: Path) -> Manifest:
    """Read a manifest; an absent or damaged one is an empty one."""
    try:
        rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        entries = [Entry(str(p), int(s), int(t), str(h)) for p, s, t, h in rows]
    except (OSError, ValueError, TypeError):
        return {}
    return {entry.path: entry for entry in entries}


def calls_of(manifest: Manifest) -> dict[str, set[str]]:
    """Return the names of the files of every call."""
    calls: dict[str, set[str]] = {}
    for entry in manifest.values():
        if entry.call_id is not None:
            name = entry.path.rpartition("/")[2]
            calls.setdefault(entry.call_id, set()).add(name)
    return calls


def _files(root: Path, leave_out: Callable[[Path], bool]) -> Iterator[Path]:
    """Yield every file, in order; links are not followed."""
    try:
        inside = sorted(root.iterdir())
    except FileNotFoundError:
        return
    for path in inside:
        if path.is_symlink() or leave_out(path):
            continue
        if path.is_dir():
            yield from _files(path, leave_out)
        elif path.is_file():
            yield path
