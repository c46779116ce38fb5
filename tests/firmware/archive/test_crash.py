"""Stopped at every single operation of a call's life, the archive comes back whole."""

import errno
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from firmware.archive import Archive
from firmware.archive.model import Call
from firmware.errors import StoreError
from tests.firmware.archive.crash import Kill, PowerCut, Refusal, Stop
from tests.firmware.archive.helpers import (
    PAGE_SAMPLES,
    START,
    Samples,
    assert_sound,
    fast_folder,
    new_call,
    record,
)

#: Most audio that a power cut takes, samples (R1: 2 s).
POWER_CUT_LOSS = 2 * 8000


World = Callable[[pytest.MonkeyPatch, int, Path], Kill]


@dataclass
class Acknowledged:
    """What the archive has confirmed by returning, and must never lose."""

    begun: list[str] = field(default_factory=list)
    ended: dict[str, Call] = field(default_factory=dict)
    dropped: list[str] = field(default_factory=list)
    corrected: bool = False
    appended: int = 0  # samples of the running call
    synced: int = 0
    running: str = ""


def life(archive: Archive, talk: Samples, known: Acknowledged) -> None:
    """Two calls kept, one refused, one missed, one running; packing in between."""
    kept = record(archive, talk[:20_000], START, boot_id="first", clock="unknown")
    known.begun.append(kept.id)
    known.ended[kept.id] = kept

    missed = new_call(archive, START + 100, ring_count=3, no_audio_reason="missed")
    archive.begin(missed)
    known.begun.append(missed.id)
    missed.outcome, missed.end_s = "missed", 12.0
    archive.end(missed)
    known.ended[missed.id] = missed

    archive.finish_pending()

    refused = new_call(archive, START + 200)
    archive.begin(refused)
    known.begun.append(refused.id)
    master = archive.open_master(refused)
    master.append(talk[:9000])
    archive.drop_audio(refused, "refused")
    known.dropped.append(refused.id)
    refused.outcome, refused.end_s = "answered", 3.0
    archive.end(refused)
    known.ended[refused.id] = refused

    known.ended[record(archive, talk[:3000], START + 300).id] = refused
    archive.correct_clock("first", 1000.0, "network time", START + 400)
    known.corrected = True
    archive.finish_pending()

    running = new_call(archive, START + 500)
    archive.begin(running)
    known.begun.append(running.id)
    master = archive.open_master(running)
    known.running = running.id
    for at in range(0, 20_000, 2000):
        master.append(talk[at : at + 2000])
        known.appended, known.synced = master.samples, master.synced
    running.number = "5550100"
    archive.update(running)


def stop_at(make: World, at: int, talk: Samples) -> bool:
    """Run a life until it is stopped, restart and look; False once it was not."""
    known = Acknowledged()
    with fast_folder() as folder, pytest.MonkeyPatch.context() as patch:
        state = folder / "state"
        world = make(patch, at, folder)
        archive = None
        try:
            archive = Archive(state)
            life(archive, talk, known)
        except Stop:
            pass
        world.release(archive)
        patch.undo()
        if isinstance(world, PowerCut) and world.stopped:
            world.cut(state)
        check(state, talk, known, kept_all=not isinstance(world, PowerCut))
        return world.stopped


def check(state: Path, talk: Samples, known: Acknowledged, *, kept_all: bool) -> None:
    with Archive(state) as archive:
        assert archive.rebuilt is None
        archive.recover(START + 600, None)
        assert_sound(archive)
        archive.finish_pending()
        assert_sound(archive)
        for call_id in known.begun:
            archive.calls.get(call_id)
        for call_id, call in known.ended.items():
            found = archive.calls.get(call_id)
            if call.id == call_id:
                assert found.outcome == call.outcome
                assert found.recovered is None
                assert found.audio == ("kept" if call.sha256 else "none")
                assert found.sha256 == call.sha256
        for call_id in known.dropped:
            assert archive.calls.get(call_id).audio == "none"
        if known.corrected:
            first = archive.calls.get(known.begun[0])
            assert (first.start_utc, first.clock) == (1000.0, "synced")
            assert len(first.clock_corrections) == 1
        check_running(archive, talk, known, kept_all=kept_all)
        rows = {call.id: call for call in archive.calls.page(limit=100)}
        archive.reindex()
        assert {call.id: call for call in archive.calls.page(limit=100)} == rows
        assert archive.calls.unsettled() == []


