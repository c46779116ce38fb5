"""The line as it is now, in the words of the page; one snapshot serves all clients."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, current_app, g, jsonify

from firmware.service import status as live_status
from web import line as line_card
from web import words
from web.i18n import LANGUAGES, N_, SOURCE, _, language, speaking

bp = Blueprint("live", __name__, url_prefix="/api/v1")

#: phase -> words, icon, tone, whether a clock runs beside it.
PHASES = {
    "starting": (N_("Starting"), "note", "idle", False),
    "idle": (N_("On-hook"), "phone", "idle", False),
    "ringing": (N_("Ringing"), "bell", "ring", True),
    "seized": (N_("Off-hook"), "phone", "live", True),
    "joined": (N_("Off-hook"), "phone", "live", True),
    "heard": (N_("Sound on the line"), "tone", "live", True),
    "dialling": (N_("Dialling"), "digit", "live", True),
    "calling": (N_("Ringing at the other end"), "outgoing", "live", True),
    "connecting": (N_("Connecting"), "outgoing", "live", True),
    "talking": (N_("Talking"), "phone", "live", True),
    "refused": (N_("Not connected"), "busy", "live", True),
    "far_released": (N_("The other side has hung up"), "hook", "live", True),
    "releasing": (N_("Hanging up"), "hook", "live", True),
    "clearing": (N_("Hanging up"), "hook", "live", True),
    "manual": (N_("Recording by hand"), "live", "live", True),
    "line_cut": (N_("The line is dead"), "warning", "bad", False),
}
STOPPED = (
    N_("The recorder is not running"),
    N_("Calls are not being noticed now. Start it with “linekeeper record”."),
)
SWITCHED_OFF = N_("Recording is switched off: calls are listed, without sound.")
#: Words of the snapshot that differ between languages.
SPOKEN = ("words", "detail")

Snapshot = dict[str, Any]


def snapshot(
    status_path: Path, latest_change: Callable[[], int], country: str
) -> Snapshot:
    """Read the live state and the archive's change counter into one answer.

    Its words are English; `said` has those of the other languages of the pages.
    """
    told, age_s = _read(status_path)
    running = age_s < live_status.STALE_S
    with speaking(SOURCE):
        taken = _worded(told, running=running, country=country)
    others = {}
    for code in LANGUAGES:
        if code != SOURCE:
            with speaking(code):
                line = _worded(told, running=running, country=country)["line"]
            others[code] = {key: line[key] for key in SPOKEN}
    return {
        # In the line's own time, which a replayed line need not share with the wall.
        "now_utc": told.get("updated_utc", time.time()) + (age_s if running else 0.0),
        "change": latest_change(),
        **taken,
        "said": others,
    }


def _worded(told: dict[str, Any], *, running: bool, country: str) -> Snapshot:
    """Return the state in the words of the language in use."""
    lines = [line_words(line, country) for line in told.get("lines", []) if running]
    allowed = bool(told.get("recording_allowed"))
    return {
        "recorder": "running" if running else "stopped",
        "notice": _(SWITCHED_OFF) if running and not allowed else "",
        "line": lines[0] if lines else _stopped(),
        "lines": lines,
    }


def _read(path: Path) -> tuple[dict[str, Any], float]:
    """Return the status and how long ago it was written, s."""
    try:
        age_s = time.time() - path.stat().st_mtime
    except OSError:
        return {}, float("inf")
    told: object = live_status.read(path)
    if not isinstance(told, dict) or not told.get("lines"):
        return {}, float("inf")  # not what a recorder writes
    return told, max(0.0, age_s)


def line_words(line: dict[str, Any], country: str) -> Snapshot:
    """Return one line's state as the page shows it."""
    phase = str(line.get("phase", ""))
    known, icon, tone, timed = PHASES.get(phase, ("", "phone", "live", True))
    said = _(known) if known else words.clean(phase).replace("_", " ").capitalize()
    if phase == "ringing" and line.get("ring_count"):
        said = _("Ringing %(count)s×", count=int(line["ring_count"]))
    detail, number = _who(line, country)
    if tone == "idle":
        detail, number = _("Ready for the next call"), ""
    if not line.get("ok", True):
        said, icon, tone = _("The line needs attention"), "warning", "bad"
        detail = words.clean(line.get("message")) or _("No sound is coming in.")
        number = ""
    quiet = tone in ("idle", "bad")
    return {
        "id": words.clean(str(line.get("id", ""))),
        "phase": phase,
        "words": said,
        "detail": detail,
        "number": number,
        "icon": icon,
        "tone": tone,
        "timed": timed and tone != "bad",
        "since_utc": float(line.get("since_utc", 0.0)),
        "call_id": line.get("call_id"),
        "recording": bool(line.get("recording")),
        "card": line_card.key_of(line),
        # Idle noise moves no meter, so it need not wake every client.
        "level_dbov": -120.0 if quiet else round(float(line["level_dbov"]), 1),
        "peak_dbov": -120.0 if quiet else round(float(line["peak_dbov"]), 1),
    }


