"""Notices: complete in every language, and refused when something is missing."""

import json
import re
from typing import get_args, get_type_hints

import pytest

from firmware.consent import notices
from firmware.consent.notices import (
    BENEFITS,
    FIELDS,
    KINDS,
    LONGEST,
    PARTS,
    WORDS,
    fields_of,
    parse,
    problems,
    shipped,
    template,
)
from firmware.errors import ConfigError
from firmware.service.settings import Consent, Settings

TEXTS = shipped()
LANGUAGES = ["en", "sv", "nb", "da", "de", "nl", "pl", "fr", "es", "it", "fi"]
FILLED = {
    "owner": "Hill Street Locksmiths",
    "purpose": "keeping track of orders",
    "period": "three months",
    "url": "example.org/rights",
}
GOOD = TEXTS.language("en").templates["announcement"].parts
VAGUE = TEXTS.language("en").vague
EACH = [(kind, code) for kind in KINDS for code in LANGUAGES]


def without(part: str) -> list[tuple[str, str]]:
    return [(name, text) for name, text in GOOD if name != part]


def instead(part: str, text: str) -> list[tuple[str, str]]:
    return [(name, text if name == part else old) for name, old in GOOD]


@pytest.mark.parametrize("part", sorted(PARTS))
def test_a_template_that_lacks_a_part_is_refused(part: str) -> None:
    with pytest.raises(ConfigError, match=f"announcement-en: {part}: want words"):
        template("announcement", "en", without(part))
    with pytest.raises(ConfigError, match=f"{part}: want words"):
        template("announcement", "en", instead(part, "  ... "))


@pytest.mark.parametrize(
    ("part", "field"), [(part, field) for part, field in PARTS.items() if field]
)
def test_a_template_that_lacks_a_field_is_refused(part: str, field: str) -> None:
    with pytest.raises(ConfigError, match=rf"{part}: want the field {{{field}}}"):
        template("announcement", "en", instead(part, "for training purposes"))


def test_a_field_alone_says_nothing() -> None:
    assert problems(notices.Template("reminder", "en", (("rights", "{url}"),)))


@pytest.mark.parametrize(
    "text",
    ["by {owner} and {me}", "by {owner} {", "by {owner} }", "by {owner.name}", "{}"],
)
def test_unknown_fields_are_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="want no fields but"):
        template("announcement", "en", instead("intent", f"This call is {text}"))


def test_an_unknown_part_is_refused() -> None:
    with pytest.raises(ConfigError, match="joke: want one of intent"):
        template("announcement", "en", [*GOOD, ("joke", "Ha ha.")])


@pytest.mark.parametrize("phrase", VAGUE)
def test_a_call_that_may_be_recorded_is_refused(phrase: str) -> None:
    parts = instead("intent", f"This call {phrase.upper()} by {{owner}}")
    with pytest.raises(ConfigError, match="want that the call is recorded"):
        template("announcement", "en", parts, VAGUE)


def test_a_text_nobody_listens_to_is_refused() -> None:
    parts = instead("consent", "Say no now. " * 50)
    with pytest.raises(ConfigError, match="want at most 400 characters"):
        template("announcement", "en", parts)


def test_all_faults_are_named_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        template("question", "sv", [])
    assert len(str(caught.value).splitlines()) == len(PARTS)


@pytest.mark.parametrize("missing", FIELDS)
@pytest.mark.parametrize("value", ["", "   "])
def test_a_notice_without_a_setting_is_refused(missing: str, value: str) -> None:
    key = notices.SETTINGS[missing]
    with pytest.raises(ConfigError, match=rf"\[consent\] {key}: want a text"):
        TEXTS.notice("announcement", "en", {**FILLED, missing: value})


def test_all_languages_are_there() -> None:
    assert list(TEXTS.languages) == LANGUAGES
    allowed = get_args(get_type_hints(Consent)["notice_language"])
    assert list(allowed) == LANGUAGES


@pytest.mark.parametrize(("kind", "code"), EACH)
def test_every_text_is_whole_and_names_its_fields(
    kind: notices.Kind, code: str
) -> None:
    notice = TEXTS.notice(kind, code, FILLED)
    assert notice.id == f"{kind}-{code}"
    assert "{" not in notice.text
    assert "  " not in notice.text
    assert not re.search(r"[,;] ?[.?!]|\.\.", notice.text)
    assert notice.text.rstrip()[-1] in ".?"
    for value in FILLED.values():
        assert value in notice.text
    assert len(notice.text) < LONGEST.get(kind, 2000)
    assert len(notice.sha256) == 64


@pytest.mark.parametrize("code", LANGUAGES)
def test_no_language_is_english_in_disguise(code: str) -> None:
    language = TEXTS.language(code)
    assert len(set(language.benefits)) == BENEFITS
    assert set(language.words) == set(WORDS)
    if code == "en":
        return
    english = TEXTS.language("en")
    assert not set(language.benefits) & set(english.benefits)
    for kind in KINDS:
        assert language.templates[kind].parts != english.templates[kind].parts


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_question_offers_a_word_and_a_key(code: str) -> None:
    assert "1" in TEXTS.notice("question", code, FILLED).text
    assert "?" in TEXTS.notice("question", code, FILLED).text


def test_fields_cannot_smuggle_in_fields() -> None:
    sly = {**FILLED, "owner": "{purpose} {0} {owner}"}
    text = TEXTS.notice("announcement", "en", sly).text
    assert "{purpose} {0} {owner}" in text


def test_fields_come_from_the_settings() -> None:
    chosen = Consent(owner="A", purpose="B", period="C", rights_url="D")
    wanted = {"owner": "A", "purpose": "B", "period": "C", "url": "D"}
    assert fields_of(Settings(consent=chosen)) == wanted
    assert set(fields_of(Settings()).values()) == {""}


@pytest.mark.parametrize(
    ("places", "language"),
    [
        (("SE",), "sv"),
        (("US-CA",), "en"),
        (("DE",), "de"),
        (("DE", "AT"), "de"),
        (("DE", "US-CA"), "sv"),
        (("CH",), "sv"),
        ((), "sv"),
        (("unknown",), "sv"),
    ],
)
def test_the_language_is_that_of_the_other_side(
    places: tuple[str, ...], language: str
) -> None:
    assert TEXTS.language_of(places, "sv") == language


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(ConfigError, match="want one of en, sv"):
        TEXTS.notice("announcement", "tlh", FILLED)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"version": "1", "languages": {"en": {}}, "countries": {}}',
        '{"version": "1", "languages": [], "countries": {}}',
        '{"version": "1", "languages": {}, "countries": {"SE": "sv"}}',
    ],
)
def test_a_file_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match=r"mine\.json"):
        parse(text, "mine.json")


def test_a_file_with_a_weak_text_is_refused() -> None:
    whole = json.dumps(
        {
            "version": "1",
            "countries": {},
            "languages": {
                "en": {
                    "name": "English",
                    "vague": [],
                    "announcement": [["intent", "This call is recorded by {owner}"]],
                }
            },
        }
    )
    with pytest.raises(
        ConfigError, match=r"mine\.json: notice announcement-en: purpose"
    ):
        parse(whole, "mine.json")
