"""Checks one call: record, signature, files and sound against what the ledger says."""

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from firmware.archive import wav
from firmware.archive.folder import GROWING, SIDECAR
from firmware.archive.ledger import facts, merkle, minisign, seconds
from firmware.archive.ledger.audit import Told
from firmware.archive.ledger.problem import Problem
from firmware.archive.reader import MasterReader, chunks
from firmware.errors import Locked, StoreError

#: Opens a call's sound; Locked if its seal cannot be opened.
Opener = Callable[[str], MasterReader]


@dataclass(frozen=True, slots=True)
class Job:
    """One call to be looked at: its folder, and what ledger and catalogue say."""

    folder: str
    told: Told | None
    row: str | None
    unsettled: bool = False

    @property
    def call(self) -> str:
        """The call's id."""
        return os.path.basename(self.folder)


def look_at_all(jobs: Iterable[Job], public: bytes | None) -> list[Problem]:
    """Look at several calls; may run in a process of its own."""
    return [problem for job in jobs for problem in look_at(job, public)]


def look_at(job: Job, public: bytes | None) -> list[Problem]:
    """Name what is wrong with a call as it lies on the disk, without a private key."""
    return [
        problem
        for problem in _look(job, public)
        if not (job.unsettled and problem.where in GROWING)  # it is about to go
    ]


def _look(job: Job, public: bytes | None) -> Iterator[Problem]:
    call, told = job.call, job.told
    try:
        names = sorted(os.listdir(job.folder))
    except (FileNotFoundError, NotADirectoryError):
        yield Problem("row_unknown" if told is None else "record_missing", "", call)
        return
    try:
        raw = _read(job.folder, SIDECAR)
        record = json.loads(raw.decode())
        if not isinstance(record, dict) or record.get("id") != call:
            raise ValueError("it is of another call")
    except FileNotFoundError:
        yield Problem("record_missing", SIDECAR, call)
        return
    except (OSError, ValueError) as error:
        yield Problem("record_damaged", SIDECAR, call, str(error))
        return
    if told is None:
        if record.get("outcome") != "in_progress":
            yield Problem("record_unknown", "", call)
        return
    if told.files or record.get("audio") != "closing":
        yield from _signature(job, raw, public)
        yield from _files(job, told, names)
    yield from _facts(call, record, told)
    yield from _row(call, record, job.row)
    if told.root is not None and not told.gone and seconds.NAME in names:
        yield from _hashes(job, told.root)


def _read(folder: str, name: str) -> bytes:
    with open(f"{folder}/{name}", "rb", buffering=0) as file:
        data: bytes = file.read()
    return data


def _signature(job: Job, raw: bytes, public: bytes | None) -> Iterator[Problem]:
    name = SIDECAR + minisign.ENDING
    if public is None:
        return
    try:
        text = _read(job.folder, name).decode()
        comment = minisign.check(raw, text, public, own=True)
        if comment != f"call:{job.call}":
            raise minisign.SignatureError("it is of another call")
    except FileNotFoundError:
        yield Problem("signature_missing", name, job.call)
    except (OSError, ValueError) as error:
        yield Problem("signature_altered", name, job.call, str(error))


def _facts(call: str, record: dict[str, Any], told: Told) -> Iterator[Problem]:
    proof = record.get("proof")
    salt = proof.get("salt") if isinstance(proof, dict) else None
    if told.gone == "all" and salt is None:
        return
    try:
        found = facts.hash_facts(record, str(salt))
    except ValueError:
        found = None
    if found is None or found != told.facts:
        yield Problem("record_altered", SIDECAR, call)


def _row(call: str, record: dict[str, Any], row: str | None) -> Iterator[Problem]:
    if row is None:
        yield Problem("row_missing", "", call)
        return
    try:
        same = json.loads(row) == record
    except ValueError:
        same = False
    if not same:
        yield Problem("row_altered", "", call)


def _files(job: Job, told: Told, names: list[str]) -> Iterator[Problem]:
    """Compare the files with the ledger's list."""
    left = {name for name in names if facts.is_content(name)}
    for name, digest in told.files.items():
        there = name in left
        left.discard(name)
        if there and digest is None:
            yield Problem("file_back", name, job.call)
        elif there:
            yield from _file(job, name, digest)
        elif digest is not None:
            yield Problem("file_missing", name, job.call)
    for name in sorted(left):
        yield Problem("file_unknown", name, job.call)


def _file(job: Job, name: str, digest: str | None) -> Iterator[Problem]:
    try:
        if facts.hash_file(Path(job.folder, name)) != digest:
            yield Problem("file_altered", name, job.call)
    except OSError as error:
        yield Problem("unreadable", name, job.call, str(error.strerror))


def _hashes(job: Job, root: str) -> Iterator[Problem]:
    """Check that the stored hashes of the seconds lead to the root."""
    try:
        samples, leaves = seconds.read(_read(job.folder, seconds.NAME))
    except (OSError, StoreError) as error:
        yield Problem("hashes_altered", seconds.NAME, job.call, str(error))
        return
    if merkle.root(leaves).hex() != root or samples > len(leaves) * wav.FS:
        yield Problem("hashes_altered", seconds.NAME, job.call)


def listen(folder: Path, told: Told, salt: str, opener: Opener) -> Iterator[Problem]:
    """Compare the sound itself, second by second; Locked if the seal is closed."""
    call = folder.name
    if told.root is None and told.samples_sha256 is None:
        return
    try:
        with opener(call) as reader:
            yield from _sound(folder, told, salt, reader)
    except Locked:
        raise
    except StoreError as error:
        yield Problem("unreadable", "", call, str(error))


def _sound(
    folder: Path, told: Told, salt: str, reader: MasterReader
) -> Iterator[Problem]:
    digest, found = hashlib.sha256(), seconds.Seconds(bytes.fromhex(salt))
    for piece in chunks(reader):
        digest.update(piece.astype("<i2", copy=False).tobytes())
        found.feed(piece)
    found.flush()
    if told.root is not None:
        if found.root.hex() != told.root:
            yield _first_wrong(folder, found)
    elif facts.salted_samples(digest.hexdigest(), salt) != told.samples_sha256:
        yield Problem("audio_altered", "", folder.name)


def _first_wrong(folder: Path, found: seconds.Seconds) -> Problem:
    """Name the first second that differs, if hashes.dat can still tell."""
    call = folder.name
    try:
        _, leaves = seconds.read((folder / seconds.NAME).read_bytes())
    except (OSError, StoreError):
        return Problem("audio_altered", "", call)
    pairs = zip(leaves, found.leaves, strict=False)
    wrong = (at for at, (stored, heard) in enumerate(pairs) if stored != heard)
    first = next(wrong, min(len(leaves), len(found.leaves)))
    return Problem("audio_altered", f"second {first}", call)
