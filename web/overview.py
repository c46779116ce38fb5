"""How this box records, in words, on one page; and the switch."""

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from firmware.service import status
from web import consent_words, house, line, setup
from web.i18n import N_, _
from web.presets import PRESETS
from web.store import archive

bp = Blueprint("overview", __name__, url_prefix="/consent")

#: What is missing -> words, page, words of its link.
MISSING = {
    "own": (N_("Nobody has said where this line is."), "setup.index", N_("Set up")),
    "recorder": (N_("Nobody has said who records."), "setup.index", N_("Set up")),
    "purpose": (
        N_("Nobody has said what the recordings are for."),
        "setup.index",
        N_("Set up"),
    ),
    "acknowledged": (
        N_("Not everybody on this line has said that they know."),
        "people.index",
        N_("People"),
    ),
    "rules": (N_("The rules cannot be read."), "rules.index", N_("Rules")),
}
#: Without these the rules deny every call; without the others they are stricter.
BLOCKING = frozenset(("own", "acknowledged", "rules"))
#: Names of choices, for the history.
CHOICES = {
    "recording": N_("Recording"),
    "own": N_("Where"),
    "recorder": N_("Who records"),
    "purpose": N_("What for"),
    "period": N_("How long"),
    "owner": N_("Who records, by name"),
    "rights_url": N_("Where people ask"),
    "notice_method": N_("How people are told"),
    "notice_language": N_("Language of the notice"),
    "beep": N_("Tone"),
    "always_ask": N_("Always ask"),
    "legal_duty": N_("Demanded by law"),
    "confidential": N_("Only the owner listens"),
    "preset": N_("Preset"),
    "rules": N_("Rules"),
}


@bp.get("")
def index() -> str:
    """The choices in force, what is missing, what was chosen before."""
    inforce = house.settings()
    chosen = inforce.consent
    preset = PRESETS.get(archive().choices.get("preset", ""))
    missing = house.missing(inforce)
    return render_template(
        "consent/overview.html",
        chosen=chosen,
        preset=preset,
        place=chosen.own
        and consent_words.place(chosen.own, house.table().row(chosen.own)),
        missing=[MISSING[key] for key in missing],
        held_back=bool(BLOCKING & set(missing)),
        set_up=house.is_set_up(),
        examples=setup.examples(inforce) if chosen.own else [],
        history=[
            (_name(c.key), shown(c.value), c) for c in archive().choices.history()
        ],
        paused_utc=_paused(),
        pauses=line.PAUSES_MIN,
    )


@bp.post("/recording")
def recording() -> ResponseReturnValue:
    """Switch recording on or off for good."""
    on = request.form.get("recording") == "on"
    archive().choices.set({"recording": on}, g.user.name, house.now())
    return redirect(url_for("overview.index"), 303)


def _paused() -> float | None:
    """Return until when the recorder pauses, if it does."""
    told = status.read(house.base().status_path)
    lines = told.get("lines") if isinstance(told, dict) else None
    until = lines[0].get("paused_until_utc") if lines else None
    return float(until) if until else None


def _name(key: str) -> str:
    return _(CHOICES[key]) if key in CHOICES else key


def shown(value: object) -> str:
    """Return a choice as people read it; long texts are cut."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if value is None:
        return _("not set")
    text = str(value)
    return text if len(text) < 60 else _("changed")
