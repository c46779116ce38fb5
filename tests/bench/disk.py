"""What an hour of talk writes to the card: on a real ext4, by the kernel's count."""

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import soundfile
from numpy.typing import NDArray

from firmware.archive import Archive, disk
from firmware.archive.line_log import Note
from firmware.archive.model import Call, Mark
from firmware.archive.wav import FS
from firmware.call.witness import ALIVE_EVERY

VOICES = Path(__file__).parents[2] / "firmware" / "line" / "sim" / "voices"
#: Line noise between the words, rms in steps of 16 bits: about -60 dBov.
NOISE = 30.0
BLOCK = FS // 50
#: Calls of three minutes; the result is scaled to an hour.
CALL_S = 180
CALLS = 4
START_UTC = 1_800_000_000.0
IMAGE_BYTES = 256 << 20
#: Blocks of 4 KiB, as on a card; small file systems would get 1 KiB.
MKFS = ("-b", "4096", "-E", "lazy_itable_init=0,lazy_journal_init=0")
SECTOR = 512

#: Fields of /sys/block/*/stat (Documentation/block/stat.rst).
WRITE_SECTORS, FLUSHES = 6, 15


def disk_cost(calls: int = CALLS) -> dict[str, Any]:
    """Return megabytes and flushes per call-hour, journal and FLAC included.

    Keys: ``mb``, ``flushes``, ``method``, ``flac_mb``, the masters that stay, and
    ``once_mb``, what an archive is made with.
    """
    talk = conversation(CALL_S)
    with contextlib.ExitStack() as stack:
        place = loop_ext4(stack) or counted_process(stack)
        empty = place.count()
        with Archive(place.state) as archive:
            archive.line_log.first("1")  # databases are made once in a box's life
            archive.line_log.save([])
        before = place.count()
        kept = _record(place.state, talk, calls)
        place.settle()
        after = place.count()
    hours = calls * CALL_S / 3600
    return {
        "mb": (after[0] - before[0]) / hours / 1e6,
        "flushes": (after[1] - before[1]) / hours,
        "once_mb": (before[0] - empty[0]) / 1e6,
        "flac_mb": kept / hours / 1e6,
        "method": place.method,
    }


def conversation(seconds: int) -> NDArray[np.int16]:
    """Return talk by the simulator's voices over line noise."""
    rng = np.random.default_rng(60)
    voices = [soundfile.read(path)[0] for path in sorted(VOICES.glob("*.[fw]*"))]
    talk = rng.normal(0, NOISE, seconds * FS)
    at = 0
    while voices and at < len(talk):
        voice = voices[int(rng.integers(len(voices)))][: len(talk) - at]
        talk[at : at + len(voice)] += voice * 8000
        at += len(voice) + int(rng.integers(FS // 4, FS))
    return np.clip(talk, -32768, 32767).astype(np.int16)


class Place(NamedTuple):
    """A state folder with a count of the bytes and flushes that reach its disk."""

    state: Path
    count: Callable[[], tuple[int, int]]
    settle: Callable[[], None]
    method: str


def loop_ext4(
    stack: contextlib.ExitStack, image_bytes: int = IMAGE_BYTES
) -> Place | None:
    """Mount a fresh ext4 image; None where that is not allowed."""
    tools = ("mkfs.ext4", "losetup", "mount", "umount")
    if os.geteuid() != 0 or not all(map(shutil.which, tools)):
        return None
    work = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    image, mount = work / "image", work / "mount"
    mount.mkdir()
    with image.open("wb") as file:
        file.truncate(image_bytes)
    try:
        _run("mkfs.ext4", "-q", "-F", *MKFS, str(image))
        device = _run("losetup", "--find", "--show", str(image)).strip()
        stack.callback(_run, "losetup", "--detach", device)
        _run("mount", "-t", "ext4", device, str(mount))
    except (subprocess.CalledProcessError, OSError):
        return None
    stat = Path("/sys/block") / Path(device).name / "stat"
    mounted = stack.enter_context(contextlib.ExitStack())
    mounted.callback(_run, "umount", str(mount))

    def count() -> tuple[int, int]:
        os.sync()
        fields = [int(field) for field in stat.read_text().split()]
        return fields[WRITE_SECTORS] * SECTOR, fields[FLUSHES]

    return Place(mount / "state", count, mounted.close, "ext4 on a loop device")


def counted_process(stack: contextlib.ExitStack) -> Place:
    """Count this process's writes and syncs: without journal and database log."""
    state = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "state"
    syncs = 0

    def counted(function: Callable[..., None]) -> Callable[..., None]:
        def call(*arguments: Any) -> None:
            nonlocal syncs
            syncs += 1
            function(*arguments)

        return call

    for name in ("sync_data", "sync_folder"):
        original = getattr(disk, name)
        setattr(disk, name, counted(original))
        stack.callback(setattr, disk, name, original)

    def count() -> tuple[int, int]:
        lines = Path("/proc/self/io").read_text().splitlines()
        values = dict(line.split(": ") for line in lines)
        return int(values["write_bytes"]), syncs

    return Place(state, count, lambda: None, "/proc/self/io, without the journal")


def _record(state: Path, talk: NDArray[np.int16], calls: int) -> int:
    """Record calls block by block as the recorder does; return the bytes kept."""
    kept = 0
    with Archive(state) as archive:
        ear = Note("1", "ear", "boot", START_UTC, 0.0, START_UTC)
        for number in range(calls):
            start = START_UTC + 3600 * number
            ring = Note("1", "ring", "boot", start, 0.0, start + 6.0)
            lifted = Note("1", "off_hook", "boot", start + 6.0, 0.0, start + CALL_S)
            archive.line_log.save([ring])
            call = Call(archive.new_id(start), "1", start, direction="incoming")
            archive.begin(call)
            call.number, call.ring_count = f"+1555010{number:04}", 2
            archive.update(call)
            master = archive.open_master(call)
            archive.line_log.save([ring, lifted])
            for at in range(0, len(talk), BLOCK):
                master.append(talk[at : at + BLOCK])
                if at % ALIVE_EVERY == 0:
                    archive.line_log.save([ear])
            archive.line_log.save([lifted])
            call.answer_s, call.end_s, call.outcome = 6.0, 6.0 + CALL_S, "answered"
            call.marks = [Mark(float(n), "digit", "5") for n in range(10)]
            archive.end(call)
            archive.finish_pending()
            kept += archive.calls.get(call.id).audio_bytes
    return kept


def _run(*command: str) -> str:
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return done.stdout


if __name__ == "__main__":
    print(disk_cost())
