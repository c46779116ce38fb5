"""Who talks on the line and knows it is recorded; and numbers somebody cares about."""

import hashlib

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import Forbidden, NotFound

from firmware.archive.wishes import KINDS
from firmware.consent import numbers
from firmware.service.settings import Settings
from web import access, consent_words, house, words
from web.i18n import N_, _, language
from web.store import archive

bp = Blueprint("people", __name__)

LONGEST = 80
#: kind of wish -> words for the choice, words for the list, tone.
WISHES = {
    "never": (N_("Never record: they object"), N_("never recorded"), "bad"),
    "private": (N_("Never record: a private contact"), N_("private"), "bad"),
    "ask_first": (N_("Always ask first"), N_("ask first"), "warn"),
    "place": (N_("They are somewhere else"), N_("is in %(place)s"), "info"),
}


@bp.get("/people")
def index() -> str:
    """The people of the line, each with what they have acknowledged."""
    return _people("")


def _people(problem: str) -> str:
    inforce = house.settings()
    everybody = archive().staff.people(inforce.line.id, gone=True)
    return render_template(
        "consent/people.html",
        people=[person for person in everybody if person.left_utc is None],
        gone=[person for person in everybody if person.left_utc is not None],
        text=employee_text(inforce),
        chosen=inforce.consent,
        problem=problem,
    )


@bp.post("/people")
def add() -> ResponseReturnValue:
    """Put somebody on the line."""
    name = words.clean(request.form.get("name"))[:LONGEST]
    line = house.base().line.id
    if not name:
        return _people(_("Please write a name.")), 422
    if any(p.name.casefold() == name.casefold() for p in archive().staff.people(line)):
        return _people(_("%(name)s is on the list already.", name=name)), 422
    archive().staff.add(line, name, g.user.name, house.now())
    return redirect(url_for("people.index"), 303)


@bp.post("/people/<int:person_id>/<any(know, leave):what>")
def change(person_id: int, what: str) -> ResponseReturnValue:
    """Note that somebody knows, or has left the line."""
    person = archive().staff.get(person_id)
    if person is None:
        raise NotFound(_("There is nobody like that on the list."))
    mine = person.name.casefold() == g.user.name.casefold()
    if not mine and not access.may("settle"):
        raise Forbidden(_("Only the owner may do this for somebody else."))
    if what == "know":
        _know(person_id, house.settings())
    else:
        archive().staff.leave(person_id, house.now())
    return redirect(url_for("people.index"), 303)


def tell_myself(inforce: Settings) -> None:
    """Put whoever is logged in on the line and note that they know."""
    line, name = inforce.line.id, g.user.name
    mine = [
        person
        for person in archive().staff.people(line)
        if person.name.casefold() == name.casefold()
    ]
    person_id = (
        mine[0].id if mine else archive().staff.add(line, name, name, house.now())
    )
    _know(person_id, inforce)


def _know(person_id: int, inforce: Settings) -> None:
    text = "\n".join(employee_text(inforce))
    archive().staff.acknowledge(
        person_id,
        g.user.name,
        house.now(),
        language=language(),
        text_sha256=hashlib.sha256(text.encode()).hexdigest(),
    )


def employee_text(inforce: Settings) -> list[str]:
    """Return what everybody on the line has to know, as sentences."""
    chosen = inforce.consent
    told = [
        _(
            "Calls on this line may be recorded by %(owner)s, for %(purpose)s, and are "
            "kept %(period)s.",
            owner=chosen.owner or _("the owner of this box"),
            purpose=chosen.purpose or _("a purpose not chosen yet"),
            period=chosen.period or _("for a time not chosen yet"),
        ),
        _("That includes your own voice, on calls you make and calls you take."),
        _("The page and the lamp on the box show when a call is being recorded."),
        _("You may stop or pause a recording at any time, by page or by button."),
        _(
            "Keep private calls private: ask for the number to be put on the list of "
            "numbers that are never recorded."
        ),
        _("You may hear and get a copy of your calls, and have wrong ones deleted."),
    ]
    if chosen.confidential:
        told.append(_("Only the owner of the box may listen to recordings."))
    return told


@bp.get("/numbers")
def all_numbers() -> str:
    """Numbers never recorded, asked first, or placed by hand."""
    return _numbers({"number": request.args.get("number", "")}, "")


def _numbers(form: dict[str, str], problem: str) -> str:
    rows = house.table()
    held = [
        (
            wish,
            words.number(wish.number, house.base().line.country),
            _(
                WISHES[wish.kind][1],
                place=consent_words.place(wish.value, rows.row(wish.value)),
            ),
            WISHES[wish.kind][2],
        )
        for wish in archive().wishes.held()
    ]
    return render_template(
        "consent/numbers.html",
        held=held,
        form=form,
        problem=problem,
        kinds=[(kind, _(told)) for kind, (told, _short, _tone) in WISHES.items()],
        places=consent_words.places(rows),
    )


@bp.post("/numbers")
def add_number() -> ResponseReturnValue:
    """Keep a wish of a number."""
    form = {
        key: words.clean(request.form.get(key))[:LONGEST]
        for key in ("number", "kind", "name", "note", "place")
    }
    shape = numbers.canonical(form["number"], house.settings().consent.own)
    if not shape.lstrip("+").isdigit():
        return _numbers(form, _("Please write a telephone number.")), 422
    kind = next((kind for kind in KINDS if kind == form["kind"]), None)
    if kind is None:
        return _numbers(form, _("Please choose from the list.")), 422
    value = form["place"] if kind == "place" else ""
    if kind == "place" and value not in house.table().rows:
        return _numbers(form, _("Please choose a place from the list.")), 422
    archive().wishes.add(
        shape,
        kind,
        g.user.name,
        house.now(),
        value=value,
        name=form["name"],
        note=form["note"],
    )
    return redirect(url_for("people.all_numbers"), 303)


@bp.post("/numbers/<int:wish_id>/end")
def end_number(wish_id: int) -> ResponseReturnValue:
    """Note that a wish does not hold any more."""
    archive().wishes.end(wish_id, g.user.name, house.now())
    return redirect(url_for("people.all_numbers"), 303)
