"""A call in the words of the page: what to show of it, decided in one place.

Everything a caller can influence (name, number, marks) is cleaned of control and
direction-changing characters here and escaped by the templates.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime

import phonenumbers
from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal

from firmware.archive.model import Call, Mark
from web.consent_words import REASONS
from web.i18n import _, get_locale
from web.vocabulary import (
    ABSENCES,
    FLAGS,
    MARKS,
    NO_AUDIO,
    NOBODY,
    TONES,
)

#: Tone plans are named for use, regions by ISO 3166.
REGIONS = {"uk": "GB"}
#: Digits closer than this belong to one number dialled, s.
DIALLING_GAP_S = 6.0


@dataclass(frozen=True, slots=True)
class Flag:
    text: str
    tone: str


@dataclass(frozen=True, slots=True)
class Fact:
    label: str
    text: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """One line of "what happened"; `seek_s` is None outside the recording."""

    at_s: float
    seek_s: float | None
    icon: str
    words: str
    kind: str
    length_s: float = 0.0


def clean(text: str | None) -> str:
    """Return hostile text fit to show: printable, no direction tricks, not endless."""
    kept = (
        c for c in (text or "")[:200] if unicodedata.category(c)[0] != "C" or c == " "
    )
    return " ".join("".join(kept).split())


def region(country: str) -> str:
    """Return the ISO 3166 region of a tone plan's country."""
    return REGIONS.get(country.lower(), country.upper())


def number(raw: str | None, country: str) -> str:
    """Return a number as people in that country write it, or as it came."""
    text = clean(raw)
    home = region(country)
    try:
        parsed = phonenumbers.parse(text, home)
    except phonenumbers.NumberParseException:
        return text
    if not phonenumbers.is_possible_number(parsed) or any(c in text for c in "*#,;"):
        return text
    abroad = parsed.country_code != phonenumbers.country_code_for_region(home)
    style = phonenumbers.PhoneNumberFormat
    return phonenumbers.format_number(
        parsed, style.INTERNATIONAL if abroad else style.NATIONAL
    )


def national(raw: str | None, country: str) -> str:
    """Return a number's digits as lines send them, without the country; or as typed."""
    text = clean(raw)
    try:
        parsed = phonenumbers.parse(text, region(country))
    except phonenumbers.NumberParseException:
        return text
    if not phonenumbers.is_possible_number(parsed):
        return text
    found: str = phonenumbers.national_significant_number(parsed)
    return found


def dial(raw: str | None) -> str:
    """Return a number as a telephone takes it, "" for what is not one.

    Nothing with * or #: those are orders to the telephone or its network.
    """
    digits = re.sub(r"[ ().-]", "", clean(raw))
    return digits if re.fullmatch(r"\+?[0-9]{3,20}", digits) else ""


def length(seconds: float) -> str:
    """Return a duration as 0:07, 12:34 or 1:02:03."""
    whole = max(0, round(seconds))
    hours, rest = divmod(whole, 3600)
    minutes, secs = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{secs:02}" if hours else f"{minutes}:{secs:02}"


def amount(seconds: float) -> str:
    """Return a duration in words: 0.4 s, 12 s, 3 min 5 s, 2 h 5 min."""
    if seconds < 10:
        return f"{decimal(seconds)} s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, secs = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {secs} s" if secs else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def utc(seconds: float) -> str:
    """Return an instant to the second, for pages without scripts and for hovering."""
    when = datetime.fromtimestamp(seconds, UTC)
    shown = format_datetime(when, "d MMM y, HH:mm:ss", locale=get_locale() or "en_GB")
    return f"{shown} UTC"


def day(seconds: float) -> str:
    """Return a day as every country reads it: 2027-12-31."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d")


def weekday(seconds: float) -> str:
    """Return the short name of the day where the box stands."""
    when = datetime.fromtimestamp(seconds)
    return format_date(when, "EEE", locale=get_locale() or "en_GB")


def far_day(seconds: float) -> str:
    """Return a day that is not near, where the box stands: 21 November 2027."""
    when = datetime.fromtimestamp(seconds)
    return format_date(when, "long", locale=get_locale() or "en_GB")


def decimal(value: float) -> str:
    """Return a number with one place, as the visitor's language writes it."""
    return format_decimal(value, "#,##0.0", locale=get_locale() or "en_GB")


def who(name: str | None, raw: str | None, absence: str | None, country: str) -> str:
    """Return the best name for the other side."""
    return clean(name) or number(raw, country) or _(ABSENCES.get(absence or "", NOBODY))


def flags(call: Call) -> tuple[Flag, ...]:
    """Return the flags worth a glance, in words."""
    known = ((name, *FLAGS.get(name, ("", ""))) for name in dict.fromkeys(call.flags))
    return tuple(
        Flag(_(told) if told else clean(name).replace("_", " "), tone)
        for name, told, tone in known
    )


def no_audio(call: Call) -> str:
    """Say why there is nothing to hear."""
    reason = call.no_audio_reason or ""
    known = NO_AUDIO.get(reason)
    if known:
        return _(known)
    told = _(REASONS[reason]) if reason in REASONS else clean(reason).replace("_", " ")
    if told:
        return _("No sound was kept: %(why)s.", why=told)
    return _("No sound was kept of this call.")


def events(call: Call) -> tuple[Event, ...]:
    """Return the marks in words, a dialled number as one line."""
    out: list[Event] = []
    last_digit = float("-inf")
    for mark in sorted(call.marks, key=lambda m: m.at_s):
        dialled = mark.kind == "digit"
        follows = dialled and mark.at_s - last_digit < DIALLING_GAP_S
        if follows and out[-1].kind == "digit":
            out[-1] = _joined(out[-1], mark)
        else:
            out.append(_event(call, mark))
        if dialled:
            last_digit = mark.at_s
    return tuple(out)


def _joined(event: Event, mark: Mark) -> Event:
    return Event(
        event.at_s,
        event.seek_s,
        event.icon,
        event.words + clean(mark.text),
        event.kind,
    )


def _event(call: Call, mark: Mark) -> Event:
    icon, known = MARKS.get(mark.kind, ("note", ""))
    words = _(known) if known else clean(mark.kind).replace("_", " ")
    text = clean(mark.text)
    if mark.kind == "tone":
        tone = _(TONES[text]) if text in TONES else text.replace("_", " ")
        words, text = tone[:1].upper() + tone[1:], ""
    if mark.kind == "gap" and mark.length_s:
        text = _("of %(length)s, filled with silence", length=amount(mark.length_s))
    beep = mark.kind == "tone" and clean(mark.text) == "beep"
    return Event(
        at_s=max(0.0, mark.at_s),
        seek_s=within(call, mark.at_s),
        icon=icon,
        words=f"{words} {text}".strip(),
        kind="beep" if beep else mark.kind,
        length_s=mark.length_s,
    )


def within(call: Call, at_s: float) -> float | None:
    """Return a second of the recording to which one can go; None outside of it."""
    inside = call.audio in ("closing", "kept") and 0 <= at_s <= call.audio_s
    return round(at_s, 2) if inside else None
