"""Reads a table of jurisdictions, lists everything wrong with it at once.

The JSON has one object a jurisdiction (`jurisdictions`), the class of what is not known
(`fallback`), words that name a purpose (`purposes`) and, turned round so that a place
owns its numbers, the area codes of North America (`nanp`), Australia's first digits
(`australia`) and the beginnings of numbers in country codes that several places share
(`shared`).
"""

import dataclasses
import importlib.resources
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from firmware.consent.table import STRICTEST, UNKNOWN, Jurisdiction, Table
from firmware.errors import ConfigError

SHIPPED = "jurisdictions.json"

#: ISO 3166-1, with ISO 3166-2 after the hyphen or ? for a state not known.
CODE = re.compile(r"[A-Z]{2}(-([A-Z0-9]{1,3}|\?))?")

_FIELDS = {f.name for f in dataclasses.fields(Jurisdiction)} - {"code"}
_REQUIRED = ("name", "private", "org", "statutes", "confidence", "source")
_CLASSES = ("private", "org", "conservative")
#: field: the legend that its words come from
_LEGENDS = {
    "satisfied_by": "satisfiers",
    "not_sufficient": "insufficient",
    "exceptions": "exceptions",
}
_SECTIONS = (
    *("version", "satisfiers", "insufficient", "exceptions", "sources"),
    *("purposes", "fallback", "jurisdictions", "nanp", "australia", "shared"),
)


def text() -> str:
    """Return the file that comes with Linekeeper, to be copied and changed."""
    return importlib.resources.files(__package__).joinpath(SHIPPED).read_text("utf-8")


def shipped() -> Table:
    """Return the table that comes with Linekeeper."""
    return parse(text(), SHIPPED)


def parse(source: str, name: str) -> Table:
    """Return the table in `source`, or raise ConfigError with a line for each fault."""
    try:
        raw = json.loads(source)
    except ValueError as error:
        raise ConfigError(f"{name}: not valid JSON: {error}") from error
    problems = list(_problems(raw))
    if problems:
        raise ConfigError("\n".join(f"{name}: {problem}" for problem in problems))
    fallback = raw["fallback"]
    rows = _read(raw["jurisdictions"])
    floors = {code: row for code, row in rows.items() if row.floor}
    return Table(
        version=raw["version"],
        rows=_in_force(rows, floors, fallback),
        floors=floors,
        unknown_class=fallback[UNKNOWN],
        unlisted_class=fallback["unlisted"],
        purposes={p: frozenset(names) for p, names in raw["purposes"].items()},
        nanp=_turned(raw["nanp"]),
        australia=_turned(raw["australia"]),
        shared={
            country: _turned({k: v for k, v in places.items() if k != "main"})
            | {"": (places["main"],)}
            for country, places in raw["shared"].items()
        },
    )


def _read(raw: Mapping[str, Mapping[str, Any]]) -> dict[str, Jurisdiction]:
    rows = {}
    for code, row in raw.items():
        values: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value
            for key, value in row.items()
        }
        values["purpose_statutes"] = {
            purpose: tuple(laws)
            for purpose, laws in row.get("purpose_statutes", {}).items()
        }
        rows[code] = Jurisdiction(code, **values)
    return rows


def _in_force(
    rows: Mapping[str, Jurisdiction],
    floors: Mapping[str, Jurisdiction],
    fallback: Mapping[str, int],
) -> dict[str, Jurisdiction]:
    """Return the rows with federal law worked in, and rows such as US-?."""
    result = dict(rows)
    for code, row in rows.items():
        country, _, state = code.partition("-")
        if state and country in floors:
            by_purpose = _stricter(row.by_purpose, floors[country].by_purpose)
            result[code] = dataclasses.replace(row, by_purpose=by_purpose)
    for code, level in fallback.items():
        country, _, state = code.partition("-")
        if state:
            result[code] = _state_unknown(rows[country], code, level)
            if country in floors:
                result[country] = result[code]  # a floor is no place: US means US-?
    return result


def _stricter(a: Mapping[str, int], b: Mapping[str, int]) -> dict[str, int]:
    return {key: max(a.get(key, 0), b.get(key, 0)) for key in {*a, *b}}


