"""Proof: how much the ledger covers, who outside has seen it, and checking it now."""

from collections import Counter
from typing import Any

from flask import (
    Blueprint,
    Response,
    current_app,
    g,
    redirect,
    render_template,
    url_for,
)
from flask.typing import ResponseReturnValue

from firmware.archive import Archive
from firmware.archive.ledger.anchors import COSIGNED, TOKEN, Anchors
from firmware.archive.ledger.note import Checkpoint
from firmware.archive.verify import Report, verify
from web import house, proof_words
from web.jobs import Job, Jobs
from web.store import archive, get_call

bp = Blueprint("proof", __name__, url_prefix="/box/proof")

#: Most problems told on the page; `linekeeper verify` tells all.
SHOWN = 20
#: E7 of the reliability goals: an anchor a day, an alarm after two, s.
STALE_S = 2 * 86_400.0


@bp.get("")
def index() -> str:
    """The ledger, its anchors, the last check."""
    kept = archive()
    ledger = kept.ledger
    size = ledger.size if ledger.exists else 0
    return render_template(
        "box/proof.html",
        size=size,
        origin=ledger.origin if size else "",
        key=ledger.public_key.text if size else "",
        head=_checkpoint(kept) if size else None,
        last=next(ledger.walk(size - 1, size), None) if size else None,
        anchor=anchored(kept),
        now=house.now(),
        stale_s=STALE_S,
        job=jobs().last("verify"),
        **_told(jobs().last("verify")),
    )


@bp.post("/verify")
def check_all() -> ResponseReturnValue:
    """Begin to check the whole archive against its ledger."""
    kept, by = archive(), g.user.name
    jobs().start("verify", by, lambda: _check(kept, None, by))
    return redirect(url_for("proof.index"), 303)


@bp.post("/calls/<callid:call_id>")
def check(call_id: str) -> ResponseReturnValue:
    """Check one call and say what was found on its page."""
    call = get_call(call_id)
    report = _check(archive(), call.id, g.user.name)
    found = report.problems[0].what if report.problems else "good"
    where = url_for("calls.show", call_id=call.id, checked=found, _anchor="custody")
    return redirect(where, 303)


@bp.get("/checkpoint.txt")
def checkpoint() -> Response:
    """The signed checkpoint of this moment: to print, to mail, to keep elsewhere."""
    text = str(archive().ledger.checkpoint())
    response = Response(text, mimetype="text/plain")
    response.headers["Content-Disposition"] = 'attachment; filename="checkpoint.txt"'
    return response


def anchored(kept: Archive) -> dict[str, Any] | None:
    """Return the newest checkpoint that somebody outside has seen, if there is one."""
    for anchor in reversed(Anchors(kept.state_dir).all()):
        for how, ending in (("tsa", TOKEN), ("witness", COSIGNED)):
            path = anchor.path.with_suffix(ending)
            if path.exists():
                at = path.stat().st_mtime
                return {"size": anchor.size, "how": how, "at_utc": at}
    return None


def jobs() -> Jobs:
    """Return the work in the background of the running application."""
    found: Jobs = current_app.extensions["linekeeper.jobs"]
    return found


def _checkpoint(kept: Archive) -> Checkpoint:
    return Checkpoint.of(kept.ledger.checkpoint())


def _check(kept: Archive, call_id: str | None, by: str) -> Report:
    report = verify(kept, None if call_id is None else [call_id])
    call = call_id or ""
    kept.ledger.add("verified", call, by, house.now(), ok=report.good)
    return report


def _told(job: Job | None) -> dict[str, Any]:
    """Return what a check found, in words."""
    report = job.result if job is not None else None
    if not isinstance(report, Report):
        return {"report": None, "problems": [], "more": 0}
    counted = Counter(problem.what for problem in report.problems)
    problems = [
        (proof_words.meaning(problem.what), problem.where, problem.call)
        for problem in report.problems[:SHOWN]
    ]
    more = sum(counted.values()) - len(problems)
    return {"report": report, "problems": problems, "more": more}
