"""Sealed files of a call's folder: written whole or not at all, read at any place."""

import contextlib
import io
import os
from pathlib import Path

from firmware.archive import disk
from firmware.archive.folder import HALF
from firmware.archive.seal.stream import StreamReader, StreamWriter


def replace_sealed(path: Path, content: bytes, file_key: bytes) -> None:
    """Replace a small sealed file; durable once its folder is synced."""
    with SealedFile(path, file_key) as file:
        file.write(content)


def read_sealed(path: Path, file_key: bytes) -> bytes:
    """Return the content of a small sealed file."""
    with StreamReader(path, file_key) as file:
        return file.read_at(0, file.size)


class SealedFile(StreamWriter):
    """A sealed file being written; it has its name only after `close`.

    Leaving a `with` by an exception discards it.  The name is durable once the folder
    is synced; `close` syncs the content.
    """

    def __init__(self, path: Path, file_key: bytes) -> None:
        self.path = path
        self._half = path.with_name(path.name + HALF)
        with disk.plainly(f"{path}: the file cannot be made"):
            disk.remove(self._half)
            self._half_fd = disk.create(self._half)
            try:
                super().__init__(self._half_fd, file_key)
            except OSError:
                self.discard()
                raise

    def close(self) -> None:
        if self.closed:
            return
        with disk.plainly(f"{self.path}: the file cannot be written"):
            try:
                super().close()
                disk.sync_data(self._half_fd)
                disk.rename(self._half, self.path)
            except OSError:
                with contextlib.suppress(OSError):
                    disk.remove(self._half)
                raise
            finally:
                disk.close(self._half_fd)

    def discard(self) -> None:
        """Leave nothing behind."""
        if not self.closed:
            super().discard()
            disk.close(self._half_fd)
            with contextlib.suppress(OSError):
                disk.remove(self._half)


class PlainFile(io.FileIO):
    """The same for a box that does not seal: plain, whole or not at all."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._half = path.with_name(path.name + HALF)
        with disk.plainly(f"{path}: the file cannot be made"):
            disk.remove(self._half)
            super().__init__(disk.create(self._half), "r+")

    def close(self) -> None:
        if self.closed:
            return
        with disk.plainly(f"{self.path}: the file cannot be written"):
            try:
                disk.sync_data(self.fileno())
                disk.rename(self._half, self.path)
            finally:
                super().close()

    def discard(self) -> None:
        """Leave nothing behind."""
        super().close()
        with contextlib.suppress(OSError):
            disk.remove(self._half)

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if kind is None:
            self.close()
        else:
            self.discard()


def open_plain(path: Path) -> "PlainReader":
    """Open a plain file as the sealed ones are opened."""
    with disk.plainly(f"{path}: the file cannot be read"):
        return PlainReader(path)


class PlainReader(io.FileIO):
    """A plain file with the manners of `StreamReader`."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, "r")
        self.path = path
        self.size = self.seek(0, io.SEEK_END)
        self.seek(0)

    def read_at(self, start: int, stop: int) -> bytes:
        """Return the bytes from `start` to just before `stop`; fewer at the end."""
        start, stop = max(0, start), min(stop, self.size)
        return os.pread(self.fileno(), max(0, stop - start), start)
