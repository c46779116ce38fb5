"""The smaller copy of a master: Opus, made when a call is packed, kept beside it.

It is made then because the data key is at hand then; later the master can step down
to it without anybody unlocking.  About a fifth of FLAC's bytes; what was said is
heard as well, but it is no evidence sample by sample, and its hash says which it is.
"""

import hashlib
from pathlib import Path
from typing import IO, Any

import soundfile

from firmware.archive import wav
from firmware.archive.model import Call
from firmware.archive.reader import MasterReader, chunks
from firmware.errors import Refused, StoreError

NAME = "master.opus"
#: As it lies in the folder: sealed where the call is.
STORED = (f"{NAME}.sealed", NAME)
#: What it takes the place of.
MASTERS = ("master.flac.sealed", "master.flac", "master.pcm.sealed", "master.wav")


def encode(reader: MasterReader, target: IO[bytes] | Any) -> None:
    """Write a master as Ogg Opus of the same length."""
    try:
        with soundfile.SoundFile(
            target, "w", wav.FS, 1, "OPUS", format="OGG", closefd=False
        ) as packed:
            for piece in chunks(reader):
                packed.write(piece)
    # soundfile asserts that libsndfile wrote all it was given.
    except (soundfile.SoundFileError, AssertionError) as error:
        raise StoreError(f"opus: {str(error) or 'short write'}") from error


def entry(folder: Path) -> dict[str, Any]:
    """Return what the record says of the copy in a folder."""
    path = _find(folder)
    return {"name": path.name, "bytes": path.stat().st_size, "sha256": _hash(path)}


def stored(folder: Path, call: Call) -> Path:
    """Return the copy; Refused unless it is what was made."""
    known = call.keeping.get("small")
    if known is None:
        raise Refused(f"call {call.id}: has no smaller copy")
    if known.get("alone"):
        raise Refused(f"call {call.id}: has stepped down already")
    path = _find(folder)
    if _hash(path) != known["sha256"]:
        raise StoreError(f"call {call.id}: its smaller copy is damaged; both stay")
    return path


def masters(folder: Path) -> list[Path]:
    """Return where the master that gives way may lie."""
    return [folder / name for name in MASTERS]


def _find(folder: Path) -> Path:
    for name in STORED:
        if (folder / name).exists():
            return folder / name
    raise StoreError(f"call {folder.name}: its smaller copy is missing")


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
