"""Coverage: each ring and each lifted handset, matched to its recording or a reason.

Pure.  What the line itself showed comes in as periods, what the archive holds as calls;
out comes a row for each occurrence: kept, without a recording for a reason, or red,
which is neither.  The periods are noted apart from the calls, so that a call that was
never filed is missed all the same.

Limits: with sound as the only sense, what nobody heard cannot be missed; a handset that
was lifted while the recorder did not run shows as time that nobody watched.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from firmware.service import spans

State = Literal["kept", "reason", "red", "running"]

#: A ring and the lift that answers it are no further apart, s (`ring_timeout_s`).
RING_TO_LIFT_S = 8.0
#: The hook is down for no longer than this in a flash, s (`release_ms`).
FLASH_S = 1.5
#: Clocks, debouncing and the cut of a tape differ by less, s.
SLACK_S = 3.0
#: A call is filed within this time of its first sign, s.
FILED_S = 10.0
#: Less lost sound than this is not worth a word, s.
LOST_S = 1.0
#: From this part on it is the gap that explains the call, not the call that has a gap.
GAP_PART = 0.5

#: What is wrong with a call that ought to have a recording, the worst first.
RED = (
    *("no_record", "hook_blind", "not_stored", "file_missing", "damaged", "silent"),
    *("recorder_away", "shorter", "interrupted", "empty", "error"),
)
#: Why a call has no sound -> what is wrong; every other reason is a lawful one.
UNLAWFUL = {
    "": "no_record",
    "missing": "file_missing",
    "store_error": "not_stored",
    "interrupted": "interrupted",
    "empty": "empty",
    "internal_error": "error",
    "rules_unreadable": "error",
}


@dataclass(frozen=True, slots=True)
class Period:
    """Something the line showed for a while; times are UTC seconds.

    `end` None: it still goes on.  `cut`: the recorder died before it ended.
    """

    what: str
    begin: float
    end: float | None
    cut: bool = False
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Excuse:
    """A stretch of a call that need not be on its recording, and why."""

    begin: float
    end: float
    reason: str


@dataclass(frozen=True, slots=True)
class Held:
    """What the archive holds of one call.

    `sound` is from where to where there is sound; `problem` what is wrong with it, one
    of `RED`; `reason` why there is none.
    """

    id: str
    begin: float
    end: float | None
    sound: tuple[float, float] | None = None
    reason: str = ""
    problem: str = ""
    excuses: tuple[Excuse, ...] = ()
    lost_s: float = 0.0


@dataclass(slots=True)
class Row:
    """One occurrence on the line, and what became of it."""

    begin: float
    end: float
    rang: bool = False
    off_hook: list[tuple[float, float]] = field(default_factory=list)
    heard: bool = False  # by its sound, not by its hook
    unseen: bool = False  # sound, and the hook sensor says on-hook
    cut: bool = False
    running: bool = False
    state: State = "red"
    reason: str = "no_record"
    missing_s: float = 0.0
    calls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Coverage:
    """One line for one day: what it showed, and what became of it."""

    line: str
    begin: float
    end: float
    rows: tuple[Row, ...]
    watched: tuple[tuple[float, float], ...]
    gaps: tuple[Period, ...]

    @property
    def kept(self) -> int:
        """Occurrences with their recording; one that runs counts."""
        return sum(row.state in ("kept", "running") for row in self.rows)

    @property
    def with_reason(self) -> int:
        """Occurrences that need no recording."""
        return sum(row.state == "reason" for row in self.rows)

    @property
    def red(self) -> tuple[Row, ...]:
        """Occurrences with neither."""
        return tuple(row for row in self.rows if row.state == "red")

    @property
    def unwatched_s(self) -> float:
        """Time between the first and the last sign of the recorder it did not run."""
        if not self.watched:
            return 0.0
        whole = self.watched[-1][1] - self.watched[0][0]
        return max(0.0, whole - sum(end - begin for begin, end in self.watched))


def cover(
    line: str,
    begin: float,
    end: float,
    periods: Iterable[Period],
    held: Sequence[Held],
    now: float,
) -> Coverage:
    """Match what a line showed from `begin` to `end` to what is held of its calls.

    Occurrences count where they begin.  `periods` and `held` may reach beyond.
    """
    found = sorted(periods, key=lambda p: p.begin)
    rows = [row for row in occurrences(found, now) if begin <= row.begin < end]
    for row in rows:
        _judge(row, found, held, now)
    ears = _of(found, "ear", now)
    watched = tuple(
        (max(a, begin), min(b, end)) for a, b in ears if a < end and b > begin
    )
    gaps = (p for p in found if p.what == "gap" and p.begin < end)
    inside = tuple(p for p in gaps if spans.end_of(p.end, now) > begin)
    return Coverage(line, begin, end, tuple(rows), watched, inside)


def occurrences(periods: Sequence[Period], now: float) -> list[Row]:
    """Join rings, lifts and sound into what a person would call one call.

    Where the hook is sensed, sound on a line that is on-hook is an occurrence of its
    own: a sensor may be dead.
    """
    hook_sensed = any(p.what == "ear" and "hook" in p.detail.split() for p in periods)
    wired = {"ring", "off_hook"} if hook_sensed else {"ring", "off_hook", "sound"}
    rows: list[Row] = []
    for period in periods:
        if period.what in wired:
            if not rows or not _belongs(rows[-1], period):
                rows.append(Row(period.begin, period.begin))
            _extend(rows[-1], period, now)
    lifted = [span for row in rows for span in row.off_hook]
    for period in periods:
        span = (period.begin, spans.end_of(period.end, now))
        heard = period.what == "sound" and hook_sensed
        if heard and not spans.meet(lifted, span, SLACK_S):
            row = Row(period.begin, period.begin, unseen=True)
            _extend(row, period, now)
            rows.append(row)
    return sorted(rows, key=lambda row: row.begin)


def _belongs(row: Row, period: Period) -> bool:
    near = FLASH_S if row.off_hook else RING_TO_LIFT_S
    if row.off_hook and period.what == "ring":
        return period.begin < row.end  # a ring tripped by the lift ends late
    return period.begin - row.end <= near and not row.cut


def _extend(row: Row, period: Period, now: float) -> None:
    end = spans.end_of(period.end, now)
    row.end = max(row.end, end)
    row.cut |= period.cut
    row.running |= period.end is None
    if period.what == "ring":
        row.rang = True
        return
    row.heard |= period.what == "sound"
    row.off_hook.append((period.begin, end))


def _judge(
    row: Row, periods: Sequence[Period], held: Sequence[Held], now: float
) -> None:
    mine = [
        one
        for one in held
        if one.begin <= row.end + SLACK_S
        and (now if one.end is None else one.end) >= row.begin - SLACK_S
    ]
    row.calls = tuple(one.id for one in mine)
    if not mine:
        row.state, row.reason = _unfiled(row, periods, now)
        return
    problems = {one.problem for one in mine if one.problem}
    if problems == {"silent"} and _share(row, periods, "gap", now) >= GAP_PART:
        row.state, row.reason = "reason", "gap"
        return
    if problems:
        row.state, row.reason = "red", min(problems, key=RED.index)
        return
    still = row.running and any(one.end is None for one in mine)
    if row.off_hook and any(one.sound is not None for one in mine):
        _measure(row, mine, periods, now)
    else:
        row.reason = next((one.reason for one in mine if one.reason), "")
        row.state = "reason"
        if row.reason in UNLAWFUL and not still:
            row.state, row.reason = "red", UNLAWFUL[row.reason]
    if still and row.state != "red":
        row.state = "running"


def _unfiled(row: Row, periods: Sequence[Period], now: float) -> tuple[State, str]:
    """Nothing is held: say why, as far as the line's own notes tell."""
    if row.running and now - row.begin < FILED_S:
        return "running", ""
    if _share(row, periods, "gap", now) >= GAP_PART:
        return "reason", "gap"
    if _share(row, periods, "store", now) > 0:
        return "red", "not_stored"
    if row.unseen:
        return "red", "hook_blind"
    return "red", "recorder_away" if row.cut else "no_record"


