"""The tape deck: starts, parks and closes the tape of the call in progress.

What cannot be stored is logged and told in the status; the line goes on being
watched.  A tape tries again with each block, a master that could not be made with
each second, for as long as the call lasts.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from firmware.archive.model import Call
from firmware.call.open_call import OpenCall, seconds
from firmware.call.preroll import Preroll
from firmware.call.tape import Tape, Writer
from firmware.errors import StoreError
from firmware.line.block import FS
from firmware.service.settings import Settings

log = logging.getLogger(__name__)

#: Kept after the hang-up, so that the click of the handset ends the recording, s.
TAIL_S = 0.25
#: Kept of the tone that follows when the far side has gone, s.
OVER_TAIL_S = 3.0
#: What a replay holds can be replayed, so a second's loss does not matter there, s.
BULK_SYNC_S = 600.0
#: A master that could not be made is tried again after this, samples.
RETRY = FS


class MasterStore(Protocol):
    """Where masters come from."""

    def open_master(self, call: Call, sync_s: float = 1.25) -> Writer: ...

    def drop_audio(self, call: Call, reason: str) -> None: ...


class Troubles:
    """What cannot be stored at present."""

    def __init__(self) -> None:
        self._open: dict[str, str] = {}

    @property
    def text(self) -> str:
        """The first trouble in plain words; empty if all is well."""
        return next(iter(self._open.values()), "")

    @contextmanager
    def noted(self, what: str) -> Iterator[None]:
        """Let a StoreError be a trouble with `what`, and success its end."""
        try:
            yield
        except StoreError as error:
            if what not in self._open:
                log.error("%s cannot be stored: %s", what, error)
            self._open[what] = f"{what} cannot be stored: {error}"
        else:
            self._open.pop(what, None)


class Deck:
    """At most one tape at a time; no sample is on two tapes."""

    def __init__(
        self, settings: Settings, archive: MasterStore, ring: Preroll, trouble: Troubles
    ) -> None:
        self.bulk = False  # blocks come faster than real time: sync less often
        self._settings = settings
        self._archive = archive
        self._ring = ring
        self._trouble = trouble
        self._tape: Tape | None = None
        self._owed: tuple[OpenCall, int] | None = None  # its master was refused
        self._retry_due = 0
        self._limit: int | None = None  # nothing from there on is kept yet
        self._used = 0  # index up to which samples are on an earlier tape

    @property
    def running(self) -> bool:
        """Is audio being kept now?"""
        return self._tape is not None and self._tape.running

    @property
    def loaded(self) -> bool:
        """Has the call in progress a master?"""
        return self._tape is not None

    @property
    def begun(self) -> bool:
        """Has the call in progress a master, or will it have one?"""
        return self._tape is not None or self._owed is not None

    @property
    def samples(self) -> int:
        """Samples of the present call handed to its master."""
        return 0 if self._tape is None else self._tape.samples

    def start(self, now: OpenCall, start: int) -> None:
        """Begin the tape of a call with the sound from index `start` on."""
        first = max(self._used, self._ring.oldest)
        self._load(now, max(start, min(first, self._ring.end), 0))

    def discard(self, now: OpenCall, reason: str) -> None:
        """Leave nothing of what was kept of this call."""
        tape, self._tape, self._owed = self._tape, None, None
        self._used = self._ring.end
        if tape is not None:
            now.count_from(now.opened)
            with self._trouble.noted("call"):
                self._archive.drop_audio(now.call, reason)

    def _load(self, now: OpenCall, start: int) -> None:
        """Make the master of a call, from `start` on; a refusal leaves it owed."""
        call = now.call
        call.no_audio_reason = "store_error"
        self._owed, self._retry_due = (now, start), self._ring.end + RETRY
        with self._trouble.noted("audio"):
            call.audio_offset_s = seconds(start - now.opened)
            sync_s = BULK_SYNC_S if self.bulk else self._settings.recorder.sync_s
            writer = self._archive.open_master(call, sync_s)
            self._tape = Tape(writer, self._ring, start)
            self._owed = None
            call.audio, call.no_audio_reason = "recording", None
            now.count_from(start)

    def catch_up(self) -> None:
        """Let the tape take what has been heard."""
        if self._owed is not None and self._ring.end >= self._retry_due:
            self._retry(*self._owed)
        if self._tape is not None:
            with self._trouble.noted("audio"):
                self._tape.catch_up(self._limit)

    def hold(self, limit: int | None) -> None:
        """Let the tape wait before an index, or go on with None."""
        self._limit = limit

    def rewind(self, at: int) -> None:
        """Take back what the tape took from `at` on."""
        if self._tape is not None:
            with self._trouble.noted("audio"):
                self._tape.rewind(at)

    def _retry(self, now: OpenCall, start: int) -> None:
        oldest = self._ring.oldest
        self._load(now, max(start, oldest))
        if self._tape is not None and start < oldest:
            now.flag("audio_lost")

    def park(self, at: int | None = None) -> None:
        """Keep nothing from `at` on, or from now."""
        self._owed = None
        if self._tape is not None:
            with self._trouble.noted("audio"):
                self._tape.park(self._ring.end if at is None else at)

    def resume(self, at: int) -> None:
        """Go on from `at`."""
        if self._tape is not None:
            with self._trouble.noted("audio"):
                self._tape.resume(at)

    def close(self, now: OpenCall, at: int) -> None:
        """End the tape of a call that ended at `at`."""
        tape, self._tape, self._owed = self._tape, None, None
        self._used = at
        if tape is None:
            return
        keep = at + round(TAIL_S * FS)
        if now.over is not None:
            keep = min(keep, now.over + round(OVER_TAIL_S * FS))
        with self._trouble.noted("audio"):
            tape.close(keep)
        if tape.damaged:
            now.flag("audio_lost")
        now.call.audio_s = seconds(tape.samples)
        now.call.lost_s = seconds(tape.lost)
        self._used = max(at, tape.end)
