"""A line made of edges and samples, and an archive made of lists."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dsp.types import CallerId, Edge
from firmware.archive.alerts import Alert
from firmware.archive.line_log import Note
from firmware.archive.model import Call
from firmware.call.household import read_house
from firmware.closing import Closing
from firmware.consent.house import House
from firmware.consent.register import Known
from firmware.errors import StoreError
from firmware.line.block import FS, Anchor, Block, ClockState, LineStatus
from firmware.line.speaker import Speaker
from firmware.service.settings import Consent, Settings
from firmware.service.settings import Recorder as RecorderSettings

START_UTC = 1_800_000_000.0


class FakeMaster:
    """A master in memory."""

    def __init__(self) -> None:
        self.audio = np.zeros(0, np.int16)
        self.closed = False
        self.full = False

    @property
    def samples(self) -> int:
        return len(self.audio)

    def append(self, samples: NDArray[np.int16]) -> None:
        if self.full:
            raise StoreError("disk: full")
        assert not self.closed
        self.audio = np.concatenate((self.audio, samples))

    def append_silence(self, count: int) -> None:
        self.append(np.zeros(count, np.int16))

    def truncate(self, count: int) -> None:
        assert 0 <= count <= len(self.audio)
        self.audio = self.audio[:count]

    def close(self) -> None:
        self.closed = True


class SweptLately:
    """The erasures of an archive in which no sweep is due."""

    def last_sweep(self) -> tuple[float, int, int, list[str]]:
        return 2 * START_UTC, 0, 0, []


class NothingChosen:
    """The choices of an owner who has made none."""

    def all(self) -> dict[str, Any]:
        return {}


class FakeLog:
    """The line's log, noted down."""

    def __init__(self) -> None:
        self.notes: list[Note] = []
        self.corrections: list[tuple[str, float]] = []
        self.full = False

    def save(self, notes: Iterable[Note]) -> None:
        if self.full:
            raise StoreError("disk: full")
        for note in notes:
            if note.row is None:
                self.notes.append(note)
                note.row = len(self.notes)

    def cut_off(self, line: str, seen_utc: float | None) -> None:
        pass

    def last_utc(self) -> float:
        return 0.0

    def correct(self, boot_id: str, utc_at_boottime_0: float) -> None:
        self.corrections.append((boot_id, utc_at_boottime_0))


class FakeAlerts:
    """The alerts, noted down."""

    def __init__(self) -> None:
        self.told: list[tuple[str, bool]] = []

    def begin(self, line: str, kind: str, at_utc: float, detail: str = "") -> bool:
        self.told.append((kind, True))
        return True

    def end(
        self, line: str, kind: str, at_utc: float, detail: str | None = None
    ) -> None:
        self.told.append((kind, False))

    def holding(self, line: str | None = None) -> list[Alert]:
        return []


@dataclass
class FakeArchive:
    """What the recorder asks of the archive, noted down."""

    begun: list[Call] = field(default_factory=list)
    ended: list[Call] = field(default_factory=list)
    masters: dict[str, FakeMaster] = field(default_factory=dict)
    corrections: list[tuple[str, float, str, float]] = field(default_factory=list)
    erasures: SweptLately = field(default_factory=SweptLately)
    choices: NothingChosen = field(default_factory=NothingChosen)
    ledger: None = None  # nobody outside is named, so nobody asks for it
    line_log: FakeLog = field(default_factory=FakeLog)
    alerts: FakeAlerts = field(default_factory=FakeAlerts)
    updates: int = 0
    expired: list[float] = field(default_factory=list)
    broken: bool = False

    def make_small_copies(self, *, wanted: bool) -> None:
        assert not wanted  # by the settings of these tests

    def recover(self, now_utc: float, last_status: dict[str, Any] | None) -> list[Call]:
        return []

    def new_id(self, start_utc: float) -> str:
        return f"call-{len(self.begun)}-{start_utc:.3f}"

    def begin(self, call: Call) -> None:
        self._refuse()
        assert not self.open(), "a call began while another was open"
        self.begun.append(call)

    def open_master(self, call: Call, sync_s: float = 1.0) -> FakeMaster:
        self._refuse()
        assert call in self.open()
        assert call.id not in self.masters
        return self.masters.setdefault(call.id, FakeMaster())

    def update(self, call: Call) -> None:
        self._refuse()
        self.updates += 1

    def drop_audio(self, call: Call, reason: str) -> None:
        del self.masters[call.id]
        call.audio, call.no_audio_reason, call.audio_s = "none", reason, 0.0

    def end(self, call: Call) -> None:
        self._refuse()
        assert call in self.open()
        if call.id in self.masters:
            assert self.masters[call.id].closed
        self.ended.append(replace(call))

    def expire_quarantine(self, now_utc: float) -> list[Call]:
        self.expired.append(now_utc)
        return []

    def finish_pending(self) -> int:
        return 0

    def index_more(self) -> bool:
        return False

    def note_clock(
        self, boot_id: str, utc_at_boottime_0: float, reason: str, now_utc: float
    ) -> list[Call]:
        self.corrections.append((boot_id, utc_at_boottime_0, reason, now_utc))
        return []

    def open(self) -> list[Call]:
        done = {call.id for call in self.ended}
        return [call for call in self.begun if call.id not in done]

    def _refuse(self) -> None:
        if self.broken:
            raise StoreError("disk: full")


