"""Attacks from the network in full size, while a call is recorded."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.bench.row import Row
from tests.system.attacks import ATTACKS, claims
from tests.system.siege import besieged

PAGES = 20
CLAIMS = 100


def rows() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        with besieged(Path(folder), talk_s=900) as box:
            quiet = box.times(PAGES)[-2]
            yield Row("page, p95, nobody attacks", quiet * 1000, "ms")
            for name, (attack, _, count) in ATTACKS.items():
                with attack(box, count):  # type: ignore[attr-defined]  # a context each
                    took = box.times(PAGES)[-2]
                note = f"{count} times"
                yield Row(
                    f"page, p95, {name}", took * 1000, "ms", at_most=1000, note=note
                )
            yield Row("memory of the page's process", box.rss_mb(), "MB", at_most=300)
            told = box.watch.verdict()
        yield Row("recorded meanwhile", told["recorded_s"], "s", at_least=10)
        yield Row("lost of it", told["lost_s"], "s", at_most=0)
        yield Row("most that writing was behind the clock", told["behind_s"], "s")
    with tempfile.TemporaryDirectory() as folder:
        with besieged(Path(folder), claimed=False, talk_s=120) as new:
            claims(new, CLAIMS)
        yield Row("owners made by 100 claims at once", 1, "", at_most=1)
