"""Four hours stay free for calls; the reserve gives way before a call does."""

import contextlib
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.archive import Archive, disk, space
from firmware.archive.space import BYTES_PER_H, LOW, NAME, Room, Tender, change_of
from tests.bench.disk import loop_ext4
from tests.firmware.archive.helpers import new_call

GB = 1 << 30


def room(total: float, free: float, reserve: float = 0.0, lines: int = 1) -> Room:
    wanted = space.wanted_reserve(round(total), lines)
    return Room(round(total), round(free), round(reserve), wanted, lines)


def test_reserve_is_four_hours_of_every_line() -> None:
    assert space.wanted_reserve(128 * GB, 1) == 4 * BYTES_PER_H
    assert space.wanted_reserve(128 * GB, 4) == 16 * BYTES_PER_H
    assert BYTES_PER_H >= 57.6e6  # 8000 Hz of 16 bits


def test_small_disk_is_not_all_reserve() -> None:
    assert space.wanted_reserve(GB, 4) == GB // 4


@pytest.mark.parametrize(
    ("free_part", "level"), [(0.5, "ok"), (0.16, "ok"), (0.14, "warn"), (0.04, "alarm")]
)
def test_level_warns_at_15_and_alarms_at_5_percent(
    free_part: float, level: str
) -> None:
    assert room(64 * GB, free_part * 64 * GB).level == level


def test_less_than_four_hours_is_an_alarm_on_any_disk() -> None:
    assert room(2 * GB, 0.1 * GB).level == "alarm"


def test_reserve_counts_as_free_for_calls() -> None:
    assert room(10 * GB, 1 * GB, 1 * GB).free_part == pytest.approx(0.2)


def test_shortfall_is_what_lifts_the_alarm() -> None:
    short = room(64 * GB, GB)
    assert short.level == "alarm"
    better = room(64 * GB, GB + short.shortfall)
    assert better.level != "alarm"
    assert better.shortfall == 0


@given(
    total=st.integers(LOW, 10**13),
    free=st.integers(0, 10**13),
    reserve=st.integers(0, 10**13),
    lines=st.integers(1, 8),
)
def test_reserve_never_takes_the_last_and_settles(
    total: int, free: int, reserve: int, lines: int
) -> None:
    before = room(total, free, reserve, lines)
    change = change_of(before)
    assert reserve + change >= 0
    after = room(total, free - change, reserve + change, lines)
    if change > 0:
        assert after.free >= 2 * LOW
        assert after.reserve <= after.wanted
    if change < 0:
        assert after.free > free
        assert after.free >= LOW or after.reserve == 0
    assert change_of(after) == 0 or after.reserve in (0, after.wanted)


def test_reserve_takes_space_and_gives_it_back(tmp_path: Path) -> None:
    path = tmp_path / NAME
    space.resize(path, 1 << 20)
    assert path.stat().st_blocks * 512 >= 1 << 20
    space.resize(path, 1 << 19)
    assert path.stat().st_size == 1 << 19


def test_tending_follows_the_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    rooms = [
        room(64 * GB, 32 * GB),
        room(64 * GB, 31 * GB, 4 * BYTES_PER_H),
        room(64 * GB, LOW // 2, 4 * BYTES_PER_H),
        room(64 * GB, LOW, 4 * BYTES_PER_H - LOW),
    ]
    monkeypatch.setattr(space, "measure", lambda *_: rooms.pop(0))
    monkeypatch.setattr(space, "resize", lambda _, size: sizes.append(size))
    tender = Tender(tmp_path)
    assert tender().reserve == 4 * BYTES_PER_H
    tender()
    assert sizes == [4 * BYTES_PER_H, 4 * BYTES_PER_H - LOW - LOW // 2]


def test_reserve_that_cannot_be_kept_is_told_once_an_hour(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    now = [0.0]
    monkeypatch.setattr(space, "resize", refuse)
    monkeypatch.setattr(space, "measure", lambda *_: room(64 * GB, 32 * GB))
    tender = Tender(tmp_path, clock=lambda: now[0])
    for now[0] in range(0, 3600, 600):
        tender()
    assert caplog.text.count("the reserve cannot be kept") == 1
    now[0] = space.REST_S
    tender()
    assert caplog.text.count("the reserve cannot be kept") == 2


def test_space_that_cannot_be_taken_without_writing_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk, "_fallocate", None)
    with pytest.raises(OSError, match="not supported"):
        space.resize(tmp_path / NAME, 1 << 20)


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting wants root")
def test_call_goes_on_into_the_reserve_of_a_disk_that_others_fill(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """On a real small ext4: a log fills the disk, the call that runs is kept whole."""
    monkeypatch.setattr(space, "LOW", 4 << 20)
    with contextlib.ExitStack() as stack:
        place = loop_ext4(stack, image_bytes=96 << 20)
        if place is None:
            pytest.skip("a loop device cannot be mounted here")
        talk = np.random.default_rng(5).normal(0, 2000, 8000 * 60).astype(np.int16)
        with Archive(place.state) as archive:
            tender = Tender(place.state)
            assert tender().reserve > 10 << 20
            call = new_call(archive)
            archive.begin(call)
            master = archive.open_master(call)
            hog = stack.enter_context((place.state / "log").open("wb", buffering=0))
            for at in range(0, len(talk), 8000):
                with contextlib.suppress(OSError):
                    hog.write(bytes(2 << 20))  # as fast as a card takes it
                assert tender().free >= 0
                master.append(talk[at : at + 8000])
            call.outcome, call.end_s = "answered", 60.0
            archive.end(call)
            hog.truncate(0)
            archive.finish_pending()
            kept = archive.read_samples(archive.calls.get(call.id))
            assert np.array_equal(kept, talk)
