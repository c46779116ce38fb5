"""The start page: the line now, what wants doing, who waits, how the box fares."""

from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from web import callbacks, calls, glance, house, line, live, notices, view
from web.finding import Find, look
from web.store import archive

bp = Blueprint("home", __name__)

#: Arguments of the list, which once was the first page: old addresses lead there.
LIST_ARGUMENTS = frozenset(("q", "direction", "outcome", "before", "limit", "binned"))
#: So many are shown before the list is the better place.
SHOWN_CALLS, SHOWN_WAITING = 6, 5


@bp.get("/")
def index() -> ResponseReturnValue:
    """The box at a glance."""
    if LIST_ARGUMENTS & request.args.keys():
        wanted: dict[str, Any] = request.args.to_dict()
        return redirect(url_for("calls.index", **wanted))
    now = live.here()  # first: what changes after it is told by the line's events
    found, _older = look(archive(), Find(limit=SHOWN_CALLS))
    lines, country = g.user.lines, calls.country()
    return render_template(
        "home/index.html",
        calls=[view.row(call, country) for call in found],
        live=now,
        card=line.current(),
        notices=notices.gather(),
        action=notices.action,
        waiting=callbacks.rows(country, lines),
        later=callbacks.LATER,
        said=callbacks.said(request.args.get("said"), country),
        week=glance.week(lines),
        hours=glance.hours(lines),
        storage=glance.storage(),
        now_utc=house.now(),
        unheard=archive().finder.unheard(found),
        unheard_today=glance.unheard_today(lines) if house.may_listen() else 0,
        plain=True,
        shown_waiting=SHOWN_WAITING,
    )
