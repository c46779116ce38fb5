"""The private keys, in RAM and only there, for as long as they are wanted."""

import contextlib
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from firmware.archive import disk
from firmware.archive.seal import header, wraps
from firmware.archive.seal.keystore import Keystore, Office, with_wrap, without_wrap
from firmware.errors import AccessError, LinekeeperError, Locked, StoreError

log = logging.getLogger(__name__)

#: Locks itself after so long without use, s.
IDLE_S = 30 * 60.0


class Keyring:
    """Opens seals.  Safe to use from several threads.

    An *open* box (no passphrase chosen yet) is never locked.  Otherwise `unlock` lets
    the private keys in, and `lock`, a change of the keys by another process or
    `idle_s` without use throws them out; 0 means that idleness does not matter.
    """

    def __init__(
        self,
        keystore: Keystore,
        idle_s: float = IDLE_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.keystore = keystore
        self.idle_s = idle_s
        self._clock = clock
        self._guard = threading.RLock()
        self._store_key: bytes | None = None
        self._keys: list[X25519PrivateKey] = []
        self._mark: object = None
        self._used = 0.0
        #: Counts the times of locking: what was opened before has an older number.
        self.generation = 0

    @classmethod
    def of(cls, state_dir: Path, idle_s: float = IDLE_S) -> "Keyring":
        """Return the keyring of a state folder."""
        return cls(Keystore(state_dir), idle_s)

    @property
    def mode(self) -> Literal["none", "open", "closed"]:
        """Are there keys, and does a passphrase close them?"""
        office = self.keystore.office()
        return "none" if office is None else "open" if office.open else "closed"

    @property
    def ways(self) -> list[str]:
        """Kinds of unlocking there are: passphrase, recovery, key_file, tpm, tang."""
        office = self.keystore.office()
        return [wrap["kind"] for wrap in office.wraps] if office else []

    @property
    def locked(self) -> bool:
        """True if sealed audio cannot be opened now.  Looking is not using."""
        with self._guard:
            self._refresh()
            return not self._keys

    def unwrap(self, head: bytes) -> bytes:
        """Return the data key of a `seal.key`; Locked, or SealBroken."""
        with self._guard:
            self._refresh()
            if not self._keys:
                raise Locked("the recordings are sealed; unlock them first")
            self._used = self._clock()
            return header.unwrap(head, self._keys)

    def touch(self) -> None:
        """Count as use: somebody is listening."""
        with self._guard:
            self._used = self._clock()

    def lock(self) -> None:
        """Throw the private keys out."""
        with self._guard:
            if self._keys:
                self.generation += 1
            self._store_key, self._keys, self._mark = None, [], None

    # Unlocking

    def unlock(self, passphrase: str) -> None:
        """Let the private keys in; AccessError if it is another passphrase."""
        with self._guard:
            wrap = self._wrap("passphrase")
            self._admit(wraps.open_passphrase(wrap, passphrase))

    def unlock_with_key(self, text: str) -> None:
        """Let them in with the recovery key or a key file's; AccessError."""
        lines = [line for line in text.splitlines() if not line.startswith("#")]
        try:
            identity = header.read_identity("".join(lines))
        except ValueError as error:
            raise AccessError("key", f"this is not a key: it {error}") from None
        public = header.recipient_text(identity.public_key())
        with self._guard:
            for wrap in self._office().wraps:
                if wrap.get("public") == public:
                    self._admit(wraps.open_identity(wrap, identity))
                    return
        raise AccessError("key", "this key is whole, but not one of this box")

    def unlock_by_itself(self, key_file: Path | None = None) -> str | None:
        """Let them in by key file, TPM or Tang, as the owner has set up; return which.

        None, with the reasons in the log, if the keys stay out.
        """
        if key_file is not None:
            try:
                with disk.plainly(f"{key_file}: cannot be read"):
                    self.unlock_with_key(key_file.read_text("ascii", "replace"))
                return "key_file"
            except LinekeeperError as error:
                log.warning("unlocking by key file: %s", error)
        with self._guard:
            for kind, opener in wraps.BY_ITSELF.items():
                for wrap in self._office().wraps:
                    if wrap["kind"] != kind:
                        continue
                    try:
                        self._admit(opener(wrap))
                        return kind
                    except LinekeeperError as error:
                        log.warning("unlocking by %s: %s", kind, error)
        return None

    # Changing

    def choose_passphrase(
        self, passphrase: str, now_utc: float, cost: Mapping[str, int] = wraps.ARGON2
    ) -> str:
        """Close an open box with new keys; return the recovery key, told only here.

        The box is unlocked afterwards.  The private key that lay open is destroyed;
        it goes on opening the calls of before from within the sealed store.
        """
        with self._guard:
            office = self._office()
            if not office.open:
                raise AccessError("closed", "there is a passphrase; change that one")
            store_key = os.urandom(header.FILE_KEY_BYTES)
            recovery = X25519PrivateKey.generate()
            recovery_public = header.recipient_text(recovery.public_key())
            ways = (
                wraps.by_passphrase(store_key, passphrase, cost),
                wraps.by_identity("recovery", store_key, recovery_public),
            )
            office = replace(office, recovery=recovery_public, wraps=ways)
            self._put_new_key(office, store_key, now_utc)
            self.keystore.forget_open_key()
            return header.identity_text(recovery)

    def change_passphrase(
        self, passphrase: str, cost: Mapping[str, int] = wraps.ARGON2
    ) -> None:
        """Give an unlocked box another passphrase; also after unlocking by recovery."""
        with self._changing() as store_key:
            self._add(wraps.by_passphrase(store_key, passphrase, cost))

    def renew_recovery(self) -> str:
        """Return a new recovery key, told only here; the old one opens no new call."""
        with self._changing() as store_key:
            recovery = X25519PrivateKey.generate()
            public = header.recipient_text(recovery.public_key())
            office = replace(self._office(), recovery=public)
            wrap = wraps.by_identity("recovery", store_key, public)
            self._write(with_wrap(office, wrap))
            return header.identity_text(recovery)

    def renew_office_key(self, now_utc: float) -> None:
        """Seal the calls to come for a new key; the old ones are kept."""
        with self._changing() as store_key:
            self._put_new_key(self._office(), store_key, now_utc)

    def add_key_file(self) -> str:
        """Return the content of a new key file, told only here."""
        with self._changing() as store_key:
            key = X25519PrivateKey.generate()
            public = header.recipient_text(key.public_key())
            self._add(wraps.by_identity("key_file", store_key, public))
            return f"# public key: {public}\n{header.identity_text(key)}\n"

    def add_tpm(self, device: str = "auto") -> None:
        """Let this machine's TPM unlock."""
        with self._changing() as store_key:
            self._add(wraps.by_tpm(store_key, device))

    def add_tang(self, url: str, thumbprint: str) -> None:
        """Let a Tang server in the office unlock."""
        with self._changing() as store_key:
            self._add(wraps.by_tang(store_key, url, thumbprint))

    def remove_way(self, kind: str) -> None:
        """Take a way of unlocking away; passphrase and recovery stay."""
        if kind in ("passphrase", "recovery"):
            raise AccessError("needed", f"{kind}: can be changed, not taken away")
        with self._changing():
            self._write(without_wrap(self._office(), kind))

    def _put_new_key(self, office: Office, store_key: bytes, now_utc: float) -> None:
        key = X25519PrivateKey.generate()
        keys = [key, *self.keystore.private_keys(store_key)]
        self._write(
            replace(
                office,
                public=header.recipient_text(key.public_key()),
                former=(office.public, *office.former),
                sealed=self.keystore.seal(keys, store_key),
                made_utc=now_utc,
            )
        )
        self._admit(store_key)

    @contextlib.contextmanager
    def _changing(self) -> Iterator[bytes]:
        with self._guard:
            self._refresh()
            if self._store_key is None:
                raise Locked("the keys can be changed only while they are unlocked")
            yield self._store_key

    def _add(self, wrap: dict[str, Any]) -> None:
        self._write(with_wrap(self._office(), wrap))

    def _write(self, office: Office) -> None:
        self.keystore.write(office)
        self._mark = self.keystore.mark  # a change of our own locks nothing

    def _admit(self, store_key: bytes) -> None:
        self._keys = self.keystore.private_keys(store_key)
        self._store_key = store_key
        self._mark = self.keystore.mark
        self._used = self._clock()

    def _refresh(self) -> None:
        """Throw out what is stale or idle; let the key of an open box in."""
        mark = self.keystore.mark
        idle = self._clock() - self._used > self.idle_s > 0
        if self._keys and (mark != self._mark or (idle and self._store_key)):
            self.lock()
        if not self._keys and mark is not None:
            office = self.keystore.office()
            if office is not None and office.open:
                self._keys, self._mark = self.keystore.private_keys(), mark

    def _wrap(self, kind: str) -> dict[str, Any]:
        for wrap in self._office().wraps:
            if wrap["kind"] == kind:
                return wrap
        raise AccessError("open", "no passphrase has been chosen yet")

    def _office(self) -> Office:
        office = self.keystore.office()
        if office is None:
            raise StoreError(f"{self.keystore.folder}: no keys have been made yet")
        return office
