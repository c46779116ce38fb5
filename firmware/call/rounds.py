"""Goes its rounds beside the line: is backup or anchor late, was a call missed.

A thread of its own, a few times an hour: recordings may have to be read back, and
neither the line nor a call shall wait for that.  Once a night the coverage of the day
before goes into the ledger.
"""

import logging
import os
import threading
from datetime import date, datetime, timedelta

from firmware.archive import Archive, line_days
from firmware.archive.backup import schedule
from firmware.archive.backup import state as states
from firmware.archive.coverage import of_day
from firmware.archive.ledger import anchoring
from firmware.archive.line_log import KEPT_S
from firmware.archive.model import iso
from firmware.errors import StoreError
from firmware.service.coverage import Coverage
from firmware.service.doctor import Gauge
from firmware.service.settings import Settings, overlay

log = logging.getLogger(__name__)

#: Between two rounds, s.
EVERY_S = 600.0
#: A call is judged once it has been over for so long, s: it is packed by then.
RESTED_S = 120.0
#: The coverage of a day goes into the ledger from this hour of the next on.
NIGHT_HOUR = 1
#: Nice value of the thread: below the recorder's 0.
NICE = 10


class Rounds:
    """`look` now and then; it never waits.  `late` is what was found the last time."""

    def __init__(
        self, archive: Archive, settings: Settings, gauge: Gauge | None = None
    ) -> None:
        self._gauge = gauge or Gauge()
        self._day: date | None = None  # that the gauge is at
        self._archive = archive
        self._settings = settings
        self._thread: threading.Thread | None = None
        self._due_utc: float | None = None
        self._written: date | None = None
        self.late: frozenset[str] = frozenset()

    def look(self, now_utc: float, clock: str) -> None:
        """Begin a round if one is due and none is under way."""
        busy = self._thread is not None and self._thread.is_alive()
        if self._due_utc is None:  # at the start there is enough to do
            self._due_utc = now_utc + EVERY_S / 2
        waits = 0 < self._due_utc - now_utc <= EVERY_S  # else the clock was put back
        if busy or clock == "unknown" or waits:
            return
        self._due_utc = now_utc + EVERY_S
        self._thread = threading.Thread(target=self._go, args=(now_utc,), name="rounds")
        self._thread.start()

    def close(self) -> None:
        """Wait for the round under way."""
        if self._thread is not None:
            self._thread.join()

    def _go(self, now_utc: float) -> None:
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)
        try:
            self.go(now_utc)
        except (StoreError, OSError) as error:
            log.warning("the rounds were cut short: %s", error)

    def go(self, now_utc: float) -> None:
        """Go one round."""
        archive = self._archive
        settings = overlay(self._settings, archive.choices.all())
        self.late = _late(archive, settings, now_utc)
        today = datetime.fromtimestamp(now_utc).date()
        yesterday = today - timedelta(days=1)
        self._keep_gauge(settings.line.id, today)
        for day in (yesterday, today):
            found = of_day(archive, day, settings.line.id, now_utc)
            self._tell(found, now_utc)
            self._note(found, day)
            if day == yesterday:
                self._enter(found, day, now_utc)
        archive.line_log.forget(now_utc - KEPT_S)

    def _tell(self, found: Coverage, now_utc: float) -> None:
        """Alert for each call with neither recording nor reason; end what is mended."""
        book = self._archive.alerts
        missed = {
            iso(row.begin)
            for row in found.red
            if not row.running and row.end < now_utc - RESTED_S
        }
        known = {one.detail for one in book.last() if one.kind == "missed"}
        for detail in sorted(missed - known):
            log.warning("a call has neither a recording nor a reason: %s", detail)
            book.begin(found.line, "missed", now_utc, detail)
        begin, end = iso(found.begin), iso(found.end)
        for one in book.holding(found.line):
            inside = one.kind == "missed" and begin <= one.detail < end
            if inside and one.detail not in missed:
                book.end(found.line, "missed", now_utc, one.detail)

    def _keep_gauge(self, line: str, today: date) -> None:
        """Keep what was measured of the line; a new day begins anew."""
        log_, figures = self._archive.line_log, self._gauge.figures()
        if self._day is not None and self._day != today:
            line_days.put(log_, line, self._day.isoformat(), figures)
            self._gauge.clear()
        else:
            line_days.put(log_, line, today.isoformat(), figures)
        self._day = today

    def _note(self, found: Coverage, day: date) -> None:
        """Keep the sums of a day for the line doctor."""
        if found.watched:
            lifted = sum(b - a for row in found.rows for a, b in row.off_hook)
            lost = sum((gap.end or gap.begin) - gap.begin for gap in found.gaps)
            sums = {
                "rings": sum(row.rang for row in found.rows),
                "lifts": sum(bool(row.off_hook) for row in found.rows),
                "off_hook_s": round(lifted),
                "gap_s": round(lost),
                "unwatched_s": round(found.unwatched_s),
            }
            line_days.put(self._archive.line_log, found.line, day.isoformat(), sums)

    def _enter(self, found: Coverage, day: date, now_utc: float) -> None:
        """Enter a day that is over in the ledger, once."""
        ledger, log_ = self._archive.ledger, self._archive.line_log
        night = datetime.fromtimestamp(now_utc).hour >= NIGHT_HOUR
        if not found.watched or not night or self._written == day:
            return
        if "coverage" not in line_days.of_day(log_, found.line, day.isoformat()):
            ledger.add(
                *("verified", "", "recorder", now_utc),
                what="coverage",
                name=f"{day.isoformat()}-{found.line}",
                size=len(found.rows),
                kept=found.kept,
                reasoned=found.with_reason,
                ok=not found.red,
            )
            counts = [len(found.rows), found.kept, found.with_reason]
            line_days.put(log_, found.line, day.isoformat(), {"coverage": counts})
        self._written = day


def _late(archive: Archive, settings: Settings, now_utc: float) -> frozenset[str]:
    late = set()
    if settings.backup.target is not None:
        state = states.read(settings.state_dir)
        if state.last_ok_utc and schedule.overdue(
            state, now_utc, settings.backup.every_hours
        ):
            late.add("backup")
    ledger = archive.ledger
    if ledger.exists and anchoring.state(ledger, settings.proof, now_utc).alarm:
        late.add("anchor")
    return frozenset(late)
