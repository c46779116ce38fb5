"""What became of consent in one call, for its page: the record in words."""

from dataclasses import dataclass
from typing import Any

from firmware.archive.model import Call, from_iso
from web import consent_words, house, words
from web.consent_words import ATTESTED, FAILURES, LEVELS, STATES
from web.i18n import N_, _

#: cause of a state -> words; what is not listed is shown as it is spelled.
CAUSES = {
    "denied": N_("the rules"),
    "may be recorded": N_("the rules"),
    "may be recorded with a reminder": N_("the rules"),
    "may be recorded with a notice": N_("the rules"),
    "may be recorded, the operator tells them": N_("the rules"),
    "confirm first": N_("the rules"),
    "notice heard": N_("the notice was heard on the line"),
    "notice heard, they may object": N_("the notice was heard on the line"),
    "notice not heard: keep": N_("the notice was not heard"),
    "notice not heard: quarantine": N_("the notice was not heard"),
    "notice not heard: discard": N_("the notice was not heard"),
    "confirmed": N_("confirmed"),
    "refused": N_("they refused"),
    "withdrawn": N_("they took it back"),
    "paused": N_("paused by hand"),
    "resumed": N_("resumed by hand"),
    "time over": N_("the time was over"),
    "call ends": N_("the call ended"),
}
NOTICES = {
    "announcement": N_("announcement"),
    "question": N_("question"),
    "reminder": N_("reminder"),
    "script": N_("words for you to say"),
}


@dataclass(frozen=True, slots=True)
class Panel:
    """The consent part of a call's page."""

    short: str
    sentence: str
    tone: str
    facts: tuple[words.Fact, ...]
    references: tuple[str, ...]
    steps: tuple[tuple[str, str, str], ...]  # clock, words, cause and actor


def panel(call: Call) -> Panel | None:
    """Return the panel, or None for a call from before there was such a record."""
    record = call.consent
    action = str(record.get("action") or "")
    if action not in consent_words.ACTIONS:
        return None
    told = consent_words.recorded(record)
    references = [words.clean(str(law)) for law in record.get("references") or ()]
    return Panel(
        told.short,
        told.sentence,
        told.tone,
        tuple(_facts(record)),
        tuple(references),
        tuple(_step(step) for step in record.get("states") or ()),
    )


def _facts(record: dict[str, Any]) -> list[words.Fact]:
    facts = []
    level = record.get("level")
    if level in LEVELS:
        facts.append(words.Fact(_("Class"), f"{level}", _(LEVELS[level])))
    rows = house.table()
    codes = [str(code) for code in record.get("places") or ()]
    places = [consent_words.place(code, rows.row(code)) for code in codes]
    if places:
        facts.append(words.Fact(_("Other side"), ", ".join(places)))
    facts += [*_notice(record), *_beeps(record), *_attested(record)]
    if locked := record.get("quarantine"):
        until = words.utc(from_iso(str(locked["until_utc"])))
        facts.append(
            words.Fact(_("Set aside"), _("deleted after %(time)s", time=until))
        )
    if version := record.get("table_version"):
        facts.append(words.Fact(_("Law of"), words.clean(str(version))))
    return facts


def _notice(record: dict[str, Any]) -> list[words.Fact]:
    notice = record.get("notice")
    if not isinstance(notice, dict):
        return []
    kind = str(notice.get("id", "")).partition("-")[0]
    said = _(NOTICES[kind]) if kind in NOTICES else words.clean(str(notice.get("id")))
    at = words.length(max(0.0, float(notice.get("at_s") or 0.0)))
    heard = {True: _("heard on the line"), False: _("not heard on the line")}
    proof = heard.get(bool(notice.get("heard")), "")
    if notice.get("heard") is None:
        proof = _("not known whether heard")
    language = words.clean(str(notice.get("language") or ""))
    failure = record.get("on_failure")
    if notice.get("heard") is False and failure in FAILURES:
        proof = f"{proof}: {_(FAILURES[failure])}"
    return [words.Fact(_("Notice"), f"{said} ({language}), {at}", proof)]


def _beeps(record: dict[str, Any]) -> list[words.Fact]:
    beeps = record.get("beeps")
    if not isinstance(beeps, dict):
        return []
    told = _(
        "%(heard)s of %(expected)s heard",
        heard=beeps.get("heard", 0),
        expected=beeps.get("expected", 0),
    )
    level = beeps.get("level_dbov")
    return [words.Fact(_("Tones"), told, f"{level} dBov" if level is not None else "")]


def _attested(record: dict[str, Any]) -> list[words.Fact]:
    said = record.get("attested")
    if not isinstance(said, dict):
        return []
    kind = str(said.get("kind", ""))
    by = _person(said.get("by"))
    at = words.length(max(0.0, float(said.get("at_s") or 0.0)))
    return [words.Fact(_("Confirmed"), _(ATTESTED.get(kind, kind)), f"{by}, {at}")]


def _step(step: dict[str, Any]) -> tuple[str, str, str]:
    state, cause = str(step.get("state", "")), str(step.get("cause", ""))
    said = _(STATES[state][0]) if STATES.get(state, ("",))[0] else state
    why = _(CAUSES[cause]) if cause in CAUSES else words.clean(cause)
    actor = _person(step.get("actor"))
    at = words.length(max(0.0, float(step.get("at_s") or 0.0)))
    return at, said, ", ".join(part for part in (why, actor) if part)


def _person(actor: object) -> str:
    """Return who did something; people are `user:` and their name."""
    return words.clean(str(actor or "")).removeprefix("user:")
