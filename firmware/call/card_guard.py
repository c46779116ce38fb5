"""Keeps card numbers that are pressed on a telephone out of what is kept.

While digits come, the tape waits: what has been heard since the first of them stays in
RAM.  Are they card data, it is wiped there, and the tape takes silence; are they not,
it takes what was heard.  So hashes are those of what is stored, time stays as it was,
and at most the first digit was ever on the disk.  With `copies` the master keeps all,
and whatever is made of it is silent there (see `archive.masks`).

Limits: the power lost while somebody presses digits loses the seconds since the first.
"""

from typing import Literal

from firmware.archive.model import Mark
from firmware.call.cards import GUARD, KNOWN, CardDigits
from firmware.call.consent_record import HIDDEN, ConsentRecord
from firmware.call.deck import Deck
from firmware.call.preroll import Preroll

Mode = Literal["master", "copies", "off"]


class CardGuard:
    """Watches the digits of the call in progress."""

    def __init__(self, deck: Deck, ring: Preroll, mode: Mode, enough: int) -> None:
        self._deck = deck
        self._ring = ring
        self._mode = mode
        self._digits = CardDigits(enough)
        self._record: ConsentRecord | None = None
        self._hidden: list[tuple[Mark, str]] = []
        self._since: int | None = None
        self._end = 0

    def begin(self, record: ConsentRecord) -> None:
        """A new call."""
        self.close()
        self._digits.forget()
        self._record = record

    def press(self, symbol: str, begun: int, at: int) -> bool:
        """Take a digit pressed within a call; tell whether it is card data."""
        if self._mode == "off" or self._record is None:
            return False
        self.advance(begun)
        self._end = at + GUARD
        since = self._digits.press(symbol, begun, at)
        if since is None:
            self._hide(begun)
            self._hold()
            return False
        if self._since is None:
            self._since = max(since - GUARD, 0)
            if self._mode == "master":
                self._deck.rewind(self._since)
        self._hold()
        self._note()
        return True

    def advance(self, now: int) -> None:
        """Let time pass: a run that is over lets the tape go on."""
        if self._digits.let_pass(now):
            self.close()

    def close(self) -> None:
        """The run is over, or the call is."""
        if self._since is not None:
            self._note()
        else:
            for mark, symbol in self._hidden:
                mark.text = symbol
        self._hidden, self._since = [], None
        self._deck.hold(None)

    def _hide(self, begun: int) -> None:
        """Let the record not tell more digits than an issuer's while they come."""
        if self._record is None or self._digits.count <= KNOWN:
            return
        for mark in reversed(self._record.now.call.marks):
            if mark.kind == "digit":
                self._hidden.append((mark, mark.text))
                mark.text = HIDDEN
                return

    def _hold(self) -> None:
        begun = self._digits.begun if self._since is None else self._since + GUARD
        if self._mode == "master" and begun is not None:
            self._deck.hold(max(begun - GUARD, 0))

    def _note(self) -> None:
        """Write down what is silenced, and wipe it."""
        if self._since is None or self._record is None:
            return
        end = min(self._end, self._ring.end)
        if self._mode == "master":
            self._ring.wipe(self._since, end)
        self._record.masked(self._since, end, self._mode)
