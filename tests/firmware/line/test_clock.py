"""What an anchor says of time."""

import time
from pathlib import Path

import pytest

from firmware.line import clock
from firmware.line.block import FS

NOW = 1_800_000_000.0


@pytest.mark.parametrize(
    ("utc", "disciplined", "stamp", "rtc", "state"),
    [
        (NOW, True, True, True, "synced"),
        (NOW, True, False, False, "synced"),
        (NOW, False, True, False, "free-running"),
        (NOW, False, False, True, "free-running"),
        (NOW, False, False, False, "unknown"),
        # A clock chip with an empty battery starts in 1970 or 2000.
        (0.0, False, False, True, "unknown"),
        (946_684_800.0, True, True, True, "unknown"),
    ],
)
def test_state(
    utc: float, disciplined: bool, stamp: bool, rtc: bool, state: str
) -> None:
    assert state == clock.judge(
        utc,
        disciplined=disciplined,
        stamp=stamp,
        rtc=rtc,
        since=clock.NOT_BEFORE_UTC,
    )


def test_the_kernel_answers() -> None:
    assert clock.disciplined() in (True, False)
    assert clock.state() in ("synced", "free-running", "unknown")


def test_a_forbidden_question_leaves_the_stamp_to_decide(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def forbidden() -> bool:
        raise PermissionError

    monkeypatch.setattr(clock, "disciplined", forbidden)
    monkeypatch.setattr(clock.time, "time", lambda: NOW)
    monkeypatch.setattr(clock, "RTC_HCTOSYS", tmp_path / "absent")
    monkeypatch.setattr(clock, "TIMESYNC_STAMP", tmp_path / "synchronized")
    assert clock.state() == "unknown"
    (tmp_path / "synchronized").touch()
    assert clock.state() == "free-running"


def test_an_anchor_is_true_of_the_instant_it_names() -> None:
    before = time.time()
    anchor = clock.anchor(5 * FS, time.monotonic() - 2.0)
    after = time.time()
    assert before - 2.01 <= anchor.utc <= after - 1.99
    assert anchor.index == 5 * FS
    assert anchor.boot_id == clock.boot_id()
    boot_utc = time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)
    assert anchor.utc - anchor.boottime_s == pytest.approx(boot_utc, abs=0.05)
    assert anchor.utc_at(6 * FS) == pytest.approx(anchor.utc + 1.0)


@pytest.mark.parametrize("step_s", [3600.0, -3600.0, 31_536_000.0, -1.7e9])
def test_a_clock_step_moves_utc_alone(
    monkeypatch: pytest.MonkeyPatch, step_s: float
) -> None:
    at_s = time.monotonic()
    before = clock.anchor(0, at_s)
    real = time.time
    monkeypatch.setattr(clock.time, "time", lambda: real() + step_s)
    after = clock.anchor(0, at_s)
    assert after.utc - before.utc == pytest.approx(step_s, abs=0.05)
    assert after.boottime_s == pytest.approx(before.boottime_s, abs=0.05)
    assert after.boot_id == before.boot_id
