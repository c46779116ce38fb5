"""Many calls at once: star, tag, bin with undo, erase, take out.

The list posts what was ticked, or that all of a search is meant; what comes of it is a
selection with a page of its own (`web.selections`), which states how many calls and how
much sound it is before anything is done.  The work runs in the background, call by
call through the same door as a single deed, so each has its entry in the ledger.
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from flask import Blueprint, Response, abort, current_app, g, redirect, request, url_for
from flask import render_template as render
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest, Conflict, NotFound

from firmware.archive import acting
from firmware.archive.model import Call
from firmware.errors import LinekeeperError
from firmware.service.settings import Settings
from web import access, chips, finding, house, jobs, takeout, view, words
from web.auth import inside
from web.bodies import answer
from web.calls import country
from web.i18n import N_, _, ngettext
from web.lock import shuts
from web.selections import MOST, Selection, Selections
from web.store import archive, visible

bp = Blueprint("bulk", __name__, url_prefix="/calls/selected")

LONGEST = 500
#: Calls of one erasure: one certificate, and progress that moves.
ERASED_AT_ONCE = 50
#: Most sound that is taken out at once, s: some 2 GB of listening copies.
MOST_SOUND_S = 36 * 3600.0
#: Calls that are named on the page of a selection.
SHOWN = 12
#: deed -> permission, and what is said when it is done.
DEEDS = {
    "star": ("keep", N_("They have a star now.")),
    "unstar": ("keep", N_("Their stars are gone.")),
    "tag": ("keep", N_("They have the tag now.")),
    "untag": ("keep", N_("The tag is gone.")),
    "bin": ("keep", N_("They are in the bin.")),
    "restore": ("keep", N_("They are back.")),
    "erase": ("erase", N_("They are erased.")),
    "zip": ("export", N_("The file is ready.")),
}


@bp.post("")
def choose() -> ResponseReturnValue:
    """Make a selection of what was ticked, or of all that a search finds."""
    back = inside(request.form.get("back"))
    if request.form.get("all"):
        query = parse_qsl(back.partition("?")[2], keep_blank_values=False)
        wanted = finding.wanted(finding.read(MultiDict(query)))
        found = archive().finder.ids(wanted, MOST + 1)
    else:
        found = list(dict.fromkeys(request.form.getlist("call")))[: MOST + 1]
    ids = tuple(call.id for call in _calls(tuple(found[:MOST])))
    if not ids:
        raise BadRequest(_("Please tick the calls that are meant."))
    made = _kept().make(g.user.id, ids, back, more=len(found) > MOST)
    deed = request.form.get("deed", "")
    if deed == "star" and access.may("keep"):
        _start(made, "star", {})
    return redirect(url_for("bulk.show", token=made.token, deed=deed or None), 303)


@bp.get("/<token>")
def show(token: str) -> str:
    """The selection: what it holds, what can be done, how far that has come."""
    chosen = _selection(token)
    calls = _calls(chosen.ids)
    job = _jobs().last(chosen.job) if chosen.deed else None
    result = job.result if job is not None else None
    return render(
        "calls/selected.html",
        chosen=chosen,
        deed=request.args.get("deed", ""),
        rows=[view.row(call, country()) for call in calls[:SHOWN]],
        unnamed=max(0, len(calls) - SHOWN),
        counts=_counts(calls),
        held=[view.row(call, country()) for call in calls if call.held][:SHOWN],
        locked=any(shuts(call) for call in calls if view.playable(call)),
        tags=chips.tags(archive()),
        job=job,
        told=_(DEEDS[chosen.deed][1]) if chosen.deed else "",
        zipped=result if isinstance(result, takeout.Takeout) else None,
        left=_left(chosen, result),
        most_hours=round(MOST_SOUND_S / 3600),
        bin_days=house.settings().retention.bin_days,
    )


def _view(deed: str) -> Callable[[str], ResponseReturnValue]:
    def do(token: str) -> ResponseReturnValue:
        chosen = _selection(token)
        _start(chosen, deed, _fields(deed))
        return redirect(url_for("bulk.show", token=token), 303)

    return do


for _deed in DEEDS:
    bp.add_url_rule(f"/<token>/{_deed}", _deed, _view(_deed), methods=["POST"])


@bp.get("/<token>/calls.zip")
def download(token: str) -> Response:
    """The zip that was made of a selection."""
    chosen = _selection(token)
    job = _jobs().last(chosen.job)
    if job is None or not isinstance(job.result, takeout.Takeout):
        raise NotFound(_("There is no such file any more; please make it again."))
    response = answer(takeout.TakeoutBody(job.result.scratch, f"zip-{token}"))
    name = f"calls-{words.day(house.now())}.zip"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _fields(deed: str) -> dict[str, Any]:
    """Read what a deed wants to know."""
    form = request.form
    if deed in ("bin", "erase"):
        own = words.clean(form.get("reason"))[:LONGEST]
        reason = own or words.clean(form.get("choice"))[:LONGEST]
        if not reason:
            raise BadRequest(_("Please write why."))
        if deed == "erase" and not form.get("sure"):
            raise BadRequest(_("Please confirm that it cannot be undone."))
        return {"reason": reason}
    if deed in ("tag", "untag"):
        text = words.clean(form.get("text"))[:LONGEST]
        if not text:
            raise BadRequest(_("Please write a tag."))
        return {"text": text}
    if deed == "zip":
        if form.get("version") not in ("listening", "original"):
            raise BadRequest("version: want listening or original")
        return {"version": form["version"]}
    return {}


def _start(chosen: Selection, deed: str, fields: dict[str, Any]) -> None:
    """Begin a deed on a selection, in the background."""
    if not access.may(DEEDS[deed][0]):
        abort(403)
    last = _jobs().last(chosen.job)
    if last is not None and last.ended_utc is None:
        raise Conflict(_("Something is being done with these calls; please wait."))
    work = _zipping(chosen, **fields) if deed == "zip" else _doing(chosen, deed, fields)
    chosen.deed, chosen.done, chosen.total = deed, 0, len(chosen.ids)
    chosen.left, chosen.certificates = [], []
    if not _jobs().start(chosen.job, g.user.name, work):
        raise Conflict(_("Something is being done with these calls; please wait."))


def _doing(
    chosen: Selection, deed: str, fields: dict[str, Any]
) -> Callable[[], Selection]:
    """Return the work of a deed on each call; it knows no request any more."""
    settings, by, ids = house.settings(), g.user.name, chosen.ids
    kept = archive()

    def work() -> Selection:
        if deed == "erase":
            _erase(chosen, settings, by, fields["reason"], kept.erasures.certificate)
            return chosen
        for call_id in ids:
            try:
                acting.act(settings, deed, by=by, call_id=call_id, **fields)
            except LinekeeperError as error:
                chosen.left.append((call_id, str(error)))
            chosen.done += 1
        return chosen

    return work


def _erase(
    chosen: Selection,
    settings: Settings,
    by: str,
    reason: str,
    certificate: Callable[[str], dict[str, Any] | None],
) -> None:
    """Erase calls a few at a time; those that must stay are left, each with why."""
    for at in range(0, len(chosen.ids), ERASED_AT_ONCE):
        some = list(chosen.ids[at : at + ERASED_AT_ONCE])
        try:
            done = acting.act(settings, "erase", by=by, call_ids=some, reason=reason)
        except LinekeeperError as error:
            chosen.left += [(call_id, str(error)) for call_id in some]
        else:
            if done["erased"]:
                chosen.certificates.append(str(done["certificate"]))
            named = certificate(str(done["certificate"])) or {}
            for each in named.get("kept", ()):
                chosen.left.append((each["call"], each["reason"]))
        chosen.done += len(some)


def _zipping(
    chosen: Selection, version: takeout.Version
) -> Callable[[], takeout.Takeout]:
    kept, by = archive(), g.user.name
    calls = _calls(chosen.ids)
    if sum(call.audio_s for call in calls if view.playable(call)) > MOST_SOUND_S:
        hours = round(MOST_SOUND_S / 3600)
        raise BadRequest(
            _("That is more than %(hours)s hours of sound; choose fewer.", hours=hours)
        )

    def taken(call: Call, form: str) -> None:
        data = {"format": form, "version": version}
        kept.ledger.add("exported", call.id, by, house.now(), **data)

    def step() -> None:
        chosen.done += 1

    return lambda: takeout.build(kept, calls, version, taken, step)


def _left(chosen: Selection, result: Any) -> list[tuple[str, str]]:
    """Return the calls with which nothing was done, and why."""
    found = result.left if isinstance(result, takeout.Takeout) else chosen.left
    return [(call_id, words.clean(why)) for call_id, why in found]


def _counts(calls: list[Call]) -> list[str]:
    """Return what a selection holds, in words."""
    sound = sum(call.audio_s for call in calls if view.playable(call))
    held = sum(call.held for call in calls)
    starred = sum("star" in call.keeping for call in calls)
    mute = sum(not view.playable(call) for call in calls)
    told = [_("%(time)s of sound", time=words.amount(sound))] if sound else []
    if mute:
        told.append(ngettext("%(num)s without sound", "%(num)s without sound", mute))
    if held:
        told.append(ngettext("%(num)s is held", "%(num)s are held", held))
    if starred:
        told.append(ngettext("%(num)s with a star", "%(num)s with a star", starred))
    return told


def _calls(ids: tuple[str, ...]) -> list[Call]:
    """Return calls by their ids, without those the visitor may not see."""
    short = tuple(call_id[:40] for call_id in ids)
    return [call for call in archive().finder.calls(short) if visible(call)]


def _selection(token: str) -> Selection:
    found = _kept().get(token[:40], g.user.id)
    if found is None:
        raise NotFound(_("This selection is over; please select the calls again."))
    return found


def _kept() -> Selections:
    found: Selections = current_app.extensions["linekeeper.selections"]
    return found


def _jobs() -> jobs.Jobs:
    found: jobs.Jobs = current_app.extensions["linekeeper.jobs"]
    return found
