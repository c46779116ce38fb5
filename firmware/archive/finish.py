"""After the call: master.wav becomes a verified master.flac.  Safe at any instant.

1. write master.flac.part, sync it, read it back from the medium, compare its hash
   with the one taken while recording
2. write peaks.dat; give the FLAC its name; sync the folder
3. sidecar says `kept`; row says `kept`, in one transaction
4. remove master.wav; the row is settled with the next transaction

Until 3 the WAV is the master, afterwards the FLAC; both are whole at that moment.
Interrupted anywhere it starts again from 1 or goes on after 3.
"""

import contextlib
import hashlib
from pathlib import Path

import soundfile

from firmware.archive import disk, wav
from firmware.archive.folder import HALF_FLAC, MASTER_FLAC, MASTER_WAV, PEAKS
from firmware.archive.reader import (
    FlacReader,
    MasterReader,
    chunks,
    hash_samples,
    open_master,
)
from firmware.archive.waveform import outline
from firmware.errors import StoreError


def pack(folder: Path) -> str:
    """Do steps 1 and 2 in one folder; return the SHA-256 of the samples."""
    half = folder / HALF_FLAC
    with disk.plainly(f"{folder.name}: its audio cannot be packed"):
        try:
            with open_master(folder / MASTER_WAV) as reader:
                sha256 = _encode(reader, half)
                disk.forget_cache(half)
                _verify(half, sha256)
                disk.replace_file(folder / PEAKS, outline(reader))
            disk.rename(half, folder / MASTER_FLAC)
            disk.sync_folder(folder)
        except OSError:
            with contextlib.suppress(OSError):
                disk.remove(half)  # the disk may be full
            raise
    return sha256


def discard_wav(folder: Path) -> None:
    """Do step 4; durable once the folder is synced."""
    with disk.plainly(f"{folder.name}: its WAV cannot be removed"):
        disk.remove(folder / MASTER_WAV)


def discard_audio(folder: Path) -> None:
    """Remove all audio of a folder, durably."""
    with disk.plainly(f"{folder.name}: its audio cannot be removed"):
        for name in (MASTER_WAV, MASTER_FLAC, HALF_FLAC, PEAKS):
            disk.remove(folder / name)
        disk.sync_folder(folder)


def has_audio(folder: Path) -> bool:
    """Tell whether there is a master in a folder."""
    return any((folder / name).exists() for name in (MASTER_WAV, MASTER_FLAC))


def discard_leftovers(folder: Path) -> None:
    """Remove what an interrupted write left behind."""
    with disk.plainly(f"{folder.name}: leftovers cannot be removed"):
        disk.remove(folder / HALF_FLAC)
        for scratch in folder.glob("*.tmp"):
            disk.remove(scratch)


def _encode(reader: MasterReader, half: Path) -> str:
    """Write the FLAC, durably; return the hash of what went in."""
    digest = hashlib.sha256()
    disk.remove(half)
    fd = disk.create(half)
    try:
        with soundfile.SoundFile(
            fd, "w", wav.FS, 1, "PCM_16", format="FLAC", closefd=False
        ) as packed:
            for piece in chunks(reader):
                digest.update(piece.astype("<i2", copy=False).tobytes())
                packed.write(piece)
        disk.sync_data(fd)
    # soundfile asserts that libsndfile wrote all it was given.
    except (soundfile.SoundFileError, AssertionError) as error:
        raise StoreError(f"{half}: {str(error) or 'short write'}") from error
    finally:
        disk.close(fd)
    return digest.hexdigest()


def _verify(half: Path, sha256: str) -> None:
    with FlacReader(half) as packed:
        if hash_samples(packed) != sha256:
            raise StoreError(f"{half}: reads back differently from what was written")
