"""Alerts: what was wrong with line or box from when to when, and who has seen it.

A row per alert, beside the line's log.  What comes back soon after it was over is the
same alert and not told again.  No number and no name: `detail` is a time at most.
"""

from dataclasses import dataclass

from sqlite_utils import Database

from firmware.archive.line_log import LineLog, schema

#: What comes back within this time is the same alert, s.
AGAIN_S = 1800.0
_COLUMNS = "id, line, kind, detail, since_utc, until_utc, seen_by, seen_utc"


@schema()
def told(db: Database) -> None:
    """How far an alert has been told outside: 0 not, 1 its begin, 2 its end as well."""
    db.execute("ALTER TABLE alerts ADD COLUMN told INTEGER NOT NULL DEFAULT 0")


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert; `until_utc` None: it still holds."""

    id: int
    line: str
    kind: str
    detail: str
    since_utc: float
    until_utc: float | None
    seen_by: str
    seen_utc: float | None


class Alerts:
    """The recorder begins and ends alerts; anybody may read and acknowledge."""

    def __init__(self, log: LineLog) -> None:
        self._log = log

    def begin(self, line: str, kind: str, at_utc: float, detail: str = "") -> bool:
        """Note an alert; tell whether it is news."""
        with self._log.file.write() as db:
            sql = (
                "SELECT id, until_utc FROM alerts WHERE line = ? AND kind = ?"
                " AND detail = ? AND (until_utc IS NULL OR until_utc > ?)"
                " ORDER BY id DESC LIMIT 1"
            )
            known = db.execute(sql, [line, kind, detail, at_utc - AGAIN_S]).fetchone()
            if known is not None:
                sql = "UPDATE alerts SET until_utc = NULL WHERE id = ?"
                db.execute(sql, [known[0]])
                return False
            sql = (
                "INSERT INTO alerts (line, kind, detail, since_utc) VALUES (?, ?, ?, ?)"
            )
            db.execute(sql, [line, kind, detail, at_utc])
        return True

    def end(
        self, line: str, kind: str, at_utc: float, detail: str | None = None
    ) -> None:
        """Note that an alert is over."""
        sql = (
            "UPDATE alerts SET until_utc = ? WHERE line = ? AND kind = ?"
            " AND until_utc IS NULL AND (? IS NULL OR detail = ?)"
        )
        with self._log.file.write() as db:
            db.execute(sql, [at_utc, line, kind, detail, detail])

    def acknowledge(self, alert_id: int, by: str, now_utc: float) -> bool:
        """Note who has seen an alert; False if there is none, or somebody had."""
        sql = (
            "UPDATE alerts SET seen_by = ?, seen_utc = ? WHERE id = ? AND seen_by = ''"
        )
        with self._log.file.write() as db:
            return bool(db.execute(sql, [by, now_utc, alert_id]).rowcount)

    def holding(self, line: str | None = None) -> list[Alert]:
        """Return the alerts that hold, the oldest first."""
        if not self._log.exists:
            return []
        sql = (
            f"SELECT {_COLUMNS} FROM alerts WHERE until_utc IS NULL"
            " AND (? IS NULL OR line = ?) ORDER BY since_utc, id"
        )
        return [Alert(*row) for row in self._log.file.rows(sql, [line, line])]

    def last(self, limit: int = 100) -> list[Alert]:
        """Return the last alerts, the newest first."""
        if not self._log.exists:
            return []
        sql = f"SELECT {_COLUMNS} FROM alerts ORDER BY since_utc DESC, id DESC LIMIT ?"
        return [Alert(*row) for row in self._log.file.rows(sql, [limit])]

    def to_tell(self) -> list[Alert]:
        """Return the alerts whose begin or end nobody outside was told yet."""
        if not self._log.exists:
            return []
        sql = (
            f"SELECT {_COLUMNS} FROM alerts WHERE told = 0"
            " OR (told = 1 AND until_utc IS NOT NULL) ORDER BY id"
        )
        return [Alert(*row) for row in self._log.file.rows(sql)]

    def told(self, alert: Alert) -> None:
        """Note that an alert was told as it stood."""
        state = 1 if alert.until_utc is None else 2
        with self._log.file.write() as db:
            db.execute("UPDATE alerts SET told = ? WHERE id = ?", [state, alert.id])
