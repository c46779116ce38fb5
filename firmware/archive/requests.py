"""What people have asked for their rights, and until when they have to be answered.

The law gives one month (GDPR 12(3)).  Who asked is kept until the answer, and not a
day longer; what was answered stays.
"""

from dataclasses import dataclass
from typing import Literal, get_args

from firmware.archive.catalogue import Catalogue
from firmware.archive.keeping import NAME_LENGTH, wanted
from firmware.archive.retention import add_months
from firmware.errors import Refused

Kind = Literal["access", "erase", "restrict", "object", "correct"]
KINDS: tuple[Kind, ...] = get_args(Kind)

#: GDPR 12(3): within one month of receipt.
MONTHS = 1

_COLUMNS = 'id, kind, who, asked_utc, "by", done_utc, done_by, answer'


@dataclass(frozen=True, slots=True)
class Request:
    """One request; `who` is empty once it is answered."""

    id: int
    kind: Kind
    who: str
    asked_utc: float
    by: str
    done_utc: float | None = None
    done_by: str = ""
    answer: str = ""

    @property
    def due_utc(self) -> float:
        """Return until when the law wants an answer."""
        return add_months(self.asked_utc, MONTHS)

    def is_late(self, now_utc: float) -> bool:
        """Tell whether it should have been answered before."""
        return self.done_utc is None and now_utc > self.due_utc


class Requests:
    """The requests that this box has had."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def add(self, kind: str, who: str, asked_utc: float, by: str) -> int:
        """Note what somebody asks for, and when it came."""
        if kind not in KINDS:
            raise Refused(f"kind: want one of {', '.join(KINDS)}")
        who, by = wanted(who, "who asks"), wanted(by, "a name")[:NAME_LENGTH]
        sql = (
            'INSERT INTO requests (kind, who, asked_utc, "by", done_by, answer)'
            " VALUES (?, ?, ?, ?, '', '')"
        )
        with self._catalogue.write() as db:
            return int(db.execute(sql, [kind, who, asked_utc, by]).lastrowid or 0)

    def close(self, number: int, answer: str, by: str, now_utc: float) -> None:
        """Note what was answered; who had asked is forgotten."""
        answer, by = wanted(answer, "what was answered"), wanted(by, "a name")
        sql = (
            "UPDATE requests SET who = '', done_utc = ?, done_by = ?, answer = ?"
            " WHERE id = ? AND done_utc IS NULL"
        )
        values = [now_utc, by[:NAME_LENGTH], answer, number]
        with self._catalogue.write() as db:
            if db.execute(sql, values).rowcount != 1:
                raise Refused(f"request {number}: there is none that is open")

    def open(self) -> list[Request]:
        """Return what waits for an answer, the most urgent first."""
        sql = f"SELECT {_COLUMNS} FROM requests WHERE done_utc IS NULL"
        rows = self._catalogue.rows(f"{sql} ORDER BY asked_utc, id")
        return [Request(*row) for row in rows]

    def all(self, limit: int = 200) -> list[Request]:
        """Return the last requests, the newest first."""
        sql = f"SELECT {_COLUMNS} FROM requests ORDER BY id DESC LIMIT ?"
        return [Request(*row) for row in self._catalogue.rows(sql, [limit])]
