"""Tells systemd that the line is heard: ready once, then alive, again and again.

The recorder's status says how far each line has come.  Only when every line has gone
on since the last look is the watchdog fed; a loop that hangs, or a card that blocks
it, therefore ends in a restart.  Without systemd nothing is told.

References
----------
sd_notify(3), sd_watchdog_enabled(3)
"""

import os
import socket
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self

from firmware.closing import Closing
from firmware.service import status

#: Looks per watchdog period: two may fail.
LOOKS = 3
#: Between looks where systemd has no watchdog for us, s.
PLAIN_S = 1.0


class Pulse:
    """Have all lines of the recorder with this process id gone on since last time?"""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._seen: dict[str, int] = {}
        self.ready = False

    def beats(self, snapshot: Mapping[str, Any] | None) -> bool:
        """Say whether samples have arrived on every line since the last status."""
        mine = snapshot is not None and snapshot.get("pid") == self._pid
        lines = snapshot.get("lines", []) if snapshot and mine else []
        now = {line["id"]: int(line["sample_index"]) for line in lines}
        beating = bool(now) and all(
            index > self._seen.get(line, 0) for line, index in now.items()
        )
        self._seen = now
        self.ready = self.ready or beating
        return beating


class Notifier:
    """The socket on which systemd listens."""

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        path = environ.get("NOTIFY_SOCKET", "")
        # An @ stands for the NUL of the abstract name space.
        self._address = "\0" + path[1:] if path.startswith("@") else path
        mine = environ.get("WATCHDOG_PID") in (None, str(os.getpid()))
        period = environ.get("WATCHDOG_USEC", "") if mine else ""
        #: The time within which it wants to hear of us, s; None: it does not.
        self.watchdog_s = int(period) / 1e6 if period.isdigit() else None

    @property
    def listening(self) -> bool:
        """Is there anybody to tell?"""
        return bool(self._address)

    def tell(self, state: str) -> None:
        """Send a state; without systemd, nothing."""
        if not self._address:
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
            sock.sendto(state.encode(), self._address)


class Heart(Closing):
    """A thread that looks at the status and tells systemd; `close` ends it."""

    def __init__(
        self, look: Callable[[], Mapping[str, Any] | None], notifier: Notifier
    ) -> None:
        self._look = look
        self._notifier = notifier
        self._pulse = Pulse(os.getpid())
        self._ended = threading.Event()
        self._every_s = (notifier.watchdog_s or LOOKS * PLAIN_S) / LOOKS
        self._thread = threading.Thread(target=self._run, name="heart", daemon=True)

    @classmethod
    def of(cls, status_path: Path, notifier: Notifier | None = None) -> Self:
        """Return the heart of the recorder that writes this status."""
        return cls(lambda: status.read(status_path), notifier or Notifier())

    def start(self) -> Self:
        """Begin, if somebody listens."""
        if self._notifier.listening:
            self._thread.start()
        return self

    def close(self) -> None:
        """End; systemd is told that this is on purpose."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()
            self._notifier.tell("STOPPING=1")

    def look(self) -> None:
        """Look once and tell what is to be told."""
        was_ready = self._pulse.ready
        if not self._pulse.beats(self._look()):
            return
        self._notifier.tell("WATCHDOG=1" if was_ready else "READY=1\nWATCHDOG=1")

    def _run(self) -> None:
        while not self._ended.wait(self._every_s):
            self.look()
