"""Days as people type them into a search: “tuesday”, “i går”, 2026-11-17, 17.11.

Understood are the page's language and English.  A weekday is the last one that there
was, today included; a date without a year is the last one, too.  Days begin and end
where the box is.  A word in quotes is never a day.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache

from babel.dates import get_day_names, get_month_names

from firmware.archive import search

#: language -> words for today, yesterday, the day before; several ways of each.
NEAR: dict[str, tuple[tuple[str, ...], ...]] = {
    "en": (("today",), ("yesterday",), ()),
    "sv": (("idag", "i dag"), ("igår", "i går"), ("förrgår", "i förrgår")),
    "nb": (("i dag", "idag"), ("i går", "igår"), ("forgårs", "i forgårs")),
    "da": (("i dag", "idag"), ("i går", "igår"), ("forgårs", "i forgårs")),
    "nl": (("vandaag",), ("gisteren",), ("eergisteren",)),
    "de": (("heute",), ("gestern",), ("vorgestern",)),
    "fr": (("aujourd'hui", "aujourdhui"), ("hier",), ("avant-hier",)),
    "pl": (("dzisiaj", "dziś"), ("wczoraj",), ("przedwczoraj",)),
}
_QUOTED = re.compile(r'"([^"]*)"|“([^”]*)”|„([^“”]*)[“”]|«([^»]*)»')
_ISO = re.compile(r"(?<![\w.-])(\d{4})-(\d{1,2})(?:-(\d{1,2}))?(?![\w.-])")
_DOTS = re.compile(r"(?<![\w.])(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})?(?![\w.])")
_SLASHES = re.compile(r"(?<![\w/])(\d{1,2})/(\d{1,2})(?:/(\d{4}))?(?![\w/])")
#: Years that a recorder of telephone lines can mean.
YEARS = range(1970, 2200)

#: First day and the day after the last.
Span = tuple[date, date]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question without its days, and the stretch of days it means, if any."""

    q: str
    first: date | None = None
    after: date | None = None


def read(q: str, language: str, today: date, *, month_first: bool = False) -> Asked:
    """Take the days out of a question; several mean all from the first to the last."""
    quoted: list[str] = []

    def hide(found: re.Match[str]) -> str:
        quoted.append(next(text for text in (*found.groups(), "") if text is not None))
        return " "

    rest, spans = _dates(_QUOTED.sub(hide, q), today, month_first)
    rest, named = _names(rest, language, today)
    spans += named
    left = " ".join([rest, *quoted]).split()
    if not spans:
        return Asked(" ".join(left))
    return Asked(" ".join(left), min(s[0] for s in spans), max(s[1] for s in spans))


def utc(day: date) -> float:
    """Return when a day begins where the box is."""
    return datetime.combine(day, time()).astimezone().timestamp()


def parse(text: str) -> date | None:
    """Return the day that an address or a form means; None: it is none."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if found.year in YEARS else None


def _dates(q: str, today: date, month_first: bool) -> tuple[str, list[Span]]:
    spans: list[Span] = []

    def take(year: str | None, month: str, day: str | None, whole: str) -> str:
        span = _span(year, int(month), int(day) if day else None, today)
        if span is None:
            return whole
        spans.append(span)
        return " "

    q = _ISO.sub(lambda m: take(m[1], m[2], m[3], m[0]), q)
    q = _DOTS.sub(lambda m: take(m[3], m[2], m[1], m[0]), q)
    month, day = (1, 2) if month_first else (2, 1)
    return _SLASHES.sub(lambda m: take(m[3], m[month], m[day], m[0]), q), spans


def _span(year: str | None, month: int, day: int | None, today: date) -> Span | None:
    """Return a day, or a month; without a year the last one there was."""
    if year and int(year) not in YEARS:
        return None
    for choice in (int(year),) if year else (today.year, today.year - 1, -1):
        try:
            first = date(choice, month, day or 1)
        except ValueError:
            continue  # no such day in that year
        if year or first <= today:
            break
    else:
        return None
    if day:
        return first, first + timedelta(days=1)
    return first, (first + timedelta(days=32)).replace(day=1)


def _names(q: str, language: str, today: date) -> tuple[str, list[Span]]:
    """Take out words that mean a day; the longest that fits counts."""
    tokens = q.split()
    folded = [" ".join(search.words(token)) for token in tokens]
    near, months = _words(language), _months(language)
    left: list[str] = []
    spans: list[Span] = []
    at = 0
    while at < len(tokens):
        pair = " ".join(folded[at : at + 2])
        dated = _day_of_month(folded[at : at + 2], months, today)
        for taken, ago in ((2, near.get(pair)), (1, near.get(folded[at]))):
            if taken > len(tokens) - at or (ago is None and dated is None):
                continue
            if dated is not None:
                spans.append(dated)
                taken = 2
            elif ago is not None:
                day = today - timedelta(days=ago(today))
                spans.append((day, day + timedelta(days=1)))
            at += taken
            break
        else:
            left.append(tokens[at])
            at += 1
    return " ".join(left), spans


def _day_of_month(pair: list[str], months: dict[str, int], today: date) -> Span | None:
    """Return “17 november” or “november 17” as a day."""
    if len(pair) < 2:
        return None
    day, name = pair if pair[1] in months else pair[::-1]
    if name not in months or not (day.isascii() and day.isdigit() and len(day) < 3):
        return None
    return _span(None, months[name], int(day), today) if int(day) else None


class _Ago:
    """How many days ago something was, seen from a day."""

    def __init__(self, days: int | None = None, weekday: int = 0) -> None:
        self._days, self._weekday = days, weekday

    def __call__(self, today: date) -> int:
        if self._days is not None:
            return self._days
        return (today.weekday() - self._weekday) % 7


@cache
def _words(language: str) -> dict[str, _Ago]:
    """Return the words for days in a language and in English, folded."""
    found: dict[str, _Ago] = {}
    for code in dict.fromkeys(("en", language)):
        for days, ways in enumerate(NEAR.get(code, ())):
            found.update({_fold(way): _Ago(days) for way in ways})
        for context in ("format", "stand-alone"):
            names = get_day_names("wide", context=context, locale=code)
            found.update({_fold(name): _Ago(None, n) for n, name in names.items()})
    return found


@cache
def _months(language: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for code in dict.fromkeys(("en", language)):
        for width in ("wide", "abbreviated"):
            for context in ("format", "stand-alone"):
                names = get_month_names(width, context=context, locale=code)
                found.update({_fold(name): number for number, name in names.items()})
    return found


def _fold(text: str) -> str:
    return " ".join(search.words(text))
