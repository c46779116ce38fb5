"""The telephone exchange of a country: its tones, its ringing, its caller ID.

Tones come from `dsp.tone_plans`; this module adds what only a sender must know: how
the bell rings, how loud the tones are and when caller ID is sent.
"""

import math
from dataclasses import dataclass
from typing import Literal

from dsp.tone_plans import plan
from firmware.errors import SourceError

#: dBov of a level in dBm0 (ITU-T G.711: a full-scale sine is +3.14 dBm0).
DBM0 = -6.15
#: Levels of each tone, dBm0: AT&T Notes on the Network, Precise Tone Plan.
PRECISE_DBM0 = {"dial_tone": -13.0, "ringback": -19.0, "busy": -24.0}
PRECISE_COUNTRIES = ("us", "ca")
#: Elsewhere all tones of a signal together, dBm0: ITU-T E.180.
E180_DBM0 = -10.0
#: The howler is louder than anything else.
HOWLER_DBM0 = -6.0
#: Frequency of the ringing current, Hz: 20 in North America, 16 in Japan, else 25.
RING_HZ = {"us": 20.0, "ca": 20.0, "mx": 20.0, "kr": 20.0, "tw": 20.0, "jp": 16.0}
RING_HZ_ELSEWHERE = 25.0
#: Bells that ring unlike the ringback tone sounds (Asterisk indications.conf), s.
RING_CADENCE_S = {"hu": (1.25, 3.75), "mx": (2.0, 4.0), "tw": (1.0, 4.0)}
#: ITU-T E.180: the intercept signal of North America, low short tones; elsewhere
#: 950, 1400, 1800 Hz of 330 ms.
SIT_PRECISE = ((913.8, 0.274), (1370.6, 0.274), (1776.7, 0.38))
SIT_E180 = ((950.0, 0.33), (1400.0, 0.33), (1800.0, 0.33))
#: Caller ID by Bell 202 between the first rings (GR-30).
BELL_COUNTRIES = ("us", "ca", "au", "cn", "hk", "sg", "nz", "tw", "kr", "mx")
#: Caller ID by DTMF before the first ring (EN 300 659-1 annex A).
DTMF_COUNTRIES = ("se", "fi", "is", "dk", "nl", "be", "br", "in", "sa")
#: Caller ID by V.23 before the first ring (BT SIN 227); elsewhere V.23 between rings.
BEFORE_RING = (*DTMF_COUNTRIES, "gb")

Sender = Literal["bell202", "v23", "dtmf"]


@dataclass(frozen=True, slots=True)
class Cadence:
    """A tone with its rhythm; `pattern_s` is on, off, on, off …; empty = steady."""

    hz: tuple[float, ...]
    pattern_s: tuple[float, ...]
    level_dbov: float  # of each of the tones

    @property
    def period_s(self) -> float:
        """Length of one period."""
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
    """What one country's exchange plays."""

    dial: Cadence
    ringback: Cadence
    busy: Cadence
    congestion: Cadence
    call_waiting: Cadence
    howler: Cadence
    ring: Cadence
    sit: tuple[tuple[float, float], ...]  # Hz, s
    caller_id: Sender
    caller_id_before_ring: bool


def exchange(country: str) -> Exchange:
    """Return the exchange of a country, or raise SourceError if it is not known."""
    code = country.lower()
    try:
        patterns = {p.name: p for p in reversed(plan(code).patterns)}
    except ValueError as error:
        raise SourceError(f"[line] {error}") from error

    def tone(name: str, instead: str = "") -> Cadence:
        pattern = patterns.get(name) or patterns[instead]
        level = _level_dbov(name, code, len(pattern.frequencies_hz))
        return Cadence(pattern.frequencies_hz, pattern.cadence_s, level)

    ringback = tone("ringback")
    bell = RING_CADENCE_S.get(code, ringback.pattern_s)
    return Exchange(
        dial=tone("dial_tone"),
        ringback=ringback,
        busy=tone("busy"),
        congestion=tone("congestion", "busy"),
        call_waiting=tone("call_waiting"),
        howler=tone("howler"),
        ring=Cadence((RING_HZ.get(code, RING_HZ_ELSEWHERE),), bell, 0.0),
        sit=SIT_PRECISE if code in PRECISE_COUNTRIES else SIT_E180,
        caller_id=_sender(code),
        caller_id_before_ring=code in BEFORE_RING,
    )


def _level_dbov(name: str, code: str, tones: int) -> float:
    if name == "howler":
        level = HOWLER_DBM0
    elif code in PRECISE_COUNTRIES:
        known = {"congestion": "busy", "call_waiting": "dial_tone"}
        level = PRECISE_DBM0[known.get(name, name)]
    else:
        level = E180_DBM0 - 10 * math.log10(tones)
    return level + DBM0


def _sender(code: str) -> Sender:
    if code in BELL_COUNTRIES:
        return "bell202"
    return "dtmf" if code in DTMF_COUNTRIES else "v23"
