"""What the templates show of a call, computed once per call."""

from dataclasses import dataclass
from typing import Any

from flask import url_for

from firmware.archive import search
from firmware.archive.model import Call, ClockCorrection
from web import vocabulary, words
from web.i18n import _
from web.moments import Moment, moments, symbols


@dataclass(frozen=True, slots=True)
class Row:
    """A call in the list."""

    id: str
    start_utc: float
    who: str
    number_beside: str
    direction: str
    direction_words: str
    outcome: str
    outcome_icon: str
    tone: str
    length: str
    flags: tuple[words.Flag, ...]
    starred: bool = False
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """A call on its own page; the list's fields come from `row`."""

    row: Row
    audio: str
    quarantined: bool
    audio_s: float
    audio_length: str
    dial: str
    playable: bool
    final: bool
    over: bool
    audio_words: str
    audio_tone: str
    audio_icon: str
    recovered: str
    listening_url: str
    original_url: str
    facts: tuple[words.Fact, ...]
    deep_facts: tuple[words.Fact, ...]
    corrections: tuple[ClockCorrection, ...]
    moments: tuple[Moment, ...]
    symbols: list[dict[str, Any]]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.row, name)


def row(call: Call, country: str) -> Row:
    """Return what the list shows of a call."""
    outcome, icon, tone = vocabulary.OUTCOMES[call.outcome]
    outcome = _(outcome)
    who = words.who(call.name, call.number, call.number_absence, country)
    number = words.number(call.number, country)
    return Row(
        id=call.id,
        start_utc=call.start_utc,
        who=who,
        number_beside=number if number != who else "",
        direction=call.direction,
        direction_words=_(vocabulary.DIRECTIONS[call.direction]),
        outcome=outcome,
        outcome_icon=icon,
        tone=tone,
        length=words.length(call.duration_s) if call.duration_s else "",
        flags=(*words.flags(call), *_kept(call)),
        starred="star" in call.keeping,
        tags=tuple(words.clean(tag) for tag in search.tags(call)),
    )


def _kept(call: Call) -> list[words.Flag]:
    """Return how people keep a call, as flags."""
    flags = []
    if call.held:
        flags.append(words.Flag(_("held"), "info"))
    if call.restricted:
        flags.append(words.Flag(_("restricted"), "warn"))
    if "note" in call.keeping or "pins" in call.keeping:
        flags.append(words.Flag(_("noted"), "info"))
    return flags


def playable(call: Call) -> bool:
    """Say whether there is a complete master to play."""
    shut = call.quarantined or call.restricted or call.binned
    return call.audio in ("closing", "kept") and not shut and call.audio_s > 0


def page(call: Call, country: str) -> Page:
    """Return what the page of one call shows."""
    told, tone, icon = _audio_words(call)
    happened = moments(call)
    return Page(
        row=row(call, country),
        audio=call.audio,
        quarantined=call.quarantined,
        audio_s=call.audio_s,
        audio_length=words.length(call.audio_s),
        dial=words.dial(call.number),
        playable=playable(call),
        final=call.outcome != "in_progress" and call.audio in ("none", "kept"),
        over=call.outcome != "in_progress" and call.audio != "recording",
        audio_words=told,
        audio_tone=tone,
        audio_icon=icon,
        recovered=words.clean(call.recovered),
        listening_url=_audio_url(call, "listening"),
        original_url=_audio_url(call, "original"),
        facts=tuple(_facts(call)),
        deep_facts=tuple(_deep_facts(call)),
        corrections=tuple(call.clock_corrections),
        moments=happened,
        symbols=symbols(happened),
    )


def _audio_url(call: Call, version: str) -> str:
    return url_for("audio.audio", call_id=call.id, version=version)


def _audio_words(call: Call) -> tuple[str, str, str]:
    """Say what state the sound is in: words, tone, icon."""
    if call.audio == "recording":
        told = _("Being recorded now. You can listen as soon as the call has ended.")
        return told, "", "live"
    if call.outcome == "in_progress":
        told = _("The call is going on.")
        if call.no_audio_reason == "not_answered":  # not yet
            return told, "", "live"
        return f"{told} {words.no_audio(call)}", "", "live"
    if call.quarantined:
        told = _("The recording is set aside, and nobody can play it.")
        return told, "warn", "lock"
    if call.audio == "closing":
        told = _("The recording is being closed; it will be here in a moment.")
        return told, "", "note"
    if call.audio == "kept":
        told = _("The recording is empty: not one sample arrived.")
        return told, "warn", "warning"
    return words.no_audio(call), "", "muted"


def _facts(call: Call) -> list[words.Fact]:
    """Return what a person wants to know first."""
    facts: list[words.Fact] = []
    if call.ring_count:
        facts.append(words.Fact(_("Rings"), str(call.ring_count), _answer(call)))
    if call.duration_s:
        facts.append(words.Fact(_("Off-hook"), words.amount(call.duration_s)))
    if keys := _keys(call):
        facts.append(words.Fact(_("Keys pressed"), keys))
    if call.lost_s > 0:
        note = _("gaps are silence in the recording")
        facts.append(words.Fact(_("Sound lost"), words.amount(call.lost_s), note))
    elif call.audio_s:
        facts.append(words.Fact(_("Sound lost"), _("none")))
    by = {"activity": _("by sound on the line"), "manual": _("by hand")}
    started = by.get(call.trigger)
    if started:
        facts.append(words.Fact(_("Started"), started))
    clock = _(vocabulary.CLOCKS.get(call.clock, vocabulary.NO_CLOCK))
    source = vocabulary.CLOCK_SOURCES.get(call.clock_source, "")
    facts.append(words.Fact(_("Clock"), clock, _(source) if source else ""))
    return facts


def _answer(call: Call) -> str:
    if call.answer_s is None or call.direction != "incoming":
        return ""
    return _("answered after %(time)s", time=words.amount(call.answer_s))


def _keys(call: Call) -> str:
    """Return the keys pressed where they are not just the number dialled."""
    marks = sorted(call.marks, key=lambda m: m.at_s)
    keys = words.clean("".join(m.text for m in marks if m.kind == "digit"))
    return keys if keys != words.clean(call.number) else ""


def _deep_facts(call: Call) -> list[words.Fact]:
    """Return what helps to prove and to repair."""
    facts = [
        words.Fact(_("Call id"), call.id),
        words.Fact(_("Line"), words.clean(call.line)),
    ]
    if call.number:
        facts.append(words.Fact(_("Number as sent"), words.clean(call.number)))
    if call.end_s is not None:
        facts.append(words.Fact(_("From ring to end"), words.amount(call.end_s)))
    if call.audio_s:
        facts.append(words.Fact(_("Recording"), words.amount(call.audio_s)))
    if call.audio_offset_s < -0.05:
        before = words.amount(-call.audio_offset_s)
        told = _("begins %(time)s before the call", time=before)
        facts.append(words.Fact(_("Pre-roll"), told))
    if call.sha256:
        facts.append(words.Fact("SHA-256", call.sha256, _("of the samples")))
    return facts
