"""Searches kept under a name, the sheet of a search, the help on keys."""

import threading
from collections.abc import Iterator
from urllib.parse import parse_qsl, urlencode

from flask import Blueprint, Response, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest, Forbidden, NotFound, ServiceUnavailable

from firmware.archive.views import NAME_LENGTH, View
from firmware.errors import Refused
from web import access, finding, house, sheet, words
from web.i18n import _
from web.store import archive

bp = Blueprint("views", __name__, url_prefix="/calls")

#: Sheets that are written at once: each keeps a thread for as long as it takes.
SHEETS = threading.BoundedSemaphore(2)


@bp.post("/views")
def keep() -> ResponseReturnValue:
    """Keep the search of an address under a name."""
    query = _search(request.form.get("query", ""))
    name, shared = _named()
    try:
        archive().views.keep(g.user.id, name, query, shared=shared)
    except Refused as refusal:
        raise BadRequest(_("It was not kept: %(why)s.", why=refusal)) from refusal
    return redirect(f"{url_for('calls.index')}?{query}", 303)


@bp.get("/views")
def index() -> str:
    """One's own views and those for all, to rename, share and remove."""
    found = archive().views.seen_by(g.user.id)
    return render_template("calls/views.html", views=found, longest=NAME_LENGTH)


@bp.post("/views/<int:view_id>")
def change(view_id: int) -> ResponseReturnValue:
    """Rename or share a view, or remove it."""
    found = _own(view_id)
    if request.form.get("what") == "remove":
        archive().views.remove(found.id)
    else:
        name, shared = _named()
        try:
            archive().views.rename(found.id, name, shared=shared)
        except Refused as refusal:
            raise BadRequest(_("It was not kept: %(why)s.", why=refusal)) from refusal
    return redirect(url_for("views.index"), 303)


@bp.get("/list.csv")
def table() -> Response:
    """All calls of a search as a sheet, written as it is sent."""
    wanted = finding.wanted(finding.read(request.args))
    kept, now = archive(), house.now()
    if not SHEETS.acquire(blocking=False):
        raise ServiceUnavailable(_("Two lists are being written; try again soon."))

    def pieces() -> Iterator[bytes]:
        for text in sheet.lines(kept.finder.each(wanted)):
            yield text.encode()

    response = Response(pieces(), mimetype="text/csv")
    response.call_on_close(SHEETS.release)
    kept.ledger.add("exported", "", g.user.name, now, format="csv")
    name = f"calls-{words.day(now)}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def tabs() -> list[tuple[View, str]]:
    """Return the views above the list, each with the address it stands for."""
    where = url_for("calls.index")
    return [(v, f"{where}?{v.query}") for v in archive().views.seen_by(g.user.id)]


def address_of(find: finding.Find) -> str:
    """Return a search as a view keeps it: one way of writing for each."""
    return urlencode(find.address(), doseq=True)


def _search(query: str) -> str:
    """Return a search read strictly and written again."""
    args = MultiDict(parse_qsl(query.lstrip("?")[:2000]))
    args.pop("before", None)
    written = address_of(finding.read(args))
    if not written:
        raise BadRequest(_("There is nothing to keep: the list shows all calls."))
    return written


def _named() -> tuple[str, bool]:
    name = words.clean(request.form.get("name"))
    if not name or len(name) > NAME_LENGTH:
        raise BadRequest(_("Please give it a name of at most 40 characters."))
    return name, bool(request.form.get("shared")) and access.may("settle")


def _own(view_id: int) -> View:
    """Return a view that is the visitor's, or shared and theirs to look after."""
    found = archive().views.get(view_id)
    if found is None or (found.user_id != g.user.id and not found.shared):
        raise NotFound(_("There is no such view."))
    if found.user_id != g.user.id and not access.may("settle"):
        raise Forbidden(_("Somebody else made this view."))
    return found
