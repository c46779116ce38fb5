"""Checks an archive against its ledger, and the ledger against who saw it outside.

Nothing is changed, and no private key is needed: hashes are of the files as they lie
sealed on the disk.  `deep` opens them and listens to every second.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from firmware.archive.facade import Archive
from firmware.archive.folder import (
    GROWING,
    SMALL_MASTERS,
    growing_master,
    packed_master,
)
from firmware.archive.ledger import inspect
from firmware.archive.ledger import key as signing
from firmware.archive.ledger.anchors import Anchors, Trust
from firmware.archive.ledger.audit import Walk, audit
from firmware.archive.ledger.note import Note, NoteKey
from firmware.archive.ledger.problem import Problem
from firmware.archive.opening import open_master
from firmware.archive.reader import MasterReader
from firmware.errors import NoSuchCall, StoreError


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
) -> Report:
    """Check some calls, or all there are and the catalogue as well.

    `key` is the ledger's public key where the box's own is not to be believed;
    `others` are checkpoints that were kept elsewhere.  Locked if `deep` needs a key.
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
    for call_id in wanted:
        report.calls += 1
        report.problems += _call(archive, call_id, walk, public)
        if deep:
            report.listened += 1
            report.problems += _listen(archive, call_id, walk)
    if walk.size or report.problems:  # an empty archive needs no ledger
        report.problems[:0] = walk.problems
    return report


def _own_key(archive: Archive) -> NoteKey | None:
    """Return the box's own public key; None if there is no ledger to check."""
    ledger = archive.ledger
    return ledger.public_key if ledger.exists and ledger.size else None


def _all(archive: Archive, walk: Walk) -> list[str]:
    """Return every call that anybody knows of."""
    return sorted({*archive.calls.ids(), *archive.folder_ids(), *walk.calls})


def _call(
    archive: Archive, call_id: str, walk: Walk, public: NoteKey | None
) -> Iterator[Problem]:
    row = archive.calls.row(call_id)
    told = walk.calls.get(call_id)
    folder = archive.folder_of(call_id)
    if row is None and told is None and not folder.exists():
        raise NoSuchCall(call_id)
    data, unsettled = row or (None, False)
    for problem in inspect.inspect(folder, told, public.key if public else None, data):
        if not (unsettled and problem.where in GROWING):
            yield problem
    if told is not None:
        yield from inspect.hashes(folder, told)


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

    yield from inspect.listen(folder, told, salt, opener)
