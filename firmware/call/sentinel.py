"""Looks at the line and the box once a second, and keeps the alerts.

The rules are in `firmware.service.watch`; this gathers what they look at, and writes
down what they find.  What the disk refuses is written once it takes it again.
"""

import logging
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from dsp.levels import block_levels, clipped_share
from firmware.archive.alerts import Alert
from firmware.archive.space import Room
from firmware.call.witness import Witness
from firmware.errors import StoreError
from firmware.line.block import FS, Anchor, LineStatus, Samples
from firmware.service import pi
from firmware.service.alert_words import sentence
from firmware.service.doctor import Gauge
from firmware.service.status import AlertState
from firmware.service.watch import CLIPPED_SHARE, GRAVE, KINDS, Seen, Watch

log = logging.getLogger(__name__)

#: How often the board is asked for temperature and supply, samples.
BOARD_EVERY = 10 * FS


class Book(Protocol):
    """Where alerts are written down."""

    def begin(self, line: str, kind: str, at_utc: float, detail: str = "") -> bool: ...

    def end(
        self, line: str, kind: str, at_utc: float, detail: str | None = None
    ) -> None: ...

    def holding(self, line: str | None = None) -> Iterable[Alert]: ...


class Sentinel:
    """Call `look` once a second."""

    def __init__(self, book: Book, line: str, root: Path = Path("/")) -> None:
        self._book = book
        self._line = line
        self._root = root
        self.gauge = Gauge()
        self._watch = Watch()
        self._since: dict[str, float] = {}
        self._owed: list[tuple[str, bool, float]] = []  # not written down yet
        self._board_due = 0
        self._celsius: float | None = None
        self._undervoltage: bool | None = None

    def begin(self) -> None:
        """Go on with the alerts that held when the recorder ended."""
        try:
            held = [one for one in self._book.holding(self._line) if one.kind in KINDS]
        except StoreError as error:
            log.warning("alerts: %s", error)
            return
        self._since = {one.kind: one.since_utc for one in held}
        self._watch.open |= set(self._since)

    @property
    def grave(self) -> str:
        """The first alert that keeps calls from being recorded; empty if none."""
        return next((kind for kind in self._since if kind in GRAVE), "")

    @property
    def message(self) -> str:
        """What is wrong in plain words; empty if all is well."""
        return sentence(self.grave) if self.grave else ""

    @property
    def alerts(self) -> list[AlertState]:
        """The alerts that hold, for the status."""
        return [
            AlertState(kind, since, kind in GRAVE)
            for kind, since in self._since.items()
        ]

    def look(
        self,
        now: int,
        anchor: Anchor,
        samples: Samples,
        source: LineStatus,
        witness: Witness,
        *,
        sounding: bool,
        room: Room | None,
        stores: bool,
        late: frozenset[str] = frozenset(),
    ) -> None:
        """Take the last second, and tell what begins or is over with it."""
        self._ask_board(now)
        heard = len(samples) > 0
        seen = Seen(
            at_s=now / FS,
            card=not witness.deaf and (source.ok or witness.contradicts),
            rms_dbov=block_levels(samples)[0] if heard else None,
            varies=heard and bool(samples.min() != samples.max()),
            clipped=clipped_share(samples) if heard and sounding else 0.0,
            sounding=sounding,
            off_hook=witness.off_hook,
            voltage=None if witness.contradicts else witness.voltage,
            contradicts=witness.contradicts,
            room="ok" if room is None else room.level,
            clock=anchor.clock,
            celsius=self._celsius,
            undervoltage=self._undervoltage,
            store=stores,
            late=late,
        )
        self._measure(seen)
        for change in self._watch.feed(seen):
            utc = anchor.utc_at(now)
            if change.begins:
                self._since[change.kind] = utc
                log.warning("alert: %s", sentence(change.kind))
            else:
                self._since.pop(change.kind, None)
                log.info("alert: %s", sentence(change.kind, over=True))
            self._owed.append((change.kind, change.begins, utc))
        if self._owed:
            self._write()

    def _measure(self, seen: Seen) -> None:
        """Let the day's figures grow by a second."""
        if seen.card and seen.rms_dbov is not None:
            self.gauge.second(
                seen.rms_dbov,
                sounding=seen.sounding,
                off_hook=bool(seen.off_hook),
                clipped=seen.clipped >= CLIPPED_SHARE,
            )

    def _write(self) -> None:
        while self._owed:
            kind, begins, utc = self._owed[0]
            try:
                if begins:
                    self._book.begin(self._line, kind, utc)
                else:
                    self._book.end(self._line, kind, utc)
            except StoreError as error:
                log.warning("alerts: %s", error)
                return
            self._owed.pop(0)

    def _ask_board(self, now: int) -> None:
        if now >= self._board_due:
            self._board_due = now + BOARD_EVERY
            self._celsius = pi.celsius(self._root)
            self._undervoltage = pi.undervoltage(self._root)
