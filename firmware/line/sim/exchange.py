"""The telephone exchange of a country: its tones, its ringing, its caller ID."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cadence:
    """A tone with its rhythm; `pattern_s` is on, off, on, off …; empty = steady."""

    hz: tuple[float, ...]
    pattern_s: tuple[float, ...]
    level_dbov: float

    @property
    def period_s(self) -> float:
        return sum(self.pattern_s)

    @property
    def active_s(self) -> float:
        """Length of one period up to its last silence."""
        return self.period_s - self.pattern_s[-1]

    def bursts(self, length_s: float) -> list[tuple[float, float]]:
        """Return (begin, end) of every burst within `length_s`."""
        if not self.pattern_s:
            return [(0.0, length_s)]
        found: list[tuple[float, float]] = []
        at, n = 0.0, 0
        while at < length_s:
            span = self.pattern_s[n % len(self.pattern_s)]
            if n % 2 == 0:
                found.append((at, min(at + span, length_s)))
            at += span
            n += 1
        return found


@dataclass(frozen=True, slots=True)
class Exchange:
    """What one country's exchange plays.  Levels of tones at the tap, dBov."""

    dial: Cadence
    ringback: Cadence
    busy: Cadence
    congestion: Cadence
    ring: Cadence
    call_waiting: Cadence
    sit: tuple[tuple[float, float], ...]  # Hz, s
    howler: Cadence
    caller_id: str
    caller_id_before_ring: bool


#: dBm0 = dBov + 6.15 (ITU-T G.711: full-scale sine +3.14 dBm0).
DBM0 = -6.15


def exchange(country: str) -> Exchange:
    """Return the exchange of a country."""
    del country
    return Exchange(
        dial=Cadence((350, 440), (), -13 + DBM0),
        ringback=Cadence((440, 480), (2, 4), -19 + DBM0),
        busy=Cadence((480, 620), (0.5, 0.5), -24 + DBM0),
        congestion=Cadence((480, 620), (0.25, 0.25), -24 + DBM0),
        ring=Cadence((20,), (2, 4), 0),
        call_waiting=Cadence((440,), (0.3, 10), -13 + DBM0),
        sit=((913.8, 0.274), (1370.6, 0.274), (1776.7, 0.38)),
        howler=Cadence((1400, 2060, 2450, 2600), (0.1, 0.1), -6 + DBM0),
        caller_id="bell202",
        caller_id_before_ring=False,
    )
