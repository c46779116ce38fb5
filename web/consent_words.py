"""Consent in the words of the pages: decisions, states, laws, and what to do next."""

from dataclasses import dataclass
from typing import Any

from firmware.consent.model import Decision
from firmware.consent.table import UNKNOWN, Jurisdiction, Table
from web.i18n import N_, _, get_locale

#: level -> what it asks of whoever records.
LEVELS = {
    0: N_("One side’s consent is enough"),
    1: N_("An organisation has to inform"),
    2: N_("Everybody has to know"),
    3: N_("Everybody consents; staying on after a clear notice counts"),
    4: N_("Everybody says yes first"),
}
#: reason of a decision -> words.
REASONS = {
    "rules_unreadable": N_("the rules could not be read"),
    "internal_error": N_("the rules failed, so nothing is kept"),
    "recording_off": N_("recording is switched off"),
    "own_jurisdiction_not_set": N_("nobody has said where this line is"),
    "disk_low": N_("the disk is nearly full"),
    "clock_lost": N_("the clock is not right"),
    "own_side_not_informed": N_("somebody on this line has not been told yet"),
    "never_record": N_("this number is never recorded"),
    "emergency": N_("an emergency call"),
    "emergency_not_permitted": N_("an emergency call, which may not be recorded here"),
    "out_of_scope": N_("the rules of this box do not cover it"),
    "statutory_exception": N_("threats may be recorded here"),
    "standing_consent": N_("they agreed before"),
    "one_party_consent": N_("one side’s consent is enough"),
    "organisation_informs": N_("an organisation has to inform"),
    "tell_first": N_("everybody has to know first"),
    "beep": N_("the tone is enough here"),
    "announcement": N_("everybody has to know"),
    "ask_first": N_("everybody has to say yes first"),
    "owner_switched_on": N_("recording was switched on"),
}
#: what the scope rules said -> words.
SCOPE = {
    "never_list": N_("on the list of numbers never recorded"),
    "private_list": N_("on the list of private numbers"),
    "emergency_list": N_("on the list of emergency numbers"),
    "always_list": N_("on the list of numbers always recorded"),
    "no_rule": N_("no rule covers it"),
    "rule": N_("by rule"),
    "sampled": N_("drawn as a sample by rule"),
    "not_sampled": N_("not drawn as a sample by rule"),
    "manual_only": N_("only when somebody presses Record, by rule"),
    "excluded": N_("left out by rule"),
}
#: state of a call's recording -> words, tone.
STATES = {
    "idle": ("", ""),
    "ringing": (N_("Ringing"), ""),
    "decided": (N_("Waiting for the answer"), ""),
    "announcing": (N_("The box is telling them"), "warn"),
    "telling": (N_("Tell them that the call is recorded"), "warn"),
    "provisional": (N_("Told; they may still say no"), "warn"),
    "asking": (N_("Not recorded before you confirm"), "warn"),
    "committed": (N_("Being recorded"), "good"),
    "unannounced": (N_("Recording, but they have not been told yet"), "warn"),
    "paused": (N_("Recording is paused"), "warn"),
    "announcing_again": (N_("The box is telling them again"), "warn"),
    "asking_again": (N_("Somebody joined: not recorded before you confirm"), "warn"),
    "closed": (N_("The recording is closed"), ""),
    "denied": (N_("Not recorded"), ""),
    "discarded": (N_("The recording was thrown away"), ""),
    "not_confirmed": (N_("Nobody confirmed, so nothing was kept"), ""),
    "quarantined": (N_("Set aside; deleted after 72 hours unless kept"), "warn"),
}
FAILURES = {
    "keep": N_("it is kept all the same"),
    "quarantine": N_("it is set aside"),
    "discard": N_("it is thrown away"),
}
ATTESTED = {
    "informed": N_("I have told them"),
    "agreed": N_("They said yes"),
    "refused": N_("They said no"),
}
SATISFIED = {
    "own_consent": N_("consent of the recording side"),
    "notice": N_("they know or were warned"),
    "notice_at_start": N_("told at the start of the call"),
    "clearly_aware": N_("unmistakably aware"),
    "announcement_recorded": N_("an announcement that is in the recording"),
    "implied_by_continuing": N_("staying on after a clear notice"),
    "verbal_consent": N_("a spoken yes"),
    "verbal_consent_at_start_of_recording": N_("a spoken yes in the recording"),
    "written_consent": N_("consent in writing"),
    "key_press": N_("a key pressed for yes"),
    "beep_15s": N_("a tone about every 15 seconds"),
}
CONFIDENCE = {
    "high": N_("sure"),
    "medium": N_("fairly sure"),
    "low": N_("unsure"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """A decision for a person: a few words, a sentence, a tone."""

    short: str
    sentence: str
    tone: str


def decision(made: Decision) -> Told:
    """Return what a decision means for whoever is on the telephone."""
    return Told(*_SAID[made.action](made))


def _deny(made: Decision) -> tuple[str, str, str]:
    why = reason(made.reason)
    return _("Not recorded"), _("Nothing is kept: %(why)s.", why=why), ""


def _record(made: Decision) -> tuple[str, str, str]:
    if made.reason == "one_party_consent":
        return (
            _("Recorded"),
            _("Recorded without a notice: one side’s consent is enough."),
            "good",
        )
    why = reason(made.reason)
    return _("Recorded"), _("Recorded without a notice: %(why)s.", why=why), "good"


def _notice(made: Decision) -> tuple[str, str, str]:
    if made.notice == "script":
        told = _("Recorded; you tell them at the start, with the words on the page.")
    elif made.notice == "reminder":
        told = _("Recorded after a short reminder: they agreed before.")
    elif made.notice is None:
        told = _("Recorded with a tone every 15 seconds.")
    else:
        told = _("The box tells them at the start, and then records.")
    return _("Recorded, with notice"), told, "good"


def _confirm(made: Decision) -> tuple[str, str, str]:
    if made.confirm == "agreed":
        told = _("Nothing is kept before they say yes and you press “They said yes”.")
        return _("Ask first"), told, "warn"
    told = _("Nothing is kept before you tell them and press “I have told them”.")
    return _("Tell first"), told, "warn"


ACTIONS = ("DENY", "RECORD", "RECORD_WITH_NOTICE", "CONFIRM_FIRST")
_SAID = {
    "DENY": _deny,
    "RECORD": _record,
    "RECORD_WITH_NOTICE": _notice,
    "CONFIRM_FIRST": _confirm,
}


def recorded(record: dict[str, Any]) -> Told:
    """Return a decision that the record of a call holds."""
    return decision(
        Decision(
            int(record.get("level") or 0),
            record["action"],
            str(record.get("reason") or ""),
            confirm=record.get("confirm"),
            notice="announcement" if record.get("notice") else "script",
        )
    )


def reason(key: str) -> str:
    """Return why something was decided, in words."""
    return _(REASONS[key]) if key in REASONS else key.replace("_", " ")


def state(key: str) -> tuple[str, str]:
    """Return words and tone of a recording state."""
    words, tone = STATES.get(key, (key.replace("_", " ").capitalize(), ""))
    return _(words) if words else "", tone


def place(code: str, row: Jurisdiction | None = None) -> str:
    """Return the name of a jurisdiction in the reader's language where it has one."""
    if code == UNKNOWN:
        return _("somewhere unknown")
    locale = get_locale()
    name: str | None = locale.territories.get(code) if locale else None
    return name or (row.name if row else code)


def places(rows: Table) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return jurisdictions to choose from: states of their country, then countries."""
    states: dict[str, list[tuple[str, str]]] = {}
    for code, row in rows.rows.items():
        country, _hyphen, part = code.partition("-")
        if part == "?" or code in rows.floors:
            continue
        group = country if part else ""
        states.setdefault(group, []).append((code, place(code, row)))
    named = {key: place(key) if key else _("Countries") for key in states}
    order = sorted(states, key=lambda key: (key != "", named[key]))
    return [(named[key], sorted(states[key], key=lambda p: p[1])) for key in order]


def languages(codes: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return languages as people choose them: code and name."""
    locale = get_locale()
    known = locale.languages if locale else {}
    return [(code, str(known.get(code, code)).capitalize()) for code in codes]
