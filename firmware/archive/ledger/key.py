"""The box's signing key: Ed25519, made at the first start, readable by it alone."""

import contextlib
import os
import secrets
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from firmware.archive import disk
from firmware.errors import StoreError

FOLDER = "keys"
NAME = "ledger.key"
#: Nobody but the service may read it.
KEY_MODE = 0o600
_FOLDER_MODE = 0o700


def load(state_dir: Path) -> Ed25519PrivateKey:
    """Return the key; StoreError if there is none that can be read."""
    path = state_dir / FOLDER / NAME
    with disk.plainly(f"{path}: the signing key cannot be read"):
        data = path.read_bytes()
    try:
        key = load_pem_private_key(data, None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise StoreError(f"{path}: the signing key is damaged") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise StoreError(f"{path}: want an Ed25519 key")
    return key


def load_or_make(state_dir: Path) -> Ed25519PrivateKey:
    """Return the key; it is made, durably, if there is none."""
    path = state_dir / FOLDER / NAME
    if not path.exists():
        _make(path)
    return load(state_dir)


def _make(path: Path) -> None:
    pem = Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    scratch = path.with_name(f"{NAME}.{secrets.token_hex(8)}.tmp")
    with disk.plainly(f"{path}: the signing key cannot be made"):
        made = disk.make_folder(path.parent)
        if made:
            os.chmod(path.parent, _FOLDER_MODE)
        fd = disk.create(scratch, KEY_MODE)
        try:
            disk.write_all(fd, pem)
            disk.sync_data(fd)
        finally:
            disk.close(fd)
        try:
            with contextlib.suppress(FileExistsError):  # another process was first
                disk.link(scratch, path)
        finally:
            disk.remove(scratch)
        for folder in (path.parent, *made):
            disk.sync_folder(folder)
