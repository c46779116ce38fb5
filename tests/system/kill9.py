"""Kill the recorder at random instants, again and again, and look at what is left.

    python -m tests.system.kill9 [CYCLES]

Starts the real recorder on a simulated line in real time, kills it with SIGKILL and
starts it anew.  Checked after every kill: each master opens as it lies there; of the
audio that the line had delivered to the call at the instant of the kill at most
`MAX_LOSS_S` is missing; after the restart the call is closed, explained and whole;
calls that had ended are unchanged.  At the end every row and folder is compared.
"""

import contextlib
import mmap
import random
import signal
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from firmware.archive import Archive
from firmware.archive.seal import Keyring, page
from firmware.archive.seal.live import SealedMaster
from firmware.archive.seal.live_reader import SealedReader
from firmware.call.recorder import Recorder
from firmware.line import open_line
from firmware.line.block import FS, Block
from firmware.service import settings, status
from firmware.service.settings import Settings
from tests.firmware.archive.helpers import assert_sound

SCENARIO = Path(__file__).with_name("kill9.toml")
MAX_LOSS_S = 0.5
#: A restart that takes longer than this on a busy machine has failed, s.
READY_S = 120.0
#: Kills come this long after the recorder is ready, s; some come before it is.
LATEST_S = 6.0
EARLY = 0.15
POLL_S = 0.01


class Truth:
    """What the line delivered, kept where a kill cannot take it back: shared memory.

    Fields: index of the line, the call whose master grew last, its samples then, and
    the index of the line then.
    """

    LAYOUT = struct.Struct("<q32sqq")

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(bytes(self.LAYOUT.size))
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), self.LAYOUT.size)

    def read(self) -> tuple[int, str, int, int]:
        line, call, samples, then = self.LAYOUT.unpack(self._map[:])
        return line, call.rstrip(b"\0").decode(), samples, then

    def deliver(self, line: int) -> None:
        self._map[:8] = struct.pack("<q", line)

    def append(self, call: str, samples: int) -> None:
        line = self.read()[0]
        self._map[8:] = self.LAYOUT.pack(line, call.encode(), samples, line)[8:]

    def clear(self) -> None:
        self._map[:] = bytes(self.LAYOUT.size)

    def close(self) -> None:
        self._map.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@dataclass
class Report:
    """What the kills showed."""

    kills: int = 0
    running: int = 0  # kills that met a call being recorded
    losses_s: list[float] = field(default_factory=list)
    restarts_s: list[float] = field(default_factory=list)
    calls: int = 0

    def __str__(self) -> str:
        return (
            f"{self.kills} kills, {self.running} in a recording; lost at most "
            f"{max(self.losses_s, default=0):.3f} s, in the middle "
            f"{np.median(self.losses_s or [0]):.3f} s; recording again within "
            f"{max(self.restarts_s, default=0):.1f} s; {self.calls} calls in the "
            "archive, rows and folders agree"
        )


# the recorder that is killed


def record(state: Path, truth: Truth) -> None:
    """Run the real recorder; the line and the masters tell the truth as they go."""
    chosen = _settings(state)
    chosen.runtime_dir.mkdir(parents=True, exist_ok=True)
    plain_append = SealedMaster.append

    def append(master: SealedMaster, samples: NDArray[np.int16]) -> None:
        plain_append(master, samples)
        truth.append(master.path.parent.name, master.samples)

    SealedMaster.append = append  # type: ignore[method-assign]  # told, not changed
    with (
        Archive(state) as archive,
        open_line(f"sim:{SCENARIO}", chosen, speed=1.0) as line,
    ):
        blocks = line.blocks

        def counted() -> Iterator[Block]:
            for block in blocks():
                truth.deliver(block.end)
                yield block

        line.blocks = counted  # type: ignore[method-assign]  # told, not changed
        Recorder(line, archive, chosen, chosen.status_path).run()


def _settings(state: Path) -> Settings:
    return settings.load(settings.DEMO_PATH).with_state(state)


# the one who kills


