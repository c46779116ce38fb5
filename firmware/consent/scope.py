"""Which calls the owner wants recorded at all: schedule, direction, numbers, samples.

Rules are tried in the order of the file; the first whose conditions all hold says what
happens, and a call that no rule covers is not recorded.  Lists come before the rules:
`never` and `private` numbers are never recorded, `emergency` ones are treated as
emergency calls, `always` ones need no rule.  Being in scope is necessary, not
sufficient: the law decides afterwards (`firmware.consent.engine`).

A sample is drawn from the id of the call with a key that only the box has, before
anything is recorded: nobody on the line can know or influence which calls it takes,
and the same call draws the same number whatever the rules are named.

Limits: times are the wall clock's, so an hour may come twice or never when the clocks
change.
"""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from firmware.consent.model import Direction, Listed

ALL_WEEK = frozenset(range(7))
DAY_MIN = 24 * 60
#: Half of SHA-256's output; shorter keys could be searched.
MIN_KEY_BYTES = 16
#: In a list or a rule: calls whose number is withheld or not known.
WITHHELD = "withheld"

_DRAW_BITS = 64
_DRAW_LABEL = b"linekeeper sample\0"

Mode = Literal["all", "sample", "manual", "none"]


@dataclass(frozen=True, slots=True)
class Span:
    """Minutes of the day, the end not included; past midnight if it ends earlier."""

    start: int
    end: int

    def covers(self, when: datetime, weekdays: frozenset[int] = ALL_WEEK) -> bool:
        """Is `when` inside a span that began on one of `weekdays`?"""
        minute = when.hour * 60 + when.minute
        today = when.weekday() in weekdays
        if self.start < self.end:
            return today and self.start <= minute < self.end
        yesterday = (when - timedelta(days=1)).weekday() in weekdays
        return (today and minute >= self.start) or (yesterday and minute < self.end)


WHOLE_DAY = Span(0, DAY_MIN)


@dataclass(frozen=True, slots=True)
class Numbers:
    """Numbers in international form, `+46*` for all that begin so, or `withheld`."""

    patterns: tuple[str, ...] = ()

    def holds(self, number: str) -> bool:
        """Is `number` among them?  The empty number is a withheld one."""
        return any(self._fits(pattern, number) for pattern in self.patterns)

    @staticmethod
    def _fits(pattern: str, number: str) -> bool:
        if pattern == WITHHELD:
            return not number
        if pattern.endswith("*"):
            return bool(number) and number.startswith(pattern[:-1])
        return number == pattern


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule; an empty condition holds for every call."""

    id: str
    record: Mode = "all"
    percent: float = 100.0
    lines: frozenset[str] = frozenset()
    users: frozenset[str] = frozenset()
    weekdays: frozenset[int] = ALL_WEEK
    times: tuple[Span, ...] = (WHOLE_DAY,)
    not_times: tuple[Span, ...] = ()
    direction: Literal["in", "out", "any"] = "any"
    numbers: Numbers = Numbers()
    purpose: str | None = None

    def covers(self, call: "ScopeCall") -> bool:
        """Do all conditions hold for this call?"""
        return (
            (not self.lines or call.line in self.lines)
            and (not self.users or call.user in self.users)
            and self.direction in ("any", call.direction)
            and (not self.numbers.patterns or self.numbers.holds(call.number))
            and any(span.covers(call.when, self.weekdays) for span in self.times)
            and not any(span.covers(call.when) for span in self.not_times)
        )


@dataclass(frozen=True, slots=True)
class Scope:
    """All rules and lists of a box."""

    rules: tuple[Rule, ...] = ()
    never: Numbers = Numbers()
    private: Numbers = Numbers()
    emergency: Numbers = Numbers()
    always: Numbers = Numbers()


@dataclass(frozen=True, slots=True)
class ScopeCall:
    """A call as the rules see it: `when` is local time, `number` "" if not known."""

    id: str
    line: str
    direction: Direction
    number: str
    when: datetime
    user: str | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """What the rules say; `draw` is the sample's number if one was drawn."""

    in_scope: bool
    reason: str
    listed: Listed | None = None
    rule: str | None = None
    purpose: str | None = None
    draw: float | None = None


def match(scope: Scope, call: ScopeCall, key: bytes) -> Match:
    """Return whether the owner wants this call recorded without being asked."""
    if scope.never.holds(call.number):
        return Match(False, "never_list", "never")
    if scope.private.holds(call.number):
        return Match(False, "private_list", "private")
    if scope.emergency.holds(call.number):
        return Match(True, "emergency_list", "emergency")
    if scope.always.holds(call.number):
        return Match(True, "always_list")
    rule = next((rule for rule in scope.rules if rule.covers(call)), None)
    if rule is None:
        return Match(False, "no_rule")
    return _MODES[rule.record](rule, call, key)


def draw(call_id: str, key: bytes) -> float:
    """Return the number in 0 ≤ x < 1 that belongs to a call on this box."""
    if len(key) < MIN_KEY_BYTES:
        raise ValueError(f"want a key of {MIN_KEY_BYTES} bytes, got {len(key)}")
    digest = hmac.digest(key, _DRAW_LABEL + call_id.encode(), hashlib.sha256)
    # 53 bits are what a float holds exactly; more would round up to 1.
    return (int.from_bytes(digest[: _DRAW_BITS // 8]) >> 11) / (1 << 53)


def _sample(rule: Rule, call: ScopeCall, key: bytes) -> Match:
    drawn = draw(call.id, key)
    taken = drawn < rule.percent / 100
    reason = "sampled" if taken else "not_sampled"
    return Match(taken, reason, rule=rule.id, purpose=rule.purpose, draw=drawn)


def _fixed(in_scope: bool, reason: str) -> Callable[[Rule, ScopeCall, bytes], Match]:
    def answer(rule: Rule, call: ScopeCall, key: bytes) -> Match:
        return Match(in_scope, reason, rule=rule.id, purpose=rule.purpose)

    return answer


_MODES: dict[Mode, Callable[[Rule, ScopeCall, bytes], Match]] = {
    "all": _fixed(True, "rule"),
    "sample": _sample,
    "manual": _fixed(False, "manual_only"),
    "none": _fixed(False, "excluded"),
}
