"""From the edges of wired signals to what they mean: hook, ring, line, polarity.

Each sense is fed its edges in order and asked at the end of each block what has become
certain by then.  Contact bounce, ringing current leaking into the hook sensor, dial
pulses and the jolt of a hang-up on the ring detector are told apart by time alone.
"""

from dataclasses import dataclass, field

from firmware.call.events import Kind, LineEvent
from firmware.line.block import FS
from firmware.line.sense import PULSES_MOST


def _samples(ms: float) -> int:
    return round(ms * FS / 1000)


#: Off-hook counts once it has lasted this long.  Ringing current of 15 Hz leaking into
#: the hook sensor makes half waves of 33 ms; contact bounce ends within 20 ms.
MAKE_SAMPLES = _samples(60)
#: On-hook counts once it has lasted this long: the break of a dial pulse is at most
#: 80 % of a pulse at 8 per second, 100 ms (dial ratios: Finland 47..80 %, Bell 8..11).
BREAK_SAMPLES = _samples(120)
#: The shortest ring burst counted, 100 ms as by modems; a hang-up's jolt is shorter.
RING_SAMPLES = _samples(100)
#: Ringing of 15 Hz pauses for up to 67 ms between two half waves.
RING_CYCLE_SAMPLES = _samples(100)
#: Pauses within a ring last up to 0.5 s, those between rings from 2 s (E.180 Suppl. 2).
RING_PAUSE_SAMPLES = _samples(1000)
#: An open loop of this length is made by the exchange to say that the far side has
#: gone; PBX detect 22..614 ms, exchanges give 150..1000 ms.
CPC_SAMPLES = _samples(100)
#: A loop open for longer is a cut line.
CUT_SAMPLES = _samples(1500)
#: Both wires swap within 10 ms; less is a jolt.
POLARITY_SAMPLES = _samples(15)


@dataclass(slots=True)
class Hook:
    """Off-hook and on-hook; the sensor may bounce and cannot see a dead line."""

    told: int | None = None  # the level last reported
    _level: int = 0
    _since: int = 0
    _trusted_from: int | None = 0  # None while the line is dead

    def edge(self, at: int, level: int) -> list[LineEvent]:
        events = self.settle(at)
        if level != self._level:
            self._level, self._since = level, at
        return events

    def settle(self, now: int) -> list[LineEvent]:
        """Return what has become certain by `now`."""
        if self._level == self.told or self._trusted_from is None:
            return []
        need = MAKE_SAMPLES if self._level else BREAK_SAMPLES
        known = max(self._since, self._trusted_from) + need
        if known > now:
            return []
        first = self.told is None
        self.told = self._level
        if not self._level:
            return [] if first else [LineEvent(Kind.ON_HOOK, self._since, known)]
        at = max(self._since, self._trusted_from) if first else self._since
        kind = Kind.FOUND_OFF_HOOK if first else Kind.OFF_HOOK
        return [LineEvent(kind, at, known)]

    def distrust(self) -> None:
        """Believe nothing: the line has lost its voltage."""
        self._trusted_from = None

    def trust(self, now: int, *, anew: bool) -> None:
        """Believe again from `now` on; `anew` if what was known no longer holds."""
        self._trusted_from = now
        if anew:
            self.told = None


@dataclass(slots=True)
class Ring:
    """Rings, from an envelope or from one pulse per cycle of ringing current."""

    _level: int = 0
    _start: int | None = None  # of the present burst
    _rose: int = 0
    _fell: int = 0
    _burst: bool = False  # long enough to be one
    _pulses: int = 0  # of the present burst
    _ended: int | None = None  # of the last burst

    def edge(self, at: int, level: int) -> list[LineEvent]:
        events = self.settle(at)
        if level and self._start is None:
            self._start = at
        if level and not self._level:
            self._rose = at
            self._pulses += 1
        if self._level and not level:
            self._fell = at
        self._level = level
        return events

    def settle(self, now: int) -> list[LineEvent]:
        """Return what has become certain by `now`."""
        if self._start is None:
            return []
        events: list[LineEvent] = []
        reach = now if self._level else self._fell
        length = reach - self._start
        chatter = self._pulses * FS > PULSES_MOST * (length + RING_SAMPLES)
        if not self._burst and length >= RING_SAMPLES and not chatter:
            self._burst = True
            if self._ended is None or self._start - self._ended >= RING_PAUSE_SAMPLES:
                # A pulse may carry the burst past that length only now.
                known = max(self._start + RING_SAMPLES, self._rose)
                events.append(LineEvent(Kind.RING, self._start, known))
        if not self._level and now - self._fell >= RING_CYCLE_SAMPLES:
            if self._burst:
                known = self._fell + RING_CYCLE_SAMPLES
                events.append(LineEvent(Kind.RING_END, self._fell, known))
                self._ended = self._fell
            self._start, self._burst, self._pulses = None, False, 0
        return events


