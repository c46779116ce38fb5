"""Opening a master, whatever its form; what is sealed needs the call's data key."""

from collections.abc import Callable
from pathlib import Path

from firmware.archive.folder import (
    MASTER_FLAC,
    MASTER_FLAC_SEALED,
    MASTER_OPUS,
    MASTER_OPUS_SEALED,
    MASTER_PCM_SEALED,
    MASTER_WAV,
)
from firmware.archive.reader import FlacReader, MasterReader, WavReader
from firmware.archive.seal.live_reader import SealedReader
from firmware.archive.seal.stream import StreamReader

#: Returns the data key; called only for what is sealed, may raise Locked.
GetKey = Callable[[], bytes]

_OPENERS: dict[str, Callable[[Path, GetKey], MasterReader]] = {
    MASTER_PCM_SEALED: lambda path, key: SealedReader(path, key()),
    MASTER_FLAC_SEALED: lambda path, key: _sealed_flac(path, key()),
    MASTER_WAV: lambda path, key: WavReader(path),
    MASTER_FLAC: lambda path, key: FlacReader(path),
    MASTER_OPUS_SEALED: lambda path, key: _sealed_flac(path, key()),
    MASTER_OPUS: lambda path, key: FlacReader(path),
}


def open_master(path: Path, key: GetKey) -> MasterReader:
    """Open a master for reading; StoreError if it cannot be."""
    return _OPENERS[path.name.removesuffix(".part")](path, key)


def open_patiently(path: Path, key: GetKey) -> MasterReader:
    """Open a master so that broken pages of a sealed one are silence, and counted."""
    if path.name == MASTER_PCM_SEALED:
        return SealedReader(path, key(), patient=True)
    return open_master(path, key)


def _sealed_flac(path: Path, file_key: bytes) -> FlacReader:
    opened = StreamReader(path, file_key)
    try:
        return FlacReader(path, opened)
    except BaseException:
        opened.close()
        raise