def _who(line: dict[str, Any], country: str) -> tuple[str, str]:
    """Return name and number of the other side as far as they are known."""
    name = words.clean(line.get("name"))
    number = words.number(line.get("number"), country)
    if not name and not number and line.get("direction") == "incoming":
        return _("Number not known yet"), ""
    return name, number


def _stopped() -> Snapshot:
    return {
        "id": "",
        "phase": "stopped",
        "words": _(STOPPED[0]),
        "detail": _(STOPPED[1]),
        "number": "",
        "icon": "warning",
        "tone": "bad",
        "timed": False,
        "since_utc": 0.0,
        "call_id": None,
        "recording": False,
        "card": "",
        "level_dbov": -120.0,
        "peak_dbov": -120.0,
    }


def now() -> Snapshot:
    """Return the snapshot for the running application."""
    taken: Snapshot = current_app.extensions["linekeeper.snapshot"]()
    return own(taken, g.user.lines)


def own(taken: Snapshot, lines: Sequence[str]) -> Snapshot:
    """Return a snapshot without what happens on lines that are somebody else's."""
    if not lines:
        return taken
    mine = [line for line in taken["lines"] if line["id"] in lines]
    line, said = taken["line"], taken["said"]
    if mine:
        line, said = mine[0], said if mine[0] is line else {}
    elif taken["lines"]:
        line, said = _elsewhere(SOURCE), {}
        for code in LANGUAGES:
            if code != SOURCE:
                words = _elsewhere(code)
                said[code] = {key: words[key] for key in SPOKEN}
    return {**taken, "line": line, "lines": mine, "said": said}


def _elsewhere(code: str) -> Snapshot:
    """Return what is shown where there is a line, but not of whoever looks."""
    with speaking(code):
        shown = {"phase": "idle", "words": _("Not your line"), "detail": ""}
        return {**_stopped(), **shown, "icon": "phone", "tone": "idle"}


def here() -> Snapshot:
    """Return the snapshot in the visitor's language, for a page."""
    taken = now()
    spoken = taken["said"].get(language())
    if not spoken:
        return taken
    notice = taken["notice"] and _(SWITCHED_OFF)
    return {**taken, "notice": notice, "line": {**taken["line"], **spoken}}


@bp.get("/status")
def status() -> Response:
    """The line now; what the page asks for where event streams do not get through."""
    return jsonify(now())


@bp.get("/events")
def events() -> tuple[Response, int]:
    """Answered on the event loop by `web.events`; here only when there is none."""
    answer = jsonify(
        error="Service Unavailable",
        message="No event streams on this server; ask /api/v1/status instead.",
        status=503,
    )
    answer.headers["Retry-After"] = "30"
    return answer, 503
