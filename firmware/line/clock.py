"""The wall clock, and whether to believe it.

A box that starts without a network may think it is 1970.  Each anchor therefore says
how good the clock was, and carries the boot clock, by which the archive corrects a
call once the time is known.  Only line adapters ask this module.
"""

import ctypes
import os
import time
from dataclasses import dataclass
from pathlib import Path

from firmware.line.block import Anchor, ClockState

#: adjtimex(2): return value while the clock is not synchronized.
TIME_ERROR = 5
#: adjtimex(2): status bit "clock unsynchronized".
STA_UNSYNC = 0x0040
#: systemd-timesyncd.service(8): touched at each synchronization, gone after a boot.
TIMESYNC_STAMP = Path("/run/systemd/timesync/synchronized")
#: rtc sysfs class: "1" for the clock chip the kernel set the time from at boot.
RTC_HCTOSYS = Path("/sys/class/rtc/rtc0/hctosys")
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
#: No box of this make has run before 1 Jan 2026, so an earlier clock is not set.
NOT_BEFORE_UTC = 1_767_225_600.0
#: Readings of the three clocks to choose the closest together from.
READINGS = 3


class _Timex(ctypes.Structure):
    """`struct timex` up to its status; the rest is room for the kernel to fill."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_char * 512),
    )


def disciplined() -> bool:
    """Is the kernel's clock being steered by a time source?"""
    return _ask_kernel()[0]


def _ask_kernel() -> tuple[bool, float]:
    """Return whether the clock is steered, and how far it may be off at most, s."""
    libc = ctypes.CDLL(None, use_errno=True)
    timex = _Timex(modes=0)
    result = libc.adjtimex(ctypes.byref(timex))
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, f"adjtimex: {os.strerror(error)}")
    steered = result != TIME_ERROR and not timex.status & STA_UNSYNC
    return steered, timex.maxerror / 1e6


def judge(
    utc: float, *, disciplined: bool, stamp: bool, rtc: bool, since: float
) -> ClockState:
    """Name the state of a clock that reads `utc` from what is known about it.

    `stamp`: a time server was reached since the boot; `rtc`: a clock chip set the
    time; `since`: the earliest time that can be true.
    """
    if utc < since:
        return "unknown"
    if disciplined:
        return "synced"
    return "free-running" if stamp or rtc else "unknown"


def state() -> ClockState:
    """Return how far the wall clock can be believed now."""
    try:
        steered = disciplined()
    except OSError:  # forbidden in some sandboxes: then the stamp must do
        steered = False
    return judge(
        time.time(),
        disciplined=steered,
        stamp=TIMESYNC_STAMP.exists(),
        rtc=_rtc_set_the_time(),
        since=NOT_BEFORE_UTC,
    )


def source() -> tuple[str, float | None]:
    """Return what set the clock, and how far it may be off at most, s, if known."""
    try:
        steered, error_s = _ask_kernel()
    except OSError:
        steered, error_s = False, 0.0
    if steered:
        return "network", error_s
    if TIMESYNC_STAMP.exists():
        return "server", None
    return ("rtc" if _rtc_set_the_time() else ""), None


def boot_id() -> str:
    """Return the kernel's name for this boot."""
    return BOOT_ID.read_text("ascii").strip()


@dataclass(frozen=True, slots=True)
class Reading:
    """One instant on the three clocks, seconds."""

    utc: float
    boottime_s: float
    monotonic_s: float


def read() -> Reading:
    """Read the clocks at once; of a few tries the one least disturbed."""
    return min((_read_once() for _ in range(READINGS)), key=lambda pair: pair[0])[1]


def anchor(index: int, monotonic_s: float) -> Anchor:
    """Tie sample `index`, heard at `monotonic_s`, to the wall clock as it is now."""
    now = read()
    age = now.monotonic_s - monotonic_s
    set_by, error_s = source()
    return Anchor(
        index=index,
        utc=now.utc - age,
        clock=state(),
        boottime_s=now.boottime_s - age,
        boot_id=boot_id(),
        source=set_by,
        error_s=error_s,
    )


def _read_once() -> tuple[float, Reading]:
    before = time.monotonic()
    utc = time.time()
    boottime = time.clock_gettime(time.CLOCK_BOOTTIME)
    after = time.monotonic()
    return after - before, Reading(utc, boottime, (before + after) / 2)


def _rtc_set_the_time() -> bool:
    try:
        return RTC_HCTOSYS.read_text("ascii").strip() == "1"
    except OSError:
        return False
