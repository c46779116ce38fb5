"""From a sound card to chunks of sound, in a thread of its own.

The thread reads whatever the card has, about every period, into a backlog of some
seconds, because a flush of the memory card can hold up the recorder for longer than a
sound card waits.  Whatever goes wrong with the card ends here: it becomes time that is
accounted for without sound, and a line of plain words.
"""

import logging
import time
from collections import deque
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from threading import Condition
from typing import Protocol

import numpy as np

from firmware.errors import HardwareError
from firmware.line.block import LineStatus, Samples
from firmware.line.loss import LossMeter
from firmware.service.settings import Alsa

#: How often time is accounted for while there is no card, s.
GONE_TICK_S = 0.1
#: How long the status line speaks of a loss that is over, s.
NOTE_S = 60.0
OVERRUN = "the machine was too busy to fetch them"
UNANNOUNCED = "the card left them out"

_log = logging.getLogger(__name__)


class Card(Protocol):
    """An open sound card."""

    name: str
    rate_hz: int
    remark: str  # what the owner should know of it, or empty

    def read(self) -> tuple[Samples, bool]:
        """Return all mono samples at hand, without waiting; True = overrun after them.

        Raises HardwareError when the card is gone.
        """

    def close(self) -> None:
        """Let go of the card."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Consecutive samples of the card.

    `start_s` and `end_s` count from the first sample ever delivered, missing sound
    included; a chunk that does not start where the last one ended follows a loss, and
    one without samples carries the time alone.  `delay_s` turns such a time into the
    monotonic clock's.
    """

    start_s: float
    end_s: float
    delay_s: float
    samples: Samples
    rate_hz: int


class Backlog:
    """Chunks waiting for the recorder, at most `limit_s` of sound."""

    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s
        self._chunks: deque[Chunk] = deque()
        self._waiting_s = 0.0
        self._finished = False
        self._changed = Condition()

    def put(self, chunk: Chunk) -> bool:
        """Add a chunk; False = full, the chunk is dropped."""
        with self._changed:
            if not len(chunk.samples):
                if self._chunks and not len(self._chunks[-1].samples):
                    self._chunks.pop()  # times are absolute: the later one says it all
            elif self._waiting_s >= self._limit_s:
                return False
            self._chunks.append(chunk)
            self._waiting_s += len(chunk.samples) / chunk.rate_hz
            self._changed.notify()
            return True

    def take(self) -> Chunk | None:
        """Wait for the next chunk; None = there will be none."""
        with self._changed:
            self._changed.wait_for(lambda: self._chunks or self._finished)
            if not self._chunks:
                return None
            chunk = self._chunks.popleft()
            self._waiting_s -= len(chunk.samples) / chunk.rate_hz
            return chunk

    def finish(self) -> None:
        """End `take` once all chunks are taken."""
        with self._changed:
            self._finished = True
            self._changed.notify_all()

    def discard(self) -> None:
        """End `take` now."""
        with self._changed:
            self._chunks.clear()
        self.finish()


class Capture:
    """Reads one card for ever, through unplugging, overruns and silence.

    `open_card` opens it or raises HardwareError; `wait` sleeps and returns True when
    the capture shall end.  Both and the clock are given, so that tests own the time.
    """

    def __init__(
        self,
        open_card: Callable[[], Card],
        settings: Alsa,
        *,
        wait: Callable[[float], bool],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._open_card = open_card
        self._settings = settings
        self._wait = wait
        self._clock = clock
        self._meter = LossMeter()
        self._state = LineStatus(False, "opening the sound card")
        self._note: tuple[float, str] | None = None
        self._cause = UNANNOUNCED
        self._gone_from_s: float | None = None
        self.backlog = Backlog(settings.queue_s)

    def run(self) -> None:
        """Fill the backlog until told to end."""
        try:
            while not self._wait(0.0):
                try:
                    with closing(self._open_card()) as card:
                        self._listen(card)
                except HardwareError as error:
                    self._do_without(str(error))
        finally:
            self.backlog.finish()

    def status(self) -> LineStatus:
        """Say what the card does, and for a minute what was lost."""
        note = self._note
        if self._state.ok and note is not None and self._clock() - note[0] < NOTE_S:
            return LineStatus(True, f"{self._state.message}; {note[1]}")
        return self._state

    def _listen(self, card: Card) -> None:
        last_s = self._clock()
        period_s = self._settings.period_ms / 1000
        while not self._wait(period_s):
            samples, overrun = card.read()
            now_s = self._clock()
            if len(samples):
                self._heard(card, samples, now_s)
            if len(samples) or overrun:
                last_s = now_s
            elif now_s - last_s >= self._settings.silent_after_s:
                raise HardwareError(
                    f"{card.name} has delivered nothing for {now_s - last_s:.1f} s; "
                    f"opening it anew every {self._settings.retry_s:g} s"
                )
            if overrun:
                self._meter.break_off()
                self._cause = OVERRUN

    def _heard(self, card: Card, samples: Samples, now_s: float) -> None:
        length_s = len(samples) / card.rate_hz
        lost_s = self._meter.delivered(now_s, length_s)
        end_s = self._meter.accounted_s
        if self._gone_from_s is not None:
            gone_s = end_s - length_s - self._gone_from_s
            self._remark(now_s, f"it was away for {gone_s:.1f} s")
            self._gone_from_s = None
        elif lost_s:
            self._remark(now_s, f"{lost_s:.2f} s of sound were lost, {self._cause}")
        self._cause = UNANNOUNCED
        self._tell(
            LineStatus(True, f"{card.name} delivers at {card.rate_hz} Hz{card.remark}")
        )
        chunk = Chunk(
            end_s - length_s, end_s, self._meter.delay_s, samples, card.rate_hz
        )
        if not self.backlog.put(chunk):
            self._remark(now_s, "sound is being lost: the recorder has fallen behind")

    def _do_without(self, message: str) -> None:
        self._tell(LineStatus(False, message))
        end_s = self._clock() + self._settings.retry_s
        if self._gone_from_s is None:
            self._gone_from_s = self._meter.accounted_s
        while True:
            now_s = self._clock()
            self._meter.missing(now_s)
            at_s = self._meter.accounted_s
            nothing = np.zeros(0, np.int16)
            self.backlog.put(Chunk(at_s, at_s, self._meter.delay_s, nothing, 1))
            if now_s >= end_s or self._wait(min(GONE_TICK_S, end_s - now_s)):
                return

    def _remark(self, now_s: float, message: str) -> None:
        if self._note is None or self._note[1] != message:
            _log.warning("%s", message)
        self._note = (now_s, message)

    def _tell(self, state: LineStatus) -> None:
        if state != self._state:
            _log.log(logging.INFO if state.ok else logging.WARNING, state.message)
            self._state = state
