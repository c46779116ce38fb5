"""Hearing beside SpanDSP and multimon-ng: a row for each measure.

`SpanDSP+` is SpanDSP behind a high-pass filter, with its dial-tone filter on.
"""

from collections.abc import Iterator

from tests.bench.hearing import (
    caller_id,
    dtmf,
    listening,
    progress,
    pulses,
    speed,
    turns,
)
from tests.bench.row import Row

PARTS = (dtmf, pulses, caller_id, progress, listening, turns, speed)


def rows() -> Iterator[Row]:
    for part in PARTS:
        yield from part.rows()
