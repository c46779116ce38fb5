"""The support bundle on a page: made, looked at, and only then taken away.

What is shown is what the file holds; it stays in memory until another is made.
"""

import time

from flask import Blueprint, Response, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from firmware.archive import Archive
from firmware.archive import support as bundles
from firmware.archive.support import Bundle
from firmware.service.check import run_checks
from firmware.service.settings import Settings
from web import house
from web.i18n import N_, _
from web.proof import jobs
from web.store import archive

bp = Blueprint("support", __name__, url_prefix="/box/support")

JOB = "support"
#: What the page leaves alone: the card, the pins and the modem are the recorder's.
RECORDERS = ("sound card", "speaker", "pins", "modem")
#: File of a bundle -> what it tells.
TOLD = {
    "README.txt": N_("What is in it and what is not."),
    "versions.json": N_("The program, the system and the packages."),
    "settings.toml": N_("The settings; texts that somebody typed are left out."),
    "changes.json": N_("Which settings were changed when, without the values."),
    "status.json": N_("The live state, without who is calling."),
    "check.txt": N_("The self-test."),
    "counts.json": N_("How many calls of which kind."),
    "calls.json": N_("The last calls: times and outcomes, numbers as hashes."),
    "ledger.json": N_("What was entered when, without by whom."),
    "journal.txt": N_("What the services said lately."),
}


@bp.get("")
def index() -> str:
    """What a bundle holds, and the one that was made."""
    job = jobs().last(JOB)
    made = _made()
    return render_template(
        "box/support.html",
        told={name: _(words) for name, words in TOLD.items()},
        running=job is not None and job.ended_utc is None,
        problem=job.problem if job is not None else "",
        made=made,
        size=len(made.zipped()) if made is not None else 0,
    )


@bp.post("")
def make() -> ResponseReturnValue:
    """Begin to put one together."""
    kept, settings = archive(), house.settings()
    jobs().start(JOB, g.user.name, lambda: _make(kept, settings))
    return redirect(url_for("support.index"), 303)


@bp.get("/bundle.zip")
def download() -> Response:
    """The bundle that was looked at."""
    made = _made()
    if made is None:
        raise NotFound(_("There is no bundle yet; make one first."))
    answer = Response(made.zipped(), mimetype="application/zip")
    answer.headers["Content-Disposition"] = f'attachment; filename="{made.name}"'
    return answer


def _made() -> Bundle | None:
    job = jobs().last(JOB)
    found = job.result if job is not None else None
    return found if isinstance(found, Bundle) else None


def _make(kept: Archive, settings: Settings) -> Bundle:
    results = run_checks(settings, skip=RECORDERS)
    checks = [(result.name, result.ok, result.message) for result in results]
    return bundles.make(kept, settings, checks, time.time())
