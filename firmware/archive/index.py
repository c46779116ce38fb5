"""What calls are found by, kept beside their rows: facets, terms, ends of numbers.

Ordinary tables rather than a full-text index: the SQLite of Debian 12 (3.40) has no
``secure-delete`` for FTS5 yet, and what is erased of an ordinary table is overwritten
at once.  Facets lie in the order of time, so that a walk from the newest call reads
pages one after the other; terms carry the time of their call, so that what few calls
have is found and sorted without looking at a single call.

A catalogue of before is indexed while the recorder works, the newest calls first, a
few hundred in a transaction (`more`).
"""

import json

from sqlite_utils import Database

from firmware.archive import search, texts
from firmware.archive.catalogue import Catalogue
from firmware.archive.model import Call

#: Calls that are indexed in one transaction: some 30 ms, which a recorder can wait.
BATCH = 200
_COLUMNS = ("line", "direction", "outcome", "duration_s", "number", "words", "unheard")


def put(db: Database, call: Call, start_utc: float, was_utc: float | None) -> None:
    """Index a call, touching only what differs: pages written are wear."""
    listed = search.terms(call)
    words = search.row_words(call, listed)
    new = {
        "line": call.line,
        "direction": call.direction,
        "outcome": call.outcome,
        "duration_s": call.duration_s,
        "number": search.number_of(call),
        "words": words,
        "unheard": int("!audio" in words and not _is_heard(db, call.id)),
    }
    old = None if was_utc is None else _row(db, was_utc, call.id)
    if old is not None and was_utc != start_utc:
        _drop(db, was_utc or 0.0, call.id, old)
        texts.moved(db, call.id, start_utc)
        old = None
    if call.restricted or "erased" in call.keeping:
        texts.remove(db, call.id)
    if old is None:
        names = ", ".join(("start_utc", "id", *new))
        sql = f"INSERT INTO facets ({names}) VALUES ({', '.join('?' * (len(new) + 2))})"
        db.execute(sql, [start_utc, call.id, *new.values()])
        old = {"number": "", "words": ""}
    else:
        _update(db, start_utc, call.id, old, new)
    _change_terms(db, start_utc, call.id, _listed(str(old["words"])), listed)
    if old["number"] != new["number"]:
        _forget_number(db, str(old["number"]))
        _learn_number(db, str(new["number"]))


def drop(db: Database, call_id: str) -> None:
    """Take a call out; its row is still there."""
    sql = "SELECT start_utc FROM calls WHERE id = ?"
    found = db.execute(sql, [call_id]).fetchone()
    old = _row(db, found[0], call_id) if found else None
    if old is not None:
        _drop(db, found[0], call_id, old)
    texts.remove(db, call_id)
    db.execute("DELETE FROM heard WHERE call_id = ?", [call_id])


def unheard(db: Database, call_id: str, *, is_unheard: bool) -> None:
    """Note whether somebody has yet to hear a call."""
    sql = (
        "UPDATE facets SET unheard = ? WHERE id = ? AND unheard <> ?"
        " AND start_utc = (SELECT start_utc FROM calls WHERE id = ?)"
    )
    db.execute(sql, [int(is_unheard), call_id, int(is_unheard), call_id])


def pending(catalogue: Catalogue) -> bool:
    """Say whether calls of before have yet to be indexed."""
    return bool(catalogue.rows("SELECT 1 FROM to_index"))


def more(catalogue: Catalogue) -> bool:
    """Index a batch of the calls of before; False once none is left."""
    if not pending(catalogue):
        return False
    with catalogue.write() as db:
        cursor = db.execute("SELECT start_utc, id FROM to_index").fetchone()
        if cursor is None:
            return False
        sql = (
            "SELECT id, start_utc, data FROM calls WHERE (start_utc, id) < (?, ?)"
            " ORDER BY start_utc DESC, id DESC LIMIT ?"
        )
        rows = db.execute(sql, [*cursor, BATCH]).fetchall()
        for call_id, start_utc, data in rows:
            call = Call.from_json(json.loads(data))
            put(db, call, start_utc, start_utc)
            db.execute("DELETE FROM old_terms WHERE call_id = ?", [call_id])
        if rows:
            sql = "UPDATE to_index SET start_utc = ?, id = ?"
            db.execute(sql, [rows[-1][1], rows[-1][0]])
        else:
            db.execute("DELETE FROM to_index")
            db.execute("DROP TABLE old_terms")
    return bool(rows)


def _row(db: Database, start_utc: float, call_id: str) -> dict[str, object] | None:
    sql = f"SELECT {', '.join(_COLUMNS)} FROM facets WHERE start_utc = ? AND id = ?"
    found = db.execute(sql, [start_utc, call_id]).fetchone()
    return dict(zip(_COLUMNS, found, strict=True)) if found else None


def _drop(db: Database, start_utc: float, call_id: str, old: dict[str, object]) -> None:
    sql = "DELETE FROM facets WHERE start_utc = ? AND id = ?"
    db.execute(sql, [start_utc, call_id])
    _change_terms(db, start_utc, call_id, _listed(str(old["words"])), set())
    _forget_number(db, str(old["number"]))


def _update(
    db: Database,
    start_utc: float,
    call_id: str,
    old: dict[str, object],
    new: dict[str, object],
) -> None:
    changed = {name: value for name, value in new.items() if old[name] != value}
    if changed:
        names = ", ".join(f"{name} = ?" for name in changed)
        sql = f"UPDATE facets SET {names} WHERE start_utc = ? AND id = ?"
        db.execute(sql, [*changed.values(), start_utc, call_id])


def _listed(words: str) -> set[str]:
    return set(words.split()) - {"!audio", "!mute"}


def _change_terms(
    db: Database, start_utc: float, call_id: str, old: set[str], new: set[str]
) -> None:
    sql = "DELETE FROM terms WHERE term = ? AND start_utc = ? AND call_id = ?"
    for term in sorted(old - new):
        db.execute(sql, [term, start_utc, call_id])
    for term in sorted(new - old):
        sql = "INSERT OR IGNORE INTO terms VALUES (?, ?, ?)"
        db.execute(sql, [term, start_utc, call_id])


def _learn_number(db: Database, number: str) -> None:
    """List the ends of a number that no call had before."""
    if not number or db.execute(*_known(number)).fetchone():
        return
    for ending in search.endings(number):
        db.execute("INSERT OR IGNORE INTO endings VALUES (?, ?)", [ending, number])


def _forget_number(db: Database, number: str) -> None:
    """Remove the ends of a number that no call has any more."""
    sql = "SELECT 1 FROM facets WHERE number = ? AND number <> '' LIMIT 1"
    if not number or db.execute(sql, [number]).fetchone():
        return
    for ending in search.endings(number):
        sql = "DELETE FROM endings WHERE ending = ? AND number = ?"
        db.execute(sql, [ending, number])


def _known(number: str) -> tuple[str, list[str]]:
    sql = "SELECT 1 FROM endings WHERE ending = ? AND number = ?"
    return sql, [f"^{number}", number]


def _is_heard(db: Database, call_id: str) -> bool:
    sql = "SELECT 1 FROM heard WHERE call_id = ? LIMIT 1"
    return bool(db.execute(sql, [call_id]).fetchone())