@dataclass(slots=True)
class Voltage:
    """Is there a line at all: forward disconnect, cut, back."""

    cut: bool = False
    _down: int | None = None

    def edge(self, at: int, level: int) -> list[LineEvent]:
        events = self.settle(at)
        if not level:
            if self._down is None:
                self._down = at
            return events
        if self._down is not None:
            if self.cut:
                events.append(LineEvent(Kind.LINE_BACK, at, at))
            elif at - self._down >= CPC_SAMPLES:
                events.append(LineEvent(Kind.CPC, self._down, at))
        self.cut, self._down = False, None
        return events

    def settle(self, now: int) -> list[LineEvent]:
        """Return what has become certain by `now`."""
        if self._down is None or self.cut or now - self._down < CUT_SAMPLES:
            return []
        self.cut = True
        return [LineEvent(Kind.LINE_CUT, self._down, self._down + CUT_SAMPLES)]

    @property
    def dead(self) -> bool:
        """No voltage at the moment, for whatever reason."""
        return self._down is not None


@dataclass(slots=True)
class Polarity:
    """Reversals of the two wires."""

    _told: int | None = None
    _level: int = 0
    _since: int = 0

    def edge(self, at: int, level: int) -> list[LineEvent]:
        events = self.settle(at)
        if self._told is None:
            self._told = level
        if level != self._level:
            self._level, self._since = level, at
        return events

    def settle(self, now: int) -> list[LineEvent]:
        """Return what has become certain by `now`."""
        known = self._since + POLARITY_SAMPLES
        if self._told is None or self._level == self._told or known > now:
            return []
        self._told = self._level
        return [LineEvent(Kind.POLARITY, self._since, known)]


@dataclass(slots=True)
class Wires:
    """All wired signals of one line."""

    hook: Hook = field(default_factory=Hook)
    ring: Ring = field(default_factory=Ring)
    voltage: Voltage = field(default_factory=Voltage)
    polarity: Polarity = field(default_factory=Polarity)

    def edge(self, at: int, signal: str, level: int) -> list[LineEvent]:
        """Take one edge."""
        if signal == "hook":
            return self.hook.edge(at, level)
        if signal == "ring":
            return self._alive(self.ring.edge(at, level), at)
        if signal == "polarity":
            return self.polarity.edge(at, level)
        if signal == "line":
            return self._line(at, level)
        if signal == "button" and level:
            return [LineEvent(Kind.RECORD, at, at, text="button")]
        return []

    def settle(self, now: int) -> list[LineEvent]:
        """Return what has become certain by `now`."""
        return [
            *self.voltage.settle(now),
            *self._alive(self.ring.settle(now), now),
            *self.polarity.settle(now),
            *self.hook.settle(now),
        ]

    def _line(self, at: int, level: int) -> list[LineEvent]:
        was_dead, was_cut = self.voltage.dead, self.voltage.cut
        events = self.hook.settle(at) + self.voltage.edge(at, level)
        if self.voltage.dead and not was_dead:
            self.hook.distrust()
        elif was_dead and not self.voltage.dead:
            was_cut = was_cut or any(e.kind is Kind.LINE_CUT for e in events)
            self.hook.trust(at, anew=was_cut)
        return events

    def _alive(self, events: list[LineEvent], now: int) -> list[LineEvent]:
        """Ringing shows that there is a line, so the hook can be believed again."""
        if self.voltage.cut and any(e.kind is Kind.RING for e in events):
            self.hook.trust(now, anew=True)
        return events
