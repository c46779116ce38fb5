"""What every line source delivers: blocks of samples with the edges that fell in them.

The sample index is the only clock of the recording path.  It counts samples of the
master rate since the line was opened, lost ones included.  Wall-clock time enters
once, through `Line.anchor()`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Literal, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from dsp.types import CallerId, Edge
from firmware.line.speaker import Speaker

#: Master rate, Hz: the telephone band fits, and ITU-T G.711 uses the same.
FS = 8000

Samples = NDArray[np.int16]
ClockState = Literal["synced", "free-running", "unknown"]


@dataclass(frozen=True, slots=True)
class Anchor:
    """Ties a sample index to wall-clock time.

    `utc` is seconds since 1970.  `boottime_s` is the same instant on the boot clock,
    so that a call recorded before the clock was set can be corrected afterwards;
    `boot_id` names the boot.  Replay and simulation use a boot of their own.  `source`
    is what set the clock (``network``, ``server``, ``rtc``, ``caller_id``), `error_s`
    how far it may be off at most, where that is known.
    """

    index: int
    utc: float
    clock: ClockState
    boottime_s: float
    boot_id: str
    source: str = ""
    error_s: float | None = None

    def utc_at(self, index: int) -> float:
        """Return UTC seconds of a sample index."""
        return self.utc + (index - self.index) / FS

    def boottime_at(self, index: int) -> float:
        """Return boot-clock seconds of a sample index."""
        return self.boottime_s + (index - self.index) / FS


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive samples of the line.

    Parameters
    ----------
    start
        Index of ``samples[0]``.  It equals the end of the previous block plus `lost`.
    samples
        int16 mono at `FS`, read-only by convention.  May be empty: while a card is
        gone, blocks with only `lost` keep time and edges flowing.
    edges
        Changes of wired signals, by time, each within ``[start - lost, end]``.  The
        first block of a line carries the level of each wired signal as an edge.
    lost
        Samples missing just before `start` (overrun, unplugged card).
    caller_ids
        Messages a caller-ID modem delivered during the block.
    """

    start: int
    samples: Samples
    edges: tuple[Edge, ...] = ()
    lost: int = 0
    caller_ids: tuple[CallerId, ...] = ()

    @property
    def end(self) -> int:
        """Index just after the last sample."""
        return self.start + len(self.samples)


@dataclass(frozen=True, slots=True)
class LineStatus:
    """Is the source delivering, and if not, what would a person say is wrong."""

    ok: bool
    message: str


class Line(Protocol):
    """A line source: a card, a recorded file or the simulator."""

    #: Wired signals among hook, ring, line, polarity, button; empty = sound only.
    sensing: frozenset[str]

    @property
    def speaker(self) -> Speaker | None:
        """What it says on the line with; None = it can only listen."""

    def blocks(self) -> Iterator[Block]:
        """Yield blocks until the source ends or `close` is called."""

    def anchor(self) -> Anchor:
        """Return the present tie between sample index and wall-clock time."""

    def status(self) -> LineStatus:
        """Return the state of the source in plain words."""

    def close(self) -> None:
        """Stop; a blocked `blocks` ends soon after."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...
