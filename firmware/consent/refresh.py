"""Derives the area codes of North America anew: `python -m firmware.consent.refresh`.

The table with the new codes goes to standard output, what changed to standard error.
phonenumbers' geocoder knows the codes; it is not part of what Linekeeper installs and
has the same import name as what is, so it gets a folder of its own for the while:

    python -m pip install --target geocoder phonenumbers
    PYTHONPATH=geocoder python -m firmware.consent.refresh > jurisdictions.json

Then read the changes, raise `version` and `nanp_source`, and put the file in place.

How: every area code is asked for at several exchanges, because some codes have texts
for finer prefixes only and one exchange of 201 is said to be in another state; the
text most exchanges agree on counts.  It is `City, ST` or the name of a state.

Limits: the geocoder lags behind new codes by months.  Until they are in the table they
are `US-?`, class 3.
"""

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from firmware.consent import table_file

#: Exchanges asked for within an area code: N is 2..9, and 555 is not geographic.
EXCHANGES = tuple(e for e in range(200, 1000, 7) if e % 100 != 11 and e != 555)
LINE = "0100"

#: Texts of the geocoder that are neither `City, ST` nor a row's name.
TEXTS = {
    "Washington State": "US-WA",
    "Washington D.C.": "US-DC",
    "British Colombia": "CA-BC",
}
#: What `text_of` gives for a number without a place: toll-free and the like.
NOWHERE = ("", "Canada", "United States")

Places = dict[str, list[str]]


def derive(
    rows: Mapping[str, Mapping[str, Any]],
    region_of: Callable[[str], str | None],
    text_of: Callable[[str], str],
) -> Places:
    """Return place: its area codes, from what is known of single numbers."""
    names = TEXTS | {row["name"]: code for code, row in rows.items() if "-" in code}
    found: Places = {}
    for area_code in map(str, range(200, 1000)):
        numbers = [f"+1{area_code}{exchange}{LINE}" for exchange in EXCHANGES]
        region = next(filter(None, map(region_of, numbers)), None)
        if region is None:
            continue
        places = [region]
        if region in ("US", "CA"):
            places = _states(region, map(text_of, numbers), names)
        for place in places:
            found.setdefault(place, []).append(area_code)
    return dict(sorted(found.items(), key=lambda item: ("-" not in item[0], item[0])))


def _states(region: str, texts: Iterable[str], names: Mapping[str, str]) -> list[str]:
    counted = Counter(text for text in map(_state, texts) if text not in NOWHERE)
    if not counted:
        return [f"{region}-?"]
    [(text, _)] = counted.most_common(1)
    return [names.get(part) or f"{region}-{part}" for part in text.split("/")]


def _state(text: str) -> str:
    """Return NY for `New York, NY`, and a name as it is."""
    return text.rpartition(", ")[2]


def changes(old: Places, new: Places) -> Iterator[str]:
    """Yield a line for every area code that moved, came or went."""
    before, after = _by_code(old), _by_code(new)
    for code in sorted({*before, *after}):
        if before.get(code) != after.get(code):
            yield f"{code}: {before.get(code, '-')} -> {after.get(code, '-')}"


def _by_code(places: Places) -> dict[str, str]:
    result: dict[str, str] = {}
    for place in sorted(places):
        for code in places[place]:
            result[code] = f"{result[code]} {place}" if code in result else place
    return result


def to_text(raw: Mapping[str, Any]) -> str:
    """Return a table as text: one entry a line, so that changes can be read."""
    sections = []
    for key, value in raw.items():
        text = _rows(value) if key == "jurisdictions" else _entries(value)
        sections.append(f"  {_json(key)}: {text}")
    return "{\n" + ",\n".join(sections) + "\n}\n"


def _entries(value: Any) -> str:
    if not isinstance(value, dict):
        return _json(value)
    lines = (f"    {_json(key)}: {_json(entry)}" for key, entry in value.items())
    return "{\n" + ",\n".join(lines) + "\n  }"


def _rows(rows: Mapping[str, Mapping[str, Any]]) -> str:
    return (
        "{\n"
        + ",\n".join(
            f"    {_json(code)}: {{\n{_row(row)}\n    }}" for code, row in rows.items()
        )
        + "\n  }"
    )


#: Keys of a row that share a line.
_LINES = (
    ("name", "private", "org", "conservative", "by_purpose", "floor", "rule"),
    *(("satisfied_by",), ("not_sufficient",), ("exceptions",), ("statutes",)),
    *(("notes",), ("purpose_statutes",), ("confidence", "source")),
)


def _row(row: Mapping[str, Any]) -> str:
    lines = (
        ", ".join(f"{_json(key)}: {_json(row[key])}" for key in keys if key in row)
        for keys in _LINES
    )
    return ",\n".join(f"      {line}" for line in lines if line)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def main() -> None:
    """Write the table with new area codes."""
    import phonenumbers

    try:
        from phonenumbers import geocoder
    except ModuleNotFoundError as error:
        sys.exit(f"want phonenumbers with its geocoder ({error}): see the docstring")

    def region_of(number: str) -> str | None:
        return phonenumbers.region_code_for_number(phonenumbers.parse(number))

    def text_of(number: str) -> str:
        return geocoder.description_for_number(phonenumbers.parse(number), "en")

    raw = json.loads(table_file.text())
    new = derive(raw["jurisdictions"], region_of, text_of)
    sys.stderr.writelines(f"{line}\n" for line in changes(raw["nanp"], new))
    sys.stdout.write(to_text(raw | {"nanp": new}))


if __name__ == "__main__":
    main()
