"""`linekeeper check --hardware`: the walk through a new line interface, in a terminal.

The recorder walks if it runs, else this command opens the line itself.  What can be
tried without a person comes first.
"""

import queue
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import click

from firmware.cli.options import echo_json
from firmware.errors import ControlError, HardwareError
from firmware.service import control, status
from firmware.service.bringup import words_of
from firmware.service.bringup_table import STEPS
from firmware.service.settings import Settings

#: How often the state is looked at, s.
LOOK_S = 0.25
#: What is typed, and what it says to the walk.
KEYS = {"y": "yes", "n": "no", "s": "skip", "a": "again", "q": "end"}
#: Checks that need nobody, from the common self-test.
ALONE = ("sound card", "speaker", "pins")
PRODUCT = "proc/device-tree/hat/product"

Say = Callable[[str], None]


class Bench(Protocol):
    """Where the walk runs."""

    def told(self) -> dict[str, Any] | None: ...

    def tell(self, what: str) -> str | None:
        """Begin, end or answer; return why not."""


@dataclass(slots=True)
class RecorderBench:
    """The running recorder."""

    settings: Settings

    def told(self) -> dict[str, Any] | None:
        """Return what the status says."""
        state = status.read(self.settings.status_path) or {}
        lines = state.get("lines") or [{}]
        told: dict[str, Any] | None = lines[0].get("bringup")
        return told

    def tell(self, what: str) -> str | None:
        """Send it over the control socket."""
        try:
            control.send(self.settings.socket_path, "bringup", do=what)
        except ControlError as error:
            return str(error)
        return None


class OwnBench:
    """The line opened here, read by a thread of its own."""

    def __init__(self, settings: Settings) -> None:
        from firmware.call.bringup import Tryout
        from firmware.line import open_line

        self._line = open_line(settings.line.source, settings, speed=1.0)
        self._tryout = Tryout(self._line, settings)
        self._lock = threading.Lock()
        self._reading = threading.Thread(target=self._read, name="bringup")
        self._reading.start()

    def told(self) -> dict[str, Any] | None:
        """Return how the walk stands."""
        with self._lock:
            return self._tryout.told()

    def tell(self, what: str) -> str | None:
        """Say it to the walk."""
        with self._lock:
            return self._tryout.obey({"do": what})

    def close(self) -> None:
        """Let go of the line."""
        self._line.close()
        self._reading.join()

    def _read(self) -> None:
        for block in self._line.blocks():
            with self._lock:
                self._tryout.feed(block)


@contextmanager
def bench_of(settings: Settings) -> Iterator[Bench]:
    """Yield the recorder if it answers, else the line opened here."""
    try:
        control.send(settings.socket_path, "ping")
    except ControlError:
        own = OwnBench(settings)
        try:
            yield own
        finally:
            own.close()
        return
    yield RecorderBench(settings)


def alone(
    settings: Settings, root: Path = Path("/")
) -> Iterator[tuple[str, bool, str]]:
    """Yield what can be tried without a person: name, whether it is well, words."""
    from firmware.service.check import run_checks

    try:
        product = (root / PRODUCT).read_text("ascii").strip("\0\n ")
    except (OSError, UnicodeDecodeError):
        product = ""
    yield "board", True, product or "its EEPROM says nothing (it is an option)"
    for result in run_checks(settings):
        if result.name in ALONE:
            yield result.name, result.ok, result.message


def typed(lines: "queue.Queue[str]") -> None:
    """Put what is typed into a queue, line by line, until the end of the input."""
    for line in sys.stdin:
        lines.put(line.strip().lower())


def listen() -> "queue.Queue[str]":
    """Return the queue that what is typed arrives in."""
    lines: queue.Queue[str] = queue.Queue()
    threading.Thread(target=typed, args=(lines,), daemon=True).start()
    return lines


@dataclass(slots=True)
class Show:
    """Prints a walk as it goes: each step once, each result once."""

    as_json: bool
    say: Say = click.echo
    _asked: str = ""
    _shown: dict[str, str] = field(default_factory=dict)

    def alone(self, name: str, ok: bool, message: str) -> None:
        """Print a check that needed nobody."""
        if self.as_json:
            echo_json({"name": name, "ok": ok, "message": message})
        else:
            self.say(f"{'ok  ' if ok else 'FAIL'}  {name:12} {message}")

    def state(self, told: dict[str, Any]) -> None:
        """Print what is new."""
        for row in told["results"]:
            key, state = row["key"], row["state"]
            if state not in ("waiting", "now") and self._shown.get(key) != state:
                self._result(row)
            self._shown[key] = state
        if told["step"] and told["step"] != self._asked and not self.as_json:
            step = next(s for s in STEPS if s.key == told["step"])
            answers = "y, n, " if step.asks_yes else ""
            if step.key == "ring":
                answers = "n if it rings and nothing happens, "
            self.say(f"\n{step.title}: {step.ask}")
            self.say(f"      expected: {step.expected}   [{answers}s skips, q ends]")
        self._asked = told["step"] or ""

    def _result(self, row: dict[str, Any]) -> None:
        step = next(s for s in STEPS if s.key == row["key"])
        wrong = words_of(row["diagnosis"]) if row["diagnosis"] else ""
        if self.as_json:
            echo_json(
                {
                    "name": row["key"], "state": row["state"],
                    "ok": row["state"] != "failed", "expected": step.expected,
                    "measured": row["measured"], "diagnosis": row["diagnosis"],
                    "message": wrong,
                }
            )  # fmt: skip
            return
        mark = {"ok": "ok  ", "failed": "FAIL", "skipped": "-   "}[row["state"]]
        self.say(f"{mark}  {step.title:12} {row['measured']}".rstrip())
        if wrong:
            self.say(f"      {wrong}")

    def end(self, told: dict[str, Any]) -> None:
        """Print what it comes to."""
        if self.as_json:
            echo_json({"ok": told["ok"], "diagnoses": told["diagnoses"]})
        elif told["ok"]:
            left = [r["key"] for r in told["results"] if r["state"] != "ok"]
            titles = ", ".join(step.title for step in STEPS if step.key in left)
            self.say(
                f"\nNothing is wrong with what was tried. Left out: {titles}."
                if left
                else "\nThe line interface does what it should."
            )
        else:
            self.say("\nMost likely:")
            for key in told["diagnoses"]:
                self.say(f"- {words_of(key)}")


def walk(
    bench: Bench, show: Show, answers: "queue.Queue[str]", look_s: float = LOOK_S
) -> bool:
    """Go through the steps with a person; True if nothing is wrong."""
    refusal = bench.tell("begin")
    if refusal is not None:
        raise HardwareError(refusal)
    last: dict[str, Any] | None = None
    while True:
        told = bench.told()
        if told is not None:
            last = told
            show.state(told)
            if told["step"] is None:
                break
        try:
            word = answers.get(timeout=look_s)
        except queue.Empty:
            continue
        what = KEYS.get(word[:1])
        if what == "end":
            break
        refusal = bench.tell(what) if what else f"want one of {', '.join(KEYS)}"
        if refusal is not None and not show.as_json:
            show.say(f"      {refusal}")
    bench.tell("end")
    if last is not None:
        show.end(last)
    return last is not None and last["step"] is None and bool(last["ok"])


def run(settings: Settings, *, as_json: bool) -> bool:
    """Try everything; True if nothing is wrong."""
    show, ok = Show(as_json), True
    for name, well, message in alone(settings):
        ok = ok and well
        show.alone(name, well, message)
    with bench_of(settings) as bench:
        return walk(bench, show, listen()) and ok
