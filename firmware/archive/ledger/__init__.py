"""The ledger: an append-only Merkle log over the life of every recording."""

from firmware.archive.ledger.entry import Entry
from firmware.archive.ledger.ledger import Inclusion, Ledger

__all__ = ["Entry", "Inclusion", "Ledger"]
