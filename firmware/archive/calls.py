"""The calls in the catalogue: stored as their sidecar, found by time, person, kind."""

import json
from collections.abc import Iterable, Sequence

from sqlite_utils import Database

from firmware.archive import index
from firmware.archive.catalogue import Catalogue
from firmware.archive.conditions import Wanted
from firmware.archive.finder import MAX_PAGE, Finder
from firmware.archive.model import PACKED, Call, from_iso
from firmware.errors import NoSuchCall


class Calls:
    """Rows of calls.  Reading is for everybody, `store` for the archive's writer."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._finder = Finder(catalogue)

    def get(self, call_id: str) -> Call:
        """Return one call, or raise NoSuchCall."""
        data = self._catalogue.value("SELECT data FROM calls WHERE id = ?", [call_id])
        if data is None:
            raise NoSuchCall(call_id)
        return _call(data)

    def page(
        self,
        limit: int = 50,
        before: tuple[float, str] | None = None,
        q: str | None = None,
        direction: str | None = None,
        outcome: str | None = None,
        binned: bool = False,
        lines: Sequence[str] = (),
    ) -> list[Call]:
        """Return calls, newest first; `before` is (start_utc, id) of the last seen.

        Those in the bin are left out unless `binned`; `lines` limits to some lines.
        """
        wanted = Wanted(
            q=q or "",
            direction=direction,
            outcome=outcome,
            lines=tuple(lines),
            binned=binned,
        )
        return self._finder.page(wanted, limit, before)

    def between(self, begin: float, end: float, line: str) -> list[Call]:
        """Return the calls of a line that began in a stretch of time, oldest first."""
        sql = (
            "SELECT data FROM calls WHERE start_utc >= ? AND start_utc < ?"
            " AND line = ? ORDER BY start_utc, id"
        )
        rows = self._catalogue.rows(sql, [begin, end, line])
        return [_call(data) for (data,) in rows]

    def count(self) -> int:
        """Return how many calls there are."""
        return int(self._catalogue.value("SELECT count(*) FROM calls"))

    def audio_since(self, start_utc: float) -> tuple[float, int]:
        """Return when the first of these calls began, and the bytes of them all."""
        sql = (
            "SELECT min(start_utc), sum(json_extract(data, '$.audio_bytes'))"
            " FROM calls WHERE start_utc >= ? AND audio <> 'none'"
        )
        first, size = self._catalogue.rows(sql, [start_utc])[0]
        return float(first or start_utc), int(size or 0)

    def latest_change(self) -> int:
        """Return a counter that grows with every change of any call."""
        sql = "SELECT value FROM counters WHERE name = 'change'"
        return int(self._catalogue.value(sql))

    def ids(self) -> set[str]:
        """Return the id of every call."""
        return {row[0] for row in self._catalogue.rows("SELECT id FROM calls")}

    def rows(self, call_ids: Sequence[str]) -> dict[str, tuple[str, bool]]:
        """Return calls as the catalogue has them, and whether they are unsettled.

        At most `MAX_PAGE` are asked for at once.
        """
        marks = ", ".join("?" * len(call_ids))
        sql = f"SELECT id, data, unsettled FROM calls WHERE id IN ({marks})"
        rows = self._catalogue.rows(sql, call_ids)
        return {str(row[0]): (str(row[1]), bool(row[2])) for row in rows}

    def packed(self) -> set[str]:
        """Return the ids of the calls whose audio is in its final form."""
        marks = ", ".join("?" * len(PACKED))
        sql = f"SELECT id FROM calls WHERE audio IN ({marks})"
        return {row[0] for row in self._catalogue.rows(sql, PACKED)}

    def is_unsettled(self, call_id: str) -> bool:
        """Tell whether a call was left in the middle of something."""
        sql = "SELECT 1 FROM calls WHERE unsettled = 1 AND id = ?"
        return bool(self._catalogue.rows(sql, [call_id]))

    def unsettled(self) -> list[str]:
        """Return the calls that run, wait for packing or were being changed."""
        sql = "SELECT id FROM calls WHERE unsettled = 1 ORDER BY id"
        return [row[0] for row in self._catalogue.rows(sql)]

    def quarantined(self) -> list[str]:
        """Return the calls whose audio is locked away."""
        sql = "SELECT id FROM calls WHERE audio = 'quarantined' ORDER BY id"
        return [row[0] for row in self._catalogue.rows(sql)]

    def kept_as(self, word: str) -> list[Call]:
        """Return the calls with a star, a hold, a restriction, or in the bin."""
        sql = "SELECT data FROM calls WHERE keep <> '' AND keep LIKE ? ORDER BY id"
        return [_call(data) for (data,) in self._catalogue.rows(sql, [f"%{word}%"])]

    def called(self, talk_s: float) -> list[str]:
        """Return the numbers that were called from here and talked to for so long."""
        sql = (
            "SELECT DISTINCT json_extract(data, '$.number') AS number FROM calls"
            " WHERE direction = 'outgoing' AND outcome = 'answered'"
            " AND json_extract(data, '$.duration_s') >= ? AND number IS NOT NULL"
        )
        return [row[0] for row in self._catalogue.rows(sql, [talk_s])]

    def walk(self, after: str = "", limit: int = MAX_PAGE) -> list[Call]:
        """Return the calls that follow an id, the oldest first; empty at the end."""
        sql = "SELECT data FROM calls WHERE id > ? ORDER BY id LIMIT ?"
        return [_call(data) for (data,) in self._catalogue.rows(sql, [after, limit])]

    def of_boot(self, boot_id: str) -> list[str]:
        """Return the calls of a boot whose clock was not known to be right."""
        sql = "SELECT id FROM calls WHERE boot_id = ? AND clock <> 'synced' ORDER BY id"
        return [row[0] for row in self._catalogue.rows(sql, [boot_id])]

    def store(self, *calls: Call, unsettled: bool, settled: Iterable[str] = ()) -> None:
        """Insert or change calls in one durable transaction.

        `settled` names other calls with whose folders nothing is left to do.
        """
        with self._catalogue.write() as db:
            change = _next_change(db)
            for call_id in settled:
                db.execute("UPDATE calls SET unsettled = 0 WHERE id = ?", [call_id])
            for call in calls:
                _store(db, call, unsettled=unsettled, change=change)

    def unsettle(self, call_id: str) -> None:
        """Note that the folder of a call is about to change."""
        sql = "UPDATE calls SET unsettled = 1 WHERE id = ? AND unsettled = 0"
        with self._catalogue.write() as db:
            db.execute(sql, [call_id])

    def remove(self, call_ids: set[str]) -> None:
        """Forget calls whose folders are gone."""
        with self._catalogue.write() as db:
            _next_change(db)
            for call_id in sorted(call_ids):
                index.drop(db, call_id)
                db.execute("DELETE FROM calls WHERE id = ?", [call_id])


def _call(data: str) -> Call:
    return Call.from_json(json.loads(data))


def _next_change(db: Database) -> int:
    db.execute("UPDATE counters SET value = value + 1 WHERE name = 'change'")
    sql = "SELECT value FROM counters WHERE name = 'change'"
    return int(db.execute(sql).fetchone()[0])


def _store(db: Database, call: Call, *, unsettled: bool, change: int) -> None:
    """Write a row, touching only columns that differ: pages written are wear."""
    data = call.to_json()
    start_utc = from_iso(data["start_utc"])
    row = {
        "line": call.line,
        "start_utc": start_utc,
        "direction": call.direction,
        "outcome": call.outcome,
        "audio": call.audio,
        "clock": call.clock,
        "boot_id": call.boot_id,
        "keep": " ".join(call.kept_as),
        "unsettled": int(unsettled),
        "changed": change,
        "data": json.dumps(data, ensure_ascii=False, separators=(",", ":")),
    }
    columns = ", ".join(row)
    old = db.execute(f"SELECT {columns} FROM calls WHERE id = ?", [call.id]).fetchone()
    if old is None:
        sql = f"INSERT INTO calls (id, {columns}) VALUES (?{', ?' * len(row)})"
        db.execute(sql, [call.id, *row.values()])
    else:
        new = {k: v for (k, v), was in zip(row.items(), old, strict=True) if v != was}
        changes = ", ".join(f"{column} = ?" for column in new)
        sql = f"UPDATE calls SET {changes} WHERE id = ?"
        db.execute(sql, [*new.values(), call.id])
    was_utc = None if old is None else float(old[list(row).index("start_utc")])
    index.put(db, call, start_utc, was_utc)
