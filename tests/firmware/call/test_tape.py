"""Pre-roll ring, tape and finisher."""

import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as budget
from hypothesis import strategies as st

from firmware.call.finisher import Finisher
from firmware.call.preroll import Preroll
from firmware.call.tape import Tape
from firmware.errors import StoreError
from firmware.line.block import Block
from tests.firmware.call.world import FakeMaster

SIZE = 100


def block(start: int, count: int, lost: int = 0) -> Block:
    return Block(
        start, np.arange(start + 1, start + 1 + count, dtype=np.int16), (), lost
    )


@budget(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, SIZE), st.integers(0, 250)), max_size=20),
    st.integers(0, 300),
    st.integers(0, 300),
)
def test_ring_gives_what_it_holds(
    steps: list[tuple[int, int]], back: int, count: int
) -> None:
    ring, line = Preroll(SIZE), np.zeros(0, np.int16)
    for samples, lost in steps:
        piece = block(len(line) + lost, samples, lost)
        ring.push(piece)
        line = np.concatenate((line, np.zeros(lost, np.int16), piece.samples))
    assert ring.end == len(line)
    start = max(0, ring.end - back)
    end = min(ring.end, start + count)
    gone, got = ring.read(start, end)
    assert gone + len(got) == end - start
    assert gone == min(end - start, max(0, ring.end - SIZE - start))
    np.testing.assert_array_equal(got, line[start + gone : end])


def test_ring_knows_its_gaps() -> None:
    ring = Preroll(SIZE)
    ring.push(block(10, 20, lost=10))
    assert ring.lost_between(0, 30) == 10
    assert ring.lost_between(5, 8) == 3
    ring.push(block(500, 10, lost=470))
    assert ring.lost_between(400, 505) == 100


@pytest.fixture
def ring() -> Preroll:
    ring = Preroll(SIZE)
    ring.push(block(0, 50))
    return ring


def test_tape_begins_before_now(ring: Preroll) -> None:
    master = FakeMaster()
    Tape(master, ring, 30).catch_up()
    assert master.audio.tolist() == list(range(31, 51))


def test_tape_is_cut_where_the_call_ended(ring: Preroll) -> None:
    master = FakeMaster()
    tape = Tape(master, ring, 30)
    tape.catch_up()
    tape.close(40)
    assert master.audio.tolist() == list(range(31, 41))
    assert tape.end == 40
    assert master.closed


def test_tape_that_lags_is_completed(ring: Preroll) -> None:
    master = FakeMaster()
    Tape(master, ring, 30).close(45)
    assert len(master.audio) == 15


def test_parked_tape_keeps_time(ring: Preroll) -> None:
    master = FakeMaster()
    tape = Tape(master, ring, 0)
    tape.park(10)
    tape.catch_up()
    tape.resume(20)
    tape.catch_up()
    wanted = [*range(1, 11), *[0] * 10, *range(21, 51)]
    assert master.audio.tolist() == wanted
    assert not tape.damaged


def test_trouble_shorter_than_the_ring_loses_nothing(ring: Preroll) -> None:
    master = FakeMaster()
    tape = Tape(master, ring, 0)
    tape.catch_up()
    master.full = True
    ring.push(block(50, 60))
    with pytest.raises(StoreError):
        tape.catch_up()
    master.full = False
    ring.push(block(110, 30))
    tape.catch_up()
    assert master.audio.tolist() == list(range(1, 141))
    assert not tape.damaged


def test_longer_trouble_is_silence_and_told(ring: Preroll) -> None:
    master = FakeMaster()
    tape = Tape(master, ring, 0)
    tape.catch_up()
    master.full = True
    ring.push(block(50, 60))
    with pytest.raises(StoreError):
        tape.catch_up()
    master.full = False
    ring.push(block(110, 100))
    tape.catch_up()
    tape.close(210)
    assert master.audio.tolist() == [*range(1, 51), *[0] * 60, *range(111, 211)]
    assert tape.damaged


class Pile:
    """An archive with calls to pack."""

    def __init__(self) -> None:
        self.packed = 0
        self.done = threading.Event()

    def finish_pending(self) -> int:
        self.packed += 1
        self.done.set()
        if self.packed == 1:
            raise StoreError("disk: full")
        return 1

    def index_more(self) -> bool:
        return False


def test_finisher_survives_a_full_disk() -> None:
    pile = Pile()
    finisher = Finisher(pile)
    try:
        for _ in range(2):
            pile.done.clear()
            finisher.wake()
            assert pile.done.wait(5)
    finally:
        finisher.close()
    assert pile.packed == 2
