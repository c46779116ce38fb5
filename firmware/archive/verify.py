"""Checks an archive against its ledger, and the ledger against who saw it outside.

Nothing is changed, and no private key is needed: hashes are of the files as they lie
sealed on the disk.  `deep` opens them and listens to every second.
"""

import json
import multiprocessing
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from itertools import islice

from firmware.archive.facade import Archive
from firmware.archive.folder import (
    SMALL_MASTERS,
    growing_master,
    packed_master,
)
from firmware.archive.ledger import key as signing
from firmware.archive.ledger.anchors import Anchors, Trust
from firmware.archive.ledger.audit import Told, Walk, audit
from firmware.archive.ledger.inspect import Job, listen, look_at, look_at_all
from firmware.archive.ledger.note import Note, NoteKey, note_key
from firmware.archive.ledger.problem import Problem
from firmware.archive.opening import open_master
from firmware.archive.reader import MasterReader
from firmware.errors import NoSuchCall, StoreError

#: Calls looked at together, and so many that processes are worth their start.
PART = 500
MANY = 2000


@dataclass(slots=True)
class Report:
    """What was checked, and what was found."""

    entries: int = 0
    calls: int = 0
    listened: int = 0
    seen_utc: float | None = None  # when somebody outside saw the ledger last
    seen_size: int = 0  # entries that it had then
    problems: list[Problem] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Was nothing found?"""
        return not self.problems


def verify(
    archive: Archive,
    call_ids: Iterable[str] | None = None,
    *,
    deep: bool = False,
    trust: Trust | None = None,
    others: Iterable[Note] = (),
    key: NoteKey | None = None,
    workers: int = 1,
) -> Report:
    """Check some calls, or all there are and the catalogue as well.

    `key` is the ledger's public key where the box's own is not to be believed;
    `others` are checkpoints that were kept elsewhere.  Locked if `deep` needs a key.
    With `workers` many calls are looked at by so many processes.
    """
    report = Report()
    try:
        public = key or _own_key(archive)
    except (StoreError, IndexError) as error:
        public = None
        report.problems.append(Problem("key_missing", signing.NAME, "", str(error)))
    shelf = Anchors(archive.state_dir).all()
    walk = audit(archive.ledger, public, shelf, trust, others)
    report.entries = walk.size
    for size, at_utc in walk.times:
        if at_utc >= (report.seen_utc or 0.0):
            report.seen_utc, report.seen_size = at_utc, size
    wanted = _all(archive, walk) if call_ids is None else list(call_ids)
    report.calls = len(wanted)
    raw = public.key if public else None
    suspects: dict[str, list[Problem]] = {}
    for found in _look(archive, wanted, walk, raw, workers):
        suspects.setdefault(found.call, []).append(found)
    for call_id, problems in suspects.items():
        report.problems += _again(archive, call_id, walk, raw, problems)
    if deep:
        for call_id in wanted:
            report.listened += 1
            report.problems += _listen(archive, call_id, walk)
    damaged = any(problem.what == "ledger_damaged" for problem in walk.problems)
    if walk.size or damaged or report.problems:  # an empty archive needs no ledger
        report.problems[:0] = walk.problems
    return report


def _own_key(archive: Archive) -> NoteKey | None:
    """Return the box's own public key; None if there is no ledger to check."""
    ledger = archive.ledger
    if not ledger.exists or not ledger.size:
        return None
    key = signing.load(archive.state_dir)
    try:
        return note_key(ledger.origin, key)
    except (StoreError, IndexError):  # the first entry was spoiled: ask the head
        head = ledger.head()
        return note_key(head.signatures[0][0] if head else "", key)


def _all(archive: Archive, walk: Walk) -> list[str]:
    """Return every call that anybody knows of."""
    return sorted({*archive.calls.ids(), *archive.folder_ids(), *walk.calls})


def _jobs(archive: Archive, call_ids: Sequence[str], walk: Walk) -> list[Job]:
    """Gather what ledger and catalogue say of some calls."""
    rows = archive.calls.rows(call_ids)
    jobs = []
    for call_id in call_ids:
        data, unsettled = rows.get(call_id, (None, False))
        folder, told = archive.folder_of(call_id), walk.calls.get(call_id)
        if data is None and told is None and not folder.exists():
            raise NoSuchCall(call_id)
        jobs.append(Job(str(folder), told, data, unsettled))
    return jobs


def _look(
    archive: Archive,
    call_ids: list[str],
    walk: Walk,
    public: bytes | None,
    workers: int,
) -> Iterator[Problem]:
    """Look at every call, in processes of their own if there are many."""
    parts = (
        _jobs(archive, call_ids[first : first + PART], walk)
        for first in range(0, len(call_ids), PART)
    )
    if workers <= 1 or len(call_ids) < MANY:
        for part in parts:
            yield from look_at_all(part, public)
        return
    context = multiprocessing.get_context("forkserver")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        while some := list(islice(parts, 4 * workers)):
            for found in pool.map(partial(look_at_all, public=public), some):
                yield from found


def _again(
    archive: Archive,
    call_id: str,
    walk: Walk,
    public: bytes | None,
    problems: list[Problem],
) -> list[Problem]:
    """Look once more if the ledger has grown: the recorder may have been at work."""
    if call_id not in walk.calls or archive.ledger.size == walk.size:
        return problems
    told = Told()
    for entry in archive.ledger.entries(call_id):
        told.hear(entry.index, json.loads(entry.raw))
    walk.calls[call_id] = told
    (job,) = _jobs(archive, [call_id], walk)
    return look_at(job, public)


def _listen(archive: Archive, call_id: str, walk: Walk) -> Iterator[Problem]:
    told = walk.calls.get(call_id)
    if told is None or told.gone:
        return
    try:
        call = archive.record_of(call_id)
    except (StoreError, NoSuchCall):
        return  # named before
    salt = call.proof.get("salt")
    folder = archive.folder_of(call_id)
    path = packed_master(folder) or growing_master(folder)
    if salt is None or call.audio == "none" or call.outcome == "in_progress":
        return
    if path is None or path.name in SMALL_MASTERS:  # sounds alike, sample by sample not
        return

    def opener(call_id: str) -> MasterReader:
        return open_master(path, lambda: archive.sealer.key(call_id))

    yield from listen(folder, told, salt, opener)
