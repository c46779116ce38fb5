"""A call in the words of the page: what to show of it, decided in one place.

Everything a caller can influence (name, number, marks) is cleaned of control and
direction-changing characters here and escaped by the templates.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime

import phonenumbers

from firmware.archive.model import Call, Mark

#: Longest recording for which a listening copy is made in memory, s.  Two hours of
#: int16 at 8 kHz are 115 MB.
LISTENING_MAX_S = 7200.0

#: outcome -> words, icon, tone.
OUTCOMES = {
    "in_progress": ("In progress", "live", "live"),
    "answered": ("Answered", "answered", "good"),
    "missed": ("Missed", "missed", "bad"),
    "busy": ("Busy", "busy", "warn"),
    "congestion": ("Network busy", "busy", "warn"),
    "failed": ("Not obtainable", "failed", "bad"),
    "no_answer": ("No answer", "no_answer", "warn"),
    "abandoned": ("Hung up before dialling", "abandoned", ""),
    "fax": ("Fax", "fax", "info"),
    "unknown": ("Unclear", "unclear", ""),
}
DIRECTIONS = {
    "incoming": "Incoming call",
    "outgoing": "Outgoing call",
    "unknown": "Direction unknown",
}
#: Choices of the list's filters, in the order people look for them.
DIRECTION_CHOICES = (("incoming", "Incoming"), ("outgoing", "Outgoing"))
OUTCOME_CHOICES = tuple(
    (key, words) for key, (words, _, _) in OUTCOMES.items() if key != "in_progress"
)
ABSENCES = {"private": "Number withheld", "unavailable": "Number unavailable"}

#: flag -> words, tone.  A flag that is not listed is shown as it is spelled.
FLAGS = {
    "recovered": ("recovered", "warn"),
    "interrupted": ("interrupted", "warn"),
    "sidecar_lost": ("details lost", "bad"),
    "audio_missing": ("audio missing", "bad"),
    "audio_lost": ("audio lost", "bad"),
    "gap": ("gap", "warn"),
    "caller_id_garbled": ("caller ID garbled", ""),
    "joined_late": ("joined late", ""),
    "line_cut": ("line cut", "bad"),
    "line_ended": ("line ended", "warn"),
    "recorder_stopped": ("recorder stopped", "warn"),
    "call_waiting": ("call waiting", ""),
    "stopped": ("stopped by hand", ""),
}

#: Why a call has no audio -> what a person reads.
NO_AUDIO = {
    "recording_off": "Recording was switched off, so only the call's facts were kept.",
    "not_requested": "Recording is by hand, and nobody asked for it in this call.",
    "not_answered": "Nobody answered, so there is nothing to hear.",
    "too_short": "Shorter than the minimum the settings keep, so no sound was kept.",
    "store_error": "The disk did not take the sound; run “linekeeper check”.",
    "interrupted": "The recorder was interrupted before the first sound was stored.",
    "missing": "The sound is not in its folder any more.",
}
CLOCKS = {
    "synced": "clock in step with the network",
    "free-running": "clock set earlier, running on its own",
    "unknown": "clock was not set",
}
#: mark kind -> icon and words before its text.
MARKS = {
    "answer": ("phone", "Answered"),
    "digit": ("digit", "Dialled"),
    "caller_id": ("note", "Caller ID"),
    "call_waiting": ("bell", "Second caller waiting"),
    "hook_flash": ("hook", "Hook flash"),
    "gap": ("gap", "Gap"),
    "fax": ("fax", "Fax tone"),
    "cpc": ("hook", "The exchange cut the current: the other side hung up"),
    "polarity": ("note", "Polarity reversed"),
    "recording_stopped": ("muted", "Recording stopped by hand"),
    "recording_resumed": ("live", "Recording resumed"),
    "interrupted": ("warning", "The recorder was interrupted"),
}
#: mark kind -> words above the waveform; kinds not listed are not drawn there.
SHORT = {
    "digit": "",
    "answer": "answered",
    "call_waiting": "second caller",
    "hook_flash": "flash",
    "gap": "gap",
    "fax": "fax",
    "cpc": "released",
    "recording_stopped": "stopped",
    "recording_resumed": "resumed",
    "interrupted": "interrupted",
}
TONES = {
    "dial_tone": "dial tone",
    "ringback": "ringing at the other end",
    "busy": "busy tone",
    "congestion": "reorder tone",
    "call_waiting": "call-waiting tone",
    "howler": "off-hook warning tone",
    "fax_cng": "fax calling tone",
    "fax_ced": "fax answer tone",
    "beep": "recording beep",
}
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

    clock: str
    seek_s: float | None
    icon: str
    words: str
    kind: str
    length_s: float = 0.0

    @property
    def short(self) -> str:
        """Return the few letters that fit above a waveform."""
        if self.kind == "digit":
            return self.words.partition(" ")[2]
        return SHORT.get(self.kind, self.words)


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
        return f"{seconds:.1f} s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, secs = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {secs} s" if secs else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def utc(seconds: float) -> str:
    """Return an instant to the second, for pages without scripts and for hovering."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%-d %b %Y, %H:%M:%S UTC")


def day(seconds: float) -> str:
    """Return a day as every country reads it: 2027-12-31."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d")


def who(name: str | None, raw: str | None, absence: str | None, country: str) -> str:
    """Return the best name for the other side."""
    return (
        clean(name)
        or number(raw, country)
        or ABSENCES.get(absence or "", "Number unknown")
    )


def flags(call: Call) -> tuple[Flag, ...]:
    """Return the flags worth a glance, in words."""
    return tuple(
        Flag(*FLAGS.get(name, (clean(name).replace("_", " "), "")))
        for name in dict.fromkeys(call.flags)
    )


def no_audio(call: Call) -> str:
    """Say why there is nothing to hear."""
    reason = call.no_audio_reason or ""
    known = NO_AUDIO.get(reason)
    if known:
        return known
    told = clean(reason).replace("_", " ")
    return f"No sound was kept: {told}." if told else "No sound was kept of this call."


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
        event.clock,
        event.seek_s,
        event.icon,
        event.words + clean(mark.text),
        event.kind,
    )


def _event(call: Call, mark: Mark) -> Event:
    icon, words = MARKS.get(mark.kind, ("note", clean(mark.kind).replace("_", " ")))
    text = clean(mark.text)
    if mark.kind == "tone":
        tone = TONES.get(text, text.replace("_", " "))
        words, text = tone[:1].upper() + tone[1:], ""
    if mark.kind == "gap" and mark.length_s:
        text = f"of {amount(mark.length_s)}, filled with silence"
    inside = call.audio in ("closing", "kept") and 0 <= mark.at_s <= call.audio_s
    return Event(
        clock=length(mark.at_s),
        seek_s=round(mark.at_s, 2) if inside else None,
        icon=icon,
        words=f"{words} {text}".strip(),
        kind=mark.kind,
        length_s=mark.length_s,
    )
