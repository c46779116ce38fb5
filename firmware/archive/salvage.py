"""A damaged catalogue is put aside, never deleted, and a new one takes its place.

Calls come back from their folders.  Users, and with them the ownership of the box,
are copied as far as they can still be read; if they cannot, the box is claimed anew
with a new code, which needs access to the box itself.  So are the owner's choices and
the registers of consent: lost choices switch recording off.  Sessions end.
"""

import contextlib
import logging
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

from firmware.archive import disk
from firmware.archive.catalogue import Catalogue, Row, is_damage
from firmware.errors import StoreError

log = logging.getLogger(__name__)

_USERS = (
    "SELECT id, name, role, password, created_utc, lines FROM users",
    # of a catalogue from before there were roles
    "SELECT id, name, CASE role WHEN 'user' THEN 'agent' ELSE role END, password,"
    " created_utc, '[]' FROM users",
)
#: Copied whole or not at all, in an order that keeps their references.
_PAPERS = (
    *("choices", "staff", "wishes", "agreements", "agreement_steps"),
    *("certificates", "erasures", "erasure_reach", "sweeps", "requests", "views"),
)


def open_catalogue(path: Path) -> tuple[Catalogue, str | None]:
    """Return a sound catalogue, and what had to be done if it was damaged."""
    try:
        catalogue = Catalogue(path, create=True)
        damage = catalogue.check()
    except StoreError as error:
        if not isinstance(error.__cause__, sqlite3.Error):
            raise
        if not is_damage(error.__cause__):
            raise
        damage = str(error)
    else:
        if damage is None:
            return catalogue, None
        catalogue.close()
    aside = _put_aside(path)
    people = _read_users(aside)
    papers = {table: _read_all(aside, table) for table in _PAPERS}
    if not papers["agreements"]:
        papers["agreement_steps"] = []  # they would be steps of nothing
    if not papers["erasures"]:
        papers["erasure_reach"] = []
    if not people:
        papers["views"] = []
    catalogue = Catalogue(path, create=True)
    with catalogue.write() as db:
        for row in people:
            db.execute("INSERT OR IGNORE INTO users VALUES (?, ?, ?, ?, ?, ?)", row)
        for table, rows in papers.items():
            for row in rows:
                places = ", ".join("?" * len(row))
                db.execute(f"INSERT OR IGNORE INTO {table} VALUES ({places})", row)
    kept = f"{len(people)} users kept" if people else "no user could be kept"
    message = f"{path.name} was damaged ({damage}); it is kept as {aside.name}, {kept}"
    log.warning("%s", message)
    return catalogue, message


def _put_aside(path: Path) -> Path:
    stamp = datetime.fromtimestamp(path.stat().st_mtime, UTC).strftime("%Y%m%d-%H%M%S")
    aside = path.with_name(f"catalogue.corrupt-{stamp}")
    count = 1
    while aside.exists():
        count += 1
        aside = path.with_name(f"catalogue.corrupt-{stamp}-{count}")
    with disk.plainly(f"{path}: the damaged catalogue cannot be put aside"):
        for suffix in ("-wal", "-shm", ""):
            part = path.with_name(path.name + suffix)
            if part.exists():
                disk.rename(part, aside.with_name(aside.name + suffix))
        disk.sync_folder(path.parent)
    return aside


def _read_all(aside: Path, table: str) -> list[Row]:
    """Return every row of a table; a broken page or an older layout yields none."""
    with contextlib.closing(sqlite3.connect(aside)) as connection:
        try:
            rows: list[Row] = connection.execute(f"SELECT * FROM {table}").fetchall()
        except sqlite3.DatabaseError:
            return []
    return rows


def _read_users(aside: Path) -> list[Row]:
    """Return the rows that can be read whole; a broken page yields none."""
    with contextlib.closing(sqlite3.connect(aside)) as connection:
        rows: list[Row] = []
        for sql in _USERS:
            with contextlib.suppress(sqlite3.DatabaseError):
                rows = rows or connection.execute(sql).fetchall()
    return [row for row in rows if str(row[3]).startswith("$argon2id$")]
