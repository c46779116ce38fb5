"""A figure beside its limit."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Result:
    """One line of the table; either limit may be absent."""

    block: str
    name: str
    value: float
    unit: str
    low: float | None
    high: float | None
    source: str

    @property
    def holds(self) -> bool:
        """Is the value within its limits?"""
        above = self.low is None or self.value >= self.low
        return above and (self.high is None or self.value <= self.high)

    @property
    def limit(self) -> str:
        """Return the limit as text."""
        if self.low is not None and self.high is not None:
            return f"{self.low:g} to {self.high:g}"
        if self.low is not None:
            return f"≥ {self.low:g}"
        return "" if self.high is None else f"≤ {self.high:g}"
