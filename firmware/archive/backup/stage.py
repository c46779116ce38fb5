"""What cannot be copied as it lies: databases in use, settings, keys.

SQLite's backup interface gives a whole database while others write.  The folder of
keys is packed and sealed to the recovery key alone, so that neither the box's own
password nor the server that keeps the backup opens it; what is wrapped by the
owner's passphrase anyway goes along as it is.
"""

import io
import os
import sqlite3
import tarfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from firmware.archive import disk
from firmware.errors import StoreError

#: Below the state folder, made for a backup and wiped afterwards.
FOLDER = Path("backup") / "staging"
#: Databases, copied by SQLite.
DATABASES = ("catalogue.sqlite3", "ledger.sqlite3", "line.sqlite3")
#: Copied before the ledger: a head may be older than its entries, never newer.
HEAD = "ledger.head"
SETTINGS = "settings.toml"
KEYS = "keys.tar.age"
#: The same while the box is open: there is no recovery key to seal them for.
PLAIN_KEYS = "keys.tar"
#: Of the keys, what is of no use to anybody without the owner's passphrase.
WRAPPED = "office.json"

#: No key is nearly as large, bytes; a file that claims to be is none.
LARGEST_KEY = 1 << 20

Seal = Callable[[bytes], bytes]


def prepare(state_dir: Path, settings: str, seal: Seal | None) -> Path:
    """Fill the staging folder and return it."""
    folder = state_dir / FOLDER
    wipe(folder)
    with disk.plainly(f"{folder}: the backup cannot be prepared"):
        disk.make_folder(folder)
        if (state_dir / HEAD).exists():
            _put(folder / HEAD, (state_dir / HEAD).read_bytes())
        for name in DATABASES:
            if (state_dir / name).exists():
                copy_database(state_dir / name, folder / name)
        _put(folder / SETTINGS, settings.encode())
        keys = state_dir / "keys"
        if keys.is_dir():
            if (keys / WRAPPED).exists():
                _put(folder / WRAPPED, (keys / WRAPPED).read_bytes())
            if seal is not None:
                _put(folder / KEYS, seal(pack(keys)))
            else:
                _put(folder / PLAIN_KEYS, pack(keys))
    return folder


def wipe(folder: Path) -> None:
    """Overwrite and remove what was staged: it names callers."""
    if not folder.is_dir():
        return
    with disk.plainly(f"{folder}: cannot be removed"):
        for path in sorted(folder.iterdir()):
            fd = disk.open_existing(path)
            try:
                left = os.fstat(fd).st_size
                while left > 0:
                    piece = bytes(min(left, 1 << 20))
                    disk.write_all(fd, piece)
                    left -= len(piece)
                disk.sync_data(fd)
            finally:
                disk.close(fd)
            disk.remove(path)
        folder.rmdir()


def copy_database(source: Path, target: Path) -> None:
    """Copy a database that others may be writing; the copy is one whole file."""
    uri = f"{source.absolute().as_uri()}?mode=ro"
    try:
        with (
            closing(sqlite3.connect(uri, uri=True, timeout=30)) as live,
            closing(sqlite3.connect(target)) as copy,
        ):
            live.backup(copy, pages=1024, sleep=0.01)
            copy.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error as error:
        raise StoreError(f"{source.name}: cannot be copied: {error}") from error
    os.chmod(target, disk.FILE_MODE)


def check_database(path: Path) -> str | None:
    """Return what is wrong with a database, None if it is whole."""
    try:
        with closing(sqlite3.connect(path)) as database:
            said = database.execute("PRAGMA integrity_check(1)").fetchone()[0]
    except sqlite3.Error as error:
        return str(error)
    return None if said == "ok" else str(said)


def pack(folder: Path) -> bytes:
    """Return a folder's files as a tar."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for path in sorted(folder.iterdir()):
            if path.is_file():
                tar.add(path, arcname=path.name)
    return packed.getvalue()


def unpack(packed: bytes, folder: Path) -> None:
    """Put packed files into a folder; only plain names, only plain files."""
    with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
        for member in tar.getmembers():
            file = tar.extractfile(member) if member.isfile() else None
            plain = Path(member.name).name == member.name != ".."
            if file is None or not plain or member.size > LARGEST_KEY:
                raise StoreError(f"keys: {member.name!r} does not belong there")
            _put(folder / member.name, file.read(), 0o600)


def _put(path: Path, content: bytes, mode: int = 0o600) -> None:
    disk.replace_file(path, content, mode)
