"""Claiming the box: whoever reads its one-time code becomes the owner, once.

The code is made at first start and shown by the recorder; the file `claim-code` in
the state folder holds it too, for its owner's eyes.  With the claim code and file are
gone.  A box whose users are lost can be claimed again: a new code needs access to the
box itself.
"""

import hashlib
import hmac
import logging
import secrets
from pathlib import Path

from sqlite_utils import Database

from firmware.archive import disk, users
from firmware.archive.catalogue import Catalogue
from firmware.archive.folder import CROCKFORD
from firmware.archive.users import User
from firmware.errors import AccessError

log = logging.getLogger(__name__)

NAME = "claim-code"
#: 8 characters of 5 bits: 40 bits, against 5 tries in 15 minutes.
CODE_LENGTH = 8
MAX_FAILURES = 5
WINDOW_S = 15 * 60.0

#: Crockford's base 32: what people type for what was meant.
_MISREAD = str.maketrans("oil", "011", " -\t\r\n")


class Claim:
    """The one-time claim.  Many may try at once; one becomes the owner."""

    def __init__(self, catalogue: Catalogue, state_dir: Path) -> None:
        self._catalogue = catalogue
        self._path = state_dir / NAME

    def code(self) -> str | None:
        """Return the code, made if need be; None once the box has an owner."""
        if users.Users(self._catalogue).has_owner():
            self._remove()
            return None
        with self._catalogue.write() as db:
            if _has_owner(db):
                return None
            code = self._read()
            if code is not None and _is_code(db, code):
                return _shown(code)
            code = "".join(secrets.choice(CROCKFORD) for _ in range(CODE_LENGTH))
            salt = secrets.token_hex(16)
            # The file first: without its row it is replaced at the next start.
            with disk.plainly("the claim code cannot be written"):
                disk.replace_file(self._path, f"{_shown(code)}\n".encode(), 0o600)
                disk.sync_folder(self._path.parent)
            db.execute("DELETE FROM claim")
            sql = "INSERT INTO claim VALUES (1, ?, ?)"
            db.execute(sql, [salt, _hash(salt, code)])
        return _shown(code)

    def attempt(self, code: str, name: str, password: str, now_utc: float) -> User:
        """Make the owner.

        Raises AccessError with reason ``claimed``, ``too_many``, ``code``, ``name``
        or ``password``; only a wrong code counts as a failed attempt.
        """
        name = users.accept(name, password)
        self._try(code, now_utc)  # before the costly hash
        hashed = users.hash_password(password)
        with self._catalogue.write() as db:
            _check(db, code, now_utc)
            owner = users.insert(db, name, hashed, "owner", now_utc)
            db.execute("DELETE FROM claim")
            db.execute("DELETE FROM claim_failures")
        self._remove()
        return owner

    def _try(self, code: str, now_utc: float) -> None:
        """Check the code; a wrong one is counted, durably."""
        with self._catalogue.write() as db:
            try:
                _check(db, code, now_utc)
                return
            except AccessError as refusal:
                if refusal.reason != "code":
                    raise
                wrong = refusal
            sql = "INSERT INTO claim_failures (at_utc) VALUES (?)"
            db.execute(sql, [now_utc])
        raise wrong

    def _remove(self) -> None:
        """Remove the file; the code in it opens nothing any more."""
        try:
            if self._path.exists():
                disk.remove(self._path)
                disk.sync_folder(self._path.parent)
        except OSError as error:
            log.warning("%s: cannot be removed: %s", self._path, error.strerror)

    def _read(self) -> str | None:
        try:
            return _plain(self._path.read_text("ascii"))
        except (OSError, ValueError):
            return None


def _check(db: Database, code: str, now_utc: float) -> None:
    """Raise AccessError unless the code opens the box now."""
    if _has_owner(db):
        raise AccessError("claimed", "this box has an owner already")
    sql = "SELECT count(*) FROM claim_failures WHERE at_utc > ?"
    failures = db.execute(sql, [now_utc - WINDOW_S]).fetchone()[0]
    if failures >= MAX_FAILURES:
        raise AccessError("too_many", "too many wrong codes; try again in 15 minutes")
    if not _is_code(db, _plain(code)):
        raise AccessError("code", "the code is not the one the box shows")


def _has_owner(db: Database) -> bool:
    sql = "SELECT 1 FROM users WHERE role = 'owner'"
    return db.execute(sql).fetchone() is not None


def _is_code(db: Database, code: str) -> bool:
    row = db.execute("SELECT salt, code FROM claim").fetchone()
    return row is not None and hmac.compare_digest(row[1], _hash(row[0], code))


def _hash(salt: str, code: str) -> str:
    """A fast hash is enough: the code itself lies beside it until the claim."""
    return hmac.new(salt.encode(), code.encode(), hashlib.sha256).hexdigest()


def _plain(code: str) -> str:
    """Return a code as typed in its plain form."""
    return code.strip().casefold().translate(_MISREAD)


def _shown(code: str) -> str:
    """Return a code as it is shown: ABCD-EFGH."""
    code = code.upper()
    return f"{code[:4]}-{code[4:]}"
