"""The archive as the recorder, the web service and the command line see it."""

import contextlib
import logging
from pathlib import Path
from typing import Any

from firmware.archive import clock, disk, index, quarantine, recover, reindex
from firmware.archive.alerts import Alerts
from firmware.archive.callbacks import Callbacks
from firmware.archive.calls import Calls
from firmware.archive.catalogue import NAME, Catalogue
from firmware.archive.choices import Choices
from firmware.archive.claim import Claim
from firmware.archive.erase import Eraser
from firmware.archive.erasures import Erasures
from firmware.archive.factors import Factors
from firmware.archive.figures import Figures
from firmware.archive.finder import Finder
from firmware.archive.folder import Folders
from firmware.archive.interrupted import LastSeen
from firmware.archive.keeping import Keeping
from firmware.archive.ledger import Ledger
from firmware.archive.ledger.chronicle import Chronicle
from firmware.archive.line_log import LineLog
from firmware.archive.listeners import Listeners
from firmware.archive.lock import WriterLock
from firmware.archive.master import Master
from firmware.archive.model import Call
from firmware.archive.register import Register
from firmware.archive.requests import Requests
from firmware.archive.salvage import open_catalogue
from firmware.archive.seal import Keyring
from firmware.archive.seal.sealer import Sealer
from firmware.archive.sessions import Sessions
from firmware.archive.sound import Sound
from firmware.archive.staff import Staff
from firmware.archive.texts import Texts
from firmware.archive.users import Users
from firmware.archive.views import Views
from firmware.archive.wishes import Wishes
from firmware.archive.writer import Writer
from firmware.closing import Closing
from firmware.errors import StoreError

log = logging.getLogger(__name__)


