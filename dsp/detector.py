"""What every detector shares: how it is run over a stream or a whole recording."""

from dataclasses import replace
from typing import Any, Protocol, TypeVar

from numpy.typing import ArrayLike, NDArray

from dsp.spectra import Spectra
from dsp.stream import FS, Framer, checked, to_float
from dsp.types import Event

#: An event, and the sample index at which it could first be known.
Noticed = tuple[int, Event]
E = TypeVar("E", bound=Event)


class Detector(Protocol):
    """Finds events in successive batches of spectra."""

    def scan(self, spectra: Spectra) -> list[Noticed]:
        """Return what the superframes of this batch make known."""
        ...

    def finish(self) -> list[Noticed]:
        """Close everything open at the end of the samples and start anew."""
        ...


def in_order(noticed: list[Noticed], limit: int | None = None) -> list[Event]:
    """Return events by the sample at which they became known, ends cut at `limit`."""
    noticed.sort(key=lambda item: item[0])
    if limit is None:
        return [event for _, event in noticed]
    return [clipped(event, limit) for _, event in noticed]


def clipped(event: E, limit: int) -> E:
    """Return `event` with no sample index beyond `limit`."""
    late: dict[str, Any] = {
        name: limit
        for name in ("start", "at", "end")
        if getattr(event, name, limit) > limit
    }
    return replace(event, **late) if late else event


class StreamDecoder:
    """Feed one detector with samples of any cut.

    Parameters
    ----------
    detector : Detector
        What to run.
    fs : int
        Sampling rate; a stream has to be at 8000 Hz.

    Raises
    ------
    ValueError
        If `fs` is not 8000.
    """

    def __init__(self, detector: Detector, fs: int) -> None:
        if fs != FS:
            raise ValueError(f"fs: want {FS} Hz for a stream, got {fs}; resample first")
        self._detector = detector
        self._framer = Framer()

    def feed(self, x: ArrayLike) -> list[Event]:
        """Take samples, shape (n,), int16 or float; return what they make known."""
        noticed: list[Noticed] = []
        for batch in self._framer.feed(x):
            noticed += self._detector.scan(Spectra(batch))
        return in_order(noticed)

    def flush(self) -> list[Event]:
        """Return what was still open; the next feed goes on counting samples."""
        end = self._framer.index
        noticed: list[Noticed] = []
        for batch in self._framer.flush():
            noticed += self._detector.scan(Spectra(batch))
        return in_order(noticed + self._detector.finish(), end)


def at_8_khz(x: ArrayLike, fs: float) -> NDArray[Any]:
    """Return `x` at 8 kHz, int16 or float as it came.

    Raises
    ------
    ValueError
        If `fs` is below 8000 Hz.
    """
    a = checked(x)
    if fs < FS:
        raise ValueError(f"fs: want at least {FS} Hz, got {fs}")
    if fs == FS or a.size == 0:
        return a
    from dsp.resample import resample

    return resample(to_float(a), fs, FS)


def rescaled(event: E, ratio: float) -> E:
    """Return `event` with its sample indices multiplied by `ratio`."""
    if ratio == 1:
        return event
    changes: dict[str, Any] = {
        name: round(getattr(event, name) * ratio)
        for name in ("start", "at", "end")
        if hasattr(event, name)
    }
    return replace(event, **changes)
