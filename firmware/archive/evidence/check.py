"""Checks a bundle with nothing but the bundle: signatures, hashes, paths, stamps.

The order is that of `verify.html`; each step rests on those before it.  What stays
open is whose key it is: compare it with what the box's owner printed, or trust the
authority that stamped the ledger.
"""

import base64
import binascii
import hashlib
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from firmware.archive.evidence import wave
from firmware.archive.evidence.bundle import MANIFEST, ORIGINAL
from firmware.archive.folder import LOSSLESS_MASTERS, SIDECAR
from firmware.archive.ledger import facts, merkle, minisign, seconds, tsa
from firmware.archive.ledger.anchors import Trust
from firmware.archive.ledger.audit import Told
from firmware.archive.ledger.note import Checkpoint, Note, NoteError, NoteKey
from firmware.archive.ledger.problem import Problem
from firmware.archive.ledger.tsa import Stamp, TokenError
from firmware.archive.masks import spans_of
from firmware.archive.model import Call
from firmware.errors import StoreError

#: Largest bundle that is read: a day of sound.
MAX_BYTES = 3 << 30
#: And of what is read besides sound, bytes; a zip can claim to unpack to anything.
MAX_TEXT = 64 << 20


class Wrong(Exception):
    """The first thing that is wrong; later steps would rest on it."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


@dataclass(slots=True)
class Found:
    """What a bundle proves."""

    call: str = ""
    key: str = ""
    entries: int = 0
    samples: int = 0
    stamps: list[Stamp] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)  # could not be checked here
    problem: Problem | None = None

    @property
    def good(self) -> bool:
        """Is nothing wrong?"""
        return self.problem is None


def check(path: Path, trust: Trust | None = None, key: NoteKey | None = None) -> Found:
    """Check a bundle; the first thing that is wrong is named and ends the check.

    With `key` the bundle has to be of the box that has this public key.
    """
    found = Found()
    try:
        with zipfile.ZipFile(path) as bundle:
            _check(_Bundle(bundle), found, trust or Trust(), key)
    except Wrong as wrong:
        found.problem = wrong.problem
    except (zipfile.BadZipFile, OSError, ValueError, KeyError, TypeError) as error:
        found.problem = Problem("unreadable", path.name, found.call, str(error))
    return found


class _Bundle:
    """The files of the zip."""

    def __init__(self, bundle: zipfile.ZipFile) -> None:
        self._zip = bundle
        self.names = [info.filename for info in bundle.infolist()]
        if sum(info.file_size for info in bundle.infolist()) > MAX_BYTES:
            raise ValueError("too large")
        if len(set(self.names)) < len(self.names):
            raise ValueError("a name comes twice")

    def __contains__(self, name: str) -> bool:
        return name in self.names

    def read(self, name: str, most: int = MAX_TEXT) -> bytes:
        if name not in self.names:
            raise Wrong(Problem("file_missing", name))
        if self._zip.getinfo(name).file_size > most:
            raise ValueError(f"{name}: too large")
        try:
            return self._zip.read(name)
        except zipfile.BadZipFile as error:
            raise Wrong(Problem("file_altered", name, "", "damaged")) from error

    def text(self, name: str) -> str:
        try:
            return self.read(name).decode()
        except UnicodeDecodeError as error:
            raise Wrong(Problem("file_altered", name, "", "not a text")) from error

    def hash(self, name: str) -> str:
        digest = hashlib.sha256()
        try:
            with self._zip.open(name) as file:
                while piece := file.read(1 << 20):
                    digest.update(piece)
        except zipfile.BadZipFile as error:
            raise Wrong(Problem("file_altered", name, "", "damaged")) from error
        return digest.hexdigest()


def _check(
    bundle: _Bundle, found: Found, trust: Trust, expected: NoteKey | None
) -> None:
    key = _key(bundle, found)
    if expected is not None and key != expected:
        raise Wrong(Problem("key_missing", "key.txt", "", "it is of another box"))
    manifest = _manifest(bundle, key, found)
    ledger = json.loads(bundle.read("ledger.json"))
    checkpoint = _checkpoint(bundle, "checkpoint.txt", key, found)
    told = _entries(ledger, checkpoint, found)
    _seen(bundle, ledger, checkpoint, key, found, trust)
    _record(bundle, manifest, told, found)
    _sound(bundle, manifest, told, found)


def _key(bundle: _Bundle, found: Found) -> NoteKey:
    try:
        key = NoteKey.parse(bundle.text("key.txt"))
    except NoteError as error:
        raise Wrong(Problem("key_missing", "key.txt", "", str(error))) from error
    found.key = key.text
    return key


def _manifest(bundle: _Bundle, key: NoteKey, found: Found) -> dict[str, Any]:
    signature = MANIFEST + minisign.ENDING
    raw = bundle.read(MANIFEST)
    try:
        minisign.check(raw, bundle.text(signature), key.key, own=True)
    except minisign.SignatureError as error:
        raise Wrong(Problem("signature_altered", signature, "", str(error))) from error
    manifest: dict[str, Any] = json.loads(raw)
    found.call = manifest["call"]
    files = manifest["files"]
    for name in bundle.names:
        if name not in files and name not in (MANIFEST, signature):
            raise Wrong(Problem("file_unknown", name, found.call))
    for name, digest in files.items():
        if name not in bundle:
            raise Wrong(Problem("file_missing", name, found.call))
        if bundle.hash(name) != digest:
            raise Wrong(Problem("file_altered", name, found.call))
    return manifest


def _checkpoint(bundle: _Bundle, name: str, key: NoteKey, found: Found) -> Checkpoint:
    try:
        note = Note.parse(bundle.text(name))
        checkpoint = Checkpoint.of(note)
        key.check(note)
    except NoteError as error:
        raise Wrong(Problem("anchor_altered", name, found.call, str(error))) from error
    if checkpoint.origin != key.name:
        raise Wrong(Problem("rewritten", name, found.call, "of another ledger"))
    return checkpoint


def _entries(ledger: dict[str, Any], checkpoint: Checkpoint, found: Found) -> Told:
    """Check each entry's path, and gather what they say of the call."""
    told = Told()
    last = -1
    for each in ledger["entries"]:
        index, line = int(each["index"]), str(each["line"]).encode()
        where = f"entry {index}"
        leaf, path = merkle.leaf_hash(line), _digests(each["path"])
        size, root = checkpoint.size, checkpoint.root
        if index <= last or not merkle.is_included(index, size, leaf, path, root):
            raise Wrong(Problem("entry_altered", where, found.call))
        entry = json.loads(line)
        if entry["call"] != found.call:
            raise Wrong(Problem("entry_altered", where, found.call, "another call's"))
        told.hear(index, entry)
        last = index
        found.entries += 1
    if not told.born:
        raise Wrong(Problem("record_unknown", "ledger.json", found.call))
    return told


