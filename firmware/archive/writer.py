"""The archive's writer: a call's life from its first ring to a packed master.

The folder is written before the row, so that no row promises what is not there; a row
is `unsettled` for as long as a crash would leave something to do, which is how
`recover` finds it again.
"""

import logging
import threading
from pathlib import Path

from firmware.archive import finish, wav
from firmware.archive.calls import Calls
from firmware.archive.folder import MASTER_FLAC, MASTER_WAV, Folders
from firmware.archive.master import MasterWriter
from firmware.archive.model import Call
from firmware.errors import StoreError

log = logging.getLogger(__name__)

#: What the archive alone decides once a call has ended.
_AUDIO_FIELDS = ("audio", "no_audio_reason", "audio_s", "audio_bytes", "sha256")


def is_busy(call: Call) -> bool:
    """Tell whether something is still to come: the call runs or is to be packed."""
    return call.outcome == "in_progress" or call.audio in ("recording", "closing")


class Writer:
    """Changes calls.  One thread records while another packs; `guard` keeps order."""

    def __init__(self, folders: Folders, calls: Calls) -> None:
        self.folders = folders
        self.calls = calls
        self.guard = threading.RLock()
        self._running: dict[str, Call] = {}
        self._masters: dict[str, MasterWriter] = {}
        self._packing = threading.Lock()

    def running(self, call_id: str) -> Call | None:
        """Return the call that the recorder is holding, if it is this one."""
        return self._running.get(call_id)

    def begin(self, call: Call) -> None:
        """Make the folder, the sidecar and the row of a new call."""
        with self.guard:
            self.folders.create(call)
            self._running[call.id] = call
            self.calls.store(call, unsettled=True)

    def open_master(self, call: Call, sync_s: float) -> MasterWriter:
        """Begin the audio of a running call."""
        with self.guard:
            call.audio, call.no_audio_reason = "recording", None
            self.folders.write(call)
            path = self.folders.path(call.id) / MASTER_WAV
            master = self._masters[call.id] = MasterWriter(path, sync_s)
            self.calls.store(call, unsettled=True)
        return master

    def update(self, call: Call) -> None:
        """Write what is known by now; an ended call's audio fields stay as they are."""
        with self.guard:
            if call.id not in self._running:
                kept = self.folders.read(call.id)
                for field in _AUDIO_FIELDS:
                    setattr(call, field, getattr(kept, field))
            self.save(call)

    def end(self, call: Call) -> None:
        """Close the master and write the whole record.

        If the disk refuses, the record is written as far as possible and StoreError
        raised; what the master holds is packed all the same.
        """
        with self.guard:
            master = self._masters.pop(call.id, None)
            problem = self._complete(call, master) if master else None
            self._running.pop(call.id, None)
            self.save(call)
            if call.audio == "none" and master:
                finish.discard_wav(self.folders.path(call.id))
        if problem:
            raise problem

    def drop_audio(self, call: Call, reason: str) -> None:
        """Remove all audio of a call and say why; the row stays."""
        with self.guard:
            master = self._masters.pop(call.id, None)
            call.audio, call.no_audio_reason = "none", reason
            call.audio_s, call.audio_bytes, call.sha256 = 0.0, 0, None
            if call.id not in self._running:
                self.calls.unsettle(call.id)
            self.folders.write(call)  # from here on a restart removes the audio too
            try:
                if master:
                    master.close()
            finally:
                finish.discard_audio(self.folders.path(call.id))
            self.calls.store(call, unsettled=is_busy(call))

    def save(self, call: Call) -> None:
        """Write sidecar, then row."""
        busy = is_busy(call)
        if not busy and call.id not in self._running:
            self.calls.unsettle(call.id)
        self.folders.write(call)
        self.calls.store(call, unsettled=busy)

    def finish_pending(self) -> int:
        """Pack every ended call; a call that cannot be packed stays and is logged."""
        done = 0
        with self._packing:
            for call_id in self.calls.unsettled():
                if call_id in self._running:
                    continue
                try:
                    done += self._finish(call_id)
                except StoreError as error:
                    log.warning("%s", error)
        return done

    def close(self) -> None:
        """Close masters that are still open; their calls are recovered at the start."""
        with self.guard:
            masters, self._masters = self._masters, {}
            self._running = {}
        for master in masters.values():
            master.close()

    def _complete(self, call: Call, master: MasterWriter) -> StoreError | None:
        problem = None
        try:
            master.close()
            call.sha256 = master.sha256
        except StoreError as error:
            problem = error
        if master.samples == 0:
            call.audio, call.no_audio_reason, call.sha256 = "none", "empty", None
            return problem
        call.audio = "closing"
        call.audio_s = master.samples / wav.FS
        call.audio_bytes = wav.offset_of(master.samples)
        return problem

    def _finish(self, call_id: str) -> bool:
        """Pack one call; True if its audio is in its final form now."""
        folder = self.folders.path(call_id)
        call = self.folders.read(call_id)
        if call.audio == "closing":
            sha256 = finish.pack(folder)
            with self.guard:
                call = self.folders.read(call_id)  # it may have changed meanwhile
                if call.audio == "closing":
                    _keep(call, sha256, folder)
                    self.folders.write(call)
                    self.calls.store(call, unsettled=True)
        if call.audio == "kept":
            finish.discard_wav(folder)
        elif call.audio == "none":
            finish.discard_audio(folder)
        if not is_busy(call):
            self.calls.settle(call_id)
        return call.audio == "kept"


def _keep(call: Call, sha256: str, folder: Path) -> None:
    if call.sha256 not in (None, sha256):
        call.flags = sorted({*call.flags, "audio_altered"})
        call.recovered = "The audio read back differs from what was recorded."
    call.audio, call.sha256 = "kept", sha256
    call.audio_bytes = (folder / MASTER_FLAC).stat().st_size
