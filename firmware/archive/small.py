"""The smaller copy of a master: Opus, made when a call is packed, kept beside it.

It is made then because the data key is at hand then; later the master can step down
to it without anybody unlocking.  About a fifth of FLAC's bytes; what was said is
heard as well, but it is no evidence sample by sample, and its hash says which it is.
"""

import hashlib
from pathlib import Path
from typing import Any

import soundfile

from firmware.archive import wav
from firmware.archive.careful import Careful
from firmware.archive.folder import (
    GROWING,
    LOSSLESS_MASTERS,
    MASTER_OPUS,
    MASTER_OPUS_SEALED,
    SEALED,
    SMALL_MASTERS,
    packed_master,
)
from firmware.archive.masks import Spans, masked
from firmware.archive.model import Call
from firmware.archive.opening import GetKey, open_master
from firmware.archive.reader import MasterReader, chunks
from firmware.archive.seal.files import PlainFile, SealedFile
from firmware.errors import Refused, StoreError


def make(folder: Path, key: GetKey, mute: Spans = ()) -> dict[str, Any]:
    """Make the copy in the folder of a packed call, and return its entry.

    It is silent where `mute` says.
    """
    source = packed_master(folder)
    if source is None:
        raise StoreError(f"{folder.name}: has no master to be made smaller")
    sealed = source.name.endswith(SEALED)
    with masked(open_master(source, key), mute) as reader:
        opened: SealedFile | PlainFile
        if sealed:
            opened = SealedFile(folder / MASTER_OPUS_SEALED, key())
        else:
            opened = PlainFile(folder / MASTER_OPUS)
        with opened as file:
            _encode(reader, Careful(file))
    return entry(folder)


def _encode(reader: MasterReader, target: Careful) -> None:
    """Write a master as Ogg Opus of the same length."""
    try:
        with soundfile.SoundFile(
            target, "w", wav.FS, 1, "OPUS", format="OGG", closefd=False
        ) as packed:
            for piece in chunks(reader):
                packed.write(piece)
    # soundfile asserts that libsndfile wrote all it was given.
    except (soundfile.SoundFileError, AssertionError) as error:
        if target.problem is not None:
            raise target.problem from error
        raise StoreError(f"opus: {str(error) or 'short write'}") from error
    if target.problem is not None:
        raise target.problem


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
    return [folder / name for name in (*GROWING, *LOSSLESS_MASTERS)]


def is_there(folder: Path) -> bool:
    """Tell whether a folder has a smaller copy."""
    return any((folder / name).exists() for name in SMALL_MASTERS)


def _find(folder: Path) -> Path:
    for name in SMALL_MASTERS:
        if (folder / name).exists():
            return folder / name
    raise StoreError(f"call {folder.name}: its smaller copy is missing")


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
