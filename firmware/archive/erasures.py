"""What was erased and when: certificates, and how far each erasure has reached.

A backup made before an erasure still holds the call.  Each place that keeps copies
asks for what is `pending` there, removes it with its next cycle, and says `reached`.
Numbers and names are not in here: a certificate names calls by their ids and times.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from firmware.archive.catalogue import Catalogue

_COLUMNS = 'id, call_id, what, reason, "by", at_utc, certificate'


@dataclass(frozen=True, slots=True)
class Erasure:
    """One call that was erased: its `audio`, or `all` that told who it was."""

    id: int
    call_id: str
    what: str
    reason: str
    by: str
    at_utc: float
    certificate: str


class Erasures:
    """The erasures of this archive.  Nothing is taken back."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def add(
        self, erased: Iterable[tuple[str, str, str]], by: str, at_utc: float,
        certificate: str,
    ) -> None:  # fmt: skip
        """Note calls as (call id, what, reason)."""
        sql = (
            'INSERT INTO erasures (call_id, what, reason, "by", at_utc, certificate)'
            " VALUES (?, ?, ?, ?, ?, ?)"
        )
        with self._catalogue.write() as db:
            for call_id, what, reason in erased:
                db.execute(sql, [call_id, what, reason, by, at_utc, certificate])

    def certify(self, number: str, at_utc: float, data: dict[str, Any]) -> None:
        """Keep a certificate."""
        text = json.dumps(data, ensure_ascii=False)
        with self._catalogue.write() as db:
            sql = "INSERT INTO certificates VALUES (?, ?, ?)"
            db.execute(sql, [number, at_utc, text])

    def certificate(self, number: str) -> dict[str, Any] | None:
        """Return one certificate, with how far its erasures have reached."""
        sql = "SELECT data FROM certificates WHERE id = ?"
        text = self._catalogue.value(sql, [number])
        if text is None:
            return None
        data: dict[str, Any] = json.loads(text)
        sql = (
            "SELECT place, max(r.at_utc), count(*) FROM erasure_reach r"
            " JOIN erasures e ON e.id = r.erasure_id WHERE e.certificate = ?"
            " GROUP BY place ORDER BY place"
        )
        data["reached"] = [
            {"place": place, "at_utc": at_utc, "calls": calls}
            for place, at_utc, calls in self._catalogue.rows(sql, [number])
        ]
        return data

    def certificates(self, limit: int = 100) -> list[dict[str, Any]]:
        """Return the last certificates, the newest first."""
        sql = "SELECT data FROM certificates ORDER BY at_utc DESC LIMIT ?"
        return [json.loads(text) for (text,) in self._catalogue.rows(sql, [limit])]

    def pending(self, place: str) -> list[Erasure]:
        """Return the erasures that a place of copies does not know yet."""
        sql = (
            f"SELECT {_COLUMNS} FROM erasures e WHERE NOT EXISTS (SELECT 1"
            " FROM erasure_reach WHERE erasure_id = e.id AND place = ?) ORDER BY id"
        )
        return [Erasure(*row) for row in self._catalogue.rows(sql, [place])]

    def reached(self, place: str, erasures: Iterable[Erasure], now_utc: float) -> None:
        """Note that a place of copies has none of these calls any more."""
        sql = "INSERT OR IGNORE INTO erasure_reach VALUES (?, ?, ?)"
        with self._catalogue.write() as db:
            for erasure in erasures:
                db.execute(sql, [erasure.id, place, now_utc])

    def of_call(self, call_id: str) -> list[Erasure]:
        """Return what was erased of a call, the first first."""
        sql = f"SELECT {_COLUMNS} FROM erasures WHERE call_id = ? ORDER BY id"
        return [Erasure(*row) for row in self._catalogue.rows(sql, [call_id])]

    def swept(
        self, at_utc: float, calls: int, size: int, stopped: Iterable[str]
    ) -> None:
        """Note one sweep, also one that a safety stop ended."""
        sql = "INSERT INTO sweeps (at_utc, calls, bytes, stopped) VALUES (?, ?, ?, ?)"
        with self._catalogue.write() as db:
            db.execute(sql, [at_utc, calls, size, " ".join(stopped)])

    def last_sweep(self) -> tuple[float, int, int, list[str]] | None:
        """Return the last sweep: when, calls, bytes, what stopped it."""
        sql = (
            "SELECT at_utc, calls, bytes, stopped FROM sweeps ORDER BY id DESC LIMIT 1"
        )
        rows = self._catalogue.rows(sql)
        if not rows:
            return None
        at_utc, calls, size, stopped = rows[0]
        return at_utc, calls, size, stopped.split()