def _state_unknown(country: Jurisdiction, code: str, level: int) -> Jurisdiction:
    """Return what applies where only the country is known: no exception, no tone."""
    return dataclasses.replace(
        country,
        code=code,
        name=f"{country.name.partition(' (')[0]} (state unknown)",
        private=max(level, country.private),
        org=max(level, country.org),
        floor=False,
        satisfied_by=(),
        exceptions=(),
        statutes=() if country.floor else country.statutes,
    )


def _turned(places: Mapping[str, list[str]]) -> dict[str, tuple[str, ...]]:
    """Return number: its places, from place: its numbers."""
    numbers = dict.fromkeys(number for owned in places.values() for number in owned)
    return {
        number: tuple(place for place, owned in places.items() if number in owned)
        for number in numbers
    }


def _problems(raw: Any) -> Iterator[str]:
    if not isinstance(raw, dict):
        yield f"want an object, got {type(raw).__name__}"
        return
    missing = [section for section in _SECTIONS if section not in raw]
    if missing:
        yield f"lacks {', '.join(missing)}"
        return
    wrong = [s for s in _SECTIONS if s != "version" and not isinstance(raw[s], dict)]
    if wrong or not isinstance(raw["version"], str):
        yield f"want a text in version and an object in each of {', '.join(wrong)}"
        return
    for code, row in raw["jurisdictions"].items():
        if not isinstance(row, dict):
            yield f"{code}: want an object, got {row!r}"
        else:
            yield from (f"{code}: {problem}" for problem in _row_problems(row, raw))
        if not CODE.fullmatch(code):
            yield f"{code}: want a code such as US-NY or SE"
    yield from _plan_problems(raw)


def _row_problems(row: Mapping[str, Any], raw: Mapping[str, Any]) -> Iterator[str]:
    for key in _REQUIRED:
        if row.get(key) in (None, "", []):
            yield f"{key} is missing"
    for key in sorted(set(row) - _FIELDS):
        yield f"{key}: unknown; known are {', '.join(sorted(_FIELDS))}"
    by_purpose = row.get("by_purpose", {})
    classes = {key: row[key] for key in _CLASSES if key in row}
    laws = row.get("purpose_statutes", {})
    if not (isinstance(laws, dict) and all(map(_is_texts, laws.values()))):
        yield f"purpose_statutes: want lists of texts, got {laws!r}"
    if isinstance(by_purpose, dict):
        classes |= {f"by_purpose {key}": level for key, level in by_purpose.items()}
        for purpose in by_purpose.keys() - raw["purposes"].keys():
            yield f"by_purpose {purpose}: no such purpose in purposes"
    else:
        yield f"by_purpose: want an object, got {by_purpose!r}"
    for key, level in classes.items():
        yield from _class_problem(key, level)
    for key in ("statutes", *_LEGENDS):
        words = row.get(key, [])
        if not _is_texts(words):
            yield f"{key}: want a list of texts, got {words!r}"
        elif key in _LEGENDS:
            for word in words:
                if word not in raw[_LEGENDS[key]]:
                    yield f"{key}: {word!r} is not in {_LEGENDS[key]}"
    if row.get("source") not in raw["sources"]:
        yield f"source: want one of {', '.join(raw['sources'])}"


def _class_problem(key: str, level: Any) -> Iterator[str]:
    if type(level) is not int or not 0 <= level <= STRICTEST:
        yield f"{key}: want a class 0..{STRICTEST}, got {level!r}"


def _plan_problems(raw: Mapping[str, Any]) -> Iterator[str]:
    fallback = raw["fallback"]
    for key in (UNKNOWN, "unlisted"):
        if key not in fallback:
            yield f"fallback: {key} is missing"
    for code, level in fallback.items():
        yield from (f"fallback {p}" for p in _class_problem(code, level))
        if code.partition("-")[2] and code[:2] not in raw["jurisdictions"]:
            yield f"fallback {code}: no row {code[:2]}"
    for plan in ("nanp", "australia", "purposes"):
        for place, numbers in raw[plan].items():
            if not _is_texts(numbers):
                yield f"{plan} {place}: want a list of texts, got {numbers!r}"
    for country, places in raw["shared"].items():
        if not isinstance(places, dict) or not isinstance(places.get("main"), str):
            yield f"shared {country}: want an object with main, got {places!r}"
            continue
        for place, numbers in places.items():
            if place != "main" and not _is_texts(numbers):
                yield f"shared {country}: {place}: want a list of texts"


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)
