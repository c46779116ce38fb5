"""Every skew of clock, catalogue and disk stops a sweep: one by one and all mixed."""

import dataclasses
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.archive import Archive
from firmware.archive.disks import Identity
from firmware.archive.stops import Signs, stops, too_much
from tests.firmware.archive.helpers import record

NOW = 1_800_000_000.0
GOOD = Signs(
    clock="synced",
    now_utc=NOW,
    last_sweep_utc=NOW - 86_400,
    newest_call_utc=NOW - 60,
    rebuilt=False,
    disk=Identity("same", ""),
    listed=frozenset("abc"),
    present=frozenset("abc"),
)


def test_nothing_stops_a_sweep_when_all_is_well() -> None:
    assert stops(GOOD) == []
    assert stops(dataclasses.replace(GOOD, disk=Identity("new", ""))) == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"clock": "free-running"}, "clock_not_synced"),
        ({"clock": "unknown", "now_utc": 0.0}, "clock_not_synced"),
        ({"now_utc": NOW - 2 * 86_400}, "clock_went_back"),
        ({"last_sweep_utc": None, "now_utc": NOW - 7200}, "clock_went_back"),
        ({"rebuilt": True}, "catalogue_rebuilt"),
        ({"listed": frozenset()}, "catalogue_old"),
        ({"listed": frozenset("ab")}, "catalogue_old"),
        ({"present": frozenset()}, "folders_missing"),
        ({"present": frozenset("abx")}, "folders_missing"),
        ({"disk": Identity("missing", "gone")}, "disk_unknown"),
        ({"disk": Identity("empty", "empty")}, "disk_unknown"),
        ({"disk": Identity("swapped", "other")}, "disk_unknown"),
    ],
)
def test_each_sign_stops_it(change: dict[str, object], code: str) -> None:
    found = stops(dataclasses.replace(GOOD, **change))  # type: ignore[arg-type]  # a table
    assert code in [stop.code for stop in found]
    assert all(stop.text for stop in found)


@given(st.frozensets(st.integers(0, 40)), st.frozensets(st.integers(0, 40)))
def test_any_skew_between_rows_and_folders_stops_it(
    rows: frozenset[int], folders: frozenset[int]
) -> None:
    listed, present = frozenset(map(str, rows)), frozenset(map(str, folders))
    found = stops(dataclasses.replace(GOOD, listed=listed, present=present))
    assert bool(found) == (rows != folders)


@given(st.integers(0, 200), st.integers(0, 200))
def test_more_than_a_tenth_asks(goes: int, stays: int) -> None:
    stop = too_much([(goes, goes + stays, "recordings")])
    assert (stop is not None) == (goes > 1 and goes * 10 > goes + stays)


def test_the_disk_of_another_archive_is_seen(archive: Archive, tmp_path: Path) -> None:
    """The whole way: folders of one box under the catalogue of another."""
    from firmware.archive.retention import Rules
    from firmware.archive.sweep import plan
    from tests.firmware.archive.test_sweep import SHORT

    record(archive, SHORT)
    with Archive(tmp_path / "other") as other:
        record(other, SHORT)
    (archive.state_dir / "recordings").rename(tmp_path / "aside")
    (tmp_path / "other" / "recordings").rename(archive.state_dir / "recordings")
    found = plan(archive, Rules(), NOW + 9e8, clock="synced")
    assert {stop.code for stop in found.stops} >= {"catalogue_old", "folders_missing"}
