"""The simulated line as the recorder sees it."""

import time
from collections.abc import Iterator
from dataclasses import replace

from firmware.closing import Closing
from firmware.line.block import FS, Anchor, Block, LineStatus
from firmware.line.pace import PACED_SAMPLES, Clock, SystemClock, cut, pace
from firmware.line.sim import render
from firmware.line.sim.injection import Injector
from firmware.line.sim.scenario import Scenario
from firmware.line.sim.script import ScriptedCall
from firmware.line.speaker import Speaker

#: Blocks at full speed, samples, where something may be said on the line: what is
#: said begins and ends with one of them, and an eighth of a second is soon enough.
SPOKEN_SAMPLES = 1000


class SimLine(Closing):
    """A scenario being played; `blocks` may be called once.

    A scenario that repeats does so when paced; at full speed one round is played.
    """

    def __init__(
        self,
        scenario: Scenario,
        *,
        speed: float | None = None,
        start_utc: float | None = None,
        block_samples: int | None = None,
        clock: Clock | None = None,
        can_inject: bool = False,
    ) -> None:
        # At full speed a line without end would fill a disk.
        self.scenario = scenario if speed else replace(scenario, repeat=False)
        self.sensing: frozenset[str] = frozenset(scenario.sensors.signals)
        # Played at full speed, it is over now: nothing happens in the future.
        ahead = 0.0 if speed else scenario.length
        self._start_utc = time.time() - ahead if start_utc is None else start_utc
        #: What happens, in the first round if the scenario repeats.
        self.script: tuple[ScriptedCall, ...] = render.scripted(
            scenario, self._start_utc
        )
        self._speed = speed
        self._injector = Injector(scenario.line.inject_loss_db) if can_inject else None
        self.speaker: Speaker | None = self._injector
        bulk = SPOKEN_SAMPLES if can_inject else FS
        self._size = block_samples or (PACED_SAMPLES if speed else bulk)
        self._clock = clock or SystemClock()
        self._index = 0
        self._closed = False

    def blocks(self) -> Iterator[Block]:
        """Yield the line until the scenario ends or the line is closed."""
        stream = cut(render.blocks(self.scenario, self._start_utc), self._size)
        if self._speed:
            stream = pace(stream, self._speed, self._clock)
        for block in stream:
            if self._closed:
                return
            self._index = block.end
            yield self._injector.mix(block) if self._injector else block

    def anchor(self) -> Anchor:
        """Tie the present sample to the time of the scenario, drift included."""
        true_s = self._index / (FS * (1 + self.scenario.line.drift_ppm * 1e-6))
        return Anchor(
            index=self._index,
            utc=self._start_utc + true_s,
            clock="synced",
            boottime_s=true_s,
            boot_id=f"sim-{self.scenario.name}-{self._start_utc:.0f}",
        )

    def status(self) -> LineStatus:
        """Return the state of the source in plain words."""
        return LineStatus(True, f"simulated line: {self.scenario.title}")

    def close(self) -> None:
        """Stop; a paced `blocks` ends at once."""
        self._closed = True
        self._clock.cancel()
