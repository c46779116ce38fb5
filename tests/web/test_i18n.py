"""The pages' languages: complete catalogues, the right choice, nothing stale."""

import re
import string

import pytest
from babel.messages.pofile import read_po
from flask import Flask
from flask.testing import FlaskClient

from tests.web import catalogue, seed
from web import i18n

OTHERS = sorted(set(i18n.LANGUAGES) - {i18n.SOURCE})
NOUNS_ARE_CAPITALS = ("de",)
FIELD = re.compile(r"%\((\w+)\)s")


@pytest.mark.parametrize("code", OTHERS)
def test_every_text_has_a_translation_and_no_other(code: str) -> None:
    held = catalogue.read(code)
    known = {message.id: message for message in held if message.id}
    texts = catalogue.texts()
    assert len(texts) > 500
    missing = [text for text in texts if text not in known or not known[text].string]
    assert missing == [], "run `python -m tests.web.catalogue`, then translate"
    assert sorted(set(known) - set(texts), key=str) == []
    assert not [m.id for m in known.values() if m.fuzzy]


@pytest.mark.parametrize("code", OTHERS)
def test_a_translation_keeps_the_fields_and_the_end_of_its_text(code: str) -> None:
    for message in catalogue.read(code):
        if not message.id:
            continue
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        said = (
            message.string if isinstance(message.string, tuple) else (message.string,)
        )
        # Polish has three forms: every one but the first is compared with the plural.
        pairs = zip(ids + ids[-1:] * (len(said) - len(ids)), said, strict=True)
        for text, words in pairs:
            assert set(FIELD.findall(text)) == set(FIELD.findall(words)), text
            ends = set(".?!:…")
            assert (text[-1] in ends) == (words[-1] in ends), text
            assert (
                code in NOUNS_ARE_CAPITALS
                or words[0].isupper() == text[0].isupper()
                or words[0] not in string.ascii_letters
            ), text


def test_a_catalogue_is_text_that_babel_reads_without_complaint() -> None:
    for code in OTHERS:
        with catalogue.path_of(code).open("rb") as file:
            assert read_po(file, locale=code, abort_invalid=True)


def lang(client: FlaskClient, address: str, **headers: str) -> str:
    page = client.get(address, headers=headers).get_data(as_text=True)
    found = re.search(r'<html lang="(\w+)"', page)
    assert found
    return found[1]


@pytest.mark.parametrize(
    ("asked", "spoken"),
    [
        ("sv-SE,sv;q=0.9,en;q=0.8", "sv"),
        ("en-GB", "en"),
        ("fi-FI,sv;q=0.5", "sv"),
        ("de-DE,sv;q=0.5", "de"),
        ("fr-CA", "fr"),
        ("no-NO", "nb"),
        ("it", "en"),
        ("", "en"),
        ("\x7f;;q=", "en"),
    ],
)
def test_the_browser_asks_for_a_language(
    nobody: FlaskClient, asked: str, spoken: str
) -> None:
    assert lang(nobody, "/login", **{"Accept-Language": asked}) == spoken


def test_a_chosen_language_stays(nobody: FlaskClient) -> None:
    assert lang(nobody, "/login?lang=sv") == "sv"
    assert lang(nobody, "/login", **{"Accept-Language": "en"}) == "sv"
    assert lang(nobody, "/login?lang=en") == "en"
    assert lang(nobody, "/login", **{"Accept-Language": "sv"}) == "en"


@pytest.mark.parametrize("wrong", ["xx", "../../etc", "sv\x00", ""])
def test_a_language_there_is_not_is_passed_over(
    nobody: FlaskClient, wrong: str
) -> None:
    assert lang(nobody, f"/login?lang={wrong}") == "en"
    nobody.set_cookie(i18n.COOKIE, wrong)
    assert lang(nobody, "/login") == "en"


def test_the_calls_in_swedish(client: FlaskClient, app: Flask) -> None:
    seed.write_status(app.extensions["linekeeper.settings"], phase="talking")
    page = client.get("/?lang=sv").get_data(as_text=True)
    for told in ("Samtal pågår", "Missat", "Upptaget", "Numret dolt", "Logga ut"):
        assert told in page
    for told in ("Missed", "Busy", "Withheld", "Log out", "Talking"):
        assert told not in page


def test_the_live_stream_has_the_words_of_every_language(app: Flask) -> None:
    seed.write_status(app.extensions["linekeeper.settings"], phase="idle")
    taken = app.extensions["linekeeper.snapshot"]()
    assert taken["line"]["words"] == "On-hook"
    assert taken["said"]["sv"]["words"] == "Luren på"
    with app.test_request_context(headers={"Accept-Language": "sv"}):
        assert app.extensions["linekeeper.snapshot"]()["line"]["words"] == "On-hook"
