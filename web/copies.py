"""Cut and muted copies of a call: made, heard, taken out, removed; the call stays.

A copy is a file of its own with its lineage.  Stretches are typed as minutes and
seconds, or taken from where the player stands.
"""

import hashlib
import re
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import Conflict, Forbidden, NotFound

from firmware.archive import derived
from firmware.archive.model import Call, from_iso
from firmware.errors import NoSuchCall
from web import access, heard, house, view, words
from web.act import act
from web.bodies import answer
from web.calls import country
from web.evidence import MemoryBody
from web.i18n import N_, _
from web.lock import shuts
from web.store import archive, get_call

bp = Blueprint("copies", __name__, url_prefix="/calls/<callid:call_id>/copies")

#: Stretches that one form takes, letters of a reason.
SPANS, LONGEST = 5, 200
KINDS = {
    "cut": N_("One stretch alone"),
    "mute": N_("The whole call, with silence in some stretches"),
}
#: 90, 1:30, 1:02:30, each with tenths.
_TIME = re.compile(r"(?:(?:(\d{1,2}):)?(\d{1,3}):)?(\d{1,5}(?:[.,]\d{1,3})?)")


@bp.get("")
def index(call_id: str) -> str:
    """The copies of a call, and the form for another."""
    return _page(get_call(call_id), {}, {})


def _page(call: Call, form: dict[str, str], problems: dict[str, str]) -> str:
    return render_template(
        "calls/copies.html",
        row=view.row(call, country()),
        call=call,
        copies=[_shown(call, entry) for entry in derived.copies(call)],
        kinds={kind: _(told) for kind, told in KINDS.items()},
        form=form,
        problems=problems,
        spans=range(SPANS),
        locked=shuts(call),
        playable=view.playable(call) and house.may_listen(),
        length=words.length(call.audio_s),
    )


def _shown(call: Call, entry: dict[str, Any]) -> dict[str, Any]:
    return {
        **entry,
        "told": _("a stretch") if entry["kind"] == "cut" else _("with silence"),
        "stretches": [f"{clock(a)}–{clock(b)}" for a, b in entry["spans"]],
        "length": words.length(entry["audio_s"]),
        "at": from_iso(entry["at_utc"]),
        "address": url_for("copies.hear", call_id=call.id, copy=entry["name"]),
    }


@bp.post("")
def make(call_id: str) -> ResponseReturnValue:
    """Make a copy of what was typed; what does not fit is told beside it."""
    call = get_call(call_id)
    form = {key: value[:LONGEST] for key, value in request.form.items()}
    kind, reason = form.get("kind", ""), words.clean(form.get("reason"))
    spans, problems = _spans(form, call.audio_s)
    if kind not in KINDS:
        problems["kind"] = _("Please choose from the list.")
    elif kind == "cut" and len(spans) > 1:
        problems["spans"] = _("One stretch only; make another copy for the next.")
    if not reason:
        problems["reason"] = _("Please write why.")
    if problems:
        return _page(call, form, problems), 422
    if shuts(call):
        raise Conflict(_("The recordings are sealed. Unlock them first."))
    act(kind, call_id=call.id, spans=spans, reason=reason, keys=archive())
    return redirect(url_for("copies.index", call_id=call.id, made=1), 303)


def _spans(
    form: dict[str, str], end_s: float
) -> tuple[list[tuple[float, float]], dict[str, str]]:
    """Return the stretches that were typed, and what is wrong with which."""
    spans: list[tuple[float, float]] = []
    problems: dict[str, str] = {}
    for at in range(SPANS):
        first, last = form.get(f"from-{at}", ""), form.get(f"to-{at}", "")
        if not first.strip() and not last.strip():
            continue
        start, end = seconds(first), seconds(last)
        if start is None or end is None:
            problems[f"span-{at}"] = _("Please write times as 1:30.")
        elif not start < end <= end_s + 1:
            told = words.length(end_s)
            problems[f"span-{at}"] = _(
                "From has to be before to, and the recording has %(length)s.",
                length=told,
            )
        else:
            spans.append((start, min(end, end_s)))
    if not spans and not problems:
        problems["spans"] = _("Please write at least one stretch.")
    return spans, problems


def seconds(text: str) -> float | None:
    """Return a time as it is typed, 1:30 or 90, in seconds; None if it is none."""
    found = _TIME.fullmatch(text.strip())
    if found is None:
        return None
    hours, minutes, rest = found[1] or 0, found[2] or 0, found[3].replace(",", ".")
    return 3600 * int(hours) + 60 * int(minutes) + float(rest)


def clock(at_s: float) -> str:
    """Return a time of a recording as 1:30."""
    minutes, rest = divmod(round(at_s, 1), 60)
    return f"{int(minutes)}:{rest:04.1f}".removesuffix(".0")


@bp.get("/<copy>")
def hear(call_id: str, copy: str) -> Response:
    """A copy, to be heard."""
    call, body = _open(call_id, copy)
    heard.played(call, copy)
    return answer(body)


@bp.get("/<copy>/take")
def take(call_id: str, copy: str) -> Response:
    """A copy as a file."""
    call, body = _open(call_id, copy)
    heard.exported(call, "flac", what="copy", name=copy)
    response = answer(body)
    name = f"{call.id}-{copy}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


class CopyBody(MemoryBody):
    """A copy that is ready, given away at the listener's pace."""

    mimetype = "audio/flac"  # type: ignore[assignment]  # the other's is a zip


def _open(call_id: str, copy: str) -> tuple[Call, CopyBody]:
    call = get_call(call_id)
    if not house.may_listen() or not access.may("listen"):
        raise Forbidden()
    try:
        with derived.open_copy(archive(), call, copy) as file:
            content = file.read_at(0, file.size)
    except NoSuchCall:
        raise NotFound(_("There is no such copy.")) from None
    return call, CopyBody(content, hashlib.sha256(content).hexdigest()[:16])


@bp.post("/<copy>/remove")
def remove(call_id: str, copy: str) -> ResponseReturnValue:
    """Remove a copy."""
    call = get_call(call_id)
    act("uncopy", call_id=call.id, name=copy[:40])
    return redirect(url_for("copies.index", call_id=call.id), 303)
