"""What a line shows besides calls of people: flags of the call, by what was heard.

Alarm panels report by Ademco Contact ID: sixteen digits of 50 ms with pauses of 50 ms,
faster than any finger, with a check digit (SIA DC-05-1999.09).
"""

from collections import deque

from firmware.line.block import FS

#: Tones that say something about the line or the caller: name, flag of the call.
FLAGS = {
    "stutter_dial": "voicemail_waiting",
    "howler": "left_off_hook",
    "modem_answer": "modem",
    "modem_data": "modem",
}
#: SIA DC-05: digits of a message, places and values of its type, and the period.
DIGITS, TYPE, TYPES, PERIOD = 16, slice(4, 6), ("18", "98"), FS * 14 // 100
#: SIA DC-05: what each digit counts; A is not used.
VALUES = {**{str(n): n for n in range(1, 10)}, "0": 10, "*": 11, "#": 12,
          "A": 13, "B": 14, "C": 15, "D": 15}  # fmt: skip


class AlarmDialler:
    """Watches digits for the messages of an alarm panel."""

    def __init__(self) -> None:
        self._last: deque[tuple[str, int]] = deque(maxlen=DIGITS)

    def press(self, symbol: str, at: int) -> bool:
        """Take a digit that began at an index; tell whether it ends a message."""
        if self._last and at - self._last[-1][1] > PERIOD:
            self._last.clear()
        self._last.append((symbol, at))
        message = "".join(symbol for symbol, _ in self._last)
        if len(message) < DIGITS or message[TYPE] not in TYPES:
            return False
        return sum(VALUES[symbol] for symbol in message) % 15 == 0