def _seen(
    bundle: _Bundle,
    ledger: dict[str, Any],
    checkpoint: Checkpoint,
    key: NoteKey,
    found: Found,
    trust: Trust,
) -> None:
    """Check the checkpoint that was seen outside, and that nothing changed since."""
    if "seen.txt" not in bundle:
        return
    seen = _checkpoint(bundle, "seen.txt", key, found)
    steps = _digests(ledger["seen"]["steps"])
    sizes, roots = (seen.size, checkpoint.size), (seen.root, checkpoint.root)
    if not merkle.is_consistent(*sizes, *roots, steps):
        raise Wrong(Problem("rewritten", "seen.txt", found.call))
    if "seen.tsr" in bundle:
        _stamp(bundle, found, trust)
    if "seen.witnesses.txt" in bundle:
        _witnesses(bundle, found, trust)


def _stamp(bundle: _Bundle, found: Found, trust: Trust) -> None:
    token, data = bundle.read("seen.tsr"), bundle.read("seen.txt")
    try:
        if trust.roots is None:
            tsa.covers(token, data)
            found.unchecked.append("seen.tsr: who stamped it (give --tsa-certificates)")
        else:
            found.stamps.append(tsa.check(token, data, trust.roots))
    except TokenError as error:
        problem = Problem("stamp_altered", "seen.tsr", found.call, str(error))
        raise Wrong(problem) from error


def _witnesses(bundle: _Bundle, found: Found, trust: Trust) -> None:
    name = "seen.witnesses.txt"
    try:
        note = Note.parse(bundle.text("seen.txt") + bundle.text(name))
        for key in trust.witnesses:
            if any(signer == key.name for signer, _, _ in note.signatures):
                found.stamps.append(Stamp(float(key.check(note) or 0), key.name))
    except NoteError as error:
        raise Wrong(Problem("stamp_altered", name, found.call, str(error))) from error
    if not trust.witnesses:
        found.unchecked.append(f"{name}: the witness's signature (give --witness)")


def _record(
    bundle: _Bundle, manifest: dict[str, Any], told: Told, found: Found
) -> None:
    """Check the record against the facts that the ledger vouches for."""
    record, text = json.loads(bundle.read(SIDECAR)), bundle.read("facts.json")
    same = (
        record["id"] == found.call
        and facts.facts_text(record) == text
        and facts.hash_facts(record, manifest["salt"]) == told.facts
    )
    if not same:
        raise Wrong(Problem("record_altered", SIDECAR, found.call))


def _sound(bundle: _Bundle, manifest: dict[str, Any], told: Told, found: Found) -> None:
    """Check every second of the sound against the root in the ledger."""
    if ORIGINAL not in bundle:
        record = json.loads(bundle.read(SIDECAR))
        if spans_of(Call.from_json(record)):
            return  # the original holds card numbers, and stays where it is
        if any(told.files.get(name) for name in LOSSLESS_MASTERS):
            raise Wrong(Problem("file_missing", ORIGINAL, found.call))
        return
    data = bundle.read(ORIGINAL, MAX_BYTES)
    begin, size = wave.samples_at(data)
    samples = np.frombuffer(data, "<i2", size // 2, begin)
    found.samples = len(samples)
    heard = seconds.hash_seconds([samples], manifest["salt"])
    if told.root is None:
        _whole(samples.tobytes(), manifest["salt"], told, found)
    elif heard.root.hex() != told.root:
        raise Wrong(Problem("audio_altered", _second(bundle, heard), found.call))


def _whole(data: bytes, salt: str, told: Told, found: Found) -> None:
    """Check sound that has no hashes of seconds: recorded before there was a ledger."""
    digest = facts.salted_samples(hashlib.sha256(data).hexdigest(), salt)
    if digest != told.samples_sha256:
        raise Wrong(Problem("audio_altered", ORIGINAL, found.call))


def _second(bundle: _Bundle, heard: seconds.Seconds) -> str:
    """Return the first second that differs from the stored hashes."""
    try:
        _, leaves = seconds.read(bundle.read(seconds.NAME))
    except (Wrong, StoreError):
        return ORIGINAL
    pairs = enumerate(zip(leaves, heard.leaves, strict=False))
    first = next((at for at, (a, b) in pairs if a != b), len(heard.leaves))
    return f"second {first}"


def _digests(texts: list[str]) -> list[bytes]:
    def decoded() -> Iterator[bytes]:
        for text in texts:
            yield base64.b64decode(text, validate=True)

    try:
        return list(decoded())
    except binascii.Error as error:
        raise ValueError("a path is not one") from error
