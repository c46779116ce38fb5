"""The recorder as a process: memory, and how early a recording begins."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from firmware.archive import Archive
from firmware.service import settings as settings_file
from firmware.service import status
from tests.bench.row import Row

TALK_S = 20.0


def rows() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        state = Path(folder)
        yield Row("recorder, resident memory", resident_mb(state), "MB", at_most=110)
    floor = "import numpy; print(open('/proc/self/status').read())"
    printed = subprocess.run(
        [sys.executable, "-c", floor], capture_output=True, text=True, check=True
    ).stdout
    yield Row("floor: Python with numpy", vm_mb(printed, "VmRSS"), "MB")
    with tempfile.TemporaryDirectory() as folder:
        lead = first_sample_s(Path(folder))
        note = "negative: pre-roll"
        yield Row("off-hook to first stored sample", lead, "s", at_most=-5, note=note)


def resident_mb(state: Path) -> float:
    """Run the recorder on a paced line until it has talked for a while."""
    config = state / "config.toml"
    demo = settings_file.load(settings_file.DEMO_PATH).with_state(state)
    text = settings_file.to_toml(demo).replace("sim:demo_live", "sim:long_hold")
    config.write_text(text)
    process = subprocess.Popen(
        [sys.executable, "-m", "firmware", "record", "--config", str(config)],
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 120
        stored = 0
        while stored < TALK_S * 8000 and time.monotonic() < deadline:
            time.sleep(0.5)
            live = status.read(demo.status_path)
            stored = live["lines"][0]["stored_samples"] if live else 0
        if stored < TALK_S * 8000:
            raise RuntimeError("the simulated call did not begin")
        return vm_mb(Path(f"/proc/{process.pid}/status").read_text(), "VmRSS")
    finally:
        process.terminate()
        process.wait(20)


def vm_mb(text: str, key: str) -> float:
    """Return a field of /proc/PID/status in megabytes."""
    line = next(line for line in text.splitlines() if line.startswith(key + ":"))
    return int(line.split()[1]) / 1024


def first_sample_s(state: Path) -> float:
    command = [sys.executable, "-m", "firmware", "simulate", "outgoing_dtmf_answered"]
    subprocess.run(
        [*command, "--state", str(state)], check=True, stdout=subprocess.DEVNULL
    )
    with Archive(state, write=False) as archive:
        (call,) = archive.calls.page(limit=1)
    return call.audio_offset_s
