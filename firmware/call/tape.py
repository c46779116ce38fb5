"""The tape of one call: copies a range of the line into a master, and trims it.

Position in the master and index on the line differ by `start` all the time: what was
lost, stopped or parked is silence of the same length.
"""

from typing import Protocol

from firmware.call.preroll import Preroll
from firmware.errors import StoreError
from firmware.line.block import Samples


class Writer(Protocol):
    """A growing master, as the archive hands it out."""

    @property
    def samples(self) -> int: ...

    def append(self, samples: Samples) -> None: ...

    def append_silence(self, count: int) -> None: ...

    def truncate(self, count: int) -> None: ...

    def close(self) -> None: ...


class Tape:
    """Feed `writer` from the pre-roll ring, beginning at index `start`."""

    def __init__(self, writer: Writer, ring: Preroll, start: int) -> None:
        self.start = start
        self.lost = 0
        self.damaged = False  # something could not be stored and is missing
        self._failed = False
        self.running = True
        self._writer = writer
        self._ring = ring
        self._next = start

    @property
    def samples(self) -> int:
        """Samples handed to the writer so far."""
        return self._next - self.start

    @property
    def end(self) -> int:
        """Index just after the last sample handed to the writer."""
        return self._next

    def catch_up(self, limit: int | None = None) -> None:
        """Copy all that has been heard since, or what lies before `limit`."""
        if self.running:
            end = self._ring.end
            self._copy(end if limit is None else min(limit, end))

    def rewind(self, at: int) -> None:
        """Take back what was copied from `at` on; it will be copied anew."""
        at = max(at, self.start)
        if at < self._next:
            self._writer.truncate(at - self.start)
            self._next = at

    def park(self, at: int) -> None:
        """Keep nothing from `at` on, until `resume`."""
        if self.running:
            self._end_at(at)
            self.running = False

    def resume(self, at: int) -> None:
        """Go on from index `at`; what lies before it and was not kept is silence."""
        if not self.running:
            if at > self._next:
                self._writer.append_silence(at - self._next)
                self._next = at
            self.running = True

    def close(self, at: int) -> None:
        """End the master at index `at`, or earlier where it was parked."""
        try:
            if self.running or at < self._next:
                self._end_at(at)
        except StoreError:
            self.damaged = True
            raise
        finally:
            self.running = False
            self._writer.close()

    def _end_at(self, at: int) -> None:
        at = max(at, self.start)
        if at < self._next:
            self._writer.truncate(at - self.start)
            self._next = at
        else:
            self._copy(min(at, self._ring.end))

    def _copy(self, end: int) -> None:
        if end <= self._next:
            return
        gone, samples = self._ring.read(self._next, end)
        self.damaged |= self._failed and gone > 0
        begun = self._next
        try:
            if gone:
                self._writer.append_silence(gone)
            self._writer.append(samples)
            self._failed = False
        except StoreError:
            self._failed = True
            raise
        finally:
            self._next = self.start + self._writer.samples
            self.lost += self._ring.lost_between(begun, self._next)
