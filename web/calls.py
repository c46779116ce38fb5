"""The pages people live in: the list of calls, and one call."""

from typing import Any

from flask import (
    Blueprint,
    current_app,
    g,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest

from firmware.errors import NoSuchCall
from web import (
    chips,
    consent_view,
    custody,
    deeds,
    evidence,
    finding,
    house,
    keeping_words,
    kept,
    line,
    live,
    lock,
    pins,
    proof_words,
    view,
    views,
    why,
    words,
)
from web.i18n import _
from web.store import archive, get_call, visible

bp = Blueprint("calls", __name__)


def country() -> str:
    """Return the country whose way of writing numbers the box uses."""
    found: str = current_app.extensions["linekeeper.settings"].line.country
    return found


@bp.get("/calls")
def index() -> str:
    """The calls, or those who called, newest first."""
    find = finding.read(request.args)
    return render_template(
        "calls/index.html",
        **(_callers(find) if find.grouped else _calls(find)),
        find=find,
        filtered=find.filtered,
        first=find.before is None,
        newest=url_for("calls.index", **find.address()),
        ungrouped=url_for("calls.index", **find.address(group=None)),
        grouped=url_for("calls.index", **find.address(group="number")),
        chips=chips.chips(find),
        choices=chips.choices(archive(), find, _lines(find)),
        views=views.tabs(),
        query=views.address_of(find),
        pending=archive().finder.pending,
        live=live.here(),
        card=line.current(),
        binned=_binned(request.args.get("binned")),
        set_up=house.is_set_up(),
    )


def _calls(find: finding.Find) -> dict[str, Any]:
    calls, older = finding.look(archive(), find)
    return {
        "calls": [view.row(call, country()) for call in calls],
        "unheard": archive().finder.unheard(calls),
        "older": older and url_for("calls.index", **find.address(before=older)),
    }


def _callers(find: finding.Find) -> dict[str, Any]:
    found, older = finding.callers(archive(), find)
    return {
        "callers": [(view.row(each.latest, country()), each) for each in found],
        "calls": found,
        "older": older and url_for("calls.index", **find.address(before=older)),
    }


def _lines(find: finding.Find) -> tuple[str, ...]:
    """Return the lines that can be chosen: that of the box and those of old calls."""
    known = (house.base().line.id, *g.user.lines, *([find.line] if find.line else []))
    return tuple(dict.fromkeys(known))


@bp.get("/calls/<callid:call_id>")
def show(call_id: str) -> str:
    """One call: hear it, and what is known of it."""
    call = get_call(call_id)
    entries = archive().ledger.entries(call.id)
    return render_template(
        "calls/call.html",
        call=view.page(call, country()),
        consent=consent_view.panel(call),
        live=live.here(),
        may_listen=house.may_listen(),
        locked=lock.shuts(call),
        kept=kept.kept(call),
        did=deeds.told(request.args.get("did")),
        bin_days=house.settings().retention.bin_days,
        review_day=deeds.review_day(),
        purposes=keeping_words.purposes(),
        evidence_reasons=evidence.reasons(),
        chain=custody.chain([e for e in entries if e.kind != "viewed"], call),
        unpinned=pins.undo_of(call, request.args.get("unpinned")),
        reason_wanted=why.wanted(call),
        reasons=why.choices(),
        heard=custody.heard(entries),
        checked=proof_words.checked(request.args.get("checked")),
    )


def _binned(call_id: str | None) -> view.Row | None:
    """Return the call that has just been put into the bin, for the way back."""
    if not call_id:
        return None
    try:
        call = archive().calls.get(call_id)
    except NoSuchCall:
        return None
    return view.row(call, country()) if call.binned and visible(call) else None


@bp.post("/calls/<callid:call_id>/keep")
def keep(call_id: str) -> ResponseReturnValue:
    """Take a recording out of quarantine, for a reason that stays with it."""
    reason = words.clean(request.form.get("reason"))
    if not reason:
        raise BadRequest(_("Please write why it has to be kept."))
    line.send("keep", call_id=get_call(call_id).id, reason=reason)
    return redirect(url_for("calls.show", call_id=call_id), 303)
