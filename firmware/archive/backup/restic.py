"""restic as a child process: the few of its commands that a backup needs.

restic 0.14 of Debian 12 is enough.  Its password goes through a file that only its
owner reads, never through an argument that every process could see.
"""

import contextlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from firmware.archive.backup.target import Target
from firmware.errors import StoreError

#: Who is told how much is done, 0 to 1.
Told = Callable[[float], None]

PROGRAM = "restic"
LATEST = "latest"
#: restic(1): some source files could not be read; the snapshot lacks them.
SOME_FILES_MISSING = 3
#: Words of restic, and what they mean to a person.
_PLAINLY = (
    ("wrong password", "its password is another one"),
    ("Is there a repository", "there is no backup repository here; is it attached?"),
    ("already locked", "another program is using the repository"),
    ("no space left", "the backup disk is full"),
    ("no snapshot found", "it holds no backup yet"),
)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One backup in the repository."""

    id: str
    time: str
    host: str


@dataclass(frozen=True, slots=True)
class Stored:
    """What one `restic backup` did."""

    snapshot: str
    files: int
    bytes: int
    added_bytes: int
    complete: bool


class Restic:
    """One repository, its password in `password_file`.

    Several boxes may share one: with a `tag`, only backups that bear it are listed,
    forgotten or taken as the latest.
    """

    def __init__(
        self,
        target: Target,
        password_file: Path,
        environment: Mapping[str, str] | None = None,
        cache: Path | None = None,
        tag: str | None = None,
    ) -> None:
        self._target = target
        self._tag = ["--tag", tag] if tag else []
        self._environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("RESTIC_")},
            **(environment or {}),
            "RESTIC_PASSWORD_FILE": str(password_file),
            "RESTIC_PROGRESS_FPS": "1",
        }
        remote = cache is not None and not target.is_local
        self._cache = ["--cache-dir", str(cache)] if remote else ["--no-cache"]

    def create(self) -> None:
        """Make the repository; StoreError if there is one."""
        self._run("init")

    def exists(self) -> bool:
        """Tell whether the repository is there and the password opens it."""
        try:
            self._run("cat", "config", "--no-lock")
        except StoreError as error:
            if _PLAINLY[1][1] in str(error):
                return False
            raise
        return True

    def backup(
        self, folder: Path, exclude: Iterable[Path], told: Told | None = None
    ) -> Stored:
        """Store a folder's content, without what `exclude` lists.

        `told` is given the part that is done, 0 to 1, about once a second.
        """
        patterns = "\n".join(escaped(path) for path in exclude)
        options = ("--json", *self._tag, "--exclude-file=/dev/stdin")
        command = ("backup", *options, ".")
        done = self._call(command, cwd=folder, text=patterns, told=told)
        if done.returncode not in (0, SOME_FILES_MISSING):
            raise self._error("backup", done)
        summary = last_of(done.stdout, "summary")
        return Stored(
            summary["snapshot_id"],
            int(summary["total_files_processed"]),
            int(summary["total_bytes_processed"]),
            int(summary["data_added"]),
            done.returncode == 0,
        )

    def snapshots(self) -> list[Snapshot]:
        """Return all backups, oldest first."""
        found = json.loads(
            self._run("snapshots", "--json", "--no-lock", *self._tag) or "[]"
        )
        rows = [Snapshot(s["short_id"], s["time"], s["hostname"]) for s in found or []]
        return sorted(rows, key=lambda row: row.time)

    def keep_within(self, days: int) -> None:
        """Forget backups older than so many days; the newest always stays."""
        self._run(
            *("forget", "--group-by", "", *self._tag, "--keep-last", "1"),
            *("--keep-within", f"{days}d", "--prune"),
        )

    def keep_only_last(self) -> None:
        """Forget all but the newest, and every byte that only the others held."""
        self._run(
            *("forget", "--group-by", "", *self._tag, "--keep-last", "1"),
            *("--prune", "--max-unused", "0"),
        )

    def restore(self, snapshot: str, folder: Path, include: Sequence[str] = ()) -> None:
        """Bring back a backup, or the paths in it that `include` names."""
        chosen = [word for path in include for word in ("--include", path)]
        options = ("--target", str(folder), "--no-lock", *chosen)
        tag = self._tag if snapshot == LATEST else []
        self._run("restore", snapshot, *options, *tag)

    def check(self, part: int, parts: int) -> None:
        """Check the structure, and read back this part of all the data."""
        self._run("check", f"--read-data-subset={part}/{parts}")

    def unlock(self) -> None:
        """Remove the locks of processes that died; those that run keep theirs."""
        self._run("unlock")

    def _run(self, *command: str) -> str:
        done = self._call(command)
        if done.returncode != 0:
            raise self._error(command[0], done)
        return done.stdout

    def _call(
        self,
        command: Sequence[str],
        cwd: Path | None = None,
        text: str = "",
        told: Told | None = None,
    ) -> subprocess.CompletedProcess[str]:
        if shutil.which(PROGRAM) is None:
            raise StoreError("restic is not installed: apt install restic")
        words = [PROGRAM, "-r", self._target.location(), *self._cache, *command]
        with (
            tempfile.TemporaryFile("w+") as said,
            tempfile.TemporaryFile("w+") as given,
            subprocess.Popen(
                words,
                cwd=cwd,
                env=self._environment,
                stdin=_filled(given, text),
                stdout=subprocess.PIPE,
                stderr=said,
                text=True,
            ) as process,
        ):
            assert process.stdout is not None
            lines = [line for line in process.stdout if not _is_progress(line, told)]
            code = process.wait()
            said.seek(0)
            return subprocess.CompletedProcess(words, code, "".join(lines), said.read())

    def _error(self, what: str, done: subprocess.CompletedProcess[str]) -> StoreError:
        lines = done.stderr.strip().splitlines() or [f"it ended with {done.returncode}"]
        for word, meaning in _PLAINLY:
            if word.lower() in done.stderr.lower():
                return StoreError(f"backup {self._target}: {meaning}")
        said = next((x for x in lines if x.startswith("Fatal")), lines[-1])
        return StoreError(f"backup {self._target}: restic {what}: {said}")


def _filled(file: IO[str], text: str) -> IO[str]:
    """Return a file that holds a text, to be read from its beginning."""
    file.write(text)
    file.seek(0)
    return file


def _is_progress(line: str, told: Told | None) -> bool:
    """Say whether a line tells progress, and pass it on."""
    if '"message_type":"status"' not in line:
        return False
    with contextlib.suppress(ValueError):
        if told is not None:
            told(float(json.loads(line).get("percent_done", 0.0)))
    return True


def escaped(path: Path) -> str:
    """Return a path as an exclude pattern that matches it and nothing else."""
    text = str(path)
    for character in "\\*?[":
        text = text.replace(character, "\\" + character)
    return text.replace("$", "$$")


def last_of(output: str, kind: str) -> dict[str, Any]:
    """Return the last JSON line of a kind."""
    for line in reversed(output.splitlines()):
        try:
            message: dict[str, Any] = json.loads(line)
        except ValueError:
            continue
        if message.get("message_type") == kind:
            return message
    raise StoreError(f"restic said nothing of its {kind}")
