"""Notes pinned to seconds: made, changed, taken away and back, by forms or a script.

What was taken away is remembered here for ten minutes, so that it can come back as it
was; the archive has forgotten it.
"""

import math
import re
import threading
import time
from collections import OrderedDict
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest, Gone

from firmware.archive.model import Call
from web import words
from web.act import act
from web.i18n import _
from web.store import get_call

bp = Blueprint("pins", __name__, url_prefix="/calls/<callid:call_id>/pins")

#: How long a note that was taken away can come back, s, and how many are remembered.
UNDO_S = 600.0
MANY = 500
#: 95, 95.5, 1:35, 1:02:03.5
_CLOCK = re.compile(r"(?:(\d{1,3}):)?(?:(\d{1,5}):)?(\d{1,6}(?:[.,]\d{1,3})?)")

Pin = dict[str, Any]


class TakenAway:
    """Notes that were taken away a short while ago.  Safe from several threads."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._kept: OrderedDict[tuple[str, str], tuple[Pin, float]] = OrderedDict()

    def keep(self, call_id: str, pin: Pin) -> None:
        """Remember a note."""
        now = time.monotonic()
        with self._guard:
            self._kept[call_id, pin["id"]] = pin, now
            old = [key for key, (_pin, at) in self._kept.items() if now - at > UNDO_S]
            for key in [*old, *list(self._kept)[:-MANY]]:
                self._kept.pop(key, None)

    def take(self, call_id: str, pin_id: str) -> Pin | None:
        """Return a note and forget it."""
        with self._guard:
            pin, at = self._kept.pop((call_id, pin_id), (None, 0.0))
        return pin if time.monotonic() - at <= UNDO_S else None

    def has(self, call_id: str, pin_id: str) -> bool:
        """Say whether a note can come back."""
        with self._guard:
            return (call_id, pin_id) in self._kept


def taken_away() -> TakenAway:
    """Return those of the running application."""
    found: TakenAway = current_app.extensions["linekeeper.taken_away"]
    return found


def second(text: str) -> float:
    """Return a place as a person writes it, in seconds: 95, 1:35, 1:02:03.5."""
    found = _CLOCK.fullmatch(text.strip())
    if found is None:
        raise BadRequest(_("Please write the place as 1:35."))
    hours, minutes, seconds = found.groups()
    if minutes is None:
        hours, minutes = None, hours
    value = float(seconds.replace(",", "."))
    value += 60 * int(minutes or 0) + 3600 * int(hours or 0)
    return value if math.isfinite(value) else 0.0


@bp.post("/pin")
def pin(call_id: str) -> ResponseReturnValue:
    """Pin a note to a second."""
    call = get_call(call_id)
    at_s = second(request.form.get("at_s", ""))
    if at_s > call.audio_s:
        raise BadRequest(_("The recording is not that long."))
    done = act("pin", call_id=call.id, at_s=at_s, text=_text())
    return _answer(call, "pin", done["pin"])


@bp.post("/repin")
def repin(call_id: str) -> ResponseReturnValue:
    """Give a note other words."""
    call = get_call(call_id)
    done = act("repin", call_id=call.id, pin_id=_id(), text=_text())
    return _answer(call, "repin", done["pin"])


@bp.post("/unpin")
def unpin(call_id: str) -> ResponseReturnValue:
    """Take a note away; for ten minutes it can come back."""
    call = get_call(call_id)
    done = act("unpin", call_id=call.id, pin_id=_id())
    taken_away().keep(call.id, done["pin"])
    return _answer(call, "unpin", done["pin"])


@bp.post("/back")
def back(call_id: str) -> ResponseReturnValue:
    """Bring back a note that was taken away."""
    call = get_call(call_id)
    old = taken_away().take(call.id, _id())
    if old is None:
        raise Gone(_("It was taken away too long ago to come back."))
    done = act("pin", call_id=call.id, at_s=old["at_s"], text=old["text"], pin=old)
    return _answer(call, "back", done["pin"])


def undo_of(call: Call, asked: str | None) -> str:
    """Return the id of the note that was just taken away, if it can come back."""
    return asked if asked and taken_away().has(call.id, asked) else ""


def _text() -> str:
    told = words.clean(request.form.get("text"))
    if not told:
        raise BadRequest(_("Please write a note."))
    return told


def _id() -> str:
    return request.form.get("pin_id", "")[:40]


def _answer(call: Call, did: str, made: Pin) -> ResponseReturnValue:
    if request.accept_mimetypes.best == "application/json":
        answer: Response = jsonify(pin=made)
        return answer
    gone = made["id"] if did == "unpin" else None
    place = url_for("calls.show", call_id=call.id, did=did, unpinned=gone)
    return redirect(f"{place}#events", 303)
