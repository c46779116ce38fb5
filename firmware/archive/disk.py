"""The few operations that change the disk, each with what it means for safety.

Every module of the archive changes files through here and nowhere else, so that a
test can stop the world before any one of them.  "Durable" means that a power cut
straight afterwards does not undo it.
"""

import contextlib
import ctypes
import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from firmware.errors import StoreError

#: Files of the archive: owner writes, group (the web service) reads.
FILE_MODE = 0o640
FOLDER_MODE = 0o750

#: linux/falloc.h: reserve blocks without changing the size of the file.
FALLOC_FL_KEEP_SIZE = 0x01


@contextlib.contextmanager
def plainly(what: str) -> Iterator[None]:
    """Turn an error of the operating system into one that a person understands."""
    try:
        yield
    except StoreError:
        raise
    except OSError as error:
        raise store_error(what, error) from error


def store_error(what: str, error: OSError) -> StoreError:
    """Return the StoreError for an OSError, its number kept for callers."""
    problem = StoreError(f"{what}: {error.strerror or error}")
    problem.errno = error.errno
    return problem


def create(path: Path, mode: int = FILE_MODE) -> int:
    """Create a file that must not exist and return its descriptor."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)


def open_existing(path: Path) -> int:
    """Open a file for reading and writing."""
    return os.open(path, os.O_RDWR | os.O_CLOEXEC)


def close(fd: int) -> None:
    """Close a descriptor."""
    os.close(fd)


def write(fd: int, data: bytes | memoryview) -> int:
    """Write once, unbuffered; may write less than asked."""
    return os.write(fd, data)


def write_all(fd: int, data: bytes | memoryview) -> None:
    """Write everything, unbuffered."""
    view = memoryview(data)
    while view:
        view = view[write(fd, view) :]


def write_at(fd: int, data: bytes, offset: int) -> None:
    """Overwrite a few bytes in place."""
    if os.pwrite(fd, data, offset) != len(data):
        raise OSError(5, "short write")


def reserve(fd: int, offset: int, length: int) -> bool:
    """Reserve space beyond the end of a file; False where that is not possible."""
    if _fallocate is None:
        return False
    return _fallocate(fd, FALLOC_FL_KEEP_SIZE, offset, length) == 0


def allocate(fd: int, offset: int, length: int) -> None:
    """Make a file longer by space that is taken and not written; OSError if it cannot.

    Unlike posix_fallocate(3) it never falls back to writing zeros, which would hold
    up the caller for as long as that takes.
    """
    if _fallocate is None:
        raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))
    if _fallocate(fd, 0, offset, length) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def truncate(fd: int, length: int) -> None:
    """Cut a file, reserved space included."""
    os.ftruncate(fd, length)


def sync_data(fd: int) -> None:
    """Make the file's content and length durable."""
    os.fdatasync(fd)


def sync_folder(path: Path) -> None:
    """Make the names in a folder durable."""
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def forget_cache(path: Path) -> None:
    """Ask the kernel to read the file from the medium the next time."""
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(fd)


def rename(source: Path, target: Path) -> None:
    """Give a file its name, replacing atomically what had it."""
    os.replace(source, target)


def link(source: Path, target: Path) -> None:
    """Give a file a second name; FileExistsError if the name is taken."""
    os.link(source, target)


def remove(path: Path) -> None:
    """Remove a file if it is there."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)


def shred(path: Path) -> None:
    """Overwrite a small file where it lies and remove it; the folder is to be synced.

    A disk that moves its blocks about, as flash does, may keep a copy all the same.
    """
    try:
        fd = open_existing(path)
    except FileNotFoundError:
        return
    try:
        write_at(fd, bytes(os.fstat(fd).st_size), 0)
        sync_data(fd)
    finally:
        close(fd)
    remove(path)


def overtake(path: Path, content: bytes) -> None:
    """Replace a small secret durably, and overwrite what it was."""
    fd = open_existing(path)
    try:
        replace_file(path, content)
        sync_folder(path.parent)
        write_at(fd, bytes(os.fstat(fd).st_size), 0)
        sync_data(fd)
    finally:
        close(fd)


def make_folder(path: Path) -> list[Path]:
    """Create a folder and what is missing above it.

    It is durable once the folders returned are synced, in their order; left to the
    caller, who may have more to put in before.
    """
    if path.is_dir():
        return []
    above = make_folder(path.parent)
    with contextlib.suppress(FileExistsError):
        os.mkdir(path, FOLDER_MODE)
    return [path.parent, *above]


def replace_file(path: Path, content: bytes, mode: int = FILE_MODE) -> None:
    """Replace a file atomically: readers see the old or the new one, whole.

    It is durable once its folder is synced; a power cut before brings back the old.
    """
    scratch = path.with_name(path.name + ".tmp")
    remove(scratch)
    fd = create(scratch, mode)
    try:
        write_all(fd, content)
        sync_data(fd)
        rename(scratch, path)
    except OSError:
        with contextlib.suppress(OSError):
            remove(scratch)  # the disk may be full
        raise
    finally:
        os.close(fd)


def _find_fallocate() -> Callable[[int, int, int, int], int] | None:
    library = ctypes.CDLL(None, use_errno=True)
    for name in ("fallocate64", "fallocate"):  # off_t of 64 bits on every machine
        function = getattr(library, name, None)
        if function is not None:
            size = ctypes.c_int64
            function.argtypes = (ctypes.c_int, ctypes.c_int, size, size)
            function.restype = ctypes.c_int
            found: Callable[[int, int, int, int], int] = function
            return found
    return None


_fallocate = _find_fallocate()
