"""One backup: look, prepare, store, forget, remember.

It stops before storing if the disk is not the one we know or if calls are missing
that nobody sent away.  What people erased leaves the repository with this very cycle:
all older backups are forgotten then, because each of them still holds it.
"""

import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from firmware.archive import Archive, disks, folder, space
from firmware.archive.backup import keys, manifest, media, stage
from firmware.archive.backup import state as states
from firmware.archive.backup.restic import Restic, Stored, Told
from firmware.archive.erasures import Erasure
from firmware.archive.writer import is_busy
from firmware.errors import StoreError

log = logging.getLogger(__name__)

#: Below the state folder, but not part of the archive: running state, locks, logs of
#: the databases, the folder of keys (it goes in sealed), what the page proves itself
#: with (another box makes its own).
LEFT_OUT = (
    *("run", "writer.lock", "keys", "tls", "web-forms.key", space.NAME, stage.HEAD),
    *(f"{name}{suffix}" for name in stage.DATABASES for suffix in ("", "-wal", "-shm")),
)
#: The reason of an erasure that a person asked for; the others age out.
FORCED = "erasure"
#: Copies are renewed so often if calls change meanwhile.
ATTEMPTS = 4
DAY_S = 86400.0


@dataclass(frozen=True, slots=True)
class Done:
    """What a backup stored."""

    snapshot: str
    calls: int
    files: int
    bytes: int
    added_bytes: int
    seconds: float
    reached: int  # erasures that the backups have followed with this cycle


def run(
    archive: Archive,
    repository: Restic,
    settings: str,
    now_utc: float,
    *,
    keep_days: int,
    accept: bool = False,
    clock: Callable[[], float] = time.monotonic,
    told: Told | None = None,
) -> Done:
    """Make one backup; StoreError says why not, and the state remembers it."""
    state_dir = archive.state_dir
    with states.locked(state_dir):
        state = states.read(state_dir)
        state.last_try_utc = now_utc
        began = clock()
        try:
            done = _cycle(
                archive, repository, settings, keep_days, now_utc, accept, told
            )
        except StoreError as error:
            state.problem = str(error)
            states.write(state_dir, state)
            raise
        state.last_ok_utc, state.problem = now_utc, None
        state.snapshot, state.calls = done.snapshot, done.calls
        state.files, state.bytes = done.files, done.bytes
        state.seconds = round(clock() - began, 3)
        states.write(state_dir, state)
    return done


def _cycle(
    archive: Archive,
    repository: Restic,
    settings: str,
    keep_days: int,
    now_utc: float,
    accept: bool,
    told: Told | None,
) -> Done:
    began = time.monotonic()
    identity = disks.check(archive.state_dir)
    if not identity.is_same and identity.state != "new":
        raise StoreError(f"no backup: {identity.message}")
    repository.unlock()
    pending = archive.erasures.pending(states.PLACE)
    for _ in range(ATTEMPTS):
        stored, files = _store(archive, repository, settings, accept, told)
        if not manifest.has_changed(archive.state_dir, files.values()):
            break
        log.info("calls were changed while they were copied; the copy is renewed")
    else:
        raise StoreError("no backup: the calls were changed all the time; try later")
    if not stored.complete:
        raise StoreError("no backup: some files could not be read; is the disk sound?")
    reached = _forget(archive, repository, pending, now_utc, keep_days)
    return Done(
        stored.snapshot,
        len(manifest.calls_of(files)),
        stored.files,
        stored.bytes,
        stored.added_bytes,
        time.monotonic() - began,
        reached,
    )


def _store(
    archive: Archive,
    repository: Restic,
    settings: str,
    accept: bool,
    told: Told | None,
) -> tuple[Stored, manifest.Manifest]:
    """List every file, prepare what is in use, and let restic copy it all."""
    state_dir = archive.state_dir
    busy = _busy(archive)
    path = state_dir / states.FOLDER / manifest.NAME
    before = manifest.load(path)
    files = manifest.build(state_dir, before, _leave_out(state_dir, busy))
    problem = _look(archive, files, before, busy).problem()
    if problem and not accept:
        raise StoreError(f"no backup: {problem}")
    staged = stage.prepare(state_dir, settings, keys.recovery_seal(state_dir))
    try:
        _list(path, files, staged)
        excluded = _excluded(state_dir, busy)
        return repository.backup(state_dir, excluded, told), files
    finally:
        stage.wipe(staged)


def _busy(archive: Archive) -> set[str]:
    """Return the calls that run or wait to be packed."""
    waiting = archive.calls.unsettled()
    return {call_id for call_id in waiting if is_busy(archive.calls.get(call_id))}


def _forget(
    archive: Archive,
    repository: Restic,
    pending: list[Erasure],
    now_utc: float,
    keep_days: int,
) -> int:
    """Let older backups go; return how many erasures have now reached them all.

    A person's erasure takes every older backup with it, each of them holds the call.
    What a sweep removed leaves with the last backup of before.
    """
    if any(erasure.reason == FORCED for erasure in pending):
        repository.keep_only_last()
        gone = pending
    else:
        repository.keep_within(keep_days)
        last = now_utc - keep_days * DAY_S
        gone = [erasure for erasure in pending if erasure.at_utc < last]
    archive.erasures.reached(states.PLACE, gone, now_utc)
    return len(gone)


def _look(
    archive: Archive,
    files: manifest.Manifest,
    before: manifest.Manifest,
    busy: set[str],
) -> media.Media:
    """Compare catalogue, disk and last backup."""
    then, now = manifest.calls_of(before), manifest.calls_of(files)
    away = {call_id: names for call_id, names in then.items() if call_id not in busy}
    reasons: dict[str, str] = {}
    for call_id, names in away.items():
        if call_id in now and not media.lacks_audio(names, now[call_id]):
            continue
        erased = archive.erasures.of_call(call_id)
        if erased:
            reasons[call_id] = erased[-1].reason
        elif call_id in now and _says_why(archive, call_id):
            reasons[call_id] = "no audio"
    return media.compare(set(archive.calls.ids()), now, then, reasons, busy)


def _says_why(archive: Archive, call_id: str) -> bool:
    """Tell whether the record itself says where its audio went."""
    try:
        call = archive.calls.get(call_id)
    except LookupError:
        return False
    return call.audio == "none" and call.no_audio_reason not in (None, "missing")


def _leave_out(state_dir: Path, busy: set[str]) -> Callable[[Path], bool]:
    never = set(_excluded(state_dir, busy)) | {state_dir / states.FOLDER}

    def leave_out(path: Path) -> bool:
        return path in never or path.name.endswith((".tmp", folder.HALF))

    return leave_out


def _excluded(state_dir: Path, busy: Iterable[str]) -> list[Path]:
    """Return what restic leaves out: running calls come with the next backup."""
    calls = folder.Folders(state_dir / "recordings")
    own = state_dir / states.FOLDER
    return [
        *(state_dir / name for name in LEFT_OUT),
        *(own / name for name in (states.NAME, states.LOCK, "cache")),
        *(calls.path(call_id) for call_id in busy),
    ]


def _list(path: Path, files: manifest.Manifest, staged: Path) -> None:
    """Write the manifest, durably; what is staged belongs to it."""
    root = staged.parents[1]
    own = {
        name.relative_to(root).as_posix(): manifest.Entry(
            name.relative_to(root).as_posix(),
            name.stat().st_size,
            0,
            manifest.sha256_of(name),
        )
        for name in sorted(staged.iterdir())
    }
    manifest.save(path, {**files, **own})
