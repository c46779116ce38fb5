"""Traces of what was erased: in free pages of the database, its log, its old copies.

Deleted bytes are overwritten by SQLite itself (`secure_delete`).  What a page kept
while rows moved about is looked for afterwards, and the file is written anew where
something was left.  Flash keeps copies that no program can reach; the audio is sealed
for that reason.
"""

import logging
import mmap
from collections.abc import Iterable, Iterator
from pathlib import Path

from firmware.archive import disk
from firmware.archive.catalogue import Catalogue

log = logging.getLogger(__name__)

#: Overwritten at once, bytes.
PIECE = 1 << 20
#: Shorter texts are found anywhere, and tell nobody apart.
MIN_LENGTH = 4


def wipe(path: Path) -> None:
    """Overwrite a file where it lies and remove it; the folder is to be synced."""
    if path.is_symlink() or not path.is_file():
        return
    fd = disk.open_existing(path)
    try:
        size = path.stat().st_size
        for at in range(0, size, PIECE):
            disk.write_at(fd, bytes(min(PIECE, size - at)), at)
        disk.sync_data(fd)
    finally:
        disk.close(fd)
    disk.remove(path)


def clean(catalogue: Catalogue, texts: Iterable[str]) -> list[str]:
    """Remove the traces of texts; return those that other records rightly hold."""
    wanted = sorted({text for text in texts if len(text) >= MIN_LENGTH})
    empty_log(catalogue)
    shared = [text for text in wanted if _is_held(catalogue, text)]
    gone = [text.encode() for text in wanted if text not in shared]
    for aside in asides(catalogue.path):
        if _holds_any(aside, [text.encode() for text in wanted]):
            log.warning("%s: removed, it held what was erased", aside.name)
            wipe(aside)
            disk.sync_folder(aside.parent)
    if _holds_any(catalogue.path, gone):
        log.info("the catalogue is written anew to be rid of what was erased")
        catalogue.rewrite()
        empty_log(catalogue)
    return shared


def empty_log(catalogue: Catalogue) -> bool:
    """Bring the write-ahead log home and cut it; False while somebody reads."""
    busy = catalogue.value("PRAGMA wal_checkpoint(TRUNCATE)")
    if busy:
        log.warning("the catalogue's log is in use; it is emptied with the next sweep")
    return not busy


def asides(path: Path) -> Iterator[Path]:
    """Yield the damaged catalogues that were put aside, with their logs."""
    yield from sorted(path.parent.glob("catalogue.corrupt-*"))


def _is_held(catalogue: Catalogue, text: str) -> bool:
    """Tell whether any row of any table still has a text in it."""
    tables = catalogue.rows(
        "SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c"
        " WHERE m.type = 'table' AND upper(c.type) = 'TEXT'"
    )
    return any(
        catalogue.rows(
            f'SELECT 1 FROM "{table}" WHERE instr("{column}", ?) LIMIT 1', [text]
        )
        for table, column in tables
    )


def _holds_any(path: Path, needles: list[bytes]) -> bool:
    if not needles or not path.exists() or not path.stat().st_size:
        return False
    with (
        path.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content,
    ):
        return any(content.find(needle) >= 0 for needle in needles)
