"""When to beep.  Pure: indices in, indices out.

The first beep comes within a second, the next one interval after the one before began.
A beep gives way to digits and to data on the line, yet not for longer than the FCC's
tolerance of the interval (12..18 s): nobody can keep it away by pressing keys.
"""

from collections.abc import Iterable
from dataclasses import replace

from dsp.beep import DEFAULT, PLANS, BeepPlan
from firmware.call.events import Kind, LineEvent
from firmware.line.block import FS
from firmware.service.settings import Consent

#: From the start of the recording to the first beep.
FIRST = FS // 10
#: The longest a beep is put off, the tolerance of the interval: 3 s.
LONGEST_HOLD = 3 * FS
#: How long a beep gives way after these, samples.  A call-waiting tone announces CAS
#: (80 ms) and FSK (1 s) at once, GR-30-CORE.
HOLDS = {
    Kind.DIGIT: FS,
    Kind.CALL_WAITING: 5 * FS // 2,
    Kind.CALLER_WAITING: FS // 5,
}
#: Nobody talks where these are heard.
DATA = frozenset({Kind.FAX_CNG, Kind.FAX_CED})


def plan_of(consent: Consent) -> BeepPlan:
    """Return the beep the owner chose: one of the plans, or figures of their own."""
    if consent.beep != "custom":
        return PLANS[consent.beep]
    return replace(
        DEFAULT,
        name="custom",
        hz=consent.beep_hz,
        length_s=consent.beep_length_s,
        interval_s=consent.beep_interval_s,
        source="the owner's settings",
    )


class Beeper:
    """The schedule of the beeps of one call."""

    def __init__(self, plan: BeepPlan) -> None:
        self.plan = plan
        self._interval = round(plan.interval_s * FS)
        self._due: int | None = None
        self._held_until = 0
        self._data = False

    @property
    def running(self) -> bool:
        return self._due is not None

    def start(self, now: int) -> None:
        """Begin; it is no matter if it had begun."""
        if self._due is None:
            self._due = now + FIRST

    def stop(self) -> None:
        """Beep no more."""
        self._due = None

    def reset(self) -> None:
        """A new call."""
        self._due, self._held_until, self._data = None, 0, False

    def heed(self, events: Iterable[LineEvent]) -> None:
        """Give way to what is on the line."""
        for event in events:
            self._data |= event.kind in DATA
            hold = HOLDS.get(event.kind)
            if hold is not None:
                until = max(event.known, event.end or 0) + hold
                self._held_until = max(self._held_until, until)

    def next(self, now: int) -> int | None:
        """Return where the next beep belongs, None while there is none."""
        if self._due is None or self._data:
            return None
        held = min(self._held_until, self._due + LONGEST_HOLD)
        return max(self._due, held, now)

    def gives_way(self, at: int) -> bool:
        """Should a beep that was to begin at an index wait?"""
        return self._data or self._held_until > at

    def put_off(self, at: int) -> None:
        """A beep that was to begin at an index has not."""
        self._due = at

    def begun(self, at: int) -> None:
        """A beep begins at an index."""
        self._due = at + self._interval
