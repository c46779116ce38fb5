"""The beep switch: when it closes, and that nothing keeps it closed."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from gpiozero.pins.mock import MockFactory

from firmware.line import switch
from firmware.line.gpio import Pins
from firmware.line.switch import LAG_S, LEAD_S, LONGEST_S, BeepSwitch, Window
from firmware.service.settings import Gpio


@dataclass
class World:
    """A clock that a test moves, a line, and the output that was driven."""

    now_s: float = 100.0
    alive: bool = True
    driven: list[tuple[float, int]] = field(default_factory=list)

    def on(self) -> None:
        self.driven.append((round(self.now_s, 3), 1))

    def off(self) -> None:
        self.driven.append((round(self.now_s, 3), 0))


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(BeepSwitch, "_run", lambda self: None)  # steps are ours
    return World()


@pytest.fixture
def beep(world: World) -> Iterator[BeepSwitch]:
    made = BeepSwitch(world, lambda: world.alive, lambda: world.now_s)
    yield made
    made.close()


def walk(world: World, beep: BeepSwitch, until_s: float) -> None:
    """Let the thread do its steps, each after the wait it asked for."""
    while world.now_s < until_s:
        wait_s = beep.step()
        world.now_s += max(wait_s if wait_s is not None else until_s, 1e-4)


def test_closed_20_ms_before_and_opened_20_ms_after(
    world: World, beep: BeepSwitch
) -> None:
    assert (LEAD_S, LAG_S) == (0.02, 0.02)
    beep.around(100.3, 100.8)
    walk(world, beep, 101.0)
    assert world.driven[0] == (100.0, 0), "off from the beginning"
    (closed_s, on), (open_s, off) = world.driven[1:]
    assert (on, off) == (1, 0)
    assert closed_s == pytest.approx(100.28, abs=0.001)
    assert open_s == pytest.approx(100.82, abs=0.001)


def test_never_on_hook_nor_on_a_dead_line(world: World, beep: BeepSwitch) -> None:
    world.alive = False
    beep.around(100.1, 100.5)
    walk(world, beep, 101.0)
    assert world.driven == [(100.0, 0)]


def test_a_handset_put_down_opens_it_within_a_look(
    world: World, beep: BeepSwitch
) -> None:
    beep.around(100.1, 110.0)
    walk(world, beep, 101.0)
    assert beep.closed
    world.alive = False
    walk(world, beep, world.now_s + switch.LOOK_S)
    assert not beep.closed
    world.alive = True
    walk(world, beep, world.now_s + switch.LOOK_S)
    assert beep.closed, "a hook flash does not end an announcement"


def test_a_sound_called_off_opens_it_at_once(world: World, beep: BeepSwitch) -> None:
    beep.around(100.0, 130.0)
    walk(world, beep, 100.5)
    assert beep.closed
    beep.open()
    assert not beep.closed
    walk(world, beep, 101.0)
    assert not beep.closed


def test_a_sound_without_end_does_not_keep_it_closed(
    world: World, beep: BeepSwitch
) -> None:
    beep.around(100.0, 1e9)
    walk(world, beep, 100.0 + LONGEST_S + 1)
    assert not beep.closed
    assert Window(0.0, 1e9).open_s == pytest.approx(LONGEST_S - LEAD_S)


def test_the_watchdog_opens_it_when_the_thread_hangs(
    world: World, beep: BeepSwitch, caplog: pytest.LogCaptureFixture
) -> None:
    beep.around(100.0, 100.5)
    beep.step()
    assert beep.closed
    world.now_s = 100.4
    beep.check()
    assert beep.closed, "it is due"
    world.now_s = 101.0  # and no step was made
    beep.check()
    assert not beep.closed
    assert "closed for too long" in caplog.text


R1 = Gpio(board="R1")


def test_on_the_board_it_follows_hook_and_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BeepSwitch, "_run", lambda self: None)
    factory, world = MockFactory(), World()
    pins = Pins(R1, factory, lambda: world.now_s)
    hook, line, beep = (factory.pin(f"GPIO{n}") for n in (17, 22, 23))
    switched = pins.beep_switch
    assert switched is not None
    assert beep.state == 0
    for hook_n, line_n, closed in ((0, 0, 0), (1, 1, 0), (0, 1, 0), (1, 0, 1)):
        hook._change_state(bool(hook_n))
        line._change_state(bool(line_n))
        switched.around(world.now_s, world.now_s + 1)
        switched.step()
        assert (beep.state, hook_n, line_n) == (closed, hook_n, line_n)
    pins.close()
    assert beep.function == "input", "let go of: the board pulls it down"


def test_the_thread_closes_and_opens_it() -> None:
    """The real thread: it ends, and leaves the switch open."""
    world = World()
    made = BeepSwitch(world, lambda: True)
    made.around(-1e6, 1e12)  # long due: opened by its longest time at once
    made.close()
    assert not made.closed
    assert world.driven[-1][1] == 0
