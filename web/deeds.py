"""Deeds on calls that are over: star, hold, bin and back, restrict, erase.

Each is one form that carries what it wants to know; the recorder, which owns the
folders, does it and enters it in the ledger with the name of who asked.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Blueprint, Response, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest

from web import house, words
from web.act import act
from web.i18n import N_, _
from web.store import get_call

bp = Blueprint("deeds", __name__, url_prefix="/calls/<callid:call_id>")

LONGEST = 500
#: How far ahead a hold's review is proposed, days.
REVIEW_DAYS = 180
DAY_S = 86_400.0


def _reason() -> dict[str, Any]:
    """Read why: a choice of the list, or in somebody's own words."""
    own = words.clean(request.form.get("reason"))[:LONGEST]
    chosen = words.clean(request.form.get("choice"))[:LONGEST]
    told = own or chosen
    if not told:
        raise BadRequest(_("Please write why."))
    return {"reason": told}


def _hold() -> dict[str, Any]:
    """Read who answers for a hold, why, and when it is looked at again."""
    day = request.form.get("review", "")
    try:
        end = datetime.fromisoformat(day).replace(tzinfo=UTC) + timedelta(days=1)
    except ValueError:
        raise BadRequest(_("Please write the day as 2027-12-31.")) from None
    owner = words.clean(request.form.get("owner"))[:LONGEST] or g.user.name
    return {**_reason(), "owner": owner, "review_utc": end.timestamp()}


def _text() -> dict[str, Any]:
    return {"text": words.clean(request.form.get("text"))[:LONGEST]}


def _purpose() -> dict[str, Any]:
    return {**_reason(), "purpose": request.form.get("purpose", "")[:40]}


@dataclass(frozen=True, slots=True)
class Deed:
    """One verb: how its form is read, what is said when it is done."""

    verb: str
    done: str
    read: Callable[[], dict[str, Any]] = dict


DEEDS = {
    deed.verb: deed
    for deed in (
        Deed("star", N_("It has a star now.")),
        Deed("unstar", N_("The star is gone.")),
        Deed("hold", N_("It is held: nothing removes it."), _hold),
        Deed("release", N_("The hold is over."), _reason),
        Deed("bin", N_("It is in the bin."), _reason),
        Deed("restore", N_("It is back.")),
        Deed("restrict", N_("Nobody can play it now."), _reason),
        Deed("unrestrict", N_("It can be played again."), _reason),
        Deed("erase", N_("It is erased."), _reason),
        Deed("note", N_("The note is kept."), _text),
        Deed("order", N_("The order is kept."), _text),
        Deed("tag", N_("The tag is kept."), _text),
        Deed("untag", N_("The tag is gone."), _text),
        Deed("purpose", N_("The purpose is changed."), _purpose),
    )
}


def do(call_id: str, *, verb: str) -> ResponseReturnValue:
    """Do one deed, then show the call, or the list if it left it."""
    call = get_call(call_id)
    act(verb, call_id=call.id, **DEEDS[verb].read())
    if verb == "bin":
        return _to(url_for("calls.index", binned=call.id))
    if request.form.get("from") == "bin":
        return _to(url_for("keeping.bin"))
    if request.form.get("from") == "list":
        return _to(url_for("calls.index"))
    return _to(url_for("calls.show", call_id=call.id, did=verb))


def _view(verb: str) -> Callable[[str], ResponseReturnValue]:
    def view(call_id: str) -> ResponseReturnValue:
        return do(call_id, verb=verb)

    return view


for _verb in DEEDS:
    bp.add_url_rule(f"/{_verb}", _verb, _view(_verb), methods=["POST"])


def _to(where: str) -> Response:
    made: Response = current_app.make_response(redirect(where, 303))
    return made


#: What other forms of the page do, and what is said then.
_DONE = {
    "pin": N_("The note is pinned."),
    "repin": N_("The note is changed."),
    "unpin": N_("The note is taken away."),
    "back": N_("The note is back."),
}


def told(verb: str | None) -> str:
    """Return what is said when a deed is done; nothing for what is none."""
    if verb in _DONE:
        return _(_DONE[verb])
    return _(DEEDS[verb].done) if verb in DEEDS else ""


def review_day() -> str:
    """Return the day that is proposed for looking at a hold again."""
    return words.day(house.now() + REVIEW_DAYS * DAY_S)
