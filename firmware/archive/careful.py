"""A file that a sound library may call back: it never raises, it remembers.

An exception cannot pass through libsndfile: it would be printed and read as the end
of the file.  So the first one is kept, and whoever called the library asks for it.
"""

import os
from typing import Protocol


class BinaryFile(Protocol):
    """What a sound library needs of a file."""

    def readinto(self, buffer: bytearray | memoryview, /) -> int | None: ...

    def write(self, data: bytes, /) -> int | None: ...

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int: ...

    def tell(self) -> int: ...

    def close(self) -> None: ...


class Careful:
    """Passes on to `file`; `problem` is the first OSError that came back."""

    def __init__(self, file: BinaryFile) -> None:
        self._file = file
        self.problem: OSError | None = None

    def readinto(self, buffer: memoryview) -> int:
        try:
            return self._file.readinto(buffer) or 0
        except OSError as error:
            return self._remember(error)

    def write(self, data: bytes) -> int:
        try:
            return self._file.write(data) or 0
        except OSError as error:
            return self._remember(error)

    def read(self, count: int = -1) -> bytes:
        """Return nothing; libsndfile reads by `readinto`."""
        return b""

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        try:
            return self._file.seek(offset, whence)
        except OSError as error:
            return self._remember(error)

    def tell(self) -> int:
        return self._file.tell()

    def flush(self) -> None:
        """Leave it to whoever owns the file."""

    def close(self) -> None:
        self._file.close()

    def _remember(self, error: OSError) -> int:
        self.problem = self.problem or error
        return 0