def check_running(
    archive: Archive, talk: Samples, known: Acknowledged, *, kept_all: bool
) -> None:
    if not known.running:
        return
    call = archive.calls.get(known.running)
    assert call.outcome == "unknown"
    assert call.recovered
    kept = round(call.audio_s * 8000)
    if kept_all:
        assert kept > known.appended - PAGE_SAMPLES  # what has not filled a page
    else:
        assert kept >= known.synced
        assert kept >= known.appended - POWER_CUT_LOSS
    if kept:
        assert np.array_equal(archive.read_samples(call), talk[:kept])


def stops(world: World, talk: Samples, stride: int = 1) -> int:
    """Stop at every operation, or every so many; return how many there are."""
    at = 0
    while True:
        try:
            stopped = stop_at(world, at, talk)
        except BaseException as error:
            error.add_note(f"stopped at operation {at}")
            raise
        if not stopped:
            return at
        at += stride


def test_kill_at_every_operation(talk: Samples) -> None:
    assert stops(lambda patch, at, _: Kill(patch, at), talk) > 200


def test_power_cut_loses_all_that_was_not_durable(talk: Samples) -> None:
    assert stops(PowerCut, talk, stride=2) > 200


def test_power_cut_loses_some_of_what_was_not_durable(talk: Samples) -> None:
    def world(patch: pytest.MonkeyPatch, at: int, folder: Path) -> Kill:
        return PowerCut(patch, at, folder, np.random.default_rng(at))

    assert stops(world, talk, stride=4) > 200


def test_these_checks_can_fail(talk: Samples) -> None:
    """A disk that lies about syncs loses what was acknowledged, and it shows."""

    class LyingDisk(PowerCut):
        def after(self, name: str, done: Any, *arguments: Any) -> None:
            if name != "sync_data":
                super().after(name, done, *arguments)

    with pytest.raises(AssertionError):
        stops(LyingDisk, talk)


# a disk that refuses, for one operation or for a while, and a recorder that goes on


def tolerant_life(archive: Archive, talk: Samples) -> dict[str, Samples]:
    """Go on after every StoreError; return what was acknowledged as ended."""
    ended: dict[str, Samples] = {}
    for number in range(3):
        call = new_call(archive, START + 100 * number)
        kept = talk[number : 12_000 + number]
        master = None
        with suppress(StoreError):
            archive.begin(call)
        with suppress(StoreError):
            master = archive.open_master(call)
        whole = master is not None
        for at in range(0, len(kept), 4000):
            try:
                if master is not None:
                    master.append(kept[at : at + 4000])
            except StoreError:
                whole = False
        call.outcome, call.end_s = "answered", 1.5
        if call.audio == "none":
            call.no_audio_reason = "store_error"
        try:
            archive.end(call)
            if whole:
                ended[call.id] = kept
        except StoreError:
            pass
        archive.finish_pending()
    return ended


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO])
@pytest.mark.parametrize("spell", [1, 4, 40])
def test_disk_that_refuses_loses_no_ended_call(
    talk: Samples, error: int, spell: int
) -> None:
    """From every third operation on the disk refuses so many, then works again."""
    first = 0
    while True:
        with fast_folder() as folder, pytest.MonkeyPatch.context() as patch:
            with Archive(folder / "state") as archive:
                world = Refusal(patch, first, spell, error)
                ended = tolerant_life(archive, talk)
                patch.undo()
            with Archive(folder / "state") as archive:
                archive.recover(START + 600, None)
                archive.finish_pending()
                assert_sound(archive)
                for call_id, kept in ended.items():
                    call = archive.calls.get(call_id)
                    assert (call.outcome, call.recovered) == ("answered", None)
                    assert np.array_equal(archive.read_samples(call), kept)
        if world.count <= first:
            break
        first += 3
    assert first > 60
    assert len(ended) == 3
