"""Room on the disk: how much there is, how much must stay, and a reserve that is kept.

Four hours of audio for every line are put aside as one file, `reserve.bin`, so that
what else grows on the disk reaches its limit before calls do.  When room gets scarce
the file is made shorter, and a call that runs goes on into the space it leaves; the
master takes minutes to an hour of that ahead of its need.  Retention by space makes
room again afterwards, and the file grows back.
"""

import contextlib
import logging
import math
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from firmware.archive import disk, wav
from firmware.errors import StoreError

log = logging.getLogger(__name__)

NAME = "reserve.bin"
#: Audio of all lines that must find room at any time, h (goal R8).
RESERVE_H = 4.0
#: Parts of the disk that are free when a person is warned, and alarmed (goal R8).
WARN_PART, ALARM_PART = 0.15, 0.05
#: One hour of a line as it is written: PCM in sealed pages.
BYTES_PER_H = round(wav.FS * wav.SAMPLE_BYTES * 3600 * 4096 / 4080)
#: Less than this and the reserve gives way, bytes; it does so in steps of this, and
#: grows back where twice as much is free.
LOW = 64 << 20
#: A small disk keeps at most this part of itself in reserve.
MOST_PART = 0.25

#: After a refusal the reserve is left alone for so long, s.
REST_S = 3600.0

Level = Literal["ok", "warn", "alarm"]


@dataclass(frozen=True, slots=True)
class Room:
    """The room on a disk; the reserve counts as free for calls."""

    total: int
    free: int  # for anybody
    reserve: int  # put aside for calls
    wanted: int  # what the reserve should be
    lines: int = 1

    @property
    def hours(self) -> float:
        """Hours of one line that still find room."""
        return (self.free + self.reserve) / BYTES_PER_H

    @property
    def free_part(self) -> float:
        """Free part of the disk, the reserve included."""
        return (self.free + self.reserve) / max(1, self.total)

    @property
    def level(self) -> Level:
        """How bad it is."""
        if self.free_part < ALARM_PART or self.hours < RESERVE_H * self.lines:
            return "alarm"
        return "warn" if self.free_part < WARN_PART else "ok"

    @property
    def shortfall(self) -> int:
        """Bytes that retention should make free: up to the warning, and the reserve."""
        whole = max(round(ALARM_PART * self.total), self.wanted + 2 * LOW)
        return max(0, whole - self.free - self.reserve)


def wanted_reserve(total: int, lines: int) -> int:
    """Return the size of the reserve on a disk for so many lines."""
    return min(round(RESERVE_H * BYTES_PER_H * lines), round(MOST_PART * total))


def change_of(room: Room) -> int:
    """Return by how many bytes the reserve should change: negative = give way.

    It grows only from what is free beyond twice `LOW`, so that growing never makes the
    room scarce that it is to protect.
    """
    if room.free < LOW:
        return -min(room.reserve, LOW - room.free + LOW)
    spare = room.free - 2 * LOW
    if room.reserve < room.wanted and spare > 0:
        return min(room.wanted - room.reserve, spare)
    return 0


def measure(state_dir: Path, lines: int = 1) -> Room:
    """Look at the disk that holds a state folder."""
    with disk.plainly(f"{state_dir}: its disk cannot be asked for room"):
        found = os.statvfs(state_dir)
    total = found.f_blocks * found.f_frsize
    reserve = 0
    with contextlib.suppress(OSError):
        reserve = os.stat(state_dir / NAME).st_blocks * 512
    free = found.f_bavail * found.f_frsize
    return Room(total, free, reserve, wanted_reserve(total, lines), lines)


class Tender:
    """Lets the reserve grow or give way; call it once a second or so.

    What the disk refuses is logged and left alone for `REST_S`: a reserve that cannot
    be kept must not keep calls from being recorded.
    """

    def __init__(
        self,
        state_dir: Path,
        lines: int = 1,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._state_dir = state_dir
        self._lines = lines
        self._clock = clock
        self._rest_until = -math.inf

    def __call__(self) -> Room:
        """Return the room there is, the reserve being what it can be."""
        room = measure(self._state_dir, self._lines)
        change = change_of(room)
        if change == 0 or (change > 0 and self._clock() < self._rest_until):
            return room
        path = self._state_dir / NAME
        try:
            with disk.plainly(f"{path}: the reserve cannot be kept"):
                resize(path, room.reserve + change)
        except StoreError as error:
            log.warning("%s", error)
            self._rest_until = self._clock() + REST_S
            return room
        room = measure(self._state_dir, self._lines)
        if change < 0:
            log.warning(
                "the disk is nearly full; %.1f h of calls still fit", room.hours
            )
        return room


def resize(path: Path, size: int) -> None:
    """Make the reserve this long, as space that is taken and never written."""
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, disk.FILE_MODE)
    try:
        present = os.fstat(fd).st_size
        if size < present:
            disk.truncate(fd, size)
        elif size > present:
            disk.allocate(fd, present, size - present)
    finally:
        os.close(fd)
