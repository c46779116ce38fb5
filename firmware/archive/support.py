"""The support bundle: what somebody needs who helps, and nothing about anybody.

No sound, no number, no name, no note and no secret: numbers become short hashes with a
salt of this bundle alone, so that two calls of one number can be told to be that, but
not whose.  What a person typed is left out; of texts in the settings only those that
come from a fixed set of words are told.
"""

import hashlib
import io
import json
import platform
import re
import secrets
import sys
import zipfile
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import metadata
from typing import Any, Literal, get_origin

from firmware import __version__
from firmware.archive.facade import Archive
from firmware.archive.model import Call, iso
from firmware.archive.sweep import every
from firmware.service import journal, status
from firmware.service.settings import DESCRIBED, Described, Settings, plain

#: Calls that are told one by one, lines of the journal, entries of the ledger.
CALLS, LINES, ENTRIES = 300, 2000, 1000
#: Digits of a telephone number; shorter runs are figures.
_NUMBER = re.compile(r"\+?\d[\d \-().]{4,}\d")
#: Times, dates and ids of calls look like numbers and are none.
_TIME = re.compile(
    r"\d{8}-\d{6}-[0-9a-z]{4}|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?([+-]\d{4}|Z)?"
)
#: Texts of the settings that hold nothing of anybody's.
_OPEN_TEXTS = frozenset(
    {
        *("line.country", "consent.own", "retention.purpose", "retention.periods"),
        *("consent.key_informed", "consent.key_agreed", "consent.key_pause"),
        "consent.key_refused",
    }
)
#: Of the live state, what is about the box and not about who calls.
_LINE_STATE = (
    *("phase", "since_utc", "ok", "ring_count", "recording", "level_dbov"),
    *("peak_dbov", "sample_index", "stored_samples", "lost_s", "consent_state"),
    *("consent_action", "consent_level", "consent_confirm", "consent_reason"),
)
_BOX_STATE = (
    *("pid", "started_utc", "updated_utc", "recording_allowed", "clock"),
    *("calls_today", "disk", "version"),
)
README = """\
What is in this file, and what is not
=====================================

versions.json   the program, Python, the system, the packages
settings.toml   the settings in force; texts that somebody typed are left out
changes.json    which settings were changed when, without the values
status.json     the live state, without who is calling
check.txt       the self-test
counts.json     how many calls of which kind, sizes, users by role
calls.json      the last calls: times, outcomes, flags; numbers as hashes
ledger.json     kinds and times of the last entries of the ledger
journal.txt     what the services said lately, numbers as hashes

There is no sound, no telephone number, no name, no note and no password or key in it.
A hash such as #3fa91c stands for the same number wherever it is found in this file,
and means nothing outside of it.
"""


@dataclass(frozen=True, slots=True)
class Bundle:
    """The files of one bundle: name and text, in the order they are shown."""

    made_utc: float
    files: tuple[tuple[str, str], ...]

    @property
    def name(self) -> str:
        """Return what the file is called."""
        return f"linekeeper-support-{iso(self.made_utc)[:10]}.zip"

    def zipped(self) -> bytes:
        """Return the bundle as one file."""
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
            for name, text in self.files:
                file.writestr(f"linekeeper-support/{name}", text)
        return made.getvalue()


class Scrubber:
    """Takes numbers and names out of texts; the salt lives as long as this does."""

    def __init__(self, names: Iterable[str]) -> None:
        self._salt = secrets.token_bytes(32)
        known = sorted({n for n in names if len(n) > 1}, key=len, reverse=True)
        self._names = [re.compile(re.escape(n), re.IGNORECASE) for n in known]

    def number(self, text: str | None) -> str | None:
        """Return the hash that stands for a number; its form does not matter."""
        digits = "".join(char for char in text or "" if char.isdecimal())
        if not digits:
            return None
        key = hashlib.blake2s(digits[-9:].encode(), key=self._salt, digest_size=4)
        return f"#{key.hexdigest()}"

    def line(self, text: str) -> str:
        """Return a line without numbers and names."""
        for name in self._names:
            text = name.sub("[name]", text)
        pieces, at = [], 0
        for time in _TIME.finditer(text):
            pieces += [self._digits(text[at : time.start()]), time[0]]
            at = time.end()
        return "".join([*pieces, self._digits(text[at:])])

    def _digits(self, text: str) -> str:
        return _NUMBER.sub(lambda found: self.number(found[0]) or "", text)


def make(
    archive: Archive,
    settings: Settings,
    checks: Iterable[tuple[str, bool, str]],
    now_utc: float,
    lines: Iterable[str] | None = None,
) -> Bundle:
    """Put a bundle together; `lines` are the journal's unless given."""
    last, counts = _calls(archive)
    names = {call.name for call in last if call.name} | set(_people(archive))
    names |= {t for t in _typed(settings) if len(t) > 2}
    scrub = Scrubber(names)
    told = journal.last_lines(LINES) if lines is None else lines
    tested = [f"{'ok  ' if ok else 'FAIL'} {name}: {said}" for name, ok, said in checks]
    files = {
        "README.txt": README,
        "versions.json": _json(versions()),
        "settings.toml": "\n".join(settings_lines(settings)) + "\n",
        "changes.json": _json(_changes(archive)),
        "status.json": _json(_status(settings)),
        "check.txt": "\n".join(scrub.line(line) for line in tested) + "\n",
        "counts.json": _json({**counts, **_counts(archive)}),
        "calls.json": _json([_call(call, scrub) for call in last]),
        "ledger.json": _json(_ledger(archive)),
        "journal.txt": "\n".join(scrub.line(line) for line in told) + "\n",
    }
    return Bundle(now_utc, tuple(files.items()))


