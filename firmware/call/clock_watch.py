"""Follows the line's anchor, and tells when an earlier time of this boot was wrong."""

from dataclasses import dataclass, replace

from firmware.archive.clock import BY_CALLER_ID
from firmware.call.told_time import ToldTime
from firmware.line.block import Anchor, Line

#: A correction smaller than this is drift, not a clock that was wrong, s.
STEP_S = 2.0


@dataclass(frozen=True, slots=True)
class Correction:
    """From now on, UTC at boot-clock zero is known to be `utc_at_boot`."""

    boot_id: str
    utc_at_boot: float
    reason: str
    now_utc: float


class ClockWatch:
    """Ask the anchor now and then; between two looks it is the same."""

    def __init__(self, line: Line, not_before_utc: float = 0.0) -> None:
        self._line = line
        self._told = ToldTime(not_before_utc)
        self.anchor = line.anchor()
        self._trusted = self.anchor

    def begin(self) -> Correction | None:
        """Return what calls of this boot need that an earlier run left, if anything."""
        now = self.anchor
        if now.clock != "synced":
            return None
        return _correction(now, "clock synchronized", now.utc)

    def hear(self, date_time: str, index: int) -> Correction | None:
        """Take the time that a caller ID told at `index`, if the clock is not set."""
        now = self.anchor
        if now.source != "caller_id" and now.clock != "unknown":
            return None
        if not self._told.hear(date_time, now.boottime_at(index)):
            return None
        self.anchor = now = self._by_caller_id(now)
        return _correction(now, BY_CALLER_ID, now.utc_at(index))

    def _by_caller_id(self, anchor: Anchor) -> Anchor:
        """Return an anchor that goes by what callers told, while nothing is better."""
        zero = self._told.utc_at_boot
        if zero is None or anchor.clock != "unknown":
            return anchor
        utc = zero + anchor.boottime_s
        return replace(anchor, utc=utc, clock="free-running", source="caller_id")

    def look(self, index: int) -> Correction | None:
        """Take the present anchor; return what earlier times need, if anything."""
        before, now = self._trusted, self._by_caller_id(self._line.anchor())
        self.anchor = now
        if now.boot_id != before.boot_id:
            self._trusted = now
            return None
        synced = now.clock == "synced" != before.clock
        step_s = _utc_at_boot(now) - _utc_at_boot(before)
        if now.clock != "synced" or not (synced or abs(step_s) > STEP_S):
            return None
        self._trusted = now
        reason = "clock synchronized" if synced else f"clock stepped by {step_s:+.1f} s"
        return _correction(now, reason, now.utc_at(index))


def _correction(now: Anchor, reason: str, utc: float) -> Correction:
    return Correction(now.boot_id, _utc_at_boot(now), reason, round(utc, 3))


def _utc_at_boot(anchor: Anchor) -> float:
    return anchor.utc - anchor.boottime_s
