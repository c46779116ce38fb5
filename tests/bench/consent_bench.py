"""Decisions a second on one core: a preview decides on weeks of calls at once."""

from collections.abc import Iterator
from functools import partial
from itertools import cycle, islice

from firmware.consent import table_file
from firmware.consent.engine import decide
from firmware.consent.model import Config, Facts
from firmware.consent.table import Table
from tests.bench.chain_bench import timed
from tests.bench.row import Row

DECISIONS = 20_000
#: A mixed day: home, other states, toll-free, abroad, shared codes, withheld, junk.
NUMBERS = (
    *("+12125550123", "2125550142", "+14155550123", "+18005550123", "+19025550123"),
    *("+46812345678", "+4930123456", "+442079460123", "+447911123456", "+61212345678"),
    *(None, "anonymous", "5550123", "911", "+870773111632", "01146812345678"),
)


def rows() -> Iterator[Row]:
    table = table_file.shipped()
    plain = timed(partial(preview, Config(), table))
    yield Row("consent decisions", DECISIONS / plain, "per second", at_least=2000)
    near = timed(partial(preview, Config(unknown_scope="own_country"), table))
    name = "consent decisions, unknown_scope own_country"
    yield Row(name, DECISIONS / near, "per second", at_least=2000)
    yield Row("table of jurisdictions read", timed(table_file.shipped) * 1000, "ms")


def preview(config: Config, table: Table) -> None:
    """Decide on many calls of an office in New York."""
    for number in islice(cycle(NUMBERS), DECISIONS):
        facts = Facts(
            own="US-NY",
            recorder="org",
            number=number,
            can_inject=True,
            acknowledged=True,
            in_scope=True,
            recording=True,
        )
        decide(facts, config, table)
