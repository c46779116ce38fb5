"""Retention's rules and facts, read from the settings and from the record of a call."""

import math
import re
from collections.abc import Container, Mapping
from dataclasses import dataclass, field

from firmware.archive.model import Call, from_iso
from firmware.archive.retention import Facts, Rules, add_months
from firmware.service.settings import Settings

#: Digits at the end of a number that tell it from others, with or without its country.
KEY_DIGITS = 9
#: How a period is written in the notices' languages: words of months, of days.
_MONTHS = (
    (1, "month månad måned monat maand mies mois mes kuukau"),
    (12, "year år jahr jaar rok lata lat an año vuo"),
)
_DAYS = (
    (1, "day dag tag dni dzień jour día giorn päiv"),
    (7, "week veck uke uge woche tydz tyg semaine semana settiman viik"),
)
_PERIOD = re.compile(r"\s*(\d{1,3})\s*(\D+)")


def rules_of(settings: Settings) -> Rules:
    """Return the rules that the settings give."""
    own = settings.retention
    purpose: str | None = own.purpose
    if purpose is None and settings.consent.recorder == "private":
        purpose = "personal"
    return Rules(
        purpose=purpose,
        months=own.months or None,
        personal_months=own.personal_months,
        site_months=own.site_months,
        log_months=own.log_months,
        lossless_months=own.lossless_months,
        low_value_days=own.low_value_days,
        periods=periods_of(own.periods),
        minimum=own.minimum,
        extended=own.extended,
    )


def periods_of(text: str) -> tuple[tuple[str, int], ...]:
    """Return the months of single purposes, as ``quality=3 service=12`` tells them."""
    pairs = (part.partition("=") for part in text.split())
    return tuple((name, int(months)) for name, _, months in pairs if int(months))


@dataclass(frozen=True, slots=True)
class People:
    """What the registers say of numbers, by `key_of`."""

    known: Container[str] = ()
    #: When an agreement made beforehand ends, or was withdrawn; inf: it does not end.
    agreed_until: Mapping[str, float] = field(default_factory=dict)


NOBODY = People()


def key_of(number: str | None) -> str:
    """Return what is the same however a number is written; empty if there is none."""
    digits = "".join(char for char in number or "" if char.isdecimal())
    return digits.lstrip("0")[-KEY_DIGITS:]


def facts_of(call: Call, people: People = NOBODY) -> Facts:
    """Return what retention needs to know of a call."""
    keeping = call.keeping
    binned = keeping.get("bin")
    return Facts(
        id=call.id,
        start_utc=call.start_utc,
        audio=call.audio != "none",
        log="erased" not in keeping or keeping["erased"].get("what") != "all",
        size=call.audio_bytes,
        small=small_copy(call),
        running=call.outcome == "in_progress" or call.audio in ("recording", "closing"),
        held=call.held,
        restricted=call.restricted,
        duty=bool(keeping.get("duty")),
        erase_utc=from_iso(binned["until_utc"]) if binned else None,
        consent_until_utc=_consent_until(call, people),
        purpose=(keeping.get("purpose") or {}).get("id"),
        starred="star" in keeping,
        order="order" in keeping,
        noted="note" in keeping or "pins" in keeping,
        known=bool(call.number) and key_of(call.number) in people.known,
        incoming=call.direction != "outgoing",
        talk_s=call.duration_s,
    )


def small_copy(call: Call) -> int | None:
    """Return the bytes of the smaller copy that stands beside the lossless master."""
    small = call.keeping.get("small")
    return None if small is None or small.get("alone") else int(small["bytes"])


def _consent_until(call: Call, people: People) -> float | None:
    """Return until when those on the line have agreed, if that was said."""
    told = call.keeping.get("told") or {}
    ends = []
    if call.decision_reason == "standing_consent":
        ends.append(people.agreed_until.get(key_of(call.number), math.inf))
    end = told_end(call.start_utc, told.get("period") or "")
    # A star of a private person's overrides what they told themselves.
    if end is not None and not (told.get("private") and "star" in call.keeping):
        ends.append(end)
    end = min(ends, default=math.inf)
    return None if math.isinf(end) else end


def told_end(start_utc: float, text: str) -> float | None:
    """Return when a period ends that a notice told: ``6 months``, ``1 år``."""
    match = _PERIOD.match(text.casefold())
    if match is None or not int(match[1]):
        return None
    for count, words in _MONTHS:
        if match[2].startswith(tuple(words.split())):
            return add_months(start_utc, int(match[1]) * count)
    for count, words in _DAYS:
        if match[2].startswith(tuple(words.split())):
            return start_utc + int(match[1]) * count * 86_400.0
    return None
