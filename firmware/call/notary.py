"""Has the ledger seen outside once a day, in a thread of its own: networks are slow."""

import logging
import threading

from firmware.archive.ledger import Ledger, anchoring
from firmware.errors import StoreError
from firmware.service.settings import Proof

log = logging.getLogger(__name__)

#: What failed is tried again after this, s.
AGAIN_S = 3600.0


class Notary:
    """`look` now and then; it never waits.  `close` waits for the one under way."""

    def __init__(self, ledger: Ledger, proof: Proof) -> None:
        self._ledger = ledger
        self._proof = proof
        self._tried_utc: float | None = None
        self._thread: threading.Thread | None = None

    def look(self, now_utc: float) -> None:
        """Begin an anchor if one is due and none is under way."""
        busy = self._thread is not None and self._thread.is_alive()
        rested = self._tried_utc is None or now_utc - self._tried_utc >= AGAIN_S
        if busy or not rested:
            return
        if not anchoring.is_due(self._ledger, self._proof, now_utc):
            return
        self._tried_utc = now_utc
        self._thread = threading.Thread(
            target=self._anchor, args=(now_utc,), name="notary"
        )
        self._thread.start()

    def close(self) -> None:
        """Wait for what is under way: at most the patience of two requests."""
        if self._thread is not None:
            self._thread.join()

    def _anchor(self, now_utc: float) -> None:
        try:
            done = anchoring.anchor(self._ledger, self._proof, now_utc)
        except StoreError as error:
            log.warning("the ledger was not anchored: %s", error)
            return
        for problem in done.problems:
            log.warning("the ledger was not anchored: %s", problem)
        if done.how:
            log.info("%d entries seen by: %s", done.size, ", ".join(done.how))
