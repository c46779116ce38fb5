"""Calls as a table for spreadsheets: comma-separated, and harmless to open.

A cell that a spreadsheet would take for a formula gets an apostrophe in front (OWASP,
“CSV Injection”); who calls chooses name and number.  A plain +number stays as it is.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from firmware.archive import search
from firmware.archive.model import Call, iso

#: Excel reads a file as UTF-8 with this mark only.
MARK = "\ufeff"
COLUMNS = (
    *("id", "start_utc", "day", "time", "line", "direction", "number", "name"),
    *("outcome", "rings", "seconds", "sound_seconds", "no_sound_reason", "flags"),
    *("tags", "note", "order", "pins", "star", "held", "sha256"),
)
_FORMULA = re.compile(r"[\s\x00-\x1f]*[=+\-@|%\uff1d\uff0b\uff0d\uff20]")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
#: Rows that are written at once.
BATCH = 200


def lines(calls: Iterable[Call], extra: Iterable[str] = ()) -> Iterator[str]:
    """Yield the sheet in pieces, with the mark and the names of its columns first."""
    held = io.StringIO(newline="")
    writer = csv.writer(held)
    held.write(MARK)
    writer.writerow((*COLUMNS, *extra))
    for number, call in enumerate(calls, 1):
        writer.writerow(row(call))
        if number % BATCH == 0:
            yield _taken(held)
    yield _taken(held)


def row(call: Call, *extra: str) -> list[str]:
    """Return the cells of one call, each harmless."""
    kept = call.keeping
    start = datetime.fromtimestamp(call.start_utc).astimezone()
    cells: list[Any] = [
        *(call.id, iso(call.start_utc), f"{start:%Y-%m-%d}", f"{start:%H:%M:%S}"),
        *(call.line, call.direction, call.number, call.name, call.outcome),
        *(call.ring_count, round(call.duration_s, 1), round(call.audio_s, 1)),
        *(call.no_audio_reason, " ".join(call.flags), "; ".join(search.tags(call))),
        *(_text(kept.get("note")), _text(kept.get("order"))),
        "; ".join(_text(pin) for pin in kept.get("pins") or ()),
        *("yes" if "star" in kept else "", "yes" if call.held else "", call.sha256),
        *extra,
    ]
    return [cell(value) for value in cells]


def cell(value: Any) -> str:
    """Return a value that no spreadsheet takes for a formula."""
    text = "" if value is None else str(value)
    text = text.replace("\x00", "")
    if _NUMBER.fullmatch(text) or not _FORMULA.match(text):
        return text
    return f"'{text}"


def _text(entry: Any) -> str:
    return str(entry.get("text", "")) if isinstance(entry, dict) else ""


def _taken(held: io.StringIO) -> str:
    text = held.getvalue()
    held.seek(0)
    held.truncate()
    return text
