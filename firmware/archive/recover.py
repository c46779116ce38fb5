"""After a crash or a power cut: every folder is adopted, repaired and explained.

Looked at are the calls whose rows are unsettled and the folders that the catalogue
does not know.  Nothing is dropped: a folder whose sidecar cannot be read is shown
with what its name and its files tell.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from firmware.archive import disk, erase, finish, wav
from firmware.archive.folder import (
    GROWING,
    MASTER_PCM_SEALED,
    SIDECAR,
    growing_master,
    packed_master,
    utc_of,
)
from firmware.archive.interrupted import LastSeen, conclude, no_audio, tell, tell_loss
from firmware.archive.ledger import Ledger
from firmware.archive.model import PACKED, Call
from firmware.archive.opening import open_master
from firmware.archive.reader import hash_samples
from firmware.archive.seal import live_reader
from firmware.archive.writer import Writer, copy_audio, is_busy
from firmware.errors import Locked, NoSuchCall, StoreError

log = logging.getLogger(__name__)

#: Rows stored in one transaction when many folders are adopted.
BATCH = 500


@dataclass(slots=True)
class Found:
    """What an examination of folders brought."""

    told: list[Call] = field(default_factory=list)  # a person should know of these
    left: dict[str, StoreError] = field(default_factory=dict)  # to be tried again


def recover(writer: Writer, seen: LastSeen | None) -> Found:
    """Put every interrupted call in order."""
    listed, present = writer.calls.ids(), set(writer.folders.ids())
    if listed - present:
        log.warning("%d calls have no folder; is the right disk mounted?",
                    len(listed - present))  # fmt: skip
    return adopt(writer, {*writer.calls.unsettled(), *(present - listed)}, seen)


def adopt(writer: Writer, call_ids: Iterable[str], seen: LastSeen | None) -> Found:
    """Examine folders, repair what needs it and store their rows, in batches.

    A folder that the disk refuses to read or write is left; it must not keep the
    recorder from the calls to come.
    """
    found = Found()
    wanted = sorted(call_id for call_id in call_ids if not writer.holds(call_id))
    for first in range(0, len(wanted), BATCH):
        batch: list[Call] = []
        for call_id in wanted[first : first + BATCH]:
            try:
                with disk.plainly(f"call {call_id}: it cannot be put in order"):
                    call, changed = _examine(writer, call_id, seen)
            except StoreError as error:
                log.error("%s", error)
                found.left[call_id] = error
                continue
            batch.append(call)
            if changed:
                found.told.append(call)
        try:
            _store(writer, batch)
        except StoreError as error:
            log.error("%s", error)
            found.left |= {call.id: error for call in batch}
    return found


def _store(writer: Writer, calls: list[Call]) -> None:
    for busy in (True, False):
        some = [call for call in calls if is_busy(call) == busy]
        if some:
            writer.calls.store(*some, unsettled=busy)


def _examine(writer: Writer, call_id: str, seen: LastSeen | None) -> tuple[Call, bool]:
    """Bring one folder in order; tell whether anything had to be said about it."""
    folder = writer.folders.path(call_id)
    finish.discard_leftovers(folder)
    interrupted = writer.calls.is_unsettled(call_id)
    call, changed = _read(writer, call_id, folder)
    changed |= _settle_audio(writer, call, folder, seen)
    if call.outcome == "in_progress":
        conclude(call)
        changed = True
    if changed:
        if call.audio == "none" and call.no_audio_reason is None:
            call.no_audio_reason = "interrupted"
        writer.folders.write(call)
    _tidy(writer, call, folder)
    _enter(writer, call, folder, interrupted=interrupted)
    return call, changed


def _enter(writer: Writer, call: Call, folder: Path, *, interrupted: bool) -> bool:
    """Let ledger and record agree; tell whether the record was written.

    What was interrupted may lack its signature.
    """
    with writer.chronicle.unhindered(call.id):
        signed = writer.folders.is_signed(call.id)
        found = writer.chronicle.reconcile(
            call, folder, GROWING, signed=signed, interrupted=interrupted
        )
        unsigned = interrupted and not signed and not is_busy(call)
        if found == "changed" or (found == "same" and unsigned):
            writer.folders.write(call)
            return True
    return False


def enter_missing(writer: Writer, ledger: Ledger) -> None:
    """Enter calls that the ledger does not know: it was refused, or came later."""
    if not writer.chronicle.behind:
        return
    writer.chronicle.behind = False
    with writer.chronicle.unhindered("all"):
        unknown = writer.calls.ids() - ledger.calls()
        unknown |= writer.calls.packed() - ledger.calls("packed")
        for call_id in sorted(unknown):
            with writer.guard:
                if writer.holds(call_id):
                    continue
                call = writer.folders.read(call_id)
                folder = writer.folders.path(call_id)
                if _enter(writer, call, folder, interrupted=False):
                    writer.calls.store(call, unsettled=is_busy(call))


def _read(writer: Writer, call_id: str, folder: Path) -> tuple[Call, bool]:
    """Return what the sidecar says, else the row, else the name of the folder."""
    try:
        call = writer.folders.read(call_id)
        return (_newest(writer, call), False)
    except StoreError as error:
        problem = error
    log.warning("%s", problem)
    if (folder / SIDECAR).exists():  # keep what cannot be read, for whoever can
        disk.rename(folder / SIDECAR, folder / f"{SIDECAR}.unreadable")
    try:
        call = writer.calls.get(call_id)
    except NoSuchCall:
        call = Call(call_id, line="", start_utc=utc_of(call_id), outcome="unknown")
        if finish.has_audio(folder):
            call.audio = "recording"
    tell(call, "sidecar_lost", "The details of this call could not be read any more.")
    return call, True


def _newest(writer: Writer, call: Call) -> Call:
    """Return what is known of a call that was running: its row is ahead."""
    if call.outcome != "in_progress":
        return call
    try:
        row = writer.calls.get(call.id)
    except NoSuchCall:
        return call
    reason = row.no_audio_reason
    without = call.audio == row.audio == "none"
    keeping = row.keeping
    copy_audio(call, row)
    row.keeping = keeping
    if without:  # why, is decided when the handset is lifted, after the sidecar
        row.no_audio_reason = reason
    return row


def _settle_audio(
    writer: Writer, call: Call, folder: Path, seen: LastSeen | None
) -> bool:
    """Make the audio state true; tell whether it had to be changed."""
    growing, packed = growing_master(folder), packed_master(folder)
    if call.audio == "none":
        if call.no_audio_reason is not None or not (growing or packed):
            return False
        call.audio = "recording"  # made, but the sidecar did not come to say so
    if call.audio in PACKED and packed:
        return False
    if growing:
        return _settle_growing(call, growing, seen)
    if packed:
        return _settle_packed(writer, call, packed)
    was_empty = call.audio == "recording" and call.outcome == "in_progress"
    no_audio(call, "interrupted" if was_empty else "missing")
    if not was_empty:
        tell(call, "audio_missing", "Its audio is not in its folder any more.")
    return True


def _settle_growing(call: Call, path: Path, seen: LastSeen | None) -> bool:
    with disk.plainly(f"{path}: the master cannot be repaired"):
        fd = disk.open_existing(path)
        try:
            sealed = path.name == MASTER_PCM_SEALED
            samples = (live_reader if sealed else wav).repair(fd)
        finally:
            disk.close(fd)
    complete = call.audio != "recording" and samples == round(call.audio_s * wav.FS)
    if complete and call.audio == "closing":
        return False
    if not complete:
        tell_loss(call, samples, seen)
        call.sha256 = None  # taken anew when it is packed
    if samples == 0:
        no_audio(call, "interrupted")
        return True
    call.audio = "closing"
    call.audio_s = samples / wav.FS
    call.audio_bytes = path.stat().st_size
    return True


def _settle_packed(writer: Writer, call: Call, path: Path) -> bool:
    """A packed master bears its name only once it has been verified."""
    try:
        with open_master(path, lambda: writer.sealer.key(call.id)) as reader:
            call.audio_s, call.sha256 = reader.frames / wav.FS, hash_samples(reader)
    except Locked:  # what the sidecar says of it stands
        log.warning("call %s: its audio is sealed and was not looked at", call.id)
    call.audio = "quarantined" if call.quarantined else "kept"
    call.audio_bytes = path.stat().st_size
    return True


def _tidy(writer: Writer, call: Call, folder: Path) -> None:
    """Remove audio that the sidecar, durable by now, does not count on."""
    if call.audio in PACKED and packed_master(folder) and growing_master(folder):
        finish.discard_growing(folder)
        with disk.plainly(f"{folder.name}: its folder cannot be synced"):
            disk.sync_folder(folder)
    erase.complete(call, folder)  # what was begun
    if call.audio == "none" and finish.has_audio(folder):
        finish.discard_audio(folder)
    if call.audio == "none" and call.outcome != "in_progress":
        writer.sealer.destroy(call.id)
