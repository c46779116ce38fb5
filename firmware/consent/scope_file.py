"""Reads the owner's scope rules, lists everything wrong with them at once.

    [lists]
    never = ["+12125550199"]

    [[rule]]
    id = "office"
    record = "all"
    weekdays = ["mon-fri"]
    times = ["08:00-17:00"]
    not_times = ["12:00-13:00"]
    direction = "in"

docs/operate.md describes the file.
"""

import re
import tomllib
from collections.abc import Callable, Iterator
from typing import Any, get_args

from firmware.consent import numbers
from firmware.consent.scope import DAY_MIN, WITHHELD, Mode, Numbers, Rule, Scope, Span
from firmware.consent.table import Table
from firmware.errors import ConfigError

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LISTS = ("never", "private", "emergency", "always")
DIRECTIONS = ("in", "out", "any")
#: A purpose whose calls must all be recorded (docs/law.md).
COMPLETE = "regulated"

_TIME = re.compile(r"(\d{1,2})(?::(\d{2}))?-(\d{1,2})(?::(\d{2}))?")
_PREFIX = re.compile(r"\+?[0-9]*\*")


class _Wrong(ValueError):
    """A value does not fit; the message says what was wanted and what came."""


def parse(text: str, name: str, own: str | None, table: Table) -> Scope:
    """Return the rules in `text`, numbers as dialled in `own`; or raise ConfigError."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{name}: not valid TOML: {error}") from error
    reader = _Reader(own, table)
    scope = reader.scope(raw)
    if reader.problems:
        raise ConfigError("\n".join(f"{name}: {p}" for p in reader.problems))
    return scope


class _Reader:
    """Reads one file, noting what is wrong instead of stopping at it."""

    def __init__(self, own: str | None, table: Table) -> None:
        self.problems: list[str] = []
        self._own = own
        self._table = table

    def scope(self, raw: dict[str, Any]) -> Scope:
        self._unknown("file", raw, ("lists", "rule"))
        lists, rules = raw.get("lists", {}), raw.get("rule", [])
        if not isinstance(lists, dict) or not isinstance(rules, list):
            self.problems.append("want a table [lists] and tables [[rule]]")
            return Scope()
        self._unknown("[lists]", lists, LISTS)
        read = [self._rule(rule, at) for at, rule in enumerate(rules, 1)]
        ids = [rule.id for rule in read]
        self.problems += [
            f"[[rule]] {id_}: id is used twice"
            for id_ in dict.fromkeys(ids)
            if ids.count(id_) > 1
        ]
        return Scope(
            tuple(read),
            **{
                key: self._value("[lists]", key, lists, self._list, Numbers())
                for key in LISTS
            },
        )

    def _rule(self, raw: Any, at: int) -> Rule:
        if not isinstance(raw, dict):
            self.problems.append(f"[[rule]] {at}: want a table, got {raw!r}")
            return Rule(str(at))
        where = f"[[rule]] {raw.get('id', at)}"
        self._unknown(where, raw, tuple(_KEYS))
        if "id" not in raw or "record" not in raw:
            self.problems.append(f"{where}: want an id and record")
        default = Rule(str(at))
        values = {
            key: self._value(where, key, raw, convert(self), getattr(default, key))
            for key, convert in _KEYS.items()
        }
        rule = Rule(**values)
        self.problems += [f"{where}: {problem}" for problem in self._odd(rule, raw)]
        return rule

    def _odd(self, rule: Rule, raw: dict[str, Any]) -> Iterator[str]:
        if (rule.record == "sample") != ("percent" in raw):
            yield 'percent belongs to record = "sample", and that to percent'
        if (
            rule.record in ("sample", "manual")
            and self._table.purpose(rule.purpose) == COMPLETE
        ):
            yield f"purpose: {rule.purpose} calls are all recorded, not some of them"

    def _value(
        self,
        where: str,
        key: str,
        raw: dict[str, Any],
        convert: Callable[[Any], Any],
        default: Any,
    ) -> Any:
        if key not in raw:
            return default
        try:
            return convert(raw[key])
        except _Wrong as wrong:
            self.problems.append(f"{where}: {key}: {wrong}")
            return default

    def _unknown(self, where: str, raw: dict[str, Any], known: tuple[str, ...]) -> None:
        self.problems += [
            f"{where}: {key}: unknown; known are {', '.join(known)}"
            for key in raw
            if key not in known
        ]

    def _numbers(self, value: Any) -> Numbers:
        return Numbers(tuple(self._number(text) for text in _texts(value)))

    def _list(self, value: Any) -> Numbers:
        return Numbers() if value == [] else self._numbers(value)

    def _number(self, text: str) -> str:
        plain = text.translate(numbers.PUNCTUATION)
        if plain == WITHHELD or _PREFIX.fullmatch(plain):
            return plain
        found = numbers.canonical(text, self._own)
        if not found or not found.lstrip("+").isdigit():
            raise _Wrong(f"want a number, +46* or {WITHHELD}, got {text!r}")
        return found


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise _Wrong(f"want a text, got {value!r}")
    return value


def _texts(value: Any) -> list[str]:
    # An empty condition would hold for every call, the opposite of what it looks like.
    if not isinstance(value, list) or not value:
        raise _Wrong(f"want a list of texts, got {value!r}")
    return [_text(item) for item in value]


def _one_of(choices: tuple[str, ...]) -> Callable[[Any], str]:
    def convert(value: Any) -> str:
        if value not in choices:
            raise _Wrong(f"want one of {', '.join(choices)}, got {value!r}")
        return str(value)

    return convert


def _percent(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _Wrong(f"want 0..100, got {value!r}")
    if not 0 <= value <= 100:
        raise _Wrong(f"want 0..100, got {value!r}")
    return float(value)


def _weekdays(value: Any) -> frozenset[int]:
    days: set[int] = set()
    for text in _texts(value):
        first, _, last = text.partition("-")
        if first not in DAYS or (last or first) not in DAYS:
            raise _Wrong(f"want days such as mon or mon-fri, got {text!r}")
        start = DAYS.index(first)
        count = (DAYS.index(last or first) - start) % 7 + 1
        days |= {(start + day) % 7 for day in range(count)}
    return frozenset(days)


def _spans(value: Any) -> tuple[Span, ...]:
    return tuple(_span(text) for text in _texts(value))


def _span(text: str) -> Span:
    found = _TIME.fullmatch(text.replace(" ", ""))
    if found is None:
        raise _Wrong(f"want a time such as 08:00-17:00, got {text!r}")
    hour, minute, end_hour, end_minute = (int(part or 0) for part in found.groups())
    start, end = hour * 60 + minute, end_hour * 60 + end_minute
    if minute > 59 or end_minute > 59 or start >= DAY_MIN or end > DAY_MIN:
        raise _Wrong(f"want hours 0..24 and minutes 0..59, got {text!r}")
    if start == end:
        raise _Wrong(f"want an end that is not the start, got {text!r}")
    return Span(start, end)


#: key of a rule: how its value is read
_KEYS: dict[str, Callable[[_Reader], Callable[[Any], Any]]] = {
    "id": lambda reader: _text,
    "record": lambda reader: _one_of(get_args(Mode)),
    "percent": lambda reader: _percent,
    "lines": lambda reader: lambda value: frozenset(_texts(value)),
    "users": lambda reader: lambda value: frozenset(_texts(value)),
    "weekdays": lambda reader: _weekdays,
    "times": lambda reader: _spans,
    "not_times": lambda reader: _spans,
    "direction": lambda reader: _one_of(DIRECTIONS),
    "numbers": lambda reader: reader._numbers,
    "purpose": lambda reader: _text,
}
