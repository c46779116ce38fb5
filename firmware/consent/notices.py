"""What the other side is told, in eleven languages, as data.

A template is a list of parts, each with its purpose: that the call is recorded and by
whom, what for, that it takes their consent, for how long, their rights, that they may
refuse or stop it at any time.  A template that lacks one of these, or the field that
belongs to it, is refused: so is one that says that the call *may* be recorded, which
tells nobody anything.  The texts that ship are in `notices.json`; an owner can put a
text of his own in the place of any of them with `template`.

Limits: whether the words of a part say what it is for, only a reader can tell.  Have
each text checked by a native speaker and by counsel.
"""

import hashlib
import importlib.resources
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from firmware.errors import ConfigError
from firmware.service.settings import Settings

Kind = Literal["announcement", "question", "reminder", "script", "form", "policy"]
KINDS: tuple[Kind, ...] = get_args(Kind)
SHIPPED = "notices.json"

#: What a notice has to contain, and the field each part must name.
PARTS: Mapping[str, str | None] = {
    "intent": "owner",
    "purpose": "purpose",
    "consent": None,
    "retention": "period",
    "rights": "url",
    "refusal": None,
}
#: What a notice may contain besides.
MORE = ("greeting", "use", "access")
FIELDS = ("owner", "purpose", "period", "url")
#: The fields by the settings they come from.
SETTINGS = {
    "owner": "owner",
    "purpose": "purpose",
    "period": "period",
    "url": "rights_url",
}
#: Words a page or a form shows beside the texts.
WORDS = (
    "form_title", "policy_title", "benefits_title", "when_where", "who", "recorder",
    "use", "access", "other", "name", "number", "date", "valid_until", "signature",
    "agree",
)  # fmt: skip
BENEFITS = 6
#: A text longer than this is no longer listened to, characters.
LONGEST = {"announcement": 400, "question": 400, "reminder": 300, "script": 600}
_FIELD = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Notice:
    """A text ready to be said or shown."""

    kind: Kind
    language: str
    text: str

    @property
    def id(self) -> str:
        return f"{self.kind}-{self.language}"

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Template:
    """A text with fields, part by part in the order it is said."""

    kind: Kind
    language: str
    parts: tuple[tuple[str, str], ...]

    def fill(self, fields: Mapping[str, str]) -> Notice:
        """Return the text for these fields; ConfigError names each that is missing."""
        missing = [name for name in FIELDS if not fields.get(name, "").strip()]
        if missing:
            raise ConfigError(
                "\n".join(
                    f"notice: [consent] {SETTINGS[name]}: want a text, got none"
                    for name in missing
                )
            )
        text = " ".join(text for _, text in self.parts)
        filled = _FIELD.sub(lambda found: fields[found[1]].strip(), text)
        return Notice(self.kind, self.language, filled)

    def paragraphs(self, fields: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
        """Return the parts with their names, filled, for a form or a page."""
        self.fill(fields)
        return tuple(
            (part, _FIELD.sub(lambda found: fields[found[1]].strip(), text))
            for part, text in self.parts
        )


@dataclass(frozen=True, slots=True)
class Language:
    """Everything in one language."""

    code: str
    name: str
    templates: Mapping[Kind, Template]
    benefits: tuple[str, ...]
    words: Mapping[str, str]
    vague: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Notices:
    """The texts in all languages; `countries` says where which one is understood."""

    version: str
    languages: Mapping[str, Language]
    countries: Mapping[str, str]

    def language_of(self, places: Iterable[str], default: str) -> str:
        """Return the language of the other side, if all of it speaks the same one.

        `places` are codes of jurisdictions, such as ``DE`` or ``US-CA``.
        """
        spoken = {self.countries.get(p.partition("-")[0], default) for p in places}
        return spoken.pop() if len(spoken) == 1 else default

    def notice(self, kind: Kind, language: str, fields: Mapping[str, str]) -> Notice:
        """Return a text ready to be said; ConfigError if a field is missing."""
        return self.language(language).templates[kind].fill(fields)

    def language(self, code: str) -> Language:
        if code not in self.languages:
            known = ", ".join(self.languages)
            raise ConfigError(f"notice language: want one of {known}, got {code!r}")
        return self.languages[code]


def fields_of(settings: Settings) -> dict[str, str]:
    """Return the fields as the settings have them; what is not set is empty."""
    chosen = settings.consent
    return {name: getattr(chosen, key) or "" for name, key in SETTINGS.items()}


def template(
    kind: Kind,
    language: str,
    parts: Iterable[tuple[str, str]],
    vague: Iterable[str] = (),
) -> Template:
    """Return a template; ConfigError names all that it lacks."""
    made = Template(kind, language, tuple((part, text.strip()) for part, text in parts))
    faults = problems(made, vague)
    if faults:
        where = f"notice {kind}-{language}"
        raise ConfigError("\n".join(f"{where}: {fault}" for fault in faults))
    return made


def problems(made: Template, vague: Iterable[str] = ()) -> list[str]:
    """Return what is wrong with a template, in plain words."""
    faults = []
    there = dict(made.parts)
    for part, field in PARTS.items():
        text = there.get(part, "")
        if not re.search(r"[^\W\d_]{2}", _FIELD.sub("", text)):
            faults.append(f"{part}: want words that say it, got {text!r}")
        elif field and f"{{{field}}}" not in text:
            faults.append(f"{part}: want the field {{{field}}}, got {text!r}")
    for part, text in made.parts:
        if part not in PARTS and part not in MORE:
            faults.append(f"{part}: want one of {', '.join((*PARTS, *MORE))}")
        unknown = [name for name in _FIELD.findall(text) if name not in FIELDS]
        loose = "{" in _FIELD.sub("", text) or "}" in _FIELD.sub("", text)
        if unknown or loose:
            wanted = ", ".join(f"{{{name}}}" for name in FIELDS)
            faults.append(f"{part}: want no fields but {wanted}, got {text!r}")
    whole = " ".join(text for _, text in made.parts)
    for phrase in vague:
        if phrase.casefold() in whole.casefold():
            faults.append(f"want that the call is recorded, got {phrase!r}")
    longest = LONGEST.get(made.kind)
    if longest and len(whole) > longest:
        faults.append(f"want at most {longest} characters, got {len(whole)}")
    return faults


def shipped() -> Notices:
    """Return the texts that come with Linekeeper."""
    file = importlib.resources.files(__package__).joinpath(SHIPPED)
    return parse(file.read_text("utf-8"), SHIPPED)


def parse(text: str, name: str) -> Notices:
    """Return the texts in a JSON file; ConfigError names every fault, a line each."""
    try:
        raw = json.loads(text)
        languages = {
            code: _language(code, entry) for code, entry in raw["languages"].items()
        }
        countries = {country: str(code) for country, code in raw["countries"].items()}
        if strange := sorted(set(countries.values()) - set(languages)):
            raise ConfigError(f"countries: want languages of this file, got {strange}")
        return Notices(str(raw["version"]), languages, countries)
    except ConfigError as error:
        raise ConfigError(f"{name}: {error}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(f"{name}: not a file of notices: {error!r}") from error


def _language(code: str, raw: Mapping[str, Any]) -> Language:
    vague = tuple(str(phrase) for phrase in raw["vague"])
    made = {kind: template(kind, code, map(tuple, raw[kind]), vague) for kind in KINDS}
    benefits = tuple(str(line) for line in raw["benefits"])
    words = {key: str(raw["words"][key]) for key in WORDS}
    if len(benefits) != BENEFITS or not all(benefits) or not all(words.values()):
        raise ConfigError(f"{code}: want {BENEFITS} benefits and every word filled")
    return Language(code, str(raw["name"]), made, benefits, words, vague)
