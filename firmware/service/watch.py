"""The watchdog of the ear: what is seen once a second goes in, alerts come out.

Pure.  A condition must hold for a while before it is an alert, and be away for a while
before it is over, so that a value on the edge neither flickers nor repeats; it is told
once and its end is told once.  What cannot be judged at the moment changes nothing.

Limits: whether the line is quieter than it was wants some calls to compare with.
"""

from collections import deque
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from statistics import median

#: A line without any call hisses; less than this is no input at all, dBov.
NOTHING_DBOV = -95.0
#: From this share of samples on flat tops on a second is clipped.
CLIPPED_SHARE = 0.01
#: Talk this much below the line's own calls is a cable or a gain, dB.
FAINT_DB = 15.0
#: So many calls make a history; so many of the last ones count.
FEWEST_CALLS, LAST_CALLS = 5, 30
#: A handset that is up for so long without a sound has been left off, or the sensor
#: is stuck, s.
LEFT_OFF_S = 600.0
#: Talk for so long while the hook sensor says on-hook, s.
HOOK_BLIND_S = 20.0
#: Raspberry Pi documentation, "Frequency management and thermal control": from 80 °C
#: on the processor is slowed down.
HOT_C, COOL_C = 80.0, 75.0


@dataclass(frozen=True, slots=True)
class Seen:
    """The box in one second.  None: cannot be told at the moment."""

    at_s: float  # on a clock that only goes forward
    card: bool = True
    rms_dbov: float | None = None
    varies: bool = True  # samples are not all the same
    clipped: float = 0.0  # share of samples on flat tops
    sounding: bool = False
    off_hook: bool | None = None
    voltage: bool | None = None
    contradicts: bool = False  # hook and line sensors cannot both be right
    room: str = "ok"
    clock: str = "synced"
    celsius: float | None = None
    undervoltage: bool | None = None
    store: bool = True
    late: frozenset[str] = frozenset()  # backup, anchor


@dataclass(slots=True)
class History:
    """What the watchdog remembers of the line."""

    calls_dbov: deque[float] = field(default_factory=lambda: deque(maxlen=LAST_CALLS))
    loudest_dbov: float | None = None  # of the call under way
    off_hook_s: float = 0.0  # of the call under way
    quiet_s: float = 0.0  # off-hook without sound, on end
    blind_s: float = 0.0  # sound while on-hook, lately

    def take(self, seen: Seen, passed_s: float) -> None:
        """Learn from a second."""
        if seen.off_hook:
            self.off_hook_s += passed_s
            self.quiet_s = 0.0 if seen.sounding else self.quiet_s + passed_s
            self.blind_s = 0.0
            if seen.rms_dbov is not None and seen.sounding:
                self.loudest_dbov = max(self.loudest_dbov or -200.0, seen.rms_dbov)
            return
        long = self.off_hook_s > FAINT_AFTER_S and not self.is_faint
        if long and self.loudest_dbov is not None:
            self.calls_dbov.append(self.loudest_dbov)
        self.off_hook_s, self.quiet_s, self.loudest_dbov = 0.0, 0.0, None
        if seen.contradicts:
            self.blind_s = 0.0  # known to be broken, and told
        elif self.blind_s < HOOK_BLIND_S:  # then only a handset seen lifted undoes it
            grows = seen.off_hook is False and seen.sounding
            self.blind_s += passed_s if grows else -min(passed_s / 4, self.blind_s)

    @property
    def usual_dbov(self) -> float | None:
        """How loud the loudest second of a call on this line usually is."""
        enough = len(self.calls_dbov) >= FEWEST_CALLS
        return median(self.calls_dbov) if enough else None

    @property
    def is_faint(self) -> bool:
        """Is the call under way far below what the line usually gives?"""
        usual = self.usual_dbov
        loudest = self.loudest_dbov
        return usual is not None and loudest is not None and loudest < usual - FAINT_DB


#: A call is compared with the others once it has lasted so long, s.
FAINT_AFTER_S = 20.0

Test = Callable[[Seen, History], bool | None]


@dataclass(frozen=True, slots=True)
class Condition:
    """Something that should not be: `test` None leaves it as it is."""

    kind: str
    test: Test
    after_s: float = 3.0
    clear_s: float = 10.0


def _heard(seen: Seen) -> bool:
    return seen.card and seen.rms_dbov is not None


def _clipped(seen: Seen, _: History) -> bool | None:
    if not _heard(seen) or not seen.sounding:
        return None  # only what is loud can clip
    return seen.clipped >= CLIPPED_SHARE


