"""What the start page draws: the hours of the day, what was kept, how the disk fills.

Days begin at midnight where the box stands.
"""

import functools
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask import current_app

from firmware.archive import line_days
from firmware.archive.figures import PIECE_S
from web import disk, house
from web.store import archive

#: Days that are shown one by one, and days that make what is usual.
WEEK, USUAL_WEEKS = 7, 4
#: Sums over months are made anew after this, s.
FRESH_S = 3600.0
DAY_S = 86_400.0
#: A date further off than this is not told: nobody plans with it, days.
FAR_DAYS = 3650


@dataclass(frozen=True, slots=True)
class Day:
    """Calls of one day that are over, and how many have sound or a reason."""

    begin_utc: float
    calls: int
    kept: int


@dataclass(frozen=True, slots=True)
class Hours:
    """Calls in each hour of today, and what the same weekday brings on average."""

    today: tuple[int, ...]
    usual: tuple[float, ...]
    now: int

    @property
    def count(self) -> int:
        """Calls of today."""
        return sum(self.today)

    @property
    def top(self) -> float:
        """What the highest bar stands for."""
        return max(4.0, *self.today, *self.usual)


@dataclass(frozen=True, slots=True)
class Storage:
    """How full the disk is, and when it will be full; parts of the whole."""

    total: int
    free: int
    level: str
    per_day: float | None  # bytes a day that calls bring; None: too early to say
    leaving: int  # bytes that retention frees in the next month
    full_days: int | None  # None: not at this pace, or too early to say

    @property
    def used_part(self) -> float:
        """Used part of the disk."""
        return 1 - self.free / max(1, self.total)

    @property
    def month_part(self) -> float:
        """Part of the disk that the next month brings, what leaves taken off."""
        grown = max(0.0, 30 * (self.per_day or 0.0) - self.leaving)
        return min(grown, self.free) / max(1, self.total)


class Memo:
    """Remembers slow sums for a while, for all visitors."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[Any, tuple[float, Any]] = {}

    def get(self, key: Any, now: float, make: Callable[[], Any]) -> Any:
        """Return what `make` made less than `FRESH_S` ago."""
        with self._lock:
            known = self._known.get(key)
        if known is not None and 0 <= now - known[0] < FRESH_S:
            return known[1]
        made = make()
        with self._lock:
            if len(self._known) > 64:
                self._known.clear()
            self._known[key] = now, made
        return made


def days_ago(days: int, now: float) -> date:
    """Return a day in the past where the box stands."""
    return (datetime.fromtimestamp(now) - timedelta(days=days)).date()


def begin(day: date) -> float:
    """Return when a day begins where the box stands, UTC seconds."""
    return datetime(day.year, day.month, day.day).timestamp()


def week(lines: tuple[str, ...]) -> list[Day]:
    """Return the last days, the oldest first, today last."""
    now = house.now()
    days = [days_ago(ago, now) for ago in range(WEEK - 1, -1, -1)]
    known = _judged(days, lines)
    past = [
        _memo().get(("kept", day, lines), now, functools.partial(_counted, day, lines))
        for day in days[:-1]
    ]
    return [
        Day(begin(day), *known.get(day.isoformat(), counted))
        for day, counted in zip(days, [*past, _counted(days[-1], lines)], strict=True)
    ]


def _judged(days: list[date], lines: tuple[str, ...]) -> dict[str, tuple[int, int]]:
    """Return what the line's own log and the recordings, read back, have shown."""
    line = house.base().line.id
    if lines and line not in lines:
        return {}
    first, last = days[0].isoformat(), days[-1].isoformat()
    log = line_days.of_days(archive().line_log, line, first, last)
    counts = {day: data["coverage"] for day, data in log.items() if "coverage" in data}
    return {day: (rows, kept + why) for day, (rows, kept, why) in counts.items()}


def _counted(day: date, lines: tuple[str, ...]) -> tuple[int, int]:
    """Return the calls of a day, and those with sound or a reason, as filed."""
    first, last = begin(day), begin(day + timedelta(days=1))
    found = archive().figures.kept(first, last, lines)
    return found.calls, found.kept


def unheard_today(lines: tuple[str, ...]) -> int:
    """Return how many calls of today nobody has heard."""
    return archive().figures.unheard(begin(days_ago(0, house.now())), lines)


def hours(lines: tuple[str, ...]) -> Hours:
    """Return how many calls each hour of today brought, and usually brings."""
    now = house.now()
    today = days_ago(0, now)
    counted = _of_hours(today, lines)
    usual = _memo().get(("usual", today, lines), now, lambda: _usual(today, lines))
    return Hours(counted, usual, datetime.fromtimestamp(now).hour)


def _usual(today: date, lines: tuple[str, ...]) -> tuple[float, ...]:
    """Return the mean of the same weekday in the weeks before; empty without any."""
    past = [
        _of_hours(today - timedelta(days=7 * weeks), lines)
        for weeks in range(1, USUAL_WEEKS + 1)
    ]
    while past and not sum(past[-1]):
        past.pop()  # the box was not here yet
    return tuple(sum(each) / len(past) for each in zip(*past, strict=True))


def _of_hours(day: date, lines: tuple[str, ...]) -> tuple[int, ...]:
    first, last = begin(day), begin(day + timedelta(days=1))
    counts = [0] * 24
    for piece, count in archive().figures.pieces(first, last, lines).items():
        counts[datetime.fromtimestamp(piece * PIECE_S).hour] += count
    return tuple(counts)


def storage() -> Storage:
    """Return how full the disk is and where that leads."""
    room, now = disk.room(), house.now()
    months = house.settings().retention.months or 0
    per_day = _memo().get("pace", now, disk.pace)
    leaving = _memo().get(("leaving", months), now, lambda: _leaving(now, months))
    free = room.free + room.reserve
    return Storage(
        room.total, free, room.level, per_day, leaving, full_in(free, per_day, leaving)
    )


def full_in(free: int, per_day: float | None, leaving: int) -> int | None:
    """Return in how many days the disk is full; None: not at this pace."""
    grown = (per_day or 0.0) - leaving / 30
    if per_day is None or grown <= 0 or free / grown > FAR_DAYS:
        return None
    return int(free / grown)


def _leaving(now: float, months: int) -> int:
    """Return the bytes of the calls whose time is over within a month."""
    if not months:
        return 0
    oldest = now - months * 30.44 * DAY_S
    return archive().figures.weight(oldest, oldest + 30 * DAY_S)


def _memo() -> Memo:
    found: Memo = current_app.extensions["linekeeper.memo"]
    return found
