"""A clean day of 24 hours with 288 calls, second by second, seen by the watchdog."""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.bench.row import Row
from tests.system.test_faults import Box

DAY_S = 86_400


def rows() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        box = Box(Path(folder))
        box.board()
        before = time.perf_counter()
        box.run(DAY_S)
        took_s = time.perf_counter() - before
        box.log.close()
    yield Row("alerts on a clean day", len(box.changes), "", at_most=0)
    yield Row("a look at line and box", 1e6 * took_s / DAY_S, "µs")
