"""Is a card number being pressed?  Pure: digits in, the start of a run out.

Card data must not stay in a recording, sealed or not (PCI DSS 3.3.1).  A run is card
data where 13 to 19 of its digits in a row pass the check of ISO/IEC 7812-1 (Luhn) and
do not begin with 0, which no issuer has; or where it is as long as no telephone number
(E.164: 15 digits), since one digit in a thousand is misheard.  A number of 13 to 15
digits that is no card passes the check by chance in one case of ten.

Limits: numbers that are spoken are not noticed; somebody has to pause.
"""

from firmware.line.block import FS

#: Digits further apart than this are not one number.
TOGETHER = 5 * FS
#: Silenced before the first digit and after the last: where a tone was recognised it
#: had begun already, and the count of digits shall not be heard at the edges.
GUARD = FS // 5
#: After a card number, all digits are its date and its code for so long.
AFTER = 60 * FS
#: ISO/IEC 7812-1: digits of a card number; 13 and more are in use.
SHORTEST, LONGEST = 13, 19
#: Keys of a run that are remembered.
MOST = 64
#: So many digits may be known of a card: the issuer's (PCI DSS 3.4.1).
KNOWN = 6


def passes(number: str) -> bool:
    """Tell whether a number ends in its own check digit (ISO/IEC 7812-1, annex B)."""
    total = 0
    for place, symbol in enumerate(reversed(number)):
        value = int(symbol) * (1 + place % 2)
        total += value - 9 * (value > 9)
    return total % 10 == 0


def is_card(keys: str) -> bool:
    """Tell whether a run of keys is a card number, or ends in one after a * or #."""
    starts = [0, *(place + 1 for place, key in enumerate(keys) if not key.isdigit())]
    return any(_is_number("".join(filter(str.isdigit, keys[at:]))) for at in starts)


def _is_number(digits: str) -> bool:
    fits = SHORTEST <= len(digits) <= LONGEST
    return fits and digits[0] != "0" and passes(digits)


class CardDigits:
    """Watches the digits of one call.

    `enough` digits in a row are card data whatever they are; 0: never for that alone.
    """

    def __init__(self, enough: int) -> None:
        self._enough = enough
        self.forget()

    def forget(self) -> None:
        """A new call."""
        self._keys = ""
        self._begun: list[int] = []
        self._last = 0
        self._found: int | None = None
        self._until = 0

    @property
    def count(self) -> int:
        """Digits of the present run."""
        return len(self._begun)

    @property
    def begun(self) -> int | None:
        """Where what may yet turn out to be a card number began; None: nothing may."""
        return self._begun[-min(LONGEST, len(self._begun))] if self._begun else None

    def press(self, symbol: str, begun: int, at: int) -> int | None:
        """Take a digit that began at `begun` and is known at `at`.

        Return from where on all is card data, None if it is not.  Star and hash are
        part of a run, not of a number.
        """
        self.let_pass(begun)
        self._last = at
        self._keys = (self._keys + symbol)[-MOST:]
        if not symbol.isdigit():
            return self._found
        self._begun = [*self._begun, begun][-MOST:]
        if self._found is None and begun < self._until:
            self._found = begun
        enough = 0 < self._enough <= self.count
        if self._found is None and (enough or is_card(self._keys)):
            self._found = self._begun[0]
        return self._found

    def let_pass(self, now: int) -> bool:
        """Let time pass; tell whether a run has come to its end."""
        if not self._last or now - self._last <= TOGETHER:
            return False
        if self._found is not None:
            self._until = self._last + AFTER
        self._keys, self._begun = "", []
        self._found, self._last = None, 0
        return True
