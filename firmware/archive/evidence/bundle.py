"""Builds an evidence bundle: one zip with the recording, its record and the proof.

Nothing in the zip is compressed, so that a browser can read it without a library.  The
manifest holds the hash of every file and is signed with the box's key, in the form
that both minisign and a browser can check.
"""

import hashlib
import json
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from dsp.agc import ListeningCopy
from firmware import __version__
from firmware.archive.evidence import papers, sheet, wave
from firmware.archive.facade import Archive
from firmware.archive.folder import (
    SIDECAR,
    SIGNATURE,
    SMALL_MASTERS,
    packed_master,
)
from firmware.archive.ledger import facts, minisign, seconds
from firmware.archive.ledger import key as signing
from firmware.archive.ledger.anchors import Anchors
from firmware.archive.masks import spans_of
from firmware.archive.model import Call, iso
from firmware.archive.reader import MasterReader, chunks
from firmware.archive.wav import FS
from firmware.errors import StoreError

MANIFEST = "manifest.json"
ORIGINAL, LISTENING = "original.wav", "listening.wav"
HERE = Path(__file__).parent
#: Files that are the same in every bundle.
FIXED = ("verify.html", "README.txt")


class Packer:
    """Writes files into the zip and remembers their hashes."""

    def __init__(self, target: IO[bytes], at_utc: float) -> None:
        self._zip = zipfile.ZipFile(
            target, "w", zipfile.ZIP_STORED, strict_timestamps=False
        )
        self._date = datetime.fromtimestamp(at_utc, UTC).timetuple()[:6]
        self.hashes: dict[str, str] = {}

    def add(self, name: str, data: bytes) -> None:
        """Add a small file."""
        self.stream(name, [data])

    def stream(self, name: str, pieces: Iterator[bytes] | list[bytes]) -> None:
        """Add a file piece by piece."""
        digest = hashlib.sha256()
        info = zipfile.ZipInfo(name, self._date)
        with self._zip.open(info, "w", force_zip64=False) as file:
            for piece in pieces:
                digest.update(piece)
                file.write(piece)
        self.hashes[name] = digest.hexdigest()

    def close(self) -> None:
        """Finish the zip."""
        self._zip.close()


def build(
    archive: Archive,
    call_id: str,
    target: IO[bytes],
    *,
    by: str,
    now_utc: float,
    reason: str = "evidence",
) -> None:
    """Write the bundle of a call that is over; the export is entered in the ledger.

    Raises StoreError if the call still runs, waits to be packed or cannot be read,
    Locked if its sound is sealed and nobody has unlocked.
    """
    call = _ready(archive, call_id)
    if call.audio != "none":
        with archive.open_audio(call):  # Locked is said before anything is entered
            pass
    archive.ledger.add(
        "exported", call_id, by, now_utc, format="evidence", reason=reason
    )
    proof = papers.gather(archive.ledger, Anchors(archive.state_dir), call_id)
    packer = Packer(target, now_utc)
    try:
        for name in FIXED:
            packer.add(name, (HERE / name).read_bytes())
        for name, data in proof.files.items():
            packer.add(name, data)
        _add_record(packer, archive, call)
        _add_keys(packer, archive)
        if call.audio != "none":
            _add_sound(packer, archive, call)
        page = sheet.render(call, proof, dict(packer.hashes), now_utc)
        packer.add("sheet.html", page.encode())
        _add_manifest(packer, archive, call, by, now_utc)
    finally:
        packer.close()


def _ready(archive: Archive, call_id: str) -> Call:
    archive.calls.get(call_id)  # NoSuchCall
    call = archive.record_of(call_id)
    if call.outcome == "in_progress" or call.audio in ("recording", "closing"):
        raise StoreError(f"call {call_id}: its recording is not stored yet; try later")
    if "salt" not in call.proof:
        raise StoreError(f"call {call_id}: was erased, or is not in the ledger yet")
    return call


def _add_record(packer: Packer, archive: Archive, call: Call) -> None:
    folder = archive.folder(call)
    for name in (SIDECAR, SIGNATURE):
        path = folder / name
        if path.exists():
            packer.add(name, path.read_bytes())
    record = json.loads((folder / SIDECAR).read_bytes())
    packer.add("facts.json", facts.facts_text(record))


def _add_keys(packer: Packer, archive: Archive) -> None:
    key = signing.load(archive.state_dir).public_key()
    pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    packer.add("key.txt", f"{archive.ledger.public_key.text}\n".encode())
    packer.add("key.pem", pem)
    packer.add("key.pub", minisign.public_file(key.public_bytes_raw()).encode())


def _add_sound(packer: Packer, archive: Archive, call: Call) -> None:
    with archive.open_audio(call) as reader:
        if _is_lossless(archive.folder(call)) and not spans_of(call):
            packer.stream(ORIGINAL, _wave(call, reader, _plain))
        packer.stream(LISTENING, _wave(call, reader, _listening))
    stored = archive.folder(call) / seconds.NAME
    if stored.exists():
        packer.add(seconds.NAME, stored.read_bytes())


def _is_lossless(folder: Path) -> bool:
    """Tell whether the master still is what was recorded, sample by sample."""
    master = packed_master(folder)
    return master is not None and master.name not in SMALL_MASTERS


def _wave(
    call: Call,
    reader: MasterReader,
    change: Callable[[MasterReader], Iterator[Any]],
) -> Iterator[bytes]:
    yield wave.header(call, reader.frames)
    for piece in change(reader):
        yield piece.astype("<i2", copy=False).tobytes()


def _plain(reader: MasterReader) -> Iterator[Any]:
    yield from chunks(reader)


def _listening(reader: MasterReader) -> Iterator[Any]:
    """Yield what a person hears: exactly as many samples as the original has."""
    maker, left = ListeningCopy(FS), reader.frames
    for piece in chunks(reader):
        made = maker.feed(piece)
        left -= len(made)
        yield made
    yield maker.flush()[:left]


def _add_manifest(
    packer: Packer, archive: Archive, call: Call, by: str, now_utc: float
) -> None:
    data = {
        "version": papers.VERSION,
        "call": call.id,
        "made_utc": iso(now_utc),
        "by": by,
        "software": f"Linekeeper {__version__}",
        "salt": call.proof["salt"],
        "files": dict(sorted(packer.hashes.items())),
    }
    raw = json.dumps(data, indent=1, ensure_ascii=False).encode()
    key = signing.load(archive.state_dir)
    comment = f"call:{call.id} made:{data['made_utc']}"
    packer.add(MANIFEST, raw)
    signature = minisign.sign(raw, key, comment, hashed=False)
    packer.add(f"{MANIFEST}{minisign.ENDING}", signature.encode())
