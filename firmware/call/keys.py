"""Codes pressed on the telephone during a call.  Pure: digits in, verbs out.

One table for all of them: what is said about consent, pauses, and what becomes of the
call.  Whose code it is decides `sides`.
"""

from collections import deque

from firmware.line.block import FS
from firmware.service.settings import Consent

#: Keys further apart than this do not make a code.
TOGETHER = 4 * FS
#: Pressed after the question was heard: yes.
YES = "1"
#: Verbs, and the setting of `[consent]` that holds the code of each.
VERBS = {
    "informed": "key_informed",
    "agreed": "key_agreed",
    "pause": "key_pause",
    "mark": "key_mark",
    "keep": "key_keep",
    "recap": "key_recap",
    "private": "key_private",
    "refused": "key_refused",
}


class Keys:
    """Remembers the last keys of the call in progress."""

    def __init__(self, chosen: Consent) -> None:
        codes = {getattr(chosen, name): verb for verb, name in VERBS.items()}
        self._codes = {code: verb for code, verb in codes.items() if code}
        longest = max(map(len, self._codes), default=1)
        self._pressed: deque[tuple[str, int]] = deque(maxlen=longest)

    def length(self, verb: str) -> int:
        """Return how many keys the code of a verb has."""
        return next((len(c) for c, v in self._codes.items() if v == verb), 1)

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
        return "yes" if asked and symbol == YES else None

    def forget(self) -> None:
        """A new call."""
        self._pressed.clear()
