"""The bill of materials, as a table for people who order."""

import csv
import io

from hardware import circuit
from hardware.model import Part

COLUMNS = (
    "refs", "quantity", "value", "part", "rating", "tolerance", "alternative",
    "footprint", "build", "usd_each", "check_before_ordering", "pins_from",
)  # fmt: skip


def bom() -> str:
    """Return the CSV: one row for parts that are ordered alike."""
    groups: dict[tuple[object, ...], list[Part]] = {}
    for part in circuit.PARTS:
        groups.setdefault((part.mpn, part.value, part.build), []).append(part)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for parts in groups.values():
        one = parts[0]
        refs = " ".join(part.ref for part in parts)
        writer.writerow(
            (
                refs, len(parts), one.value, one.mpn, one.rating, one.tolerance,
                one.alternative, one.footprint, one.build, f"{one.price_usd:.2f}",
                one.unconfirmed, one.pins_from,
            )
        )  # fmt: skip
    return text.getvalue()


def cost(*builds: str) -> float:
    """Return what the parts of these builds cost in ones, USD, give or take a half."""
    return sum(part.price_usd for part in circuit.PARTS if part.build in builds)
