"""Does what is asked about calls that are over, in a thread beside the line.

An erasure waits for the disk, a sweep walks over all calls: the line must not.  One
order after another, in the order they came; whoever asked gets the answer when it is
done.
"""

import logging
import os
import queue
import threading
from collections.abc import Mapping
from typing import Any, Protocol

from firmware.archive import Archive
from firmware.archive.acting import perform
from firmware.errors import LinekeeperError
from firmware.service.settings import Settings

log = logging.getLogger(__name__)

#: Nice value of the thread: below the recorder's 0.
NICE = 10
#: Orders that may wait; more are refused.
MAX_WAITING = 100


class Asked(Protocol):
    """A verb that somebody waits for."""

    verb: str
    args: dict[str, Any]

    def answer(self, error: str | None = None, **fields: Any) -> None: ...


class Clerk:
    """`give` it commands; `close` does those that wait and ends the thread."""

    def __init__(self, archive: Archive, settings: Settings) -> None:
        self._archive = archive
        self._settings = settings
        self._waiting: queue.Queue[tuple[Asked, float] | None] = queue.Queue()
        self._thread = threading.Thread(target=self._run, name="clerk")
        self._thread.start()

    def give(self, command: Asked, now_utc: float) -> None:
        """Take a command; it is answered later."""
        if self._waiting.qsize() >= MAX_WAITING:
            command.answer("too much is waiting to be done; try again in a minute")
            return
        self._waiting.put((command, now_utc))

    def close(self) -> None:
        """Let the thread end once nothing waits."""
        self._waiting.put(None)
        self._thread.join()

    def _run(self) -> None:
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)
        while (item := self._waiting.get()) is not None:
            command, now_utc = item
            self._do(command, now_utc)

    def _do(self, command: Asked, now_utc: float) -> None:
        answer: Mapping[str, Any]
        try:
            answer = perform(
                self._archive, self._settings, command.verb, command.args, now_utc
            )
        except LinekeeperError as error:
            log.info("%s: %s", command.verb, type(error).__name__)
            command.answer(str(error), kind=type(error).__name__)
        else:
            command.answer(**answer)
