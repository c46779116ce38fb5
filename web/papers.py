"""Papers and words made from the settings: policy, consent form, script, notices.

Each in the language of whoever reads it, which need not be that of the pages.
"""

import functools
from typing import Any

from flask import Blueprint, render_template, request
from werkzeug.exceptions import NotFound

from firmware.consent import notices
from firmware.consent.notices import Kind, Language, Notices
from firmware.errors import ConfigError
from firmware.service.settings import Settings
from web import consent_words, house
from web.store import archive

bp = Blueprint("papers", __name__, url_prefix="/papers")


@functools.cache
def texts() -> Notices:
    """Return the notices that ship, read once."""
    return notices.shipped()


def languages() -> list[tuple[str, str]]:
    """Return the languages there are texts in, as the reader calls them."""
    return consent_words.languages(tuple(texts().languages))


def language_of(inforce: Settings) -> str:
    """Return the language asked for, or the one of the settings if it has texts."""
    asked = request.args.get("in") or inforce.consent.notice_language
    return asked if asked in texts().languages else "en"


def words_of(code: str) -> dict[str, str]:
    """Return the words a form in this language needs."""
    return dict(texts().language(code).words)


def agreed() -> list[str]:
    """Return what somebody answers who agrees by e-mail, in every language."""
    return [language.words["agree"] for language in texts().languages.values()]


def notice(inforce: Settings, kind: Kind, code: str) -> str:
    """Return a text ready to be said; empty while the settings lack a field."""
    if code not in texts().languages:
        code = "en"
    try:
        return texts().notice(kind, code, notices.fields_of(inforce)).text
    except ConfigError:
        return ""


@bp.get("")
def index() -> str:
    """All papers and texts, in the language of the notice or another."""
    return page(language_of(house.settings()))


def page(code: str, problem: str = "") -> str:
    """Return the page of papers and texts in one language."""
    inforce = house.settings()
    spoken = {
        kind: notice(inforce, kind, code)
        for kind in ("announcement", "question", "reminder", "script")
    }
    return render_template(
        "consent/papers.html",
        language=code,
        languages=languages(),
        spoken=spoken,
        ready=all(spoken.values()),
        problem=problem,
    )


@bp.get("/policy")
def policy() -> str:
    """What people read who want to know: for a web site, a wall, a letter."""
    return _paper("policy", {})


@bp.get("/form")
def form() -> str:
    """A consent form to sign or to answer by e-mail, empty or for one agreement."""
    asked = request.args.get("agreement", "")
    agreement = archive().register.get(int(asked)) if asked.isdigit() else None
    if asked and agreement is None:
        raise NotFound()
    inforce = house.settings()
    values: dict[str, Any] = {
        "recorder": house.base().box.name,
        "use": inforce.consent.purpose or "",
        "access": inforce.consent.owner or "",
    }
    if agreement is not None:
        values = {
            "when_where": agreement.place,
            "who": agreement.party,
            "recorder": agreement.recorder,
            "use": agreement.use,
            "access": agreement.access,
            "other": agreement.details,
            "number": agreement.number,
            "expires_utc": agreement.expires_utc,
        }
    return _paper("form", values)


def _paper(kind: Kind, values: dict[str, Any]) -> str:
    inforce = house.settings()
    language: Language = texts().language(language_of(inforce))
    try:
        parts = language.templates[kind].paragraphs(notices.fields_of(inforce))
    except ConfigError:
        parts = ()
    return render_template(
        f"consent/{kind}.html",
        parts=parts,
        paper=language,
        values=values,
        languages=languages(),
        owner=inforce.consent.owner or "",
        today_utc=house.now(),
    )
