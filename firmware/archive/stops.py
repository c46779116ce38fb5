"""What keeps a sweep from removing anything: the safety stops, each with its words.

A disk that was swapped, a catalogue that is older than its folders, a clock that is
wrong: in each of these a rule that is right would remove what is not due.  So nothing
goes at all until a person has looked.
"""

from collections.abc import Set
from dataclasses import dataclass
from typing import Literal

from firmware.archive.disks import Identity

Code = Literal[
    "clock_not_synced",
    "clock_went_back",
    "catalogue_rebuilt",
    "catalogue_old",
    "disk_unknown",
    "folders_missing",
    "records_differ",
    "too_much",
]

#: More than this part of what is stored does not go in one sweep unasked.
MOST = 0.10
#: A call may lie so far in the future, s: the clock is corrected after it began.
SLACK_S = 3600.0


@dataclass(frozen=True, slots=True)
class Stop:
    """One reason to remove nothing; `text` says what to do."""

    code: Code
    text: str


@dataclass(frozen=True, slots=True)
class Signs:
    """What the stops look at."""

    clock: str
    now_utc: float
    last_sweep_utc: float | None
    newest_call_utc: float | None
    rebuilt: bool
    disk: Identity
    listed: Set[str]  # ids of the rows
    present: Set[str]  # ids of the folders


def stops(signs: Signs) -> list[Stop]:
    """Return every reason that holds; empty if a sweep is safe."""
    found = [*_clock(signs), *_catalogue(signs), *_disk(signs)]
    return [stop for stop in found if stop is not None]


def _clock(signs: Signs) -> list[Stop | None]:
    if signs.clock != "synced":
        text = "the clock is not synchronized; nothing is removed until it is"
        return [Stop("clock_not_synced", text)]
    seen = max(signs.last_sweep_utc or 0.0, signs.newest_call_utc or 0.0)
    if signs.now_utc + SLACK_S < seen:
        text = "the clock is behind the newest call or the last sweep; check the time"
        return [Stop("clock_went_back", text)]
    return []


def _catalogue(signs: Signs) -> list[Stop | None]:
    found: list[Stop | None] = []
    if signs.rebuilt:
        text = "the catalogue was damaged and built anew; look at it, then restart"
        found.append(Stop("catalogue_rebuilt", text))
    unknown = len(signs.present - signs.listed)
    if unknown:
        text = (
            f"{unknown} recordings are not in the catalogue: it is missing, empty or "
            "older than they are; run `linekeeper reindex`"
        )
        found.append(Stop("catalogue_old", text))
    return found


def _disk(signs: Signs) -> list[Stop | None]:
    found: list[Stop | None] = []
    if signs.disk.state not in ("same", "new"):
        found.append(Stop("disk_unknown", signs.disk.message))
    missing = len(signs.listed - signs.present)
    if missing:
        text = (
            f"{missing} calls have no folder: is the right disk attached? If it is, "
            "run `linekeeper reindex`"
        )
        found.append(Stop("folders_missing", text))
    return found


def too_much(parts: list[tuple[int, int, str]]) -> Stop | None:
    """Return a stop if more goes than `MOST`; parts are (goes, of how many, what).

    A single call may always go, or a small archive would have to ask each time.
    """
    for goes, of, what in parts:
        if goes > 1 and goes > MOST * of:
            text = (
                f"{goes} of {of} {what} would go in one sweep; look at the list and "
                "confirm it"
            )
            return Stop("too_much", text)
    return None
