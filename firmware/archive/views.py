"""Searches that people have given a name: each person's own, and those for all."""

from dataclasses import dataclass

from firmware.archive.catalogue import Catalogue
from firmware.errors import Refused

#: Longest name and address of a view; most views of one person.
NAME_LENGTH = 40
QUERY_LENGTH = 1000
MOST = 30


@dataclass(frozen=True, slots=True)
class View:
    """A named search; `query` is the part of the address behind the ``?``."""

    id: int
    user_id: int
    name: str
    query: str
    shared: int  # 1: everybody sees it


class Views:
    """The views of everybody.  A user who is removed takes their own along."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def seen_by(self, user_id: int) -> list[View]:
        """Return what somebody sees above the list: their own and what is shared."""
        sql = (
            "SELECT id, user_id, name, query, shared FROM views"
            " WHERE user_id = ? OR shared = 1 ORDER BY name COLLATE NOCASE, id"
        )
        rows = self._catalogue.rows(sql, [user_id])
        return [View(*row) for row in rows]

    def get(self, view_id: int) -> View | None:
        """Return one view."""
        sql = "SELECT id, user_id, name, query, shared FROM views WHERE id = ?"
        rows = self._catalogue.rows(sql, [view_id])
        return View(*rows[0]) if rows else None

    def keep(self, user_id: int, name: str, query: str, *, shared: bool) -> int:
        """Keep a search under a name; the same name again replaces it."""
        if not name or len(name) > NAME_LENGTH or len(query) > QUERY_LENGTH:
            raise Refused(f"a view wants a name of 1 to {NAME_LENGTH} characters")
        with self._catalogue.write() as db:
            sql = "SELECT count(*) FROM views WHERE user_id = ? AND name <> ?"
            if db.execute(sql, [user_id, name]).fetchone()[0] >= MOST:
                raise Refused(f"there are {MOST} views already; remove one first")
            sql = "DELETE FROM views WHERE user_id = ? AND name = ?"
            db.execute(sql, [user_id, name])
            sql = "INSERT INTO views (user_id, name, query, shared) VALUES (?, ?, ?, ?)"
            made = db.execute(sql, [user_id, name, query, int(shared)]).lastrowid
        return int(made or 0)

    def rename(self, view_id: int, name: str, *, shared: bool) -> None:
        """Give a view another name, or share it, or share it no more."""
        if not name or len(name) > NAME_LENGTH:
            raise Refused(f"a view wants a name of 1 to {NAME_LENGTH} characters")
        with self._catalogue.write() as db:
            sql = (
                "SELECT 1 FROM views a, views b WHERE a.id = ? AND b.id <> a.id"
                " AND b.user_id = a.user_id AND b.name = ?"
            )
            if db.execute(sql, [view_id, name]).fetchone():
                raise Refused(f"there is a view named {name} already")
            sql = "UPDATE views SET name = ?, shared = ? WHERE id = ?"
            db.execute(sql, [name, int(shared), view_id])

    def remove(self, view_id: int) -> None:
        """Remove a view; the calls it showed stay."""
        with self._catalogue.write() as db:
            db.execute("DELETE FROM views WHERE id = ?", [view_id])
