"""Who may see the calls.  Passwords are kept as argon2id hashes."""

import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlite_utils import Database

from firmware.archive.catalogue import Catalogue, Row
from firmware.errors import AccessError

Role = Literal[
    "owner",  # everything; one of them, made by the claim
    "manager",  # all calls and settings, not keys and people
    "agent",  # calls of the own lines, and what goes with them
    "reviewer",  # hears, changes nothing
    "auditor",  # metadata and logs, no audio
]
ROLES: tuple[Role, ...] = get_args(Role)

#: OWASP Password Storage Cheat Sheet, argon2id minimum: 19 MiB, 2 passes, 1 lane;
#: more would hold up a Pi with 1 GB while it records.
HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
#: Hash of random text that was thrown away: what a name that does not exist is checked
#: against, so that the answer takes as long.
_NOBODY = (
    "$argon2id$v=19$m=19456,t=2,p=1$Sot4GU8Bwo1m5snZgi7u5g$"
    "Knhsndn6Mw9tqNfxke4jvnBUDh50If4J4nWp3BrD2aM"
)
#: Hashes computed at once; each takes 19 MiB.
_HASHING = threading.BoundedSemaphore(2)

#: OWASP ASVS 5.0, 6.2.1: at least 8 characters; the maximum only bounds the work.
PASSWORD_LENGTH = range(8, 257)
NAME_LENGTH = range(1, 65)


@dataclass(frozen=True, slots=True)
class User:
    """A person with an account."""

    id: int
    name: str
    role: Role
    created_utc: float
    #: The lines whose calls they see; empty: all.
    lines: tuple[str, ...] = ()


_COLUMNS = "id, name, role, created_utc, lines"


class Users:
    """The accounts of the box."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def add(
        self,
        name: str,
        password: str,
        role: Role,
        now_utc: float,
        lines: Sequence[str] = (),
    ) -> User:
        """Create an account; AccessError says what is wrong with name or password."""
        name = accept(name, password)
        hashed = hash_password(password)
        with self._catalogue.write() as db:
            return insert(db, name, hashed, role, now_utc, lines)

    def change(self, user_id: int, role: Role, lines: Sequence[str]) -> None:
        """Give an account another role and other lines; the owner's stays."""
        if role == "owner":
            raise AccessError("role", "role: a box has one owner, made by the claim")
        sql = "UPDATE users SET role = ?, lines = ? WHERE id = ? AND role <> 'owner'"
        with self._catalogue.write() as db:
            db.execute(sql, [role, json.dumps(list(lines)), user_id])

    def verify(self, name: str, password: str) -> User | None:
        """Return the user if the password is right; takes as long for no such user."""
        sql = f"SELECT {_COLUMNS}, password FROM users WHERE name = ?"
        found = self._catalogue.rows(sql, [name.strip()])
        hashed = found[0][-1] if found else _NOBODY
        if not password_matches(hashed, password) or not found:
            return None
        user = _user(found[0][:-1])
        if HASHER.check_needs_rehash(hashed):
            self.set_password(user.id, password)
        return user

    def set_password(self, user_id: int, password: str) -> None:
        """Change a password and end the user's sessions."""
        accept("name", password)
        hashed = hash_password(password)
        with self._catalogue.write() as db:
            sql = "UPDATE users SET password = ? WHERE id = ?"
            db.execute(sql, [hashed, user_id])
            db.execute("DELETE FROM sessions WHERE user_id = ?", [user_id])

    def get(self, user_id: int) -> User | None:
        """Return a user by id."""
        sql = f"SELECT {_COLUMNS} FROM users WHERE id = ?"
        found = self._catalogue.rows(sql, [user_id])
        return _user(found[0]) if found else None

    def list(self) -> list[User]:
        """Return all users in the order in which they were added."""
        sql = f"SELECT {_COLUMNS} FROM users ORDER BY id"
        return [_user(row) for row in self._catalogue.rows(sql)]

    def remove(self, user_id: int) -> None:
        """Remove an account with its sessions; the owner's stays."""
        sql = "DELETE FROM users WHERE id = ? AND role <> 'owner'"
        with self._catalogue.write() as db:
            db.execute(sql, [user_id])

    def has_owner(self) -> bool:
        """Tell whether the box has been claimed."""
        sql = "SELECT 1 FROM users WHERE role = 'owner'"
        return self._catalogue.value(sql) is not None


def accept(name: str, password: str) -> str:
    """Return the name as it is kept, or raise AccessError."""
    name = " ".join(name.split())
    if len(name) not in NAME_LENGTH or not name.isprintable():
        raise AccessError("name", "name: want 1 to 64 characters")
    if len(password) not in PASSWORD_LENGTH:
        raise AccessError("password", "password: want 8 to 256 characters")
    return name


def hash_password(password: str) -> str:
    """Return the argon2id hash of a password."""
    with _HASHING:
        return HASHER.hash(password)


def password_matches(hashed: str, password: str) -> bool:
    """Tell whether a password has this hash."""
    if len(password) not in PASSWORD_LENGTH:
        return False
    try:
        with _HASHING:
            return HASHER.verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return False


def insert(
    db: Database,
    name: str,
    hashed: str,
    role: Role,
    now_utc: float,
    lines: Sequence[str] = (),
) -> User:
    """Insert a user within a transaction."""
    if db.execute("SELECT 1 FROM users WHERE name = ?", [name]).fetchone():
        raise AccessError("name", f"name: {name} exists already")
    sql = (
        "INSERT INTO users (name, role, password, created_utc, lines)"
        " VALUES (?, ?, ?, ?, ?)"
    )
    row = [name, role, hashed, now_utc, json.dumps(list(lines))]
    cursor = db.execute(sql, row)
    return User(int(cursor.lastrowid or 0), name, role, now_utc, tuple(lines))


def _user(row: Row) -> User:
    user_id, name, role, created_utc, lines = row
    return User(user_id, name, role, created_utc, tuple(json.loads(lines)))
