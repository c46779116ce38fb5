"""A figure of ours with those of the peers beside it."""

from dataclasses import dataclass
from typing import Any

from tests.bench.row import Row

#: What a column says when the peer is not installed.
MISSING = "peer missing"


@dataclass(frozen=True)
class HeardRow(Row):
    """`peers` has a figure for each peer that could be measured."""

    peers: tuple[tuple[str, float | str], ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {**super().to_json(), "peers": dict(self.peers)}

    def to_text(self) -> str:
        beside = "  ".join(f"{name} {plain(value)}" for name, value in self.peers)
        return f"{super().to_text().rstrip():86} | {beside}".rstrip(" |")


def plain(value: float | str) -> str:
    """Return a figure as a table shows it."""
    return value if isinstance(value, str) else f"{value:.4g}"
