"""Calls and checks that the archive's tests share."""

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firmware.archive import Archive
from firmware.archive.master import Master
from firmware.archive.model import Call

Samples = NDArray[np.int16]

START = 1_800_000_000.0
BLOCK = 160
#: Samples in a sealed page; what has not filled one is in RAM.
PAGE_SAMPLES = 2040


def new_call(archive: Archive, start_utc: float = START, **fields: Any) -> Call:
    return Call(archive.new_id(start_utc), "1", start_utc, **fields)


def feed(master: Master, samples: Samples) -> None:
    """Append as a recorder does, 20 ms at a time."""
    for at in range(0, len(samples), BLOCK):
        master.append(samples[at : at + BLOCK])


def record(
    archive: Archive, samples: Samples, start_utc: float = START, **fields: Any
) -> Call:
    """Record one call from its first ring to its end; packing is left to do."""
    call = new_call(archive, start_utc, direction="incoming", **fields)
    archive.begin(call)
    master = archive.open_master(call)
    feed(master, samples)
    call.outcome, call.answer_s = "answered", 0.0
    call.end_s = call.duration_s = len(samples) / 8000
    archive.end(call)
    return call


@contextmanager
def fast_folder() -> Iterator[Path]:
    """A folder in memory where there is one, for tests that start hundreds of times."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as name:
        yield Path(name)


def sha256(samples: Samples) -> str:
    return hashlib.sha256(samples.astype("<i2").tobytes()).hexdigest()


def assert_sound(archive: Archive) -> None:
    """Rows and folders agree, and every promised audio opens and has its hash."""
    on_disk = {path.name for path in archive.state_dir.glob("recordings/*/*/*/*")}
    assert archive.calls.ids() == on_disk
    for call_id in on_disk:
        call = archive.calls.get(call_id)
        folder = archive.folder(call)
        names = {path.name for path in folder.iterdir()}
        assert {n for n in names if n.endswith((".tmp", ".part"))} == set()
        if call.audio == "none":
            assert call.no_audio_reason is not None or call.outcome == "in_progress"
            assert not any(name.startswith("master.") for name in names)
            assert "seal.key" not in names or call.outcome == "in_progress"
            continue
        samples = archive.read_samples(call)
        assert len(samples) == round(call.audio_s * 8000)
        stepped = call.keeping.get("small", {}).get("alone", False)
        if call.sha256 is not None and not stepped:
            assert sha256(samples) == call.sha256
        if call.audio == "kept" and stepped:
            assert names & {"master.opus", "master.opus.sealed"}
            assert not names & {"master.flac", "master.flac.sealed"}
        elif call.audio == "kept":
            assert names & {"master.flac", "master.flac.sealed"}
            assert call.sha256 is not None
