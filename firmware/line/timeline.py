"""What other threads noticed, by time, until the block of that time is made."""

from collections import deque
from dataclasses import dataclass
from operator import attrgetter
from typing import Generic, Protocol, TypeVar

from dsp.types import CallerId

#: Enough for a minute of a pin that chatters at 1 kHz; then the oldest go.
CAPACITY = 60_000


@dataclass(frozen=True, slots=True)
class TimedEdge:
    """A wired signal took `level` at `at_s` on the monotonic clock."""

    at_s: float
    signal: str
    level: int


@dataclass(frozen=True, slots=True)
class TimedCallerId:
    """A modem delivered a message at `at_s`; the message's samples are not known."""

    at_s: float
    caller_id: CallerId


class _Timed(Protocol):
    @property
    def at_s(self) -> float: ...


T = TypeVar("T", bound=_Timed)


class Timeline(Generic[T]):
    """Takes items from any thread and hands them to one consumer, oldest first."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._arrived: deque[T] = deque(maxlen=capacity)
        self._waiting: list[T] = []
        self._capacity = capacity

    def put(self, item: T) -> None:
        """Add an item; its time may be past or still to come."""
        self._arrived.append(item)

    def take(self, until_s: float) -> list[T]:
        """Remove and return the items up to `until_s`."""
        while self._arrived:
            self._waiting.append(self._arrived.popleft())
        if not self._waiting:
            return []
        self._waiting.sort(key=attrgetter("at_s"))
        due = sum(item.at_s <= until_s for item in self._waiting)
        taken, self._waiting = self._waiting[:due], self._waiting[due:]
        del self._waiting[: -self._capacity]
        return taken
