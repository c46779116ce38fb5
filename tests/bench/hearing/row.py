"""A figure of ours with those of the peers beside it."""

from dataclasses import dataclass
from typing import Any

from tests.bench.row import Row

#: Columns of the table, in their order.
PEERS = ("SpanDSP", "SpanDSP+", "multimon-ng")
#: What a column says when the peer is not installed, or does not do such a thing.
MISSING = "peer missing"
NOT_DONE = "–"


@dataclass(frozen=True)
class HeardRow(Row):
    """`peers` has a figure for each peer that could be measured."""

    peers: tuple[tuple[str, float | str], ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {**super().to_json(), "peers": dict(self.peers)}

    def to_text(self) -> str:
        columns = dict(self.peers)
        beside = "".join(
            f" {name} {plain(columns.get(name, NOT_DONE)):12}" for name in PEERS
        )
        return f"{super().to_text().rstrip():86} |{beside}".rstrip()


def plain(value: float | str) -> str:
    """Return a figure as a table shows it."""
    return value if isinstance(value, str) else f"{value:.4g}"
