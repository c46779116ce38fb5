"""A cell of the tables by which calls run, the line's and consent's alike."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

StateT = TypeVar("StateT")
DoT = TypeVar("DoT")
TimerT = TypeVar("TimerT")


@dataclass(frozen=True, slots=True)
class Rule(Generic[StateT, DoT, TimerT]):
    """What an event does: the next state, things to do in order, a timer to arm.

    `next` None stays; `back` returns to the state before the last change.
    """

    next: StateT | None = None
    do: tuple[DoT, ...] = ()
    arm: TimerT | None = None
    back: bool = False


#: The event means nothing here.
IGNORE: Rule[Any, Any, Any] = Rule()
