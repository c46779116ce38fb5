"""Reading sealed PCM, also while it grows in another process."""

import os
from pathlib import Path

import numpy as np

from firmware.archive import disk, wav
from firmware.archive.reader import Samples
from firmware.archive.seal import page
from firmware.closing import Closing
from firmware.errors import SealBroken

#: Pages opened at once: 8 s.
_BATCH = 32


class SealedReader(Closing):
    """A master.pcm.sealed; `frames` is what it held when it was opened.

    One that was interrupted, or shortened since, is read up to its last whole page
    and is not `complete`; whoever knows how long it should be can tell the two apart.
    A page that is not what was sealed is SealBroken, or silence to a `patient` reader.
    """

    def __init__(self, path: Path, file_key: bytes, *, patient: bool = False) -> None:
        self.broken: set[int] = set()  # pages for which silence was given
        self._patient = patient
        self._path = path
        self._key = file_key
        with disk.plainly(f"{path}: the master cannot be read"):
            self._file = path.open("rb", buffering=0)
        try:
            self._load()
        except BaseException:
            self._file.close()
            raise

    def read(self, start: int, count: int) -> Samples:
        """Return up to `count` samples from `start` on; fewer at the end."""
        stop = min(start + count, self.frames)
        if start >= stop:
            return np.empty(0, np.int16)
        first, last = start // page.SAMPLES, (stop - 1) // page.SAMPLES
        pcm = b"".join(
            self._pages(at, min(at + _BATCH - 1, last))
            for at in range(first, last + 1, _BATCH)
        )
        skip = start - first * page.SAMPLES
        found = np.frombuffer(pcm, "<i2")[skip : skip + stop - start]
        return found.astype(np.int16, copy=False)

    def close(self) -> None:
        """Release the file."""
        self._file.close()

    def _load(self) -> None:
        with disk.plainly(f"{self._path}: the master cannot be read"):
            data = os.pread(self._file.fileno(), page.PAGE, 0)
            length = os.fstat(self._file.fileno()).st_size
        with _named(self._path):
            self._header = page.Header.parse(data)
            self._header.verify(data, self._key)
        self._seal = page.Pages(self._key, self._header.nonce)
        self.frames = self._header.samples_in(length)
        self.complete = self._header.whole(length)
        if self.complete:  # the last page proves that none is missing
            self._pages(self.frames // page.SAMPLES, self.frames // page.SAMPLES)

    @property
    def broken_s(self) -> float:
        """How much silence was given for broken pages, s."""
        return len(self.broken) * page.SAMPLES / wav.FS

    def _pages(self, first: int, last: int) -> bytes:
        """Return the PCM of some pages; a master that grows may have been cut back."""
        try:
            with _named(self._path):
                return self._open(first, last)
        except SealBroken:
            cuts = self._header.cuts
            if self._header.samples is not None:
                raise
            self._load()
            if self._header.cuts == cuts:
                raise
            with _named(self._path):
                return self._open(first, last)

    def _open(self, first: int, last: int) -> bytes:
        length = (last - first + 1) * page.PAGE
        with disk.plainly(f"{self._path}: the master cannot be read"):
            data = os.pread(self._file.fileno(), length, page.offset_of(first))
        cuts = self._header.cuts
        final = self.frames // page.SAMPLES if self.complete else -1
        view = memoryview(data)
        pieces = []
        for number in range(first, last + 1):
            sealed, view = view[: page.PAGE], view[page.PAGE :]
            try:
                pieces.append(
                    self._seal.open(sealed, number, cuts, last=number == final)
                )
            except SealBroken:
                if not self._patient:
                    raise
                self.broken.add(number)
                pieces.append(bytes(max(0, len(sealed) - page.TAG)))
        return b"".join(pieces)


class _named:  # reads as a word
    """Put the file's name before what is wrong with it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if isinstance(error, SealBroken) and not str(error).startswith(str(self._path)):
            raise SealBroken(f"{self._path}: {error}") from error


def repair(fd: int) -> int:
    """Cut an interrupted file to whole pages; return its samples.  No key needed.

    Safe to repeat.  A file shorter than its header page holds nothing.
    """
    length = os.fstat(fd).st_size
    try:
        header = page.Header.parse(os.pread(fd, page.PAGE, 0))
    except SealBroken:
        return 0
    if not header.whole(length):
        whole = length - length % page.PAGE
        if whole != length:
            disk.truncate(fd, whole)
            disk.sync_data(fd)
    return header.samples_in(length)


def is_closed(path: Path) -> bool:
    """Tell whether a file was closed in order; SealBroken if it is not one."""
    with disk.plainly(f"{path}: the master cannot be read"), path.open("rb") as file:
        header = page.Header.parse(file.read(page.PAGE))
        return header.whole(os.fstat(file.fileno()).st_size)


__all__ = ["SealedReader", "is_closed", "repair"]
