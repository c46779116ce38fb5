"""What a disk was at any instant, from a log of every write to it (dm-log-writes).

Format: Linux Documentation/admin-guide/device-mapper/log-writes.rst and
drivers/md/dm-log-writes.c: a super block, then entries of one sector each, a write's
data behind its entry.  Entries lie in the order in which the disk completed them.
"""

import mmap
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

MAGIC = 0x6A736677736872
SECTOR = 512
FLUSH, FUA, DISCARD, MARK = 1, 2, 4, 8
_SUPER = struct.Struct("<QQQI")
_ENTRY = struct.Struct("<QQQQ")


@dataclass(frozen=True, slots=True)
class Entry:
    """One write, flush, discard or mark."""

    sector: int
    sectors: int
    flags: int
    at: int  # of its data in the log
    mark: str = ""

    @property
    def writes(self) -> bool:
        return not self.flags & MARK and self.sectors > 0

    @property
    def flushes(self) -> bool:
        """Whatever completed before a flush is on the medium afterwards."""
        return bool(self.flags & FLUSH)


class WriteLog:
    """The log of one run, and the disk as it was before."""

    def __init__(self, base: Path, log: Path) -> None:
        self.base = base
        with log.open("rb") as file:
            self.data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        magic, version, count, size = _SUPER.unpack_from(self.data)
        if (magic, version) != (MAGIC, 1):
            raise ValueError(f"{log}: not a log of dm-log-writes")
        self.entries = list(self._parse(count, size))

    def _parse(self, count: int, size: int) -> Iterator[Entry]:
        at = size
        for _ in range(count):
            sector, sectors, flags, length = _ENTRY.unpack_from(self.data, at)
            behind, mark = at + size, ""
            if flags & MARK:
                text = self.data[at + _ENTRY.size : at + _ENTRY.size + length]
                mark = text.rstrip(b"\0").decode("ascii")
                sectors = 0
            yield Entry(sector, sectors, flags, behind, mark)
            at = behind
            if not flags & (DISCARD | MARK):
                at += -(-sectors * SECTOR // size) * size

    def bytes_of(self, entry: Entry) -> bytes:
        """What the entry puts onto the disk."""
        length = entry.sectors * SECTOR
        if entry.flags & DISCARD:
            return bytes(length)
        return self.data[entry.at : entry.at + length]

    def written(self) -> bytes:
        """Every byte that was ever on the disk, with the log's own words between."""
        last = self.entries[-1]
        length = 0 if last.flags & (DISCARD | MARK) else last.sectors * SECTOR
        return self.base.read_bytes() + self.data[: last.at + length]

    def epoch(self, end: int) -> int:
        """The index behind the last flush before `end`: what lies after it is only
        in the disk's own memory, unless it was forced through.
        """
        for index in range(end - 1, -1, -1):
            if self.entries[index].flushes:
                return index
        return 0


class Disk:
    """An image that follows the log forward."""

    def __init__(self, log: WriteLog, image: Path) -> None:
        self.log = log
        self.image = image
        self.at = 0
        image.write_bytes(log.base.read_bytes())

    def forward(self, end: int) -> None:
        """Apply every entry before `end`."""
        fd = os.open(self.image, os.O_RDWR)
        try:
            for entry in self.log.entries[self.at : end]:
                if entry.writes:
                    os.pwrite(fd, self.log.bytes_of(entry), entry.sector * SECTOR)
        finally:
            os.close(fd)
        self.at = max(self.at, end)


def cut(log: WriteLog, image: Path, end: int, rng: np.random.Generator) -> int:
    """Make the disk after a power cut at `end` that also takes what the disk's own
    memory held: each write since the last flush is lost with one chance in two, but
    those forced through.  Returns how many were lost.
    """
    epoch = log.epoch(end)
    disk = Disk(log, image)
    disk.forward(epoch)
    lost = 0
    fd = os.open(image, os.O_RDWR)
    try:
        for entry in log.entries[epoch:end]:
            if not entry.writes:
                continue
            if not entry.flags & FUA and rng.random() < 0.5:
                lost += 1
                continue
            os.pwrite(fd, log.bytes_of(entry), entry.sector * SECTOR)
    finally:
        os.close(fd)
    return lost
