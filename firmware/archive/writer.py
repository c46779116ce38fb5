"""The archive's writer: a call's life from its first ring to a packed master.

The folder is written before the row, so that no row promises what is not there.  Only
between a call's begin and its end may the row know more: numbers, marks.  A row is
`unsettled` for as long as a crash would leave something to do, which is how `recover`
finds it again.
"""

import contextlib
import logging
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from firmware.archive import disk, finish, readback, small, wav
from firmware.archive.calls import Calls
from firmware.archive.folder import (
    GROWING,
    MASTER_PCM_SEALED,
    MASTER_WAV,
    Folders,
    packed_master,
)
from firmware.archive.ledger.chronicle import RECORDER, Chronicle
from firmware.archive.line_log import LineLog
from firmware.archive.masks import spans_of
from firmware.archive.master import Master, MasterWriter
from firmware.archive.model import PACKED, Call
from firmware.archive.seal.live import SealedMaster
from firmware.archive.seal.sealer import Sealer
from firmware.archive.talk import clues_of
from firmware.errors import StoreError

log = logging.getLogger(__name__)

#: What the archive alone decides once a call has ended.
_AUDIO_FIELDS = (
    *("audio", "no_audio_reason", "audio_s", "audio_bytes", "sha256"),
    "keeping",
)


def copy_audio(source: Call, target: Call) -> None:
    """Copy what the archive alone knows: the state of the audio."""
    for field in _AUDIO_FIELDS:
        setattr(target, field, getattr(source, field))


def is_busy(call: Call) -> bool:
    """Tell whether something is still to come: the call runs or is to be packed."""
    return call.outcome == "in_progress" or call.audio in ("recording", "closing")


