"""What the nightly look at all calls costs, and what an erasure costs among many."""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from firmware.archive import Archive
from firmware.archive.model import Call
from firmware.archive.retention import Facts, Rules, for_space, judge
from firmware.archive.sweep import plan
from tests.bench.catalogue import fill
from tests.bench.row import Row

CALLS = 20_000
#: A night is long, but the recorder shares the machine, s per 1000 calls.
PLAN_S = 1.0
#: Somebody waits for the certificate, s.
ERASE_S = 10.0
NOW = 1_800_000_000.0
FS = 8000


def rows() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder, Archive(Path(folder)) as archive:
        fill(archive, CALLS)
        began = time.process_time()
        shown = plan(archive, Rules(), NOW, clock="synced")
        each = (time.process_time() - began) / CALLS * 1000
        yield Row(
            f"look at all calls, per 1000 of {CALLS:,}", each, "CPU s", at_most=PLAN_S,
            note=f"{shown.calls} seen",
        )  # fmt: skip
        for length_s in (60, 3600):
            yield _erased(archive, length_s)
    facts = [Facts(f"{n}", NOW - n, size=1000, talk_s=n % 90) for n in range(CALLS)]
    began = time.perf_counter()
    for one in facts:
        judge(one, Rules(purpose="service"), NOW)
    judged = (time.perf_counter() - began) / CALLS * 1e6
    yield Row("the choice alone, each call", judged, "us", note="floor of the look")
    began = time.perf_counter()
    for_space(facts, Rules(), NOW, 10**9)
    spent = (time.perf_counter() - began) * 1e3
    yield Row(f"what goes for room, of {CALLS:,}", spent, "ms", at_most=5000.0)


def _erased(archive: Archive, length_s: int) -> Row:
    """Measure the erasure of a call of so many seconds among all the others."""
    rng = np.random.default_rng(length_s)
    start = NOW - 500 * 86_400 - length_s
    call = Call(archive.new_id(start), "1", start, number="+12125550199", name="Ada")
    archive.begin(call)
    master = archive.open_master(call)
    for _ in range(length_s):
        master.append(rng.normal(0, 2000, FS).astype(np.int16))
    call.outcome = "answered"
    archive.end(call)
    archive.finish_pending()
    began = time.perf_counter()
    archive.eraser.erase([call.id], "bench", NOW, reason="bench", rules=Rules())
    spent = time.perf_counter() - began
    return Row(
        f"erase {length_s} s of call among {CALLS:,}", spent, "s", at_most=ERASE_S
    )
