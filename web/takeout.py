"""Many recordings in one file: listening copies or originals, with a sheet of calls.

The zip is written call by call into a sealed scratch file (`firmware.archive.scratch`),
so that hours of sound need no memory and nothing unsealed lies on the disk.
"""

import csv
import io
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from dsp.agc import ListeningCopy
from firmware.archive import Archive
from firmware.archive.model import Call
from firmware.archive.scratch import Scratch
from firmware.errors import Locked, StoreError
from web import audio, sheet, view
from web.listening import FS, wav_header

Version = Literal["listening", "original"]
#: Samples taken from a master at once: 30 s.
STEP = 30 * FS


@dataclass(slots=True)
class Takeout:
    """What was put together, and what was left out."""

    scratch: Scratch
    taken: int = 0
    left: list[tuple[str, str]] = field(default_factory=list)


def build(
    archive: Archive,
    calls: Sequence[Call],
    version: Version,
    taken: Callable[[Call, str], None],
    step: Callable[[], None],
) -> Takeout:
    """Put the sound of calls into a zip; `taken` is told of each before it goes in.

    Locked if it is sealed and nobody has unlocked: then there is no zip at all.
    """
    made = Takeout(Scratch(archive.state_dir))
    index = io.StringIO(newline="")
    rows = csv.writer(index)
    index.write(sheet.MARK)
    rows.writerow((*sheet.COLUMNS, "file"))
    # Numbers are written behind each entry, so nothing has to be gone back to.
    with zipfile.ZipFile(_Forward(made.scratch.writer), "w") as target:
        for call in calls:
            name = ""
            try:
                name = _add(target, archive, call, version, taken)
                made.taken += bool(name)
            except Locked:
                made.scratch.close()
                raise
            except StoreError as error:
                made.left.append((call.id, str(error)))
            rows.writerow(sheet.row(call, name))
            step()
        target.writestr("index.csv", index.getvalue(), zipfile.ZIP_DEFLATED)
    made.scratch.finish()
    return made


def _add(
    target: zipfile.ZipFile,
    archive: Archive,
    call: Call,
    version: Version,
    taken: Callable[[Call, str], None],
) -> str:
    """Put one call in; return its name, or nothing if there is nothing to hear."""
    if not view.playable(call):
        return ""
    if version == "listening":
        name = _name(call, version, "audio/wav")
        with archive.open_audio(call) as reader:
            taken(call, "wav")
            with target.open(_info(name, call), "w", force_zip64=True) as entry:
                entry.write(wav_header(2 * reader.frames))
                _copy_listening(reader, entry)
        return name
    original = archive.open_original(call)
    try:
        kind = audio.MIMETYPES[original.suffix]
        name = _name(call, version, kind)
        taken(call, original.suffix.lstrip("."))
        with target.open(_info(name, call), "w", force_zip64=True) as entry:
            for at in range(0, original.size, 1 << 20):
                entry.write(original.read_at(at, at + (1 << 20)))
    finally:
        original.close()
    return name


def _copy_listening(reader: Any, entry: Any) -> None:
    maker, at, written = ListeningCopy(FS), 0, 0
    while at < reader.frames:
        piece = reader.read(at, STEP)
        if not len(piece):
            break
        at += len(piece)
        written += _write(entry, maker.feed(piece))
    written += _write(entry, maker.flush())
    entry.write(bytes(2 * max(0, reader.frames - written)))  # the master was cut short


def _write(entry: Any, samples: Any) -> int:
    entry.write(np.asarray(samples, "<i2").tobytes())
    return len(samples)


def _name(call: Call, version: str, kind: str) -> str:
    # Two calls may begin in the same second: the end of the id keeps them apart.
    stem, _, ending = audio.filename(call, version, kind).rpartition(".")
    return f"{stem}_{call.id[-4:]}.{ending}"


def _info(name: str, call: Call) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.compress_type = zipfile.ZIP_STORED  # sound hardly shrinks
    return info


class _Forward(io.RawIOBase):
    """A file that can only be written on, as `zipfile` understands it."""

    def __init__(self, target: Any) -> None:
        self._target = target

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    def write(self, data: Any) -> int:
        return int(self._target.write(data))


class TakeoutBody:
    """The zip on its way out; the scratch file stays for whoever asks again."""

    mimetype = "application/zip"

    def __init__(self, scratch: Scratch, etag: str) -> None:
        self._scratch = scratch
        self.size = scratch.size
        self.etag = etag

    def ready(self, start: int) -> int:
        """Return up to which byte it can be read: all of it."""
        return self.size

    def read(self, start: int, stop: int) -> bytes:
        """Return a part of the file."""
        return self._scratch.read_at(start, stop)

    def close(self) -> None:
        """Keep it: a download may be taken up again."""
