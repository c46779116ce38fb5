"""The start page: the line now, what wants doing, the calls of the day."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from web import box, calls, house, line, live, view
from web.finding import Find, look
from web.store import archive

bp = Blueprint("home", __name__)

#: Arguments of the list, which once was the first page: old addresses lead there.
LIST_ARGUMENTS = frozenset(("q", "direction", "outcome", "before", "limit", "binned"))
#: How many calls are shown before the list is the better place.
SHOWN_CALLS = 8


@bp.get("/")
def index() -> ResponseReturnValue:
    """The box at a glance."""
    if LIST_ARGUMENTS & request.args.keys():
        return redirect(url_for("calls.index", **request.args.to_dict()))
    found, _older = look(archive(), Find(limit=SHOWN_CALLS))
    return render_template(
        "home/index.html",
        calls=[view.row(call, calls.country()) for call in found],
        live=live.here(),
        card=line.current(),
        cards=box.notices(),
        set_up=house.is_set_up(),
    )
