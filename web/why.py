"""Why somebody listens, where the owner wants to know: asked, entered in the ledger.

The ledger takes a code; what somebody writes in their own words stays with the call,
and goes when the call is erased.  One answer holds while the same person goes on with
the same call, half an hour at most without a sound.
"""

import threading
from collections import OrderedDict
from typing import Any

from flask import (
    Blueprint,
    Response,
    current_app,
    g,
    jsonify,
    redirect,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest, PreconditionRequired

from firmware.archive.model import Call
from web import house, words
from web.act import act
from web.i18n import N_, _
from web.store import get_call

bp = Blueprint("why", __name__, url_prefix="/calls/<callid:call_id>")

#: The code of a reason that is in the call's record in somebody's own words.
OWN_WORDS = "own_words"
#: Code in the ledger -> words.
REASONS = {
    "order_check": N_("to check an order or an address"),
    "complaint": N_("a complaint"),
    "write_up": N_("to write the call up"),
    "training": N_("training and quality"),
    "dispute": N_("for a dispute"),
    "authority": N_("a court or the police asks for it"),
    OWN_WORDS: N_("something else"),
}
#: How long an answer holds after the last sound that was fetched, s.
HOLDS_S = 1800.0
#: Most answers that are remembered; the oldest is asked for again.
MANY = 4096
LONGEST = 200


class ReasonWanted(PreconditionRequired):
    """Nobody has said yet why they listen."""

    def __init__(self, call: Call) -> None:
        super().__init__(
            "Say why you listen: give reason=… in the address, or send it to `say`."
        )
        self.more: dict[str, Any] = {
            "reasons": list(REASONS),
            "say": url_for("why.say", call_id=call.id),
        }


class Reasons:
    """Who has said why they hear which call.  Safe to use from several threads."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._said: OrderedDict[tuple[int, str], tuple[str, float]] = OrderedDict()

    def say(self, user_id: int, call_id: str, code: str, now_utc: float) -> None:
        """Remember an answer."""
        with self._guard:
            self._said[user_id, call_id] = code, now_utc
            self._said.move_to_end((user_id, call_id))
            while len(self._said) > MANY:
                self._said.popitem(last=False)

    def get(self, user_id: int, call_id: str, now_utc: float) -> str | None:
        """Return an answer that still holds."""
        with self._guard:
            code, at_utc = self._said.get((user_id, call_id), (None, 0.0))
        return code if abs(now_utc - at_utc) < HOLDS_S else None


def _reasons() -> Reasons:
    found: Reasons = current_app.extensions["linekeeper.reasons"]
    return found


def asked() -> bool:
    """Say whether the owner wants to know why somebody listens."""
    return house.settings().web.ask_reason


def wanted(call: Call) -> bool:
    """Say whether whoever is logged in has to say first why they hear this call."""
    return asked() and _reasons().get(g.user.id, call.id, house.now()) is None


def given(call: Call) -> str | None:
    """Return why whoever is logged in hears this call; ReasonWanted if they must say.

    An answer holds on with each sound that is fetched.
    """
    now = house.now()
    code = request.args.get("reason") or _reasons().get(g.user.id, call.id, now)
    if code is None and not asked():
        return None
    if code is None:
        raise ReasonWanted(call)
    if code not in REASONS:
        raise BadRequest(f"reason: want one of {', '.join(REASONS)}")
    _reasons().say(g.user.id, call.id, code, now)
    return code


def choices() -> list[tuple[str, str]]:
    """Return the reasons to choose from."""
    return [(code, _(told)) for code, told in REASONS.items()]


@bp.post("/why")
def say(call_id: str) -> ResponseReturnValue:
    """Take the reason of whoever is about to listen."""
    call = get_call(call_id)
    own = words.clean(request.form.get("own"))[:LONGEST]
    code = OWN_WORDS if own else request.form.get("reason", "")
    if code not in REASONS or (code == OWN_WORDS and not own):
        raise BadRequest(_("Please write why."))
    if own:
        act("reason", call_id=call.id, text=own)
    _reasons().say(g.user.id, call.id, code, house.now())
    if request.accept_mimetypes.best == "application/json":
        answer: Response = jsonify(reason=code)
        return answer
    return redirect(url_for("calls.show", call_id=call.id), 303)
