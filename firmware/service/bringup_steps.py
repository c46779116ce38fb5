"""What is seen of a new line interface, and the judgements of the steps that try it.

Pure.  A judgement looks at what was seen since its step began and says that it is
passed, failed with a diagnosis, or still waited for.  The steps are in `bringup_table`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

#: Quieter than this are zeros, not a codec's noise, dBov.
ZEROS_DBOV = -100.0
#: Dial tone is at least so much louder than the line on-hook, dB, and than this, dBov.
TONE_RISE_DB, TONE_LEAST_DBOV = 8.0, -50.0
#: A level counts once it has been so for this long, s.
STEADY_S = 0.5
#: Ringing, Hz (FCC Part 68 type B, TBR 21), its pulses a cycle, and the fewest counted.
RING_HZ, PER_CYCLE, RING_PULSES = (15.0, 70.0), 2, 12
#: Louder than the card was told by more than this, or quieter: a level is wrong, dB.
BEEP_OFF_DB = 12.0


@dataclass(frozen=True, slots=True)
class Seen:
    """What the line interface shows at an instant; None = not wired."""

    at_s: float
    hook: int | None = None  # 1 = off-hook
    line: int | None = None  # 1 = voltage
    button: int | None = None
    pulses: int | None = None  # of the ring input, since the walk began
    pulsed_s: float = 0.0  # when the last of them came
    level_dbov: float = -120.0
    heard: bool = True  # does sound arrive at all
    beep: str = ""  # "", playing, heard, missed, none
    beep_off_db: float = 0.0


@dataclass(slots=True)
class Watch:
    """What was seen since a step began."""

    first: Seen
    now: Seen
    quiet_dbov: float | None = None  # the line on-hook
    answer: str | None = None  # yes or no, of the person
    loudest_dbov: float = -120.0
    pulsed_from_s: float | None = None  # and how many pulses there were by then
    pulses_from: int = 0
    steady_from_s: float = 0.0
    hooks: set[int] = field(default_factory=set)

    @property
    def since_s(self) -> float:
        """Return for how long the step has lasted."""
        return self.now.at_s - self.first.at_s

    @property
    def steady_s(self) -> float:
        """Return for how long hook and line have been as they are."""
        return self.now.at_s - self.steady_from_s

    def is_steady(self, hook: int, line: int) -> bool:
        """Have hook and line been so for a while? What is not wired may be anything."""
        now = self.now
        same = now.hook in (hook, None) and now.line in (line, None)
        return same and self.steady_s >= STEADY_S

    def take(self, seen: Seen) -> None:
        """Take in what is seen now."""
        changed = (seen.hook, seen.line) != (self.now.hook, self.now.line)
        if changed:
            self.steady_from_s = seen.at_s
        more = (seen.pulses or 0) > (self.first.pulses or 0)
        if more and self.pulsed_from_s is None:
            self.pulsed_from_s, self.pulses_from = seen.pulsed_s, seen.pulses or 0
        if seen.hook is not None:
            self.hooks.add(seen.hook)
        self.loudest_dbov = max(self.loudest_dbov, seen.level_dbov)
        self.now = seen


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a step ended: what was seen, and the key of what is wrong."""

    ok: bool
    measured: str = ""
    diagnosis: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One step; `needs` are the senses it cannot do without, `judge` its judgement.

    `judge` returns None while there is still something to wait for; after `limit_s` a
    step has failed with `late`.
    """

    key: str
    title: str
    ask: str
    expected: str
    limit_s: float
    judge: Callable[[Watch], Verdict | None]
    late: Callable[[Watch], str]
    needs: tuple[str, ...] = ()
    asks_yes: bool = False
    act: str = ""  # lamp or beep: what the box does


def sense_words(seen: Seen) -> str:
    words = {0: "on-hook", 1: "off-hook", None: "?"}
    volts = {0: "no voltage", 1: "voltage", None: "?"}
    return f"{words[seen.hook]}, {volts[seen.line]}"


def sound(watch: Watch) -> Verdict | None:
    """Does the card deliver anything but zeros?"""
    if watch.since_s < 2.0:
        return None
    level = f"{watch.loudest_dbov:.0f} dBov"
    if not watch.now.heard:
        return Verdict(False, "-", "card_gone")
    if watch.loudest_dbov <= ZEROS_DBOV:
        return Verdict(False, level, "codec_zeros")
    return Verdict(True, level)


def rest(watch: Watch) -> Verdict | None:
    """Is the line on-hook while the handset is down?"""
    if watch.is_steady(0, 1) and watch.steady_s >= 1.0:
        return Verdict(True, sense_words(watch.now))
    return None


def rest_late(watch: Watch) -> str:
    """Name what the two senses mean."""
    table = {(1, 0): "line_dead", (0, 0): "senses_contradict", (1, 1): "looks_lifted"}
    hook, line = watch.now.hook, watch.now.line
    if line is None:
        return "looks_lifted"
    return table.get((1 if hook is None else hook, line), "unsteady")


def answered(diagnosis: str) -> Callable[[Watch], Verdict | None]:
    """Return a judgement that only the person can make."""

    def judge(watch: Watch) -> Verdict | None:
        if watch.answer is None:
            return None
        ok = watch.answer == "yes"
        return Verdict(ok, watch.answer, "" if ok else diagnosis)

    return judge


def button(watch: Watch) -> Verdict | None:
    """Was the button pressed?"""
    return Verdict(True, "pressed") if watch.now.button == 1 else None


def lift(watch: Watch) -> Verdict | None:
    """Did the line go off-hook?"""
    if watch.first.hook == 1 and 0 in watch.hooks and watch.steady_s >= STEADY_S:
        return Verdict(False, sense_words(watch.now), "hook_inverted")
    if watch.first.hook == 0 and watch.is_steady(1, 1):
        return Verdict(True, sense_words(watch.now))
    return None


def lift_late(watch: Watch) -> str:
    """Name why nothing was seen of the lift."""
    if watch.now.line == 0:
        return "voltage_low"
    return "looks_lifted" if watch.first.hook == 1 else "hook_dead"


def tone(watch: Watch) -> Verdict | None:
    """Is there dial tone, or any sound of an open line?"""
    if watch.since_s < 1.5:
        return None
    level = f"{watch.loudest_dbov:.0f} dBov"
    quiet = watch.quiet_dbov if watch.quiet_dbov is not None else -120.0
    if watch.loudest_dbov >= max(quiet + TONE_RISE_DB, TONE_LEAST_DBOV):
        return Verdict(True, level)
    return None


def beep(watch: Watch) -> Verdict | None:
    """Was the box's own beep on the line?"""
    now = watch.now
    if now.beep == "none":
        return Verdict(False, "-", "no_speaker")
    if now.beep == "missed":
        return Verdict(False, "-", "beep_missed")
    if now.beep == "heard":
        off = f"{now.beep_off_db:+.0f} dB"
        ok = abs(now.beep_off_db) <= BEEP_OFF_DB
        return Verdict(ok, off, "" if ok else "beep_level")
    return None


