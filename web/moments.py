"""What happened in a call, moment by moment: what the line heard, what consent needed,
what people pinned.  For the list below the player and the symbols above its waveform.
"""

from dataclasses import dataclass
from typing import Any

from firmware.archive.model import Call, from_iso
from firmware.archive.pins import pins_of
from web import words
from web.consent_words import ATTESTED, STATES
from web.i18n import N_, _, ngettext

#: States of consent that a listener wants to find, and their symbol.
_TURNS = {
    "paused": "pause",
    "announcing_again": "person",
    "asking_again": "person",
    "committed": "live",
    "discarded": "muted",
}
#: Kinds that have a symbol above the waveform; the others are in the list alone.
SYMBOLS = frozenset(
    {
        *("digit", "answer", "call_waiting", "hook_flash", "gap", "fax", "cpc", "beep"),
        *("recording_stopped", "recording_resumed", "interrupted", "polarity"),
        *("notice", "attested", "state", "mask", "pin"),
    }
)
_NOTICE = {
    True: N_("Notice heard on the line"),
    False: N_("Notice not heard on the line"),
    None: N_("Notice"),
}


@dataclass(frozen=True, slots=True)
class Pin:
    """A note somebody pinned to a second."""

    id: str
    text: str
    by: str
    at_utc: float


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of "what happened"; `seek_s` is None outside of the recording."""

    at_s: float
    seek_s: float | None
    icon: str
    words: str
    kind: str
    length_s: float = 0.0
    pin: Pin | None = None

    @property
    def clock(self) -> str:
        """Return its second as people write it."""
        return words.length(self.at_s)


def moments(call: Call) -> tuple[Moment, ...]:
    """Return everything in the order it happened."""
    heard = [_heard(event) for event in words.events(call)]
    found = [*_few_beeps(heard), *_told(call), *_pinned(call)]
    return tuple(sorted(found, key=lambda moment: moment.at_s))


def symbols(found: tuple[Moment, ...]) -> list[dict[str, Any]]:
    """Return what is drawn above the waveform."""
    return [
        {
            "at": each.seek_s,
            "kind": each.kind,
            "icon": each.icon,
            "words": each.pin.text if each.pin else each.words,
            "length": each.length_s,
        }
        for each in found
        if each.seek_s is not None and each.kind in SYMBOLS
    ]


def _heard(event: words.Event) -> Moment:
    return Moment(
        event.at_s, event.seek_s, event.icon, event.words, event.kind, event.length_s
    )


def _few_beeps(found: list[Moment]) -> list[Moment]:
    """Return the moments with many beeps of an hour as one."""
    beeps = [each for each in found if each.kind == "beep"]
    if len(beeps) < 2:
        return found
    told = ngettext("%(num)s recording beep", "%(num)s recording beeps", len(beeps))
    one = Moment(beeps[0].at_s, beeps[0].seek_s, beeps[0].icon, told, "beep")
    return [each for each in found if each.kind != "beep"] + [one]


def _told(call: Call) -> list[Moment]:
    """Return what consent needed; its times count from the call's beginning."""
    record, found = call.consent, []

    def add(at: Any, icon: str, told: str, kind: str, length: float = 0.0) -> None:
        if isinstance(at, int | float):
            at_s = at - call.audio_offset_s
            seek = words.within(call, at_s)
            found.append(Moment(max(0.0, at_s), seek, icon, told, kind, length))

    if isinstance(notice := record.get("notice"), dict):
        told = _(_NOTICE.get(notice.get("heard"), _NOTICE[None]))
        add(notice.get("at_s"), "quote", told, "notice")
    if isinstance(said := record.get("attested"), dict):
        told = _(ATTESTED[said["kind"]]) if said.get("kind") in ATTESTED else ""
        by = words.clean(str(said.get("by", ""))).removeprefix("user:")
        add(said.get("at_s"), "person", f"{told} ({by})", "attested")
    if isinstance(beeps := record.get("beeps"), dict):
        times = beeps.get("times_s") or [None]
        told = ngettext("%(num)s recording beep", "%(num)s recording beeps", len(times))
        add(times[0], "tone", told, "beep")
    for mask in record.get("masks") or ():
        length = float(mask.get("to_s", 0.0)) - float(mask.get("from_s", 0.0))
        add(mask.get("from_s"), "muted", _("Digits silenced"), "mask", max(0.0, length))
    seen = False
    for step in record.get("states") or ():
        state = str(step.get("state", ""))
        if state in _TURNS and (seen or state != "committed"):
            add(step.get("at_s"), _TURNS[state], _(STATES[state][0]), "state")
        seen = seen or state == "committed"
    return found


def _pinned(call: Call) -> list[Moment]:
    return [
        Moment(
            at_s=float(pin["at_s"]),
            seek_s=words.within(call, float(pin["at_s"])),
            icon="pin",
            words=words.clean(str(pin["text"])),
            kind="pin",
            pin=Pin(
                str(pin["id"]),
                words.clean(str(pin["text"])),
                words.clean(str(pin["by"])),
                from_iso(str(pin["at_utc"])),
            ),
        )
        for pin in pins_of(call)
    ]
