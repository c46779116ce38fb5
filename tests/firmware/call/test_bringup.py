"""The walk through a new line interface: mock pins, a line made of numbers, a user.

`Room` is the board with a telephone, an exchange and a person who does what the walk
asks; a fault changes one thing about it.  Pins are gpiozero's, by way of `line.gpio`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gpiozero.pins.mock import MockFactory

from firmware.call.bringup import Tryout
from firmware.call.recorder import Recorder
from firmware.line.block import FS, Block, Samples
from firmware.line.gpio import Pins
from firmware.line.signals import Signals
from firmware.line.speaker import at_level
from firmware.line.switch import BeepSwitch
from firmware.service import status
from firmware.service.bringup_table import DIAGNOSES, STEPS
from firmware.service.settings import Consent, Gpio, Settings
from tests.firmware.call.world import FakeArchive, FakeLine, Strangers, hook

#: The line is made in pieces of this many samples.
PIECE = FS // 20
HOOK, RING, LINE, BUTTON = 17, 27, 22, 25


@dataclass
class Room:
    """Everything outside of the box, and the line that the box sees of it."""

    settings: Settings = field(
        default_factory=lambda: Settings(
            gpio=Gpio(board="R1", hook_debounce_ms=0, line_debounce_ms=0),
            consent=Consent(can_inject=True),
        )
    )
    plugged: bool = True
    up: bool = False
    ringing: bool = False
    pressed: bool = False
    lamp: bool = False
    # what may be wrong
    inverted: bool = False
    ring_dead: bool = False
    unpowered: bool = False
    silent: bool = False
    zeros: bool = False
    beep_cut: bool = False
    gain_db: float = 0.0
    refuses: tuple[str, ...] = ()
    low: bool = False  # no voltage while off-hook

    def __post_init__(self) -> None:
        self.factory = MockFactory()
        self.pins = Pins(self.settings.gpio, self.factory, lambda: self.now_s)
        self.signals = Signals(self.pins)
        self.sensing = self.signals.sensing
        self.index = 0
        self.noise = np.random.default_rng(1)
        self.sounding: tuple[int, Samples] | None = None
        self.set_pins()

    # what the tryout needs of a line
    @property
    def speaker(self) -> "Room":
        return self

    def play(self, samples: Samples, level_dbov: float, at: int | None = None) -> int:
        start = self.index + FS // 10 if at is None else at
        self.sounding = (start, at_level(samples, level_dbov + self.gain_db))
        return start

    def try_lamp(self, *, on: bool) -> None:
        self.lamp = on

    @property
    def now_s(self) -> float:
        return getattr(self, "index", 0) / FS

    def set_pins(self) -> None:
        """Set the pins as the opto-couplers would."""
        alive = self.plugged and not self.unpowered
        lifted = self.up and alive
        hook_lit = alive and not self.up  # a lit opto-coupler pulls its pin low
        line_lit = alive and not (self.low and lifted)
        if self.inverted:
            hook_lit = not hook_lit
        self._drive(HOOK, not hook_lit)
        self._drive(LINE, not line_lit)
        self._drive(BUTTON, not self.pressed)

    def _drive(self, pin: int, high: bool) -> None:
        mock = self.factory.pin(f"GPIO{pin}")
        if mock.state != high:
            mock._change_state(high)
            mock.when_changed and mock.when_changed(self.now_s, int(high))

    def block(self) -> Block:
        """Make the next piece of the line."""
        self.set_pins()
        start = self.index
        rings = self.ringing and not self.ring_dead and self.plugged
        for at in range(start, start + PIECE, FS // 80):  # 20 Hz: 40 pulses a second
            self.index = at
            self._drive(RING, not (rings and (at // (FS // 80)) % 2))
        self.index = start + PIECE
        samples = self._sound(start)
        edges, _ = self.signals.between(start, self.index, 0.0)
        return Block(start, samples, edges)

    def _sound(self, start: int) -> Samples:
        if self.zeros:
            return np.zeros(PIECE, np.int16)
        x = self.noise.normal(0, 3, PIECE)
        t = np.arange(start, start + PIECE) / FS
        if self.up and self.plugged and not self.silent:
            x += 2000 * (np.sin(2 * np.pi * 350 * t) + np.sin(2 * np.pi * 440 * t))
        if self.sounding is not None and self.up and not self.beep_cut:
            at, sound = self.sounding
            whole = np.zeros(PIECE)
            low, high = max(at, start), min(at + len(sound), start + PIECE)
            if low < high and not self.silent:
                whole[low - start : high - start] = sound[low - at : high - at]
            x += whole
        return np.asarray(np.clip(x, -32768, 32767), np.int16)

    def act(self, key: str, tryout: Tryout) -> None:
        """Do what the walk asks of a person, unless this one refuses."""
        if key in self.refuses:
            return
        deeds: dict[str, Callable[[], object]] = {
            "rest": lambda: setattr(self, "plugged", True),
            "lamp": lambda: tryout.obey({"do": "yes" if self.lamp else "no"}),
            "button": lambda: setattr(self, "pressed", True),
            "lift": lambda: setattr(self, "up", True),
            "hang_up": lambda: setattr(self, "up", False),
            "ring": lambda: setattr(self, "ringing", True),
            "cut": lambda: setattr(self, "plugged", False),
            "back": lambda: setattr(self, "plugged", True),
        }
        if key in deeds:
            deeds[key]()


@pytest.fixture(autouse=True)
def _no_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BeepSwitch, "_run", lambda self: None)


def walk(room: Room) -> dict[str, Any]:
    """Let the person go through the walk; return how it stands at the end."""
    tryout = Tryout(room, room.settings)  # type: ignore[arg-type]  # what it needs
    assert tryout.obey({"do": "begin"}) is None
    asked, since = "", 0
    for _ in range(FS // PIECE * 900):
        tryout.feed(room.block())
        told = tryout.told()
        assert told is not None
        if told["step"] is None:
            room.pins.close()
            return told
        if told["step"] != asked:
            asked, since = told["step"], room.index
            room.pressed = room.ringing = False
        if room.index - since == FS // 2:  # after half a second
            room.act(asked, tryout)
    raise AssertionError(f"the walk never ended: {told}")


def states(told: dict[str, Any]) -> dict[str, str]:
    return {row["key"]: row["state"] for row in told["results"]}


def test_all_is_well() -> None:
    told = walk(Room())
    assert set(states(told).values()) == {"ok"}
    assert (told["ok"], told["diagnoses"]) == (True, [])
    measured = {row["key"]: row["measured"] for row in told["results"]}
    assert measured["rest"] == "on-hook, voltage"
    assert measured["lift"] == "off-hook, voltage"
    assert measured["ring"] == "20 Hz"
    assert measured["cut"] == "off-hook, no voltage"
    assert float(measured["beep"].split()[0]) == pytest.approx(0, abs=1)


FAULTS: dict[str, tuple[dict[str, Any], list[str], set[str]]] = {
    # what is wrong: the diagnoses that must come, and the steps that fail
    "hook inverted": ({"inverted": True}, ["hook_inverted"], {"rest", "lift"}),
    "ring opto dead": ({"ring_dead": True}, ["ring_dead"], {"ring"}),
    "codec silent": ({"silent": True}, ["codec_silent"], {"tone"}),
    "card of zeros": ({"zeros": True}, ["codec_zeros"], {"sound", "tone", "beep"}),
    "beep not heard": ({"beep_cut": True}, ["beep_missed"], {"beep"}),
    "beep much too loud": ({"gain_db": 16.0}, ["beep_level"], {"beep"}),
    "no power on the island": ({"unpowered": True}, ["line_dead"], {"rest", "lift"}),
    "voltage gone off-hook": ({"low": True}, ["voltage_low"], {"lift"}),
    "lamp the wrong way": ({"refuses": ("lamp",)}, ["lamp_dark"], {"lamp"}),
    "button never pressed": ({"refuses": ("button",)}, ["button_dead"], {"button"}),
    "nobody lifts": ({"refuses": ("lift",)}, ["hook_dead"], {"lift"}),
    "plug stays in": ({"refuses": ("cut",)}, ["line_stuck"], {"cut"}),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_gets_its_diagnosis(name: str) -> None:
    given, diagnoses, failing = FAULTS[name]
    told = walk(Room(**given))
    assert not told["ok"]
    assert told["diagnoses"][0] == diagnoses[0], told
    failed = {key for key, state in states(told).items() if state == "failed"}
    assert failed >= failing


def test_the_line_cut_from_the_beginning_is_said() -> None:
    told = walk(Room(plugged=False, refuses=("rest", "back")))
    assert told["diagnoses"] == ["line_dead"]
    assert states(told)["cut"] == "ok", "and it is noticed"


def test_what_is_not_wired_is_skipped() -> None:
    settings = Settings(gpio=Gpio(hook_pin="GPIO17", hook_active="high"))
    told = walk(Room(settings))
    assert {key for key, state in states(told).items() if state == "skipped"} == {
        "lamp", "button", "beep", "ring", "cut", "back",
    }  # fmt: skip


@pytest.fixture
def begun() -> Iterator[tuple[Room, Tryout]]:
    room = Room()
    tryout = Tryout(room, room.settings)  # type: ignore[arg-type]  # what it needs
    yield room, tryout
    room.pins.close()


def step_of(tryout: Tryout) -> str | None:
    told = tryout.told()
    assert told is not None
    return told["step"]  # type: ignore[no-any-return]


def run(room: Room, tryout: Tryout, seconds: float) -> None:
    for _ in range(round(seconds * FS / PIECE)):
        tryout.feed(room.block())


def test_answers_that_mean_nothing_are_refused(begun: tuple[Room, Tryout]) -> None:
    _, tryout = begun
    assert "has not been begun" in str(tryout.obey({"do": "yes"}))
    assert "want begin" in str(tryout.obey({"do": "dance"}))
    assert "want begin" in str(tryout.obey({}))
    tryout.obey({"do": "begin"})
    assert "means nothing" in str(tryout.obey({"do": "yes"}))
    assert "means nothing" in str(tryout.obey({"do": "again"}))


def test_a_step_may_be_skipped_and_a_failed_one_done_again(
    begun: tuple[Room, Tryout],
) -> None:
    room, tryout = begun
    room.zeros = True
    tryout.obey({"do": "begin"})
    run(room, tryout, 3)
    assert step_of(tryout) == "rest"
    assert tryout.obey({"do": "skip"}) is None
    assert step_of(tryout) == "lamp"
    room.zeros = False
    assert tryout.obey({"do": "again"}) is None
    assert step_of(tryout) == "sound"
    run(room, tryout, 3)
    told = tryout.told()
    assert told is not None
    assert states(told)["sound"] == "ok"
    assert step_of(tryout) == "lamp", "what was left to do goes on"


def test_ending_puts_the_lamp_out(begun: tuple[Room, Tryout]) -> None:
    room, tryout = begun
    tryout.obey({"do": "begin"})
    run(room, tryout, 6)
    assert (step_of(tryout), room.lamp) == ("lamp", True)
    tryout.obey({"do": "end"})
    assert not room.lamp
    assert tryout.told() is None


def test_a_bounce_of_both_senses_passes_no_step(begun: tuple[Room, Tryout]) -> None:
    room, tryout = begun
    tryout.obey({"do": "begin"})
    run(room, tryout, 2.4)
    for _ in range(20):  # a plug pushed in by degrees
        room.plugged = not room.plugged
        run(room, tryout, 0.2)
    assert step_of(tryout) == "rest"


def test_every_diagnosis_can_come_and_says_what_to_do() -> None:
    assert len({step.key for step in STEPS}) == len(STEPS)
    for key, words in DIAGNOSES.items():
        assert words.endswith((".", "?")), key
        assert len(words) < 200


class Verb:
    """A command as the control socket hands it over."""

    verb = "bringup"

    def __init__(self, do: str, answers: list[str | None]) -> None:
        self.args = {"do": do}
        self._answers = answers

    def answer(self, error: str | None = None, **_: object) -> None:
        self._answers.append(error)


class Person:
    """Begins the walk and answers it, by the clock of the line."""

    def __init__(self, line: FakeLine, *deeds: tuple[float, str]) -> None:
        self._deeds = list(deeds)
        self._now = 0
        self.answers: list[str | None] = []
        line.before_block = lambda index: setattr(self, "_now", index)

    def poll(self) -> list[Verb]:
        due = [do for at, do in self._deeds if at * FS <= self._now]
        del self._deeds[: len(due)]
        return [Verb(do, self.answers) for do in due]


def test_the_recorder_walks_and_its_status_tells(
    tmp_path: Path, settings: Settings
) -> None:
    line = FakeLine([(0, "line", 1), *hook(12, 30)], 40)
    person = Person(line, (2.0, "begin"), (5.0, "dance"), (39.0, "skip"))
    archive, path = FakeArchive(), tmp_path / "status.json"
    Recorder(
        line,
        archive,
        settings,
        path,
        control=person,
        people=Strangers(settings),
    ).run()  # type: ignore[arg-type]  # fakes
    assert person.answers[0] is None
    assert "want begin" in str(person.answers[1])
    state = status.read(path)
    assert state is not None
    found = {row["key"]: row for row in state["lines"][0]["bringup"]["results"]}
    assert found["rest"]["state"] == "ok"
    assert found["lift"]["measured"] == "off-hook, voltage"
    assert len(archive.ended) == 1, "what was lifted meanwhile is a call like any other"
