"""What page and shell ask to be done with calls that are over: one way for both.

`act` sends the verb to the recorder, the one writer of the archive, and does it itself
where no recorder runs.  `perform` is what either of them does.
"""

import contextlib
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from firmware import errors
from firmware.archive import derived, pins, space, tags
from firmware.archive.facade import Archive
from firmware.archive.model import Call, from_iso
from firmware.archive.rules import rules_of
from firmware.archive.sweep import sweep
from firmware.errors import ControlError, LinekeeperError, NoRecorder, Refused
from firmware.service import control
from firmware.service.settings import Settings, overlay

#: An erasure waits for the packing of a long call, s.
TIMEOUT_S = 120.0


@dataclass(frozen=True, slots=True)
class Order:
    """One verb with all it needs."""

    archive: Archive
    settings: Settings
    args: Mapping[str, Any]
    now_utc: float
    clock: str

    @property
    def who(self) -> tuple[str, str, float]:
        """Return which call, who asks, and the time."""
        return self.text("call_id"), self.text("by"), self.now_utc

    def text(self, name: str) -> str:
        """Return an argument as a text; Refused if it is something else."""
        found = self.args.get(name, "")
        if not isinstance(found, str):
            raise Refused(f"{name}: want a text")
        return found

    def time(self, name: str) -> float:
        """Return an argument that is a time, UTC seconds or ISO 8601."""
        found = self.args.get(name)
        if isinstance(found, int | float) and not isinstance(found, bool):
            return float(found)
        try:
            return from_iso(str(found))
        except ValueError:
            raise Refused(f"{name}: want a day such as 2026-11-21") from None

    def spans(self) -> list[tuple[float, float]]:
        """Return stretches of a call, from and to in seconds."""
        found = self.args.get("spans")
        try:
            spans = [(float(a), float(b)) for a, b in found or ()]
        except (TypeError, ValueError):
            spans = []
        if not spans or not all(math.isfinite(a + b) for a, b in spans):
            raise Refused("spans: want [[from_s, to_s], …]")
        return spans

    def lent(self) -> contextlib.AbstractContextManager[None]:
        """Use the data key that came with the order, if one did."""
        try:
            key = bytes.fromhex(self.text("data_key"))
        except ValueError:
            raise Refused("data_key: is not one") from None
        if not key:
            return contextlib.nullcontext()
        return self.archive.sealer.lent(self.text("call_id"), key)


Deed = Callable[[Order], dict[str, Any]]


def act(
    settings: Settings,
    verb: str,
    *,
    by: str,
    clock: str = "unknown",
    keys: Archive | None = None,
    **args: Any,
) -> dict[str, Any]:
    """Have a verb done, and return what came of it.

    `clock` is the state of the wall clock for a `sweep` without a recorder; `keys` is
    the caller's own archive, unlocked, for a `cut`, `mute` or `pack` of sealed audio:
    the data key of that one call is lent to the recorder for the deed.

    Verbs are `VERBS`; all take `call_id` but `erase` and `sweep`.  Raises Refused if a
    rule forbids it, NoSuchCall, Locked, StoreError; ControlError if the recorder runs
    and does not answer.
    """
    args = {**args, "by": by}
    if verb in LENT and keys is not None and keys.sealer.sealed(args["call_id"]):
        args["data_key"] = keys.sealer.key(args["call_id"]).hex()
    try:
        reply = control.send(settings.socket_path, verb, timeout_s=TIMEOUT_S, **args)
    except NoRecorder:
        with Archive(settings.state_dir, seal=settings.seal.enabled) as archive:
            return perform(archive, settings, verb, args, time.time(), clock)
    except ControlError as error:
        raise _meant(error) from error
    return {key: value for key, value in reply.items() if key != "ok"}


def perform(
    archive: Archive,
    settings: Settings,
    verb: str,
    args: Mapping[str, Any],
    now_utc: float,
    clock: str = "unknown",
) -> dict[str, Any]:
    """Do one verb on an archive that is open for writing."""
    deed = VERBS.get(verb)
    if deed is None:
        raise Refused(f"want one of {', '.join(VERBS)}; got {verb!r}")
    settings = overlay(settings, archive.choices.all())
    return deed(Order(archive, settings, args, now_utc, clock))


def _simple(name: str, *texts: str) -> Deed:
    """A verb that is a method of `Keeping` with so many texts."""

    def deed(order: Order) -> dict[str, Any]:
        method = getattr(order.archive.keeping, name)
        return _kept(method(*order.who, **{text: order.text(text) for text in texts}))

    return deed


def _hold(order: Order) -> dict[str, Any]:
    call = order.archive.keeping.hold(
        *order.who,
        owner=order.text("owner"),
        reason=order.text("reason"),
        review_utc=order.time("review_utc"),
    )
    return _kept(call)


def _bin(order: Order) -> dict[str, Any]:
    call = order.archive.keeping.bin(
        *order.who,
        reason=order.text("reason"),
        rules=rules_of(order.settings),
        days=order.settings.retention.bin_days,
    )
    return _kept(call)


def _pinned(change: pins.Change) -> Deed:
    """A verb on the notes that are pinned to a call."""

    def deed(order: Order) -> dict[str, Any]:
        call, pin = change(order.archive.keeping, *order.who, order.args)
        return {**_kept(call), "pin": pin}

    return deed


