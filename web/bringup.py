"""Trying out the line interface, step by step: the recorder walks, the page shows.

The state comes from the status file, answers go over the control socket.  The part of
the page that changes is fetched anew by a script, or with the whole page without one.
"""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import Conflict, NotFound

from firmware.errors import ControlError, NoRecorder
from firmware.service import control, status
from firmware.service.bringup import ANSWERS
from firmware.service.bringup_table import DIAGNOSES, STEPS
from web import house
from web.i18n import N_, _

bp = Blueprint("bringup", __name__, url_prefix="/box/bringup")

#: State of a step -> what it is called, its picture and tone.
STATES = {
    "waiting": (N_("to come"), "no_answer", ""),
    "now": (N_("now"), "live", "warn"),
    "ok": (N_("well"), "answered", "good"),
    "failed": (N_("not right"), "failed", "bad"),
    "skipped": (N_("left out"), "hook", ""),
}
#: What can be measured as a word rather than a figure.
MEASURED = {
    "on-hook, voltage": N_("on-hook, with voltage"),
    "off-hook, voltage": N_("off-hook, with voltage"),
    "on-hook, no voltage": N_("on-hook, without voltage"),
    "off-hook, no voltage": N_("no voltage"),
    "pressed": N_("pressed"),
    "yes": N_("yes"),
    "no": N_("no"),
}
#: What the person may send; the words of the buttons are in the page.
DEEDS = ("begin", "end", *ANSWERS)


@dataclass(frozen=True, slots=True)
class Row:
    """One step as the page shows it."""

    key: str
    title: str
    expected: str
    state: str
    said: str
    icon: str
    tone: str
    measured: str
    diagnosis: str


def running() -> dict[str, Any] | None:
    """Return the recorder's first line, None if no recorder runs."""
    told = status.read(house.base().status_path) or {}
    if house.now() - float(told.get("updated_utc", 0.0)) > status.STALE_S:
        return None
    lines = told.get("lines") or []
    return lines[0] if lines else None


def context() -> dict[str, Any]:
    """Return what the page and its changing part are made of."""
    line = running()
    told: dict[str, Any] | None = (line or {}).get("bringup")
    results = {row["key"]: row for row in (told or {}).get("results", [])}
    step = next((s for s in STEPS if told and s.key == told["step"]), None)
    return {
        "recorder": line is not None,
        "told": told,
        "step": step,
        "rows": [_row(s.key, results.get(s.key, {})) for s in STEPS],
        "diagnoses": [_(DIAGNOSES[key]) for key in (told or {}).get("diagnoses", [])],
        "live": _live((told or {}).get("live") or {}),
        "failed": any(row.get("state") == "failed" for row in results.values()),
    }


def _row(key: str, result: dict[str, Any]) -> Row:
    step = next(s for s in STEPS if s.key == key)
    state = str(result.get("state") or "waiting")
    said, icon, tone = STATES[state]
    measured = str(result.get("measured") or "")
    wrong = str(result.get("diagnosis") or "")
    return Row(
        key,
        _(step.title),
        _(step.expected),
        state,
        _(said),
        icon,
        tone,
        _(MEASURED[measured]) if measured in MEASURED else measured,
        _(DIAGNOSES[wrong]) if wrong else "",
    )


def _live(seen: dict[str, Any]) -> list[tuple[str, str]]:
    """Return what the line shows now, as names and values."""
    hook = {0: _("on-hook"), 1: _("off-hook")}.get(seen.get("hook", -1))
    volts = {0: _("no voltage"), 1: _("there")}.get(seen.get("line", -1))
    rows = [(_("Hook"), hook), (_("Voltage"), volts)]
    if seen.get("pulses") is not None:
        rows.append((_("Ring pulses"), str(seen["pulses"])))
    if seen.get("level_dbov") is not None:
        rows.append((_("Sound"), f"{seen['level_dbov']:.0f} dBov"))
    return [(name, value) for name, value in rows if value is not None]


@bp.get("")
def index() -> str:
    """The whole page."""
    return render_template("box/bringup.html", **context())


@bp.get("/now")
def now() -> str:
    """The part that changes."""
    return render_template("box/_bringup.html", **context())


@bp.post("/<verb>")
def tell(verb: str) -> ResponseReturnValue:
    """Begin, answer or end."""
    if verb not in DEEDS:
        raise NotFound()
    try:
        control.send(house.base().socket_path, "bringup", do=verb, by=g.user.name)
    except NoRecorder:
        raise Conflict(
            _("The recorder is not running, so nothing can be tried.")
        ) from None
    except ControlError as error:
        if verb in ("begin", "end"):
            raise Conflict(
                _("The recorder did not do it: %(error)s", error=error)
            ) from error
        # The step ended while the button was being pressed: the page shows the next.
    if request.headers.get("Accept", "").startswith("text/x-part"):
        return render_template("box/_bringup.html", **context())
    return redirect(url_for("bringup.index"), 303)
