"""Cut and muted copies: bad input first, then that the master stays as it is."""

import hashlib
import io
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import soundfile

from firmware.archive import Archive
from firmware.archive.acting import act, perform
from firmware.archive.derived import MAX_COPIES, copies, open_copy
from firmware.archive.model import Call
from firmware.archive.retention import Rules
from firmware.archive.seal import Keyring
from firmware.errors import Locked, NoSuchCall, Refused, SealBroken, StoreError
from firmware.service.settings import Settings
from tests.firmware.archive.helpers import (
    START,
    Samples,
    fast_folder,
    new_call,
    record,
    sha256,
)

NOW = START + 3600.0
CHEAP = {"time_cost": 1, "memory_kib": 8, "lanes": 1}
Do = Callable[..., Any]


@pytest.fixture
def archive() -> Iterator[Archive]:
    with fast_folder() as folder, Archive(folder / "state") as archive:
        yield archive


@pytest.fixture
def call(archive: Archive, talk: Samples) -> Call:
    made = record(archive, talk, number="+12125550123")
    archive.finish_pending()
    return archive.calls.get(made.id)


@pytest.fixture
def settings(archive: Archive) -> Settings:
    return Settings().with_state(archive.state_dir)


@pytest.fixture
def do(archive: Archive, settings: Settings, call: Call) -> Do:
    def do(verb: str, spans: Any, **args: Any) -> Any:
        args = {"call_id": call.id, "by": "ada", "reason": "for the claim", **args}
        return perform(archive, settings, verb, {**args, "spans": spans}, NOW)["copy"]

    return do


def heard(archive: Archive, call_id: str, name: str) -> Samples:
    with open_copy(archive, archive.calls.get(call_id), name) as file:
        content = io.BytesIO(file.read_at(0, file.size))
    return soundfile.read(content, dtype="int16")[0]  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("verb", "spans"),
    [
        ("cut", []),
        ("cut", None),
        ("cut", "1-2"),
        ("cut", [[1.0]]),
        ("cut", [[1.0, 2.0], [3.0, 4.0]]),
        ("cut", [["a", "b"]]),
        ("cut", [[float("nan"), 2.0]]),
        ("cut", [[-1.0, 2.0]]),
        ("cut", [[2.0, 1.0]]),
        ("cut", [[9.99, 20.0]]),
        ("mute", [[100.0, 101.0]]),
        ("mute", [[0.0, 0.01]]),
        ("mute", [[0.1 * n, 0.1 * n + 0.06] for n in range(101)]),
    ],
)
def test_stretches_must_be_in_the_call(do: Do, verb: str, spans: Any) -> None:
    with pytest.raises(Refused, match="spans: want"):
        do(verb, spans)


def test_why_and_by_whom_is_wanted(do: Do) -> None:
    for missing in ("by", "reason"):
        with pytest.raises(Refused, match="want a"):
            do("cut", [[1.0, 2.0]], **{missing: " "})


def test_only_what_may_be_heard_is_copied(
    archive: Archive, call: Call, do: Do, talk: Samples
) -> None:
    silent = new_call(archive, START + 60, no_audio_reason="missed")
    archive.begin(silent)
    silent.outcome = "missed"
    archive.end(silent)
    closing = record(archive, talk[:8000], START + 120)
    with pytest.raises(StoreError, match="no audio"):
        do("cut", [[0.0, 1.0]], call_id=silent.id)
    with pytest.raises(Refused, match="still being packed"):
        do("cut", [[0.0, 1.0]], call_id=closing.id)
    archive.keeping.restrict(call.id, "ada", NOW, reason="disputed")
    with pytest.raises(StoreError, match="restricted"):
        do("cut", [[0.0, 1.0]])


def test_a_cut_is_exactly_its_stretch(
    archive: Archive, call: Call, do: Do, talk: Samples
) -> None:
    entry = do("cut", [[2.5, 4.0]])
    wanted = talk[20_000:32_000]
    assert (heard(archive, call.id, entry["name"]) == wanted).all()
    assert entry["sha256"] == sha256(wanted)
    assert entry["of_sha256"] == call.sha256 == sha256(talk)
    assert (entry["by"], entry["reason"]) == ("ada", "for the claim")
    assert (entry["audio_s"], entry["spans"]) == (1.5, [[2.5, 4.0]])


