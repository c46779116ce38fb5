"""The sealed master while it grows: PCM sealed page by page, durable every second.

What has not filled a page is in RAM, 0.255 s at most, and goes with a killed process.
Pages are written whole and once, and synced every five of them, so that the wear is
that of plain audio.  A page that the disk refused is kept sealed as it is and offered
again, because to seal its place anew would use a nonce twice.
"""

import contextlib
import hashlib
import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from firmware.archive import disk, wav
from firmware.archive.master import RESERVE, little_endian, silence
from firmware.archive.reader import hash_samples
from firmware.archive.seal import page
from firmware.archive.seal.live_reader import SealedReader
from firmware.errors import StoreError


class SealedMaster:
    """A growing `master.pcm.sealed`; whoever makes it syncs its folder.

    After a StoreError what was taken stays and `samples` counts it; the caller may go
    on (`append_silence` keeps the time) or close.
    """

    def __init__(
        self, path: Path, file_key: bytes, call_id: str, sync_s: float = 1.25
    ) -> None:
        self.path = path
        self.synced = 0
        self._key = file_key
        self._quantum = max(1, round(sync_s * wav.FS / page.SAMPLES))
        self._hash: hashlib._Hash | None = hashlib.sha256()
        self._sha256: str | None = None
        self._header = page.Header(call_id, os.urandom(page.NONCE))
        self._seal = page.Pages(file_key, self._header.nonce)
        self._pages = 0  # in the file
        self._refused: bytes | None = None  # the page that comes next
        self._buffer = bytearray()
        self._reserved = 0
        self._stale = False  # the header in the file is behind
        with disk.plainly(f"{path}: the master cannot be made"):
            self._fd = disk.create(path)
            try:
                self._reserve()
                disk.write_at(self._fd, self._header.pack(file_key), 0)
            except OSError:
                os.close(self._fd)
                with contextlib.suppress(OSError):
                    disk.remove(path)  # so that it can be made later
                raise

    @property
    def samples(self) -> int:
        """Samples taken: in the file, and up to half a second in RAM."""
        return self._sealed * page.SAMPLES + len(self._buffer) // wav.SAMPLE_BYTES

    @property
    def closed(self) -> bool:
        """True once the file is complete."""
        return self._fd < 0

    @property
    def sha256(self) -> str | None:
        """Hash of all samples as little-endian int16; None unless closed in order."""
        return self._sha256

    @property
    def _sealed(self) -> int:
        return self._pages + (self._refused is not None)

    def append(self, samples: NDArray[np.int16]) -> None:
        """Append samples; some may have been taken even if it raises StoreError."""
        self._append(little_endian(samples))

    def append_silence(self, samples: int) -> None:
        """Append silence for samples that the line lost."""
        for piece in silence(samples):
            self._append(piece)

    def truncate(self, samples: int) -> None:
        """Cut the end off, durably."""
        if not 0 <= samples <= self.samples:
            raise ValueError(f"samples: want 0..{self.samples}, got {samples}")
        if samples < self.samples:
            self._hash = None
        first, rest = divmod(samples, page.SAMPLES)
        with disk.plainly(f"{self.path}: the master cannot be cut"):
            if first < self._sealed:
                self._reopen(first)
            del self._buffer[rest * wav.SAMPLE_BYTES :]
            self._settle()
            disk.sync_data(self._fd)
        self.synced = self._pages * page.SAMPLES

    def close(self) -> None:
        """Seal the rest, put the true size into the header and make all durable."""
        if self.closed:
            return
        with disk.plainly(f"{self.path}: the master cannot be closed"):
            try:
                self._finish()
            except OSError:
                self._buffer.clear()
                self._refused = None
                self._hash = None
                with contextlib.suppress(OSError):
                    disk.truncate(self._fd, page.offset_of(self._pages))
                raise
            finally:
                os.close(self._fd)
                self._fd = -1
        if self._hash is not None:
            self._sha256 = self._hash.hexdigest()
        else:
            with SealedReader(self.path, self._key) as reader:
                self._sha256 = hash_samples(reader)

    def _append(self, data: memoryview) -> None:
        with disk.plainly(f"{self.path}: audio cannot be written"):
            self._settle()
            while data:
                piece = data[: page.PCM - len(self._buffer)]
                self._buffer += piece
                if self._hash is not None:
                    self._hash.update(piece)
                data = data[len(piece) :]
                if len(self._buffer) == page.PCM:
                    self._refused = self._sealed_rest(last=False)
                    self._buffer.clear()
                    self._settle()

    def _settle(self) -> None:
        """Bring the header and the page that waits into the file."""
        if self._stale:
            disk.truncate(self._fd, page.offset_of(self._pages))
            disk.write_at(self._fd, self._header.pack(self._key), 0)
            disk.sync_data(self._fd)
            self._stale = False
            self._reserved = page.offset_of(self._pages)
        if self._refused is None:
            return
        disk.write_at(self._fd, self._refused, page.offset_of(self._pages))
        self._refused = None
        self._pages += 1
        if self._pages % self._quantum == 0:
            self._reserve()
            disk.sync_data(self._fd)
            self.synced = self._pages * page.SAMPLES

    def _sealed_rest(self, *, last: bool) -> bytes:
        number, cuts = self._sealed, self._header.cuts
        return self._seal.seal(self._buffer, number, cuts, last=last)

    def _reopen(self, first: int) -> None:
        """Take page `first` back into RAM, and let it be written anew."""
        if len(self._header.cuts) >= page.MAX_CUTS:
            raise StoreError(f"{self.path}: was cut back too often")
        sealed = self._refused
        if first < self._pages:
            sealed = os.pread(self._fd, page.PAGE, page.offset_of(first))
        cuts = self._header.cuts
        self._buffer[:] = self._seal.open(sealed or b"", first, cuts, last=False)
        self._refused = None
        self._pages = first
        self._header = self._header.cut(first)
        self._stale = True

    def _finish(self) -> None:
        self._settle()
        final = self._sealed_rest(last=True)
        at = page.offset_of(self._pages)
        disk.write_at(self._fd, final, at)
        disk.truncate(self._fd, at + len(final))
        header = self._header.closed(self.samples)
        disk.write_at(self._fd, header.pack(self._key), 0)
        disk.sync_data(self._fd)
        self.synced = self.samples

    def _reserve(self) -> None:
        """Reserve space ahead.  A full disk shows at the write, not here."""
        ahead = page.offset_of(self._pages + self._quantum)
        if ahead > self._reserved:
            more = max(RESERVE, self._reserved)
            disk.reserve(self._fd, self._reserved, more)
            self._reserved += more
