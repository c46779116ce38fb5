"""What people decide about a call that is over: star, hold, restriction, bin.

The decision lives in the call's sidecar (`Call.keeping`), so that it goes wherever the
recording goes, and an entry in the ledger says who took it.  Nothing here removes
audio; `erase` does, when the time to undo is over or at once if somebody insists.
"""

from collections.abc import Callable
from typing import Any, Protocol

from firmware.archive.model import Call, from_iso, iso
from firmware.archive.purposes import PURPOSES
from firmware.archive.retention import Rules, minimum_end
from firmware.archive.rules import facts_of
from firmware.archive.writer import Writer
from firmware.errors import Refused

#: Longest text that is kept of a reason, a note or a name.
TEXT_LENGTH = 500
NAME_LENGTH = 64
#: A hold is looked at again within so many years.
REVIEW_YEARS = 3
_YEAR_S = 365.25 * 86_400.0

Change = Callable[[Call, dict[str, Any]], None]


class Ledger(Protocol):
    """Where every event in the life of a recording is entered, for good."""

    def add(
        self, kind: str, call_id: str, by: str, at_utc: float, **data: Any
    ) -> Any: ...


class Keeping:
    """The one owner of `Call.keeping`.  Every deed wants a name; most want a reason."""

    def __init__(self, writer: Writer, ledger: Ledger) -> None:
        self._writer = writer
        self._ledger = ledger

    def star(self, call_id: str, by: str, now_utc: float) -> Call:
        """Mark a call as worth keeping."""
        return self._put(call_id, "starred", "star", by, now_utc, {})

    def unstar(self, call_id: str, by: str, now_utc: float) -> Call:
        """Take the mark away."""
        return self._take(call_id, "unstarred", "star", by, now_utc)

    def hold(
        self,
        call_id: str,
        by: str,
        now_utc: float,
        *,
        owner: str,
        reason: str,
        review_utc: float,
    ) -> Call:
        """Let nothing remove a call until the hold is released."""
        if not now_utc < review_utc <= now_utc + REVIEW_YEARS * _YEAR_S:
            raise Refused(
                f"review: want a day within {REVIEW_YEARS} years from now, "
                f"got {iso(review_utc)[:10]}"
            )
        details = {
            "owner": wanted(owner, "who answers for the hold"),
            "reason": wanted(reason, "a reason"),
            "review_utc": iso(review_utc),
        }
        public = {"until": details["review_utc"]}
        return self._put(call_id, "held", "hold", by, now_utc, details, public)

    def release(self, call_id: str, by: str, now_utc: float, *, reason: str) -> Call:
        """End a hold; retention counts again from the call's day."""
        wanted(reason, "a reason")
        return self._take(call_id, "released", "hold", by, now_utc)

    def restrict(self, call_id: str, by: str, now_utc: float, *, reason: str) -> Call:
        """Keep a call without anybody hearing it or handing it out (GDPR 18)."""
        details = {"reason": wanted(reason, "a reason")}
        return self._put(call_id, "restricted", "restricted", by, now_utc, details)

    def unrestrict(self, call_id: str, by: str, now_utc: float, *, reason: str) -> Call:
        """Let a call be heard again."""
        wanted(reason, "a reason")
        return self._take(call_id, "unrestricted", "restricted", by, now_utc)

    def bin(
        self,
        call_id: str,
        by: str,
        now_utc: float,
        *,
        reason: str,
        rules: Rules,
        days: int,
    ) -> Call:
        """Throw a call away; for some days it can be brought back."""
        until = now_utc + days * 86_400.0
        details = {"reason": wanted(reason, "a reason"), "until_utc": iso(until)}

        def allow(call: Call, _: dict[str, Any]) -> None:
            may_go(call, rules, now_utc)

        return self._put(call_id, "binned", "bin", by, now_utc, details, check=allow)

    def restore(self, call_id: str, by: str, now_utc: float) -> Call:
        """Bring a call back from the bin."""
        return self._take(call_id, "restored", "bin", by, now_utc)

    def note(self, call_id: str, by: str, now_utc: float, *, text: str) -> Call:
        """Keep a note with a call; an empty one takes it away."""
        return self._write_down(call_id, "note", text, by, now_utc)

    def order(self, call_id: str, by: str, now_utc: float, *, text: str) -> Call:
        """Tie an order to a call, by whatever it is called."""
        return self._write_down(call_id, "order", text, by, now_utc)

    def purpose(
        self, call_id: str, by: str, now_utc: float, *, purpose: str, reason: str
    ) -> Call:
        """Change what a call is kept for; the law wants to know why."""
        if purpose not in PURPOSES:
            raise Refused(f"purpose: want one of {', '.join(PURPOSES)}")
        details = {"id": purpose, "reason": wanted(reason, "a reason")}

        def apply(call: Call, entry: dict[str, Any]) -> None:
            call.keeping["purpose"] = entry

        public = {"what": "purpose", "purpose": purpose}
        return self._change(call_id, "updated", by, now_utc, details, public, apply)

    def finished(self, call_id: str) -> Call:
        """Return a call from its folder; Refused if it runs or was erased."""
        return finished(self._writer, call_id)

    def add_copy(
        self,
        call_id: str,
        by: str,
        now_utc: float,
        copy: dict[str, Any],
        stored: tuple[str, str],
    ) -> Call:
        """Keep the entry of a copy that was made; `stored` are its file and hash."""

        def apply(call: Call, _: dict[str, Any]) -> None:
            call.keeping["copies"] = [*call.keeping.get("copies", ()), copy]

        public = {"what": copy["kind"], "files": dict([stored])}
        return self._change(call_id, "edited_copy", by, now_utc, {}, public, apply)

    def drop_copy(
        self, call_id: str, by: str, now_utc: float, name: str, stored: str
    ) -> Call:
        """Take out the entry of a copy; its file, called `stored`, goes after this."""

        def apply(call: Call, _: dict[str, Any]) -> None:
            entries = call.keeping.get("copies", ())
            call.keeping["copies"] = [e for e in entries if e["name"] != name]

        public = {"what": "removed", "files": {stored: None}}
        return self._change(call_id, "edited_copy", by, now_utc, {}, public, apply)

    def write_down(
        self,
        call_id: str,
        what: str,
        by: str,
        now_utc: float,
        apply: Callable[[Call], None],
    ) -> Call:
        """Change what is written on a call; the ledger is told only `what` it is."""

        def change(call: Call, _: dict[str, Any]) -> None:
            apply(call)

        return self._change(call_id, "updated", by, now_utc, {}, {"what": what}, change)

    def reason(self, call_id: str, by: str, now_utc: float, *, text: str) -> Call:
        """Keep in whose own words a call was heard, and why."""
        told = {"by": by, "at_utc": iso(now_utc), "text": wanted(text, "a reason")}

        def apply(call: Call) -> None:
            call.keeping["reasons"] = [*call.keeping.get("reasons", ()), told]

        return self.write_down(call_id, "reason", by, now_utc, apply)

    def _put(
        self,
        call_id: str,
        kind: str,
        word: str,
        by: str,
        now_utc: float,
        details: dict[str, Any],
        public: dict[str, Any] | None = None,
        check: Change | None = None,
    ) -> Call:
        """Set one decision; asked twice, the second counts."""

        def apply(call: Call, entry: dict[str, Any]) -> None:
            if check is not None:
                check(call, entry)
            call.keeping[word] = entry

        return self._change(call_id, kind, by, now_utc, details, public or {}, apply)

    def _take(
        self, call_id: str, kind: str, word: str, by: str, now_utc: float
    ) -> Call:
        """Take one decision back; Refused if it was never taken."""

        def apply(call: Call, _: dict[str, Any]) -> None:
            if call.keeping.pop(word, None) is None:
                raise Refused(f"call {call_id}: there is no {word} on it")

        return self._change(call_id, kind, by, now_utc, {}, {}, apply)

    def _write_down(
        self, call_id: str, word: str, text: str, by: str, now_utc: float
    ) -> Call:
        text = " ".join(text.split())[:TEXT_LENGTH]

        def apply(call: Call, entry: dict[str, Any]) -> None:
            call.keeping.pop(word, None)
            if text:
                call.keeping[word] = {**entry, "text": text}

        return self._change(call_id, "updated", by, now_utc, {}, {"what": word}, apply)

    def _change(
        self,
        call_id: str,
        kind: str,
        by: str,
        now_utc: float,
        details: dict[str, Any],
        public: dict[str, Any],
        apply: Change,
    ) -> Call:
        """Change one call's keeping, durably, and enter it in the ledger."""
        by = wanted(by, "a name")[:NAME_LENGTH]
        with self._writer.guard:
            call = finished(self._writer, call_id)
            apply(call, {"by": by, "at_utc": iso(now_utc), **details})
            self._ledger.add(kind, call_id, by, now_utc, **public)
            self._writer.save(call)
        return call