def versions() -> dict[str, Any]:
    """Return what runs here: program, Python, system, packages."""
    wanted = {
        name
        for line in metadata.requires("linekeeper") or ()
        if "extra" not in line and (name := re.split(r"[<>=!;\[ ]", line)[0])
    }
    found = {d.metadata["Name"].lower(): d.version for d in metadata.distributions()}
    return {
        "linekeeper": __version__,
        "python": platform.python_version(),
        "executable": "in an environment"
        if sys.prefix != sys.base_prefix
        else "system",
        "system": platform.freedesktop_os_release().get("PRETTY_NAME", ""),
        "kernel": platform.release(),
        "machine": platform.machine(),
        "packages": {name: found.get(name.lower()) for name in sorted(wanted)},
    }


def settings_lines(settings: Settings) -> list[str]:
    """Return the settings as lines of a file, texts that somebody typed left out."""
    lines: list[str] = []
    for one in DESCRIBED:
        if f"[{one.table}]" not in lines:
            lines.append(f"[{one.table}]")
        value = getattr(getattr(settings, one.table), one.key)
        if value is None:
            lines.append(f"# {one.key} is not set")
        elif is_open(one):
            lines.append(f"{one.key} = {json.dumps(value)}")
        elif f"{one.table}.{one.key}" == "line.source":
            lines.append(f"# {one.key} is a {str(value).partition(':')[0]}: source")
        elif value == one.default:
            lines.append(f"# {one.key} is as delivered")
        else:
            lines.append(f"# {one.key} is set")
    return lines


def is_open(one: Described) -> bool:
    """Say whether the value of a setting may be told to a helper."""
    hint = plain(one.hint)
    fixed = hint in (int, float, bool) or get_origin(hint) is Literal
    return fixed or f"{one.table}.{one.key}" in _OPEN_TEXTS or one.key.endswith("_pin")


def _typed(settings: Settings) -> list[str]:
    """Return the texts of the settings that are somebody's."""
    pairs = (
        (one.default, getattr(getattr(settings, one.table), one.key))
        for one in DESCRIBED
        if not is_open(one)
    )
    return [
        value
        for default, value in pairs
        if isinstance(value, str) and value != default and value[:5] != "alsa:"
    ]


def _people(archive: Archive) -> list[str]:
    users = [user.name for user in archive.users.list()]
    return users + [person.name for person in archive.staff.people(gone=True)]


def _calls(archive: Archive) -> tuple[list[Call], dict[str, Any]]:
    """Return the last calls, and counts of all."""
    counts: dict[str, Counter[str]] = {
        key: Counter() for key in ("outcome", "audio", "direction", "flags", "reason")
    }
    for call in every(archive):
        counts["outcome"][call.outcome] += 1
        counts["audio"][call.audio] += 1
        counts["direction"][call.direction] += 1
        counts["flags"].update(call.flags)
        if call.no_audio_reason:
            counts["reason"][call.no_audio_reason] += 1
    told = {key: dict(counter.most_common()) for key, counter in counts.items()}
    return archive.calls.page(limit=CALLS), {"calls": archive.calls.count(), **told}


def _counts(archive: Archive) -> dict[str, Any]:
    last = archive.erasures.last_sweep()
    return {
        "users": dict(Counter(user.role for user in archive.users.list())),
        "people_of_the_line": len(archive.staff.people()),
        "ledger": archive.ledger.size if archive.ledger.exists else 0,
        "requests_open": len(archive.requests.open()),
        "catalogue_rebuilt": archive.rebuilt is not None,
        "last_sweep": None
        if last is None
        else {"at": iso(last[0]), "calls": last[1], "stopped": last[3]},
    }


def _call(call: Call, scrub: Scrubber) -> dict[str, Any]:
    """Return what is told of one call."""
    plainly = (
        *("id", "direction", "outcome", "duration_s", "audio_s", "audio"),
        *("audio_bytes", "flags", "no_audio_reason", "lost_s", "trigger"),
        *("decision_reason", "ring_count"),
    )
    return {
        **{name: getattr(call, name, None) for name in plainly},
        "number": scrub.number(call.number),
        "has_name": bool(call.name),
        "marks": dict(Counter(mark.kind for mark in call.marks)),
    }


def _changes(archive: Archive) -> list[dict[str, str]]:
    return [
        {"at": iso(change.at_utc), "key": change.key}
        for change in archive.choices.changes(limit=200)
    ]


def _status(settings: Settings) -> Mapping[str, Any]:
    found = status.read(settings.status_path) or {}
    lines = found.get("lines") or []
    return {
        **{key: found[key] for key in _BOX_STATE if key in found},
        "alerts": [alert.get("kind") for alert in found.get("alerts") or []],
        "lines": [{k: line[k] for k in _LINE_STATE if k in line} for line in lines],
    }


def _ledger(archive: Archive) -> list[dict[str, str]]:
    ledger = archive.ledger
    if not ledger.exists:
        return []
    size = ledger.size
    entries = ledger.walk(max(0, size - ENTRIES), size)
    return [{"at": iso(entry.at_utc), "kind": entry.kind} for entry in entries]


def _json(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, indent=1, default=str) + "\n"
