"""How long recordings stay: rules in words, what goes tonight, held calls, the bin."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import Conflict

from firmware.archive import sweep
from firmware.archive.model import Call
from firmware.archive.retention import Rules
from firmware.archive.rules import rules_of
from firmware.archive.sweep import Plan
from firmware.service import status
from web import house, keeping_words, kept, view
from web.act import act
from web.calls import country
from web.i18n import _
from web.proof import jobs
from web.store import archive, visible

bp = Blueprint("keeping", __name__, url_prefix="/keeping")

#: With more calls the preview is made in the background, while the page waits for it.
AT_ONCE = 3000
#: A preview is shown for so long unless a call changes, s.
PREVIEW_S = 600.0
#: Most calls that are named of what goes; their number is always told.
SHOWN = 50


@bp.get("")
def index() -> str:
    """The rules in words, and what goes tonight and why."""
    settings = house.settings()
    at = next_sweep(settings.retention.sweep_hour)
    plan, problem = _plan(at)
    return render_template(
        "keeping/index.html",
        rules=keeping_words.rules(rules_of(settings), settings),
        sweeps=settings.retention.sweep,
        at=at,
        problem=problem,
        token=_token() if plan is not None and plan.asks else "",
        **_shown(plan),
    )


@bp.post("/sweep")
def sweep_now() -> ResponseReturnValue:
    """Let go what was shown, now: its name is that of the list that was on the page."""
    token = request.form.get("token", "")[:64]
    done = act("sweep", confirm=token, clock=_clock())
    if done.get("stops"):
        why = "; ".join(keeping_words.stop(code) for code, _text in done["stops"])
        raise Conflict(_("Nothing went: %(why)s.", why=why))
    return redirect(url_for("keeping.index"), 303)


def next_sweep(hour: int) -> float:
    """Return when the next sweep is, UTC seconds; `hour` is that of the wall."""
    now = datetime.fromtimestamp(house.now()).astimezone()
    at = now.replace(hour=hour, minute=0, second=0, microsecond=0)
    return (at if at > now else at + timedelta(days=1)).timestamp()


def _plan(at_utc: float) -> tuple[Plan | None, str]:
    """Return what the sweep would do, or None while that is being worked out."""
    return plan_of(rules_of(house.settings()), at_utc)


def plan_of(rules: Rules, at_utc: float) -> tuple[Plan | None, str]:
    """Return what a sweep by these rules would do, or why that cannot be told."""
    kept, clock = archive(), _clock()
    change = kept.calls.latest_change()
    name = f"plan {change} {round(at_utc)} {clock} {hash(rules)}"

    def work() -> Plan:
        return sweep.plan(kept, rules, at_utc, clock=clock)

    job = jobs().last(name)
    if job is None and kept.calls.count() <= AT_ONCE:
        return work(), ""
    if job is None:
        jobs().start(name, g.user.name, work)
        return None, ""
    return (None, "") if job.ended_utc is None else (job.result, job.problem)


def _clock() -> str:
    """Return the state of the clock as the recorder has it; "" if it does not run."""
    told = status.read(house.settings().status_path)
    if not isinstance(told, dict):
        return ""
    age = house.now() - float(told.get("updated_utc", 0.0))
    return str(told.get("clock", "")) if abs(age) < status.STALE_S else ""


def _token() -> str:
    """Return the name of the list of what would go at this moment."""
    rules = rules_of(house.settings())
    return sweep.plan(archive(), rules, house.now(), clock=_clock()).token


def _shown(plan: Plan | None) -> dict[str, Any]:
    """Return a plan in the words of the page."""
    if plan is None:
        return {"plan": None, "items": [], "more": 0, "stops": [], "counts": []}
    first = sorted(plan.items, key=lambda item: item.start_utc)[:SHOWN]
    pairs = [(archive().calls.get(item.call_id), item) for item in first]
    rows = [(view.row(call, country()), item) for call, item in pairs if visible(call)]
    counted = Counter((item.action, item.reason) for item in plan.items)
    return {
        "plan": plan,
        "items": [
            (
                row,
                _(keeping_words.ACTIONS[item.action][0]),
                *keeping_words.ACTIONS[item.action][1:],
                keeping_words.reason(item.reason),
            )
            for row, item in rows
        ],
        "more": len(plan.items) - len(rows),
        "stops": [keeping_words.stop(stop.code) for stop in plan.stops],
        "counts": [
            (count, _(keeping_words.ACTIONS[action][0]), keeping_words.reason(reason))
            for (action, reason), count in counted.most_common()
        ],
    }


@bp.get("/held")
def held() -> str:
    """Calls that nothing removes, each with who answers for it; and restricted ones."""
    calls = archive().calls
    holds = sorted(
        _rows("hold", calls.kept_as("hold")), key=lambda r: r[1]["review_utc"]
    )
    return render_template(
        "keeping/held.html",
        holds=holds,
        restricted=_rows("restricted", calls.kept_as("restricted")),
        starred=_rows("star", calls.kept_as("star")),
        now=house.now(),
    )


@bp.get("/bin")
def bin() -> str:
    """Calls on their way out, each with the way back."""
    rows = sorted(
        _rows("bin", archive().calls.kept_as("bin")), key=lambda r: r[1]["until_utc"]
    )
    return render_template(
        "keeping/bin.html", rows=rows, days=house.settings().retention.bin_days
    )


def _rows(word: str, calls: list[Call]) -> list[tuple[view.Row, dict[str, Any]]]:
    found = [
        (view.row(call, country()), kept.kept(call)[word])
        for call in calls
        if visible(call)
    ]
    return [(row, entry) for row, entry in found if entry is not None]
