"""Enters the lives of calls into the ledger, so that record and ledger agree.

Entries come before what they tell of is written down: ledger, sidecar, row.  A crash
in between leaves the row unsettled, and `settle` then compares both sides; nothing is
entered twice.  A ledger that cannot be written never stops a recording: it is told,
and made up for at the next start.
"""

import logging
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from firmware.archive.ledger import facts, merkle, minisign, seconds
from firmware.archive.ledger import key as signing
from firmware.archive.ledger.entry import CODE, Entry
from firmware.archive.ledger.ledger import Ledger
from firmware.archive.model import PACKED, Call, iso
from firmware.errors import StoreError

log = logging.getLogger(__name__)

#: Who enters what no person did.
RECORDER = "recorder"
#: Entries with which a call's life in the ledger begins.
BIRTHS = ("created", "adopted")


class Chronicle:
    """What the writer tells the ledger.  The wall clock only dates the entries."""

    def __init__(self, ledger: Ledger, now: Callable[[], float] = time.time) -> None:
        self._ledger = ledger
        self._now = now

    def begin(self, call: Call) -> None:
        """Give a new call its salt."""
        call.proof.setdefault("salt", facts.new_salt())

    def settle(self, call: Call, before: Callable[[], dict[str, Any] | None]) -> None:
        """Let the ledger know a call that is over, as it is now, before it is written.

        `before` returns the record on the disk.  A record that was changed behind our
        back is not vouched for again, however often it is written.
        """
        if call.outcome == "in_progress" or is_scrubbed(call):
            return
        witnessed = "salt" in call.proof
        self.begin(call)
        now, then = facts.facts_of(call), call.proof.get("facts")
        if then == now:
            return
        if then is None:
            if not self._ledger.entries(call.id):
                self._add(life(call, self._now(), witnessed=witnessed))
        elif not _is_genuine(before(), then):
            log.error("call %s: its record was altered by somebody else", call.id)
            return
        else:
            self._add([Entry("updated", call.id, RECORDER, self._now(), {})], now)
        call.proof["facts"] = now

    def packed(self, call: Call, folder: Path) -> None:
        """Enter the final form of a call's audio: its root and its files."""
        data: dict[str, Any] = {"files": facts.inventory(folder)}
        with_hashes = folder / seconds.NAME
        if with_hashes.exists():
            samples, leaves = seconds.read(with_hashes.read_bytes())
            data |= {"samples": samples, "root": merkle.root(leaves).hex()}
        self._add([Entry("packed", call.id, RECORDER, self._now(), data)])

    def event(self, kind: str, call: Call, by: str, **data: Any) -> None:
        """Enter what somebody did to a call; its record may have changed with it."""
        self.begin(call)
        now = facts.facts_of(call)
        self._add([Entry(kind, call.id, by, self._now(), data)], now)
        call.proof["facts"] = now

    def audio_gone(self, call: Call, by: str, reason: str) -> None:
        """Enter that a call's audio is removed by a rule."""
        code = reason if CODE.fullmatch(reason) else "other"
        self.event("swept", call, by, what="audio", reason=code)

    def reconcile(self, call: Call, folder: Path, *, signed: bool) -> bool:
        """Make up for what a crash kept from the ledger; tell if the call changed.

        The call is in order again and over; `signed` tells whether its record bears
        a good signature.
        """
        if call.outcome == "in_progress" or is_scrubbed(call):
            return False
        known, proof = self._ledger.entries(call.id), dict(call.proof)
        if not any(entry.kind in BIRTHS for entry in known):
            witnessed = "salt" in call.proof
            self.begin(call)
            self._add(life(call, self._now(), witnessed=witnessed))
            call.proof["facts"] = facts.facts_of(call)
        elif last(known, "facts") != (now := facts.facts_of(call)):
            if not signed:
                log.error("call %s: its record was altered by somebody else", call.id)
                return False
            self._add([Entry("updated", call.id, RECORDER, self._now(), {})], now)
            call.proof["facts"] = now
        files = present(known)
        if call.audio in PACKED and not files:
            self.packed(call, folder)
        elif call.audio == "none" and files and call.no_audio_reason != "missing":
            self.audio_gone(call, RECORDER, call.no_audio_reason or "other")
        return call.proof != proof

    def signature(self, call: Call, text: bytes) -> str | None:
        """Return the signature for a sidecar; None if there is no key."""
        try:
            key = signing.load_or_make(self._ledger.state_dir)
        except StoreError as error:
            log.warning("%s", error)
            return None
        return minisign.sign(text, key, f"call:{call.id}")

    def _add(self, entries: Iterable[Entry], hashed: str | None = None) -> None:
        found = list(entries)
        for entry in found:
            if hashed is not None:
                entry.data["facts"] = hashed
        self._ledger.add_all(found)


def _is_genuine(record: dict[str, Any] | None, expected: str) -> bool:
    """Does a record on the disk have the facts that it claims?"""
    if record is None:
        return True
    try:
        return facts.hash_facts(record, record["proof"]["salt"]) == expected
    except (KeyError, TypeError, ValueError):
        return False


def is_scrubbed(call: Call) -> bool:
    """Has all been erased that could be vouched for?"""
    return "salt" not in call.proof and "erased" in call.keeping


def life(call: Call, at_utc: float, *, witnessed: bool) -> list[Entry]:
    """Return the entries of a call that is over, from its first ring on."""
    born: dict[str, Any] = {"clock": _code(call.clock), "start": iso(call.start_utc)}
    rows: list[tuple[str, dict[str, Any]]] = [
        ("created" if witnessed else "adopted", born),
        (
            "decision",
            {"action": _code(call.decision), "reason": _code(call.decision_reason)},
        ),
    ]
    notice = call.consent.get("notice") or {}
    if notice.get("heard") is not None:
        rows.append(("notice_heard", {"heard": bool(notice["heard"])}))
    if "quarantine" in call.consent:
        rows.append(("quarantined", {}))
    rows.append(("closed", closing(call)))
    return [Entry(kind, call.id, RECORDER, at_utc, data) for kind, data in rows]


def closing(call: Call) -> dict[str, Any]:
    """Return what the ledger holds of a call's end."""
    data: dict[str, Any] = {"facts": facts.facts_of(call)}
    if call.end_s is not None:
        data["end"] = iso(call.start_utc + call.end_s)
    if call.sha256 is not None:
        salt = call.proof["salt"]
        data["samples_sha256"] = facts.salted_samples(call.sha256, salt)
    if call.audio == "none":
        data["reason"] = _code(call.no_audio_reason or "")
    else:
        data["samples"] = round(call.audio_s * seconds.PER_HASH)
    return data


def last(entries: Iterable[Entry], key: str) -> Any:
    """Return what was said last under a key, or None."""
    said = [entry.data[key] for entry in entries if key in entry.data]
    return said[-1] if said else None


def present(entries: Iterable[Entry]) -> dict[str, str]:
    """Return the files that a call has by the ledger, with their hashes."""
    files: dict[str, str | None] = {}
    for entry in entries:
        if entry.kind in ("swept", "erased"):
            files = {}
        files |= entry.data.get("files", {})
    return {name: digest for name, digest in files.items() if digest is not None}


def _code(text: str) -> str:
    return text if CODE.fullmatch(text) else "other"