def run(cycles: int, seed: int = 9, folder: Path | None = None) -> Report:
    """Kill so many times; AssertionError tells what was wrong."""
    report, rng = Report(), random.Random(seed)
    with contextlib.ExitStack() as stack:
        work = folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        state, truth = work / "state", stack.enter_context(Truth(work / "truth"))
        ended: dict[str, str] = {}
        for cycle in range(cycles):
            try:
                _cycle(state, truth, rng, report, ended)
            except AssertionError as error:
                error.add_note(f"kill {cycle} of seed {seed}: {work}")
                raise
        with Archive(state) as archive:
            archive.recover(time.time(), None)
            archive.finish_pending()
            assert_sound(archive)
            report.calls = archive.calls.count()
            for call_id, before in ended.items():
                assert archive.calls.get(call_id).sha256 == before, call_id
    return report


def _cycle(
    state: Path,
    truth: Truth,
    rng: random.Random,
    report: Report,
    ended: dict[str, str],
) -> None:
    truth.clear()
    command = [sys.executable, "-m", "tests.system.kill9", "--record", str(state)]
    with subprocess.Popen(command) as recorder:
        try:
            began = time.monotonic()
            if rng.random() < EARLY:
                _sleep(recorder, rng.uniform(0.2, 1.5))
            else:
                _wait_ready(state, recorder)
                report.restarts_s.append(time.monotonic() - began)
                _look_at_ended(state, ended)
                _sleep(recorder, rng.uniform(0.0, LATEST_S))
        finally:
            recorder.kill()
        assert recorder.wait() == -signal.SIGKILL
    report.kills += 1
    _look_at_masters(state, truth, report)


def _wait_ready(state: Path, recorder: subprocess.Popen[bytes]) -> None:
    """Wait until the recorder says that it watches the line."""
    path = _settings(state).status_path
    deadline = time.monotonic() + READY_S
    while (status.read(path) or {}).get("pid") != recorder.pid:
        assert recorder.poll() is None, "the recorder ended by itself"
        assert time.monotonic() < deadline, "the recorder is not ready"
        time.sleep(POLL_S)


def _sleep(recorder: subprocess.Popen[bytes], seconds: float) -> None:
    with contextlib.suppress(subprocess.TimeoutExpired):
        recorder.wait(seconds)
        raise AssertionError("the recorder ended by itself")


def _look_at_ended(state: Path, ended: dict[str, str]) -> None:
    """After a restart nothing is open but the present call; what was kept, stays."""
    with Archive(state, write=False) as archive:
        _wait_closed(state, archive)
        for call in archive.calls.page(limit=20):
            if call.outcome == "in_progress":
                continue
            assert call.audio != "recording", call.id
            if call.sha256 is not None:
                assert ended.setdefault(call.id, call.sha256) == call.sha256
            if "recovered" in call.flags:
                assert call.recovered, call.id


def _wait_closed(state: Path, archive: Archive) -> None:
    """Wait until the recorder names every open call as its present one.

    A call that begins has its row a moment before the status tells of it.
    """
    deadline = time.monotonic() + READY_S
    while True:
        told = status.read(_settings(state).status_path) or {"lines": []}
        present = {line["call_id"] for line in told["lines"]}
        calls = archive.calls.page(limit=20)
        left = [c.id for c in calls if c.outcome == "in_progress"]
        if present.issuperset(left):
            return
        assert time.monotonic() < deadline, f"still open after a restart: {left}"
        time.sleep(POLL_S)


def _look_at_masters(state: Path, truth: Truth, report: Report) -> None:
    """Every master opens as the kill left it, and the running one is all there."""
    line, call_id, samples, then = truth.read()
    keyring = Keyring.of(state)
    for path in state.glob("recordings/*/*/*/*/master.pcm.sealed"):
        if path.stat().st_size < page.PAGE:
            continue  # killed while it was made
        file_key = keyring.unwrap(path.with_name("seal.key").read_bytes())
        with SealedReader(path, file_key) as reader:
            frames = reader.frames
            assert len(reader.read(0, frames)) == frames
        if path.parent.name != call_id:
            continue
        sidecar = (path.parent / "call.json").read_text("utf-8")
        if '"outcome": "in_progress"' in sidecar:
            lost_s = (samples + line - then - frames) / FS
            assert lost_s <= MAX_LOSS_S, f"{call_id}: {lost_s:.3f} s lost"
            report.running += 1
            report.losses_s.append(max(0.0, lost_s))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--record"]:
        folder = Path(sys.argv[2])
        with Truth(folder.parent / "truth") as shared:
            record(folder, shared)
    else:
        print(run(int(sys.argv[1]) if len(sys.argv) > 1 else 200))
