"""One measured figure with its target."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Row:
    """`at_least` and `at_most` are targets; a figure without one is for information."""

    name: str
    value: float
    unit: str
    at_least: float | None = None
    at_most: float | None = None
    note: str = ""

    @property
    def missed(self) -> bool:
        low = self.at_least is not None and self.value < self.at_least
        high = self.at_most is not None and self.value > self.at_most
        return low or high

    @property
    def target(self) -> str:
        """The target as a table shows it; empty if there is none."""
        if self.at_most is not None:
            return f"≤ {self.at_most:g}"
        return "" if self.at_least is None else f"≥ {self.at_least:g}"

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "missed": self.missed}

    def to_text(self) -> str:
        verdict = "MISSED" if self.missed else "ok" if self.target else ""
        return (
            f"  {self.name:46} {self.value:12.4g} {self.unit:14}"
            f" {self.target:10} {verdict:7} {self.note}"
        )
