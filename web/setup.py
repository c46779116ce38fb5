"""The first choice: who records, where, what for, how long, and how people are told.

Three steps: a preset, a form that it has filled in, and everything told in words with
examples before anything is kept.
"""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from firmware.service.settings import OVERLAID, Settings, choice_problem, overlay
from web import consent_words, first, house, papers, people
from web.i18n import N_, _, language
from web.presets import PERIODS, PRESETS, Preset
from web.store import archive

bp = Blueprint("setup", __name__, url_prefix="/setup")

LONGEST = 200
#: Texts a person types: field -> label, for problems.
TEXTS = {
    "owner": N_("Who records"),
    "purpose": N_("What for"),
    "period": N_("How long"),
    "rights_url": N_("Where people ask"),
}
#: What has to be filled in.
NEEDED = ("own", "owner", "purpose", "period", "rights_url")
#: Places that show what the law makes of a call; the own one comes first.
EXAMPLES = ("SE", "US-CA", "DE", "GB")
#: Country of the first language a browser asks for, where that says nearly all.
COUNTRIES = {"sv": "SE", "nb": "NO", "da": "DK", "fi": "FI", "de": "DE", "nl": "NL",
             "pl": "PL", "fr": "FR", "it": "IT"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Example:
    """One call of the review: who, and what would happen."""

    who: str
    told: consent_words.Told


@bp.get("")
def index() -> str:
    """Step one: choose what is nearest."""
    return render_template(
        "consent/setup.html", presets=PRESETS.values(), again=house.is_set_up()
    )


@bp.route("/<preset_id>", methods=["GET", "POST"])
def form(preset_id: str) -> ResponseReturnValue:
    """Steps two and three: fill in, read what will happen, apply."""
    preset = PRESETS.get(preset_id)
    if preset is None:
        raise NotFound(_("There is no such preset; choose one from the list."))
    if request.method == "GET":
        return _form(preset, _proposed(preset), {})
    values, problems = _read(preset)
    step = request.form.get("step", "review")
    if problems or step == "form":
        return _form(preset, values, problems), 422 if problems else 200
    if step == "review":
        return _review(preset, values, "")
    if not request.form.get("told"):
        return _review(
            preset, values, _("Please confirm the two sentences below.")
        ), 422
    _apply(preset, values, on=step == "on")
    done = "first.index" if first.going_on() else "overview.index"
    return redirect(url_for(done), 303)


def _form(preset: Preset, values: dict[str, Any], problems: dict[str, str]) -> str:
    return render_template(
        "consent/setup_form.html",
        preset=preset,
        values=values,
        problems=problems,
        places=consent_words.places(house.table()),
        periods=[_(period) for period in PERIODS],
        languages=papers.languages(),
        can_inject=house.base().consent.can_inject,
    )


def _review(preset: Preset, values: dict[str, Any], problem: str) -> str:
    would_be = _laid(preset, values)
    return render_template(
        "consent/setup_review.html",
        preset=preset,
        values=values,
        problem=problem,
        own=consent_words.place(values["own"], house.table().row(values["own"])),
        examples=examples(would_be),
        notice=papers.notice(
            would_be, "announcement", would_be.consent.notice_language
        ),
        language=dict(papers.languages())[values["notice_language"]],
        others=[
            person.name
            for person in archive().staff.people(would_be.line.id)
            if person.name != g.user.name
        ],
    )


def _proposed(preset: Preset) -> dict[str, Any]:
    """Return what the form says at first: chosen before, the preset, a guess."""
    chosen = house.settings().consent
    before = archive().choices.get("preset") == preset.id
    return {
        "own": chosen.own
        or COUNTRIES.get(request.accept_languages.best or "", "")
        or COUNTRIES.get(language(), ""),
        "owner": chosen.owner or (g.user.name if preset.recorder == "private" else ""),
        "purpose": (before and chosen.purpose) or _(preset.purpose),
        "period": (before and chosen.period) or _(preset.period),
        "rights_url": chosen.rights_url or "",
        "notice_language": language(),
        "notice_method": chosen.notice_method,
        "beep": chosen.beep,
        "always_ask": chosen.always_ask if before else preset.always_ask,
    }


def _read(preset: Preset) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the form's values, and what is wrong with which."""
    values: dict[str, Any] = {
        key: " ".join(request.form.get(key, "").split())[:LONGEST] for key in TEXTS
    }
    values["own"] = request.form.get("own", "")
    values["always_ask"] = bool(request.form.get("always_ask"))
    for key in ("notice_language", "notice_method", "beep"):
        values[key] = request.form.get(key) or _proposed(preset)[key]
    problems = {key: _("Please fill this in.") for key in NEEDED if not values.get(key)}
    listed = house.table()
    if values["own"] and (
        values["own"] not in listed.rows or values["own"] in listed.floors
    ):
        problems["own"] = _("Please choose a place from the list.")
    for key in ("notice_language", "notice_method", "beep"):
        if choice_problem(key, values[key]):
            problems[key] = _("Please choose from the list.")
    return values, problems


def _chosen(preset: Preset, values: dict[str, Any]) -> dict[str, Any]:
    chosen = {key: value for key, value in values.items() if key in OVERLAID}
    return {
        **chosen,
        "recorder": preset.recorder,
        "legal_duty": preset.legal_duty,
        "confidential": preset.confidential,
    }


def _laid(preset: Preset, values: dict[str, Any]) -> Settings:
    return overlay(house.base(), _chosen(preset, values))


def _apply(preset: Preset, values: dict[str, Any], *, on: bool) -> None:
    """Keep the choices in one transaction, and that who made them knows."""
    choices = {**_chosen(preset, values), "preset": preset.id, "recording": on}
    if archive().choices.get("preset") != preset.id:
        choices["rules"] = preset.rules
    people.tell_myself(_laid(preset, values))
    archive().choices.set(choices, g.user.name, house.now())


def examples(inforce: Settings) -> list[Example]:
    """Return what happens to calls with people here, elsewhere and nowhere known."""
    own = inforce.consent.own or ""
    rows = house.table()
    shown = [own, *(code for code in EXAMPLES if code != own)][:4]
    told = [
        Example(
            consent_words.place(code, rows.row(code)),
            consent_words.decision(house.example(code, inforce)),
        )
        for code in shown
    ]
    unknown = consent_words.decision(house.example(None, inforce))
    return [*told, Example(_("Number withheld"), unknown)]
