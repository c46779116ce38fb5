"""What the two sensors of the line interface say together, and what ringing is.

Pure tables.  Levels are those of `dsp.types.Edge`: hook 1 = off-hook, line 1 = voltage
on the pair.  On board R1 a lit opto-coupler pulls its pin low: HOOK_N is low on-hook,
LINE_N is low while there is voltage.
"""

from collections.abc import Mapping
from enum import Enum

#: Ringing is between these, Hz (FCC Part 68 type B: 15.3..68 Hz; TBR 21: 25 and 50).
RING_HZ = (15.0, 70.0)
#: An opto-coupler across the line gives one pulse a cycle, or two if it is an AC one.
PULSES_A_CYCLE = (1, 2)
#: Faster pulses than these are a pin that chatters, not ringing, a second.
PULSES_MOST = RING_HZ[1] * PULSES_A_CYCLE[1] * 1.1
#: Levels count once they have stayed so long, s: a cut line is one for 1.5 s.
SETTLED_S = 1.5


class Sense(Enum):
    """What the line is, as far as two wires can tell."""

    ON_HOOK = "on_hook"
    OFF_HOOK = "off_hook"
    DEAD = "dead"  # cut, shorted, unplugged; or the interface has no power
    FAULT = "fault"  # on-hook voltage without any voltage: the interface is broken


#: (hook, line) as levels: what they mean.
TRUTH: dict[tuple[int, int], Sense] = {
    (0, 1): Sense.ON_HOOK,
    (1, 1): Sense.OFF_HOOK,
    (1, 0): Sense.DEAD,
    (0, 0): Sense.FAULT,
}
#: What the owner should know of each; nothing to tell of the others.
WORDS = {
    Sense.DEAD: "no voltage on the line: cut, shorted, unplugged, or the interface "
    "has no power",
    Sense.FAULT: "the line interface contradicts itself (on-hook without voltage): "
    "check its supply and opto-couplers",
}


def sense_of(levels: Mapping[str, int]) -> Sense | None:
    """Return what hook and line say; None unless both are wired."""
    if "hook" not in levels or "line" not in levels:
        return None
    return TRUTH[levels["hook"], levels["line"]]


class Settling:
    """The sense of a line that has stayed the same for a while."""

    def __init__(self, settled_s: float = SETTLED_S) -> None:
        self._settled_s = settled_s
        self._seen: Sense | None = None
        self._since_s = 0.0
        self.settled: Sense | None = None

    def feed(self, seen: Sense | None, now_s: float) -> Sense | None:
        """Take what is seen now; return what has been so for long enough."""
        if seen is not self._seen:
            self._seen, self._since_s = seen, now_s
        if now_s - self._since_s >= self._settled_s:
            self.settled = seen
        return self.settled


def ring_hz(pulses: int, seconds: float, *, per_cycle: int = 2) -> float | None:
    """Return the frequency of ringing that made so many pulses; None if none did.

    >>> ring_hz(80, 2.0)
    20.0
    >>> ring_hz(2000, 2.0) is None
    True
    """
    if seconds <= 0:
        return None
    hertz = pulses / seconds / per_cycle
    return hertz if RING_HZ[0] <= hertz <= RING_HZ[1] else None
