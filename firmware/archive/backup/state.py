"""What the box remembers of its backups: the last one, the last test, what went wrong.

`state_dir/backup/state.json`, replaced atomically, written by the process that holds
the lock of the backups.
"""

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from firmware.archive import disk
from firmware.errors import StoreError

FOLDER = "backup"
NAME = "state.json"
LOCK = "lock"
#: Where the repository's password lies.
PASSWORD = Path("keys") / "backup.key"
#: The place under which the list of erasures knows the backups.
PLACE = "backup"


@dataclass(slots=True)
class State:
    """All that a page may want to know; times are seconds since 1970, 0 = never."""

    last_ok_utc: float = 0.0
    last_try_utc: float = 0.0
    problem: str | None = None
    snapshot: str | None = None
    calls: int = 0
    files: int = 0
    bytes: int = 0
    seconds: float = 0.0
    tested_utc: float = 0.0
    test_problem: str | None = None
    test_calls: int = 0
    test_part: int = 0


def read(state_dir: Path) -> State:
    """Return the state; an absent one is a new one."""
    path = state_dir / FOLDER / NAME
    try:
        data = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return State()
    except (OSError, ValueError) as error:
        raise StoreError(f"{path}: cannot be read: {error}") from error
    return State(**{k: v for k, v in data.items() if k in State.__dataclass_fields__})


def write(state_dir: Path, state: State) -> None:
    """Replace the state, durably."""
    folder = state_dir / FOLDER
    with disk.plainly(f"{folder}: the state of the backups cannot be written"):
        for above in disk.make_folder(folder):
            disk.sync_folder(above)
        disk.replace_file(folder / NAME, json.dumps(asdict(state)).encode())
        disk.sync_folder(folder)


@contextlib.contextmanager
def locked(state_dir: Path) -> Iterator[None]:
    """Let one backup, test or set-up run at a time; a dead process lets go."""
    folder = state_dir / FOLDER
    with disk.plainly(f"{folder}: cannot be locked"):
        disk.make_folder(folder)
        fd = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise StoreError("a backup is running already") from error
    finally:
        os.close(fd)
