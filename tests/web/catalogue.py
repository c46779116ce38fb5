"""The texts of the pages, as gettext's tools find them.

Run as `python -m tests.web.catalogue` it brings the catalogues up to date: new texts
are added without a translation, texts that are gone are taken out.  `test_i18n` fails
while one lacks a translation.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir, extract_from_file
from babel.messages.pofile import read_po, write_po

import web
from firmware.service import settings
from web.i18n import FOLDER, LANGUAGES, SOURCE

ROOT = Path(web.__file__).parent
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2")]
OPTIONS = {"templates/**.html": {"trim_blocks": "true", "lstrip_blocks": "true"}}
#: Texts of the pages that are data elsewhere.
ELSEWHERE = ("firmware/service/bringup_table.py",)
KEYWORDS = {"_": None, "N_": None, "ngettext": (1, 2)}

#: Without dates and names, which would change with every run.
HEADER = """msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Language: {}\\n"
"Plural-Forms: {}\\n"

"""

Text = str | tuple[str, ...]


def texts() -> list[Text]:
    """Return every text of the source, each once, in the order of the files."""
    return list(dict.fromkeys(_found()))


def _found() -> Iterator[Text]:
    for _file, _line, text, _comments, _context in extract_from_dir(
        ROOT, METHODS, OPTIONS, KEYWORDS
    ):
        yield tuple(text) if isinstance(text, list | tuple) else text
    yield from _described()
    for name in ELSEWHERE:
        for _line, text, *_more in extract_from_file(
            "python", ROOT.parent / name, KEYWORDS
        ):
            yield tuple(text) if isinstance(text, list | tuple) else text


def _described() -> Iterator[str]:
    """Yield what the pages tell of settings: those of the file alone are English."""
    for _table, title, gist in settings.sections():
        yield from (title, gist)
    for one in settings.DESCRIBED:
        if one.chosen_on_page:
            about = one.about
            told = (about.label, about.help, about.wanted, about.zero)
            yield from (text for text in (*told, *about.words.values()) if text)


def path_of(code: str) -> Path:
    return FOLDER / code / "LC_MESSAGES" / "messages.po"


def read(code: str) -> Catalog:
    with path_of(code).open("rb") as file:
        return read_po(file, locale=code)


def update(code: str) -> int:
    """Rewrite a catalogue with the texts of now; return how many lack words."""
    old, new = read(code), Catalog(locale=code, fuzzy=False, header_comment="")
    for text in texts():
        known = old.get(text)
        new.add(text, known.string if known else None)
    with path_of(code).open("wb") as file:
        file.write(HEADER.format(code, new.plural_forms).encode())
        write_po(file, new, width=0, no_location=True, omit_header=True)
    return sum(not message.string for message in new if message.id)


if __name__ == "__main__":
    for code in LANGUAGES:
        if code != SOURCE:
            sys.stdout.write(f"{code}: {update(code)} texts to translate\n")
