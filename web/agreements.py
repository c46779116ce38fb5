"""The consent register: asked, agreed, refused, withdrawn, each with what shows it."""

import hashlib
import math
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from firmware.archive.register import Agreement, Step
from firmware.consent import numbers, register
from firmware.consent.register import KINDS
from web import house, papers, words
from web.i18n import N_, _
from web.store import archive

bp = Blueprint("agreements", __name__, url_prefix="/agreements")

LONGEST = 400
#: An e-mail exchange is stored whole up to here, characters.
LONGEST_MAIL = 30_000
STATES = {
    "requested": (N_("Asked, no answer yet"), "warn"),
    "granted": (N_("Agreed"), "good"),
    "refused": (N_("Refused"), "bad"),
    "withdrawn": (N_("Withdrawn"), "bad"),
    "expired": (N_("Expired"), ""),
}
HOW = {
    "written": N_("a signed form"),
    "email": N_("an exchange of e-mail"),
    "spoken": N_("a spoken yes"),
    "key": N_("a key pressed"),
    "attested": N_("told to one of us"),
}
#: The six fields of a written record (docs/law.md) and what each asks.
FIELDS = {
    "party": N_("Who"),
    "number": N_("Telephone number"),
    "place": N_("When and where"),
    "recorder": N_("Which recorder"),
    "use": N_("What the recordings are used for"),
    "access": N_("Who may listen"),
    "details": N_("Anything else"),
}


@bp.get("")
def index() -> str:
    """Everything agreed or asked for, the newest first."""
    return render_template(
        "consent/agreements.html",
        rows=[row(a) for a in archive().register.agreements()],
    )


@bp.route("/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Ask somebody: a record that stays `requested` until they answer."""
    if request.method == "GET":
        return _new(_proposed(), "")
    form = {key: words.clean(request.form.get(key))[:LONGEST] for key in FIELDS}
    form["expires"] = request.form.get("expires", "")[:10]
    form["purposes"] = words.clean(request.form.get("purposes"))[:LONGEST]
    try:
        agreement = _agreement(form)
    except ValueError as problem:
        return _new(form, str(problem)), 422
    made = archive().register.add(agreement, _("asked"))
    return redirect(url_for("agreements.show", agreement_id=made), 303)


def _new(form: dict[str, str], problem: str) -> str:
    return render_template(
        "consent/agreement_new.html", form=form, problem=problem, fields=_labels()
    )


def _labels() -> dict[str, str]:
    return {key: _(label) for key, label in FIELDS.items()}


def _proposed() -> dict[str, str]:
    """Return a form filled in from the settings and a call, if one is named."""
    chosen = house.settings().consent
    purpose = chosen.purpose or ""
    return {
        "party": words.clean(request.args.get("party"))[:LONGEST],
        "number": words.clean(request.args.get("number"))[:LONGEST],
        "place": datetime.now().strftime("%Y-%m-%d"),
        "recorder": f"{house.base().box.name}, {chosen.owner or ''}".strip(" ,"),
        "use": purpose,
        "access": chosen.owner or "",
        "details": _("Kept %(period)s.", period=chosen.period) if chosen.period else "",
        "purposes": purpose,
        "expires": "",
    }


def _agreement(form: dict[str, str]) -> Agreement:
    shape = numbers.canonical(form["number"], house.settings().consent.own)
    if not form["party"]:
        raise ValueError(_("Please write who it is."))
    if not shape.lstrip("+").isdigit():
        raise ValueError(_("Please write a telephone number."))
    purposes = tuple(p.strip() for p in form["purposes"].split(";") if p.strip())
    if not purposes:
        raise ValueError(_("Please say for which purposes."))
    return Agreement(
        party=form["party"],
        place=form["place"],
        recorder=form["recorder"],
        use=form["use"],
        access=form["access"],
        number=shape,
        details=form["details"],
        purposes=purposes,
        expires_utc=_end_of(form["expires"]),
        by=g.user.name,
        created_utc=house.now(),
    )


def _end_of(day: str) -> float | None:
    """Return the end of a day, UTC seconds; None if no day is given."""
    if not day:
        return None
    try:
        return datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp() + 86_400
    except ValueError:
        raise ValueError(_("Please write the day as 2027-12-31.")) from None


@bp.get("/<int:agreement_id>")
def show(agreement_id: int) -> str:
    """One record, its steps, and what may be done now."""
    return _show(_get(agreement_id), "")


@bp.post("/<int:agreement_id>")
def take(agreement_id: int) -> ResponseReturnValue:
    """Take a step: they agreed, refused, withdrew."""
    agreement = _get(agreement_id)
    event, kind = request.form.get("event", ""), request.form.get("kind", "")
    text = request.form.get("evidence", "").replace("\r\n", "\n")[:LONGEST_MAIL]
    try:
        if kind == "email" and event == "grant":
            _check_mail(text)
        after = register.step(agreement.state, event, kind, text)
    except ValueError as problem:
        return _show(agreement, str(problem)), 422
    changes: dict[str, Any] = {}
    if after == "granted":
        digest = hashlib.sha256(text.encode()).hexdigest() if text else ""
        changes = {
            "kind": kind,
            "evidence": text,
            "evidence_sha256": digest,
            "given_utc": house.now(),
        }
    note = words.clean(request.form.get("note"))[:LONGEST]
    step = Step(house.now(), after, g.user.name, note)
    archive().register.move(agreement.id, agreement.state, step, **changes)
    return redirect(url_for("agreements.show", agreement_id=agreement.id), 303)


def _check_mail(text: str) -> None:
    """Everybody has to have answered, not only been asked."""
    wanted = request.form.get("parties", "2")
    parties = int(wanted) if wanted.isdigit() else 2
    found = register.answers(text, papers.agreed())
    if found < parties:
        raise ValueError(
            _(
                "Only %(found)s of %(parties)s have answered “%(phrase)s” on a line of "
                "its own; lines that quote somebody do not count.",
                found=found,
                parties=parties,
                phrase=papers.words_of(papers.language_of(house.settings()))["agree"],
            )
        )


def _get(agreement_id: int) -> Agreement:
    found = archive().register.get(agreement_id)
    if found is None:
        raise NotFound(_("There is no such agreement; look for it in the register."))
    return found


def _show(agreement: Agreement, problem: str) -> str:
    labels = _labels()
    facts = [
        (label, words.clean(str(getattr(agreement, key))))
        for key, label in labels.items()
    ]
    return render_template(
        "consent/agreement.html",
        row=row(agreement),
        agreement=agreement,
        facts=[(label, text) for label, text in facts if text],
        steps=archive().register.steps(agreement.id),
        events=register.STEPS.get(agreement.state, {}),
        states={key: _(told) for key, (told, _tone) in STATES.items()},
        kinds={key: _(HOW[key]) for key in KINDS},
        problem=problem,
        phrase=papers.words_of(papers.language_of(house.settings()))["agree"],
    )


def row(agreement: Agreement) -> dict[str, Any]:
    """Return what the list shows of an agreement."""
    state = register.state_at(agreement, house.now())
    told, tone = STATES[state]
    ends = agreement.expires_utc
    left = None if ends is None else math.ceil((ends - house.now()) / 86_400)
    return {
        "id": agreement.id,
        "party": words.clean(agreement.party),
        "number": words.number(agreement.number, house.base().line.country),
        "state": _(told),
        "tone": tone,
        "purposes": "; ".join(agreement.purposes),
        "created_utc": agreement.created_utc,
        "expires_utc": ends,
        "days_left": left,
        "how": _(HOW[agreement.kind]) if agreement.kind in HOW else "",
    }