def hang_up(watch: Watch) -> Verdict | None:
    """Is the line on-hook again?"""
    return Verdict(True, sense_words(watch.now)) if watch.is_steady(0, 1) else None


def ring(watch: Watch) -> Verdict | None:
    """Is ringing counted, and at a frequency of ringing?"""
    if watch.answer == "no":
        return Verdict(False, "0", "ring_dead")
    if watch.pulsed_from_s is None:
        return None
    count = (watch.now.pulses or 0) - watch.pulses_from
    lasted = watch.now.pulsed_s - watch.pulsed_from_s
    if count < RING_PULSES or lasted < STEADY_S:
        return None
    hertz = count / lasted / PER_CYCLE
    ok = RING_HZ[0] <= hertz <= RING_HZ[1]
    return Verdict(ok, f"{hertz:.0f} Hz", "" if ok else "ring_odd")


def cut(watch: Watch) -> Verdict | None:
    """Is the pulled plug seen?"""
    return Verdict(True, sense_words(watch.now)) if watch.is_steady(1, 0) else None


def cut_late(watch: Watch) -> str:
    """Name what is seen instead of a dead line."""
    return (
        "senses_contradict" if watch.now.hook == 0 == watch.now.line else "line_stuck"
    )


def always(diagnosis: str) -> Callable[[Watch], str]:
    return lambda _: diagnosis
