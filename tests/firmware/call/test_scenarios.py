"""Every scenario that ships, through analyzer, machine, desk and tape."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from firmware.archive.model import Call
from firmware.line import open_line
from firmware.line.block import FS, Anchor, Block, LineStatus
from firmware.line.sim import scenarios
from firmware.line.sim.script import ScriptedCall
from firmware.service.settings import Settings
from tests.firmware.call.world import START_UTC, FakeArchive

Record = Callable[..., list[Call]]

#: Longer ones are for tests/system.
LONG = {"demo_live", "demo_library", "office_day", "long_hold"}
NAMES = sorted({name for name, _ in scenarios()} - LONG)
#: What a box cannot know: who called before it was switched on, and, with nothing
#: but sound, the instants at which the handset went up and down.
BEFORE_ITS_TIME = "power_up_off_hook"
BY_SOUND = "sound_only"


class Recut:
    """A line in blocks of another size."""

    def __init__(self, line: Any, size: int) -> None:
        self._line = line
        self._size = size
        self.sensing = line.sensing
        self.speaker = line.speaker

    def blocks(self) -> Iterator[Block]:
        for block in self._line.blocks():
            start, lost = block.start - block.lost, block.lost
            for first in range(0, max(len(block.samples), 1), self._size):
                samples = block.samples[first : first + self._size]
                at = block.start + first
                end = at + len(samples)
                last = end >= block.end
                edges = (
                    e for e in block.edges if start <= e.at and (e.at < end or last)
                )
                yield Block(at, samples, tuple(edges), lost)
                start, lost = end, 0

    def anchor(self) -> Anchor:
        return self._line.anchor()

    def status(self) -> LineStatus:
        return self._line.status()


def play(
    name: str, record: Record, size: int
) -> tuple[list[Call], tuple[ScriptedCall, ...]]:
    with open_line(f"sim:{name}", Settings(), start_utc=START_UTC) as line:
        return record(Recut(line, size)), line.script  # type: ignore[attr-defined]  # only simulated lines have a script


@pytest.mark.parametrize("name", [n for n in NAMES if n != BEFORE_ITS_TIME])
def test_calls_are_as_scripted(name: str, record: Record, archive: FakeArchive) -> None:
    calls, script = play(name, record, FS)
    truth = [(s.direction, s.number, s.absence, s.name, s.outcome) for s in script]
    assert truth == [
        (c.direction, c.number, c.number_absence, c.name, c.outcome) for c in calls
    ]
    near = 1.0 if name == BY_SOUND else 0.2
    for call, scripted in zip(calls, script, strict=True):
        assert call.start_utc - START_UTC == pytest.approx(scripted.start_s, abs=near)
        assert call.duration_s == pytest.approx(scripted.duration_s, abs=near)
        if call.direction == "incoming":
            assert call.ring_count == scripted.ring_count
        if call.outcome == "missed":
            assert call.no_audio_reason == "not_answered"
        else:
            assert np.std(archive.masters[call.id].audio.astype(float)) > 10
    assert all(master.closed for master in archive.masters.values())


def test_power_up_off_hook(record: Record) -> None:
    [call], [truth] = play(BEFORE_ITS_TIME, record, FS)
    assert (call.direction, call.number, call.flags) == (
        "unknown",
        None,
        ["joined_late"],
    )
    assert call.outcome == "answered"
    assert call.duration_s == pytest.approx(truth.end_s, abs=0.2)


@pytest.mark.parametrize(
    "name", ["incoming_answered", "outgoing_busy", "outgoing_pulse", "noisy_line"]
)
@pytest.mark.parametrize("size", [160, 1111])
def test_calls_do_not_depend_on_blocks(name: str, size: int, record: Record) -> None:
    def facts(calls: list[Call]) -> list[tuple[Any, ...]]:
        return [
            (c.direction, c.number, c.outcome, c.ring_count, c.flags, c.duration_s,
             round(c.start_utc, 2), c.audio_offset_s, c.lost_s,
             [(m.kind, m.text, m.at_s, m.length_s) for m in c.marks])
            for c in calls
        ]  # fmt: skip

    whole = facts(list(play(name, record, FS)[0]))
    calls, _ = play(name, record, size)
    assert facts(calls[len(whole) :]) == whole
