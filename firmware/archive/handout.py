"""Audio as a file that anybody can play, made from a master as it is read."""

import io
from pathlib import Path
from typing import IO, Any, Literal

import soundfile

from firmware.archive import wav
from firmware.archive.facade import Archive
from firmware.archive.model import Call
from firmware.archive.reader import MasterReader, chunks
from firmware.errors import StoreError

Format = Literal["flac", "opus", "wav"]
FORMATS: tuple[Format, ...] = ("flac", "opus", "wav")
#: format: what libsndfile calls it and its content.
_SNDFILE = {
    "flac": ("FLAC", "PCM_16"),
    "opus": ("OGG", "OPUS"),
    "wav": ("WAV", "PCM_16"),
}


def write(reader: MasterReader, target: IO[bytes] | Path | Any, kind: Format) -> None:
    """Write all samples of a master into a file of a format."""
    container, content = _SNDFILE[kind]
    try:
        with soundfile.SoundFile(
            target, "w", wav.FS, 1, content, format=container, closefd=False
        ) as made:
            for piece in chunks(reader):
                made.write(piece)
    # soundfile asserts that libsndfile wrote all it was given.
    except (soundfile.SoundFileError, AssertionError, OSError) as error:
        raise StoreError(f"{kind}: {str(error) or 'short write'}") from error


def as_bytes(archive: Archive, call: Call, kind: Format = "flac") -> bytes:
    """Return a call's audio as a file in memory; Locked if it is sealed."""
    made = io.BytesIO()
    with archive.open_audio(call) as reader:
        write(reader, made, kind)
    return made.getvalue()


def file_name(call: Call, ending: str) -> str:
    """Return a name that people understand: time, direction and the call's id."""
    return f"{call.id}_{call.direction}.{ending}"
