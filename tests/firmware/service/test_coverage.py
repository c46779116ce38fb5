"""Matching what the line showed to what is held: pure, with made-up times."""

import pytest

from firmware.service.coverage import Excuse, Held, Period, Row, cover

DAY, NOON, NOW = 0.0, 43_200.0, 80_000.0
EAR = Period("ear", 0.0, NOW, detail="hook ring")


def lifted(begin: float, end: float | None, *, cut: bool = False) -> Period:
    return Period("off_hook", begin, end, cut)


def held(begin: float, end: float | None, **more: object) -> Held:
    sound = None if end is None else (begin, end)
    fields = {"sound": sound, **more}
    return Held("20261121-120000-aaaa", begin, end, **fields)  # type: ignore[arg-type]  # fields of Held


def rows(periods: list[Period], calls: list[Held], now: float = NOW) -> list[Row]:
    return list(cover("1", DAY, 86_400.0, [EAR, *periods], calls, now).rows)


def verdict(
    periods: list[Period], calls: list[Held], now: float = NOW
) -> tuple[str, str]:
    [row] = rows(periods, calls, now)
    return row.state, row.reason


CALL = lifted(NOON, NOON + 60)


def test_nothing_happened() -> None:
    found = cover("1", DAY, 86_400.0, [], [], NOW)
    assert (found.rows, found.kept, found.red, found.unwatched_s) == ((), 0, (), 0.0)


def test_a_lift_and_its_recording() -> None:
    assert verdict([CALL], [held(NOON, NOON + 60)]) == ("kept", "")


def test_a_lift_without_a_call() -> None:
    assert verdict([CALL], []) == ("red", "no_record")


def test_a_call_of_another_hour_is_no_excuse() -> None:
    assert verdict([CALL], [held(NOON + 600, NOON + 660)]) == ("red", "no_record")


def test_rings_and_the_lift_that_answers_are_one() -> None:
    ring = Period("ring", NOON - 12, NOON - 2)
    [row] = rows([ring, CALL], [held(NOON - 12, NOON + 60, sound=(NOON, NOON + 60))])
    assert (row.rang, row.state, row.begin) == (True, "kept", NOON - 12)


def test_a_flash_is_no_second_call() -> None:
    parts = [lifted(NOON, NOON + 20), lifted(NOON + 20.5, NOON + 60)]
    assert verdict(parts, [held(NOON, NOON + 60)]) == ("kept", "")


def test_two_calls_are_two() -> None:
    parts = [CALL, lifted(NOON + 90, NOON + 120)]
    calls = [held(NOON, NOON + 60), held(NOON + 90, NOON + 120)]
    assert [row.state for row in rows(parts, calls)] == ["kept", "kept"]


@pytest.mark.parametrize(("end", "state"), [(57.5, "kept"), (50.0, "red")])
def test_a_recording_as_long_as_the_call(end: float, state: str) -> None:
    short = held(NOON, NOON + 60, sound=(NOON, NOON + end))
    [row] = rows([CALL], [short])
    assert row.state == state
    assert row.missing_s == (0.0 if state == "kept" else 60.0 - end)


@pytest.mark.parametrize("reason", ["paused", "consent", "stopped", "far_hung_up"])
def test_a_stretch_with_a_reason(reason: str) -> None:
    excuse = Excuse(NOON + 30, NOON + 60, reason)
    short = held(NOON, NOON + 60, sound=(NOON, NOON + 30), excuses=(excuse,))
    assert verdict([CALL], [short]) == ("kept", reason)


def test_an_excuse_for_a_part_does_not_excuse_the_rest() -> None:
    excuse = Excuse(NOON + 50, NOON + 60, "paused")
    short = held(NOON, NOON + 60, sound=(NOON, NOON + 30), excuses=(excuse,))
    assert verdict([CALL], [short]) == ("red", "shorter")


@pytest.mark.parametrize(
    ("reason", "state", "told"),
    [
        ("refused", "reason", "refused"),
        ("class_4", "reason", "class_4"),
        ("", "red", "no_record"),
        ("missing", "red", "file_missing"),
        ("store_error", "red", "not_stored"),
        ("interrupted", "red", "interrupted"),
        ("internal_error", "red", "error"),
    ],
)
def test_a_call_without_sound(reason: str, state: str, told: str) -> None:
    silent = held(NOON, NOON + 60, sound=None, reason=reason)
    assert verdict([CALL], [silent]) == (state, told)


def test_the_worst_problem_is_told() -> None:
    calls = [held(NOON, NOON + 30, problem="silent")]
    calls.append(held(NOON + 30, NOON + 60, problem="file_missing"))
    assert verdict([CALL], calls) == ("red", "file_missing")


def test_a_gap_explains_the_call_it_covers() -> None:
    gap = Period("gap", NOON - 10, NOON + 50)
    assert verdict([CALL, gap], []) == ("reason", "gap")
    brief = Period("gap", NOON, NOON + 5)
    assert verdict([CALL, brief], []) == ("red", "no_record")


def test_what_goes_on_is_neither_kept_nor_missed() -> None:
    on = [lifted(NOON, None)]
    assert verdict(on, [held(NOON, None)], NOON + 30) == ("running", "")
    assert verdict(on, [], NOON + 5) == ("running", "")
    assert verdict(on, [], NOON + 30) == ("red", "no_record")


def test_a_recorder_that_was_away_in_a_call() -> None:
    ears = [Period("ear", 0.0, NOON + 20, True, "hook"), Period("ear", NOON + 60, NOW)]
    parts = [*ears, lifted(NOON, NOON + 20, cut=True)]
    found = cover("1", DAY, 86_400.0, parts, [held(NOON, NOON + 20)], NOW)
    assert [row.reason for row in found.rows] == ["recorder_away"]
    assert found.unwatched_s == 40.0
    quick = [ears[0], Period("ear", NOON + 21, NOW), parts[2]]
    found = cover("1", DAY, 86_400.0, quick, [held(NOON, NOON + 20)], NOW)
    assert [row.state for row in found.rows] == ["kept"]


def test_sound_on_hook_is_a_blind_sensor() -> None:
    sound = Period("sound", NOON + 200, NOON + 230)
    [_, row] = rows([CALL, sound], [held(NOON, NOON + 60)])
    assert (row.state, row.reason) == ("red", "hook_blind")


def test_sound_is_the_call_where_there_is_no_hook() -> None:
    ear = Period("ear", 0.0, NOW)
    sound = Period("sound", NOON, NOON + 30)
    found = cover("1", DAY, 86_400.0, [ear, sound], [held(NOON, NOON + 30)], NOW)
    assert [row.state for row in found.rows] == ["kept"]


def test_an_occurrence_counts_on_the_day_it_begins() -> None:
    late = lifted(86_390.0, 86_450.0)
    call = held(86_390.0, 86_450.0)
    assert len(rows([late], [call])) == 1
    assert not cover("1", 86_400.0, 172_800.0, [EAR, late], [call], NOW).rows
