"""Coverage of a day: the line's own log against what the archive really holds.

Recordings are opened, not believed: see `readback`.  The rules are in
`firmware.service.coverage`; this gathers what they need.
"""

import itertools
import logging
from datetime import date, datetime, timedelta
from typing import Any

from firmware.archive import readback, wav
from firmware.archive.facade import Archive
from firmware.archive.folder import growing_master, packed_master
from firmware.archive.ledger.chronicle import present
from firmware.archive.model import Call, iso
from firmware.errors import NoSuchCall, StoreError
from firmware.service.coverage import Coverage, Excuse, Held, cover

log = logging.getLogger(__name__)

#: A call may have begun so long before the day it is looked for, s.
REACH_S = 6 * 3600.0
#: States of consent in which nothing is kept (`firmware.call.consent_states`), and the
#: word for it.
NOT_KEPT = {
    "paused": "paused",
    **dict.fromkeys(
        (
            *("decided", "announcing", "telling", "provisional", "asking"),
            *("asking_again", "denied", "discarded", "not_confirmed", "quarantined"),
        ),
        "consent",
    ),
}
#: Marks after which the far side is gone, and tones that say the same.
GONE_MARKS = frozenset({"cpc"})
GONE_TONES = frozenset({"busy", "congestion", "dial_tone", "howler"})
#: The tape goes on for so long after them, s (`firmware.call.deck`), and some.
GONE_TAIL_S = 8.0


def day_bounds(day: date) -> tuple[float, float]:
    """Return when a day begins and ends where the box stands, UTC seconds.

    A day has 23 or 25 hours when the clocks change.
    """
    begin = datetime(day.year, day.month, day.day).timestamp()
    after = day + timedelta(days=1)
    return begin, datetime(after.year, after.month, after.day).timestamp()


def of_day(
    archive: Archive, day: date, line: str = "1", now: float | None = None
) -> Coverage:
    """Match what a line showed on a day to what is held of its calls."""
    begin, end = day_bounds(day)
    now = datetime.now().timestamp() if now is None else now
    periods = archive.line_log.periods(line, begin - REACH_S, end + REACH_S, now)
    calls = archive.calls.between(begin - REACH_S, end + REACH_S, line)
    held = [held_of(archive, call) for call in calls if _ends(call, now) >= begin - 60]
    return cover(line, begin, end, periods, held, now)


def held_of(archive: Archive, call: Call) -> Held:
    """Return what the archive holds of a call, having looked at its sound."""
    end = None if call.end_s is None else call.start_utc + call.end_s
    if call.audio == "none":
        reason = call.no_audio_reason or ("" if call.decision != "DENY" else "consent")
        if call.decision == "DENY" and call.no_audio_reason == "not_answered":
            reason = "not_answered"
        return Held(call.id, call.start_utc, end, reason=reason)
    problem, length_s = _look(archive, call)
    first = call.start_utc + call.audio_offset_s
    return Held(
        call.id,
        call.start_utc,
        end,
        (first, first + length_s),
        problem=problem,
        excuses=tuple(_excuses(call, first + length_s)),
        lost_s=call.lost_s,
    )


def _look(archive: Archive, call: Call) -> tuple[str, float]:
    """Return what is wrong with a recording, if anything, and its real length."""
    folder = archive.folder_of(call.id)
    path = packed_master(folder)
    if path is None:
        if growing_master(folder) is None:
            return "file_missing", 0.0
        # It runs, or waits to be packed: packing reads it back.
        return "", call.audio_s or float("inf")
    try:
        found = readback.verdict(
            archive.line_log,
            call.id,
            path,
            lambda: archive.sealer.key(call.id),
            lambda: _vouched(archive, call, path.name),
        )
    except (StoreError, OSError) as error:
        log.warning("call %s: its sound cannot be looked at: %s", call.id, error)
        return "damaged", 0.0
    if found is None or not found.good:
        return "damaged", 0.0
    if readback.is_silent(found):
        return "silent", call.audio_s
    return "", call.audio_s if not found.samples else found.samples / wav.FS


def _vouched(archive: Archive, call: Call, name: str) -> str | None:
    small = call.keeping.get("small") or {}
    if small.get("name") == name:
        return str(small.get("sha256"))
    try:
        return present(archive.ledger.entries(call.id)).get(name)
    except (StoreError, NoSuchCall):
        return None


def _excuses(call: Call, sound_end: float) -> list[Excuse]:
    """Return the stretches that need not be on a recording, and why."""
    found: list[Excuse] = []
    states = call.consent.get("states") or []
    over_s = call.end_s if call.end_s is not None else float("inf")
    for row, after in itertools.zip_longest(states, states[1:]):
        reason = NOT_KEPT.get(str(row.get("state")))
        if reason:
            until = over_s if after is None else float(after["at_s"])
            begin = call.start_utc + float(row["at_s"])
            found.append(Excuse(begin, call.start_utc + until, reason))
    stops = [mark.at_s for mark in call.marks if mark.kind == "recording_stopped"]
    if stops:
        begin = call.start_utc + call.audio_offset_s + min(stops)
        found.append(Excuse(begin, call.start_utc + over_s, "stopped"))
    for mark in call.marks:
        gone = mark.kind in GONE_MARKS or (
            mark.kind == "tone" and mark.text in GONE_TONES
        )
        at = call.start_utc + call.audio_offset_s + mark.at_s
        if gone and at >= sound_end - GONE_TAIL_S:
            found.append(Excuse(at, call.start_utc + over_s, "far_hung_up"))
    return found


def _ends(call: Call, now: float) -> float:
    return now if call.end_s is None else call.start_utc + call.end_s


def to_json(found: Coverage) -> dict[str, Any]:
    """Return coverage as command line and API tell it."""
    return {
        "line": found.line,
        "begin": iso(found.begin),
        "end": iso(found.end),
        "total": len(found.rows),
        "kept": found.kept,
        "with_reason": found.with_reason,
        "red": len(found.red),
        "unwatched_s": round(found.unwatched_s, 1),
        "rows": [
            {
                "begin": iso(row.begin),
                "end": iso(row.end),
                "rang": row.rang,
                "off_hook": bool(row.off_hook),
                "state": row.state,
                "reason": row.reason,
                "missing_s": round(row.missing_s, 1),
                "calls": list(row.calls),
            }
            for row in found.rows
        ],
        "gaps": [
            {"begin": iso(gap.begin), "end": None if gap.end is None else iso(gap.end)}
            for gap in found.gaps
        ],
    }
