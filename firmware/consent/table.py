"""The law as data: jurisdictions, and which telephone numbers belong to them.

A table is one JSON text, `jurisdictions.json` beside this module or one that the owner
gives instead (`table_file.parse`).  Every row has its statutes, the confidence in it
and whether it was looked up again; none of it is legal advice.  Classes are those of
docs/law.md, 0 to 4.

Limits: an area code says where a number was issued, not where a person is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Recorder = Literal["private", "org"]

#: The strictest class.
STRICTEST = 4
#: The other party cannot be placed: withheld, unparsable, or somebody who joined.
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Jurisdiction:
    """One place and what its law asks of whoever records a call there."""

    code: str
    name: str
    private: int
    org: int
    conservative: int = 0
    by_purpose: Mapping[str, int] = field(default_factory=dict)
    purpose_statutes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    floor: bool = False
    rule: str = ""
    satisfied_by: tuple[str, ...] = ()
    not_sufficient: tuple[str, ...] = ()
    exceptions: tuple[str, ...] = ()
    statutes: tuple[str, ...] = ()
    notes: str = ""
    confidence: str = "low"
    source: str = "memory"

    def class_for(
        self, recorder: Recorder | None, *, conservative: bool, purpose: str | None
    ) -> int:
        """Return the class; an unnamed kind of recorder meets the stricter of both."""
        kinds = {"private": self.private, "org": self.org}
        return max(
            kinds[recorder] if recorder else max(kinds.values()),
            self.conservative if conservative else 0,
            self.by_purpose.get(purpose, 0) if purpose else 0,
        )


@dataclass(frozen=True, slots=True)
class Table:
    """Every jurisdiction, and the numbering plans that lead to them.

    `rows` hold the laws as they apply: federal ones (`floors`) are worked into the
    states' rows, and `US-?` is a place like any other.
    """

    version: str
    rows: Mapping[str, Jurisdiction]
    floors: Mapping[str, Jurisdiction]
    unknown_class: int
    unlisted_class: int
    purposes: Mapping[str, frozenset[str]]
    nanp: Mapping[str, tuple[str, ...]]
    australia: Mapping[str, tuple[str, ...]]
    shared: Mapping[str, Mapping[str, tuple[str, ...]]]

    def row(self, code: str) -> Jurisdiction:
        """Return the row of any code at all; what is not listed is of its own class."""
        code = code.strip().upper()
        if code in self.rows:
            return self.rows[code]
        country, _, state = code.partition("-")
        if state and country in self.rows and f"{country}-?" not in self.rows:
            return self.rows[country]  # DE-BY: one law for all of Germany
        return Jurisdiction(code, code, self.unlisted_class, self.unlisted_class)

    def unknown(self, own: str | None = None) -> Jurisdiction:
        """Return what a party who cannot be placed is under.

        With `own`, the party is taken to be somewhere in that country.
        """
        country = (own or "").strip().upper().partition("-")[0]
        near = [r for c, r in self.rows.items() if c.partition("-")[0] == country]
        if not near:
            return Jurisdiction(
                UNKNOWN, "unknown", self.unknown_class, self.unknown_class
            )
        return Jurisdiction(
            UNKNOWN,
            f"unknown, in {country}",
            max(row.private for row in near),
            max(row.org for row in near),
            max(row.conservative for row in near),
            {
                purpose: max(row.by_purpose.get(purpose, 0) for row in near)
                for purpose in self.purposes
            },
        )

    def purpose(self, text: str | None) -> str | None:
        """Return the purpose named by `text` that some law treats apart, if any."""
        plain = "".join(c if c.isalnum() else " " for c in (text or "").lower())
        words = set(plain.split())
        return next((p for p, names in self.purposes.items() if names & words), None)
