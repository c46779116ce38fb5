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
from firmware.archive.ledger import anchoring
from firmware.archive.ledger.anchors import Trust
from firmware.archive.ledger.note import Checkpoint
from firmware.archive.verify import Report, verify
from web import house, proof_words
from web.jobs import Job, Jobs
from web.store import archive, get_call

bp = Blueprint("proof", __name__, url_prefix="/box/proof")

#: Most problems told on the page; `linekeeper verify` tells all.
SHOWN = 20


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
        anchor=anchored() if size else None,
        anchoring=jobs().last("anchor"),
        job=jobs().last("verify"),
        **_told(jobs().last("verify")),
    )


@bp.post("/verify")
def check_all() -> ResponseReturnValue:
    """Begin to check the whole archive against its ledger."""
    kept, by = archive(), g.user.name
    trust = anchoring.trust_of(house.settings().proof)
    jobs().start("verify", by, lambda: _check(kept, None, by, trust))
    return redirect(url_for("proof.index"), 303)


@bp.post("/calls/<callid:call_id>")
def check(call_id: str) -> ResponseReturnValue:
    """Check one call and say what was found on its page."""
    call = get_call(call_id)
    trust = anchoring.trust_of(house.settings().proof)
    report = _check(archive(), call.id, g.user.name, trust)
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


@bp.post("/anchor")
def anchor() -> ResponseReturnValue:
    """Begin to have the newest checkpoint seen outside."""
    ledger, chosen = archive().ledger, house.settings().proof
    jobs().start(
        "anchor", g.user.name, lambda: anchoring.anchor(ledger, chosen, house.now())
    )
    return redirect(url_for("proof.index"), 303)


def anchored() -> anchoring.State:
    """Return how far somebody outside has seen the ledger."""
    return anchoring.state(archive().ledger, house.settings().proof, house.now())


def jobs() -> Jobs:
    """Return the work in the background of the running application."""
    found: Jobs = current_app.extensions["linekeeper.jobs"]
    return found


def _checkpoint(kept: Archive) -> Checkpoint:
    return Checkpoint.of(kept.ledger.checkpoint())


def _check(kept: Archive, call_id: str | None, by: str, trust: Trust) -> Report:
    ids = None if call_id is None else [call_id]
    report = verify(kept, ids, trust=trust)
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
