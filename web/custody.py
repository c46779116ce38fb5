"""The life of a recording as the ledger has it: made, heard by whom, kept, gone."""

from dataclasses import dataclass
from typing import Any

from firmware.archive.ledger import Entry
from firmware.archive.model import Call, from_iso
from web import evidence, keeping_words, words
from web.consent_words import REASONS as CONSENT_REASONS
from web.i18n import N_, _
from web.why import OWN_WORDS, REASONS

#: kind of entry -> what happened, icon, tone.
KINDS = {
    "begun": (N_("The ledger begins"), "seal", ""),
    "created": (N_("The call began"), "phone", ""),
    "adopted": (N_("Found on the disk"), "warning", "warn"),
    "decision": (N_("Decided"), "shield", ""),
    "notice_heard": (N_("Notice"), "quote", ""),
    "closed": (N_("Recording closed and hashed"), "seal", "good"),
    "packed": (N_("Packed without loss"), "shelf", ""),
    "updated": (N_("Record changed"), "pen", ""),
    "played": (N_("Played"), "play", "info"),
    "exported": (N_("Taken out of the box"), "get", "info"),
    "edited_copy": (N_("An edited copy was made"), "pen", "info"),
    "shared": (N_("Shared"), "get", "info"),
    "held": (N_("Held"), "lock", ""),
    "released": (N_("Hold released"), "open", ""),
    "starred": (N_("Star given"), "star", ""),
    "unstarred": (N_("Star taken away"), "star", ""),
    "binned": (N_("Put into the bin"), "bin", "warn"),
    "restored": (N_("Taken out of the bin"), "undo", ""),
    "stepped_down": (N_("Only the smaller copy kept"), "gap", ""),
    "swept": (N_("Removed by the rules"), "bin", "warn"),
    "erased": (N_("Erased"), "bin", "bad"),
    "restricted": (N_("Restricted"), "muted", "warn"),
    "unrestricted": (N_("Restriction lifted"), "answered", ""),
    "objected": (N_("They object"), "failed", "warn"),
    "clock_corrected": (N_("Clock corrected"), "no_answer", ""),
    "verified": (N_("Checked"), "answered", "good"),
    "quarantined": (N_("Set aside"), "lock", "warn"),
    "rewrapped": (N_("Sealed for another key"), "key", ""),
    "viewed": (N_("Looked at"), "eye", ""),
    "logged_in": (N_("Logged in"), "key", ""),
    "refused": (N_("Refused"), "failed", "warn"),
    "changed": (N_("Changed"), "pen", ""),
    "unlocked": (N_("Recordings unlocked"), "open", ""),
    "locked": (N_("Recordings locked"), "lock", ""),
    "backed_up": (N_("Backed up"), "disk", "good"),
    "checkpoint_anchored": (N_("Checkpoint anchored"), "pin", "good"),
}
#: What somebody heard or took: who listened, in one list.
HEARD = frozenset({"played", "exported", "shared", "edited_copy"})
#: A program's own name in the ledger -> what people call it.
SERVICES = {
    "recorder": N_("the recorder"),
    "sweep": N_("the rules"),
    "backup": N_("the backup"),
    "verify": N_("the check"),
    "nobody": N_("somebody unknown"),
}
#: What a change changed, what was refused.
_WHATS = {
    "recording": N_("recording on or off"),
    "rules": N_("the rules"),
    "settings": N_("settings"),
    "requests": N_("requests of persons"),
    "restart": N_("the recorder, started again"),
    "backup_key": N_("the password of the backup was shown"),
    "setup": N_("the set-up"),
    "people": N_("people of the line"),
    "numbers": N_("numbers"),
    "callbacks": N_("missed callers"),
    "agreements": N_("agreements"),
    "voices": N_("voices of the notices"),
    "alerts": N_("an alert was seen"),
    "coverage": N_("whether anything was missed"),
    "log_ins": N_("log-ins"),
    "second_factor": N_("second factors"),
    "password": N_("the own password"),
    "sessions": N_("own log-ins ended"),
    "pin": N_("a note pinned"),
    "repin": N_("a pinned note changed"),
    "unpin": N_("a pinned note taken away"),
    "reason": N_("why it was heard"),
    "passphrase": N_("the passphrase"),
    "recovery_key": N_("the recovery key"),
    "log_in": N_("a wrong name or password"),
    "proof": N_("a wrong password, asked again"),
    "unlock": N_("a wrong passphrase"),
}
_ACTIONS = {
    "DENY": N_("do not record"),
    "RECORD": N_("record"),
    "RECORD_WITH_NOTICE": N_("record and tell"),
    "CONFIRM_FIRST": N_("ask first"),
}
_VERSIONS = {"listening": N_("listening copy"), "original": N_("original")}
_FORMATS = {
    "evidence": N_("evidence bundle"),
    "zip": N_("bundle"),
    "wav": "WAV",
    "flac": "FLAC",
    "opus": "Opus",
}


