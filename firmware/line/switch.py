"""The beep switch: closed around each sound, and never for longer.

`Window` is pure.  `BeepSwitch` works it from a thread of its own: it closes before a
sound begins, opens after it has ended, and opens at once when the handset is down, the
line is dead or the sound is called off.  If that thread ever hung, `check`, which the
line calls with every block, opens the switch; and no window is longer than
`LONGEST_S`, whatever was asked for.
"""

import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Condition
from typing import Protocol

#: Closed so long before the sound, open so long after it, s.  A PhotoMOS takes 1 ms;
#: the rest is for the card, and keeps its click out of the beep.
LEAD_S = 0.02
LAG_S = 0.02
#: The longest announcement, with room to spare, s.
LONGEST_S = 60.0
#: How often the line is looked at while the switch is closed, s.
LOOK_S = 0.02

log = logging.getLogger(__name__)


class Output(Protocol):
    """A pin that is driven."""

    def on(self) -> None: ...

    def off(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Window:
    """When a sound is on the line, monotonic seconds; the switch is closed around it.

    >>> Window(10.0, 10.5).closed_at(9.99), Window(10.0, 10.5).closed_at(10.53)
    (True, False)
    """

    begin_s: float
    end_s: float

    @property
    def close_s(self) -> float:
        """The instant at which the switch closes."""
        return self.begin_s - LEAD_S

    @property
    def open_s(self) -> float:
        """The instant at which it opens, at the latest."""
        return min(self.end_s + LAG_S, self.close_s + LONGEST_S)

    def closed_at(self, now_s: float) -> bool:
        """Is the switch to be closed at this instant?"""
        return self.close_s <= now_s < self.open_s

    def wait_s(self, now_s: float) -> float:
        """Return how long nothing needs to be done."""
        if now_s < self.close_s:
            return self.close_s - now_s
        return max(0.0, min(LOOK_S, self.open_s - now_s))


class BeepSwitch:
    """Works one output; `may_close` says whether a telephone is on a living line."""

    def __init__(
        self,
        output: Output,
        may_close: Callable[[], bool],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._output = output
        self._may_close = may_close
        self._clock = clock
        self._window: Window | None = None
        self._over = False
        self.closed = False
        self._changed = Condition()
        output.off()
        self._threads = ThreadPoolExecutor(1, "beep-switch")
        self._threads.submit(self._run)

    def around(self, begin_s: float, end_s: float) -> None:
        """Be closed around a sound; the one before it no longer counts."""
        with self._changed:
            self._window = Window(begin_s, end_s)
            self._changed.notify()

    def open(self) -> None:
        """Open now: the sound was called off."""
        with self._changed:
            self._window = None
            self._set(closed=False)
            self._changed.notify()

    def check(self) -> None:
        """Open if it should be and is not: the watchdog on the thread."""
        with self._changed:
            wanted = self._wanted()
            if self.closed and not wanted:
                log.warning("the beep switch was closed for too long; opened")
                self._set(closed=False)

    def close(self) -> None:
        """Open for good and end the thread."""
        with self._changed:
            self._over = True
        self.open()
        self._threads.shutdown()

    def step(self) -> float | None:
        """Do what is due; return how long to wait, None until something is asked."""
        with self._changed:
            now_s = self._clock()
            self._set(closed=self._wanted())
            if self._window is None:
                return None
            if now_s >= self._window.open_s:
                self._window = None
                return None
            return self._window.wait_s(now_s)

    def _wanted(self) -> bool:
        window = self._window
        return (
            window is not None and window.closed_at(self._clock()) and self._may_close()
        )

    def _set(self, *, closed: bool) -> None:
        if closed != self.closed:
            self.closed = closed
            (self._output.on if closed else self._output.off)()

    def _run(self) -> None:
        with self._changed:  # let go of while waiting
            while not self._over:
                self._changed.wait(self.step())
