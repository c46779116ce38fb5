"""The capture loop against a card of made-up faults, in virtual time."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest

from firmware.errors import HardwareError
from firmware.line.block import Samples
from firmware.line.capture import Backlog, Capture, Chunk
from firmware.service.settings import Alsa

RATE_HZ = 8000


class World:
    """A clock that moves when somebody waits, and a bus where cards come and go."""

    def __init__(self, end_s: float) -> None:
        self.now_s = 1000.0
        self.end_s = self.now_s + end_s
        self.card_s = self.now_s  # up to where the card's sound has been read
        self.gone: list[tuple[float, float]] = []
        self.mute: list[tuple[float, float]] = []
        self.overruns: list[float] = []
        self.busy: dict[float, float] = {}
        self.opened = 0
        self.states: list[str] = []
        self.probe: Callable[[], str] = str

    def during(self, spans: list[tuple[float, float]]) -> bool:
        at_s = self.now_s - 1000.0
        return any(a <= at_s < b for a, b in spans)

    def wait(self, seconds: float) -> bool:
        late_s = 0.0
        for at_s in [a for a in self.busy if a <= self.now_s - 1000.0]:
            late_s += self.busy.pop(at_s)
        self.now_s += seconds + late_s
        state = self.probe()
        if not self.states or self.states[-1] != state:
            self.states.append(state)
        return self.now_s >= self.end_s

    def open_card(self) -> "FakeCard":
        if self.during(self.gone):
            raise HardwareError("sound card test is not there")
        self.opened += 1
        self.card_s = self.now_s
        return FakeCard(self)


class FakeCard:
    """Delivers what time has passed, as an ALSA buffer does."""

    name = "sound card test"
    rate_hz = RATE_HZ
    remark = ""

    def __init__(self, world: World) -> None:
        self.world = world
        self.closed = False

    def read(self) -> tuple[Samples, bool]:
        assert not self.closed
        world = self.world
        if world.during(world.gone):
            raise HardwareError("sound card test was unplugged")
        if world.during(world.mute):
            world.card_s = world.now_s
            return np.zeros(0, np.int16), False
        if world.overruns and world.now_s - 1000.0 >= world.overruns[0]:
            world.overruns.pop(0)
            world.card_s = world.now_s
            return np.zeros(0, np.int16), True
        frames = round((world.now_s - world.card_s) * RATE_HZ)
        world.card_s += frames / RATE_HZ
        return np.zeros(frames, np.int16), False

    def close(self) -> None:
        self.closed = True


def run(world: World, **changes: float) -> tuple[Capture, list[Chunk]]:
    settings = Alsa(**{"queue_s": 120.0, **changes})  # type: ignore[arg-type]  # a mix of int and float
    capture = Capture(
        world.open_card, settings, wait=world.wait, clock=lambda: world.now_s
    )
    world.probe = lambda: capture.status().message
    capture.run()
    chunks = []
    while (chunk := capture.backlog.take()) is not None:
        chunks.append(chunk)
    return capture, chunks


def gaps(chunks: list[Chunk]) -> list[tuple[float, float]]:
    """Return (start, length) of the stretches without sound between sounds."""
    heard = [c for c in chunks if len(c.samples)]
    return [
        (round(a.end_s, 3), round(b.start_s - a.end_s, 3))
        for a, b in pairwise(heard)
        if b.start_s - a.end_s > 1e-6
    ]


def test_an_undisturbed_minute_has_no_gap() -> None:
    capture, chunks = run(World(60))
    assert gaps(chunks) == []
    assert sum(len(c.samples) for c in chunks) == pytest.approx(60 * RATE_HZ, abs=200)
    assert capture.status().ok


def test_an_absence_shorter_than_the_card_waits_loses_nothing() -> None:
    world = World(30)
    world.busy = {10.0: 0.4}
    _, chunks = run(world)
    assert gaps(chunks) == []


def test_overrun_is_lost_time_and_a_remark() -> None:
    world = World(30)
    world.overruns = [10.0]
    world.busy = {9.99: 3.0}
    capture, chunks = run(world)
    [(at_s, lost_s)] = gaps(chunks)
    assert at_s == pytest.approx(10.0, abs=0.05)
    assert lost_s == pytest.approx(3.0, abs=0.1)
    status = capture.status()
    assert status.ok
    assert "s of sound were lost, the machine was too busy" in status.message


def test_unplugged_card_is_missed_in_real_time_and_taken_back() -> None:
    world = World(40)
    world.gone = [(10.0, 22.0)]
    capture, chunks = run(world)
    [(at_s, lost_s)] = gaps(chunks)
    assert at_s == pytest.approx(10.0, abs=0.05)
    assert 12.0 <= lost_s <= 12.0 + 1.0 + 0.1  # retry_s and a period
    assert world.opened == 2
    assert "sound card test was unplugged" in world.states
    assert "sound card test is not there" in world.states
    assert "it was away for 12" in capture.status().message


def test_time_flows_while_the_card_is_gone() -> None:
    world = World(20)
    world.gone = [(5.0, 100.0)]
    ticks: list[float] = []
    settings = Alsa(queue_s=120.0)
    capture = Capture(
        world.open_card, settings, wait=world.wait, clock=lambda: world.now_s
    )

    def put(chunk: Chunk) -> bool:
        if not len(chunk.samples):
            assert chunk.end_s + chunk.delay_s == pytest.approx(world.now_s, abs=1e-6)
            ticks.append(chunk.end_s)
        return True

    capture.backlog.put = put  # type: ignore[method-assign]  # a tap on the pipe
    capture.run()
    assert len(ticks) >= 15 / 0.11
    assert max(np.diff(ticks)) <= 0.11


def test_a_card_late_at_boot_counts_from_the_first_attempt() -> None:
    world = World(20)
    world.gone = [(0.0, 7.5)]
    capture, chunks = run(world)
    first = next(c for c in chunks if len(c.samples))
    assert first.start_s == pytest.approx(8.0, abs=0.2)
    assert capture.status().message.startswith("sound card test delivers at 8000 Hz")


def test_a_silent_card_is_opened_anew() -> None:
    world = World(40)
    world.mute = [(10.0, 15.0)]
    _, chunks = run(world)
    [(at_s, lost_s)] = gaps(chunks)
    assert at_s == pytest.approx(10.0, abs=0.05)
    assert lost_s == pytest.approx(5.0, abs=0.1)
    assert world.opened >= 2
    assert any("has delivered nothing for 1.0 s" in state for state in world.states)


def test_a_hundred_unpluggings_keep_the_time() -> None:
    world = World(1000)
    world.gone = [(10.0 * i + 4, 10.0 * i + 6) for i in range(100)]
    _, chunks = run(world, queue_s=1000)
    assert len(gaps(chunks)) == 100
    last = chunks[-1]
    assert last.end_s + last.delay_s == pytest.approx(world.now_s, abs=0.05)


def chunk(start_s: float, length_s: float) -> Chunk:
    samples = np.zeros(round(length_s * RATE_HZ), np.int16)
    return Chunk(start_s, start_s + length_s, 0.0, samples, RATE_HZ)


def test_full_backlog_drops_the_newest_sound_and_says_so() -> None:
    capture, chunks = run(World(30), queue_s=5.0)
    assert gaps(chunks) == []
    assert sum(len(c.samples) for c in chunks) <= 5.1 * RATE_HZ
    assert "the recorder has fallen behind" in capture.status().message


def test_sound_after_a_full_backlog_keeps_its_time() -> None:
    backlog = Backlog(1.0)
    assert backlog.put(chunk(0.0, 1.0))
    assert not backlog.put(chunk(1.0, 0.5))
    first = backlog.take()
    assert backlog.put(chunk(1.5, 0.5))
    second = backlog.take()
    assert first is not None
    assert second is not None
    assert gaps([first, second]) == [(1.0, 0.5)]


def test_time_without_sound_takes_one_place_in_the_backlog() -> None:
    backlog = Backlog(1.0)
    for i in range(1000):
        assert backlog.put(chunk(0.1 * i, 0.0))
    backlog.finish()
    last = backlog.take()
    assert last is not None
    assert last.end_s == pytest.approx(99.9)
    assert backlog.take() is None


def test_an_error_in_the_loop_ends_the_backlog() -> None:
    def broken() -> FakeCard:
        raise ZeroDivisionError

    world = World(10)
    capture = Capture(broken, Alsa(), wait=world.wait, clock=lambda: world.now_s)
    with pytest.raises(ZeroDivisionError):
        capture.run()
    assert capture.backlog.take() is None
