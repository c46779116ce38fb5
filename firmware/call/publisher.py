"""Tells the rest of the box what the line is doing, a few times a second."""

import logging
import os
from datetime import datetime
from pathlib import Path
from typing import Any

from dsp.levels import block_levels
from firmware.archive.model import Call
from firmware.archive.space import Room
from firmware.call.desk import Desk
from firmware.call.keeper import Keeper
from firmware.call.preroll import Preroll
from firmware.call.sentinel import Sentinel
from firmware.line.block import FS, Anchor, LineStatus
from firmware.service import status
from firmware.service.settings import Settings

log = logging.getLogger(__name__)

#: The status is written at most this often, samples.
EVERY = FS // 4


class Publisher:
    """Writer of the status file; without a path it only keeps count."""

    def __init__(
        self, path: Path | None, settings: Settings, anchor: Anchor, ring: Preroll
    ) -> None:
        self._path = path
        self._ring = ring
        self._line = status.LineState(settings.line.id, since_utc=anchor.utc)
        self._status = status.Status(
            pid=os.getpid(),
            started_utc=anchor.utc,
            updated_utc=anchor.utc,
            recording_allowed=settings.consent.recording,
            clock=anchor.clock,
            lines=[self._line],
        )
        self._day = ""
        self._next = 0
        self._failed = False

    def count(self, call: Call) -> None:
        """Take note of a finished call."""
        day = _day(call.start_utc)
        if day != self._day:
            self._day, self._status.calls_today = day, 0
        self._status.calls_today += 1
        self._status.last_call_id = call.id

    def lose(self, samples: int) -> None:
        """Take note of lost samples."""
        self._line.lost_s = round(self._line.lost_s + samples / FS, 3)

    def note_room(self, room: Room) -> None:
        """Take note of how much room the disk has."""
        self._status.disk = status.DiskState(
            room.level, room.total, room.free, room.reserve, round(room.hours, 1)
        )

    def note_tryout(self, told: dict[str, Any] | None) -> None:
        """Take note of how trying out the line interface goes."""
        self._line.bringup = told

    def due(self, now: int) -> bool:
        """Is it time to write again?"""
        return now >= self._next

    def publish(
        self,
        now: int,
        phase: str,
        desk: Desk,
        anchor: Anchor,
        source: LineStatus,
        sentinel: Sentinel,
    ) -> None:
        """Write the state as of sample `now`."""
        self._next = now + EVERY
        if self._path is None:
            return
        line, utc = self._line, anchor.utc_at(now)
        if phase != line.phase:
            line.phase, line.since_utc = phase, utc
        trouble = desk.trouble or desk.keeper.trouble
        line.ok = source.ok and not trouble and not sentinel.grave
        source_says = source.message if not source.ok else ""
        line.message = trouble or source_says or sentinel.message or source.message
        self._status.alerts = sentinel.alerts
        _, recent = self._ring.read(now - EVERY, now)
        line.level_dbov, line.peak_dbov = (
            round(level, 1) for level in block_levels(recent)
        )
        line.sample_index = now
        _describe(line, desk)
        self._status.recording_allowed = desk.keeper.consult.allowed
        until = desk.keeper.paused_until
        line.paused_until_utc = None if until is None else anchor.utc_at(until)
        self._status.clock, self._status.updated_utc = anchor.clock, utc
        if self._day and _day(utc) != self._day:
            self._day, self._status.calls_today = _day(utc), 0
        try:
            status.write(self._path, self._status)
        except OSError as error:
            if not self._failed:
                log.error("status cannot be written: %s", error)
            self._failed = True
        else:
            self._failed = False


def _describe(line: status.LineState, desk: Desk) -> None:
    call = None if desk.now is None else desk.now.call
    line.call_id = call.id if call else None
    line.direction = call.direction if call else None
    line.number = call.number if call else None
    line.name = call.name if call else None
    line.ring_count = call.ring_count if call else 0
    line.recording = desk.deck.running
    _describe_consent(line, desk.keeper)
    line.stored_samples = desk.deck.samples
    line.masked = len(call.consent.get("masks", ())) if call else 0


def _describe_consent(line: status.LineState, keeper: Keeper) -> None:
    case = keeper.case
    decision = case.decision if case else None
    line.consent_state = keeper.machine.state.value
    line.consent_action = decision.action if decision else None
    line.consent_level = decision.level if decision else None
    line.consent_confirm = decision.confirm if decision else None
    line.consent_reason = decision.reason if decision else None
    line.notice_language = keeper.language if case else None
    line.prompt = keeper.prompting


def _day(utc: float) -> str:
    """Return the day where the box stands."""
    return datetime.fromtimestamp(utc).date().isoformat()