@dataclass(frozen=True, slots=True)
class Link:
    """One link of the chain, ready to be shown."""

    at_utc: float
    words: str
    detail: str
    by: str
    icon: str
    tone: str
    index: int
    kind: str
    call_id: str


def chain(entries: list[Entry], call: Call | None = None) -> list[Link]:
    """Return entries in words, the newest first; a call's own with what it knows."""
    return [link(entry, _own_words(entry, call)) for entry in reversed(entries)]


def heard(entries: list[Entry]) -> list[str]:
    """Return who heard a recording or took it out, each once."""
    return list(dict.fromkeys(who(e.by) for e in entries if e.kind in HEARD))


def _own_words(entry: Entry, call: Call | None) -> str:
    """Return what somebody wrote before they listened; the ledger has only a code."""
    if call is None or entry.data.get("reason") != OWN_WORDS:
        return ""
    said = [
        str(each.get("text", ""))
        for each in call.keeping.get("reasons", ())
        if each.get("by") == entry.by and from_iso(each["at_utc"]) <= entry.at_utc
    ]
    return words.clean(said[-1]) if said else ""


def link(entry: Entry, own_words: str = "") -> Link:
    """Return one entry in words; `own_words` are more than the ledger's code says."""
    told, icon, tone = KINDS.get(entry.kind, (entry.kind, "note", ""))
    if entry.data.get("ok") is False or entry.data.get("heard") is False:
        tone = "bad" if entry.kind == "verified" else "warn"
    return Link(
        at_utc=entry.at_utc,
        words=_(told),
        detail=", ".join(part for part in (_detail(entry), own_words) if part),
        by=who(entry.by),
        icon=icon,
        tone=tone,
        index=entry.index,
        kind=entry.kind,
        call_id=entry.call_id,
    )


def who(by: str) -> str:
    """Return who did it: a person's name, or what people call a program."""
    return _(SERVICES[by]) if by in SERVICES else words.clean(by)


def _detail(entry: Entry) -> str:
    """Return what distinguishes this entry from others of its kind."""
    parts = [_told(key, value) for key, value in entry.data.items()]
    return ", ".join(part for part in parts if part)


def _told(key: str, value: Any) -> str:
    if key == "version":
        return _(_VERSIONS.get(value, str(value)))
    if key in ("format", "how"):
        return _(_FORMATS.get(value, str(value).replace("_", " ")))
    if key == "what":
        return _(_WHATS[value]) if value in _WHATS else ""
    if key == "reason":
        return _reason(str(value))
    if key == "heard":
        return _("heard on the line") if value else _("not heard on the line")
    if key == "ok":
        return _("in order") if value else _("something is wrong")
    if key == "action":
        return _(_ACTIONS[value]) if value in _ACTIONS else str(value)
    if key == "purpose":
        return keeping_words.purpose(str(value))
    if key == "until":
        return _("until %(day)s", day=words.day(from_iso(value)))
    if key == "size":
        return _("%(count)s entries", count=value)
    return ""


def _reason(code: str) -> str:
    if code == OWN_WORDS:
        return ""
    if code in REASONS:
        return _(REASONS[code])
    if code in evidence.REASONS:
        return _(evidence.REASONS[code])
    if code == "access":
        return _("they asked for a copy")
    if code in CONSENT_REASONS:
        return _(CONSENT_REASONS[code])
    return keeping_words.reason(code)
