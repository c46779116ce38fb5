"""The time that a caller ID tells, for a box that does not know it.

Pure.  The exchange sends month, day, hour and minute of its own place, no year.  One
caller may be wrong, a private exchange with a clock nobody set; two that agree are
believed.  Limits: half a minute, and the year is the first that is possible.
"""

from datetime import datetime, timedelta

#: A caller ID tells the minute that has begun; in the middle it is off the least, s.
HALF_MINUTE_S = 30.0
#: Two that tell the same clock differ by no more, s.
AGREE_S = 120.0
#: Years to look for the day in: 29 February comes every four or eight.
YEARS = 9


def told_utc(date_time: str, not_before_utc: float) -> float | None:
    """Return UTC of a caller ID's ``MM-DD HH:MM``, in the first year that is possible.

    None if it is no date.  A day of slack lets the exchange be a little behind.
    """
    first = datetime.fromtimestamp(not_before_utc) - timedelta(days=1)
    for year in range(first.year, first.year + YEARS):
        try:
            told = datetime.strptime(f"{year}-{date_time}", "%Y-%m-%d %H:%M")
        except ValueError:
            continue
        if told >= first:
            return told.timestamp() + HALF_MINUTE_S
    return None


class ToldTime:
    """Feed it caller IDs; `utc_at_boot` is known once two agree."""

    def __init__(self, not_before_utc: float) -> None:
        self._not_before_utc = not_before_utc
        self._proposed: float | None = None
        self.utc_at_boot: float | None = None

    def hear(self, date_time: str, boottime_s: float) -> bool:
        """Take what was told at an instant of the boot clock; True: believed now."""
        utc = told_utc(date_time, self._not_before_utc)
        if utc is None:
            return False
        found = utc - boottime_s
        known = self.utc_at_boot
        if known is not None and abs(found - known) <= AGREE_S:
            return False
        before, self._proposed = self._proposed, found
        if before is None or abs(found - before) > AGREE_S:
            return False
        self.utc_at_boot = (found + before) / 2
        return True
