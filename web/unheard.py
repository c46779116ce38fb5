"""The next call that nobody has heard, of those whoever is logged in may hear."""

from flask import Blueprint, Response, g, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest

from firmware.archive.conditions import Wanted
from firmware.archive.model import Call
from web import view
from web.store import archive

bp = Blueprint("unheard", __name__)

#: Most calls that are looked at.
MOST = 2000
ORDERS = ("newest", "oldest")


@bp.get("/calls/next")
def next() -> ResponseReturnValue:
    """Lead to the next unheard call after one, round from the last to the first."""
    order = request.args.get("order", ORDERS[0])
    if order not in ORDERS:
        raise BadRequest(f"order: want one of {', '.join(ORDERS)}")
    call = _next(request.args.get("after", ""), order)
    url = None if call is None else url_for("calls.show", call_id=call.id)
    if request.accept_mimetypes.best == "application/json":
        answer: Response = jsonify(url=url)
        return answer
    return redirect(url or url_for("calls.index"), 303)


def _next(after: str, order: str) -> Call | None:
    """Return the next one that can be played; ids are in the order of time."""
    found = archive().finder
    wanted = Wanted(unheard=True, lines=tuple(g.user.lines or ()))
    ids = [each for each in found.ids(wanted, MOST) if each != after]
    ids.sort(reverse=order == "newest")
    # First those that are still to come, then round from the beginning.
    ids.sort(key=lambda each: (each < after) != (order == "newest"))
    for call_id in ids:
        for call in found.calls([call_id]):
            if view.playable(call):
                return call
    return None
