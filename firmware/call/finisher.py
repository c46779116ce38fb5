"""Packs masters after their calls, in a thread that gives way to everything else."""

import logging
import os
import threading
from typing import Protocol

from firmware.errors import StoreError

log = logging.getLogger(__name__)

#: Nice value of the thread (Linux counts it per thread): below the recorder's 0.
NICE = 10


class Packer(Protocol):
    """The archive, as far as packing goes."""

    def finish_pending(self) -> int: ...

    def index_more(self) -> bool: ...


class Finisher:
    """Call `wake` after each call; `close` waits for the packing that runs."""

    def __init__(self, archive: Packer) -> None:
        self._archive = archive
        self._wanted = threading.Event()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="finisher")
        self._thread.start()

    def wake(self) -> None:
        """There is something to pack."""
        self._wanted.set()

    def close(self) -> None:
        """Let the thread end."""
        self._closing = True
        self._wanted.set()
        self._thread.join()

    def _run(self) -> None:
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)
        while self._wanted.wait() and not self._closing:
            self._wanted.clear()
            try:
                self._archive.finish_pending()
                self._index()
            except StoreError as error:
                log.error("calls wait to be packed: %s", error)

    def _index(self) -> None:
        """Index calls of before an update, until there is something to pack."""
        while not self._wanted.is_set() and self._archive.index_more():
            pass
