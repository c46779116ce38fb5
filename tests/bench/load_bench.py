"""Many listeners: 20 that stream sound, 50 live pages, while a call is recorded."""

import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from tests.bench.row import Row
from tests.system.attacks import streams
from tests.system.siege import Box, besieged
from web.security import COOKIE

LISTENERS, STREAMS, PAGES = 20, 50, 60
LOAD_S = 30.0
#: A player reads a piece, plays it, asks for the next.
PIECE, PAUSE_S = 64 * 1024, 0.5


def rows() -> Iterator[Row]:
    with (
        tempfile.TemporaryDirectory() as folder,
        besieged(Path(folder), talk_s=300) as box,
    ):
        quiet = box.times(PAGES)
        yield Row("page, p95, nobody else there", _p95(quiet), "ms")
        done, heard = threading.Event(), [0] * LISTENERS
        listeners = [
            threading.Thread(target=_listen, args=(box, done, heard, number))
            for number in range(LISTENERS)
        ]
        for each in listeners:
            each.start()
        try:
            with streams(box, STREAMS):
                took = _for_a_while(box)
        finally:
            done.set()
            for each in listeners:
                each.join()
        note = f"{LISTENERS} listeners, {STREAMS} event streams"
        yield Row("page, p95, many there", _p95(took), "ms", at_most=100, note=note)
        yield Row(
            "listeners that heard something", sum(map(bool, heard)), "", LISTENERS
        )
        yield Row("sound given away", sum(heard) / 1e6, "MB")
        yield Row("memory of the page's process", box.rss_mb(), "MB", at_most=150)
        told = box.watch.verdict()
        yield Row("recorded meanwhile", told["recorded_s"], "s", at_least=20)
        yield Row("lost of it", told["lost_s"], "s", at_most=0)


def _for_a_while(box: Box) -> list[float]:
    """Load pages for `LOAD_S`; return how long each took, sorted."""
    took: list[float] = []
    until = time.monotonic() + LOAD_S
    while time.monotonic() < until:
        took += box.times(10)
    return sorted(took)


def _p95(sorted_s: list[float]) -> float:
    return sorted_s[int(len(sorted_s) * 0.95)] * 1000


def _listen(box: Box, done: threading.Event, heard: list[int], number: int) -> None:
    """Fetch a call by ranges, as a player does, again and again."""
    version = ("listening", "original")[number % 2]
    path = f"/api/v1/calls/{box.calls[(0, 2)[number % 2]].id}/audio?version={version}"
    at, connection = 0, box.connect()
    while not done.is_set():
        span = f"bytes={at}-{at + PIECE - 1}"
        headers = {"Cookie": f"{COOKIE}={box.token}", "Range": span}
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        got = len(answer.read())
        heard[number] += got if answer.status == 206 else 0
        at = at + got if answer.status == 206 and got == PIECE else 0
        done.wait(PAUSE_S)
    connection.close()
