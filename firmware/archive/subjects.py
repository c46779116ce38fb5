"""The rights of the person on the other side: find, hand out, restrict, object.

A person is found by number, name, time or by what was noted; what is found is shown
before anything is done with it.  Erasing goes through `acting`, which gives the
certificate.
"""

import csv
import io
import json
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Any

from firmware.archive import handout, pins, search
from firmware.archive.facade import Archive
from firmware.archive.keeping import wanted
from firmware.archive.model import Call, iso
from firmware.errors import Locked, Refused, StoreError

#: Fewer digits than this fit too many people.
MIN_DIGITS = 5
PAGE = 500
#: What the ledger tells of those who heard or received a recording.
HEARD = ("played", "exported", "shared", "edited_copy")
_COLUMNS = ("id", "start", "line", "direction", "number", "name", "outcome",
            "duration_s", "audio", "file", "note")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Query:
    """What is known of a person; what is None was not asked."""

    number: str | None = None
    name: str | None = None
    note: str | None = None
    since_utc: float | None = None
    until_utc: float | None = None


def find(archive: Archive, query: Query) -> list[Call]:
    """Return a person's calls, the oldest first, those in the bin included."""
    digits = _digits(query.number)
    if query.number is not None and len(digits) < MIN_DIGITS:
        raise Refused(f"number: want at least {MIN_DIGITS} digits")
    words = search.words(query.name or "")
    if query.name is not None and not words:
        raise Refused("name: want a name")
    if query == Query():
        raise Refused("want a number, a name, a note or a time to look for")
    known = digits or query.name
    calls = _pages(archive, known) if known else _all(archive)
    found = [call for call in calls if _is_meant(call, query, digits, words)]
    return sorted(found, key=lambda call: (call.start_utc, call.id))


def _is_meant(call: Call, query: Query, digits: str, words: list[str]) -> bool:
    """Tell whether a call is this person's, by all that was asked."""
    if query.since_utc is not None and call.start_utc < query.since_utc:
        return False
    if query.until_utc is not None and call.start_utc >= query.until_utc:
        return False
    if digits and not _digits(call.number).endswith(digits):
        return False
    if words and not set(words) <= set(search.words(call.name or "")):
        return False
    if query.note is not None:
        own = [call.keeping.get(word, {}).get("text", "") for word in ("note", "order")]
        noted = " ".join([*own, *pins.texts(call)])
        return set(search.words(query.note)) <= set(search.words(noted))
    return True


def _pages(archive: Archive, known: str) -> Iterator[Call]:
    before: tuple[float, str] | None = None
    while page := archive.calls.page(PAGE, before, known, binned=True):
        yield from page
        before = page[-1].start_utc, page[-1].id


def _all(archive: Archive) -> Iterator[Call]:
    after = ""
    while page := archive.calls.walk(after, PAGE):
        yield from page
        after = page[-1].id


def _digits(number: str | None) -> str:
    """Return a number's digits without what differs between its ways of writing."""
    text = (number or "").replace("(0)", "")
    digits = "".join(char for char in text if char.isdecimal())
    return digits if text.strip().startswith("+") else digits.lstrip("0")


def listeners(archive: Archive, call: Call) -> list[dict[str, Any]]:
    """Return who heard or received a recording, by the ledger."""
    return [
        {
            "at": iso(entry.at_utc),
            "who": entry.by,
            "what": entry.kind,
            "why": str(entry.data.get("reason", "")),
        }
        for entry in archive.ledger.entries(call.id)
        if entry.kind in HEARD
    ]


