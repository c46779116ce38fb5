"""What people have asked for their rights, and until when they are answered."""

from datetime import UTC, datetime

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest, Conflict

from firmware.archive.requests import KINDS, Request
from firmware.errors import Refused
from web import house, words
from web.i18n import N_, _, ngettext
from web.store import archive

bp = Blueprint("asked", __name__, url_prefix="/keeping/requests")

LONGEST = 200
DAY_S = 86_400.0
#: So many days before its end a request wants to be seen.
SOON_DAYS = 7
WANTS = {
    "access": N_("a copy of their calls"),
    "erase": N_("erasure"),
    "restrict": N_("restriction"),
    "object": N_("no more recording"),
    "correct": N_("a correction"),
}


@bp.get("")
def index() -> str:
    """What is open, the most urgent first, and what was answered."""
    return _page({}, {})


def _page(form: dict[str, str], problems: dict[str, str]) -> str:
    now = house.now()
    done = [one for one in archive().requests.all() if one.done_utc is not None]
    return render_template(
        "keeping/requests.html",
        open=[(one, *_left(one, now)) for one in archive().requests.open()],
        done=done,
        wants={kind: _(told) for kind, told in WANTS.items()},
        form=form,
        problems=problems,
        today=datetime.now(UTC).date().isoformat(),
    )


def _left(one: Request, now: float) -> tuple[str, str]:
    """Return how much time is left, in words and as a tone."""
    days = int((one.due_utc - now) // DAY_S)
    if one.is_late(now):
        return _("should have been answered"), "bad"
    told = ngettext("%(num)s day left", "%(num)s days left", days)
    return told, "warn" if days < SOON_DAYS else ""


@bp.post("")
def add() -> ResponseReturnValue:
    """Note what somebody asks for; a month runs from the day it came."""
    form = {key: value.strip()[:LONGEST] for key, value in request.form.items()}
    problems: dict[str, str] = {}
    if form.get("kind") not in KINDS:
        problems["kind"] = _("Please choose from the list.")
    if not form.get("who"):
        problems["who"] = _("Please fill this in.")
    came = _day(form.get("day", ""))
    if came is None or came > house.now():
        problems["day"] = _("Please write the day on which it came.")
    if problems or came is None:
        return _page(form, problems), 422
    archive().requests.add(form["kind"], form["who"], came, g.user.name)
    return redirect(url_for("asked.index"), 303)


def _day(text: str) -> float | None:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None


@bp.post("/<int:request_id>")
def answer(request_id: int) -> ResponseReturnValue:
    """Note what was answered; who had asked is forgotten with it."""
    text = words.clean(request.form.get("answer"))[:LONGEST]
    if not text:
        raise BadRequest(_("Please write what was answered."))
    try:
        archive().requests.close(request_id, text, g.user.name, house.now())
    except Refused:
        raise Conflict(_("This request has been answered already.")) from None
    return redirect(url_for("asked.index"), 303)
