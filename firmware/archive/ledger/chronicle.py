"""Enters the lives of calls into the ledger, so that record and ledger agree.

Entries come before what they tell of is written down: ledger, sidecar, row.  A crash
in between leaves the row unsettled, and `settle` then compares both sides; nothing is
entered twice.  A ledger that cannot be written never stops a recording: it is told,
and made up for at the next start.
"""

import contextlib
import logging
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path
from typing import Any, Literal

from firmware.archive.ledger import facts, merkle, minisign, seconds
from firmware.archive.ledger import key as signing
from firmware.archive.ledger.entry import CODE, Entry
from firmware.archive.ledger.ledger import Ledger
from firmware.archive.model import PACKED, Call, iso
from firmware.errors import StoreError

log = logging.getLogger(__name__)

#: What `reconcile` did: nothing, something, or refused to vouch for the record.
Outcome = Literal["same", "changed", "altered"]
#: The wrapped data key, as `folder` names it.
SEAL = "seal.key"
#: Who enters what no person did.
RECORDER = "recorder"
#: Entries with which a call's life in the ledger begins.
BIRTHS = ("created", "adopted")


class Chronicle:
    """What the writer tells the ledger.  The wall clock only dates the entries."""

    def __init__(self, ledger: Ledger, now: Callable[[], float] = time.time) -> None:
        self._ledger = ledger
        self._now = now
        self.behind = True  # something may be missing in the ledger

    @contextlib.contextmanager
    def unhindered(self, call_id: str) -> Iterator[None]:
        """Let a ledger that cannot be written be told, and made up for later."""
        try:
            yield
        except StoreError as error:
            self.behind = True
            log.error("call %s: not in the ledger yet: %s", call_id, error)

    def begin(self, call: Call) -> None:
        """Give a new call its salt."""
        if not facts.is_salt(call.proof.get("salt")):
            call.proof["salt"] = facts.new_salt()

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
        known = self._ledger.entries(call.id) if then is None else []
        if then is None and not any(entry.kind in BIRTHS for entry in known):
            self._add(life(call, self._now(), witnessed=witnessed))
        elif _is_genuine(before(), then):
            if last(known, "facts") != now:
                self._add([Entry("updated", call.id, RECORDER, self._now(), {})], now)
        else:
            log.error("call %s: its record was altered by somebody else", call.id)
            return
        call.proof["facts"] = now

    def packed(
        self, call: Call, folder: Path, without: Collection[str], *, rooted: bool = True
    ) -> None:
        """Enter the final form of a call's audio: its root and its files.

        `without` names masters that grew and are about to go; hashes of seconds that
        were made with another salt are no root.
        """
        files = facts.inventory(folder)
        data: dict[str, Any] = {
            "files": {name: files[name] for name in files if name not in without}
        }
        with_hashes = folder / seconds.NAME
        if rooted and with_hashes.exists():
            samples, leaves = seconds.read(with_hashes.read_bytes())
            data |= {"samples": samples, "root": merkle.root(leaves).hex()}
        self._add([Entry("packed", call.id, RECORDER, self._now(), data)])

    def event(self, kind: str, call: Call, by: str, **data: Any) -> None:
        """Enter what somebody did to a call; its record may have changed with it."""
        known = "facts" in call.proof
        now = facts.facts_of(call) if known else None
        self._add([Entry(kind, call.id, by, self._now(), data)], now)
        if known:
            call.proof["facts"] = now

    def rewrapped(self, call_id: str, folder: Path, by: str) -> None:
        """Enter that a stored call's seal was wrapped for other keys."""
        kept = present(self._ledger.entries(call_id)).get(SEAL)
        if kept is not None and (new := facts.hash_file(folder / SEAL)) != kept:
            data = {"files": {SEAL: new}}
            self._add([Entry("rewrapped", call_id, by, self._now(), data)])

    def clock_corrected(self, call: Call, was_utc: float) -> None:
        """Enter that a call's time was put right."""
        now = {"was": iso(was_utc), "now": iso(call.start_utc)}
        if call.end_s is not None:
            now["end"] = iso(call.start_utc + call.end_s)
        self.event("clock_corrected", call, RECORDER, **now)

    def audio_gone(self, call: Call, by: str, reason: str) -> None:
        """Enter that a call's audio is removed by a rule."""
        code = reason if CODE.fullmatch(reason) else "other"
        self.event("swept", call, by, what="audio", reason=code)

    def reconcile(
        self,
        call: Call,
        folder: Path,
        without: Collection[str],
        *,
        signed: bool,
        interrupted: bool,
    ) -> Outcome:
        """Make up for what a crash kept from the ledger; tell what became of the call.

        The call is in order again and over; `signed` tells whether its record bears
        a good signature, `interrupted` whether a change of it was cut short.
        """
        if call.outcome == "in_progress" or is_scrubbed(call):
            return "same"
        known, proof = self._ledger.entries(call.id), dict(call.proof)
        witnessed = "salt" in call.proof and "facts" not in call.proof
        rooted = "salt" in call.proof
        if not any(entry.kind in BIRTHS for entry in known):
            self.begin(call)
            self._add(life(call, self._now(), witnessed=witnessed))
            call.proof["facts"] = facts.facts_of(call)
        elif last(known, "facts") != (now := facts.facts_of(call)):
            if not signed:
                log.error("call %s: its record was altered by somebody else", call.id)
                return "altered"
            self._add([Entry("updated", call.id, RECORDER, self._now(), {})], now)
            call.proof["facts"] = now
        files = present(known)
        if call.audio in PACKED and not files:
            self.packed(call, folder, without, rooted=rooted)
        elif interrupted and call.audio in PACKED:
            self._take_back(call, folder, known, without)
        elif call.audio == "none" and files and call.no_audio_reason != "missing":
            self.audio_gone(call, RECORDER, call.no_audio_reason or "other")
        return "same" if call.proof == proof else "changed"

    def _take_back(
        self, call: Call, folder: Path, known: list[Entry], without: Collection[str]
    ) -> None:
        """Enter files that were to go and are still there: a removal was cut short."""
        told, files = by_ledger(known), facts.inventory(folder)
        gone = {name for name, digest in told.items() if digest is None} - set(without)
        back = {name: files[name] for name in sorted(gone & files.keys())}
        if back:
            self._add(
                [Entry("restored", call.id, RECORDER, self._now(), {"files": back})]
            )

    def signature(self, call: Call, text: bytes) -> str | None:
        """Return the signature for a sidecar; None if there is no key."""
        try:
            key = signing.load_or_make(self._ledger.state_dir)
        except StoreError as error:
            log.warning("%s", error)
            return None
        return minisign.sign(text, key, f"call:{call.id}")

    def is_signed(self, text: bytes, signature: str) -> bool:
        """Tell whether a sidecar's signature is good."""
        try:
            key = signing.load(self._ledger.state_dir)
            minisign.check(text, signature, key.public_key().public_bytes_raw())
        except (StoreError, minisign.SignatureError):
            return False
        return True

    def _add(self, entries: Iterable[Entry], hashed: str | None = None) -> None:
        found = list(entries)
        for entry in found:
            if hashed is not None:
                entry.data["facts"] = hashed
        self._ledger.add_all(found)
        if self._ledger.renewed:  # what lived before is to be adopted
            self._ledger.renewed, self.behind = False, True


def _is_genuine(record: dict[str, Any] | None, expected: str | None) -> bool:
    """Has a record on the disk the facts that it claims, or ran the call till now?"""
    if record is None:
        return True
    if expected is None:
        return record.get("outcome") == "in_progress"
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
        with contextlib.suppress(ValueError):  # edited by somebody
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


def by_ledger(entries: Iterable[Entry]) -> dict[str, str | None]:
    """Return every file that the ledger knows of a call: its hash, None if it went."""
    files: dict[str, str | None] = {}
    for entry in entries:
        if entry.kind in ("swept", "erased"):
            files = dict.fromkeys(files)
        files |= entry.data.get("files", {})
    return files


def present(entries: Iterable[Entry]) -> dict[str, str]:
    """Return the files that a call has by the ledger, with their hashes."""
    files = by_ledger(entries)
    return {name: digest for name, digest in files.items() if digest is not None}


def _code(text: str) -> str:
    return text if CODE.fullmatch(text) else "other"
