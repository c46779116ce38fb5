"""The scripted session: what a recorder does to its disk, and what it has promised.

    python -m tests.vm.session STATE_DIR [words]

Runs inside the machine.  Calls start, run, end, are packed, erased, swept; each promise
that the archive makes by returning is said as one `LAB {…}` line, and its number marked
in the log of writes, so that the auditor knows what had been promised when the power
went.  Words: `life` (once through), `endless` (until killed), and the seeded mistakes
`row_before_sync`, `no_sync` and `unsealed`, which the lab must find.
"""

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firmware.archive import Archive, disk
from firmware.archive.evidence.bundle import build
from firmware.archive.folder import SEAL_KEY
from firmware.archive.model import Call, Mark
from firmware.archive.retention import Rules
from firmware.archive.writer import Writer
from tests.vm.marks import Marks
from web.listening import CopyBody

FS = 8000
START = 1_800_000_000.0
#: As the sound card delivers, and how often the promise is written down, samples.
BLOCK, SAY = 160, 640


def talk(number: int, samples: int) -> NDArray[np.int16]:
    """The sound of call `number`: noise that no other call and no file contains."""
    rng = np.random.default_rng([number, 2026])
    return rng.normal(0, 2500, samples).astype(np.int16)


class Session:
    """One archive, and a voice that tells what it has promised."""

    def __init__(self, archive: Archive, marks: Marks, first: int = 0) -> None:
        self.archive = archive
        self._marks = marks
        self._said = 0
        self._number = first

    def say(self, what: str, **facts: Any) -> None:
        """Tell a promise; the mark ties it to a place in the log."""
        self._said += 1
        line = {"n": self._said, "what": what, **facts}
        print("LAB " + json.dumps(line), flush=True)
        self._marks.put(str(self._said))

    def call(
        self, seconds: float, *, end: bool = True, meanwhile: int = -1, **fields: Any
    ) -> Call:
        """Record one call; at second `meanwhile` the calls before are packed."""
        self._number += 1
        number, start = self._number, START + 100 * self._number
        call = Call(self.archive.new_id(start), "1", start, **fields)
        self.say("begin", call=call.id, number=number)
        self.archive.begin(call)
        self.say("begun", call=call.id)
        sound = talk(number, round(seconds * FS))
        master = self.archive.open_master(call)
        self._tell_seal(call)
        for at in range(0, len(sound), BLOCK):
            master.append(sound[at : at + BLOCK])
            if (at + BLOCK) % SAY == 0:
                self.say(
                    "audio", call=call.id, given=master.samples, safe=master.synced
                )
            if at == meanwhile * FS:
                self.pack()
        call.number = f"+1555010{number:04}"
        call.marks = [Mark(1.0, "digit", "5")]
        self.archive.update(call)
        if end:
            call.outcome, call.answer_s = "answered", 0.0
            call.end_s = call.duration_s = seconds
            self.say("ending", call=call.id)
            self.archive.end(call)
            self.say("ended", call=call.id, samples=len(sound), sha256=call.sha256)
        return call

    def _tell_seal(self, call: Call) -> None:
        """Tell what must never be found on the disk: the key, and its wrap once erased.

        Goes to the console alone, which lies outside of the machine.
        """
        path = self.archive.folder(call) / SEAL_KEY
        if path.exists():
            lines = path.read_text("ascii").splitlines()
            wraps = [line for line in lines if not line.startswith(("->", "age", "-"))]
            key = self.archive.sealer.key(call.id).hex()
            self.say("sealed", call=call.id, key=key, wraps=wraps)

    def missed(self) -> Call:
        """A call that nobody answered."""
        self._number += 1
        start = START + 100 * self._number
        call = Call(
            self.archive.new_id(start), "1", start,
            ring_count=3, no_audio_reason="missed",
        )  # fmt: skip
        self.archive.begin(call)
        call.outcome, call.end_s = "missed", 12.0
        self.archive.end(call)
        self.say("missed", call=call.id)
        return call

    def refused(self) -> Call:
        """A call whose party says no after a second and a half."""
        call = self.call(1.5, end=False)
        self.say("dropping", call=call.id)
        self.archive.drop_audio(call, "refused")
        self.say("dropped", call=call.id)
        call.outcome, call.end_s = "answered", 3.0
        self.archive.end(call)
        self.say("missed", call=call.id)
        return call

    def hand_out(self, call: Call) -> None:
        """Play a call and export it, to a place outside of the disk."""
        call = self.archive.calls.get(call.id)
        copy = CopyBody(self.archive, call, "session")
        copy.read(0, copy.size)
        self.archive.peaks(call)
        with tempfile.TemporaryFile(dir="/run") as file:
            build(self.archive, call.id, file, by="owner", now_utc=time.time())
        self.say("handed_out", call=call.id)

    def pack(self) -> None:
        """Pack what has ended."""
        self.archive.finish_pending()
        self.say("packed")

    def erase(self, call: Call) -> None:
        """Erase one call whole, by a person."""
        self.say("erasing", call=call.id)
        self.archive.eraser.erase(
            [call.id], "owner", time.time(), reason="wished", rules=Rules()
        )
        self.say("erased", call=call.id)

    def step(self, call: Call) -> None:
        """Let the smaller copy take the master's place, by age."""
        self.say("stepping", call=call.id)
        self.archive.eraser.step_down(call.id, "sweep", time.time())
        self.say("stepped", call=call.id)

    def sweep(self, call: Call) -> None:
        """Let the audio of one call go, by age."""
        self.say("erasing", call=call.id)
        gone = self.archive.eraser.remove(
            call.id, "audio", "purpose_over", "sweep", time.time()
        )
        self.archive.eraser.note([gone], "sweep", time.time())
        self.say("swept", call=call.id)


