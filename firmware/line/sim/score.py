"""The score of one call: every sound, edge and loss of level it puts on the line.

Times in seconds count from the opening of the line; the score turns them into sample
indices of a sound card whose clock may run fast or slow.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from dsp.types import Edge
from firmware.line.block import FS
from firmware.line.sim import speech
from firmware.line.sim.exchange import Cadence
from firmware.line.sim.mixer import Span
from firmware.line.sim.scenario import LineCharacter, Sensors
from firmware.line.sim.script import ScriptedMark
from firmware.line.sim.sounds import Clip, Layer, Tone, Wave, click, partials, peak

#: A jump of voltage reaches the ring detector so much later than the hook sensor, s.
KICK_AFTER_S = 0.001
#: Part of a ringing cycle during which the opto detector conducts.
RING_DUTY = 0.4


@dataclass(slots=True)
class Score:
    """Where the choreography of a call writes down what it wants."""

    line: LineCharacter
    sensors: Sensors
    rng: np.random.Generator
    start_utc: float = 0.0
    layers: list[Layer] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
    gains: list[Span] = field(default_factory=list)
    losses: list[Span] = field(default_factory=list)
    marks: list[ScriptedMark] = field(default_factory=list)

    def index(self, at_s: float) -> int:
        """Return the sample the card takes at a time."""
        return round(at_s * FS * (1 + self.line.drift_ppm * 1e-6))

    def mark(self, at_s: float, kind: str, text: str = "") -> None:
        """Note for the script that something happened."""
        self.marks.append(ScriptedMark(round(at_s, 4), kind, text))

    def edge(self, at_s: float, signal: str, level: int) -> None:
        """Change a wired signal, if the box has it."""
        if signal in self.sensors.signals:
            self.edges.append(Edge(self.index(at_s), signal, level))

    def tone(
        self, begin_s: float, end_s: float, waves: Iterable[tuple[float, float]]
    ) -> None:
        """Sound sine waves together."""
        self.layers.append(Tone(self.index(begin_s), self.index(end_s), tuple(waves)))

    def cadence(
        self, begin_s: float, end_s: float, tone: Cadence, gain_db: float = 0.0
    ) -> None:
        """Sound a supervisory tone from its beginning."""
        waves = partials(tone.hz, tone.level_dbov + gain_db)
        for first, last in tone.bursts(end_s - begin_s):
            self.tone(begin_s + first, begin_s + last, waves)

    def clip(self, at_s: float, wave: Wave, gain: float = 1.0) -> None:
        """Play samples."""
        self.layers.append(Clip(self.index(at_s), wave, gain))

    def click(self, at_s: float, gain_db: float = 0.0) -> None:
        """Play a hook transient."""
        gain = 10 ** ((self.line.click_dbov + gain_db) / 20)
        self.clip(at_s, click(self.rng), gain)

    def hook(self, at_s: float, level: int) -> None:
        """Lift or put down the handset, contact bounce included."""
        bounce = self.sensors.hook_bounce_ms / 1000
        if bounce:
            for step, value in enumerate((level, 1 - level, level)):
                self.edge(at_s + step * bounce / 2, "hook", value)
        else:
            self.edge(at_s, "hook", level)
        self.click(at_s)
        self.ring_kick(at_s)

    def ring_kick(self, at_s: float) -> None:
        """Let a jump of the line's voltage through the ring detector's capacitor."""
        length = self.sensors.ring_kick_ms / 1000
        if length:
            self.edge(at_s + KICK_AFTER_S, "ring", 1)
            self.edge(at_s + KICK_AFTER_S + length, "ring", 0)

    def ring_trip(self, at_s: float, hz: float) -> None:
        """Let ringing current shake the hook sensor just after the handset is lifted.

        Before the exchange notices, the last cycles of ringing lift and lower the line.
        """
        for cycle in range(int(self.sensors.ring_trip_ms / 1000 * hz)):
            self.edge(at_s + (cycle + 0.4) / hz, "hook", 0)
            self.edge(at_s + (cycle + 0.9) / hz, "hook", 1)

    def ring(self, begin_s: float, end_s: float, hz: float) -> None:
        """Ring: one burst of ringing current, and what of it gets into the audio."""
        if self.sensors.ring == "envelope":
            self.edge(begin_s, "ring", 1)
            self.edge(end_s, "ring", 0)
        else:
            rate = 2 * hz if self.sensors.ring == "half_cycles" else hz
            for pulse in range(int((end_s - begin_s) * rate)):
                at = begin_s + pulse / rate
                self.edge(at, "ring", 1)
                self.edge(at + RING_DUTY / rate, "ring", 0)
        level = self.line.ring_residue_dbov
        # A ringing generator's wave is far from a sine once through small capacitors.
        shape = (
            (hz, peak(level)),
            (3 * hz, peak(level - 8)),
            (5 * hz, peak(level - 14)),
        )
        self.tone(begin_s, end_s, shape)

    def mute(self, begin_s: float, end_s: float, loss_db: float | None = None) -> None:
        """Lower the line's signal for a while; None silences it."""
        factor = 0.0 if loss_db is None else 10 ** (-loss_db / 20)
        self.gains.append(Span(self.index(begin_s), self.index(end_s), factor))

    def end(self, at_s: float) -> None:
        """Let nothing sound on: what has begun stops, clicks that follow remain."""
        stop = self.index(at_s)
        self.layers = [
            layer.until(stop) if layer.start < stop < layer.stop else layer
            for layer in self.layers
        ]

    def lose(self, begin_s: float, length_s: float) -> None:
        """Let the card lose samples."""
        self.losses.append(Span(self.index(begin_s), self.index(begin_s + length_s)))

    def talk(
        self, begin_s: float, end_s: float, voices: tuple[str, str], near_first: bool
    ) -> None:
        """Let both sides talk, near `voices[0]` and far `voices[1]`, and our echo."""
        line = self.line
        near = 10 ** ((line.near_dbov - speech.CLIP_LEVEL_DBOV) / 20)
        far = 10 ** ((line.far_dbov - speech.CLIP_LEVEL_DBOV) / 20)
        echo = near * 10 ** (-line.echo_loss_db / 20)
        base, length = self.index(begin_s), self.index(end_s) - self.index(begin_s)
        for turn in speech.conversation(*voices, length, near_first, self.rng):
            at = base + turn.start
            self.layers.append(Clip(at, turn.wave, near if turn.near else far))
            if turn.near:
                late = at + round(line.echo_ms * FS / 1000)
                self.layers.append(Clip(late, turn.wave, echo))
