"""Notes what the line itself shows, apart from the calls that are made of it.

It has senses of its own and knows nothing of the call machine: a call that was never
filed leaves its rings and its lifted handset here.  A row per period, written when it
begins and when it is over; what the disk refuses waits in memory.
"""

import logging
from collections.abc import Iterable
from typing import Protocol

from firmware.archive.line_log import Note
from firmware.call.events import Kind, LineEvent
from firmware.call.wires import Wires
from firmware.errors import StoreError
from firmware.line.block import FS, Anchor, Block

log = logging.getLogger(__name__)

#: Rings further apart are two calls, samples (`ring_timeout_s`).
RING_OVER = 7 * FS
#: Sound counts as a call once there has been so much of it, samples: a caller ID lasts
#: a second, a click less.
SOUND_LEAST = 5 * FS
#: ... without a pause longer than this (`hangover_s`).
SOUND_PAUSE = 8 * FS
#: Lost sound shorter than this is the call's own matter.
GAP_LEAST = FS // 2
#: How often the ear says that it is there, samples: a row of 4 KiB each time.
ALIVE_EVERY = 120 * FS
#: Notes waiting for the disk; older ones go first.
MOST_WAITING = 500


class Log(Protocol):
    """Where the notes are kept."""

    def save(self, notes: Iterable[Note]) -> None: ...

    def cut_off(self, line: str, seen_utc: float | None) -> None: ...

    def correct(self, boot_id: str, utc_at_boottime_0: float) -> None: ...


