"""Everything that watches the watcher: the line's log, the alerts, the rounds.

It hears what the recorder hears and asks nothing of the calls, so that what goes wrong
with them is seen here.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from dsp import hum_measure
from dsp.decibels import SILENCE_DBOV
from dsp.stream import to_float
from firmware.archive import Archive
from firmware.archive.space import Room
from firmware.call.clock_watch import Correction
from firmware.call.events import LineEvent
from firmware.call.preroll import Preroll
from firmware.call.rounds import Rounds
from firmware.call.sentinel import Sentinel
from firmware.call.witness import Witness
from firmware.errors import StoreError
from firmware.line.block import FS, Anchor, Block, LineStatus
from firmware.line.clock import NOT_BEFORE_UTC
from firmware.service.settings import Settings

#: Hum is measured so often while the line is quiet, in pieces so long, samples.
HUM_EVERY, HUM_FRAME = 60 * FS, 8192


class Lookout:
    """One for each line; `close` waits for the round under way."""

    def __init__(
        self,
        archive: Archive,
        settings: Settings,
        sensing: frozenset[str],
        root: Path = Path("/"),
    ) -> None:
        self.room: Room | None = None
        self._log = archive.line_log
        self.witness = Witness(archive.line_log, settings.line.id, sensing)
        self.sentinel = Sentinel(archive.alerts, settings.line.id, root)
        self.rounds = Rounds(archive, settings, self.sentinel.gauge)
        self._hum_due = 0
        self._sounding = False

    @property
    def last_utc(self) -> float:
        """A time that is past for certain: the clock cannot be before it."""
        try:
            return max(NOT_BEFORE_UTC, self._log.last_utc())
        except StoreError:
            return NOT_BEFORE_UTC

    def begin(self, anchor: Anchor, last: dict[str, Any] | None) -> None:
        """The recorder starts; `last` is the status it left."""
        self.witness.begin(anchor, (last or {}).get("updated_utc"))
        self.sentinel.begin()

    def feed(
        self,
        block: Block,
        anchor: Anchor,
        events: Iterable[LineEvent],
        *,
        sounding: bool,
    ) -> None:
        """Take a block, what was heard of it, and whether there is sound on it."""
        self._sounding |= sounding
        self.witness.feed(block, anchor, events, sounding=sounding)

    def look(
        self,
        now: int,
        anchor: Anchor,
        source: LineStatus,
        ring: Preroll,
        trouble: str,
    ) -> None:
        """Take the last second, and what cannot be stored at present."""
        self.witness.trouble(now, trouble)
        if now >= self._hum_due and not self._sounding and not self.witness.off_hook:
            self._hum_due = now + HUM_EVERY
            self._listen_for_hum(now, ring)
        _, samples = ring.read(now - FS, now)
        self.sentinel.look(
            now,
            anchor,
            samples,
            source,
            self.witness,
            sounding=self._sounding,
            room=self.room,
            stores=not trouble,
            late=self.rounds.late,
        )
        self._sounding = False

    def _listen_for_hum(self, now: int, ring: Preroll) -> None:
        gone, samples = ring.read(now - HUM_FRAME, now)
        if gone or len(samples) < HUM_FRAME:
            return
        hum = hum_measure.measure(to_float(samples), FS)
        level = SILENCE_DBOV if hum is None else hum.level_dbov
        self.sentinel.gauge.hum(level, 0.0 if hum is None else hum.mains_hz)

    def go_round(self, now_utc: float, clock: str) -> None:
        """See whether something is late or was missed, if it is time."""
        self.rounds.look(now_utc, clock)

    def correct(self, correction: Correction) -> None:
        """Earlier times of this boot were wrong."""
        self.witness.correct(correction.boot_id, correction.utc_at_boot)

    def finish(self, now: int) -> None:
        """The line has ended."""
        self.witness.finish(now)

    def close(self) -> None:
        """Wait for the round under way."""
        self.rounds.close()