def package(
    archive: Archive,
    calls: Sequence[Call],
    target: IO[bytes],
    by: str,
    now_utc: float,
    kind: handout.Format = "flac",
) -> int:
    """Write what a person may have of their calls as a zip; return how many sounds.

    Audio that is restricted or in quarantine is named and left out.  Locked if it is
    sealed and nobody has unlocked: then nothing was handed out.
    """
    by = wanted(by, "a name")
    sounds = 0
    rows: list[dict[str, Any]] = []
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as bundle:
        for call in calls:
            file = _add_audio(archive, call, bundle, kind)
            sounds += bool(file)
            rows.append(_row(call, file))
            record = json.dumps(_public(call), ensure_ascii=False, indent=1)
            bundle.writestr(f"{call.id}/call.json", record)
            heard = listeners(archive, call)
            bundle.writestr(
                f"{call.id}/listened.csv", table(("at", "who", "what", "why"), heard)
            )
        bundle.writestr("calls.csv", table(_COLUMNS, rows))
        bundle.writestr("README.txt", _readme(len(calls), sounds, now_utc))
    for call in calls:
        archive.ledger.add(
            "exported", call.id, by[:64], now_utc, what="subject", reason="access"
        )
    return sounds


def _add_audio(
    archive: Archive, call: Call, bundle: zipfile.ZipFile, kind: handout.Format
) -> str:
    """Put a call's audio into the bundle; return its name, empty if there is none."""
    if call.audio == "none":
        return ""
    name = f"{call.id}/{handout.file_name(call, kind)}"
    try:
        audio = handout.as_bytes(archive, call, kind)
    except Locked:
        raise
    except StoreError:
        return ""
    bundle.writestr(zipfile.ZipInfo(name, _zip_time(call)), audio)
    return name


def _zip_time(call: Call) -> tuple[int, int, int, int, int, int]:
    stamp = iso(call.start_utc)
    return (
        max(1980, int(stamp[:4])), int(stamp[5:7]), int(stamp[8:10]),
        int(stamp[11:13]), int(stamp[14:16]), int(stamp[17:19]),
    )  # fmt: skip


def _public(call: Call) -> dict[str, Any]:
    """Return the record without what is the box's own: its proof and its keys."""
    hidden = ("proof", "boot_id", "start_boottime_s")
    return {key: value for key, value in call.to_json().items() if key not in hidden}


def _row(call: Call, file: str) -> dict[str, Any]:
    return {
        **{name: getattr(call, name, "") for name in _COLUMNS},
        "start": iso(call.start_utc),
        "file": file,
        "note": call.keeping.get("note", {}).get("text", ""),
    }


def table(columns: Sequence[str], rows: Sequence[dict[str, Any]]) -> str:
    """Return rows as CSV; a text that a spreadsheet would run is quoted away."""
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, extrasaction="ignore")
    writer.writeheader()
    for row in rows:
        writer.writerow({key: _plain(row.get(key)) for key in columns})
    return out.getvalue()


def _plain(value: Any) -> Any:
    """Return a cell; ``=`` and its kin begin a formula in spreadsheets."""
    text = "" if value is None else value
    risky = isinstance(text, str) and text[:1] in ("=", "@", "\t", "\r", "-")
    return f"'{text}" if risky else text


def _readme(calls: int, sounds: int, now_utc: float) -> str:
    return (
        f"Made {iso(now_utc)}: {calls} calls, {sounds} with sound.\n\n"
        "calls.csv lists them. In the folder of each call:\n"
        "  the sound (plays in every browser), if any is kept;\n"
        "  call.json: all that is recorded about the call;\n"
        "  listened.csv: who has listened to it or received it, and why.\n\n"
        "You may ask for errors to be put right, for the recordings to be restricted\n"
        "or erased, and object to being recorded; and you may complain to the data\n"
        "protection authority.\n"
    )


def object_to(
    archive: Archive, number: str, by: str, now_utc: float, note: str = ""
) -> list[Call]:
    """Keep an objection: calls of this number are recorded no more.

    `number` is in international form.  Returns the calls that are stored, which are
    to be looked at again (GDPR 21).
    """
    if not number.startswith("+") or len(_digits(number)) < MIN_DIGITS:
        raise Refused("number: want it in international form, such as +12125550123")
    by = wanted(by, "a name")
    archive.wishes.add(number, "never", by, now_utc, note=note)
    archive.ledger.add("objected", "", by[:64], now_utc, what="number")
    return find(archive, Query(number=number))
