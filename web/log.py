"""Who did what: the ledger as a list to read, the newest first."""

from flask import Blueprint, render_template, request
from werkzeug.exceptions import BadRequest

from web import custody
from web.i18n import _
from web.store import archive

bp = Blueprint("log", __name__, url_prefix="/box/log")

ROWS = 50
#: Entries looked at for one page; a rare kind may take several pages.
MOST = 20_000
#: Choice on the page -> kinds of entries.
CHOICES = {
    "heard": custody.HEARD,
    "kept": frozenset({"held", "released", "restricted", "unrestricted", "starred",
                       "unstarred", "binned", "restored"}),
    "gone": frozenset({"erased", "swept", "stepped_down", "binned"}),
    "people": frozenset({"logged_in", "refused", "changed", "viewed"}),
    "box": frozenset({"unlocked", "locked", "verified", "backed_up",
                      "checkpoint_anchored", "rewrapped", "begun"}),
}  # fmt: skip


@bp.get("")
def index() -> str:
    """Entries of the ledger, as many as fit on a page."""
    kinds = CHOICES.get(request.args.get("show", ""))
    ledger = archive().ledger
    end = _before(ledger.size)
    found: list[custody.Link] = []
    first = end
    while first > max(0, end - MOST) and len(found) < ROWS:
        start = max(0, first - 5 * ROWS)
        part = [
            entry
            for entry in ledger.walk(start, first)
            if kinds is None or entry.kind in kinds
        ]
        found += custody.chain(part)
        first = start
    older = found[ROWS - 1].index if len(found) >= ROWS else first
    return render_template(
        "box/log.html",
        rows=found[:ROWS],
        older=older if older > 0 else None,
        show=request.args.get("show", ""),
        choices=(
            ("", _("Everything")),
            ("heard", _("Heard or taken")),
            ("kept", _("Kept")),
            ("gone", _("Gone")),
            ("people", _("Log-ins and changes")),
            ("box", _("The box")),
        ),
    )


def _before(size: int) -> int:
    text = request.args.get("before") or str(size)
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise BadRequest(_("Start again from the newest entry."))
    return min(size, int(text))
