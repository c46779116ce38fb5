"""The consent register: what was asked of whom, and what they answered.

A row is one agreement with its six fields (when and where, who, which recorder, what
use, who has access, other details); its steps are kept beside it.  Which step may
follow which is not decided here but in `firmware.consent.register`; `move` only
refuses a step from a state that has changed meanwhile.
"""

import json
from dataclasses import dataclass, fields
from typing import Any

from sqlite_utils import Database

from firmware.archive.catalogue import Catalogue, Row
from firmware.errors import StoreError


@dataclass(frozen=True, slots=True)
class Agreement:
    """One row of the register.  Empty texts are not known."""

    id: int = 0
    number: str = ""
    party: str = ""
    state: str = "requested"
    kind: str = ""  # how it was given: written, email, spoken, key, attested
    purposes: tuple[str, ...] = ()
    given_utc: float | None = None
    expires_utc: float | None = None
    place: str = ""
    recorder: str = ""
    use: str = ""
    access: str = ""
    details: str = ""
    evidence: str = ""
    evidence_sha256: str = ""
    call_id: str = ""
    by: str = ""
    created_utc: float = 0.0


@dataclass(frozen=True, slots=True)
class Step:
    """One step in the life of an agreement."""

    at_utc: float
    state: str
    by: str
    note: str


_NAMES = tuple(field.name for field in fields(Agreement))
_COLUMNS = ", ".join(f'"{name}"' for name in _NAMES)
_INSERT = "INSERT INTO agreements ({}) VALUES ({})".format(
    _COLUMNS.partition(", ")[2], ", ".join("?" * (len(_NAMES) - 1))
)


class Register:
    """The agreements of the box.  Nothing is deleted."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def add(self, agreement: Agreement, note: str = "") -> int:
        """Keep a new agreement with its first step; return its id."""
        values = [_stored(getattr(agreement, name)) for name in _NAMES[1:]]
        first = Step(agreement.created_utc, agreement.state, agreement.by, note)
        with self._catalogue.write() as db:
            number = int(db.execute(_INSERT, values).lastrowid or 0)
            _step(db, number, first)
        return number

    def move(
        self, agreement_id: int, was: str, step: Step, **changes: str | float | None
    ) -> None:
        """Take a step from state `was`; `changes` are fields that it fills in."""
        changes = {**changes, "state": step.state}
        unknown = set(changes) - set(_NAMES[1:])
        if unknown:
            raise ValueError(f"want fields of an agreement, got {sorted(unknown)}")
        sets = ", ".join(f'"{name}" = ?' for name in changes)
        sql = f"UPDATE agreements SET {sets} WHERE id = ? AND state = ?"
        with self._catalogue.write() as db:
            done = db.execute(sql, [*changes.values(), agreement_id, was])
            if done.rowcount != 1:
                raise StoreError(f"agreement {agreement_id}: is not {was} any more")
            _step(db, agreement_id, step)

    def get(self, agreement_id: int) -> Agreement | None:
        """Return one agreement."""
        sql = f"SELECT {_COLUMNS} FROM agreements WHERE id = ?"
        found = self._catalogue.rows(sql, [agreement_id])
        return _agreement(found[0]) if found else None

    def agreements(
        self, number: str | None = None, limit: int = 500
    ) -> list[Agreement]:
        """Return the agreements of a number, or all, the newest first."""
        sql = (
            f"SELECT {_COLUMNS} FROM agreements WHERE (? IS NULL OR number = ?)"
            " ORDER BY id DESC LIMIT ?"
        )
        rows = self._catalogue.rows(sql, [number, number, limit])
        return [_agreement(row) for row in rows]

    def steps(self, agreement_id: int) -> list[Step]:
        """Return the steps of an agreement, the first first."""
        sql = (
            'SELECT at_utc, state, "by", note FROM agreement_steps'
            " WHERE agreement_id = ? ORDER BY id"
        )
        return [Step(*row) for row in self._catalogue.rows(sql, [agreement_id])]


def _stored(value: Any) -> Any:
    if isinstance(value, tuple):
        return json.dumps(value, ensure_ascii=False)
    return value


def _agreement(row: Row) -> Agreement:
    values = dict(zip(_NAMES, row, strict=True))
    return Agreement(**{**values, "purposes": tuple(json.loads(values["purposes"]))})


def _step(db: Database, agreement_id: int, step: Step) -> None:
    sql = (
        'INSERT INTO agreement_steps (agreement_id, at_utc, state, "by", note)'
        " VALUES (?, ?, ?, ?, ?)"
    )
    db.execute(sql, [agreement_id, step.at_utc, step.state, step.by, step.note])
