"""A sound that goes on for some frames and is looked at closely now and then."""

from collections.abc import Callable

from dsp.detector import Noticed
from dsp.levels import dbov_from_power
from dsp.spectra import LONG
from dsp.stream import Batch, Samples
from dsp.types import Tone, ToneOnset


class Suspect:
    """Follow frames that may be one tone, until they are over.

    Parameters
    ----------
    name : str
        What the tone is called.
    enough : int
        Frames between two close looks.
    look : int
        Samples of a close look.
    proves : callable
        Tells whether samples, float32 of shape (look,), are the tone.
    """

    def __init__(
        self, name: str, enough: int, look: int, proves: Callable[[Samples], bool]
    ) -> None:
        self._name = name
        self._enough = enough
        self._look = look
        self._proves = proves
        self._reset()

    def _reset(self) -> None:
        self._frames = 0
        self._missing = 0
        self._start = 0
        self._end = 0
        self._energy = 0.0
        self._found = False

    @property
    def busy(self) -> bool:
        """Whether the tone may be sounding."""
        return self._frames > 0

    def finish(self) -> list[Noticed]:
        """Close what is still sounding."""
        return self._over(self._end + LONG // 2)

    def _sounding(self, power: float, at: int, batch: Batch) -> list[Noticed]:
        """Take one more frame, which ends at `at`."""
        middle = at - LONG // 2
        if not self._frames:
            self._start = max(middle, 0)
        self._frames += 1
        self._missing = 0
        self._end = middle
        self._energy += power
        if self._found or self._frames % self._enough:
            return []
        self._found = self._proves(batch.between(at - self._look, at))
        return [(at, ToneOnset(self._name, self._start, at))] if self._found else []

    def _over(self, at: int) -> list[Noticed]:
        found, start, end = self._found, self._start, self._end
        level = dbov_from_power(self._energy / max(self._frames, 1))
        self._reset()
        return [(at, Tone(self._name, start, end, level))] if found else []
