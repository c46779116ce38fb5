"""One writer per archive: an advisory lock that ends with the process holding it."""

import fcntl
import os
from pathlib import Path

from firmware.archive import disk
from firmware.errors import StoreError

NAME = "writer.lock"


class WriterLock:
    """Held from construction to `close`; a killed process lets go by itself."""

    def __init__(self, state_dir: Path) -> None:
        path = state_dir / NAME
        with disk.plainly(f"{state_dir}: the state folder cannot be written"):
            fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, disk.FILE_MODE)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.pread(fd, 20, 0).decode("ascii", "replace").strip()
            os.close(fd)
            raise StoreError(
                f"{state_dir}: process {holder or 'unknown'} writes this archive; "
                "stop the recorder first"
            ) from error
        os.ftruncate(fd, 0)
        os.pwrite(fd, f"{os.getpid()}\n".encode(), 0)
        self._fd = fd

    def close(self) -> None:
        """Let the next writer in."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
