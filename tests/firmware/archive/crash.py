"""A disk that stops at a chosen operation, as a kill or a power cut would leave it.

`Kill` keeps all that was done before.  `PowerCut` also takes back what had not been
made durable: bytes beyond the last sync of a file, and names that came, changed or
went since their folder was synced.  A journal keeps the order of names, so they are
taken back from the last one on, as far as `rng` says; 0 luck takes back all.
"""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from firmware.archive import Archive, disk
from firmware.archive.catalogue import Catalogue


class Stop(BaseException):
    """The instant at which everything ends."""


#: Operations that change the disk; each is stopped before, `write` also halfway.
OPERATIONS = (
    "create",
    "write",
    "write_at",
    "truncate",
    "sync_data",
    "sync_folder",
    "rename",
    "remove",
)


class Kill:
    """Stops the process before operation number `at`; every transaction counts too."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, at: int) -> None:
        self.at = at
        self.count = 0
        self._armed = True
        for name in OPERATIONS:
            wrapped = self._wrap(name, getattr(disk, name))
            monkeypatch.setattr(disk, name, wrapped)
        monkeypatch.setattr(os, "mkdir", self._wrap("mkdir", os.mkdir))
        real = Catalogue.write

        def write(catalogue: Catalogue) -> Any:
            self._transaction()
            return real(catalogue)

        monkeypatch.setattr(Catalogue, "write", write)

    @property
    def stopped(self) -> bool:
        return self.count > self.at

    def release(self, archive: Archive | None) -> None:
        """Let go of what a dead process lets go of; nothing is tidied."""
        self._armed = False
        if archive is None:
            return
        for master in archive._writer._masters.values():
            if not master.closed:
                os.close(master._fd)  # type: ignore[attr-defined]  # either kind's
        archive._catalogue.close()
        if archive._lock is not None:
            archive._lock.close()

    def _step(self) -> None:
        if self._armed:
            self.count += 1
            if self.stopped:
                raise Stop(f"operation {self.at}")

    def _transaction(self) -> None:
        self._step()

    def _wrap(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def operation(*arguments: Any) -> Any:
            if name == "write" and self._armed and self.count == self.at:
                real(arguments[0], arguments[1][: len(arguments[1]) // 2])
            self._step()
            self.before(name, *arguments)
            done = real(*arguments)
            self.after(name, done, *arguments)
            return done

        return operation

    def before(self, name: str, *arguments: Any) -> None:
        """Note what is about to happen."""

    def after(self, name: str, done: Any, *arguments: Any) -> None:
        """Note what has happened."""


class Refusal(Kill):
    """Goes on, but refuses `spell` operations from number `at` on."""

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, at: int, spell: int, error: int
    ) -> None:
        super().__init__(monkeypatch, at)
        self._last = at + spell
        self._error = error

    def _step(self) -> None:
        self.count += 1
        if self.at < self.count <= self._last:
            raise OSError(self._error, os.strerror(self._error))

    def _transaction(self) -> None:
        with disk.plainly("catalogue.sqlite3"):
            self._step()


class PowerCut(Kill):
    """Takes back what was not durable, all of it or as much as `rng` decides."""

    def __init__(
        self,
        monkeypatch: pytest.MonkeyPatch,
        at: int,
        folder: Path,
        rng: np.random.Generator | None = None,
    ) -> None:
        self._spare = folder / "spare"  # keeps what was replaced or removed
        self._spare.mkdir()
        super().__init__(monkeypatch, at)
        self._rng = rng
        self._names: list[tuple[Path, Callable[[], None]]] = []
        self._durable: dict[int, int] = {}  # bytes by inode

    def before(self, name: str, *arguments: Any) -> None:
        if name not in ("rename", "remove"):
            return
        target = Path(arguments[-1])
        old = self._spare / f"{self.count}"
        if target.exists():
            os.link(target, old)
        elif name == "remove":
            return

        def undo() -> None:
            if name == "rename":
                os.replace(target, arguments[0])
            if old.exists():
                os.replace(old, target)

        self._names.append((target.parent, undo))

    def after(self, name: str, done: Any, *arguments: Any) -> None:
        if name == "create":
            self._durable[os.fstat(done).st_ino] = 0
            path = Path(arguments[0])
            self._names.append((path.parent, lambda: path.unlink(missing_ok=True)))
        elif name == "mkdir":
            made = Path(arguments[0])
            self._names.append((made.parent, lambda: shutil.rmtree(made)))
        elif name == "sync_data":
            stat = os.fstat(arguments[0])
            self._durable[stat.st_ino] = stat.st_size
        elif name == "sync_folder":
            self._names = [n for n in self._names if n[0] != Path(arguments[0])]

    def cut(self, state_dir: Path) -> None:
        """Take back what the power cut takes back."""
        for path in state_dir.rglob("*"):
            durable = self._durable.get(path.stat().st_ino)
            if path.is_file() and durable is not None:
                size = path.stat().st_size
                os.truncate(path, self._some(min(durable, size), size))
        for _, undo in reversed(self._names[self._some(0, len(self._names)) :]):
            undo()

    def _some(self, low: int, high: int) -> int:
        return low if self._rng is None else int(self._rng.integers(low, high + 1))
