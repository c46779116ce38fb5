"""Who is asking: accounts and sessions of the archive, as the pages need them."""

import time
from collections.abc import Callable

from firmware.archive import Archive
from firmware.archive.sessions import Session
from firmware.archive.users import User

__all__ = ["Accounts", "User"]


class Accounts:
    """Claim, log in, log out.  `archive` is asked each time: it may come late."""

    def __init__(self, archive: Callable[[], Archive]) -> None:
        self._archive = archive
        self._claimed = False

    @property
    def claimed(self) -> bool:
        """Tell whether the box has an owner; once it has, it keeps one."""
        self._claimed = self._claimed or self._archive().users.has_owner()
        return self._claimed

    def claim(self, code: str, name: str, password: str) -> User:
        """Make the owner; AccessError says why not."""
        return self._archive().claim.attempt(code, name, password, time.time())

    def log_in(self, name: str, password: str, agent: str) -> str | None:
        """Return the token of a new session, or None."""
        user = self._archive().users.verify(name, password)
        return self.open(user, agent) if user else None

    def canonical(self, name: str) -> str:
        """Return a name as it is kept, however it was typed."""
        wanted = name.strip().casefold()
        kept = [user.name for user in self._archive().users.list()]
        return next((found for found in kept if found.casefold() == wanted), wanted)

    def open(self, user: User, agent: str) -> str:
        """Begin a session for somebody who has just proved who they are."""
        return self._archive().sessions.open(user.id, time.time(), agent)

    def log_out(self, token: str) -> None:
        """End a session."""
        self._archive().sessions.close(token)

    def user_of(self, token: str | None) -> User | None:
        """Return who holds this token, if its session is still good."""
        return self.known(token)[0]

    def known(self, token: str | None) -> tuple[User | None, Session | None]:
        """Return who holds this token, and the session; Nones if it is not good."""
        if not token:
            return None, None
        archive = self._archive()
        session = archive.sessions.get(token, time.time())
        user = archive.users.get(session.user_id) if session else None
        return (user, session) if user else (None, None)

    def prove(self, user: User, token: str, password: str) -> bool:
        """Take the password of somebody who is logged in once more."""
        if self._archive().users.verify(user.name, password) is None:
            return False
        self._archive().sessions.prove(token, time.time())
        return True