class FakeLine(Closing):
    """A line whose edges are written down in seconds; its sound counts up.

    Each sample says where it is on the line (modulo a prime), so that a test can tell
    which ones a master has.
    """

    def __init__(
        self,
        edges: Sequence[tuple[float, str, int]],
        length_s: float,
        *,
        sensing: frozenset[str] = frozenset({"hook", "ring"}),
        block: int = FS // 50,
        lost: Sequence[tuple[float, float]] = (),
        caller_ids: Sequence[tuple[float, CallerId]] = (),
        samples: NDArray[np.int16] | None = None,
    ) -> None:
        self.sensing = sensing
        self.speaker: Speaker | None = None
        self.clock: ClockState = "synced"
        self.step_s = 0.0
        self.before_block: Callable[[int], None] | None = None
        self._edges = sorted(
            (Edge(round(at * FS), signal, level) for at, signal, level in edges),
            key=lambda edge: edge.at,
        )
        self._length = round(length_s * FS)
        self._block = block
        self._lost = [(round(at * FS), round(n * FS)) for at, n in lost]
        self._callers = [(round(at * FS), caller) for at, caller in caller_ids]
        self._samples = samples
        self.closed = False

    @property
    def sounds(self) -> NDArray[np.int16]:
        """Every sample of the line, lost ones included."""
        if self._samples is not None:
            return self._samples
        return marked(0, self._length)

    def blocks(self) -> Iterator[Block]:
        sounds = self.sounds
        at = 0
        while at < self._length and not self.closed:
            lost = next((n for start, n in self._lost if start == at), 0)
            start = at + lost
            more = lost and any(start == begin for begin, _ in self._lost)
            end = start if more else min(start + self._block, self._length)
            if self.before_block is not None:
                self.before_block(start)
            yield Block(
                start,
                sounds[start:end],
                tuple(e for e in self._edges if at <= e.at < end),
                lost,
                tuple(c for when, c in self._callers if at <= when < end),
            )
            at = end

    def anchor(self) -> Anchor:
        return Anchor(0, START_UTC + self.step_s, self.clock, 100.0, "boot")

    def status(self) -> LineStatus:
        return LineStatus(True, "")

    def close(self) -> None:
        self.closed = True


def marked(start: int, end: int) -> NDArray[np.int16]:
    """Sounds too weak to be heard as anything, yet each place its own."""
    return (np.arange(start, end) % 7 + (np.arange(start, end) // 7) % 5).astype(
        np.int16
    )


def rings(*at_s: float, length_s: float = 2.0) -> list[tuple[float, str, int]]:
    """Rings by envelope."""
    return [
        edge for at in at_s for edge in ((at, "ring", 1), (at + length_s, "ring", 0))
    ]


def hook(*at_s: float) -> list[tuple[float, str, int]]:
    """On-hook at first; then lifted, put down, lifted … at these times."""
    changes = [(at, "hook", 1 - n % 2) for n, at in enumerate(at_s)]
    return [(0.0, "hook", 0), (0.0, "ring", 0), *changes]


class Strangers:
    """Registers in which there is nobody."""

    def __init__(self, settings: Settings, known: Known | None = None) -> None:
        self._settings = settings
        self.entry = known or Known(acknowledged=settings.consent.acknowledged)
        self.refusals: list[tuple[str, str]] = []
        self._house: House | None = read_house(settings, None, bytes(32))

    def renewed(self) -> House | None:
        house, self._house = self._house, None
        return house

    def settings(self) -> Settings:
        return self._settings

    def known(self, line: str, number: str, purpose: str | None, now: float) -> Known:
        return self.entry

    def wary(self) -> bool:
        return False

    def refused(self, number: str, call_id: str, by: str, now_utc: float) -> None:
        self.refusals.append((number, by))


def with_recorder(settings: Settings, **changes: Any) -> Settings:
    return replace(settings, recorder=RecorderSettings(**changes))


#: A line on which all may be recorded, as in the demo.
OPEN = Consent(
    recording=True,
    own="US-NY",
    recorder="private",
    acknowledged=True,
    others_in="US-NY",
)
