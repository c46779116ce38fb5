"""Evidence: one zip that a stranger can check without us, and the check."""

from firmware.archive.evidence.bundle import build
from firmware.archive.evidence.check import check

__all__ = ["build", "check"]