def life(session: Session) -> None:
    """One of everything, and a call that still runs at the end."""
    first = session.call(6.0)
    session.missed()
    session.pack()
    second = session.call(5.0)
    third = session.call(7.0, meanwhile=3)
    session.refused()
    session.pack()
    session.hand_out(first)
    session.hand_out(second)
    session.erase(second)
    session.sweep(first)
    fourth = session.call(3.0)
    session.pack()
    session.step(fourth)
    session.erase(fourth)
    session.erase(third)
    session.call(4.0)
    session.call(6.0, end=False, meanwhile=2)


def endless(session: Session) -> None:
    """Call after call, some of them erased, until somebody pulls the plug."""
    while True:
        call = session.call(3.0, meanwhile=1)
        session.pack()
        if session._number % 4 == 0:
            session.erase(call)


# mistakes, put in on purpose


def row_before_sync(stack: ExitStack) -> None:
    """Each row is stored before the audio and the sidecar it speaks of are synced."""
    late: list[Callable[[], None]] = []
    inside: list[str] = []
    plain = {name: getattr(disk, name) for name in ("sync_data", "sync_folder")}

    def later(name: str, *arguments: Any) -> None:
        if not inside:
            plain[name](*arguments)
        elif name == "sync_folder":
            late.append(partial(plain[name], *arguments))
        else:
            late.append(partial(_sync_and_close, os.dup(arguments[0])))

    def around(method: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*arguments: Any, **named: Any) -> Any:
            inside.append(method.__name__)
            try:
                return method(*arguments, **named)
            finally:
                inside.pop()
                while late:
                    late.pop(0)()

        return wrapped

    for name in plain:
        stack.callback(setattr, disk, name, plain[name])
        setattr(disk, name, partial(later, name))
    for name in ("begin", "end", "_finish"):
        stack.callback(setattr, Writer, name, getattr(Writer, name))
        setattr(Writer, name, around(getattr(Writer, name)))


def _sync_and_close(fd: int) -> None:
    os.fdatasync(fd)
    os.close(fd)


def no_sync(stack: ExitStack) -> None:
    """Audio is written and never synced."""
    stack.callback(setattr, disk, "sync_data", disk.sync_data)
    disk.sync_data = lambda fd: None


MISTAKES = {"row_before_sync": row_before_sync, "no_sync": no_sync}


def main(state: Path, words: list[str]) -> None:
    """Open the archive, put it in order, and run a script."""
    with ExitStack() as stack:
        for word in words:
            if word in MISTAKES:
                MISTAKES[word](stack)
        marks = Marks()
        began = time.monotonic()
        sealed = "unsealed" not in words
        archive = stack.enter_context(Archive(state, seal=sealed))
        told = archive.recover(time.time(), None)
        archive.make_small_copies(wanted=True)
        session = Session(archive, marks, first=archive.calls.count())
        session.say("open", told=len(told), seconds=time.monotonic() - began)
        if "endless" in words:
            endless(session)
        else:
            life(session)
        session.say("over")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2].split(",") if len(sys.argv) > 2 else ["life"])
