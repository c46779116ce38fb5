"""The data keys of calls: made, found, forgotten, destroyed.

`seal.key` in a call's folder wraps its data key for the office and for the recovery
key.  The process that makes one keeps the key in RAM until the call is packed: it
needs no private key for what it has recorded itself.
"""

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from firmware.archive import disk
from firmware.archive.folder import SEAL_KEY, Folders
from firmware.archive.seal import header
from firmware.archive.seal.keyring import Keyring
from firmware.errors import Locked, StoreError

log = logging.getLogger(__name__)


class Sealer:
    """Hands out data keys by call.  Safe to use from several threads."""

    def __init__(
        self,
        folders: Folders,
        keyring: Keyring,
        *,
        enabled: bool,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.keyring = keyring
        self.enabled = enabled
        self._folders = folders
        self._clock = clock
        self._guard = threading.RLock()
        self._own: dict[str, bytes] = {}

    def prepare(self) -> None:
        """Make the keys at the first start; a full disk leaves it to the first call."""
        if self.enabled:
            try:
                self.keyring.keystore.ensure(self._clock())
            except StoreError as error:
                log.error("%s", error)

    def accept(self, call_id: str, key: bytes) -> None:
        """Hold a data key that somebody has unlocked, until the call is packed.

        SealBroken if it is not the key of this call.
        """
        with disk.plainly(f"call {call_id}: its seal cannot be read"):
            head = self._path(call_id).read_bytes()
        header.verify(head, key)
        with self._guard:
            self._own[call_id] = key

    def sealed(self, call_id: str) -> bool:
        """Tell whether a call has a seal."""
        return self._path(call_id).exists()

    def make(self, call_id: str) -> bytes:
        """Return the data key of a call, made if it has none yet.

        The folder must be there; its name in it is durable once the folder is synced.
        """
        with self._guard:
            if call_id in self._own:
                return self._own[call_id]
            if self.sealed(call_id):
                return self.key(call_id)
            office = self.keyring.keystore.ensure(self._clock())
            key = header.new_file_key()
            head = header.wrap(key, office.recipients)
            with disk.plainly(f"call {call_id}: its seal cannot be made"):
                disk.replace_file(self._path(call_id), head)
            self._own[call_id] = key
            return key

    def key(self, call_id: str) -> bytes:
        """Return the data key; Locked if only the private key can tell it."""
        with self._guard:
            own = self._own.get(call_id)
        if own is not None:
            return own
        with disk.plainly(f"call {call_id}: its seal cannot be read"):
            head = self._path(call_id).read_bytes()
        return self.keyring.unwrap(head)

    def may_open(self, call_id: str) -> None:
        """Raise Locked if a call is sealed and its key is out of reach."""
        if not self.at_hand(call_id) and self.sealed(call_id):
            raise Locked("the recordings are sealed; unlock them first")

    def at_hand(self, call_id: str) -> bool:
        """Tell whether `key` would return one, as far as can be told."""
        with self._guard:
            return call_id in self._own or not self.keyring.locked

    @contextlib.contextmanager
    def lent(self, call_id: str, key: bytes) -> Iterator[None]:
        """Use a data key that somebody else has unlocked, for one deed."""
        with self._guard:
            ours = call_id in self._own
            self._own.setdefault(call_id, key)
        try:
            yield
        finally:
            if not ours:
                self.forget(call_id)

    def keep(self, call_id: str) -> None:
        """Hold the key of a call in RAM from here on."""
        key = self.key(call_id)
        with self._guard:
            self._own[call_id] = key

    def forget(self, call_id: str) -> None:
        """Hold the key of a call no longer: it is packed."""
        with self._guard:
            self._own.pop(call_id, None)

    def destroy(self, call_id: str) -> None:
        """Make everything sealed of a call unreadable, durably and for ever."""
        self.forget(call_id)
        path = self._path(call_id)
        scratch = path.with_name(SEAL_KEY + ".tmp")
        with disk.plainly(f"call {call_id}: its seal cannot be destroyed"):
            if path.exists() or scratch.exists():
                disk.shred(path)
                disk.shred(scratch)
                disk.sync_folder(path.parent)

    def rewrap(self, call_id: str) -> bool:
        """Wrap a call's data key for the keys now in force; the old wrap is gone."""
        path = self._path(call_id)
        if not path.exists():
            return False
        office = self.keyring.keystore.office()
        if office is None:
            raise StoreError("no keys have been made yet")
        head = header.wrap(self.key(call_id), office.recipients)
        with disk.plainly(f"call {call_id}: its seal cannot be renewed"):
            disk.overtake(path, head)
        return True

    def _path(self, call_id: str) -> Path:
        return self._folders.path(call_id) / SEAL_KEY