class Archive(Sound, Closing):
    """`state_dir` with its catalogue and recordings.

    One process opens it with `write` and records; any number read.  Users, sessions,
    the claim, choices and the registers of consent may be changed by readers too.
    Safe to use from several threads.
    Errors of disk and database are StoreError.

    With `seal`, audio lies sealed on the disk (see `seal`).  Writing needs no private
    key, reading needs that of the `keyring`, which is the archive's own if none is
    given: open for as long as no passphrase has been chosen.  Locked says that it is
    needed.
    """

    def __init__(
        self,
        state_dir: Path,
        *,
        write: bool = True,
        keyring: Keyring | None = None,
        seal: bool = True,
    ) -> None:
        self.state_dir = state_dir
        self.ledger = Ledger(state_dir)
        self._chronicle = Chronicle(self.ledger)
        self.line_log = LineLog(state_dir, create=write)
        self.alerts = Alerts(self.line_log)
        self._folders = Folders(state_dir / "recordings", self._chronicle)
        self.keyring = keyring or Keyring.of(state_dir)
        self.sealer = Sealer(self._folders, self.keyring, enabled=seal)
        with contextlib.ExitStack() as undo:
            self._lock: WriterLock | None = None
            self.rebuilt: str | None = None
            if write:
                with disk.plainly(f"{state_dir}: the state folder cannot be made"):
                    for folder in disk.make_folder(self._folders.root):
                        disk.sync_folder(folder)
                self._lock = WriterLock(state_dir)
                undo.callback(self._lock.close)
                self.sealer.prepare()
                self._catalogue, self.rebuilt = open_catalogue(state_dir / NAME)
            else:
                self._catalogue = Catalogue(state_dir / NAME, create=False)
            undo.callback(self._catalogue.close)
            undo.callback(self.ledger.close)
            undo.callback(self.line_log.close)
            self.calls = Calls(self._catalogue)
            self.callbacks = Callbacks(self._catalogue)
            self.figures = Figures(self._catalogue)
            self.finder = Finder(self._catalogue)
            self.listeners = Listeners(self._catalogue)
            self.texts = Texts(self._catalogue)
            self.views = Views(self._catalogue)
            self.users = Users(self._catalogue)
            self.sessions = Sessions(self._catalogue)
            self.factors = Factors(self._catalogue)
            self.claim = Claim(self._catalogue, state_dir)
            self.choices = Choices(self._catalogue)
            self.staff = Staff(self._catalogue)
            self.wishes = Wishes(self._catalogue)
            self.register = Register(self._catalogue)
            self.erasures = Erasures(self._catalogue)
            self.requests = Requests(self._catalogue)
            self._left: dict[str, StoreError] = {}  # not in order yet
            self._seen: LastSeen | None = None
            self._writer = Writer(
                *(self._folders, self.calls, self.sealer, self._chronicle),
                self.line_log,
            )
            self._keeping = Keeping(self._writer, self.ledger)
            self._eraser = Eraser(
                *(self._writer, self.ledger, self.erasures, self._catalogue),
                self.sealer.forget,
            )
            if self.rebuilt:
                self.reindex()
            undo.pop_all()

    # The life of a call

    def new_id(self, start_utc: float) -> str:
        """Return an id for a call that begins now."""
        return self._folders.new_id(start_utc)

    def begin(self, call: Call) -> None:
        """Keep a new call, durably.  Hand the same object to the methods below."""
        self._writing().begin(call)

    def open_master(self, call: Call, sync_s: float = 1.25) -> Master:
        """Begin a call's audio; it is synced about every `sync_s` of it."""
        return self._writing().open_master(call, sync_s)

    def update(self, call: Call) -> None:
        """Keep what has become known of a call, durably."""
        self._writing().update(call)

    def end(self, call: Call) -> None:
        """Keep the finished record, durably, and queue its audio for packing."""
        self._writing().end(call)

    def drop_audio(self, call: Call, reason: str) -> None:
        """Remove a call's audio; its row stays and tells the reason."""
        self._writing().drop_audio(call, reason)

    def finish_pending(self) -> int:
        """Pack the audio of ended calls into FLAC; return how many were packed.

        What could not be put in order at the start is tried again, and corrections of
        the clock that wait are made first.
        """
        writer = self._writing()
        if self._left:
            self._left = recover.adopt(writer, self._left, self._seen).left
        try:
            clock.resume(self._catalogue, writer)
        finally:
            packed = writer.finish_pending()
            recover.enter_missing(writer, self.ledger)
        return packed

    def index_more(self) -> bool:
        """Index some calls of before an update; tell whether there are more."""
        self._writing()
        return index.more(self._catalogue)

    def release(self, call_id: str, by: str, reason: str, now_utc: float) -> Call:
        """Take a call out of quarantine for a written reason."""
        return quarantine.release(self._writing(), call_id, by, reason, now_utc)

    def expire_quarantine(self, now_utc: float) -> list[Call]:
        """Remove the audio of calls whose time in quarantine is over."""
        return quarantine.expire(self._writing(), now_utc)

    def make_small_copies(self, *, wanted: bool) -> None:
        """Say whether a smaller copy is to be made of each call when it is packed."""
        self._writing().small_copies = wanted

    @property
    def keeping(self) -> Keeping:
        """Star, hold, restrict, throw away and bring back calls that are over."""
        self._writing()
        return self._keeping

    @property
    def eraser(self) -> Eraser:
        """Erase calls for good."""
        self._writing()
        return self._eraser

    # Putting things right

    def recover(
        self,
        now_utc: float,
        last_status: dict[str, Any] | None,
        boottime_s: float | None = None,
    ) -> list[Call]:
        """Adopt and repair what the last run left open; return what changed.

        What the disk refuses is logged, and tried again with `finish_pending`.
        """
        writer = self._writing()
        self._seen = LastSeen.of(last_status, now_utc, boottime_s)
        found = recover.recover(writer, self._seen)
        self._left = found.left
        try:
            clock.resume(self._catalogue, writer)
        except StoreError as error:
            log.error("%s", error)
        return found.told

    def correct_clock(
        self, boot_id: str, utc_at_boottime_0: float, reason: str, now_utc: float
    ) -> list[Call]:
        """Give the calls of a boot their true time; each keeps a visible trail."""
        held = self.note_clock(boot_id, utc_at_boottime_0, reason, now_utc)
        return [*held, *clock.resume(self._catalogue, self._writing())]

    def note_clock(
        self, boot_id: str, utc_at_boottime_0: float, reason: str, now_utc: float
    ) -> list[Call]:
        """Correct the running call at once, the others with `finish_pending`."""
        job = clock.Job(boot_id, utc_at_boottime_0, reason, now_utc)
        return clock.note(self._catalogue, self._writing(), job)

    def reindex(self) -> int:
        """Rebuild the rows of all calls from their folders; return how many."""
        calls = reindex.reindex(self._writing())
        self.listeners.fill(
            (entry.call_id, entry.by, entry.at_utc)
            for call_id in sorted(self.ledger.calls("played"))
            for entry in self.ledger.entries(call_id)
            if entry.kind == "played"
        )
        return calls

    def rewrap(self, call_id: str, by: str) -> bool:
        """Wrap a call's data key for the keys now in force; tell if there was one."""
        return self._writing().rewrap(call_id, by)

    def destroy_key(self, call: Call) -> None:
        """Make all that is sealed of a call unreadable, durably and for ever."""
        self._writing()
        self.sealer.destroy(call.id)

    def close(self) -> None:
        """Close masters, connections and the lock."""
        try:
            self._writer.close()
        finally:
            self.ledger.close()
            self.line_log.close()
            self._catalogue.close()
            if self._lock is not None:
                self._lock.close()

    def _writing(self) -> Writer:
        if self._lock is None:
            raise StoreError(f"{self.state_dir}: opened for reading only")
        return self._writer
