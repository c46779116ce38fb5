"""Who is logged in.  A browser holds a random token; the catalogue holds its hash."""

import hashlib
import secrets
from dataclasses import dataclass

from sqlite_utils import Database

from firmware.archive.catalogue import Catalogue

#: OWASP ASVS 5.0, 7.3: sessions end after inactivity and after a maximum life, s.
IDLE_S = 30 * 60.0
LIFE_S = 12 * 3600.0
#: `seen_utc` is written at most this often: a page that polls must not wear the card.
SEEN_S = 60.0
_TOKEN_BYTES = 32
_AGENT_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Session:
    """One login.  `key` names it on pages; it is a hash and opens nothing."""

    key: str
    user_id: int
    created_utc: float
    seen_utc: float
    expires_utc: float
    user_agent: str
    #: When the password was last given: at the log-in, or again before something grave.
    proved_utc: float = 0.0


_COLUMNS = "token, user_id, created_utc, seen_utc, expires_utc, user_agent, proved_utc"


class Sessions:
    """The logins of the box.  The time is the caller's, seconds since 1970."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def open(
        self,
        user_id: int,
        now_utc: float,
        user_agent: str = "",
        life_s: float = LIFE_S,
        idle_s: float = IDLE_S,
    ) -> str:
        """Begin a session and return its token, which is kept nowhere else."""
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        agent = "".join(c for c in user_agent if c.isprintable())[:_AGENT_LENGTH]
        row = [_hash(token), user_id, now_utc, now_utc, now_utc + life_s]
        row += [agent, now_utc]
        with self._catalogue.write() as db:
            _purge(db, now_utc, idle_s)
            sql = f"INSERT INTO sessions ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)"
            db.execute(sql, row)
        return token

    def get(self, token: str, now_utc: float, idle_s: float = IDLE_S) -> Session | None:
        """Return a session that is still good and note that it was used."""
        sql = f"SELECT {_COLUMNS} FROM sessions WHERE token = ?"
        rows = self._catalogue.rows(sql, [_hash(token)])
        if not rows:
            return None
        session = Session(*rows[0])
        idle = now_utc - session.seen_utc
        if now_utc >= session.expires_utc or idle >= idle_s:
            return None
        if abs(idle) >= SEEN_S:
            self._seen(session.key, now_utc)
        return session

    def prove(self, token: str, now_utc: float) -> None:
        """Note that whoever holds this token has just given the password again."""
        sql = "UPDATE sessions SET proved_utc = ? WHERE token = ?"
        with self._catalogue.write() as db:
            db.execute(sql, [now_utc, _hash(token)])

    def close(self, token: str) -> None:
        """End a session: the person logs out."""
        self.revoke(_hash(token))

    def revoke(self, key: str) -> None:
        """End a session by its key: the person ends it from another browser."""
        with self._catalogue.write() as db:
            db.execute("DELETE FROM sessions WHERE token = ?", [key])

    def revoke_all(self, user_id: int) -> None:
        """End all sessions of a user."""
        with self._catalogue.write() as db:
            db.execute("DELETE FROM sessions WHERE user_id = ?", [user_id])

    def list(self, user_id: int) -> list[Session]:
        """Return a user's sessions, the last used first."""
        sql = (
            f"SELECT {_COLUMNS} FROM sessions WHERE user_id = ? ORDER BY seen_utc DESC"
        )
        return [Session(*row) for row in self._catalogue.rows(sql, [user_id])]

    def _seen(self, key: str, now_utc: float) -> None:
        sql = "UPDATE sessions SET seen_utc = ? WHERE token = ?"
        with self._catalogue.write() as db:
            db.execute(sql, [now_utc, key])


def _hash(token: str) -> str:
    """A random token needs no slow hash: it cannot be guessed from its digest."""
    return hashlib.sha256(token.encode()).hexdigest()


def _purge(db: Database, now_utc: float, idle_s: float) -> None:
    sql = "DELETE FROM sessions WHERE expires_utc <= ? OR seen_utc <= ?"
    db.execute(sql, [now_utc, now_utc - idle_s])
