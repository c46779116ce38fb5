"""SpanDSP's supervisory and modem tone detectors, told the same plan as ours."""

import ctypes
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dsp.tone_plans import TonePattern, plan
from tests.bench.peers.spandsp import Handle, library

_REPORT = ctypes.CFUNCTYPE(
    None, ctypes.c_void_p, ctypes.c_int, ctypes.c_int, ctypes.c_int
)

#: A length may be so much shorter or longer than the plan says, and by 40 ms more.
TOLERANCE, MARGIN_MS = 0.15, 40
#: A steady tone is one after this long.
STEADY_MS = 600
#: Lengths that SpanDSP compares at most.
STEPS = 10
#: A short cadence is asked for as often as fits in this: words sound like one burst.
HEARD_S = 0.8
#: Lengths of a pattern that never comes, for `_in_order`.
NEVER_MS = 10_000_000

#: A special information tone, whatever it means: frequencies, and lengths of all
#: kinds.  SpanDSP cannot part 914 from 950 or 985 Hz.
SIT_HZ = (950, 1400, 1790)
SIT_MS = (250, 400)

#: modem_connect_tones.h: number of each tone, and the name of it here.
MODEM_TONES = (
    (1, "fax_cng"),
    (2, "fax_ced"),
    (3, "fax_ced"),
    (4, "fax_ced"),
    (5, "fax_ced"),
    (6, "fax_v21"),
    (8, "modem_answer"),
    (9, "calling_tone"),
)


class Plan:
    """The tones of a country in SpanDSP's words."""

    def __init__(self, country: str) -> None:
        lib = library()
        assert lib is not None
        self._lib = lib
        lib.super_tone_rx_make_descriptor.restype = ctypes.c_void_p
        self.pointer = ctypes.c_void_p(lib.super_tone_rx_make_descriptor(None))
        self.names: list[str] = []
        patterns = plan(country).patterns
        self._in_order(hz for p in patterns for hz in p.frequencies_hz)
        for pattern in patterns:
            self._add(pattern)
        tone = self._tone("sit")
        for hz in SIT_HZ:
            self._raw(tone, (hz,), *SIT_MS)

    def _in_order(self, hertz: Iterable[float]) -> None:
        """Have SpanDSP number its frequencies from low to high.

        It reports two lines with the lower number first, and would not know a pattern
        whose first line has the higher number.
        """
        every = sorted({*hertz, *SIT_HZ})
        for at in range(0, len(every), 4):
            tone = self._tone("never")
            for hz in every[at : at + 4]:
                self._element(tone, (hz,), NEVER_MS)

    def _tone(self, name: str) -> int:
        self.names.append(name)
        return int(self._lib.super_tone_rx_add_tone(self.pointer))

    def _add(self, pattern: TonePattern) -> None:
        tone = self._tone(pattern.name)
        # Three lines at most two of which SpanDSP can look for: the outer ones.
        lines = pattern.frequencies_hz[:1] + pattern.frequencies_hz[1:][-1:]
        if not pattern.cadence_s:
            self._raw(tone, lines, STEADY_MS, 0)
        times = (
            max(round(HEARD_S / sum(pattern.cadence_s)), 1) if pattern.cadence_s else 0
        )
        for i, seconds in enumerate((pattern.cadence_s * times)[:STEPS]):
            self._element(tone, () if i % 2 else lines, seconds * 1000)

    def _element(self, tone: int, lines: Sequence[float], ms: float) -> None:
        shortest = max(ms * (1 - TOLERANCE) - MARGIN_MS, 16)
        self._raw(tone, lines, shortest, ms * (1 + TOLERANCE) + MARGIN_MS)

    def _raw(
        self, tone: int, lines: Sequence[float], shortest: float, longest: float
    ) -> None:
        first, second = ([round(hz) for hz in lines] + [0, 0])[:2]
        self._lib.super_tone_rx_add_element(
            self.pointer, tone, first, second, round(shortest), round(longest)
        )


_PLANS: dict[str, Plan] = {}


def progress(x: NDArray[np.int16], country: str) -> list[str]:
    """Return the names of the tones that SpanDSP hears, in their order."""
    if country not in _PLANS:
        _PLANS[country] = Plan(country)
    tones = _PLANS[country]
    heard: list[str] = []

    def on_tone(_: Any, code: int, level: int, delay: int) -> None:
        if code >= 0:
            heard.append(tones.names[code])

    callback = _REPORT(on_tone)
    with Handle("super_tone_rx", tones.pointer, callback, None) as receiver:
        receiver.feed(x)
    return heard


def modem_tones(x: NDArray[np.int16]) -> list[str]:
    """Return the names of the fax and modem tones that SpanDSP hears.

    Each detector looks for one tone only; all are asked.
    """
    heard: list[str] = []
    for code, name in MODEM_TONES:
        found: list[int] = []

        def on_tone(
            _: Any, tone: int, level: int, delay: int, found: list[int] = found
        ) -> None:
            if tone:
                found.append(tone)

        callback = _REPORT(on_tone)
        with Handle("modem_connect_tones_rx", code, callback, None) as receiver:
            receiver.feed(x)
        heard += [name] * bool(found)
    return list(dict.fromkeys(heard))
