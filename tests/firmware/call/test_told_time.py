"""Caller IDs tell the time to a box that does not know it."""

import time
from collections.abc import Callable, Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from dsp.types import CallerId
from firmware.archive.model import Call
from firmware.call.clock_watch import ClockWatch
from firmware.call.told_time import AGREE_S, HALF_MINUTE_S, ToldTime, told_utc
from firmware.line.block import FS
from tests.firmware.call.world import START_UTC, FakeArchive, FakeLine, hook, rings

NOT_BEFORE = datetime(2026, 1, 1, tzinfo=ZoneInfo("UTC")).timestamp()


def at(zone: str, *when: int, fold: int = 0) -> float:
    return datetime(*when, tzinfo=ZoneInfo(zone), fold=fold).timestamp()  # type: ignore[misc, arg-type]  # year, month …


@pytest.fixture
def stands_in(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    def move(zone: str) -> None:
        monkeypatch.setenv("TZ", zone)
        time.tzset()

    yield move
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("zone", "text", "when"),
    [
        ("Europe/Stockholm", "03-29 01:59", (2026, 3, 29, 1, 59)),
        ("Europe/Stockholm", "03-29 03:01", (2026, 3, 29, 3, 1)),
        ("Europe/Stockholm", "10-25 12:00", (2026, 10, 25, 12, 0)),
        ("Australia/Sydney", "10-04 03:30", (2026, 10, 4, 3, 30)),
        ("Australia/Sydney", "04-05 12:00", (2026, 4, 5, 12, 0)),
        ("America/New_York", "11-01 12:00", (2026, 11, 1, 12, 0)),
        ("Asia/Kolkata", "06-15 23:59", (2026, 6, 15, 23, 59)),
        ("America/Santiago", "09-06 12:00", (2026, 9, 6, 12, 0)),
    ],
)
def test_local_time_of_both_hemispheres(
    stands_in: Callable[[str], None], zone: str, text: str, when: tuple[int, ...]
) -> None:
    stands_in(zone)
    assert told_utc(text, NOT_BEFORE) == at(zone, *when) + HALF_MINUTE_S


def test_the_first_year_that_is_possible(stands_in: Callable[[str], None]) -> None:
    stands_in("Europe/Stockholm")
    lately = at("Europe/Stockholm", 2026, 11, 22)
    assert told_utc("11-22 14:02", lately) == pytest.approx(
        at("Europe/Stockholm", 2026, 11, 22, 14, 2), abs=60
    )
    assert told_utc("01-05 08:00", lately) == pytest.approx(
        at("Europe/Stockholm", 2027, 1, 5, 8, 0), abs=60
    )
    assert told_utc("02-29 08:00", lately) == pytest.approx(
        at("Europe/Stockholm", 2028, 2, 29, 8, 0), abs=60
    )


@pytest.mark.parametrize("text", ["13-01 00:00", "02-30 10:00", "", "01-01 24:00", "x"])
def test_what_is_no_date_tells_nothing(text: str) -> None:
    assert told_utc(text, NOT_BEFORE) is None
    assert not ToldTime(NOT_BEFORE).hear(text, 1.0)


def test_one_caller_is_not_believed_and_two_are() -> None:
    told = ToldTime(NOT_BEFORE)
    assert not told.hear("06-01 10:00", 100.0)
    assert told.utc_at_boot is None
    assert told.hear("06-01 11:00", 3700.0)
    assert told.utc_at_boot == told_utc("06-01 10:00", NOT_BEFORE) - 100.0  # type: ignore[operator]  # it is a date
    assert not told.hear("06-01 12:00", 7300.0)  # nothing new


def test_callers_that_disagree_are_not_believed() -> None:
    told = ToldTime(NOT_BEFORE)
    assert not told.hear("06-01 10:00", 100.0)
    assert not told.hear("06-01 10:10", 100.0 + AGREE_S)
    assert told.utc_at_boot is None


def caller(text: str) -> CallerId:
    return CallerId("5550123", None, text, None, "bell202", True, 0, 0, {})


def lost_in_time(*told: tuple[float, str]) -> FakeLine:
    line = FakeLine(
        [*hook(), *rings(10, 15, 70, 75)],
        100,
        caller_ids=[(at_s, caller(text)) for at_s, text in told],
    )
    line.clock, line.step_s = "unknown", -START_UTC  # 1970
    return line


def test_two_calls_set_the_clock_of_a_box_without_one(
    record: Callable[..., list[Call]], archive: FakeArchive
) -> None:
    first, _ = record(lost_in_time((13, "06-01 10:00"), (73, "06-01 10:01")))
    [(boot, utc_at_boot, reason, _)] = archive.corrections
    assert (boot, reason) == ("boot", "two caller IDs told the time")
    told = told_utc("06-01 10:00", NOT_BEFORE)
    assert told is not None
    assert utc_at_boot + 100 + 13 == pytest.approx(told, abs=AGREE_S)
    assert first.clock_source == ""
    assert archive.line_log.corrections == [("boot", utc_at_boot)]


def test_one_call_sets_nothing(
    record: Callable[..., list[Call]], archive: FakeArchive
) -> None:
    record(lost_in_time((13, "06-01 10:00")))
    assert archive.corrections == []


def test_a_clock_that_is_set_hears_no_callers(
    record: Callable[..., list[Call]], archive: FakeArchive
) -> None:
    line = lost_in_time((13, "06-01 10:00"), (73, "06-01 10:01"))
    line.clock, line.step_s = "synced", 0.0
    record(line)
    assert {reason for _, _, reason, _ in archive.corrections} == {"clock synchronized"}


def test_the_network_has_the_last_word() -> None:
    line = lost_in_time()
    watch = ClockWatch(line, NOT_BEFORE)
    assert watch.hear("06-01 10:00", 0) is None
    assert watch.hear("06-01 10:00", FS) is not None
    assert (watch.anchor.clock, watch.anchor.source) == ("free-running", "caller_id")
    assert watch.look(2 * FS) is None
    assert watch.anchor.source == "caller_id"
    line.clock, line.step_s = "synced", 0.0
    correction = watch.look(3 * FS)
    assert correction is not None
    assert correction.reason == "clock synchronized"
    assert watch.anchor.source == ""