def _faint(seen: Seen, history: History) -> bool | None:
    if not seen.off_hook or history.off_hook_s < FAINT_AFTER_S:
        return None
    if history.usual_dbov is None or history.loudest_dbov is None:
        return None
    return history.is_faint


def _hot(seen: Seen, _: History) -> bool | None:
    if seen.celsius is None or COOL_C <= seen.celsius < HOT_C:
        return None
    return seen.celsius >= HOT_C


def _late(what: str) -> Test:
    return lambda seen, _: what in seen.late


#: Every condition.  What keeps calls from being recorded is told within the minute.
CONDITIONS = (
    Condition("card_gone", lambda seen, _: not seen.card, 3.0, 5.0),
    Condition(
        "no_input",
        lambda seen, _: None if not _heard(seen) else _is_nothing(seen),
        30.0,
        5.0,
    ),
    Condition("clipped", _clipped, 5.0, 20.0),
    Condition("faint", _faint, 3.0, 3.0),
    Condition(
        "hook_blind",
        lambda seen, history: (
            None if seen.off_hook is None else history.blind_s >= HOOK_BLIND_S
        ),
        1.0,
        1.0,
    ),
    Condition(
        "left_off",
        lambda seen, history: (
            None if seen.off_hook is None else history.quiet_s >= LEFT_OFF_S
        ),
        1.0,
        1.0,
    ),
    Condition(
        "no_voltage",
        lambda seen, _: None if seen.voltage is None else not seen.voltage,
        10.0,
        5.0,
    ),
    Condition("sensors_contradict", lambda seen, _: seen.contradicts, 10.0, 10.0),
    Condition("disk_low", lambda seen, _: seen.room == "alarm", 2.0, 60.0),
    Condition("clock_unknown", lambda seen, _: seen.clock == "unknown", 45.0, 5.0),
    Condition("hot", _hot, 20.0, 30.0),
    Condition("undervoltage", lambda seen, _: seen.undervoltage, 3.0, 60.0),
    Condition("not_stored", lambda seen, _: not seen.store, 3.0, 5.0),
    Condition("backup_late", _late("backup"), 1.0, 1.0),
    Condition("anchor_late", _late("anchor"), 1.0, 1.0),
)
KINDS = tuple(condition.kind for condition in CONDITIONS)
#: One cause, one alert: while the first holds the others are not told.
COVERS = {
    "card_gone": ("no_input", "clipped", "faint"),
    "no_input": ("left_off", "faint"),
    "no_voltage": ("left_off", "hook_blind", "no_input", "sensors_contradict"),
    "sensors_contradict": ("left_off", "hook_blind"),
    "disk_low": ("not_stored",),
}
#: These keep calls from being recorded; the lamp shows a fault.
GRAVE = frozenset(
    (
        *("card_gone", "no_input", "hook_blind", "no_voltage", "sensors_contradict"),
        *("not_stored", "disk_low", "missed"),
    )
)


def _is_nothing(seen: Seen) -> bool:
    return not seen.varies or (seen.rms_dbov or 0.0) <= NOTHING_DBOV


@dataclass(frozen=True, slots=True)
class Change:
    """An alert begins or is over."""

    kind: str
    begins: bool
    at_s: float


class Watch:
    """Feed it what is seen, about once a second; `open` are the alerts that hold."""

    def __init__(
        self,
        open_kinds: Iterable[str] = (),
        conditions: Collection[Condition] = CONDITIONS,
    ) -> None:
        self.open = set(open_kinds)
        self.history = History()
        self._conditions = tuple(conditions)
        self._since: dict[str, float] = {}
        self._last_s: float | None = None

    def feed(self, seen: Seen) -> list[Change]:
        """Return the alerts that begin or end with this second."""
        passed_s = 0.0 if self._last_s is None else seen.at_s - self._last_s
        self._last_s = seen.at_s
        self.history.take(seen, max(0.0, passed_s))
        return [
            change
            for condition in self._conditions
            if (change := self._judge(condition, seen)) is not None
        ]

    def _judge(self, condition: Condition, seen: Seen) -> Change | None:
        kind = condition.kind
        holds = condition.test(seen, self.history)
        covered = any(
            kind in others and cause in self.open for cause, others in COVERS.items()
        )
        is_open = kind in self.open
        if holds is None or holds == is_open or (holds and covered):
            self._since.pop(kind, None)
            return None
        since = self._since.setdefault(kind, seen.at_s)
        if seen.at_s - since < (condition.after_s if holds else condition.clear_s):
            return None
        del self._since[kind]
        if holds:
            self.open.add(kind)
        else:
            self.open.discard(kind)
        return Change(kind, holds, seen.at_s)
