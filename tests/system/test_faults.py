"""One fault at a time: exactly one right alert, told once, and its end told once.

The box runs in virtual time, a second a step: what the ear gets, what the wires say and
what the board tells is made here, everything behind that is the product's.  A clean day
of 24 hours is `./run bench faults`; here it is two hours.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray

from dsp.types import Edge
from firmware.archive.alerts import Alerts
from firmware.archive.line_log import LineLog
from firmware.archive.space import Room
from firmware.call.lookout import Lookout
from firmware.call.preroll import Preroll
from firmware.line.block import FS, Anchor, Block, ClockState, LineStatus
from firmware.service.settings import Settings

pytestmark = pytest.mark.system

START_UTC = 1_800_000_000.0
#: A call of a minute every five; the first lifts after half a minute.
EVERY_S, LIFT_S, TALK_S = 300, 30, 60
#: The watchdog has a minute.
LIMIT_S = 60.0
GB = 1 << 30
ROOMY = Room(100 * GB, 60 * GB, GB, GB)
FULL = Room(100 * GB, GB, 0, GB)


@dataclass
class Box:
    """A line and a board, second by second, with a knob for each thing that fails."""

    folder: Path
    now: int = 0
    card: bool = True
    gain: float = 1.0
    talk_gain: float = 1.0
    zero: bool = False
    frozen: bool = False
    hook_works: bool = True
    stuck: bool = False
    voltage: bool = True
    contradicts: bool = False
    room: Room = ROOMY
    clock: ClockState = "synced"
    trouble: str = ""
    calls: bool = True
    off_hook: bool = False
    changes: list[tuple[str, bool, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rng = np.random.default_rng(8)
        self.hiss = self.rng.normal(0, 15, 16 * FS).astype(np.int16)
        talk = self.rng.normal(0, 1800, 4 * FS)
        talk[::3] *= 2  # peaks, as talk has them
        self.talk = talk.astype(np.int16)
        self.ring = Preroll(4 * FS)
        self.log = LineLog(self.folder)
        self.book = Alerts(self.log)
        self.start()

    def start(self) -> None:
        """The recorder starts."""
        archive = SimpleNamespace(line_log=self.log, alerts=self.book)
        sensing = frozenset({"hook", "ring", "line"})
        self.lookout = Lookout(archive, Settings(), sensing, self.folder)  # type: ignore[arg-type]  # nothing else of an archive is asked for
        self.lookout.begin(self.anchor, None)
        self._levels: dict[str, int] = {}

    @property
    def anchor(self) -> Anchor:
        return Anchor(0, START_UTC, self.clock, 100.0, "boot")

    def board(self, celsius: float = 50.0, low: bool = False) -> None:
        """Write what sysfs would say."""
        zone = self.folder / "sys/class/thermal/thermal_zone0"
        supply = self.folder / "sys/class/hwmon/hwmon0"
        for place in (zone, supply):
            place.mkdir(parents=True, exist_ok=True)
        (zone / "temp").write_text(f"{celsius * 1000:.0f}\n")
        (supply / "in0_lcrit_alarm").write_text(f"{int(low)}\n")

    def run(self, seconds: int) -> None:
        """Let time pass; note which alerts begin and end."""
        for _ in range(seconds):
            before = {one.kind for one in self.lookout.sentinel.alerts}
            self._second()
            after = {one.kind for one in self.lookout.sentinel.alerts}
            at_s = self.now / FS
            self.changes += [(kind, True, at_s) for kind in sorted(after - before)]
            self.changes += [(kind, False, at_s) for kind in sorted(before - after)]

    def _second(self) -> None:
        at_s = self.now // FS
        in_call = LIFT_S <= at_s % EVERY_S < LIFT_S + TALK_S
        self.off_hook = self.calls and in_call
        talking = self.off_hook and self.voltage
        samples = self._sound(talking=talking)
        lost = 0 if self.card else FS
        levels = {
            "hook": int((self.off_hook and self.hook_works) or self.stuck),
            "ring": 0,
            "line": int(self.voltage and not self.contradicts),
        }
        if self.contradicts:
            levels["hook"] = 0
        if not self.voltage:
            levels["hook"] = 1  # no current is what a sensor takes for off-hook
        edges = tuple(
            Edge(self.now, signal, level)
            for signal, level in levels.items()
            if self._levels.get(signal) != level
        )
        self._levels = levels
        start, self.now = self.now, self.now + FS
        block = Block(start + lost, samples[: FS - lost], edges, lost)
        self.ring.push(block)
        heard = talking and len(block.samples) > 0 and float(samples.std()) > 60
        self.lookout.feed(block, self.anchor, (), sounding=heard)
        self.lookout.room = self.room
        status = LineStatus(self.card, "")
        self.lookout.look(self.now, self.anchor, status, self.ring, self.trouble)

    def _sound(self, *, talking: bool) -> NDArray[np.int16]:
        if self.zero:
            return np.zeros(FS, np.int16)
        if self.frozen:
            return np.full(FS, 137, np.int16)
        at = int(self.rng.integers(15 * FS))
        sound = self.hiss[at : at + FS].astype(np.float32)
        if talking:
            at = int(self.rng.integers(3 * FS))
            sound = sound + self.talk[at : at + FS] * self.talk_gain
        loud = np.clip(sound * self.gain, -32768, 32767)
        made: NDArray[np.int16] = loud.astype(np.int16)
        return made


@pytest.fixture
def box(tmp_path: Path) -> Box:
    made = Box(tmp_path)
    made.board()
    return made


def knob(**values: object) -> Callable[[Box], None]:
    def turn(box: Box) -> None:
        for name, value in values.items():
            assert hasattr(box, name)
            setattr(box, name, value)

    return turn


#: alert -> what goes wrong, how it is put right, how soon it must be told, s.
FAULTS: list[tuple[str, str, Callable[[Box], None], Callable[[Box], None], float]] = [
    ("card unplugged", "card_gone", knob(card=False), knob(card=True), 5),
    ("all zeros", "no_input", knob(zero=True), knob(zero=False), 40),
    ("frozen", "no_input", knob(frozen=True), knob(frozen=False), 40),
    ("overdriven", "clipped", knob(gain=12.0), knob(gain=1.0), 100),
    ("faint", "faint", knob(talk_gain=0.05), knob(talk_gain=1.0), 100),
    ("hook dead", "hook_blind", knob(hook_works=False), knob(hook_works=True), 90),
    ("hook stuck", "left_off", knob(stuck=True, calls=False), knob(stuck=False), 700),
    ("line cut", "no_voltage", knob(voltage=False), knob(voltage=True), 15),
    (
        *("interface broken", "sensors_contradict"),
        *(knob(contradicts=True), knob(contradicts=False), 15),
    ),
    ("disk nearly full", "disk_low", knob(room=FULL), knob(room=ROOMY), 10),
    (
        *("clock not set", "clock_unknown"),
        *(knob(clock="unknown"), knob(clock="synced"), 60),
    ),
    ("hot", "hot", lambda box: box.board(85.0), lambda box: box.board(60.0), 60),
    (
        *("weak supply", "undervoltage"),
        *(lambda box: box.board(low=True), lambda box: box.board(), 30),
    ),
    ("disk refuses", "not_stored", knob(trouble="disk: full"), knob(trouble=""), 5),
    (
        *("backup late", "backup_late"),
        lambda box: setattr(box.lookout.rounds, "late", frozenset({"backup"})),
        lambda box: setattr(box.lookout.rounds, "late", frozenset()),
        5,
    ),
    (
        *("nobody saw the ledger", "anchor_late"),
        lambda box: setattr(box.lookout.rounds, "late", frozenset({"anchor"})),
        lambda box: setattr(box.lookout.rounds, "late", frozenset()),
        5,
    ),
]


@pytest.mark.parametrize(
    ("kind", "break_it", "mend_it", "within_s"),
    [fault[1:] for fault in FAULTS],
    ids=[fault[0] for fault in FAULTS],
)
def test_a_fault_is_told_once_and_its_end_too(
    box: Box,
    kind: str,
    break_it: Callable[[Box], None],
    mend_it: Callable[[Box], None],
    within_s: float,
) -> None:
    box.run(6 * EVERY_S)  # some calls, so that the line has a history
    assert not box.changes
    broken_at = box.now / FS
    break_it(box)
    box.run(4 * EVERY_S)
    [(told, begins, at_s)] = box.changes
    assert (told, begins) == (kind, True)
    assert at_s - broken_at <= within_s
    mend_it(box)
    box.run(3 * EVERY_S)
    assert [change[:2] for change in box.changes] == [(kind, True), (kind, False)]
    [alert] = box.book.last()
    assert (alert.kind, alert.until_utc is None) == (kind, False)


def test_two_clean_hours_alert_nobody(box: Box) -> None:
    box.run(2 * 3600)
    assert not box.changes
    assert not box.book.last()


def test_a_restart_tells_nothing_twice(box: Box) -> None:
    box.zero = True
    box.run(EVERY_S)
    box.start()
    box.run(EVERY_S)
    assert [kind for kind, begins, _ in box.changes if begins] == ["no_input"]
    box.zero = False
    box.run(EVERY_S)
    [alert] = box.book.last()
    assert alert.until_utc is not None


def test_what_comes_and_goes_is_one_alert(box: Box) -> None:
    for _ in range(5):
        box.card = False
        box.run(20)
        box.card = True
        box.run(60)
    [alert] = box.book.last()
    assert alert.kind == "card_gone"


def test_the_lamp_shows_only_what_keeps_calls_from_being_recorded(box: Box) -> None:
    box.board(85.0)
    box.run(60)
    quiet = box.lookout.sentinel.grave
    assert not quiet
    box.zero = True
    box.run(60)
    grave = box.lookout.sentinel.grave
    assert grave == "no_input"
    assert "cable" in box.lookout.sentinel.message


def test_an_alert_is_acknowledged_once(box: Box) -> None:
    box.card = False
    box.run(30)
    [alert] = box.book.holding()
    assert box.book.acknowledge(alert.id, "Ada", START_UTC + 31)
    assert not box.book.acknowledge(alert.id, "Bo", START_UTC + 32)
    assert not box.book.acknowledge(999, "Ada", START_UTC)
    assert box.book.last()[0].seen_by == "Ada"


def test_alerts_wait_for_a_disk_that_refuses(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    from firmware.errors import StoreError

    def refuse(*_: object) -> bool:
        raise StoreError("disk: full")

    with monkeypatch.context() as full:
        full.setattr(box.book, "begin", refuse)
        box.card = False
        box.run(60)
    assert not box.book.last()
    box.run(5)
    assert [one.kind for one in box.book.holding()] == ["card_gone"]
