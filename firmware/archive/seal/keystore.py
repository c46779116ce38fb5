"""Whom calls are sealed for, on disk: `keys/office.json` below the state folder.

While the box is *open* the private key lies beside it in `office.key`, an age
identity file: whoever has the card has the key.  Choosing a passphrase makes new keys
whose private halves never touch the disk unwrapped, hands out the recovery key once,
and keeps the old ones, wrapped, for the calls of before.

The private keys of all times are sealed together under one store key; each way of
unlocking wraps that store key (see `wraps`), so that a way is added, changed or
taken away without touching a recording.
"""

import base64
import binascii
import json
import logging
import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import (
    X25519PrivateKey,
    X25519PublicKey,
)
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from firmware.archive import disk
from firmware.archive.seal import header
from firmware.errors import SealBroken, StoreError

log = logging.getLogger(__name__)

FOLDER, OFFICE, OPEN_KEY = "keys", "office.json", "office.key"
#: Private keys: nobody but the owner of the service's files.
SECRET_MODE = 0o600
FOLDER_MODE = 0o700
VERSION = 1
_NONCE = 12


class KeysDamaged(StoreError):
    """`office.json` was read, and does not say what it should."""


@dataclass(frozen=True, slots=True)
class Office:
    """What `office.json` says; nothing in it opens a call by itself."""

    public: str  # the office's recipient: age1…
    recovery: str | None = None  # the recovery key's recipient, once there is one
    #: Private keys of all times, newest first, sealed under the store key; else open.
    sealed: str | None = None
    wraps: tuple[dict[str, Any], ...] = ()
    made_utc: float = 0.0
    #: Recipients of before, newest first.
    former: tuple[str, ...] = field(default=())

    @property
    def open(self) -> bool:
        """True while the private key lies beside the recordings."""
        return self.sealed is None

    @property
    def recipients(self) -> list[X25519PublicKey]:
        """For whom new calls are sealed."""
        texts = (self.public, self.recovery)
        return [header.read_recipient(text) for text in texts if text]

    def to_json(self) -> dict[str, Any]:
        names = ("public", "recovery", "sealed", "made_utc", "former", "wraps")
        return {"version": VERSION} | {name: getattr(self, name) for name in names}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Office":
        """Return it; ValueError, TypeError or KeyError if it is not one."""
        if data["version"] != VERSION:
            raise ValueError(f"version {data['version']} is not known here")
        office = cls(
            str(data["public"]), data["recovery"], data["sealed"],
            tuple(dict(wrap) for wrap in data["wraps"]), float(data["made_utc"]),
            tuple(str(text) for text in data["former"]),
        )  # fmt: skip
        office.recipients  # noqa: B018  # says so if a key cannot be read
        return office


