"""Checks one call: record, signature, files and sound against what the ledger says."""

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from firmware.archive import wav
from firmware.archive.folder import SIDECAR
from firmware.archive.ledger import facts, merkle, minisign, seconds
from firmware.archive.ledger.audit import Told
from firmware.archive.ledger.problem import Problem
from firmware.archive.reader import MasterReader, chunks
from firmware.errors import Locked, StoreError

#: Opens a call's sound; Locked if its seal cannot be opened.
Opener = Callable[[str], MasterReader]


def inspect(
    folder: Path, told: Told | None, public: bytes | None, row: str | None
) -> Iterator[Problem]:
    """Name what is wrong with a call as it lies on the disk, without its private key.

    `told` is what the ledger says, `row` what the catalogue says, None if nothing.
    """
    call = folder.name
    if not folder.is_dir():
        if told is None:
            yield Problem("row_unknown", "", call)
        elif told.gone != "all":
            yield Problem("record_missing", "", call)
        return
    try:
        raw = (folder / SIDECAR).read_bytes()
        record = json.loads(raw)
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
    waits = record.get("audio") == "closing" and not told.files
    if not waits:
        yield from _signature(folder, raw, public)
        yield from _files(folder, told)
    yield from _facts(call, record, told)
    yield from _row(call, record, row)


def _signature(folder: Path, raw: bytes, public: bytes | None) -> Iterator[Problem]:
    name = SIDECAR + minisign.ENDING
    if public is None:
        return
    try:
        text = (folder / name).read_text("utf-8")
        comment = minisign.check(raw, text, public)
        if comment != f"call:{folder.name}":
            raise minisign.SignatureError("it is of another call")
    except FileNotFoundError:
        yield Problem("signature_missing", name, folder.name)
    except (OSError, ValueError) as error:
        yield Problem("signature_altered", name, folder.name, str(error))


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


def _files(folder: Path, told: Told) -> Iterator[Problem]:
    """Compare the files with the ledger's list."""
    call = folder.name
    there = {path.name: path for path in facts.content(folder)}
    for name, digest in told.files.items():
        path = there.pop(name, None)
        if path is None:
            if digest is not None:
                yield Problem("file_missing", name, call)
        elif digest is None:
            yield Problem("file_back", name, call)
        else:
            yield from _file(path, digest)
    for name in there:
        yield Problem("file_unknown", name, call)


def _file(path: Path, digest: str) -> Iterator[Problem]:
    call = path.parent.name
    try:
        found = facts.hash_file(path)
    except OSError as error:
        yield Problem("unreadable", path.name, call, str(error.strerror))
        return
    if found == digest:
        return
    yield Problem("file_altered", path.name, call)


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


def hashes(folder: Path, told: Told) -> Iterator[Problem]:
    """Check that the stored hashes of the seconds lead to the root."""
    path = folder / seconds.NAME
    if told.root is None or told.gone or not path.exists():
        return
    try:
        samples, leaves = seconds.read(path.read_bytes())
    except (OSError, StoreError) as error:
        yield Problem("hashes_altered", path.name, folder.name, str(error))
        return
    if merkle.root(leaves).hex() != told.root or samples > len(leaves) * wav.FS:
        yield Problem("hashes_altered", path.name, folder.name)
