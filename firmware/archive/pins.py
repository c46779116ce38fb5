"""Notes pinned to seconds of a call: made, changed, taken away again.

They lie in the call's sidecar (`Call.keeping["pins"]`, in the order of their seconds),
so that they go wherever the recording goes and are erased with it.  The ledger says
who wrote one and when, never what.
"""

import math
import secrets
from collections.abc import Callable, Mapping
from typing import Any

from firmware.archive.keeping import Keeping, wanted
from firmware.archive.model import Call, iso
from firmware.errors import Refused

#: Most pins on one call.
MOST = 200

#: What a note that comes back keeps of its own.
_ITS_OWN = ("id", "by", "at_utc")

Entry = dict[str, Any]
Change = Callable[[Keeping, str, str, float, Mapping[str, Any]], tuple[Call, Entry]]


def pins_of(call: Call) -> list[Entry]:
    """Return the pinned notes of a call, by their seconds."""
    return list(call.keeping.get("pins", ()))


def texts(call: Call) -> list[str]:
    """Return the words of the pinned notes of a call."""
    return [str(pin.get("text", "")) for pin in pins_of(call)]


def pin(
    keeping: Keeping, call_id: str, by: str, now_utc: float, args: Mapping[str, Any]
) -> tuple[Call, Entry]:
    """Pin `text` to the second `at_s`; `pin` is a note taken away that comes back."""
    at_s, again = args.get("at_s"), args.get("pin")
    if isinstance(at_s, bool) or not isinstance(at_s, int | float):
        raise Refused("at_s: want a number of seconds")
    made: Entry = {
        "id": secrets.token_hex(4),
        "at_s": round(at_s, 2) if math.isfinite(at_s) else -1.0,
        "text": _text(args, "text"),
        "by": by,
        "at_utc": iso(now_utc),
    }
    if isinstance(again, dict):
        made |= {key: str(again[key]) for key in _ITS_OWN if key in again}

    def apply(call: Call) -> None:
        found = pins_of(call)
        if not 0.0 <= made["at_s"] <= call.audio_s:
            raise Refused(f"at_s: want a second within 0..{call.audio_s:g}")
        if len(found) >= MOST:
            raise Refused(f"call {call_id}: it has {MOST} pinned notes, which is most")
        _put(call, [*(each for each in found if each["id"] != made["id"]), made])

    return _changed(keeping, "pin", call_id, by, now_utc, apply), made


def repin(
    keeping: Keeping, call_id: str, by: str, now_utc: float, args: Mapping[str, Any]
) -> tuple[Call, Entry]:
    """Give the note `pin_id` other words; it then is of whoever wrote them."""
    changed: Entry = {"text": _text(args, "text"), "by": by, "at_utc": iso(now_utc)}

    def apply(call: Call) -> None:
        found = _find(call, args)
        changed.update({key: found[key] for key in ("id", "at_s")})
        _put(call, [changed if each is found else each for each in pins_of(call)])

    return _changed(keeping, "repin", call_id, by, now_utc, apply), changed


def unpin(
    keeping: Keeping, call_id: str, by: str, now_utc: float, args: Mapping[str, Any]
) -> tuple[Call, Entry]:
    """Take the note `pin_id` away, and return it for whoever wants it back."""
    taken: Entry = {}

    def apply(call: Call) -> None:
        taken.update(found := _find(call, args))
        _put(call, [each for each in pins_of(call) if each is not found])

    return _changed(keeping, "unpin", call_id, by, now_utc, apply), taken


def _text(args: Mapping[str, Any], name: str) -> str:
    found = args.get(name, "")
    if not isinstance(found, str):
        raise Refused(f"{name}: want a text")
    return wanted(found, "a note")


def _changed(
    keeping: Keeping,
    what: str,
    call_id: str,
    by: str,
    now_utc: float,
    apply: Callable[[Call], None],
) -> Call:
    def checked(call: Call) -> None:
        if call.restricted:
            raise Refused(f"call {call_id}: its use is restricted")
        apply(call)

    return keeping.write_down(call_id, what, by, now_utc, checked)


def _find(call: Call, args: Mapping[str, Any]) -> Entry:
    for each in call.keeping.get("pins", ()):
        if each.get("id") == args.get("pin_id"):
            found: Entry = each
            return found
    raise Refused(f"call {call.id}: there is no such pinned note on it")


def _put(call: Call, pins: list[Entry]) -> None:
    """Let these be the pins of a call, in their order."""
    call.keeping.pop("pins", None)
    if pins:
        call.keeping["pins"] = sorted(pins, key=lambda each: float(each["at_s"]))