class Keystore:
    """The files below `state_dir/keys`.  Read anew whenever they have changed."""

    def __init__(self, state_dir: Path) -> None:
        self.folder = state_dir / FOLDER
        self._read: tuple[tuple[int, int, int], Office] | None = None

    @property
    def mark(self) -> tuple[int, int, int] | None:
        """Changes when the keys change; None while there are none."""
        try:
            found = os.stat(self.folder / OFFICE)
        except FileNotFoundError:
            return None
        return found.st_mtime_ns, found.st_ino, found.st_size

    def office(self) -> Office | None:
        """Return the keys in force; None before there are any."""
        with disk.plainly(f"{self.folder}: the keys cannot be read"):
            mark = self.mark
            if mark is None:
                return None
            if self._read is None or self._read[0] != mark:
                self._read = mark, self._parse()
        return self._read[1]

    def ensure(self, now_utc: float) -> Office:
        """Return the keys in force, made open if there are none.

        Keys that cannot be read are put aside: calls must go on being kept.
        """
        try:
            office = self.office()
        except KeysDamaged as error:
            log.error("%s; new keys are made, for the calls to come", error)
            with disk.plainly(f"{self.folder}: the damaged keys cannot be put aside"):
                for name in (OFFICE, OPEN_KEY):
                    if (self.folder / name).exists():
                        aside = self.folder / f"{name}.unreadable-{round(now_utc)}"
                        disk.rename(self.folder / name, aside)
            office = None
        left = (self.folder / OPEN_KEY).exists()
        if office is not None and not office.open and left:  # a cut came between
            self.forget_open_key()
        return office or self._make_open(now_utc)

    def private_keys(self, store_key: bytes | None = None) -> list[X25519PrivateKey]:
        """Return the private keys, newest first; the store key opens sealed ones."""
        office = self.office()
        if office is None:
            return []
        if office.sealed is None:
            path = self.folder / OPEN_KEY
            with disk.plainly(f"{path}: the private key cannot be read"):
                return _read_identities(path.read_text("ascii", "replace"), path)
        if store_key is None:
            return []
        return self._unseal(office.sealed, store_key)

    def write(self, office: Office) -> None:
        """Replace the keys in force, durably."""
        text = json.dumps(office.to_json(), indent=1)
        with disk.plainly(f"{self.folder}: the keys cannot be written"):
            disk.replace_file(self.folder / OFFICE, text.encode(), disk.FILE_MODE)
            disk.sync_folder(self.folder)

    def seal(self, keys: list[X25519PrivateKey], store_key: bytes) -> str:
        """Return private keys sealed under the store key."""
        text = "\n".join(header.identity_text(key) for key in keys)
        nonce = os.urandom(_NONCE)
        body = _cipher(store_key, nonce).encrypt(nonce, text.encode(), None)
        return base64.b64encode(nonce + body).decode()

    def forget_open_key(self) -> None:
        """Overwrite and remove the private key that lies open; flash may keep it."""
        with disk.plainly(f"{self.folder}: the open key cannot be removed"):
            disk.shred(self.folder / OPEN_KEY)
            disk.sync_folder(self.folder)

    def _make_open(self, now_utc: float) -> Office:
        key = X25519PrivateKey.generate()
        office = Office(header.recipient_text(key.public_key()), made_utc=now_utc)
        with disk.plainly(f"{self.folder}: the keys cannot be made"):
            for folder in disk.make_folder(self.folder):
                disk.sync_folder(folder)
            os.chmod(self.folder, FOLDER_MODE)
            text = f"# public key: {office.public}\n{header.identity_text(key)}\n"
            disk.replace_file(self.folder / OPEN_KEY, text.encode(), SECRET_MODE)
        self.write(office)  # last: what it names is there
        return office

    def _parse(self) -> Office:
        path = self.folder / OFFICE
        try:
            return Office.from_json(json.loads(path.read_bytes()))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise KeysDamaged(f"{path}: is damaged: {error}") from error

    def _unseal(self, sealed: str, store_key: bytes) -> list[X25519PrivateKey]:
        path = self.folder / OFFICE
        try:
            data = base64.b64decode(sealed, validate=True)
            nonce = data[:_NONCE]
            text = _cipher(store_key, nonce).decrypt(nonce, data[_NONCE:], None)
        except (InvalidTag, binascii.Error, ValueError) as error:
            raise SealBroken(f"{path}: the private keys are damaged") from error
        return _read_identities(text.decode("ascii", "replace"), path)


def _cipher(store_key: bytes, nonce: bytes) -> ChaCha20Poly1305:
    return ChaCha20Poly1305(header.derive(store_key, nonce, b"linekeeper.keys/v1"))


def _read_identities(text: str, path: Path) -> list[X25519PrivateKey]:
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    try:
        return [header.read_identity(line) for line in lines]
    except ValueError as error:
        raise StoreError(f"{path}: holds no private key: it {error}") from error


def with_wrap(office: Office, wrap: dict[str, Any]) -> Office:
    """Return the keys with a way of unlocking, which replaces one of its kind."""
    others = [old for old in office.wraps if old["kind"] != wrap["kind"]]
    return replace(office, wraps=(*others, wrap))


def without_wrap(office: Office, kind: str) -> Office:
    """Return the keys without a way of unlocking."""
    left = tuple(wrap for wrap in office.wraps if wrap["kind"] != kind)
    return replace(office, wraps=left)
