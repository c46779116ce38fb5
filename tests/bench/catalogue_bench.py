"""Questions to the catalogue of a busy office after ten years."""

from collections.abc import Iterator

from tests.bench.catalogue import query_times
from tests.bench.row import Row

CALLS = 100_000
#: What a page asks before it can be shown, ms.
TARGET_MS = 50.0


def rows() -> Iterator[Row]:
    times = query_times(CALLS)
    floor = times["one call"]
    for name, ms in times.items():
        asked = name not in ("fill, per 1000", "check at start")
        target = TARGET_MS if asked else None
        note = f"{ms / floor:.1f} x one call by its id"
        yield Row(f"{name}, {CALLS:,} calls", ms, "ms", at_most=target, note=note)
