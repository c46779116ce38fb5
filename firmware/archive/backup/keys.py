"""The keys of a backup: its password, and the box's own keys under the recovery key.

The repository's password lies on the box, for backups nobody attends.  Beside a local
repository lies the same password once more, sealed for the recovery key: whoever has
the disk and the recovery key's printout needs nothing else of a box that burned.
"""

import contextlib
import os
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from firmware.archive import disk
from firmware.archive.backup.state import PASSWORD
from firmware.archive.folder import CROCKFORD
from firmware.archive.seal import header
from firmware.archive.seal.keystore import Keystore
from firmware.archive.seal.stream import StreamReader, StreamWriter
from firmware.errors import SealBroken, StoreError

#: 26 characters of 5 bits: as strong as a key of 128 bits.
PASSWORD_LENGTH = 26
#: Beside a local repository: its password, as an age file.
SEALED_PASSWORD = "password.age"
#: age ends its header with a line that begins so (C2SP age.md).
_LAST_LINE = b"\n--- "


def password_file(state_dir: Path) -> Path:
    """Return the file with the repository's password; StoreError if there is none."""
    path = state_dir / PASSWORD
    if not path.exists():
        raise StoreError("no backup has been set up yet: run `linekeeper backup init`")
    return path


def make_password(state_dir: Path) -> str:
    """Return the repository's password; made if there is none."""
    path = state_dir / PASSWORD
    if path.exists():
        return path.read_text("ascii").strip()
    text = "".join(secrets.choice(CROCKFORD) for _ in range(PASSWORD_LENGTH))
    keep_password(state_dir, text)
    return text


def keep_password(state_dir: Path, text: str) -> None:
    """Put a password where backups look for it."""
    path = state_dir / PASSWORD
    with disk.plainly(f"{path}: the password cannot be kept"):
        made = disk.make_folder(path.parent)
        if made:
            os.chmod(path.parent, 0o700)
        disk.replace_file(path, f"{text}\n".encode(), 0o600)
        for folder in (path.parent, *made):
            disk.sync_folder(folder)


@contextlib.contextmanager
def as_file(password: str) -> Iterator[Path]:
    """Give a password a path for child processes, without putting it on a disk."""
    fd = os.memfd_create("password")
    try:
        disk.write_all(fd, f"{password}\n".encode())
        yield Path(f"/proc/{os.getpid()}/fd/{fd}")
    finally:
        os.close(fd)


def recovery_seal(state_dir: Path) -> Callable[[bytes], bytes] | None:
    """Return what seals for the recovery key, None before there is one."""
    office = Keystore(state_dir).office()
    if office is None or office.recovery is None:
        return None
    recipient = header.read_recipient(office.recovery)
    return lambda content: seal(content, recipient)


def seal(content: bytes, recipient: X25519PublicKey) -> bytes:
    """Return an age file."""
    key = header.new_file_key()
    fd = os.memfd_create("sealed")
    try:
        with StreamWriter(fd, key) as writer:
            writer.write(content)
        os.lseek(fd, 0, os.SEEK_SET)
        with os.fdopen(os.dup(fd), "rb") as file:
            payload = file.read()
    finally:
        os.close(fd)
    return header.wrap(key, [recipient]) + payload


def unseal(sealed: bytes, recovery: str) -> bytes:
    """Open an age file with the recovery key; StoreError says what is wrong."""
    try:
        identity = header.read_identity(recovery.strip())
    except ValueError as error:
        raise StoreError(f"this is not a recovery key: {error}") from error
    head, mark, rest = sealed.partition(_LAST_LINE)
    mac, newline, payload = rest.partition(b"\n")
    if not newline:
        raise SealBroken("not an age file, or cut off")
    key = header.unwrap(head + mark + mac + newline, [identity])
    fd = os.memfd_create("sealed")
    try:
        disk.write_all(fd, payload)
        with StreamReader(Path(f"/proc/self/fd/{fd}"), key) as reader:
            return reader.read()
    finally:
        os.close(fd)
