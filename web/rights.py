"""The desk for the rights of whoever was on the line: find, hand out, restrict, erase.

Somebody looks for a person's calls, sees what was found, ticks which are meant, and
then one form hands them out, restricts them or erases them with a certificate.
"""

import io
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest, NotFound

from firmware.archive import subjects
from firmware.archive.model import Call, from_iso
from firmware.consent import numbers
from firmware.errors import Refused
from web import house, view, words
from web.act import act
from web.calls import country
from web.i18n import _, ngettext
from web.lock import shuts
from web.store import archive, get_call

bp = Blueprint("rights", __name__, url_prefix="/keeping/rights")

LONGEST = 80
#: More calls are not handled on one page, nor more sound handed out at once, s: the
#: package is made in memory, because nothing unsealed is written to the disk.
MOST_CALLS = 500
MOST_SOUND_S = 3 * 3600.0


@bp.get("")
def index() -> str:
    """Look for a person's calls, and see what was found."""
    asked = {
        key: words.clean(request.args.get(key))[:LONGEST]
        for key in ("number", "name", "note", "since", "until")
    }
    found: list[Call] = []
    problem = ""
    if any(asked.values()):
        try:
            found = subjects.find(archive(), _query(asked))
        except Refused as refusal:
            problem = _("Look again: %(why)s.", why=refusal)
        except BadRequest as error:
            problem = str(error.description)
    shape = numbers.canonical(asked["number"], house.settings().consent.own)
    return render_template(
        "keeping/rights.html",
        asked=asked,
        searched=any(asked.values()),
        problem=problem,
        found=[view.row(call, country()) for call in found[:MOST_CALLS]],
        more=max(0, len(found) - MOST_CALLS),
        locked=any(shuts(call) for call in found if view.playable(call)),
        shape=shape if shape.startswith("+") else "",
        certificates=archive().erasures.certificates(10),
        done=_done(request.args.get("restricted"), request.args.get("objected")),
    )


def _query(asked: dict[str, str]) -> subjects.Query:
    until = _day(asked["until"])
    return subjects.Query(
        number=words.national(asked["number"], country()) or None,
        name=asked["name"] or None,
        note=asked["note"] or None,
        since_utc=_day(asked["since"]),
        until_utc=None if until is None else until + 86_400.0,
    )


def _day(text: str) -> float | None:
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()
    except ValueError:
        raise BadRequest(_("Please write the day as 2027-12-31.")) from None


def _done(restricted: str | None, objected: str | None) -> str:
    if restricted and restricted.isascii() and restricted.isdigit():
        count = int(restricted[:6])
        return ngettext(
            "%(num)s call is restricted.", "%(num)s calls are restricted.", count
        )
    return _("Calls of this number are recorded no more.") if objected else ""


@bp.post("/package")
def package() -> ResponseReturnValue:
    """Hand out what a person may have of their calls, as one file."""
    calls = _chosen()
    if sum(call.audio_s for call in calls) > MOST_SOUND_S:
        raise BadRequest(
            _(
                "That is more than %(hours)s hours of sound. Choose fewer calls, or use"
                " “linekeeper subject export” on the box.",
                hours=round(MOST_SOUND_S / 3600),
            )
        )
    made = io.BytesIO()
    subjects.package(archive(), calls, made, g.user.name, house.now())
    response = Response(made.getvalue(), mimetype="application/zip")
    name = f"calls-{datetime.now(UTC):%Y-%m-%d}.zip"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@bp.post("/restrict")
def restrict() -> ResponseReturnValue:
    """Restrict all that were ticked."""
    reason, calls = _reason(), _chosen()
    for call in calls:
        act("restrict", call_id=call.id, reason=reason)
    return redirect(url_for("rights.index", restricted=len(calls)), 303)


@bp.post("/erase")
def erase() -> ResponseReturnValue:
    """Erase all that were ticked, and show the certificate."""
    reason = _reason()
    if not request.form.get("sure"):
        raise BadRequest(_("Please confirm that it cannot be undone."))
    done = act("erase", call_ids=[call.id for call in _chosen()], reason=reason)
    return redirect(url_for("rights.certificate", number=done["certificate"]), 303)


@bp.post("/object")
def objection() -> ResponseReturnValue:
    """Keep an objection: calls of this number are recorded no more."""
    number = words.clean(request.form.get("number"))[:LONGEST]
    shape = numbers.canonical(number, house.settings().consent.own)
    note = words.clean(request.form.get("note"))[:LONGEST]
    try:
        subjects.object_to(archive(), shape, g.user.name, house.now(), note)
    except Refused:
        raise BadRequest(_("Please write a telephone number.")) from None
    return redirect(url_for("rights.index", number=number, objected=1), 303)


@bp.get("/certificates/<number>")
def certificate(number: str) -> str:
    """What was erased, when, why, and how far it has reached: to print and hand out."""
    data = archive().erasures.certificate(number)
    if data is None:
        raise NotFound(_("There is no certificate with this number."))
    settings = house.settings()
    return render_template(
        "keeping/certificate.html",
        data=_shown(data),
        owner=settings.consent.owner or settings.box.name,
        backups=bool(settings.backup.target),
    )


def _shown(data: dict[str, Any]) -> dict[str, Any]:
    erased = [
        {
            **row,
            "start_utc": from_iso(row["start_utc"]),
            "length": words.length(row["audio_s"]) if row["audio_s"] else "",
        }
        for row in data["erased"]
    ]
    return {**data, "at_utc": from_iso(data["at_utc"]), "erased": erased}


def _chosen() -> list[Call]:
    ids = list(dict.fromkeys(request.form.getlist("call")))[: MOST_CALLS + 1]
    if not ids:
        raise BadRequest(_("Please tick the calls that are meant."))
    if len(ids) > MOST_CALLS:
        raise BadRequest(_("That is too much at once; choose fewer calls."))
    return [get_call(call_id[:40]) for call_id in ids]


def _reason() -> str:
    reason = words.clean(request.form.get("reason"))[:LONGEST]
    if not reason:
        raise BadRequest(_("Please write why."))
    return reason
