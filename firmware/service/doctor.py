"""The line doctor: figures of each day, and what they say about the line.

Pure.  A gauge collects seconds into the figures of a day; `findings` reads some weeks
of them as a line technician would.  Limits: levels are those behind the sound card's
gain, so a change of gain looks like one of the line; loop resistance is not measured.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import takewhile
from statistics import median

Figures = Mapping[str, float]

#: Levels are counted in steps of 1 dB down to here, dBov.
LOWEST_DBOV = -100
#: A day's figures want at least so many seconds, one measure of hum so many.
LEAST_S, LEAST_HUM = 60, 3
#: Hum and noise from here on are heard under talk, dBov.
HUM_DBOV, NOISE_DBOV = -55.0, -45.0
#: A change from what was usual that is worth a word, dB; so many days are usual.
CHANGE_DB, USUAL_DAYS = 10.0, 5
#: More clipped seconds, more lost time of the card, a handset up for longer, s.
CLIPPED_S, GAP_S, OFF_HOOK_S = 5.0, 60.0, 20 * 3600.0
#: So many days without a ring or a lift, on a line that had so many on a usual day.
DEAD_DAYS, USUAL_CALLS = 3, 2.0


class Gauge:
    """Collects one day; read from another thread at any time."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Begin a day."""
        size = 1 - LOWEST_DBOV
        self._noise, self._hum, self._call = [0] * size, [0] * size, [0] * size
        self._mains = 0.0
        self._clipped_s = 0
        self._loudest: float | None = None

    def second(
        self, rms_dbov: float, *, sounding: bool, off_hook: bool, clipped: bool
    ) -> None:
        """Take a second of the line."""
        self._clipped_s += clipped
        if off_hook and sounding:
            self._loudest = max(self._loudest or rms_dbov, rms_dbov)
        elif not off_hook:
            if not sounding:
                _count(self._noise, rms_dbov)
            if self._loudest is not None:
                _count(self._call, self._loudest)
                self._loudest = None

    def hum(self, level_dbov: float, mains_hz: float) -> None:
        """Take one measure of hum, on-hook."""
        _count(self._hum, level_dbov)
        self._mains = mains_hz

    def figures(self) -> dict[str, float]:
        """Return what is known of the day."""
        found: dict[str, float] = {}
        if sum(self._noise) >= LEAST_S:
            found["noise_dbov"] = _median(self._noise)
            found["clipped_s"] = float(self._clipped_s)
        if sum(self._hum) >= LEAST_HUM:
            found["hum_dbov"] = _median(self._hum)
            found["hum_hz"] = round(self._mains, 1)
        if sum(self._call):
            found["call_dbov"] = _median(self._call)
        return found


def _count(histogram: list[int], level_dbov: float) -> None:
    histogram[min(max(round(level_dbov), LOWEST_DBOV), 0) - LOWEST_DBOV] += 1


def _median(histogram: list[int]) -> float:
    half, seen = (sum(histogram) + 1) // 2, 0
    for step, count in enumerate(histogram):
        seen += count
        if seen >= half:
            return float(step + LOWEST_DBOV)
    return float(LOWEST_DBOV)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about the line: what, since which day, and the figure that says so."""

    kind: str
    since: str
    value: float


#: finding -> figure, and from where on it is one.
LIMITS = {
    "hum": ("hum_dbov", HUM_DBOV),
    "noisy": ("noise_dbov", NOISE_DBOV),
    "clipped": ("clipped_s", CLIPPED_S),
    "gaps": ("gap_s", GAP_S),
    "always_off_hook": ("off_hook_s", OFF_HOOK_S),
}
#: finding -> figure, and which way it went from what was usual.
TURNS = {"noise_rose": ("noise_dbov", 1), "calls_fainter": ("call_dbov", -1)}


def findings(days: Mapping[str, Figures]) -> list[Finding]:
    """Return what some weeks of figures say, by day; the last day is the present."""
    order = sorted(days)
    if not order:
        return []
    found = [
        _since(kind, [(day, days[day].get(figure)) for day in order], limit)
        for kind, (figure, limit) in LIMITS.items()
    ]
    found += [_turn(kind, figure, sign, days) for kind, (figure, sign) in TURNS.items()]
    found.append(_dead(order, days))
    told = [one for one in found if one is not None]
    if any(one.kind == "noisy" for one in told):
        told = [one for one in told if one.kind != "noise_rose"]
    return told


def _since(
    kind: str, values: list[tuple[str, float | None]], limit: float
) -> Finding | None:
    """Find how long a figure has been at or beyond its limit."""
    known = [(day, value) for day, value in values if value is not None]
    bad = list(takewhile(lambda one: one[1] >= limit, reversed(known)))
    return Finding(kind, bad[-1][0], bad[0][1]) if bad else None


def _turn(
    kind: str, figure: str, sign: int, days: Mapping[str, Figures]
) -> Finding | None:
    """Find a figure that is no more what it was on the days before."""
    known = [(day, days[day][figure]) for day in sorted(days) if figure in days[day]]
    if len(known) <= USUAL_DAYS:
        return None
    usual = median(value for _, value in known[:-1])
    bad = list(
        takewhile(lambda one: sign * (one[1] - usual) >= CHANGE_DB, reversed(known))
    )
    return Finding(kind, bad[-1][0], bad[0][1] - usual) if bad else None


def _dead(order: list[str], days: Mapping[str, Figures]) -> Finding | None:
    """Find a line on which nothing happens any more."""
    calls = [days[day].get("rings", 0.0) + days[day].get("lifts", 0.0) for day in order]
    quiet = len(list(takewhile(lambda count: not count, reversed(calls))))
    before = calls[: len(calls) - quiet]
    busy = len(before) >= USUAL_DAYS and median(before) >= USUAL_CALLS
    if quiet < DEAD_DAYS or not busy:
        return None
    return Finding("line_dead", order[len(order) - quiet], float(quiet))