class Witness:
    """Feed it every block; `finish` ends what is open."""

    def __init__(self, store: Log, line: str, sensing: frozenset[str]) -> None:
        self._store = store
        self._line = line
        self._sensing = sensing
        self._hook_sensed = "hook" in sensing
        self._wires = Wires()
        self._open: dict[str, Note] = {}
        self._level: dict[str, int] = {}  # of each wired signal
        self._waiting: list[Note] = []
        self._ring_end: int | None = None
        self._alive_due = 0
        self._lost = 0  # samples of the gap under way
        self._lost_from = 0
        self._active = 0  # samples of the sound under way
        self._active_from = 0
        self._active_last = 0
        self._anchor: Anchor | None = None
        self._retry_due = 0

    def begin(self, anchor: Anchor, seen_utc: float | None, detail: str = "") -> None:
        """The ear is there; what an earlier run left open ended when it was seen."""
        self._anchor = anchor
        try:
            self._store.cut_off(self._line, seen_utc)
        except StoreError as error:
            log.warning("the line's log: %s", error)
        senses = " ".join(sorted(self._sensing))
        self._start("ear", anchor.index, f"{senses} {detail}".strip())
        self._flush(anchor.index)

    def feed(
        self,
        block: Block,
        anchor: Anchor,
        events: Iterable[LineEvent] = (),
        *,
        sounding: bool,
    ) -> None:
        """Take a block, what was heard of it, and whether there is sound on it."""
        self._anchor = anchor
        now = block.end
        if block.lost or self._lost:
            self._watch_gap(block)
        for edge in block.edges:
            self._level[edge.signal] = edge.level
            self._take(self._wires.edge(edge.at, edge.signal, edge.level))
        self._take(self._wires.settle(now))
        if "ring" not in self._sensing:
            self._take(e for e in events if e.kind in (Kind.RING, Kind.RING_END))
        if self._ring_end is not None and now - self._ring_end > RING_OVER:
            self._stop("ring", self._ring_end)
            self._ring_end = None
        self._listen(block, sounding=sounding)
        if now >= self._alive_due:
            self._alive_due = now + ALIVE_EVERY
            self._wait(self._open.get("ear"), now)
        self._flush(now)

    def trouble(self, at: int, text: str) -> None:
        """Note that something cannot be stored, or that it can again."""
        if text and "store" not in self._open:
            self._start("store", at, "")
        elif not text and "store" in self._open:
            self._stop("store", at)

    def correct(self, boot_id: str, utc_at_boot: float) -> None:
        """Earlier times of this boot were wrong; put them right."""
        for note in [*self._open.values(), *self._waiting]:
            if note.boot_id == boot_id:
                length = note.end_utc - note.begin_utc
                note.begin_utc = utc_at_boot + note.begin_boottime_s
                note.end_utc = note.begin_utc + length
        try:
            self._store.correct(boot_id, utc_at_boot)
        except StoreError as error:
            log.warning("the line's log: %s", error)

    def finish(self, now: int) -> None:
        """The recorder ends, as it should."""
        for what in list(self._open):
            at = self._ring_end if what == "ring" else self._active_last
            known = what in ("ring", "sound") and at is not None
            self._stop(what, at if known and at is not None else now)
        self._retry_due = 0
        self._flush(now)

    @property
    def off_hook(self) -> bool | None:
        """Is the handset up?  None: there is no sensor that could tell."""
        return "off_hook" in self._open if self._hook_sensed else None

    @property
    def voltage(self) -> bool | None:
        """Is there a line at all?  None: there is no sensor that could tell."""
        return None if "line" not in self._sensing else not self._wires.voltage.dead

    @property
    def contradicts(self) -> bool:
        """Say the sensors on-hook without any voltage, which cannot be?"""
        return self.voltage is False and self._level.get("hook") == 0

    @property
    def deaf(self) -> bool:
        """Does no sound come in, although time goes on?"""
        return "gap" in self._open

    # what the wires say

    def _take(self, events: Iterable[LineEvent]) -> None:
        for event in events:
            if event.kind is Kind.RING:
                self._start("ring", event.at)
                self._ring_end = None
            elif event.kind is Kind.RING_END and "ring" in self._open:
                self._ring_end = event.at
            elif event.kind in (Kind.OFF_HOOK, Kind.FOUND_OFF_HOOK):
                if "ring" in self._open:
                    self._stop("ring", min(event.at, self._ring_end or event.at))
                    self._ring_end = None
                found = "found" if event.kind is Kind.FOUND_OFF_HOOK else ""
                self._start("off_hook", event.at, found)
            elif event.kind in (Kind.ON_HOOK, Kind.LINE_CUT):
                self._stop("off_hook", event.at)

    def _watch_gap(self, block: Block) -> None:
        if block.lost:
            if not self._lost:
                self._lost_from = block.start - block.lost
            self._lost += block.lost
        if self._lost >= GAP_LEAST and "gap" not in self._open:
            self._start("gap", self._lost_from)
        if len(block.samples):
            self._stop("gap", block.start)
            self._lost = 0

    def _listen(self, block: Block, *, sounding: bool) -> None:
        """Follow sound where no hook explains it."""
        if self._hook_sensed and "off_hook" in self._open:
            self._stop("sound", self._active_last)
            self._active = 0
            return
        ringing = "ring" in self._open and self._ring_end is None
        if sounding and not ringing:
            if not self._active:
                self._active_from = block.start
            self._active += len(block.samples)
            self._active_last = block.end
            if self._active >= SOUND_LEAST:
                self._start("sound", self._active_from)
        elif self._active and block.end - self._active_last > SOUND_PAUSE:
            self._stop("sound", self._active_last)
            self._active = 0

    # notes

    def _start(self, what: str, at: int, detail: str = "") -> None:
        anchor = self._anchor
        if what in self._open or anchor is None:
            return
        utc = anchor.utc_at(at)
        note = Note(
            *(self._line, what, anchor.boot_id, utc, anchor.boottime_at(at), utc),
            detail=detail,
        )
        self._open[what] = note
        self._wait(note, at)

    def _stop(self, what: str, at: int) -> None:
        note = self._open.pop(what, None)
        if note is not None:
            note.open = False
            self._wait(note, at)

    def _wait(self, note: Note | None, at: int) -> None:
        """Have a note stored as it is at sample `at`."""
        if note is None or self._anchor is None:
            return
        passed_s = self._anchor.boottime_at(at) - note.begin_boottime_s
        note.end_utc = note.begin_utc + max(0.0, passed_s)
        if note not in self._waiting:
            self._waiting.append(note)
            del self._waiting[:-MOST_WAITING]

    def _flush(self, now: int) -> None:
        if not self._waiting or now < self._retry_due:
            return
        try:
            self._store.save(self._waiting)
        except StoreError as error:
            log.warning("the line's log: %s", error)
            self._retry_due = now + 5 * FS
        else:
            self._waiting = []