def _tagged(change: Callable[..., Call]) -> Deed:
    """A verb that puts a tag on a call or takes it off."""

    def deed(order: Order) -> dict[str, Any]:
        text = order.text("text")
        return _kept(change(order.archive.keeping, *order.who, text))

    return deed


def _erase(order: Order) -> dict[str, Any]:
    """Erase one call (`call_id`) or several (`call_ids`) and name the certificate."""
    found = order.args.get("call_ids") or [order.text("call_id")]
    if not isinstance(found, list) or not all(isinstance(i, str) for i in found):
        raise Refused("call_ids: want a list of calls")
    certificate = order.archive.eraser.erase(
        found,
        order.text("by"),
        order.now_utc,
        reason=order.text("reason"),
        rules=rules_of(order.settings),
    )
    return {
        "certificate": certificate["id"],
        "erased": len(certificate["erased"]),
        "kept": len(certificate["kept"]),
    }


def _sweep(order: Order) -> dict[str, Any]:
    """Sweep; `confirm` is the token of the plan that a person has seen."""
    swept = sweep(
        order.archive,
        rules_of(order.settings),
        order.now_utc,
        clock=order.clock,
        need=space.measure(order.archive.state_dir).shortfall,
        confirmed=order.text("confirm"),
        by=order.text("by"),
    )
    done = len(swept.done)
    stops = [] if done else [[stop.code, stop.text] for stop in swept.plan.stops]
    return {
        "swept": done,
        "bytes": swept.size,
        "left": len(swept.left),
        "certificate": swept.certificate,
        "stops": stops,
        "token": swept.plan.token if stops and swept.plan.asks else "",
    }


def _copy(make: Callable[..., dict[str, Any]], single: bool) -> Deed:
    """A verb that makes a copy of `spans`, with the data key if one is lent."""

    def deed(order: Order) -> dict[str, Any]:
        spans = order.spans()
        if single and len(spans) != 1:
            raise Refused("spans: want one stretch to cut out")
        call_id, by, now_utc = order.who
        archive, reason = order.archive, order.text("reason")
        with order.lent():
            entry = make(
                archive, call_id, spans[0] if single else spans, by, now_utc,
                reason=reason,
            )  # fmt: skip
        return {"call_id": call_id, "copy": entry}

    return deed


def _uncopy(order: Order) -> dict[str, Any]:
    """Remove a copy that was made of a call."""
    call_id, by, now_utc = order.who
    derived.remove(order.archive, call_id, order.text("name"), by, now_utc)
    return {"call_id": call_id}


def _pack(order: Order) -> dict[str, Any]:
    """Pack what a crash left sealed, with the data key that is lent for it."""
    call_id, archive = order.text("call_id"), order.archive
    try:
        key = bytes.fromhex(order.text("data_key"))
    except ValueError:
        raise Refused("data_key: is not one") from None
    archive.sealer.accept(call_id, key)
    archive.finish_pending()
    return {"call_id": call_id, "audio": archive.calls.get(call_id).audio}


def pack_waiting(settings: Settings, keys: Archive, by: str) -> int:
    """Have packed what crashes left behind, now that `keys` is unlocked."""
    packed = 0
    for call_id in keys.calls.unsettled():
        call = keys.calls.get(call_id)
        if call.audio == "closing" and keys.sealer.sealed(call_id):
            reply = act(settings, "pack", by=by, keys=keys, call_id=call_id)
            packed += reply["audio"] != "closing"
    return packed


def _kept(call: Call) -> dict[str, Any]:
    return {"call_id": call.id, "keeping": call.keeping}


#: Verbs that open sealed audio.
LENT = frozenset({"cut", "mute", "pack"})
#: verb: what it does; its arguments are in docs/retention.md.
VERBS: dict[str, Deed] = {
    "star": _simple("star"),
    "unstar": _simple("unstar"),
    "hold": _hold,
    "release": _simple("release", "reason"),
    "restrict": _simple("restrict", "reason"),
    "unrestrict": _simple("unrestrict", "reason"),
    "bin": _bin,
    "restore": _simple("restore"),
    "note": _simple("note", "text"),
    "order": _simple("order", "text"),
    "tag": _tagged(tags.tag),
    "untag": _tagged(tags.untag),
    "pin": _pinned(pins.pin),
    "repin": _pinned(pins.repin),
    "unpin": _pinned(pins.unpin),
    "reason": _simple("reason", "text"),
    "purpose": _simple("purpose", "purpose", "reason"),
    "erase": _erase,
    "cut": _copy(derived.cut, single=True),
    "mute": _copy(derived.mute, single=False),
    "uncopy": _uncopy,
    "pack": _pack,
    "sweep": _sweep,
}


def _meant(error: ControlError) -> LinekeeperError:
    """Return the error that the recorder met, as if it had happened here."""
    text = str(error).removeprefix("recorder: ")
    kind = getattr(errors, error.kind, None)
    if error.kind == "NoSuchCall":
        return errors.NoSuchCall(text.partition(":")[0])
    if isinstance(kind, type) and issubclass(kind, LinekeeperError):
        return kind(text)
    return error
