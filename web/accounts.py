"""Who is asking: accounts and sessions of the archive, as the pages need them."""

import time
from collections.abc import Callable

from firmware.archive import Archive
from firmware.archive.sessions import Session
from firmware.archive.users import User
from firmware.service.settings import Settings, overlay
from firmware.service.settings.service import Web

__all__ = ["Accounts", "User"]

#: How long the rules of log-ins are remembered, s: they are asked at every request.
RULES_S = 5.0


class Accounts:
    """Claim, log in, log out.  `archive` is asked each time: it may come late."""

    def __init__(self, archive: Callable[[], Archive], settings: Settings) -> None:
        self._archive = archive
        self._settings = settings
        self._rules: tuple[float, Web] | None = None
        self._claimed = False

    @property
    def rules(self) -> Web:
        """The settings of the page in force; what was chosen counts within seconds."""
        now = time.monotonic()
        if self._rules is None or now >= self._rules[0]:
            chosen = self._archive().choices.all()
            self._rules = (now + RULES_S, overlay(self._settings, chosen).web)
        return self._rules[1]

    def lacks_factor(self, user: User) -> bool:
        """Say whether somebody has to get a second factor before anything else."""
        wanted = self.rules.second_factor
        concerned = {
            "optional": False,
            "managers": user.role in ("owner", "manager"),
            "everybody": True,
        }[wanted]
        return concerned and not self._archive().factors.has(user.id)

    @property
    def claimed(self) -> bool:
        """Tell whether the box has an owner; once it has, it keeps one."""
        self._claimed = self._claimed or self._archive().users.has_owner()
        return self._claimed

    def claim(self, code: str, name: str, password: str) -> User:
        """Make the owner; AccessError says why not."""
        return self._archive().claim.attempt(code, name, password, time.time())

    def right(self, name: str, password: str) -> User | None:
        """Return whose name and password these are."""
        return self._archive().users.verify(name, password)

    def canonical(self, name: str) -> str:
        """Return a name as it is kept, however it was typed."""
        wanted = name.strip().casefold()
        kept = [user.name for user in self._archive().users.list()]
        return next((found for found in kept if found.casefold() == wanted), wanted)

    def open(self, user: User, agent: str) -> str:
        """Begin a session for somebody who has just proved who they are."""
        life_s, idle_s = 3600 * self.rules.session_h, 60 * self.rules.idle_min
        sessions = self._archive().sessions
        return sessions.open(user.id, time.time(), agent, life_s, idle_s)

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
        idle_s = 60 * self.rules.idle_min
        session = archive.sessions.get(token, time.time(), idle_s)
        user = archive.users.get(session.user_id) if session else None
        return (user, session) if user else (None, None)

    def prove(self, user: User, token: str, password: str) -> bool:
        """Take the password of somebody who is logged in once more."""
        if self.right(user.name, password) is None:
            return False
        self.proved(token)
        return True

    def proved(self, token: str) -> None:
        """Note that whoever holds this token has just proved who they are."""
        self._archive().sessions.prove(token, time.time())
