"""Bytes and flushes that reach the card for an hour of talk."""

from collections.abc import Iterator

from tests.bench.disk import disk_cost
from tests.bench.row import Row


def rows() -> Iterator[Row]:
    cost = disk_cost()
    note = str(cost["method"])
    yield Row("written per call-hour", cost["mb"], "MB", at_most=150, note=note)
    yield Row("flushes per call-hour", cost["flushes"], "", at_most=16_000, note=note)
    yield Row("written once, to make an archive", cost["once_mb"], "MB")
    yield Row("floor: the PCM alone", 57.6, "MB")
    yield Row("written / PCM", cost["mb"] / 57.6, "of the floor")
