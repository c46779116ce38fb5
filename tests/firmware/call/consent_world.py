"""Whole calls on the simulated line into a real archive; what is on the disk then."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firmware.archive import Archive
from firmware.archive.model import Call
from firmware.call.mouth import Library
from firmware.call.notice import Announcement
from firmware.call.recorder import Recorder
from firmware.consent.register import Known
from firmware.line.block import FS, Block
from firmware.line.sim.line import SimLine
from firmware.line.sim.scenario import load
from firmware.line.sim.script import ScriptedCall
from firmware.service import settings as service
from firmware.service.settings import Consent, Settings
from tests.firmware.call.world import START_UTC, Strangers

#: A line's blocks here, samples: commands arrive between two of them.
BLOCK = 1000
NOTICE_S = 4.0
#: A line that breaks off before its scenario is over, s.
HALT_S: float | None = None

Says = Sequence[tuple[float, str, Mapping[str, Any]]]


class Verb:
    """A command as the socket would bring it."""

    def __init__(self, verb: str, args: Mapping[str, Any], told: list[str | None]):
        self.verb = verb
        self.args = dict(args)
        self._told = told

    def answer(self, error: str | None = None, **fields: Any) -> None:
        self._told.append(error)


class Notices:
    """One notice for all occasions: four seconds of a voice that is none."""

    def language(self, places: Iterable[str]) -> str:
        return "en"

    def renew(self, settings: Settings) -> None:
        pass

    def prepare(self) -> None:
        pass

    def announcement(self, kind: str, language: str) -> Announcement | None:
        rng = np.random.default_rng(11)
        t = np.arange(round(NOTICE_S * FS)) / FS
        words = 0.5 + 0.5 * np.sin(2 * np.pi * 3 * t)
        tones = sum(np.sin(2 * np.pi * hz * t + hz) for hz in (310, 620, 930, 1550))
        sound = 2500 * words * (tones + 0.3 * rng.normal(size=len(t)))
        return Announcement(f"{kind}-{language}", language, sound.astype(np.int16))


@dataclass
class Played:
    """What came of it."""

    call: Call
    truth: ScriptedCall
    heard: NDArray[np.int16]
    state: Path
    told: list[str | None]
    files_seen: dict[str, list[float]] = field(default_factory=dict)

    @property
    def states(self) -> list[str]:
        return [row["state"] for row in self.call.consent["states"]]

    def row(self, state: str) -> dict[str, Any]:
        """Return the first row of the audit with a state."""
        return next(r for r in self.call.consent["states"] if r["state"] == state)

    @property
    def audio_from_s(self) -> float:
        """Where the master begins, after the answer."""
        answer_s = (self.truth.answer_s or 0.0) - self.truth.start_s
        return self.call.audio_offset_s - answer_s

    def samples(self) -> NDArray[np.int16]:
        with Archive(self.state, write=False) as archive:
            return archive.read_samples(self.call)

    def leaves_no_sound(self) -> bool:
        """Look for the sound of this line in every byte under the state folder."""
        start = round(self.truth.start_s * FS)
        end = round(self.truth.end_s * FS)
        pieces = [
            piece.astype("<i2").tobytes()
            for at in range(start, end - 64, FS // 4)
            if (piece := self.heard[at : at + 32]).std() > 20
        ]
        assert len(pieces) > 20, "the line was silent, so this would prove nothing"
        for path in self.state.rglob("*"):
            if not path.is_file():
                continue
            if path.suffix in (".wav", ".flac", ".part", ".dat"):
                return False
            data = path.read_bytes()
            if any(piece in data for piece in pieces):
                return False
        return True


class _Heard:
    """A simulated line that remembers what it delivered."""

    def __init__(self, line: SimLine) -> None:
        self._line = line
        self.sensing = line.sensing
        self.speaker = line.speaker
        self.anchor, self.status = line.anchor, line.status
        self.close = line.close
        self.now = 0
        self.heard: list[NDArray[np.int16]] = []

    def blocks(self) -> Iterator[Block]:
        for block in self._line.blocks():
            self.now = block.end
            if HALT_S is not None and block.end >= HALT_S * FS:
                return
            self.heard.append(block.samples)
            yield block


class _Script:
    """Commands at their times; between blocks it looks for files with sound."""

    def __init__(self, line: _Heard, says: Says, state: Path) -> None:
        self.told: list[str | None] = []
        self.seen: dict[str, list[float]] = {}
        self._line = line
        self._says = sorted(says, key=lambda say: say[0])
        self._state = state

    def poll(self) -> list[Verb]:
        now_s = self._line.now / FS
        for path in self._state.rglob("master*"):
            self.seen.setdefault(path.name, []).append(now_s)
        due = [say for say in self._says if say[0] <= now_s]
        del self._says[: len(due)]
        return [Verb(verb, args, self.told) for _, verb, args in due]


def scenario(
    path: Path,
    number: str | None,
    *,
    direction: str = "outgoing",
    talk_s: float = 30.0,
    country: str = "us",
    more: str = "",
    line: str = "",
) -> Path:
    """Write a scenario of one call."""
    shown = f'number = "{number}"' if number else 'absence = "private"'
    path.write_text(
        f'title = "one call"\nlength = {talk_s + 70:.0f}\n'
        f'[line]\ncountry = "{country}"\n{line}\n'
        f'[[call]]\nat = 5\ndirection = "{direction}"\n{shown}\n'
        f'talk_s = {talk_s}\nend = "near"\n{more}\n'
    )
    return path


def play(
    path: Path,
    consent: Consent,
    *,
    says: Says = (),
    known: Known | None = None,
    library: Library | None = None,
    block: int = BLOCK,
    recorder: service.Recorder | None = None,
) -> Played:
    """Play a scenario; `says` are verbs with their seconds after the answer."""
    state = path.with_suffix("")
    settings = Settings(consent=consent, recorder=recorder or service.Recorder())
    settings = settings.with_state(state)
    sim = SimLine(
        load(path),
        start_utc=START_UTC,
        block_samples=block,
        can_inject=consent.can_inject,
    )
    settings.runtime_dir.mkdir(parents=True, exist_ok=True)
    truth = sim.script[0]
    zero = truth.answer_s if truth.answer_s is not None else truth.start_s
    line = _Heard(sim)
    script = _Script(line, [(zero + at, verb, args) for at, verb, args in says], state)
    people = Strangers(settings, known)
    calls: list[Call] = []
    with Archive(state) as archive:
        Recorder(
            line,
            archive,
            settings,
            settings.status_path,
            script,
            on_call=calls.append,
            people=people,
            library=library or Notices(),
        ).run()
        archive.finish_pending()
        call = archive.calls.get(calls[0].id)
    heard = np.concatenate(line.heard)
    return Played(call, truth, heard, state, script.told, script.seen)


def chosen(own: str, recorder: Any, **more: Any) -> Consent:
    """Return the choices of an owner who is ready to record."""
    plain = Consent(recording=True, own=own, recorder=recorder, acknowledged=True)
    return replace(plain, **more)
