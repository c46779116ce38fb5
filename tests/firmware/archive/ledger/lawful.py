"""A random life of an archive in which nothing happens that may not."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from firmware.archive import Archive, derived
from firmware.archive.model import Call
from firmware.archive.retention import Rules
from firmware.errors import LinekeeperError
from tests.firmware.archive.helpers import new_call, record

DAY = 86_400.0
LOCK = {"reason": "notice_not_heard", "until_utc": "2000-01-01T00:00:00.000Z"}


class Life:
    """Does what owners, sweeps, crashes and clocks do; `deeds` counts what was done."""

    def __init__(self, state: Path, seed: int) -> None:
        self.state = state
        self.rng = np.random.default_rng(seed)
        self.archive = self._open()
        self.done: list[str] = []
        self._boots = 0
        self._choices: list[Callable[[], Any]] = [
            *(self.record, self.record, self.miss, self.play, self.star, self.hold),
            *(self.bin, self.restrict, self.write, self.erase, self.lose_the_sound),
            *(self.step_down, self.cut, self.mute, self.correct_the_clock),
            *(self.reindex, self.restart, self.crash, self.rename, self.quarantine),
            *(self.expire, self.crash_in_a_call),
        ]

    def step(self) -> str:
        """Do one thing; what the rules refuse is as well as not done."""
        deed = self._choices[self.rng.integers(len(self._choices))]
        try:
            deed()
        except LinekeeperError as error:
            self.done.append(f"{deed.__name__} refused: {error}")
        else:
            self.done.append(deed.__name__)
        self.archive.finish_pending()
        return self.done[-1]

    def close(self) -> None:
        self.archive.close()

    def _open(self) -> Archive:
        archive = Archive(self.state)
        archive.make_small_copies(wanted=True)
        return archive

    def _sound(self) -> Any:
        count = int(self.rng.integers(4_000, 30_000))
        return self.rng.normal(0, 1500, count).astype(np.int16)

    def _one(self) -> Call:
        calls = self.archive.calls.page(limit=100, binned=True)
        if not calls:
            self.record()
            calls = self.archive.calls.page(limit=100)
        return calls[self.rng.integers(len(calls))]

    @property
    def _now(self) -> float:
        return time.time()

    # what the line does

    def record(self, **fields: Any) -> Call:
        fields = {"number": "+15550123456", "clock": "synced", **fields}
        return record(self.archive, self._sound(), self._now, **fields)

    def miss(self) -> None:
        call = new_call(self.archive, self._now, clock="synced")
        self.archive.begin(call)
        call.outcome, call.end_s, call.no_audio_reason = "missed", 9.0, "not_answered"
        self.archive.end(call)

    def quarantine(self) -> None:
        call = self.record(consent={"quarantine": dict(LOCK)})
        if self.rng.random() < 0.5:
            self.archive.release(call.id, "anna", "a claim", self._now)

    def expire(self) -> None:
        self.archive.expire_quarantine(self._now)

    def correct_the_clock(self) -> None:
        self._boots += 1
        boot = f"boot{self._boots}"
        self.record(clock="unknown", boot_id=boot, start_boottime_s=5.0)
        self.archive.finish_pending()
        true = self._now - float(self.rng.uniform(0, 9)) * DAY
        self.archive.correct_clock(boot, true, "chrony", self._now)

    # what people do

    def play(self) -> None:
        self.archive.ledger.add("played", self._one().id, "anna", self._now)

    def star(self) -> None:
        self.archive.keeping.star(self._one().id, "anna", self._now)

    def hold(self) -> None:
        call, keeping = self._one(), self.archive.keeping
        if call.held:
            keeping.release(call.id, "anna", self._now, reason="over")
        else:
            keeping.hold(call.id, "anna", self._now, owner="law", reason="claim",
                         review_utc=self._now + 30 * DAY)  # fmt: skip

    def bin(self) -> None:
        call, keeping = self._one(), self.archive.keeping
        if call.binned:
            keeping.restore(call.id, "anna", self._now)
        else:
            keeping.bin(call.id, "anna", self._now, reason="noise", rules=Rules(),
                        days=7)  # fmt: skip

    def restrict(self) -> None:
        call, keeping = self._one(), self.archive.keeping
        deed = keeping.unrestrict if call.restricted else keeping.restrict
        deed(call.id, "anna", self._now, reason="asked")

    def write(self) -> None:
        text = f"two keys {self.rng.integers(9)}"
        self.archive.keeping.note(self._one().id, "anna", self._now, text=text)

    def rename(self) -> None:
        call = self._one()
        call.name = f"Caller {self.rng.integers(9)}"
        if "erased" not in call.keeping:
            self.archive.update(call)

    def erase(self) -> None:
        self.archive.eraser.erase(
            [self._one().id], "anna", self._now, reason="asked", rules=Rules()
        )

    def lose_the_sound(self) -> None:
        call = self._one()
        if not call.held:
            self.archive.eraser.remove(call.id, "audio", "over", "sweep", self._now)

    def step_down(self) -> None:
        self.archive.eraser.step_down(self._one().id, "sweep", self._now)

    def cut(self) -> None:
        call = self._one()
        derived.cut(self.archive, call.id, (0.1, 0.4), "anna", self._now, reason="x")

    def mute(self) -> None:
        call = self._one()
        derived.mute(self.archive, call.id, [(0.1, 0.2)], "anna", self._now, reason="x")

    # what happens to the box

    def reindex(self) -> None:
        self.archive.reindex()

    def restart(self) -> None:
        self.archive.close()
        self.archive = self._open()
        self.archive.recover(self._now, None)

    def crash(self) -> None:
        """The box dies between a call's end and its packing."""
        self.record()
        self.restart()

    def crash_in_a_call(self) -> None:
        call = new_call(self.archive, self._now, clock="synced")
        self.archive.begin(call)
        self.archive.open_master(call).append(self._sound())
        self.restart()
