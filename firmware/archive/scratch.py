"""A large file for a short while: on the disk, but sealed and without a name.

The key lives in this object only, and the file is unlinked before the first byte, so
whatever ends the process, nobody can read what was in it, and its room is free again.
"""

import os
import secrets
import tempfile
from pathlib import Path

from firmware.archive import disk
from firmware.archive.seal.stream import StreamReader, StreamWriter

#: Bytes of a file key (C2SP age.md).
KEY = 16


class Scratch:
    """Write to `writer`, call `finish`, then read any part by `read_at`."""

    def __init__(self, folder: Path) -> None:
        with disk.plainly(f"{folder}: no room for what is to be taken out"):
            self._fd, name = tempfile.mkstemp(".sealed", "taken-", folder)
            os.unlink(name)
        self._key = secrets.token_bytes(KEY)
        self.writer = StreamWriter(self._fd, self._key)
        self._reader: StreamReader | None = None

    @property
    def size(self) -> int:
        """Bytes that can be read."""
        return self._reader.size if self._reader else 0

    def finish(self) -> None:
        """Write what is left; from now on it can be read."""
        with disk.plainly("what is to be taken out cannot be written"):
            self.writer.close()
        self._reader = StreamReader(Path(f"/proc/self/fd/{self._fd}"), self._key)

    def read_at(self, start: int, stop: int) -> bytes:
        """Return the bytes from `start` to just before `stop`."""
        return self._reader.read_at(start, stop) if self._reader else b""

    def close(self) -> None:
        """Let go of the file, and with it of its room."""
        self.writer.discard()
        if self._reader is not None:
            self._reader.close()
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def __del__(self) -> None:
        self.close()