class Writer:
    """Changes calls.  One thread records while another packs; `guard` keeps order."""

    def __init__(
        self,
        folders: Folders,
        calls: Calls,
        sealer: Sealer,
        chronicle: Chronicle,
        line_log: LineLog | None = None,
    ) -> None:
        self._line_log = line_log
        self.folders = folders
        self.sealer = sealer
        self.chronicle = chronicle
        self.calls = calls
        self.guard = threading.RLock()
        self._running: dict[str, Call] = {}
        self._masters: dict[str, Master] = {}
        self._unsaved: dict[str, Call] = {}  # ended, but not on the disk yet
        self._packing = threading.Lock()
        self._packed: list[str] = []  # done but for settling their rows
        #: Shall a smaller copy be made of each call?
        self.small_copies = False

    def held(self) -> list[Call]:
        """Return the calls that are not yet wholly on the disk."""
        with self.guard:
            return [*self._running.values(), *self._unsaved.values()]

    def holds(self, call_id: str) -> bool:
        """Tell whether a call is not yet wholly on the disk."""
        return call_id in self._running or call_id in self._unsaved

    @contextlib.contextmanager
    def at_rest(self) -> Iterator[None]:
        """Keep packing away for as long as it takes to erase.

        Calls go on meanwhile: `guard` is held by whoever erases, for moments only.
        """
        with self._packing:
            yield

    def begin(self, call: Call) -> None:
        """Make the folder, the sidecar and the row of a new call."""
        with self.guard:
            self._running[call.id] = call
            self.chronicle.begin(call)
            self.folders.write(call)
            self.calls.store(call, unsettled=True)

    def open_master(self, call: Call, sync_s: float) -> Master:
        """Begin the audio of a running call; audio matters more than the row."""
        with self.guard:
            folder = self.folders.path(call.id)
            if not folder.is_dir():  # the disk refused when the call began
                self.folders.write(call)
            master = self._new_master(call.id, folder, sync_s)
            before = call.audio, call.no_audio_reason
            call.audio, call.no_audio_reason = "recording", None
            try:
                self.folders.write(call)  # syncs the folder, the master's name too
            except StoreError:
                call.audio, call.no_audio_reason = before
                with _logged():
                    master.close()
                with contextlib.suppress(OSError):
                    disk.remove(master.path)  # so that it can be made later
                raise
            self._masters[call.id] = master
            with _logged():
                self.calls.store(call, unsettled=True)
        return master

    def _new_master(self, call_id: str, folder: Path, sync_s: float) -> Master:
        if not self.sealer.enabled:
            return MasterWriter(folder / MASTER_WAV, sync_s)
        key = self.sealer.make(call_id)
        return SealedMaster(folder / MASTER_PCM_SEALED, key, call_id, sync_s)

    def update(self, call: Call) -> None:
        """Write what is known by now; an ended call's audio fields stay as they are.

        A running call's sidecar has to wait for its end, the row is durable too and
        costs a third of the writing.
        """
        with self.guard:
            if call.id in self._running:
                self.calls.store(call, unsettled=True)
            elif call.id in self._unsaved:
                self._save_ended(call)
            else:
                copy_audio(self.folders.read(call.id), call)
                self.save(call)

    def end(self, call: Call) -> None:
        """Close the master and write the whole record.

        If the disk refuses, StoreError is raised, what the master holds stays, and
        `finish_pending` tries to write the record again.
        """
        with self.guard:
            master = self._masters.pop(call.id, None)
            problem = self._complete(call, master) if master else None
            self._unsaved[call.id] = call
            self._running.pop(call.id, None)
            self._save_ended(call)
        if problem:
            raise problem

    def drop_audio(self, call: Call, reason: str) -> None:
        """Remove all audio of a call and say why; the row stays."""
        with self.guard:
            master = self._masters.pop(call.id, None)
            call.audio, call.no_audio_reason = "none", reason
            call.audio_s, call.audio_bytes, call.sha256 = 0.0, 0, None
            with contextlib.ExitStack() as whatever:  # a full disk is no excuse
                whatever.callback(finish.discard_audio, self.folders.path(call.id))
                whatever.callback(self.sealer.destroy, call.id)
                if master:
                    whatever.callback(master.close)
                if call.id not in self._running:
                    self.calls.unsettle(call.id)
                    with self.chronicle.unhindered(call.id):
                        self.chronicle.audio_gone(call, RECORDER, reason)
                self.folders.write(call)  # from here on a restart removes it too
            self.calls.store(call, unsettled=is_busy(call))

    def save(self, call: Call) -> None:
        """Write sidecar, then row."""
        busy = is_busy(call)
        if not busy and call.id not in self._running:
            self.calls.unsettle(call.id)
        self.folders.write(call)
        self.calls.store(call, unsettled=busy)

    def rewrap(self, call_id: str, by: str) -> bool:
        """Renew a call's seal, and enter the new one in the ledger."""
        with self.at_rest():
            if not self.sealer.rewrap(call_id):
                return False
            with self.chronicle.unhindered(call_id):
                self.chronicle.rewrapped(call_id, self.folders.path(call_id), by)
        return True

    def finish_pending(self) -> int:
        """Pack every ended call; a call that cannot be packed stays and is logged."""
        done = 0
        with self._packing:
            for call in list(self._unsaved.values()):
                with _logged(), self.guard:
                    self._save_ended(call)
            done_with = {*self._running, *self._unsaved, *self._packed}
            waiting = set(self.calls.unsettled()) - done_with
            for call_id in sorted(waiting):
                with _logged():
                    done += self._finish(call_id)
        return done

    def close(self) -> None:
        """Let go of everything; what a dead disk refuses, the next start mends."""
        with self.guard:
            masters, self._masters = self._masters, {}
            self._running = {}
        for master in masters.values():
            with _logged():
                master.close()
        for call in list(self._unsaved.values()):
            with _logged(), self.guard:
                self._save_ended(call)
        with self._packing, _logged():
            if self._packed:
                self.calls.store(unsettled=False, settled=self._take_packed())

    def _save_ended(self, call: Call) -> None:
        """Write sidecar, then row; audio that the call does not own goes in between."""
        self.folders.write(call)
        folder = self.folders.path(call.id)
        if call.audio == "none" and finish.has_audio(folder):
            finish.discard_audio(folder)
        if call.audio == "none":
            self.sealer.destroy(call.id)
        self.calls.store(call, unsettled=is_busy(call))
        self._unsaved.pop(call.id, None)

    def _complete(self, call: Call, master: Master) -> StoreError | None:
        problem = None
        try:
            master.close()
        except StoreError as error:
            problem = error
        call.sha256 = master.sha256
        if master.samples == 0:
            call.audio, call.no_audio_reason, call.sha256 = "none", "empty", None
            return problem
        call.audio = "closing"
        call.audio_s = master.samples / wav.FS
        with contextlib.suppress(OSError):
            call.audio_bytes = master.path.stat().st_size
        return problem

    def _finish(self, call_id: str) -> bool:
        """Pack one call; True if its audio is in its final form now."""
        folder = self.folders.path(call_id)
        packed = smaller = None
        if self.folders.read(call_id).audio == "closing":
            if self.sealer.sealed(call_id) and not self.sealer.at_hand(call_id):
                return False  # of an earlier run: waits, sealed, until it is unlocked
            ended = self.folders.read(call_id)
            salt, clues = ended.proof.get("salt"), clues_of(ended)
            packed = finish.pack(folder, lambda: self.sealer.key(call_id), salt, clues)
            smaller = self._make_small(call_id, folder)
            self._listen(call_id, folder)
        with self.guard:
            call = self.folders.read(call_id)  # it may have changed meanwhile
            if call.audio == "closing" and packed is not None:
                _keep(call, packed, folder)
                if smaller is not None:
                    call.keeping["small"] = smaller
                with self.chronicle.unhindered(call_id):
                    self.chronicle.packed(call, folder, GROWING)
                self.folders.write(call)
            elif call.audio == "none":
                finish.discard_audio(folder)
            elif call.audio in PACKED and not self.folders.is_signed(call_id):
                self.folders.write(call)  # the disk refused the signature last time
            left = is_busy(call) or call.audio in PACKED
            self.calls.store(call, unsettled=left, settled=self._take_packed())
        if call.audio not in PACKED:
            return False
        finish.discard_growing(folder)
        self.sealer.forget(call_id)
        self._packed.append(call_id)
        return True

    def _make_small(self, call_id: str, folder: Path) -> dict[str, Any] | None:
        """Make the smaller copy while the data key is at hand; it may be wanted."""
        if not self.small_copies:
            return None
        with _logged():
            mute = spans_of(self.folders.read(call_id))
            return small.make(folder, lambda: self.sealer.key(call_id), mute)
        return None

    def _listen(self, call_id: str, folder: Path) -> None:
        """Note what is on the recording while its data key is at hand."""
        path = packed_master(folder)
        if self._line_log is None or path is None:
            return
        with _logged():
            key = self.sealer.key
            found = readback.read_back(call_id, path, lambda: key(call_id))
            self._line_log.judge(found)

    def _take_packed(self) -> list[str]:
        """Return the calls whose rows may be settled: their growing master is gone.

        Settling rides on the transaction of the next call, which saves one per call.
        """
        packed, self._packed = self._packed, []
        gone = []
        for call_id in packed:
            try:
                disk.sync_folder(self.folders.path(call_id))
                gone.append(call_id)
            except OSError as error:  # stays unsettled: the next start looks at it
                log.warning("%s: its folder cannot be synced: %s", call_id, error)
        return gone


@contextlib.contextmanager
def _logged() -> Iterator[None]:
    """Log a StoreError where somebody else will come back to the matter."""
    try:
        yield
    except StoreError as error:
        log.warning("%s", error)


def _keep(call: Call, done: finish.Packed, folder: Path) -> None:
    if call.sha256 not in (None, done.sha256) or done.broken_s:
        call.flags = sorted({*call.flags, "audio_altered"})
        call.recovered = "The audio read back differs from what was recorded."
    if done.broken_s:
        call.recovered = (
            f"{done.broken_s:.1f} s of the sealed audio had been altered or damaged; "
            "silence stands in their place."
        )
    call.audio = "quarantined" if call.quarantined else "kept"
    call.sha256 = done.sha256
    call.audio_s = done.samples / wav.FS  # a close that failed may have left more
    packed = packed_master(folder)
    call.audio_bytes = packed.stat().st_size if packed else 0
