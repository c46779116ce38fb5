"""The nightly sweep: what retention chose is shown first, and then removed.

`plan` changes nothing and may run anywhere; its `token` names exactly this list, so
that a person confirms what they saw.  `sweep` plans anew, stops where `stops` says so,
and looks at each call's own record once more before it is touched.
"""

import hashlib
import logging
import math
from collections.abc import Iterator
from dataclasses import dataclass, field

from firmware.archive import disks
from firmware.archive.erase import Gone, What, personal
from firmware.archive.facade import Archive
from firmware.archive.model import Call
from firmware.archive.register import Agreement
from firmware.archive.retention import (
    Action,
    Facts,
    Reason,
    Rules,
    Worth,
    for_space,
    judge,
)
from firmware.archive.rules import People, facts_of, key_of
from firmware.archive.stops import Signs, Stop, stops, too_much
from firmware.errors import LinekeeperError, Refused

log = logging.getLogger(__name__)

#: Who the ledger says removed what nobody asked for.
BY = "sweep"
#: Whoever was called and talked to for so long is known, s.
KNOWN_TALK_S = 30.0
#: Agreements that a box may have.
MANY = 1_000_000


@dataclass(frozen=True, slots=True)
class Item:
    """One call that goes, or steps down, and why."""

    call_id: str
    start_utc: float
    action: Action
    reason: Reason
    due_utc: float | None
    source: str
    size: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What a sweep would do at a time, and what keeps it from doing so."""

    at_utc: float
    items: list[Item]
    stops: list[Stop]
    calls: int
    audio_calls: int
    audio_bytes: int

    @property
    def token(self) -> str:
        """Return a name for exactly this list; empty if nothing goes."""
        rows = sorted(f"{item.call_id} {item.action}" for item in self.items)
        return hashlib.sha256("\n".join(rows).encode()).hexdigest()[:16] if rows else ""

    @property
    def asks(self) -> bool:
        """Would it go on if a person confirmed it?"""
        return [stop.code for stop in self.stops] == ["too_much"]


@dataclass(slots=True)
class Swept:
    """What a sweep did."""

    plan: Plan
    done: list[Item] = field(default_factory=list)
    left: dict[str, str] = field(default_factory=dict)  # call: why not
    certificate: str | None = None

    @property
    def size(self) -> int:
        """Bytes of audio that went."""
        return sum(item.size for item in self.done)


def plan(
    archive: Archive, rules: Rules, now_utc: float, *, clock: str, need: int = 0
) -> Plan:
    """Say what is due at a time; `need` bytes are to be freed, the rest by worth."""
    return _plan(archive, rules, now_utc, clock, need, people_of(archive))


def _plan(
    archive: Archive,
    rules: Rules,
    now_utc: float,
    clock: str,
    need: int,
    people: People,
) -> Plan:
    items: list[Item] = []
    spare: list[Facts] = []
    counts = {"calls": 0, "audio": 0, "bytes": 0, "newest": 0.0}
    for call in every(archive):
        facts = facts_of(call, people)
        counts["calls"] += 1
        counts["audio"] += facts.audio
        counts["bytes"] += facts.size
        counts["newest"] = max(counts["newest"], facts.start_utc)
        verdict = judge(facts, rules, now_utc)
        if verdict.action != "keep":
            size = facts.size - (facts.small or 0) * (verdict.action == "step")
            items.append(
                Item(
                    *(call.id, call.start_utc, verdict.action, verdict.reason),
                    *(verdict.due_utc, verdict.source, size),
                )
            )
        elif need and facts.audio:
            spare.append(facts)
    need -= sum(item.size for item in items)
    if need > 0:
        items += _for_space(spare, rules, now_utc, need)
    found = stops(_signs(archive, clock, now_utc, counts["newest"]))
    whole = [int(counts[name]) for name in ("calls", "audio", "bytes")]
    excess = _excess(items, *whole)
    return Plan(now_utc, items, [*found, *([excess] if excess else [])], *whole)


def _for_space(
    spare: list[Facts], rules: Rules, now_utc: float, need: int
) -> Iterator[Item]:
    by_id = {facts.id: facts for facts in spare}
    for verdict in for_space(spare, rules, now_utc, need):
        facts = by_id[verdict.id]
        size = facts.size - (facts.small or 0) * (verdict.action == "step")
        yield Item(
            facts.id, facts.start_utc, verdict.action, verdict.reason, None, "", size
        )


def sweep(
    archive: Archive,
    rules: Rules,
    now_utc: float,
    *,
    clock: str,
    need: int = 0,
    confirmed: str = "",
    by: str = BY,
) -> Swept:
    """Remove what is due; `confirmed` is the token of a plan that asked."""
    people = people_of(archive)
    chosen = _plan(archive, rules, now_utc, clock, need, people)
    swept = Swept(chosen)
    go_on = not chosen.stops or (chosen.asks and confirmed == chosen.token != "")
    if go_on and _records_differ(archive, chosen.items):
        text = "the catalogue differs from the recordings' own records; run `reindex`"
        chosen.stops.append(Stop("records_differ", text))
        go_on = False
    if go_on:
        _perform(archive, rules, swept, by, people)
    for stop in chosen.stops if not go_on else ():
        log.warning("the sweep removed nothing: %s", stop.text)
    codes = [] if go_on else [stop.code for stop in chosen.stops]
    archive.erasures.swept(now_utc, len(swept.done), swept.size, codes)
    return swept


def _perform(
    archive: Archive, rules: Rules, swept: Swept, by: str, people: People
) -> None:
    gone: list[Gone] = []
    binned: list[Gone] = []
    texts: set[str] = set()
    now_utc = swept.plan.at_utc
    for item in swept.plan.items:
        try:
            call = archive.record_of(item.call_id)
            _must_go(facts_of(call, people), item, rules, now_utc)
            if item.action == "step":
                archive.eraser.step_down(call.id, by, now_utc)
            else:
                what: What = "all" if item.action == "forget" else "audio"
                texts |= personal(call) if what == "all" else set()
                each = archive.eraser.remove(call.id, what, item.reason, by, now_utc)
                (binned if item.reason == "erasure" else gone).append(each)
            swept.done.append(item)
        except LinekeeperError as error:
            log.error("the sweep left %s: %s", item.call_id, error)
            swept.left[item.call_id] = str(error)
    archive.eraser.note(gone, by, now_utc)
    if binned:
        reason = "thrown away, and the time to undo is over"
        swept.certificate = archive.eraser.certify(binned, by, now_utc, reason)["id"]
    if texts:
        archive.eraser.clean(texts)


def _must_go(facts: Facts, item: Item, rules: Rules, now_utc: float) -> None:
    """Refuse to touch what its own record wants to stay, after all."""
    verdict = judge(facts, rules, now_utc)
    if item.reason == "space":
        bound = verdict.reason in ("running", "hold", "legal_minimum", "restricted")
        if facts.audio and not bound and facts.worth < Worth.KEPT:
            return
    elif verdict.action == item.action:
        return
    raise Refused(f"call {facts.id}: it is to stay now: {verdict.reason}")


def _records_differ(archive: Archive, items: list[Item]) -> bool:
    """Tell whether a row says something else than the record in the folder."""
    for item in items:
        row, record = archive.calls.get(item.call_id), archive.record_of(item.call_id)
        if (row.keeping, row.audio, row.start_utc) != (
            *(record.keeping, record.audio, record.start_utc),
        ):
            return True
    return False


def _signs(archive: Archive, clock: str, now_utc: float, newest_utc: float) -> Signs:
    last = archive.erasures.last_sweep()
    present = set(archive.folder_ids())
    listed = archive.calls.ids()
    # A call that begins meanwhile is in one of the two only.
    present |= {i for i in listed - present if archive.folder_of(i).is_dir()}
    return Signs(
        clock=clock,
        now_utc=now_utc,
        last_sweep_utc=last and last[0],
        newest_call_utc=newest_utc or None,
        rebuilt=archive.rebuilt is not None,
        disk=disks.check(archive.state_dir),
        listed=listed,
        present=present,
    )


def _excess(
    items: list[Item], calls: int, audio_calls: int, audio_bytes: int
) -> Stop | None:
    """Return the stop for too much at once; what people threw away does not count."""
    ours = [item for item in items if item.reason != "erasure"]
    drops = [item for item in ours if item.action == "drop_audio"]
    forgotten = sum(item.action == "forget" for item in ours)
    parts = [(len(drops), audio_calls, "recordings"), (forgotten, calls, "entries")]
    if len(drops) > 1:
        parts.append((sum(i.size for i in drops), audio_bytes, "bytes of audio"))
    return too_much(parts)


def every(archive: Archive) -> Iterator[Call]:
    """Yield every call of the catalogue, the oldest first."""
    after = ""
    while page := archive.calls.walk(after):
        yield from page
        after = page[-1].id


def people_of(archive: Archive) -> People:
    """Return the customers (with an agreement, an address, or called by us), and
    until when those have agreed who did so beforehand.
    """
    agreements = archive.register.agreements(limit=MANY)
    known = {key_of(agreement.number) for agreement in agreements}
    known |= {key_of(w.number) for w in archive.wishes.held() if w.kind == "place"}
    known |= {key_of(number) for number in archive.calls.called(KNOWN_TALK_S)}
    until: dict[str, float] = {}
    for agreement in agreements:
        key, end = key_of(agreement.number), _end_of(archive, agreement)
        until[key] = max(end, until.get(key, 0.0))
    return People(known - {""}, until)


def _end_of(archive: Archive, agreement: Agreement) -> float:
    """Return when an agreement stops to allow that its recordings are kept."""
    if agreement.state == "withdrawn":
        steps = archive.register.steps(agreement.id)
        return max((step.at_utc for step in steps), default=0.0)
    if agreement.state != "granted":
        return 0.0
    return math.inf if agreement.expires_utc is None else agreement.expires_utc
