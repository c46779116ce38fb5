"""After the call: the master becomes a verified FLAC.  Safe at any instant.

1. write the FLAC under a name that ends in .part, sync it, read it back from the
   medium, compare its hash with the one taken while recording
2. write the outline and who spoke when; give the FLAC its name; sync the folder
3. sidecar says `kept`; row says `kept`, in one transaction
4. remove the growing master; the row is settled with the next transaction

Until 3 the growing master counts, afterwards the FLAC; both are whole at that moment.
Interrupted anywhere it starts again from 1 or goes on after 3.  What comes from a
sealed master is sealed; nothing of it lies plain on the disk at any time.
"""

import contextlib
import hashlib
from pathlib import Path
from typing import NamedTuple

import soundfile

from dsp.turns import Clues
from firmware.archive import disk, talk, wav
from firmware.archive.careful import Careful
from firmware.archive.folder import (
    GROWING,
    HALF,
    MASTER_FLAC,
    MASTER_FLAC_SEALED,
    MASTER_PCM_SEALED,
    PACKED_MASTERS,
    PEAKS,
    PEAKS_SEALED,
    TURNS,
    TURNS_SEALED,
    growing_master,
)
from firmware.archive.ledger import seconds
from firmware.archive.opening import GetKey, open_master, open_patiently
from firmware.archive.reader import MasterReader, chunks, hash_samples
from firmware.archive.seal.files import replace_sealed
from firmware.archive.seal.live_reader import SealedReader
from firmware.archive.seal.stream import StreamWriter
from firmware.archive.waveform import outline
from firmware.errors import StoreError

#: What is made of a master beside it.
DRAWN = (PEAKS, PEAKS_SEALED, TURNS, TURNS_SEALED)


class Packed(NamedTuple):
    """What came of packing."""

    sha256: str  # of the samples
    samples: int
    broken_s: float = 0.0  # silence in place of what the seal did not vouch for


def pack(
    folder: Path, key: GetKey, salt: str | None = None, clues: Clues | None = None
) -> Packed:
    """Do steps 1 and 2 in one folder.

    `key` tells the data key of a sealed master; Locked if it cannot.  With the call's
    `salt` the hashes of its seconds are written as well; `clues` tell who spoke.
    """
    source = growing_master(folder)
    if source is None:
        raise StoreError(f"{folder.name}: has no master to be packed")
    sealed = source.name == MASTER_PCM_SEALED
    target = folder / (MASTER_FLAC_SEALED if sealed else MASTER_FLAC)
    half = target.with_name(target.name + HALF)
    with disk.plainly(f"{folder.name}: its audio cannot be packed"):
        try:
            with open_patiently(source, key) as reader:
                sha256 = _encode(reader, half, key() if sealed else None)
                disk.forget_cache(half)
                _verify(half, sha256, key)
                picture = outline(reader)
                told = talk.find(reader, clues or Clues())
                if salt is not None:
                    seconds.write(folder, seconds.hash_seconds(chunks(reader), salt))
                broken_s = reader.broken_s if isinstance(reader, SealedReader) else 0.0
            if sealed:
                replace_sealed(folder / PEAKS_SEALED, picture, key())
                replace_sealed(folder / TURNS_SEALED, told, key())
            else:
                disk.replace_file(folder / PEAKS, picture)
                disk.replace_file(folder / TURNS, told)
            disk.rename(half, target)
            disk.sync_folder(folder)
        except OSError:
            with contextlib.suppress(OSError):
                disk.remove(half)  # the disk may be full
            raise
    return Packed(sha256, reader.frames, broken_s)


def discard_growing(folder: Path) -> None:
    """Do step 4; durable once the folder is synced."""
    with disk.plainly(f"{folder.name}: its growing master cannot be removed"):
        for name in GROWING:
            disk.remove(folder / name)


def discard_audio(folder: Path) -> None:
    """Remove all audio of a folder, durably; the seal is the sealer's to destroy."""
    with disk.plainly(f"{folder.name}: its audio cannot be removed"):
        for name in (*GROWING, *PACKED_MASTERS, *DRAWN, seconds.NAME):
            disk.remove(folder / name)
            disk.remove(folder / (name + HALF))
        disk.sync_folder(folder)


def has_audio(folder: Path) -> bool:
    """Tell whether there is a master in a folder."""
    return any((folder / name).exists() for name in (*GROWING, *PACKED_MASTERS))


def discard_leftovers(folder: Path) -> None:
    """Remove what an interrupted write left behind."""
    with disk.plainly(f"{folder.name}: leftovers cannot be removed"):
        for ending in (f"*{HALF}", "*.tmp"):
            for scratch in folder.glob(ending):
                disk.remove(scratch)


def _encode(reader: MasterReader, half: Path, file_key: bytes | None) -> str:
    """Write the FLAC, durably; return the hash of what went in."""
    disk.remove(half)
    fd = disk.create(half)
    try:
        if file_key is None:
            sha256 = _write_flac(reader, fd)
        else:
            with StreamWriter(fd, file_key) as sealing:
                sha256 = _write_flac(reader, Careful(sealing))
        disk.sync_data(fd)
    finally:
        disk.close(fd)
    return sha256


def _write_flac(reader: MasterReader, target: int | Careful) -> str:
    digest = hashlib.sha256()
    try:
        with soundfile.SoundFile(
            target, "w", wav.FS, 1, "PCM_16", format="FLAC", closefd=False
        ) as packed:
            for piece in chunks(reader):
                digest.update(piece.astype("<i2", copy=False).tobytes())
                packed.write(piece)
    # soundfile asserts that libsndfile wrote all it was given.
    except (soundfile.SoundFileError, AssertionError) as error:
        problem = target.problem if isinstance(target, Careful) else None
        if problem is not None:
            raise problem from error
        raise StoreError(f"packing: {str(error) or 'short write'}") from error
    if isinstance(target, Careful) and target.problem is not None:
        raise target.problem
    return digest.hexdigest()


def _verify(half: Path, sha256: str, key: GetKey) -> None:
    with open_master(half, key) as packed:
        if hash_samples(packed) != sha256:
            raise StoreError(f"{half}: reads back differently from what was written")
