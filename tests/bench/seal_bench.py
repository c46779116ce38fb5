"""What sealing costs: bytes, time, and any place of a four-hour call."""

import contextlib
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from flask.testing import FlaskClient
from numpy.typing import NDArray

from firmware.archive import Archive
from firmware.archive.model import Call
from tests.bench.disk import conversation
from tests.bench.row import Row
from tests.web import seed
from tests.web.conftest import log_in
from web import create_app

FS = 8000
HOURS = 4
BLOCK = FS // 50
#: Places asked for, and bytes of each: what a browser's player fetches at a seek.
RANGES = 1000
LENGTH = 64 << 10


class Made(NamedTuple):
    """A call that was recorded and packed, and what that took."""

    call: Call
    recording_s: float  # of the processor
    packing_s: float
    kept: int  # bytes on the disk


def rows() -> Iterator[Row]:
    talk = np.tile(conversation(240), HOURS * 15)
    with tempfile.TemporaryDirectory() as folder:
        state = Path(folder)
        with Archive(state) as archive:
            archive.users.add(seed.NAME, seed.PASSWORD, "owner", time.time())
            sealed = make(archive, talk, 0)
        with Archive(state, seal=False) as archive:
            plain = make(archive, talk, 1)
        extra = 100 * (sealed.kept / plain.kept - 1)
        yield Row("sealing adds to what is kept", extra, "%", at_most=0.5)
        more = (sealed.recording_s - plain.recording_s) / HOURS
        yield Row("sealing adds to recording", more, "s CPU/h", at_most=10)
        yield Row("floor: recording plain", plain.recording_s / HOURS, "s CPU/h")
        more = (sealed.packing_s - plain.packing_s) / HOURS
        yield Row("sealing adds to packing", more, "s CPU/h", at_most=10)
        yield Row("floor: packing plain", plain.packing_s / HOURS, "s CPU/h")
        yield from serving(state, sealed.call, plain.call)


def make(archive: Archive, talk: NDArray[np.int16], number: int) -> Made:
    """Record and pack one call."""
    start = 1_800_000_000.0 + 20_000 * number
    call = Call(archive.new_id(start), "1", start, direction="incoming")
    archive.begin(call)
    began = time.process_time()
    master = archive.open_master(call, 600.0)
    for at in range(0, len(talk), BLOCK):
        master.append(talk[at : at + BLOCK])
    call.outcome, call.answer_s, call.end_s = "answered", 0.0, len(talk) / FS
    archive.end(call)
    recorded = time.process_time()
    archive.finish_pending()
    packed = time.process_time()
    call = archive.calls.get(call.id)
    files = archive.folder(call).iterdir()
    kept = sum(path.stat().st_size for path in files)
    return Made(call, recorded - began, packed - recorded, kept)


def serving(state: Path, sealed: Call, plain: Call) -> Iterator[Row]:
    """Ask for random places of both by HTTP; the bytes must be the same."""
    app = create_app(seed.settings_for(state), testing=True)
    client = app.test_client()
    assert log_in(client).status_code == 303
    archive: Archive = app.extensions["linekeeper.archive"]()
    with contextlib.closing(archive.open_original(plain)) as original:
        size = original.size
        truth = original.read_at(0, size)
    rng = np.random.default_rng(5)
    places = [int(rng.integers(0, size - 1)) for _ in range(RANGES)]
    times: dict[str, list[float]] = {"sealed": [], "plain": []}
    wrong = 0
    for start in places:
        for name, call in (("plain", plain), ("sealed", sealed)):
            body, took = fetch(client, call, start)
            wrong += body != truth[start : start + LENGTH]
            times[name].append(took)
    app.extensions["linekeeper.archive"].close()
    yield Row("ranges that differ from the plain file", wrong, "", at_most=0)
    slow = 1000 * max(times["sealed"])
    note = f"{RANGES} random places, 64 KiB each"
    yield Row("sealed, any place: slowest answer", slow, "ms", at_most=150, note=note)
    yield Row("sealed, any place: median", 1000 * median(times["sealed"]), "ms")
    yield Row("floor: the plain file, median", 1000 * median(times["plain"]), "ms")


def median(times: list[float]) -> float:
    return float(np.median(times))


def fetch(client: FlaskClient, call: Call, start: int) -> tuple[bytes, float]:
    headers = {"Range": f"bytes={start}-{start + LENGTH - 1}"}
    address = f"/api/v1/calls/{call.id}/audio?version=original"
    began = time.perf_counter()
    answer = client.get(address, headers=headers)
    body = answer.get_data()
    took = time.perf_counter() - began
    assert answer.status_code == 206
    return body, took
