"""How long a recording stays: the choice alone, without a clock or a disk.

The first of these rules that speaks decides: legal hold, legal minimum, erasure
decided by a person, restriction, end of consent, period of the purpose, and where the
purpose has none the site's maximum.  Audio and log are judged apart: the log says that
there was a call, and outlives the audio.

When the disk runs short, what goes is chosen by worth first and age second, so that
fifty robocalls never push out an order.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from typing import Literal

from firmware.archive.purposes import PURPOSES, Purpose

Action = Literal["keep", "step", "drop_audio", "forget"]
Reason = Literal[
    "running",  # the call is not over, or its audio is still being packed
    "hold",
    "legal_minimum",
    "erasure",  # a person put it into the bin, and the time to undo is over
    "restricted",
    "consent_over",
    "low_value",  # nobody's number, a few seconds, nothing kept of it
    "purpose_over",
    "site_maximum",
    "starred",
    "age_ladder",  # lossless for so long, then the smaller copy
    "log_over",
    "space",
    "in_time",  # a period runs
    "no_period",
]

#: Shorter talk with a number nobody knows is taken for a robocall's, s.
JUNK_TALK_S = 30.0


class Worth(IntEnum):
    """What a recording is worth when not all can stay."""

    JUNK = 0
    PLAIN = 1
    KNOWN = 2
    NOTED = 3
    KEPT = 4


@dataclass(frozen=True, slots=True)
class Facts:
    """What retention needs to know of one call; times are seconds since 1970."""

    id: str
    start_utc: float
    audio: bool = True
    log: bool = True  # its row still says who it was
    size: int = 0  # bytes of audio
    small: int | None = None  # bytes of the smaller copy, if there is one
    running: bool = False
    held: bool = False
    restricted: bool = False
    duty: bool = False  # recorded because a law demands it
    erase_utc: float | None = None  # out of the bin
    consent_until_utc: float | None = None
    purpose: str | None = None
    starred: bool = False
    order: bool = False
    noted: bool = False
    known: bool = False
    incoming: bool = True
    talk_s: float = 0.0

    @property
    def worth(self) -> Worth:
        """Return how much it is worth."""
        if self.starred or self.order:
            return Worth.KEPT
        if self.noted:
            return Worth.NOTED
        if self.known:
            return Worth.KNOWN
        short = self.incoming and self.talk_s < JUNK_TALK_S
        return Worth.JUNK if short else Worth.PLAIN


@dataclass(frozen=True, slots=True)
class Rules:
    """The owner's choices.  Months are calendar months; None or 0: no end."""

    purpose: str | None = None  # of calls that name none
    months: int | None = None  # instead of the purpose's own
    personal_months: int = 0
    site_months: int = 12
    log_months: int = 24
    lossless_months: int = 0
    low_value_days: int = 0
    #: Months of single purposes, chosen instead of their own.
    periods: tuple[tuple[str, int], ...] = ()
    minimum: str | None = None  # which law's minimum a duty has
    extended: bool = False  # the authority asked for longer


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be done now and why; `due_utc` is when a kept one would go."""

    id: str
    action: Action
    reason: Reason
    due_utc: float | None = None
    source: str = ""


def add_months(utc: float, months: int) -> float:
    """Return the same moment so many calendar months later, the day cut to fit."""
    moment = datetime.fromtimestamp(utc, UTC)
    years, month = divmod(moment.month - 1 + months, 12)
    year = moment.year + years
    last = (31, 29 if _leap(year) else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    day = min(moment.day, last[month])
    return moment.replace(year=year, month=month + 1, day=day).timestamp()


def _leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def judge(facts: Facts, rules: Rules, now_utc: float) -> Verdict:
    """Say what has to be done with a call at a time."""
    if facts.running:
        return Verdict(facts.id, "keep", "running")
    if facts.held:
        return Verdict(facts.id, "keep", "hold")
    floor, source = minimum_end(facts, rules)
    if floor is not None and now_utc < floor:
        return Verdict(facts.id, "keep", "legal_minimum", floor, source)
    if facts.erase_utc is not None and now_utc >= facts.erase_utc:
        return Verdict(facts.id, "forget", "erasure", facts.erase_utc)
    if facts.restricted:
        return Verdict(facts.id, "keep", "restricted")
    if not facts.audio:
        return _judge_log(facts, rules, now_utc)
    return _judge_audio(facts, rules, now_utc)


def minimum_end(facts: Facts, rules: Rules) -> tuple[float | None, str]:
    """Return until when a law demands the call, and which."""
    names = [facts.purpose or rules.purpose, rules.minimum if facts.duty else None]
    ends = []
    for row in (PURPOSES[name] for name in names if name in PURPOSES):
        if row.minimum and row.months is not None:
            months = row.extended_months if rules.extended else None
            end = add_months(facts.start_utc, months or row.months)
            ends.append((end, row.source))
    return max(ends, default=(None, ""))


def _judge_audio(facts: Facts, rules: Rules, now_utc: float) -> Verdict:
    """Apply what may end the audio, in the order of precedence."""
    ends = list(_ends(facts, rules))
    for reason, end, source in ends:
        if now_utc >= end:
            return Verdict(facts.id, "drop_audio", reason, end, source)
    if rules.lossless_months and facts.small is not None:
        step = add_months(facts.start_utc, rules.lossless_months)
        if now_utc >= step:
            return Verdict(facts.id, "step", "age_ladder", step)
        ends.append(("age_ladder", step, ""))
    if facts.erase_utc is not None:
        ends.append(("erasure", facts.erase_utc, ""))
    if not ends:
        return Verdict(facts.id, "keep", "starred" if facts.starred else "no_period")
    due = min(end for _, end, _ in ends)
    return Verdict(facts.id, "keep", "in_time", due)


def _ends(facts: Facts, rules: Rules) -> Iterable[tuple[Reason, float, str]]:
    start = facts.start_utc
    if facts.consent_until_utc is not None:
        yield "consent_over", facts.consent_until_utc, ""
    if rules.low_value_days and facts.worth is Worth.JUNK:
        yield "low_value", start + rules.low_value_days * 86_400.0, ""
    name = facts.purpose or rules.purpose
    row = PURPOSES.get(name or "")
    months = period(row, rules)
    if months and not facts.starred:
        yield "purpose_over", add_months(start, months), row.source if row else ""
    elif months:  # a star: whichever of the two is longer
        months = max(months, rules.site_months) if rules.site_months else 0
        if months:
            yield "site_maximum", add_months(start, months), ""
    elif rules.site_months and name not in _NO_MAXIMUM:
        yield "site_maximum", add_months(start, rules.site_months), ""


#: The owner's own calls have no maximum: the choice is theirs alone.
_NO_MAXIMUM = frozenset({"personal"})


def period(row: Purpose | None, rules: Rules) -> int | None:
    """Return the months of audio that a purpose has under these rules."""
    if row is not None and row.id == "personal":
        return rules.personal_months or None
    own = dict(rules.periods).get(row.id) if row is not None else None
    chosen = own or rules.months or (row.months if row is not None else None)
    if row is not None and row.minimum and row.months is not None:
        return max(chosen or 0, row.months)
    return chosen


def _judge_log(facts: Facts, rules: Rules, now_utc: float) -> Verdict:
    if not facts.log:
        return Verdict(facts.id, "keep", "no_period")
    if not rules.log_months or facts.worth is Worth.KEPT:
        return Verdict(facts.id, "keep", "no_period", facts.erase_utc)
    end = add_months(facts.start_utc, rules.log_months)
    if now_utc >= end:
        return Verdict(facts.id, "forget", "log_over", end)
    due = end if facts.erase_utc is None else min(end, facts.erase_utc)
    return Verdict(facts.id, "keep", "in_time", due)


def for_space(
    calls: Iterable[Facts], rules: Rules, now_utc: float, need: int
) -> list[Verdict]:
    """Choose what goes to free `need` bytes, the least worth and the oldest first.

    Nothing that is held, restricted, demanded by a law, starred or an order's goes;
    what has a smaller copy steps down before anything of its worth is removed.
    """
    chosen: dict[str, Verdict] = {}
    freed = 0
    for action, facts, gain in _steps_by_worth(calls, rules, now_utc):
        if freed >= need:
            break
        freed += gain
        chosen[facts.id] = Verdict(facts.id, action, "space")
    return list(chosen.values())


def _steps_by_worth(
    calls: Iterable[Facts], rules: Rules, now_utc: float
) -> list[tuple[Action, Facts, int]]:
    steps: list[tuple[tuple[int, int, float, str], Action, Facts, int]] = []
    for facts in calls:
        floor, _ = minimum_end(facts, rules)
        bound = facts.running or facts.held or facts.restricted
        bound = bound or (floor is not None and now_utc < floor)
        if bound or not facts.audio or facts.worth is Worth.KEPT:
            continue
        rank = int(facts.worth)
        left = facts.size
        if facts.small is not None and facts.worth is not Worth.JUNK:
            gain = max(0, facts.size - facts.small)
            key = (rank, 0, facts.start_utc, facts.id)
            steps.append((key, "step", facts, gain))
            left -= gain
        key = (rank, 1, facts.start_utc, facts.id)
        steps.append((key, "drop_audio", facts, left))
    steps.sort(key=lambda step: step[0])
    return [(action, facts, gain) for _, action, facts, gain in steps]
