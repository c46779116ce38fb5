"""The call machine: walks the table, event by event and deadline by deadline.

No clock, no I/O: time is the sample index.  A state may arm one deadline; when it
passes, the machine gives itself a TIMEOUT whose `at` is the instant the deadline
counts from, so that a call ends when the handset went down and not when that became
certain.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from firmware.call.events import Kind, LineEvent
from firmware.call.states import Do, State, Timer
from firmware.call.table import TABLE
from firmware.line.block import FS
from firmware.service.settings import Recorder

#: A ring burst lasts at most 2 s (tone plans of E.180 Suppl. 2); a doubled one less.
LONGEST_RING_S = 3.0
#: Ringback has stopped and nobody speaks: answered, unless a tone says otherwise, s.
#: Longer than a pause of ringback and the time it takes to make out a voice.
CONNECT_S = 8.0
#: After the far side has gone, how much longer to keep what is heard, s.  Voice
#: meanwhile means it has not gone.
PARK_S = 30.0


def durations(settings: Recorder) -> dict[Timer, int]:
    """Return each timer's length in samples."""
    seconds = {
        Timer.NEXT_RING: settings.ring_timeout_s,
        Timer.RINGING: settings.ring_timeout_s + LONGEST_RING_S,
        Timer.RELEASE: settings.release_ms / 1000,
        Timer.CONNECT: CONNECT_S,
        Timer.PARK: PARK_S,
    }
    return {timer: round(length * FS) for timer, length in seconds.items()}


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do, `at` the sample it counts from, because of `event`."""

    do: Do
    at: int
    event: LineEvent


class Machine:
    """Walks the table; events must come in the order of `known`."""

    def __init__(self, settings: Recorder) -> None:
        self.state = State.IDLE
        self._durations = durations(settings)
        self._deadline: int | None = None
        self._armed_at = 0
        self._before: tuple[State, int | None, int] = (State.IDLE, None, 0)

    def advance(self, now: int) -> list[Step]:
        """Let time pass until sample `now`."""
        steps: list[Step] = []
        while self._deadline is not None and self._deadline <= now:
            known, self._deadline = self._deadline, None
            steps += self._apply(LineEvent(Kind.TIMEOUT, self._armed_at, known))
        return steps

    def feed(self, event: LineEvent) -> list[Step]:
        """Take one event; deadlines that passed before it come first."""
        return [*self.advance(event.known), *self._apply(event)]

    def feed_all(self, events: Iterable[LineEvent], now: int) -> list[Step]:
        """Take the events of a block that ends at `now`."""
        steps: list[Step] = []
        for event in events:
            steps += self.feed(event)
        return steps if self._deadline is None else steps + self.advance(now)

    def _apply(self, event: LineEvent) -> list[Step]:
        rule = TABLE[self.state][event.kind]
        hung_up_at = self._armed_at
        if rule.back:
            self.state, self._deadline, self._armed_at = self._before
        elif rule.next is not None:
            self._before = (self.state, self._deadline, self._armed_at)
            self.state, self._deadline = rule.next, None
        if rule.arm is not None:
            self._armed_at = event.at
            self._deadline = event.at + self._durations[rule.arm]
        return [
            Step(do, hung_up_at if do is Do.CLOSE_ARMED else event.at, event)
            for do in rule.do
        ]
