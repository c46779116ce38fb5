"""Calls on a USB stick, in a folder that anybody can read without this box."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest, Conflict

from firmware.archive import Archive, handout, shelf
from firmware.archive.model import Call
from firmware.archive.sweep import every
from web import backup, lock
from web.i18n import N_, _
from web.jobs import Jobs
from web.proof import jobs
from web.store import archive

bp = Blueprint("shelf", __name__, url_prefix="/keeping/shelf")

JOB = "shelf"
#: Folder that is made on the stick.
FOLDER = "linekeeper-calls"
FORMATS = {
    "flac": N_("FLAC: without loss"),
    "opus": N_("Opus: small"),
    "wav": N_("WAV: plays everywhere, large"),
}


@dataclass(frozen=True, slots=True)
class Filled:
    """What became of a stick."""

    folder: Path
    done: shelf.Shelved


@bp.get("")
def index() -> str:
    """Which stick, which calls, and what became of the last one."""
    job = jobs().last(JOB)
    made = job.result if job is not None else None
    return render_template(
        "keeping/shelf.html",
        disks=backup.attached(),
        formats={kind: _(told) for kind, told in FORMATS.items()},
        job=job,
        running=job is not None and job.ended_utc is None,
        made=made if isinstance(made, Filled) else None,
        locked=lock.keyring().locked,
        folder=FOLDER,
    )


@bp.post("")
def fill() -> ResponseReturnValue:
    """Begin to copy calls onto a stick."""
    places = dict(backup.attached())
    place = places.get(request.form.get("disk", ""))
    kind = request.form.get("format", "flac")
    if place is None or kind not in handout.FORMATS:
        raise BadRequest(_("Please choose a disk from the list."))
    if lock.keyring().locked:
        raise Conflict(_("The recordings are sealed. Unlock them first."))
    since, until = _day("since"), _day("until")
    until = None if until is None else until + 86_400.0
    kept, by, lines, work = archive(), g.user.name, frozenset(g.user.lines), jobs()
    folder = Path(place) / FOLDER

    def run() -> Filled:
        chosen = list(_chosen(kept, since, until, lines))
        told = _counted(chosen, work)
        return Filled(folder, shelf.fill(kept, told, folder, by, time.time(), kind))

    jobs().start(JOB, by, run)
    return redirect(url_for("shelf.index"), 303)


def _chosen(
    kept: Archive, since: float | None, until: float | None, lines: frozenset[str]
) -> Iterator[Call]:
    """Yield the calls of a time that somebody may see."""
    for call in every(kept):
        early = since is not None and call.start_utc < since
        late = until is not None and call.start_utc >= until
        if not early and not late and (not lines or call.line in lines):
            yield call


def _counted(calls: list[Call], work: Jobs) -> Iterator[Call]:
    """Yield calls, telling how far it has come."""
    for at, call in enumerate(calls):
        work.tell(JOB, at / len(calls))
        yield call


def _day(name: str) -> float | None:
    text = request.form.get(name, "")
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()
    except ValueError:
        raise BadRequest(_("Please write the day as 2027-12-31.")) from None
