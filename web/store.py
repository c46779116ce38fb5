"""The archive for the pages: opened at first need, because the recorder makes it."""

import threading
from pathlib import Path

from flask import current_app, g
from werkzeug.exceptions import NotFound

from firmware.archive import Archive
from firmware.archive.model import Call
from firmware.archive.seal import Keyring
from firmware.errors import NoSuchCall


class LateArchive:
    """Opens the archive once it is there; until then StoreError says it is not.

    Keys that the owner lets in by themselves (key file, TPM, Tang) come in with it.
    """

    def __init__(
        self, state_dir: Path, keyring: Keyring, key_file: Path | None = None
    ) -> None:
        self._state_dir = state_dir
        self._key_file = key_file
        self._keyring = keyring
        self._lock = threading.Lock()
        self._archive: Archive | None = None

    def __call__(self) -> Archive:
        """Return the archive, for reading calls and keeping accounts."""
        if self._archive is None:
            with self._lock:
                if self._archive is None:
                    archive = Archive(
                        self._state_dir, write=False, keyring=self._keyring
                    )
                    if self._keyring.mode == "closed":
                        self._keyring.unlock_by_itself(self._key_file)
                    self._archive = archive
        return self._archive

    def close(self) -> None:
        """Close the archive if it was opened."""
        with self._lock:
            if self._archive is not None:
                self._archive.close()
                self._archive = None


def archive() -> Archive:
    """Return the archive of the running application."""
    late: LateArchive = current_app.extensions["linekeeper.archive"]
    return late()


def get_call(call_id: str) -> Call:
    """Return a call that whoever is logged in may see, or answer that there is none."""
    try:
        call = archive().calls.get(call_id)
    except NoSuchCall:
        call = None
    if call is None or not visible(call):
        raise NotFound("There is no call with this id; look for it in the list.")
    return call


def visible(call: Call) -> bool:
    """Say whether a call is on a line of whoever is logged in."""
    return not g.user.lines or call.line in g.user.lines
