"""A folder that anybody can read: day folders, sounds, a list, and a page that plays.

For a USB stick or whoever is given recordings: no software of ours is needed.  Made
again into the same folder, it adds what is new and takes away what was erased or is
restricted now.
"""

import json
import logging
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

from firmware.archive import handout
from firmware.archive.facade import Archive
from firmware.archive.folder import CROCKFORD
from firmware.archive.keeping import wanted
from firmware.archive.model import Call, iso
from firmware.archive.subjects import table
from firmware.errors import Locked, StoreError

log = logging.getLogger(__name__)

#: Names of files that stand for a call end with its id.
_OURS = re.compile(rf".*_(\d{{8}}-\d{{6}}-[{CROCKFORD}]{{4}})\.(flac|opus|wav|json)")
#: What no file system of a USB stick allows in a name.
_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f]')
_COLUMNS = ("day", "time_utc", "line", "direction", "number", "name", "outcome",
            "duration_s", "sound", "record", "id")  # fmt: skip
#: The page's place for its data.
_DATA = "/*DATA*/[]"


@dataclass(slots=True)
class Shelved:
    """What was put on the shelf."""

    calls: int = 0
    sounds: int = 0
    added: int = 0
    removed: int = 0
    without: list[str] = field(default_factory=list)  # calls whose audio is not free


def fill(
    archive: Archive,
    calls: Iterable[Call],
    target: Path,
    by: str,
    now_utc: float,
    kind: handout.Format = "flac",
) -> Shelved:
    """Put calls on a shelf; Locked if audio is sealed and nobody has unlocked."""
    by = wanted(by, "a name")
    done, rows = Shelved(), []
    try:
        target.mkdir(parents=True, exist_ok=True)
        for call in calls:
            rows.append(_put(archive, call, target, kind, done, by, now_utc))
        done.removed = _tidy(target, {row["id"]: row for row in rows})
        rows.sort(key=lambda row: (row["day"], row["time_utc"], row["id"]))
        _write(target / "index.csv", table(_COLUMNS, rows).encode("utf-8-sig"))
        _write(target / "index.html", page(rows).encode())
    except OSError as error:
        if isinstance(error, StoreError):
            raise
        raise StoreError(f"{target}: {error.strerror or error}") from error
    done.calls = len(rows)
    return done


def _put(
    archive: Archive,
    call: Call,
    target: Path,
    kind: handout.Format,
    done: Shelved,
    by: str,
    now_utc: float,
) -> dict[str, Any]:
    """Put one call into its day's folder and return its row."""
    day = iso(call.start_utc)[:10]
    folder = target / day[:4] / day
    folder.mkdir(parents=True, exist_ok=True)
    stem = _stem(call)
    record = folder / f"{stem}.json"
    text = json.dumps(call.to_json(), ensure_ascii=False, indent=1)
    _write(record, text.encode())
    sound = folder / f"{stem}.{kind}"
    if call.audio != "none" and _sound(archive, call, sound, kind, done):
        archive.ledger.add("exported", call.id, by[:64], now_utc, what="shelf")
    has_sound = sound.exists() and call.id not in done.without and call.audio != "none"
    done.sounds += has_sound
    return {
        **{name: getattr(call, name) for name in ("id", "line", "direction", "number")},
        **{name: getattr(call, name) for name in ("name", "outcome", "duration_s")},
        "day": day,
        "time_utc": iso(call.start_utc)[11:19],
        "sound": str(sound.relative_to(target)) if has_sound else "",
        "record": str(record.relative_to(target)),
    }


def _sound(
    archive: Archive, call: Call, path: Path, kind: handout.Format, done: Shelved
) -> bool:
    """Write a call's sound unless it is there; tell whether it was written."""
    try:
        archive.master_path(call)  # it may be restricted since
        if path.exists():
            return False
        _write(path, handout.as_bytes(archive, call, kind))
    except Locked:
        raise
    except StoreError as error:
        log.warning("%s", error)
        done.without.append(call.id)
        return False
    done.added += 1
    return True


def _stem(call: Call) -> str:
    """Return the name of a call's files: time, direction, who, id."""
    time = iso(call.start_utc)[11:19].replace(":", "")
    who = _FORBIDDEN.sub("", call.number or call.number_absence or "unknown")
    return f"{time}_{call.direction}_{who}_{call.id}"


def _tidy(target: Path, rows: dict[str, dict[str, Any]]) -> int:
    """Remove our files of calls that are not on the shelf any more, or not in sound."""
    wanted_files = {
        target / row[key] for row in rows.values() for key in ("sound", "record")
    }
    stale = [path for path in _ours(target) if path not in wanted_files]
    for path in stale:
        path.unlink()
    return len(stale)


def _ours(target: Path) -> Iterator[Path]:
    for path in target.glob("[0-9]*/[0-9]*/*"):
        if _OURS.fullmatch(path.name):
            yield path


def page(rows: list[dict[str, Any]]) -> str:
    """Return the page; it holds its data, styles and program, and asks for nothing."""
    template = resources.files("firmware.archive").joinpath("shelf.html")
    data = json.dumps(rows, ensure_ascii=False).replace("<", "\\u003c")
    return template.read_text("utf-8").replace(_DATA, data)


def _write(path: Path, content: bytes) -> None:
    """Replace a file so that a stick pulled out early has the old or the new one."""
    half = path.with_name(f"{path.name}.part")
    with half.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    half.replace(path)
