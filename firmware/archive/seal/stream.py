"""The age payload (C2SP age.md, STREAM): 64 KiB chunks, each sealed by itself.

A file is a random nonce of 16 bytes and its chunks.  The n-th chunk is sealed under a
key derived from the file key and that nonce, with n and a flag for the last one as its
nonce: so no chunk can be altered, moved, left out or cut off unnoticed, and any place
is read by opening one chunk.
"""

import io
import os
import threading
from pathlib import Path
from types import TracebackType

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from firmware.archive import disk
from firmware.archive.seal import header
from firmware.closing import Closing
from firmware.errors import SealBroken, StoreError

#: C2SP age.md, payload: sizes in bytes.
NONCE = 16
CHUNK = 64 << 10
TAG = 16
_SEALED = CHUNK + TAG


def sealed_size(size: int) -> int:
    """Return the length of the payload for so many bytes."""
    return NONCE + size + TAG * max(1, -(-size // CHUNK))


def plain_size(length: int) -> int:
    """Return how many bytes a payload of `length` holds; SealBroken if none can."""
    body = length - NONCE
    chunks = max(1, -(-body // _SEALED))
    size = body - TAG * chunks
    if size < 0 or sealed_size(size) != length:
        raise SealBroken("the sealed file is cut off")
    return size


def _cipher(file_key: bytes, nonce: bytes) -> ChaCha20Poly1305:
    return ChaCha20Poly1305(header.derive(file_key, nonce, b"payload"))


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


class StreamWriter(Closing):
    """Seals what is written to `fd`, which stays the caller's to sync and close.

    The first chunk is held back until `close`, so that a format can fill in its
    header at the end (sound files do) and no nonce ever serves twice.  Everything
    else is written in order.  Nothing is valid before `close`.
    """

    def __init__(self, fd: int, file_key: bytes) -> None:
        self._fd = fd
        nonce = os.urandom(NONCE)
        self._cipher = _cipher(file_key, nonce)
        self._first = bytearray()
        self._tail = self._first
        self._number = 0
        self._at = 0
        self._size = 0
        self.closed = False
        disk.write_at(fd, nonce, 0)

    def writable(self) -> bool:
        """It is there to be written."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:
        """Refuse: what is sealed here is read when it is complete."""
        raise io.UnsupportedOperation("not for reading")

    def flush(self) -> None:
        """Leave it: nothing is valid before `close`."""

    def tell(self) -> int:
        """Return the place of the next byte."""
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to the end or into the first chunk."""
        origin = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}
        at = origin[whence] + offset
        if not (0 <= at <= len(self._first) or at == self._size):
            raise io.UnsupportedOperation("only the first chunk can be written anew")
        self._at = at
        return at

    def write(self, data: bytes | bytearray | memoryview) -> int:
        """Write at the end, or anew within the first chunk."""
        view = memoryview(data).cast("B")
        anew = min(len(view), self._size - self._at)
        if anew and self._at + anew > len(self._first):
            raise io.UnsupportedOperation("only the first chunk can be written anew")
        self._first[self._at : self._at + anew] = view[:anew]
        self._at += anew
        rest = view[anew:]
        while rest:
            if len(self._tail) == CHUNK:
                self._next_chunk()
            piece = rest[: CHUNK - len(self._tail)]
            self._tail += piece
            self._size += len(piece)
            self._at = self._size
            rest = rest[len(piece) :]
        return len(view)

    def close(self) -> None:
        """Write what was held back; without it the file cannot be opened."""
        if self.closed:
            return
        self.closed = True
        if self._number:
            self._put(0, self._first, last=False)
        self._put(self._number, self._tail, last=True)

    def discard(self) -> None:
        """Close without completing the file; so does an exception within a `with`."""
        self.closed = True

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.discard()

    def _next_chunk(self) -> None:
        if self._number:
            self._put(self._number, self._tail, last=False)
        self._number += 1
        self._tail = bytearray()

    def _put(self, number: int, chunk: bytearray, *, last: bool) -> None:
        sealed = self._cipher.encrypt(_nonce(number, last), chunk, None)
        disk.write_at(self._fd, sealed, NONCE + number * _SEALED)


class StreamReader(io.RawIOBase):
    """Opens a payload at any place.  Safe to use from several threads by `read_at`.

    The last chunk is opened first: it proves that the file is whole at its end.
    """

    def __init__(self, path: Path, file_key: bytes) -> None:
        self.path = path
        self._guard = threading.Lock()
        with disk.plainly(f"{path}: the sealed file cannot be read"):
            self._file = path.open("rb", buffering=0)
        try:
            length = os.fstat(self._file.fileno()).st_size
            self.size = self._plain_size(length)
            self._cipher = _cipher(file_key, self._pread(NONCE, 0))
            self._last = max(0, -(-self.size // CHUNK) - 1)
            self._at = 0
            self._number = self._last
            self._chunk = self._open(self._last)
        except StoreError:
            self._file.close()
            raise

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        origin = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self.size}
        self._at = max(0, origin[whence] + offset)
        return self._at

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        view = memoryview(buffer).cast("B")
        data = self.read_at(self._at, self._at + len(view))
        view[: len(data)] = data
        self._at += len(data)
        return len(data)

    def read_at(self, start: int, stop: int) -> bytes:
        """Return the bytes from `start` to just before `stop`; fewer at the end."""
        start, stop = max(0, start), min(stop, self.size)
        pieces = []
        with self._guard:
            while start < stop:
                number, skip = divmod(start, CHUNK)
                if number != self._number:
                    self._chunk = self._open(number)
                    self._number = number
                piece = self._chunk[skip : skip + stop - start]
                pieces.append(piece)
                start += len(piece)
        return b"".join(pieces)

    def close(self) -> None:
        if not self.closed and hasattr(self, "_file"):
            self._file.close()
        super().close()

    def _open(self, number: int) -> bytes:
        sealed = self._pread(_SEALED, NONCE + number * _SEALED)
        nonce = _nonce(number, number == self._last)
        try:
            return self._cipher.decrypt(nonce, sealed, None)
        except InvalidTag as error:
            raise SealBroken(
                f"{self.path}: chunk {number + 1} of {self._last + 1} "
                "is not what was sealed"
            ) from error

    def _pread(self, count: int, offset: int) -> bytes:
        with disk.plainly(f"{self.path}: the sealed file cannot be read"):
            return os.pread(self._file.fileno(), count, offset)

    def _plain_size(self, length: int) -> int:
        try:
            return plain_size(length)
        except SealBroken as error:
            raise SealBroken(f"{self.path}: {error}") from error
