"""Which side of the line pressed a code: this telephone, or the one at the far end.

Both reach the same two wires.  A telephone sends each of its digits at one level and
one twist, and those of the telephones here are known from what was dialled with the
handset up.  A code is this side's where all its digits are as loud and as tilted as
those, and the talk of the call shows that the far side is heard softer by so much that
its digits cannot be.  Where that cannot be told, the code is not carried out.

Limits: nothing was dialled here since the start, or nobody has talked yet: not told.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

from dsp.turns import Clues, TurnFinder
from firmware.call.open_call import OpenCall
from firmware.call.preroll import Preroll
from firmware.line.block import FS

Side = Literal["near", "far", "unsure"]

#: Digits of one telephone agree in level and twist (measured on the simulated line at
#: 20 dB SNR: 0.6 dB), dB.
LEVEL_DB, TWIST_DB = 2.0, 1.5
#: A code this much softer than what is dialled here is the far side's, dB.
FAR_DB = 4.0
#: The far side's talk must be softer by this at least, dB.
APART_DB = 5.5
#: Digits that make a telephone known, and telephones remembered.
ENOUGH, PHONES = 3, 4
#: Talk looked at, samples: a minute.
TALK = 60 * FS


@dataclass(frozen=True, slots=True)
class Pressed:
    """How a digit sounded."""

    level_dbov: float
    twist_db: float

    def like(self, other: "Pressed") -> bool:
        """Can both be of one telephone?"""
        level = abs(self.level_dbov - other.level_dbov) <= LEVEL_DB
        return level and abs(self.twist_db - other.twist_db) <= TWIST_DB


def judge(
    code: Sequence[Pressed], phones: Sequence[Pressed], apart_db: float | None
) -> Side:
    """Tell whose code it is, by the telephones known here and the talk's imbalance."""
    if not code or not phones:
        return "unsure"
    known = any(all(one.like(phone) for one in code) for phone in phones)
    loudest = max(one.level_dbov for one in code)
    if all(loudest < phone.level_dbov - FAR_DB for phone in phones):
        return "far"
    if not known or apart_db is None or apart_db < APART_DB:
        return "unsure"
    return "near"


class Sides:
    """Learns the telephones of the line; one call at a time."""

    def __init__(
        self,
        measure: Callable[[OpenCall, int], float | None],
        *,
        anybody: bool = False,
    ) -> None:
        self._measure = measure
        self._anybody = anybody
        self._phones: deque[Pressed] = deque(maxlen=PHONES)
        self._dialled: list[Pressed] = []
        self._code: deque[Pressed] = deque(maxlen=8)
        self._usual_db: float | None = None

    def begin(self) -> None:
        """A new call."""
        self._learn()
        self._dialled = []
        self._code.clear()

    def dialled(self, digit: Pressed) -> None:
        """A digit of the number: pressed here."""
        if digit.level_dbov == digit.level_dbov:  # pulses have no level
            self._dialled.append(digit)

    def pressed(self, digit: Pressed) -> None:
        """A digit within the call, of either side."""
        self._code.append(digit)

    def whose(self, keys: int, now: OpenCall, at: int) -> Side:
        """Tell who pressed the last `keys` digits."""
        if self._anybody:
            return "near"
        self._learn()
        apart = self._measure(now, at)
        if apart is not None:
            self._usual_db = apart
        return judge(list(self._code)[-keys:], self._phones, self._usual_db)

    def _learn(self) -> None:
        if len(self._dialled) >= ENOUGH:
            level = median(digit.level_dbov for digit in self._dialled)
            phone = Pressed(level, median(digit.twist_db for digit in self._dialled))
            if phone in self._phones:
                self._phones.remove(phone)
            self._phones.append(phone)


class Talk:
    """Measures the imbalance of the talk so far, from what the ring still holds."""

    def __init__(self, ring: Preroll) -> None:
        self._ring = ring

    def __call__(self, now: OpenCall, at: int) -> float | None:
        """Return by how many dB this side is louder; None if that cannot be told."""
        first = now.answered or now.lifted or now.opened
        first = max(first, at - TALK, self._ring.oldest)
        if at <= first:
            return None
        gone, samples = self._ring.read(first, at)
        finder = TurnFinder(FS)
        finder.feed(samples)
        found = finder.finish(Clues(other=_digits(now, first + gone)))
        return found.apart_db if any(turn.sure for turn in found.turns) else None


def _digits(now: OpenCall, origin: int) -> tuple[tuple[int, int], ...]:
    """Return where digits were heard, counted from an index; before it, negative."""
    edge = FS // 16
    starts = (
        (round(mark.at_s * FS) + now.origin - origin, round(mark.length_s * FS))
        for mark in now.call.marks
        if mark.kind == "digit"
    )
    return tuple((at - edge, at + n + edge) for at, n in starts if at + n + edge > 0)
