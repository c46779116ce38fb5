"""What somebody proves themselves with besides the password.

Passkeys (WebAuthn): the public key of each, and the counter of its device.  Codes of an
app (TOTP): the secret, and the last step that was used, so that a code counts once.
Recovery codes: hashes, each gone when it was used.
"""

import hashlib
import secrets
from dataclasses import dataclass

from firmware.archive.catalogue import Catalogue
from firmware.archive.folder import CROCKFORD

#: Enough for a lost telephone or two; 50 bits each against ten tries in 15 minutes.
RECOVERY_CODES = 8
_CODE_LENGTH = 10


@dataclass(frozen=True, slots=True)
class Passkey:
    """A key that lies in somebody's device.  `host` is the name it was made for."""

    id: str
    user_id: int
    name: str
    host: str
    data: bytes
    counter: int
    created_utc: float
    used_utc: float | None


_COLUMNS = "id, user_id, name, host, data, counter, created_utc, used_utc"


class Factors:
    """The second factors of all people; the time is the caller's, s since 1970."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def has(self, user_id: int) -> bool:
        """Say whether somebody has a second factor."""
        sql = (
            "SELECT 1 FROM passkeys WHERE user_id = ?"
            " UNION ALL SELECT 1 FROM code_apps WHERE user_id = ?"
        )
        return bool(self._catalogue.rows(sql, [user_id, user_id]))

    def reset(self, user_id: int) -> None:
        """Take all second factors from somebody, who has lost them."""
        with self._catalogue.write() as db:
            for table in ("passkeys", "code_apps", "recovery_codes"):
                db.execute(f"DELETE FROM {table} WHERE user_id = ?", [user_id])

    # passkeys

    def passkeys(self, user_id: int) -> list[Passkey]:
        """Return somebody's passkeys, oldest first."""
        sql = f"SELECT {_COLUMNS} FROM passkeys WHERE user_id = ? ORDER BY created_utc"
        return [Passkey(*row) for row in self._catalogue.rows(sql, [user_id])]

    def passkey(self, key_id: str) -> Passkey | None:
        """Return a passkey, whosever it is."""
        sql = f"SELECT {_COLUMNS} FROM passkeys WHERE id = ?"
        found = self._catalogue.rows(sql, [key_id])
        return Passkey(*found[0]) if found else None

    def add_passkey(self, key: Passkey) -> None:
        """Keep a new passkey."""
        row = [key.id, key.user_id, key.name, key.host, key.data, key.counter]
        row += [key.created_utc, key.used_utc]
        sql = f"INSERT INTO passkeys ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        with self._catalogue.write() as db:
            db.execute(sql, row)

    def rename_passkey(self, user_id: int, key_id: str, name: str) -> bool:
        """Call a passkey otherwise; False if somebody has no such key."""
        sql = "UPDATE passkeys SET name = ? WHERE id = ? AND user_id = ?"
        with self._catalogue.write() as db:
            return bool(db.execute(sql, [name, key_id, user_id]).rowcount)

    def remove_passkey(self, user_id: int, key_id: str) -> bool:
        """Forget a passkey; False if somebody has no such key."""
        sql = "DELETE FROM passkeys WHERE id = ? AND user_id = ?"
        with self._catalogue.write() as db:
            return bool(db.execute(sql, [key_id, user_id]).rowcount)

    def used_passkey(self, key_id: str, counter: int, now_utc: float) -> bool:
        """Note a use; False if the counter went back: the key has been copied.

        Devices that keep no counter always say 0.
        """
        sql = (
            "UPDATE passkeys SET counter = ?, used_utc = ?"
            " WHERE id = ? AND (counter < ? OR (counter = 0 AND ? = 0))"
        )
        row = [counter, now_utc, key_id, counter, counter]
        with self._catalogue.write() as db:
            return bool(db.execute(sql, row).rowcount)

    # codes of an app

    def secret(self, user_id: int) -> str | None:
        """Return the secret of somebody's app."""
        sql = "SELECT secret FROM code_apps WHERE user_id = ?"
        found = self._catalogue.value(sql, [user_id])
        return None if found is None else str(found)

    def set_secret(self, user_id: int, secret: str, step: int, now_utc: float) -> None:
        """Keep the secret of an app; `step` is that of the code which proved it."""
        sql = "INSERT OR REPLACE INTO code_apps VALUES (?, ?, ?, ?)"
        with self._catalogue.write() as db:
            db.execute(sql, [user_id, secret, step, now_utc])

    def remove_secret(self, user_id: int) -> None:
        """Let the app's codes count no more."""
        with self._catalogue.write() as db:
            db.execute("DELETE FROM code_apps WHERE user_id = ?", [user_id])

    def use_step(self, user_id: int, step: int) -> bool:
        """Use up a code; False if it or a later one was used before (RFC 6238, 5.2)."""
        sql = "UPDATE code_apps SET step = ? WHERE user_id = ? AND step < ?"
        with self._catalogue.write() as db:
            return bool(db.execute(sql, [step, user_id, step]).rowcount)

    # recovery codes

    def new_codes(self, user_id: int) -> list[str]:
        """Return new recovery codes, kept nowhere else; the old ones are gone."""
        codes = [
            "".join(secrets.choice(CROCKFORD) for _ in range(_CODE_LENGTH))
            for _ in range(RECOVERY_CODES)
        ]
        with self._catalogue.write() as db:
            db.execute("DELETE FROM recovery_codes WHERE user_id = ?", [user_id])
            for code in codes:
                sql = "INSERT INTO recovery_codes VALUES (?, ?)"
                db.execute(sql, [user_id, _hash(user_id, code)])
        return [f"{code[:5]}-{code[5:]}".upper() for code in codes]

    def codes_left(self, user_id: int) -> int:
        """Return how many recovery codes somebody has not used."""
        sql = "SELECT count(*) FROM recovery_codes WHERE user_id = ?"
        return int(self._catalogue.value(sql, [user_id]) or 0)

    def use_code(self, user_id: int, code: str) -> bool:
        """Use up a recovery code; False if it is none."""
        sql = "DELETE FROM recovery_codes WHERE user_id = ? AND hash = ?"
        with self._catalogue.write() as db:
            row = [user_id, _hash(user_id, code)]
            return bool(db.execute(sql, row).rowcount)


#: Crockford's base 32: what people type for what was meant.
_MISREAD = str.maketrans("oil", "011", " -\t")


def _hash(user_id: int, code: str) -> str:
    """A random code of 50 bits needs no slow hash: ten tries in 15 minutes guard it."""
    plain = code.casefold().translate(_MISREAD)
    return hashlib.sha256(f"{user_id}:{plain}".encode()).hexdigest()