def _measure(
    row: Row, mine: Sequence[Held], periods: Sequence[Period], now: float
) -> None:
    """Compare the handset's time off the hook with the sound that is kept."""
    kept = [one.sound for one in mine if one.sound is not None]
    excused = [excuse for one in mine for excuse in one.excuses]
    lifted = [] if row.heard else row.off_hook
    left = [s for s in spans.minus(lifted, kept) if s[1] - s[0] > SLACK_S]
    wide = [(e.begin - SLACK_S, e.end + SLACK_S) for e in excused]
    unexcused = spans.minus(spans.minus(left, wide), _of(periods, "gap", now))
    missing_s = sum(end - begin for begin, end in unexcused)
    if row.cut and _away(row, periods, now) > SLACK_S:
        row.state, row.reason = "red", "recorder_away"
    elif missing_s > SLACK_S:
        row.state, row.reason, row.missing_s = "red", "shorter", missing_s
    else:
        lost = any(one.lost_s >= LOST_S for one in mine)
        why = (e.reason for e in excused if spans.meet(left, (e.begin, e.end), SLACK_S))
        row.state = "kept"
        row.reason = next(why, "gap") if left else "gap" if lost else ""


def _away(row: Row, periods: Sequence[Period], now: float) -> float:
    """Return for how long nobody watched after an occurrence was cut off."""
    back = [p.begin for p in periods if p.what == "ear" and p.begin >= row.end - 0.001]
    return (min(back) if back else now) - row.end


def _share(row: Row, periods: Iterable[Period], what: str, now: float) -> float:
    """Return which part of an occurrence a kind of period covers."""
    length = max(row.end - row.begin, 1e-3)
    whole = [(row.begin, row.begin + length)]
    left = spans.minus(whole, _of(periods, what, now))
    return 1 - sum(end - begin for begin, end in left) / length


def _of(periods: Iterable[Period], what: str, now: float) -> list[spans.Span]:
    return [(p.begin, spans.end_of(p.end, now)) for p in periods if p.what == what]