def test_a_muted_copy_is_silent_there_and_whole_elsewhere(
    archive: Archive, call: Call, do: Do, talk: Samples
) -> None:
    entry = do("mute", [[8.0, 8.25], [1.0, 3.0], [9.5, 99.0]])
    wanted = talk.copy()
    for start, end in ((8000, 24_000), (64_000, 66_000), (76_000, 80_000)):
        wanted[start:end] = 0
    assert np.array_equal(heard(archive, call.id, entry["name"]), wanted)


def test_the_master_is_never_rewritten(archive: Archive, call: Call, do: Do) -> None:
    master = archive.folder(call) / "master.flac.sealed"
    before = hashlib.sha256(master.read_bytes()).hexdigest()
    do("cut", [[1.0, 2.0]])
    do("mute", [[1.0, 2.0]])
    assert hashlib.sha256(master.read_bytes()).hexdigest() == before
    found = archive.calls.get(call.id)
    assert found.sha256 == call.sha256
    assert [entry["name"] for entry in copies(found)] == ["cut-1.flac", "muted-1.flac"]


def test_copies_are_sealed_and_in_the_ledger(
    archive: Archive, call: Call, do: Do
) -> None:
    do("cut", [[1.0, 2.0]])
    path = archive.folder(call) / "cut-1.flac.sealed"
    assert b"fLaC" not in path.read_bytes()
    assert not (archive.folder(call) / "cut-1.flac").exists()
    (entry,) = [e for e in archive.ledger.entries(call.id) if e.kind == "edited_copy"]
    assert entry.data["files"] == {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
    }


def test_copies_go_with_their_call(archive: Archive, call: Call, do: Do) -> None:
    do("cut", [[1.0, 2.0]])
    archive.eraser.erase([call.id], "ada", NOW, reason="asked", rules=Rules())
    left = {path.name for path in archive.folder(call).iterdir()}
    assert left <= {"call.json", "call.json.minisig"}
    assert copies(archive.calls.get(call.id)) == []


def test_a_copy_is_named_and_nothing_else_opens(
    archive: Archive, call: Call, do: Do
) -> None:
    do("cut", [[1.0, 2.0]])
    for name in ("cut-2.flac", "master.flac", "../call.json", "seal.key"):
        with pytest.raises(NoSuchCall):
            open_copy(archive, archive.calls.get(call.id), name)
    archive.keeping.restrict(call.id, "ada", NOW, reason="disputed")
    with pytest.raises(StoreError, match="restricted"):
        open_copy(archive, archive.calls.get(call.id), "cut-1.flac")


def test_there_is_an_end_to_copies(archive: Archive, call: Call, do: Do) -> None:
    record_of = archive.record_of(call.id)
    record_of.keeping["copies"] = [{"name": f"cut-{n}.flac"} for n in range(MAX_COPIES)]
    archive._writer.save(record_of)
    with pytest.raises(Refused, match="copies already"):
        do("cut", [[1.0, 2.0]])


def test_a_locked_recorder_copies_with_a_key_that_is_lent(
    archive: Archive, call: Call, do: Do, talk: Samples
) -> None:
    """The page has unlocked, the recorder has not: one data key for one deed."""
    archive.keyring.choose_passphrase("a long passphrase", NOW, CHEAP)
    archive.keyring.lock()
    with pytest.raises(Locked):
        do("cut", [[1.0, 2.0]])
    page = Keyring(archive.keyring.keystore)
    page.unlock("a long passphrase")
    with Archive(archive.state_dir, write=False, keyring=page) as unlocked:
        key = unlocked.sealer.key(call.id)
        entry = do("cut", [[1.0, 2.0]], data_key=key.hex())
        found = heard(unlocked, call.id, entry["name"])
    assert (found == talk[8000:16_000]).all()
    with pytest.raises(Locked):  # it was lent, not given
        archive.read_samples(call)
    with pytest.raises(SealBroken):
        do("cut", [[1.0, 2.0]], data_key="00" * 16)
    with pytest.raises(Refused, match="data_key"):
        do("cut", [[1.0, 2.0]], data_key="key")


def test_without_a_recorder_the_callers_keys_are_used(
    archive: Archive, settings: Settings, call: Call
) -> None:
    archive.keyring.choose_passphrase("a long passphrase", NOW, CHEAP)
    archive.close()
    page = Keyring(archive.keyring.keystore)
    page.unlock("a long passphrase")
    with Archive(archive.state_dir, write=False, keyring=page) as mine:
        made = act(
            settings, "cut", by="ada", call_id=call.id, spans=[[1.0, 2.0]],
            reason="claim", keys=mine,
        )  # fmt: skip
    assert made["copy"]["name"] == "cut-1.flac"
