"""What the box says on the line through a sound card.

A thread of its own opens the card's playback side for each sound, holds back until the
sound is due and writes it as the card takes it.  Opened anew each time, because a
playback left open hisses on the line and wears out nothing but patience.  When told to
stop, it throws away what the card has not played yet.

Limits: the index a sound is promised for is the one at which the card is given it; the
card's own delay, some milliseconds, comes on top.
"""

import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from threading import Condition
from typing import Protocol

import numpy as np

from dsp.resample import resample
from firmware.errors import HardwareError
from firmware.line.block import FS, Samples
from firmware.line.speaker import at_level
from firmware.line.switch import BeepSwitch

#: Time to open the card and fill its buffer before the first sample is due, s.
LEAD_S = 0.1
#: How often a full card is asked whether it takes more, s: its buffer is 80 ms.
TICK_S = 0.02
#: The card gets this much silence after a sound, so that its end is played, s.
TAIL_S = 0.06
#: A card that is this late with a sound takes none, s.
PATIENCE_S = 1.0

log = logging.getLogger(__name__)


class Player(Protocol):
    """The open playback side of a sound card."""

    rate_hz: int

    def write(self, samples: Samples) -> int:
        """Hand mono samples over without waiting; return how many were taken.

        Raises HardwareError when the card is gone.
        """

    def close(self) -> None:
        """Fall silent at once and let go of the card."""


@dataclass(frozen=True, slots=True)
class _Job:
    """A sound at its level, due at a time of the monotonic clock."""

    samples: Samples
    due_s: float


class CardSpeaker:
    """The speaker of a line on a sound card; `close` when the line is closed.

    `index_at` and `time_at` turn the monotonic clock into the line's index and back.
    `gain_db` is how much louder the line hears a sound than the card was given it,
    `switch` what connects the card to the line around each sound.
    """

    def __init__(
        self,
        open_player: Callable[[], Player],
        index_at: Callable[[float], int],
        time_at: Callable[[int], float],
        *,
        gain_db: float = 0.0,
        switch: BeepSwitch | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._open_player = open_player
        self._index_at = index_at
        self._time_at = time_at
        self._gain_db = gain_db
        self._switch = switch
        self._clock = clock
        self._job: _Job | None = None
        self._busy = False
        self._closed = False
        self._changed = Condition()
        self._trouble = ""
        self._threads = ThreadPoolExecutor(1, "playback")
        self._running = self._threads.submit(self._run)

    @property
    def trouble(self) -> str:
        """What is wrong, in plain words; empty if nothing is."""
        if self._running.done() and not self._running.cancelled():
            error = self._running.exception()
            return self._trouble if error is None else f"playback has ended: {error}"
        return self._trouble

    @property
    def playing(self) -> bool:
        """Is something sounding, or about to?"""
        return self._job is not None or self._busy

    def play(self, samples: Samples, level_dbov: float, at: int | None = None) -> int:
        """Sound from index `at`, or as soon as the card can."""
        due_s = self._clock() + LEAD_S
        if at is not None:
            due_s = max(due_s, self._time_at(at))
        with self._changed:
            self._job = _Job(at_level(samples, level_dbov - self._gain_db), due_s)
            self._changed.notify()
        return self._index_at(due_s)

    def stop(self) -> None:
        """Fall silent; the thread hears of it at once."""
        with self._changed:
            self._job = None
            self._busy = False
            self._changed.notify()

    def close(self) -> None:
        """Stop and end the thread."""
        with self._changed:
            self._closed = True
        self.stop()
        self._threads.shutdown()

    def _run(self) -> None:
        while (job := self._next()) is not None:
            try:
                with closing(self._open_player()) as player:
                    self._sound(player, job)
                self._trouble = ""
            except HardwareError as error:
                if str(error) != self._trouble:
                    log.warning("nothing can be said on the line: %s", error)
                self._trouble = str(error)
            finally:
                if self._switch is not None:
                    self._switch.open()
            with self._changed:
                if self._job is None:
                    self._busy = False

    def _next(self) -> _Job | None:
        """Wait for a sound; None = there will be none."""
        with self._changed:
            self._changed.wait_for(lambda: self._job or self._closed)
            if self._closed:
                return None
            job, self._job, self._busy = self._job, None, True
            return job

    def _sound(self, player: Player, job: _Job) -> None:
        rate = player.rate_hz
        sound = resample(job.samples, FS, rate)
        tail = np.zeros(round(TAIL_S * rate), np.int16)
        wait = max(0, round((job.due_s - self._clock()) * rate))
        left = np.concatenate((np.zeros(wait, np.int16), sound, tail))
        begin_s = self._clock() + wait / rate
        end_s = begin_s + (len(sound) + len(tail)) / rate
        if self._switch is not None:
            self._switch.around(begin_s, begin_s + len(sound) / rate)
        while len(left):
            taken = player.write(left)
            left = left[taken:]
            if not taken and self._interrupted(TICK_S):
                return
            if self._clock() > end_s + PATIENCE_S:
                raise HardwareError("the card opens but takes no sound")
        self._interrupted(end_s - self._clock())

    def _interrupted(self, wait_s: float) -> bool:
        """Wait; True at once when this sound shall stop or another begin."""
        with self._changed:
            over = self._changed.wait_for(
                lambda: self._job is not None or not self._busy, max(wait_s, 0)
            )
            return bool(over)
