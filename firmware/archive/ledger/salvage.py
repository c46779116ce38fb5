"""A ledger whose file is damaged is put aside, never deleted, and another begins.

Its head and the checkpoints on the shelf go with it: they are of the old one.  The new
ledger's first entry names it, and calls that lived before are entered as adopted, so
that nobody can take the second for the first.
"""

import logging
import sqlite3
from pathlib import Path

from firmware.archive import disk
from firmware.archive.catalogue import is_damage
from firmware.archive.ledger.anchors import FOLDER
from firmware.archive.ledger.store import NAME
from firmware.errors import StoreError

log = logging.getLogger(__name__)

#: The box may have more than one bad day.
_MANY = 100


def is_damaged(error: StoreError) -> bool:
    """Tell a file that is broken from a disk that is full or gone."""
    cause = error.__cause__
    return isinstance(cause, sqlite3.Error) and is_damage(cause)


def put_aside(state_dir: Path, head: str) -> Path:
    """Move ledger, head and shelf to one folder; return it."""
    aside = next(
        path
        for number in range(1, _MANY + 1)
        if not (path := state_dir / f"ledger.damaged-{number}").exists()
    )
    with disk.plainly(f"{state_dir}: the damaged ledger cannot be put aside"):
        disk.make_folder(aside)
        for name in (f"{NAME}-wal", f"{NAME}-shm", head, FOLDER, NAME):
            if (state_dir / name).exists():
                disk.rename(state_dir / name, aside / name)
        disk.sync_folder(aside)
        disk.sync_folder(state_dir)
    log.error("%s was damaged; it is kept in %s and another begins", NAME, aside.name)
    return aside
