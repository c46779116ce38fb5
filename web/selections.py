"""What somebody has selected in the list, and what is being done with it.

A selection is a list of calls at one moment, under a token that nobody can guess, for
the one who made it.  It lives in memory, for half an hour after it was last used.
"""

import secrets
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field

#: Most calls in one selection; what is more is told, and can be narrowed.
MOST = 2000
#: Most selections that are remembered, and for how long, s.
MANY, KEPT_S = 40, 1800.0


@dataclass(slots=True)
class Selection:
    """Calls chosen by one person; `done` counts while something is done with them."""

    token: str
    user_id: int
    ids: tuple[str, ...]
    back: str  # the list it was made in
    more: bool  # there were more than fit
    used_utc: float
    deed: str = ""
    total: int = 0
    done: int = 0
    left: list[tuple[str, str]] = field(default_factory=list)
    certificates: list[str] = field(default_factory=list)

    @property
    def job(self) -> str:
        """Return the name of the work on it."""
        return f"selected {self.token} {self.deed}"


class Selections:
    """The selections of everybody.  Safe to use from several threads."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._kept: OrderedDict[str, Selection] = OrderedDict()

    def make(
        self, user_id: int, ids: tuple[str, ...], back: str, *, more: bool
    ) -> Selection:
        """Keep a selection."""
        token = secrets.token_urlsafe(12)
        made = Selection(token, user_id, ids, back, more, time.time())
        with self._guard:
            self._kept[token] = made
            old = time.time() - KEPT_S
            while self._kept and (
                len(self._kept) > MANY or next(iter(self._kept.values())).used_utc < old
            ):
                self._kept.popitem(last=False)
        return made

    def get(self, token: str, user_id: int) -> Selection | None:
        """Return the selection somebody has made; None for one that is not theirs."""
        with self._guard:
            found = self._kept.get(token)
            if found is None or found.user_id != user_id:
                return None
            found.used_utc = time.time()
            self._kept.move_to_end(token)
            return found
