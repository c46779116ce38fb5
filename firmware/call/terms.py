"""What callers are told of keeping, and what a law demands, as it was for one call.

It is written into the record when the decision is taken, because what the owner
chooses later must not change what was promised then.
"""

from dataclasses import dataclass
from typing import Any

from firmware.archive.purposes import PURPOSES
from firmware.service.settings import Settings


@dataclass(frozen=True, slots=True)
class Terms:
    """The owner's side of it: the period told, and whether recording is a duty."""

    period: str | None = None
    private: bool = False
    duty: bool = False

    @classmethod
    def of(cls, settings: Settings) -> "Terms":
        """Return the terms of the settings in force."""
        own = settings.consent
        return cls(own.period, own.recorder == "private", own.legal_duty)

    def keeping(self, purpose: str | None, *, regulated: bool) -> dict[str, Any]:
        """Return what a call's record keeps of it; `purpose` is that of its rule."""
        kept: dict[str, Any] = {}
        if self.period:
            kept["told"] = {"period": self.period, "private": self.private}
        if self.duty or regulated:
            kept["duty"] = True
        if purpose in PURPOSES:
            kept["purpose"] = {"id": purpose, "by": "rule"}
        return kept
