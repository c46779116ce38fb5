"""The way back: a whole archive from a backup, every file checked by its hash.

It goes into a folder beside the wanted one and takes its name at the very end, so that
an interrupted restore is simply started again and never looks like an archive.
"""

import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from firmware.archive import Archive, disk, disks
from firmware.archive.backup import keys, manifest, stage
from firmware.archive.backup import state as states
from firmware.archive.backup.restic import Restic
from firmware.errors import StoreError

HALF = ".restoring"
#: Differences told by name; more are counted.
TOLD = 20


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back."""

    calls: int
    files: int
    bytes: int
    seconds: float
    check_seconds: float
    keys: str  # which keys are there, in words

    @property
    def seconds_per_thousand(self) -> float:
        """Time for a thousand calls, checks included."""
        return 1000 * self.seconds / max(1, self.calls)


def restore(
    repository: Restic,
    state_dir: Path,
    *,
    snapshot: str = "latest",
    recovery: str | None = None,
    password: str | None = None,
    told: Callable[[str], None] = lambda words: None,
) -> Restored:
    """Restore into `state_dir`, which must be absent or empty.

    `recovery` is the recovery key, without which the box's own keys stay sealed.
    StoreError names the first files that are not what they were; the folder with what
    came is left for a look.
    """
    if state_dir.exists() and any(state_dir.iterdir()):
        raise StoreError(f"{state_dir}: is not empty; restore into an empty folder")
    half = state_dir.with_name(state_dir.name + HALF)
    shutil.rmtree(half, ignore_errors=True)
    began = time.monotonic()
    with disk.plainly(f"{half}: cannot be made"):
        disk.make_folder(half)
    told("reading the backup")
    repository.restore(snapshot, half)
    read = time.monotonic()
    told("checking every file")
    files = check(half)
    check_s = time.monotonic() - read
    told("putting the databases and keys in place")
    which = _settle(half, recovery, password)
    if state_dir.exists():
        state_dir.rmdir()
    with disk.plainly(f"{state_dir}: cannot be put in place"):
        os.sync()
        disk.rename(half, state_dir)
        disk.sync_folder(state_dir.parent)
    with Archive(state_dir) as archive:
        # Calls that ran during the backup have a row and no folder.
        archive.calls.remove(archive.calls.ids() - set(archive.folder_ids()))
        archive.recover(time.time(), None)
    disks.adopt(state_dir)
    size = sum(entry.size for entry in files.values())
    calls = len(manifest.calls_of(files))
    seconds = time.monotonic() - began
    return Restored(calls, len(files), size, seconds, check_s, which)


def check(root: Path) -> manifest.Manifest:
    """Compare every file with the manifest that came along; return the manifest."""
    files = manifest.load(root / states.FOLDER / manifest.NAME)
    if not files:
        raise StoreError(f"{root}: this backup has no list of its files")
    wrong = []
    for count, words in enumerate(manifest.differences(root, files.values())):
        if count < TOLD:
            wrong.append(words)
    if wrong:
        raise StoreError("the backup is not what it was:\n" + "\n".join(wrong))
    staged = root / stage.FOLDER
    for name in stage.DATABASES:
        if (staged / name).exists() and (odd := stage.check_database(staged / name)):
            raise StoreError(f"{name}: is damaged: {odd}")
    return files


def _settle(root: Path, recovery: str | None, password: str | None) -> str:
    """Put databases and keys where they belong; say which keys there are."""
    staged, folder = root / stage.FOLDER, root / "keys"
    with disk.plainly(f"{root}: cannot be put in order"):
        for name in (*stage.DATABASES, stage.HEAD):
            if (staged / name).exists():
                disk.rename(staged / name, root / name)
        folder.mkdir(0o700, exist_ok=True)
        which = _keys(staged, folder, recovery)
        if password is not None:
            keys.keep_password(root, password)
        if (staged / stage.SETTINGS).exists():
            disk.rename(staged / stage.SETTINGS, root / f"restored-{stage.SETTINGS}")
        (root / disks.KNOWN).unlink(missing_ok=True)  # the disk is another one
    if (staged / stage.KEYS).exists() and recovery is None:
        disk.rename(staged / stage.KEYS, folder / stage.KEYS)
    stage.wipe(staged)
    return which


def _keys(staged: Path, folder: Path, recovery: str | None) -> str:
    sealed, plain = staged / stage.KEYS, staged / stage.PLAIN_KEYS
    if plain.exists():
        stage.unpack(plain.read_bytes(), folder)
        return "all keys (the box was open)"
    if sealed.exists() and recovery is not None:
        stage.unpack(keys.unseal(sealed.read_bytes(), recovery), folder)
        return "all keys, opened by the recovery key"
    wrapped = staged / stage.WRAPPED
    if wrapped.exists():
        disk.rename(wrapped, folder / stage.WRAPPED)
        return (
            "the office key, which the passphrase opens; the box's own keys wait in "
            f"keys/{stage.KEYS} for the recovery key"
        )
    return "none: nothing was sealed"