def finished(writer: Writer, call_id: str) -> Call:
    """Return a call from its folder; Refused if it runs or was erased."""
    writer.calls.get(call_id)  # NoSuchCall, rather than an unreadable sidecar
    if writer.holds(call_id):
        raise Refused(f"call {call_id}: it is not over yet")
    call = writer.folders.read(call_id)
    if call.outcome == "in_progress":  # the recorder stopped in it and did not start
        raise Refused(f"call {call_id}: it is not over yet; start the recorder first")
    if "erased" in call.keeping and call.keeping["erased"].get("what") == "all":
        raise Refused(f"call {call_id}: it was erased")
    return call


def may_go(call: Call, rules: Rules, now_utc: float) -> None:
    """Refuse to let go of what a hold or a law keeps."""
    if call.held:
        owner = call.keeping["hold"]["owner"]
        raise Refused(f"call {call.id}: there is a hold on it; ask {owner}")
    floor, source = minimum_end(facts_of(call), rules)
    if floor is not None and now_utc < floor:
        raise Refused(
            f"call {call.id}: the law keeps it until {iso(floor)[:10]} ({source})"
        )


def wanted(text: str, what: str) -> str:
    """Return a text without its margins; Refused if there is none."""
    text = " ".join(str(text or "").split())[:TEXT_LENGTH]
    if not text:
        raise Refused(f"want {what}")
    return text


def review_due(calls: list[Call], now_utc: float) -> list[Call]:
    """Return the held calls whose day of review has come."""
    return [
        call
        for call in calls
        if call.held and from_iso(call.keeping["hold"]["review_utc"]) <= now_utc
    ]
