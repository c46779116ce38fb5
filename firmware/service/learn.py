"""Learn my line: what to do next, what was found, and how good it is.  Pure.

A session is fed samples, edges and what the detectors heard; it says which step is on
(`Step`), and after the last one what the line is like, a grade from A to F with its
reason, and which settings fit it.  Whoever feeds it shows the words and stores what is
accepted.

Limits: the handset lies on the hook when it begins; without a hook input the steps
follow what is heard.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import numpy as np

from dsp.types import CallerId, Digit, Edge, Event, Ring, Tone, ToneOnset
from firmware.service import learn_hear as hear
from firmware.service.learn_hear import FS, Quiet, Ringing, Samples, Talk

#: How long the line is heard at rest, and what of a talk is enough.
REST, TALK = 4 * FS, 18 * FS
#: A level of the hook that holds for so long is no bounce.
STEADY = FS // 5
#: Slack on the debounce time that was needed.
SLACK = 2.0


class Step(Enum):
    """What is to be done; the text is for a person."""

    REST = "Leave the telephone alone for a moment."
    LIFT = "Lift the handset and listen for the dial tone."
    DIAL = "Press one digit."
    HANG_UP = "Hang up."
    CALL = "Call this number from another telephone, and let it ring twice."
    TALK = "Lift the handset. Talk by turns for half a minute, then let them hang up."
    DONE = "That was all."


@dataclass(frozen=True, slots=True)
class Grade:
    """A to F, and the weakest point in plain words."""

    letter: str
    reason: str


@dataclass(frozen=True, slots=True)
class Findings:
    """What the line is like."""

    quiet: Quiet
    hook: bool  # is there a hook input that moves?
    hook_inverted: bool
    bounce_ms: float
    ring: Ringing | None
    dial_hz: tuple[float, ...]
    countries: tuple[str, ...]
    caller_id: str | None
    digit: str | None
    digit_method: str | None
    digit_dbov: float | None
    talk: Talk
    tones: tuple[str, ...]
    grade: Grade

    def country(self, now: str) -> str:
        """Return the country that fits; the one set now if it is among them."""
        fits = self.countries
        return now if now in fits or not fits else fits[0]


@dataclass(slots=True)
class Session:
    """One run of the wizard."""

    step: Step = Step.REST
    _parts: list[Samples] = field(default_factory=list)
    _edges: list[Edge] = field(default_factory=list)
    _heard: list[Event | Ring] = field(default_factory=list)
    _now: int = 0
    _marks: dict[Step, int] = field(default_factory=dict)  # where each step ended

    def feed(
        self, samples: Samples, edges: Iterable[Edge], heard: Iterable[Event | Ring]
    ) -> Step:
        """Take what came; return the step that is on now."""
        self._parts.append(samples)
        self._edges += edges
        self._heard += heard
        self._now += len(samples)
        while self.step is not Step.DONE and self._is_over():
            self._marks[self.step] = self._now
            self.step = list(Step)[list(Step).index(self.step) + 1]
        return self.step

    def _is_over(self) -> bool:
        since = max(self._marks.values(), default=0)
        if self.step is Step.REST:
            return self._now >= REST
        if self.step is Step.LIFT:
            return self._moved(since) or self._heard_since(since, ToneOnset, Tone)
        if self.step is Step.DIAL:
            return self._heard_since(since, Digit)
        if self.step is Step.HANG_UP:
            return self._moved(since) or self._now - since > 3 * FS
        if self.step is Step.CALL:
            return self._rang(since)
        if self._moved_hook(since) < 2:
            return self._now - since >= 3 * TALK
        return True

    def _moved(self, since: int) -> bool:
        return self._moved_hook(since) > 0

    def _moved_hook(self, since: int) -> int:
        """Return how often the hook took another level for good."""
        edges = [edge for edge in self._edges if edge.signal == "hook"]
        steady = _steady(edges, self._now)
        return len([at for at, _ in steady if at >= since - STEADY])

    def _heard_since(self, since: int, *kinds: type) -> bool:
        return any(isinstance(e, kinds) and e.start >= since for e in self._heard)

    def _rang(self, since: int) -> bool:
        edges = [e for e in self._edges if e.signal == "ring" and e.at >= since]
        ring = hear.ringing(edges)
        if ring is not None:
            return self._now - edges[-1].at < 3 * FS
        return len([r for r in self._heard if isinstance(r, Ring)]) >= 2

    def findings(self) -> Findings:
        """Return what was found; the more steps were done, the more."""
        x = np.concatenate((*self._parts, np.zeros(0, np.int16)))
        hook = [edge for edge in self._edges if edge.signal == "hook"]
        steady = _steady(hook, self._now)
        ring_from = self._marks.get(Step.HANG_UP, 0)
        rings = [e for e in self._edges if e.signal == "ring" and e.at >= ring_from]
        ring = hear.ringing(rings)
        dial = next(
            (e for e in self._heard if isinstance(e, Tone) and "dial" in e.name), None
        )
        dial_hz = () if dial is None else hear.lines_hz(x[dial.start : dial.end][:FS])
        first = next((e for e in self._heard if isinstance(e, Digit)), None)
        caller = next(
            (e for e in self._heard if isinstance(e, CallerId) and e.checksum_ok), None
        )
        quiet = hear.quiet(x[: min(REST, self._first_move(steady, len(x)))])
        talked = hear.talk(x[self._talk_from(steady) : self._talk_until()])
        return Findings(
            quiet=quiet,
            hook=bool(steady),
            hook_inverted=bool(steady) and steady[0][1] == 0,
            bounce_ms=hear.bounce_ms(hook),
            ring=ring,
            dial_hz=dial_hz,
            countries=hear.countries(dial_hz, ring),
            caller_id=None if caller is None else caller.standard,
            digit=None if first is None else first.symbol,
            digit_method=None if first is None else first.method,
            digit_dbov=None if first is None else first.level_dbov,
            talk=talked,
            tones=tuple(
                dict.fromkeys(e.name for e in self._heard if isinstance(e, Tone))
            ),
            grade=graded(quiet, talked),
        )

    def _first_move(self, steady: list[tuple[int, int]], otherwise: int) -> int:
        return steady[0][0] if steady else otherwise

    def _talk_from(self, steady: list[tuple[int, int]]) -> int:
        rung = self._marks.get(Step.CALL, self._now)
        lifted = [at for at, _ in steady if at >= rung - 3 * FS]
        return (lifted[0] if lifted else rung) + FS // 4

    def _talk_until(self) -> int:
        tones = [
            e.start
            for e in self._heard
            if isinstance(e, Tone) and e.start > self._marks.get(Step.CALL, self._now)
        ]
        return min([self._marks.get(Step.TALK, self._now), *tones])


def _steady(edges: list[Edge], now: int) -> list[tuple[int, int]]:
    """Return when the hook took a new level for good; not the level it began with."""
    found: list[tuple[int, int]] = []
    level: int | None = None
    for place, edge in enumerate(edges):
        end = edges[place + 1].at if place + 1 < len(edges) else now
        if end - edge.at < STEADY or edge.level == level:
            continue
        if level is not None or edge.at > 0:
            found.append((edge.at, edge.level))
        level = edge.level
    return found


#: Figure, what it must be for each grade from A on, and what to say of it.
_SCALE = (
    ("snr", (30.0, 24.0, 18.0, 12.0), "the far side is only {:.0f} dB over the noise"),
    ("hum", (30.0, 22.0, 14.0, 6.0), "the far side is only {:.0f} dB over the hum"),
    ("loud", (-38.0, -42.0, -46.0, -52.0), "the far side comes at only {:.0f} dBov"),
    ("echo", (14.0, 11.0, 8.0, 5.0), "your own echo is only {:.0f} dB down"),
    ("room", (3.0, 1.0, 0.5, 0.1), "the input clips: turn the gain down"),
)
GRADES = "ABCDF"
#: Share of clipped samples and the headroom it stands for.
CLIPPED = ((1e-5, 3.0), (1e-4, 1.0), (1e-3, 0.5), (1e-2, 0.1))


def graded(quiet: Quiet, talk: Talk) -> Grade:
    """Grade a test call by its weakest point."""
    if talk.far_dbov is None or talk.near_dbov is None:
        return Grade("F", "only one side, or none, could be heard in the test call")
    figures = {
        "snr": talk.far_dbov - quiet.noise_dbov,
        "hum": 99.0 if quiet.hum_dbov is None else talk.far_dbov - quiet.hum_dbov,
        "loud": talk.far_dbov,
        "echo": 99.0 if talk.echo_db is None else talk.echo_db,
        "room": next((room for share, room in CLIPPED if talk.clipped <= share), 0.0),
    }
    worst, reason = 0, "both sides are loud and clear"
    for name, limits, words in _SCALE:
        grade = sum(figures[name] < limit for limit in limits)
        if grade > worst:
            worst, reason = grade, words.format(figures[name])
    return Grade(GRADES[worst], reason)


def proposed(found: Findings, now: dict[str, Any]) -> dict[str, Any]:
    """Return the settings that fit the line better than those in force.

    `now` holds `line.country`, `gpio.hook_active`, `gpio.hook_debounce_ms` and
    `recorder.trigger`; only what changes is returned.
    """
    wanted: dict[str, Any] = {"line.country": found.country(now["line.country"])}
    if found.hook:
        other = {"low": "high", "high": "low"}
        active = now["gpio.hook_active"]
        wanted["gpio.hook_active"] = other[active] if found.hook_inverted else active
        needed = round(found.bounce_ms * SLACK)
        wanted["gpio.hook_debounce_ms"] = max(now["gpio.hook_debounce_ms"], needed)
    elif now["recorder.trigger"] == "hook":
        wanted["recorder.trigger"] = "activity"
    return {key: value for key, value in wanted.items() if value != now[key]}
