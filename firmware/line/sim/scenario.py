"""A scenario: what a simulated line is like and what happens on it, read from TOML.

Levels are dBov (a full-scale sine is -3.01), times are seconds; a time of day may be
written ``"08:15:00"``.  Scenarios that ship are in ``scenarios/``; the README there
explains every key.
"""

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from firmware.errors import SourceError
from firmware.line.sim.reader import Unfit, build, parsed, ranged

FOLDER = Path(__file__).with_name("scenarios")

CallerIdForm = Literal["auto", "bell202", "v23", "dtmf", "none"]
EventKind = Literal[
    "hook_flash",
    "call_waiting",
    "second_extension",
    "hold",
    "digits",
    "button",
    "line_cut",
    "lost",
]


#: The longest scenario, s: four months.
LONGEST_S = 1e7


def seconds(value: Any, where: str) -> float:
    """Return seconds from a number or from ``"HH:MM:SS"``."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        if -LONGEST_S <= value <= LONGEST_S:
            return float(value)
        raise Unfit(f"{where}: want at most {LONGEST_S:g} s, got {value!r}")
    if isinstance(value, str):
        parts = re.fullmatch(r"(\d{1,2}):([0-5]\d):([0-5]\d(?:\.\d+)?)", value)
        if parts:
            hour, minute, second = parts.groups()
            return int(hour) * 3600 + int(minute) * 60 + float(second)
    raise Unfit(f'{where}: want seconds or "HH:MM:SS", got {value!r}')


@dataclass(frozen=True, slots=True)
class LineCharacter:
    """The pair of wires, the exchange behind it and the sound card in front of it."""

    country: str = "us"
    # levels
    near_dbov: float = ranged(-20.0, -60, 0)  # active speech level of our side
    far_dbov: float = ranged(-30.0, -60, 0)
    ring_residue_dbov: float = ranged(-30.0, -90, 0)
    click_dbov: float = ranged(-12.0, -90, 0)  # peak of the hook transient
    # the exchange
    caller_id: CallerIdForm = "auto"
    cpc_ms: float = ranged(500, 0, 5000)  # open loop when the far side hung up
    reversal: bool = False  # polarity reverses while the far side is there
    message_waiting: bool = False  # stutter dial tone
    after_release: Literal["dial_tone", "busy", "congestion", "silence"] = "congestion"
    post_dial_s: float = ranged(1.5, 0, 30)  # from the last digit to the first tone
    # impairments
    noise_dbov: float = ranged(-68.0, -120, -10)
    hum_dbov: float = ranged(-75.0, -120, -10)
    hum_hz: float = ranged(60.0, 40, 70)
    echo_loss_db: float = ranged(22.0, 3, 90)  # of our own voice, from the far hybrid
    echo_ms: float = ranged(28.0, 1, 400)
    crackle_per_min: float = ranged(0.0, 0, 6000)
    dc: float = ranged(0.0, -0.5, 0.5)  # part of full scale
    mu_law: bool = False
    clip: float = ranged(1.0, 0.05, 1.0)  # part of full scale where the input limits
    inject_loss_db: float = ranged(0.0, 0, 120)  # of what the box says on the line
    # the sound card
    drift_ppm: float = ranged(0.0, -1000, 1000)  # positive: the card runs fast
    lose_every_s: float = ranged(0.0, 0, 86400)  # 0: no samples are ever lost
    lose_ms: float = ranged(40.0, 1, 5000)


@dataclass(frozen=True, slots=True)
class Sensors:
    """Which wired signals the box has, and how they behave."""

    signals: tuple[Literal["hook", "ring", "line", "polarity", "button"], ...] = (
        "hook",
        "ring",
        "line",
    )
    ring: Literal["cycles", "half_cycles", "envelope"] = "cycles"
    ring_kick_ms: float = ranged(0.0, 0, 30)  # of the ring detector at hook changes
    hook_bounce_ms: float = ranged(0.0, 0, 50)
    ring_trip_ms: float = ranged(0.0, 0, 500)  # flicker when lifted while ringing


@dataclass(frozen=True, slots=True)
class CallEvent:
    """Something during a call, `at` seconds after the two sides were connected."""

    kind: EventKind
    at: float = parsed(0.0, seconds)
    length_s: float = ranged(0.0, 0, 86400)
    number: str | None = None
    name: str | None = None
    digits: str = ""
    side: Literal["near", "far"] = "near"  # whose telephone sends the digits
    loss_db: float = ranged(4.0, 0, 40)  # of a second extension in parallel


@dataclass(frozen=True, slots=True)
class PlannedCall:
    """One call, as the scenario's author thinks of it."""

    direction: Literal["incoming", "outgoing"]
    at: float = parsed(0.0, seconds)  # first ring, or handset lifted
    outcome: Literal[
        "answered",
        "missed",
        "busy",
        "congestion",
        "failed",
        "no_answer",
        "abandoned",
        "fax",
    ] = "answered"
    number: str | None = None
    name: str | None = None
    absence: Literal["private", "unavailable"] | None = None
    rings: float = ranged(2.0, 0, 60)  # 2.5: lifted in the middle of the third
    lift_s: float = ranged(1.0, 0.2, 10)  # after the last whole ring
    dial: Literal["dtmf", "pulse"] = "dtmf"
    dial_after_s: float = ranged(1.2, 0.2, 60)
    digit_ms: float = ranged(90, 30, 1000)
    pause_ms: float = ranged(90, 30, 2000)
    talk_s: float = ranged(20.0, 0, 86400)
    end: Literal["near", "far"] = "far"  # who hangs up first
    linger_s: float = ranged(2.0, 0.3, 3600)  # then the other side follows
    wait_s: float = ranged(6.0, 0.1, 3600)  # listening to busy, silence or the howler
    near: str = "anna"
    far: str = "carol"
    event: tuple[CallEvent, ...] = ()


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that befalls the line, call or no call."""

    kind: Literal["line_cut", "ring_kick", "lost"]
    at: float = parsed(0.0, seconds)
    length_s: float = ranged(1.0, 0, 86400)


@dataclass(frozen=True, slots=True)
class Scenario:
    """A whole scenario."""

    title: str
    length: float = parsed(60.0, seconds)  # of one round, when it repeats
    seed: int = ranged(1, 0, 1e9)
    repeat: bool = False
    line: LineCharacter = field(default_factory=LineCharacter)
    sensors: Sensors = field(default_factory=Sensors)
    call: tuple[PlannedCall, ...] = ()
    fault: tuple[Fault, ...] = ()
    name: str = "scenario"


def scenarios() -> list[tuple[str, str]]:
    """Return name and title of every scenario that ships."""
    return [(path.stem, load(path.stem).title) for path in sorted(_shipped())]


def load(name: str) -> Scenario:
    """Read a scenario by its name, or by the path of its file."""
    path = Path(name)
    if path.suffix != ".toml":
        path = FOLDER / f"{name}.toml"
        if "/" in name or not path.is_file():
            known = ", ".join(sorted(p.stem for p in _shipped()))
            raise SourceError(
                f"sim:{name}: no such scenario; want a .toml file or one of {known}"
            )
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise SourceError(f"{path}: cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SourceError(f"{path}: not valid TOML: {error}") from error
    try:
        return build(Scenario, {"name": path.stem, **raw}, "")
    except Unfit as error:
        raise SourceError(f"{path.name}: {error}") from error


def _shipped() -> list[Path]:
    return list(FOLDER.glob("*.toml"))
