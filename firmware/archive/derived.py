"""Cut and muted copies: files of their own with lineage; masters are never rewritten.

A copy lies in the folder of its call, sealed with the same key, and goes when the call
goes.  Its entry in the record names what it was made of (the hash of the master's
samples), what was done, by whom and why, and what came of it (its own hash).
"""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any, Literal

import numpy as np
import soundfile

from firmware.archive import disk, wav
from firmware.archive.careful import Careful
from firmware.archive.facade import Archive
from firmware.archive.folder import SEALED
from firmware.archive.keeping import NAME_LENGTH, wanted
from firmware.archive.model import Call, iso
from firmware.archive.reader import CHUNK, MasterReader, Samples
from firmware.archive.seal.files import PlainReader
from firmware.archive.seal.stream import StreamReader
from firmware.errors import NoSuchCall, Refused, StoreError

Kind = Literal["cut", "muted"]
#: Stretches of a call in seconds from the master's beginning.
Spans = Sequence[tuple[float, float]]

#: Copies of one call, and stretches of one copy; more is a mistake.
MAX_COPIES = 50
MAX_SPANS = 100
#: Shorter stretches are slips of the hand, s.
SHORTEST_S = 0.05


def cut(archive: Archive, call_id: str, span: tuple[float, float], by: str,
        now_utc: float, *, reason: str) -> dict[str, Any]:  # fmt: skip
    """Make a copy of one stretch of a call; return its entry."""
    return _make(archive, call_id, "cut", [span], by, now_utc, reason)


def mute(archive: Archive, call_id: str, spans: Spans, by: str,
         now_utc: float, *, reason: str) -> dict[str, Any]:  # fmt: skip
    """Make a copy of a call with silence in some stretches; return its entry."""
    return _make(archive, call_id, "muted", spans, by, now_utc, reason)


def copies(call: Call) -> list[dict[str, Any]]:
    """Return the entries of a call's copies, the first first."""
    return list(call.keeping.get("copies", ()))


def remove(archive: Archive, call_id: str, name: str, by: str, now_utc: float) -> None:
    """Remove a copy; the call and its other copies stay."""
    call = archive.keeping.finished(call_id)
    if name not in [entry["name"] for entry in copies(call)]:
        raise NoSuchCall(f"{call_id}: {name}")
    folder = archive.folder(call)
    stored = name + SEALED if (folder / (name + SEALED)).exists() else name
    by = wanted(by, "a name")[:NAME_LENGTH]
    archive.keeping.drop_copy(call_id, by, now_utc, name, stored)
    with disk.plainly(f"{call_id}: {name} cannot be removed"):
        (folder / stored).unlink(missing_ok=True)
        disk.sync_folder(folder)


def open_copy(archive: Archive, call: Call, name: str) -> StreamReader | PlainReader:
    """Open a copy as a FLAC file; Locked if it is sealed, as the master is."""
    if name not in [entry["name"] for entry in copies(call)]:
        raise NoSuchCall(f"{call.id}: {name}")
    archive.master_path(call)  # what may not be heard may not be heard in part
    return archive.open_sealed(call, name)


def _make(
    archive: Archive,
    call_id: str,
    kind: Kind,
    spans: Spans,
    by: str,
    now_utc: float,
    reason: str,
) -> dict[str, Any]:
    by, reason = wanted(by, "a name")[:NAME_LENGTH], wanted(reason, "a reason")
    call = archive.keeping.finished(call_id)
    if call.audio == "closing":
        raise Refused(f"call {call_id}: it is still being packed; try in a minute")
    with archive.open_audio(call) as reader:
        stretches = _samples(spans, reader.frames)
        pieces = (
            _muted(reader, stretches) if kind == "muted" else _cut(reader, stretches[0])
        )
        name = _free_name(call, kind)
        sha256, count = _write(archive, call, name, pieces)
    entry = {
        "name": name,
        "kind": kind,
        "spans": [[a / wav.FS, b / wav.FS] for a, b in stretches],
        "audio_s": count / wav.FS,
        "sha256": sha256,
        "of_sha256": call.sha256,
        "by": by,
        "at_utc": iso(now_utc),
        "reason": reason,
    }
    archive.keeping.add_copy(call_id, by, now_utc, entry, _stored(archive, call, name))
    return entry


def _samples(spans: Spans, frames: int) -> list[tuple[int, int]]:
    """Return stretches in samples, in order; Refused unless they are in the call."""
    if not 0 < len(spans) <= MAX_SPANS:
        raise Refused(f"spans: want 1 to {MAX_SPANS}, got {len(spans)}")
    found = []
    for start_s, end_s in sorted(spans):
        start, end = round(start_s * wav.FS), min(round(end_s * wav.FS), frames)
        if start < 0 or end - start < SHORTEST_S * wav.FS:
            raise Refused(
                f"spans: want from..to within 0..{frames / wav.FS:.2f} s, "
                f"got {start_s:g}..{end_s:g}"
            )
        found.append((start, end))
    return found


def _cut(reader: MasterReader, span: tuple[int, int]) -> Iterator[Samples]:
    start, end = span
    for at in range(start, end, CHUNK):
        yield reader.read(at, min(CHUNK, end - at))


def _muted(reader: MasterReader, spans: list[tuple[int, int]]) -> Iterator[Samples]:
    for at in range(0, reader.frames, CHUNK):
        piece = np.array(reader.read(at, CHUNK))
        for start, end in spans:
            piece[max(0, start - at) : max(0, end - at)] = 0
        yield piece


def _write(
    archive: Archive, call: Call, name: str, pieces: Iterator[Samples]
) -> tuple[str, int]:
    """Write a copy, sealed as the call is; return hash and count of its samples."""
    digest, count = hashlib.sha256(), 0
    with archive.seal_writer(call, name) as file:
        careful = Careful(file)
        try:
            with soundfile.SoundFile(
                careful, "w", wav.FS, 1, "PCM_16", format="FLAC", closefd=False
            ) as made:
                for piece in pieces:
                    digest.update(piece.astype("<i2", copy=False).tobytes())
                    count += len(piece)
                    made.write(piece)
        # soundfile asserts that libsndfile wrote all it was given.
        except (soundfile.SoundFileError, AssertionError) as error:
            if careful.problem is None:
                raise StoreError(f"{name}: {str(error) or 'short write'}") from error
        if careful.problem is not None:
            raise careful.problem
    return digest.hexdigest(), count


def _free_name(call: Call, kind: Kind) -> str:
    taken = {entry["name"] for entry in copies(call)}
    for number in range(1, MAX_COPIES + 1):
        name = f"{kind}-{number}.flac"
        if len(taken) < MAX_COPIES and name not in taken:
            return name
    raise Refused(f"call {call.id}: has {MAX_COPIES} copies already")


def _stored(archive: Archive, call: Call, name: str) -> tuple[str, str]:
    """Return under what name a copy lies in the folder, and the hash of the file."""
    folder = archive.folder(call)
    path = folder / (name + SEALED)
    path = path if path.exists() else folder / name
    with path.open("rb") as file:
        return path.name, hashlib.file_digest(file, "sha256").hexdigest()
