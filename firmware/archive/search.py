"""How a call is found by what a person types: terms and parts, no I/O.

A number is found by any three digits or more in a row, with or without its country
code or its trunk 0; names, notes, orders, pins and tags by the beginning of any of
their words, accents and case ignored.  What is not typed but chosen (a flag, a tag, a
star) is a term as well, its *mark*, which begins with a sign that no word begins with.
"""

import re
import unicodedata
from dataclasses import dataclass

from firmware.archive.model import Call

#: Two-digit country codes (ITU-T E.164, list of assigned codes); 1 and 7 have one
#: digit, the rest three.
_TWO_DIGIT_CODES = frozenset(
    str(code)
    for code in (
        *(20, 27, 30, 31, 32, 33, 34, 36, 39, 40, 41, 43, 44, 45, 46, 47, 48, 49),
        *(51, 52, 53, 54, 55, 56, 57, 58, 60, 61, 62, 63, 64, 65, 66),
        *(81, 82, 84, 86, 90, 91, 92, 93, 94, 95, 98),
    )
)
#: Fewest digits that are looked for inside numbers.
MIN_FRAGMENT = 3
#: Most parts of a question that are looked for; the others would find nothing more.
MOST_PARTS = 12
#: Longest word that is kept, so that no text can make the index large.
LONGEST_WORD = 40
#: Most words that are kept of one call besides its transcript.
MOST_WORDS = 400

_NUMBER_LIKE = re.compile(r"[\d\s()+./*#-]*\d[\d\s()+./*#-]*")
_WRITTEN = re.compile(r"(?<![\w+])\+?[(\d][\d()./*#-]*\d(?!\w)")
#: First term after every term that begins with a prefix.
_AFTER = "\U0010ffff"

#: Outcomes that most calls have: looked at while walking, not listed as marks.
COMMON_OUTCOMES = frozenset({"answered", "missed", "no_answer", "in_progress"})
#: Calls that talk for so long are marked with their minutes: few do, s.
LONG_S = 600.0
LONG_END = "!long:"
#: What makes a call worth a mark by how it is kept.
_KEPT = ("star", "hold", "restricted", "bin", "note", "order")


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that must be found: words that begin so, or digits of a number.

    Either is enough: an order may be written with digits, too.
    """

    words: tuple[str, ...] = ()
    digits: str = ""


def marks(call: Call) -> set[str]:
    """Return what a call can be chosen by, listed because few calls have it."""
    found = {f"!{flag}" for flag in call.flags}
    found |= {f"!{word}" for word in _KEPT if word in call.keeping}
    if call.quarantined:
        found.add("!quarantined")
    if call.recovered:
        found.add("!recovered")
    if call.lost_s > 0:
        found.add("!gap")
    if call.duration_s >= LONG_S:
        found.add(long_mark(call.duration_s))
    if "pins" in call.keeping:
        found.add("!note")
    if call.audio == "none" and call.no_audio_reason not in (None, "not_answered"):
        found.add(f"!no_{call.no_audio_reason}")
    if call.outcome not in COMMON_OUTCOMES:
        found.add(f"!is_{call.outcome}")
    found |= {tag_mark(tag) for tag in tags(call)}
    return found | {who_mark(name) for name in _hands(call)}


def terms(call: Call) -> set[str]:
    """Return the words and marks by which the index lists a call."""
    texts = [call.name or "", *tags(call)]
    texts += [_text(call.keeping.get(word)) for word in ("note", "order")]
    texts += [_text(pin) for pin in _list(call.keeping.get("pins"))]
    found: set[str] = set()
    for text in texts:
        found.update(words(text))
        if len(found) > MOST_WORDS:
            found = set(sorted(found)[:MOST_WORDS])
    return found | {mark.replace(" ", "_")[:LONGEST_WORD] for mark in marks(call)}


def row_words(call: Call, listed: set[str]) -> str:
    """Return all that a call is checked by, each with a space before and behind."""
    kept = "audio" if call.audio in ("closing", "kept") and call.audio_s > 0 else "mute"
    return f" {' '.join(sorted({*listed, f'!{kept}'}))} "


def tags(call: Call) -> list[str]:
    """Return the tags of a call."""
    return [tag for tag in _list(call.keeping.get("tags")) if isinstance(tag, str)]


def tag_mark(tag: str) -> str:
    """Return the mark of a tag."""
    return f"!={'_'.join(words(tag))}"[:LONGEST_WORD]


def long_mark(seconds: float) -> str:
    """Return the mark of a long call; a longer call has a later one."""
    return f"!long{min(9999, int(seconds // 60)):04}"


def who_mark(name: str) -> str:
    """Return the mark of somebody who had a hand in a call."""
    return f"!@{'_'.join(words(name))}"[:LONGEST_WORD]


def number_of(call: Call) -> str:
    """Return the digits of a call's number, with its country code if it has one."""
    return digits_of(call.number or "")[:LONGEST_WORD]


def endings(number: str) -> list[str]:
    """Return all ends of a number's digits, so that a beginning finds any inside."""
    last = len(number) - MIN_FRAGMENT
    return [f"^{number}", *(number[at:] for at in range(max(0, last) + 1))]


def parts(query: str) -> list[Part]:
    """Return what to look for; all of it must be found."""
    if _NUMBER_LIKE.fullmatch(query):
        return [_number_part(query)]
    found = [_number_part(number[0]) for number in _WRITTEN.finditer(query)]
    rest = _WRITTEN.sub(" ", query)
    found += [
        _number_part(word) if word.isascii() and word.isdigit() else Part((word,))
        for word in words(rest)
    ]
    return list(dict.fromkeys(found))[:MOST_PARTS]


def span(prefix: str) -> tuple[str, str]:
    """Return the first term of a prefix and a bound after the last."""
    return prefix, prefix + _AFTER


def words(text: str) -> list[str]:
    """Return the words of a text, folded: ``José-Ann`` gives ``jose`` and ``ann``."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(char for char in plain if not unicodedata.combining(char))
    return [word[:LONGEST_WORD] for word in re.findall(r"[^\W_]+", plain)]


def digits_of(text: str) -> str:
    """Return what a telephone can dial of a text."""
    return re.sub(r"[^0-9*#]", "", text)


def without_trunk(digits: str) -> str:
    """Return digits without the trunk 0 that a stored +country does not have."""
    long = digits.startswith("0") and len(digits) > MIN_FRAGMENT
    return digits[1:] if long else ""


def _number_part(text: str) -> Part:
    return Part(tuple(words(text)[:MOST_PARTS]), digits_of(text)[:LONGEST_WORD])


def _hands(call: Call) -> set[str]:
    """Return who kept, noted, tagged or decided something of a call."""
    entries = [*call.keeping.values(), *_list(call.keeping.get("pins"))]
    found = {entry.get("by") for entry in entries if isinstance(entry, dict)}
    return {name for name in found if isinstance(name, str) and name}


def _list(found: object) -> list[object]:
    return found if isinstance(found, list) else []


def _text(entry: object) -> str:
    text = entry.get("text") if isinstance(entry, dict) else ""
    return text if isinstance(text, str) else ""


def national(number: str) -> str:
    """Return a stored number's digits without its country code."""
    return number[_country_code_length(number) :]


def _country_code_length(digits: str) -> int:
    if digits[:1] in "17":
        return 1
    return 2 if digits[:2] in _TWO_DIGIT_CODES else 3
