"""Who heard what: each playing and each taking out enters the ledger with its user.

A listener fetches a recording in many pieces and again after a seek; one entry stands
for all that one person hears of one version within `ONCE_S`.
"""

import threading
from collections import OrderedDict

from flask import current_app, g

from firmware.archive.model import Call
from web import house
from web.store import archive

#: As long as a session may be idle, s.
ONCE_S = 1800.0
#: Most that is remembered; the oldest is forgotten, and would be entered once more.
MANY = 4096


class Heard:
    """What has been entered a short while ago.  Safe to use from several threads."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._noted: OrderedDict[tuple[int, str, str], float] = OrderedDict()

    def is_new(self, user_id: int, call_id: str, what: str, now_utc: float) -> bool:
        """Say whether this is to be entered; asked again soon it is not."""
        key = user_id, call_id, what
        with self._guard:
            last = self._noted.pop(key, None)
            new = last is None or abs(now_utc - last) >= ONCE_S
            self._noted[key] = now_utc if new or last is None else last
            while len(self._noted) > MANY:
                self._noted.popitem(last=False)
        return new

    def forget(self, user_id: int, call_id: str, what: str) -> None:
        """Let it be entered again: it could not be."""
        with self._guard:
            self._noted.pop((user_id, call_id, what), None)


def played(call: Call, version: str, reason: str | None = None) -> None:
    """Enter that whoever is logged in hears a version of a call, and why if known."""
    heard: Heard = current_app.extensions["linekeeper.heard"]
    now = house.now()
    if not heard.is_new(g.user.id, call.id, version, now):
        return
    try:
        told = {"version": version, **({"reason": reason} if reason else {})}
        archive().ledger.add("played", call.id, g.user.name, now, **told)
        archive().listeners.note(call.id, g.user.name, now)
    except BaseException:
        heard.forget(g.user.id, call.id, version)
        raise


def exported(call: Call, form: str, **data: str) -> None:
    """Enter that whoever is logged in takes something of a call out of the box."""
    now = house.now()
    archive().ledger.add("exported", call.id, g.user.name, now, format=form, **data)
