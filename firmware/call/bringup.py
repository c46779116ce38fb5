"""Trying out a line interface while the line runs: blocks in, the walk's state out.

`Tryout` turns blocks into what `service.bringup.Walk` wants to see, blinks the lamp and
plays the beep, and looks for the beep in the line's own samples.  The recorder feeds it
every block; without a recorder, the command line does.
"""

from typing import Any, Protocol, runtime_checkable

import numpy as np

from dsp.beep import DEFAULT, tone
from dsp.levels import block_levels
from firmware.call.proof import Heard, Proof
from firmware.line.block import FS, Block, Line, Samples
from firmware.line.boards import wired
from firmware.line.speaker import at_level
from firmware.service.bringup import ANSWERS, Walk
from firmware.service.bringup_steps import Seen
from firmware.service.settings import Settings

#: Levels are measured over this, samples: a quarter second.
METER = FS // 4
#: After a lift the beep waits this long for dial tone to be there, samples.
BEEP_AFTER = FS
#: Level of the beep that is tried, dBov: -13 dBm0, ITU-T E.180 Suppl. 2.
BEEP_DBOV = -19.15
#: A beep that was not heard is tried so often in all.
BEEPS = 2


@runtime_checkable
class Lamp(Protocol):
    """A line with a lamp that can be made to blink."""

    def try_lamp(self, *, on: bool) -> None: ...


class Tryout:
    """One walk at a time; `told` is None until one was begun."""

    def __init__(self, line: Line, settings: Settings) -> None:
        self._line = line
        self._settings = settings
        self._walk: Walk | None = None
        self._levels: dict[str, int] = {}
        self._pulses, self._pulsed = 0, 0
        self._meter: list[Samples] = []
        self._level = -120.0
        self._heard_until = 0
        self._beep = _Beep()

    def obey(self, args: dict[str, Any]) -> str | None:
        """Begin, end or answer; return why not."""
        what = str(args.get("do") or "")
        if what == "begin":
            self._walk = Walk(self._senses())
            return None
        if what == "end":
            self._lamp(on=False)
            self._walk = None
            return None
        if what not in ANSWERS:
            return f"bringup: want begin, end, {', '.join(ANSWERS)}, got {what!r}"
        if self._walk is None:
            return "bringup: it has not been begun"
        if not self._walk.answer(what):
            return f"bringup: {what} means nothing at this step"
        return None

    def told(self) -> dict[str, Any] | None:
        """Return how it stands, None if none was begun."""
        return None if self._walk is None else self._walk.told()

    @property
    def done(self) -> bool:
        """Is nothing left to do?"""
        return self._walk is None or self._walk.done

    def feed(self, block: Block) -> None:
        """Take a block of the line."""
        for edge in block.edges:
            if edge.signal == "ring" and edge.level and not self._levels.get("ring"):
                self._pulses, self._pulsed = self._pulses + 1, edge.at
            self._levels[edge.signal] = edge.level
        walk = self._walk
        if walk is None or walk.done:
            return
        self._measure(block)
        self._beep.feed(block)
        acted = walk.act
        walk.feed(self._seen(block.end))
        if walk.act != acted:
            self._lamp(on=walk.act == "lamp")
        if walk.act == "beep":
            self._beep.keep(self._line, block.end, again=acted != "beep")

    def _seen(self, now: int) -> Seen:
        levels = self._levels
        return Seen(
            at_s=now / FS,
            hook=levels.get("hook"),
            line=levels.get("line"),
            button=levels.get("button"),
            pulses=self._pulses if "ring" in self._line.sensing else None,
            pulsed_s=self._pulsed / FS,
            level_dbov=self._level,
            heard=now - self._heard_until < FS,
            beep=self._beep.state,
            beep_off_db=self._beep.off_db,
        )

    def _measure(self, block: Block) -> None:
        if not len(block.samples):
            return
        self._heard_until = block.end
        self._meter.append(block.samples)
        if sum(map(len, self._meter)) >= METER:
            self._level, _ = block_levels(np.concatenate(self._meter))
            self._meter.clear()

    def _senses(self) -> frozenset[str]:
        has = set(self._line.sensing)
        if wired(self._settings.gpio).led_pin and isinstance(self._line, Lamp):
            has.add("lamp")
        if self._line.speaker is not None and self._settings.consent.can_inject:
            has.add("speaker")
        return frozenset(has)

    def _lamp(self, *, on: bool) -> None:
        if isinstance(self._line, Lamp):
            self._line.try_lamp(on=on)


class _Beep:
    """Plays the beep and hears whether it is on the line."""

    def __init__(self) -> None:
        self.state = ""
        self.off_db = 0.0
        self._sound = np.asarray(np.rint(tone(FS, DEFAULT) * 32767), np.int16)
        self._proof = Proof()
        self._from = 0
        self._left = 0

    def keep(self, line: Line, now: int, *, again: bool) -> None:
        """Begin when the step begins, and play once it is time."""
        if again:
            self.state, self._from, self._left = "", now + BEEP_AFTER, BEEPS
        if self.state or now < self._from:
            return
        if line.speaker is None:
            self.state = "none"
            return
        self.state, self._left = "playing", self._left - 1
        at = line.speaker.play(self._sound, BEEP_DBOV)
        self._proof.expect("beep", at, at_level(self._sound, BEEP_DBOV))

    def feed(self, block: Block) -> None:
        """Take a block; the verdict comes a quarter second after the beep."""
        verdicts = [*self._proof.feed(block), *self._proof.missing(block.end)]
        for verdict in verdicts:
            if isinstance(verdict, Heard):
                self.state, self.off_db = "heard", verdict.gain_db
            else:
                self.state = "missed" if self._left <= 0 else ""
