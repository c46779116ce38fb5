"""Is a card number being pressed?  Pure: digits in, the start of a run out.

Card data must not stay in a recording (PCI DSS 3.3.1), and a telephone number pressed
within a call is shorter than a card number.

Limits: numbers that are spoken are not noticed; somebody has to pause.
"""

from firmware.line.block import FS

#: Digits further apart than this are not one number.
TOGETHER = 5 * FS
#: Silenced before the first digit: where a tone was recognised it had begun already.
GUARD = FS // 5
#: After the last digit, how long to wait for more of them.
MORE = 10 * FS


class CardDigits:
    """Watches the digits of one call; `wanted` make a card number, 0 none does."""

    def __init__(self, wanted: int) -> None:
        self._wanted = wanted
        self._start = 0
        self._last = 0
        self._count = 0

    def forget(self) -> None:
        """A new call."""
        self._count = 0

    def press(self, symbol: str, at: int) -> int | None:
        """Take a digit; return where the run began once it is long enough."""
        if not symbol.isdigit() or at - self._last > TOGETHER:
            self._count = 0
        if symbol.isdigit():
            if self._count == 0:
                self._start = max(at - GUARD, 0)
            self._count += 1
            self._last = at
        enough = 0 < self._wanted <= self._count
        return self._start if enough else None
