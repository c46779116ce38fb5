"""Does what is asked about calls that are over, in a thread beside the line.

An erasure waits for the disk, a sweep walks over all calls: the line must not.  One
order after another, in the order they came; whoever asked gets the answer when it is
done.  Once a night, and when the disk runs short, the clerk sweeps of its own accord.
"""

import logging
import os
import queue
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from firmware.archive import Archive, space
from firmware.archive.acting import perform
from firmware.errors import LinekeeperError
from firmware.service.settings import Settings, overlay

log = logging.getLogger(__name__)

#: Nice value of the thread: below the recorder's 0.
NICE = 10
#: Orders that may wait; more are refused.
MAX_WAITING = 100
#: Between two sweeps for room, s.
AGAIN_S = 3600.0


class Asked(Protocol):
    """A verb that somebody waits for."""

    verb: str
    args: dict[str, Any]

    def answer(self, error: str | None = None, **fields: Any) -> None: ...


@dataclass(slots=True)
class Nightly:
    """The sweep that nobody asked for."""

    verb: str = "sweep"
    args: dict[str, Any] = field(default_factory=lambda: {"by": "sweep"})

    def answer(self, error: str | None = None, **fields: Any) -> None:
        """Tell the journal."""
        if error is not None:
            log.error("the sweep failed: %s", error)
        else:
            log.info("the sweep removed %s calls", fields.get("swept"))


def is_due(now_utc: float, last_utc: float | None, hour: int) -> bool:
    """Tell whether a night's sweep is to come: once a day, from this hour on."""
    now = datetime.fromtimestamp(now_utc)
    if now.hour < hour:
        return False
    return last_utc is None or datetime.fromtimestamp(last_utc).date() < now.date()


class Clerk:
    """`give` it commands; `close` does those that wait and ends the thread."""

    def __init__(self, archive: Archive, settings: Settings) -> None:
        self._archive = archive
        self._settings = settings
        self._waiting: queue.Queue[tuple[Asked, float, str] | None] = queue.Queue()
        self._thread: threading.Thread | None = None

    def give(self, command: Asked, now_utc: float, clock: str = "unknown") -> None:
        """Take a command; it is answered later."""
        if self._waiting.qsize() >= MAX_WAITING:
            command.answer("too much is waiting to be done; try again in a minute")
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="clerk")
            self._thread.start()
        self._waiting.put((command, now_utc, clock))

    def look(self, now_utc: float, clock: str) -> None:
        """Begin a sweep if it is night and none was, or if the disk runs short."""
        if clock != "synced":
            return
        chosen = overlay(self._settings, self._archive.choices.all()).retention
        if not chosen.sweep:
            return
        last = self._archive.erasures.last_sweep()
        last_utc = last[0] if last is not None else None
        due = is_due(now_utc, last_utc, chosen.sweep_hour)
        rested = last_utc is None or now_utc - last_utc > AGAIN_S
        if due or (rested and space.measure(self._archive.state_dir).shortfall):
            self.give(Nightly(), now_utc, clock)

    def close(self) -> None:
        """Let the thread end once nothing waits."""
        if self._thread is not None:
            self._waiting.put(None)
            self._thread.join()

    def _run(self) -> None:
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)
        while (item := self._waiting.get()) is not None:
            self._do(*item)

    def _do(self, command: Asked, now_utc: float, clock: str) -> None:
        archive, settings = self._archive, self._settings
        verb, args = command.verb, command.args
        answer: Mapping[str, Any]
        try:
            answer = perform(archive, settings, verb, args, now_utc, clock)
        except LinekeeperError as error:
            log.info("%s: %s", verb, type(error).__name__)
            command.answer(str(error), kind=type(error).__name__)
        else:
            command.answer(**answer)
