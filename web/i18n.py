"""Languages of the pages: English in the source, the others in catalogues of text.

A catalogue is `translations/<language>/LC_MESSAGES/messages.po`, read as it is when the
service starts, so there is nothing to compile and nothing that can be stale.  The
language of a visitor is what they chose (a cookie), or what their browser asks for.

`N_` marks a text in a table; `_` (flask_babel.gettext) translates it where it is shown.
"""

import io
from contextlib import AbstractContextManager
from functools import cache
from pathlib import Path

import flask_babel
from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, Response, request

#: Languages the pages speak, in their own names.
LANGUAGES = {
    "en": "English",
    "sv": "Svenska",
    "nb": "Norsk bokmål",
    "da": "Dansk",
    "nl": "Nederlands",
    "de": "Deutsch",
    "fr": "Français",
    "pl": "Polski",
}
#: What browsers ask for, and the language that is nearest.
NEAREST = {"no": "nb", "nn": "nb"}
SOURCE = "en"
COOKIE = "linekeeper_language"
#: A year, s.
REMEMBERED_S = 31_536_000
FOLDER = Path(__file__).with_name("translations")


def N_(text: str) -> str:  # the name gettext's tools look for
    """Mark a text for the catalogues; `_` translates it where it is shown."""
    return text


def _(text: str, **values: object) -> str:
    """Return a text in the visitor's language, its %(fields)s filled."""
    return str(flask_babel.gettext(text, **values))


def ngettext(one: str, many: str, num: int, **values: object) -> str:
    """Return the text for this number of things, in the visitor's language."""
    return str(flask_babel.ngettext(one, many, num, **values))


def get_locale() -> Locale | None:
    """Return the visitor's locale; None outside of a request."""
    found: Locale | None = flask_babel.get_locale()
    return found


def chosen() -> str:
    """Return the visitor's language: asked for now, chosen before, or preferred."""
    for code in (request.args.get("lang"), request.cookies.get(COOKIE)):
        if code in LANGUAGES:
            return code
    for asked, quality in request.accept_languages:
        code = asked.split("-")[0].lower()  # de-AT is German to us
        code = NEAREST.get(code, code)
        if quality > 0 and code in LANGUAGES:
            return code
    return SOURCE


def speaking(code: str) -> AbstractContextManager[None]:
    """Speak a language for a while, whatever the visitor asked for."""
    forced: AbstractContextManager[None] = flask_babel.force_locale(code)
    return forced


def language() -> str:
    """Return the language in use, also where nobody asks."""
    locale = get_locale()
    return str(locale.language) if locale else SOURCE


def install(app: Flask) -> None:
    """Teach the application its languages."""
    babel = flask_babel.Babel(app, locale_selector=chosen)
    with app.app_context():
        domain = babel.domain_instance
    for code in LANGUAGES:
        domain.cache[code, domain.domain[0]] = catalogue(code)

    @app.after_request
    def remember(response: Response) -> Response:
        code = request.args.get("lang")
        if code in LANGUAGES:
            response.set_cookie(
                COOKIE,
                code,
                max_age=REMEMBERED_S,
                httponly=True,
                samesite="Lax",
                secure=request.is_secure,
            )
        response.vary.add("Accept-Language")
        return response


@cache
def catalogue(code: str) -> NullTranslations:
    """Return the texts of one language, read once."""
    if code == SOURCE:
        return NullTranslations()
    path = FOLDER / code / "LC_MESSAGES" / "messages.po"
    with path.open("rb") as file:
        messages = read_po(file, locale=code)
    compiled = io.BytesIO()
    write_mo(compiled, messages)
    compiled.seek(0)
    return Translations(compiled)
