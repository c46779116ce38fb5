"""Hearing beside SpanDSP and multimon-ng: a row for each measure.

`SpanDSP+` is SpanDSP behind a high-pass filter, with its dial-tone filter on.
"""

from collections.abc import Iterator

from tests.bench.hearing import dtmf
from tests.bench.row import Row

PARTS = (dtmf,)


def rows() -> Iterator[Row]:
    for part in PARTS:
        yield from part.rows()
