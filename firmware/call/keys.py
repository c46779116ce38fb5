"""Codes pressed on the telephone during a call.  Pure: digits in, verbs out.

Both ends of a line reach the same two wires, so a code is whoever's pressed it; it can
stop a recording or say that the other side knows, and it is in the record of the call.
"""

from collections import deque

from firmware.line.block import FS
from firmware.service.settings import Consent

#: Keys further apart than this do not make a code.
TOGETHER = 4 * FS
#: Pressed after the question was heard: yes.
YES = "1"


class Keys:
    """Remembers the last keys of the call in progress."""

    def __init__(self, chosen: Consent) -> None:
        codes = {
            "informed": chosen.key_informed,
            "agreed": chosen.key_agreed,
            "pause": chosen.key_pause,
            "refused": chosen.key_refused,
        }
        self._codes = {code: verb for verb, code in codes.items() if code}
        longest = max(map(len, self._codes), default=1)
        self._pressed: deque[tuple[str, int]] = deque(maxlen=longest)

    def press(self, symbol: str, at: int, *, asked: bool) -> str | None:
        """Take a key; return the verb that it completes.

        `asked`: the question has been heard, so that a lone 1 is a yes.
        """
        if self._pressed and at - self._pressed[-1][1] > TOGETHER:
            self._pressed.clear()
        self._pressed.append((symbol, at))
        pressed = "".join(key for key, _ in self._pressed)
        found = next((c for c in self._codes if pressed.endswith(c)), None)
        if found is not None:
            self._pressed.clear()
            return self._codes[found]
        return "agreed" if asked and symbol == YES else None

    def forget(self) -> None:
        """A new call."""
        self._pressed.clear()
