"""The line doctor: figures of a day, and what some weeks of them say."""

from collections.abc import Mapping

import pytest

from firmware.service.doctor import Finding, Gauge, findings

USUAL = {"noise_dbov": -66.0, "hum_dbov": -78.0, "call_dbov": -22.0, "clipped_s": 0.0}
CALLS = {"rings": 6.0, "lifts": 9.0, "gap_s": 0.0, "off_hook_s": 3000.0}


def days(*last: Mapping[str, float], usual: int = 10) -> dict[str, dict[str, float]]:
    """Return usual days, and what differs on the last ones."""
    all_days = [*({} for _ in range(usual)), *last]
    return {
        f"2026-11-{number:02}": {**USUAL, **CALLS, **differs}
        for number, differs in enumerate(all_days, 1)
    }


def test_a_usual_line_has_nothing() -> None:
    assert findings(days()) == []
    assert findings({}) == []
    assert findings({"2026-11-01": {}}) == []


@pytest.mark.parametrize(
    ("differs", "kind", "value"),
    [
        ({"hum_dbov": -50.0}, "hum", -50.0),
        ({"noise_dbov": -40.0}, "noisy", -40.0),
        ({"noise_dbov": -52.0}, "noise_rose", 14.0),
        ({"call_dbov": -34.0}, "calls_fainter", -12.0),
        ({"clipped_s": 30.0}, "clipped", 30.0),
        ({"gap_s": 180.0}, "gaps", 180.0),
        ({"off_hook_s": 86_000.0}, "always_off_hook", 86_000.0),
    ],
)
def test_what_is_wrong_and_since_when(
    differs: dict[str, float], kind: str, value: float
) -> None:
    assert findings(days(differs, differs)) == [Finding(kind, "2026-11-11", value)]
    assert findings(days(differs, {})) == []  # it is over


def test_a_dead_line_is_named_after_three_days() -> None:
    nothing = {"rings": 0.0, "lifts": 0.0}
    assert findings(days(nothing, nothing)) == []
    assert findings(days(*[nothing] * 3)) == [Finding("line_dead", "2026-11-11", 3.0)]


def test_a_line_that_never_had_calls_is_not_dead() -> None:
    seldom = {f"2026-11-{n:02}": {"rings": 0.0, "lifts": 0.0} for n in range(1, 15)}
    assert findings(seldom) == []


def test_a_change_wants_days_to_compare_with() -> None:
    assert findings(days({"noise_dbov": -50.0}, usual=3)) == []


def test_a_gauge_takes_the_quiet_of_the_line_and_the_loudest_of_calls() -> None:
    gauge = Gauge()
    assert gauge.figures() == {}
    for second in range(600):
        off_hook = 100 <= second < 200
        gauge.second(
            -20.0 if off_hook else -66.4,
            sounding=off_hook,
            off_hook=off_hook,
            clipped=second == 150,
        )
    for _ in range(3):
        gauge.hum(-70.2, 50.02)
    assert gauge.figures() == {
        "noise_dbov": -66.0,
        "clipped_s": 1.0,
        "hum_dbov": -70.0,
        "hum_hz": 50.0,
        "call_dbov": -20.0,
    }
    gauge.clear()
    assert gauge.figures() == {}


def test_levels_out_of_range_are_counted_at_its_ends() -> None:
    gauge = Gauge()
    for level in (-400.0, 3.0):
        for _ in range(100):
            gauge.second(level, sounding=False, off_hook=False, clipped=False)
    assert gauge.figures()["noise_dbov"] == -100.0
