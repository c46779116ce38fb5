"""The walk through the steps of a new line interface: pure, driven by what is seen.

`Walk.feed` takes what the line shows, `Walk.answer` what the person says; the walk says
what it wants done (`act`) and keeps a result for each step.  It knows no clock: time is
`Seen.at_s`.  A failed step does not end the walk, for the next ones narrow it down.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from firmware.service.bringup_steps import Seen, Step, Verdict, Watch
from firmware.service.bringup_table import DIAGNOSES, STEPS

#: What has nothing to do with the line's voltage.
APART = frozenset({"card_gone", "codec_zeros", "lamp_dark", "button_dead"})

State = Literal["waiting", "now", "ok", "failed", "skipped"]
#: What a person can say.
ANSWERS = ("yes", "no", "skip", "again")


@dataclass(slots=True)
class Outcome:
    """How one step stands."""

    key: str
    state: State = "waiting"
    measured: str = ""
    diagnosis: str = ""


class Walk:
    """Goes through the steps that can be done with `senses`.

    `senses` are among hook, line, ring, button, lamp, speaker; steps that need another
    are skipped.
    """

    def __init__(self, senses: Iterable[str]) -> None:
        has = frozenset(senses)
        self.results = {step.key: Outcome(step.key) for step in STEPS}
        for step in STEPS:
            if not has.issuperset(step.needs):
                self.results[step.key].state = "skipped"
        self._watch: Watch | None = None
        self._quiet_dbov: float | None = None
        self.act = ""
        self._go_on()

    @property
    def step(self) -> Step | None:
        """The step that is being done; None when all are."""
        for step in STEPS:
            if self.results[step.key].state == "now":
                return step
        return None

    @property
    def done(self) -> bool:
        """Is nothing left to do?"""
        return self.step is None

    @property
    def ok(self) -> bool:
        """Has nothing failed?"""
        return not any(r.state == "failed" for r in self.results.values())

    @property
    def diagnoses(self) -> list[str]:
        """Return what is wrong, most telling first, each once.

        A hook that is the wrong way round explains what looked lifted before.
        """
        found = [r.diagnosis for r in self.results.values() if r.diagnosis]
        if "hook_inverted" in found:
            explained = ("looks_lifted", "hook_inverted", "hook_stuck")
            found = ["hook_inverted", *(f for f in found if f not in explained)]
        if "codec_zeros" in found or "card_gone" in found:
            found = [f for f in found if f not in ("codec_silent", "beep_missed")]
        if "line_dead" in found:
            found = ["line_dead", *(f for f in found if f in APART)]
        return list(dict.fromkeys(found))

    def feed(self, seen: Seen) -> None:
        """Take what is seen now."""
        step = self.step
        if step is None:
            return
        if self._watch is None:
            self._watch = Watch(seen, seen, self._quiet_dbov)
            self._watch.steady_from_s = seen.at_s
            self.act = step.act
        watch = self._watch
        watch.take(seen)
        verdict = step.judge(watch)
        if verdict is None and watch.since_s >= step.limit_s:
            verdict = Verdict(False, "", step.late(watch))
        if verdict is not None:
            self._end(step, verdict)

    def answer(self, what: str) -> bool:
        """Take what the person says; False if it means nothing now."""
        step = self.step
        if what == "again":
            return self._again()
        if step is None:
            return False
        if what == "skip":
            self.results[step.key].state = "skipped"
            self._begin_next()
            return True
        if what in ("yes", "no") and self._watch is not None:
            if not step.asks_yes and not (what == "no" and step.key == "ring"):
                return False
            self._watch.answer = what
            self.feed(self._watch.now)
            return True
        return False

    def _again(self) -> bool:
        """Do the last failed step once more; what came after it is kept."""
        failed = [step for step in STEPS if self.results[step.key].state == "failed"]
        if not failed:
            return False
        if (now := self.step) is not None:
            self.results[now.key].state = "waiting"
        self.results[failed[-1].key] = Outcome(failed[-1].key, "now")
        self._watch = None
        return True

    def _end(self, step: Step, verdict: Verdict) -> None:
        outcome = self.results[step.key]
        outcome.state = "ok" if verdict.ok else "failed"
        outcome.measured, outcome.diagnosis = verdict.measured, verdict.diagnosis
        if step.key == "sound" and self._watch is not None:
            self._quiet_dbov = self._watch.loudest_dbov
        self._begin_next()

    def _begin_next(self) -> None:
        self._watch = None
        self.act = ""
        self._go_on()

    def _go_on(self) -> None:
        for step in STEPS:
            if self.results[step.key].state == "waiting":
                self.results[step.key].state = "now"
                return

    def told(self) -> dict[str, Any]:
        """Return how it stands as plain values, for status file and page."""
        step, watch = self.step, self._watch
        live: dict[str, Any] = {}
        left_s = step.limit_s if step else 0.0
        if watch is not None and step is not None:
            now = watch.now
            left_s = max(0.0, step.limit_s - watch.since_s)
            live = {
                "hook": now.hook, "line": now.line, "button": now.button,
                "pulses": now.pulses, "level_dbov": round(now.level_dbov, 1),
            }  # fmt: skip
        return {
            "step": step.key if step else None,
            "left_s": round(left_s),
            "ok": self.ok,
            "results": [
                {
                    "key": r.key,
                    "state": r.state,
                    "measured": r.measured,
                    "diagnosis": r.diagnosis,
                }
                for r in self.results.values()
            ],
            "diagnoses": self.diagnoses,
            "live": live,
        }


def words_of(diagnosis: str) -> str:
    """Return a diagnosis in plain English."""
    return DIAGNOSES[diagnosis]
