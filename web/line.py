"""The card of the line while somebody talks: what to say, and what they answered.

Buttons are forms; each sends one verb to the recorder with the name of who pressed it.
"""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest, Conflict, Forbidden, NotFound

from firmware.errors import ControlError
from firmware.service import control, status
from web import consent_words, house, papers
from web.i18n import N_, _

bp = Blueprint("line", __name__, url_prefix="/line")

PAUSES_MIN = (15, 30, 60)


@dataclass(frozen=True, slots=True)
class Button:
    """One thing to tell the recorder."""

    verb: str
    words: str
    icon: str
    tone: str = ""


BUTTONS = {
    "informed": Button("informed", N_("I have told them"), "answered", "main"),
    "agreed": Button("agreed", N_("They said yes"), "answered", "main"),
    "refused": Button("refused", N_("No, stop"), "failed", "bad"),
    "withdraw": Button("withdraw", N_("They say stop"), "failed", "bad"),
    "third_party": Button("third_party", N_("Somebody joined"), "person"),
    "resume": Button("resume", N_("Record again"), "live", "main"),
    "record": Button("record", N_("Record"), "live", "main"),
    "stop": Button("stop", N_("Stop recording"), "muted"),
    "pause": Button("pause", N_("Pause"), "pause"),
    "threat": Button("threat", N_("It is a threat"), "warning", "quiet"),
}
#: recording state -> the verbs that mean something in it; `confirm` is the one asked.
VERBS = {
    "asking": ("confirm", "refused", "threat"),
    "asking_again": ("confirm", "refused"),
    "telling": ("informed", "refused"),
    "unannounced": ("informed", "refused"),
    "announcing": ("refused",),
    "announcing_again": ("refused",),
    "provisional": ("refused",),
    "committed": ("withdraw", "third_party"),
    "paused": ("resume", "withdraw"),
    "denied": ("record",),
}
#: States in which a person may need words to say.
SPEAKING = frozenset(("asking", "asking_again", "telling", "unannounced"))
#: States that make people ask why.
EXPLAINED = SPEAKING | {"denied"}
#: States without anything to do or to know.
QUIET = frozenset(("idle", "ringing", "closed"))
#: Reasons a button can do something about.
BY_HAND = frozenset(("out_of_scope",))


def key_of(line: dict[str, Any]) -> str:
    """Return what the card depends on; the page fetches it anew when this changes."""
    names = ("call_id", "consent_state", "consent_confirm", "consent_reason",
             "notice_language", "paused_until_utc", "prompt")  # fmt: skip
    return "/".join(str(line.get(name) or "") for name in names)


def card(line: dict[str, Any]) -> dict[str, Any] | None:
    """Return what the card shows of a line's state, or None if there is nothing."""
    state = str(line.get("consent_state") or "")
    said, tone = consent_words.state(state)
    if not line.get("call_id") or not said or state in QUIET:
        return None
    confirm = str(line.get("consent_confirm") or "informed")
    reason = str(line.get("consent_reason") or "")
    verbs = [confirm if verb == "confirm" else verb for verb in VERBS.get(state, ())]
    if "record" in verbs and reason not in BY_HAND:
        verbs = []
    inforce = house.settings()
    code = str(line.get("notice_language") or inforce.consent.notice_language)
    language = papers.texts().languages.get(code) or papers.texts().language("en")
    speaking = state in SPEAKING
    kind: Any = "question" if confirm == "agreed" else "script"
    return {
        "said": said,
        "tone": tone,
        "reason": consent_words.reason(reason) if state in EXPLAINED else "",
        "buttons": [BUTTONS[verb] for verb in verbs if verb in BUTTONS],
        "pauses": PAUSES_MIN if state == "committed" else (),
        "paused_until_utc": line.get("paused_until_utc") if state == "paused" else None,
        "prompt": bool(line.get("prompt")),
        "script": papers.notice(inforce, kind, language.code) if speaking else "",
        "speaking": speaking,
        "language": language,
    }


def current() -> dict[str, Any] | None:
    """Return the card of the first line as it is now."""
    told = status.read(house.base().status_path)
    lines = told.get("lines") if isinstance(told, dict) else None
    if not lines or (g.user.lines and lines[0].get("id") not in g.user.lines):
        return None
    return card(lines[0])


@bp.get("/card")
def show() -> str:
    """The card alone; what the page fetches when something changes."""
    return render_template("calls/_script.html", card=current())


@bp.post("/<verb>")
def tell(verb: str) -> ResponseReturnValue:
    """Send a verb to the recorder, with who pressed the button."""
    if verb not in BUTTONS:
        raise NotFound()
    if g.user.lines and house.base().line.id not in g.user.lines:
        raise Forbidden(_("This is not your line."))
    fields: dict[str, Any] = {}
    if verb == "pause":
        minutes = request.form.get("minutes", "")
        if minutes not in map(str, PAUSES_MIN):
            raise BadRequest(_("Please choose how long to pause."))
        fields["minutes"] = int(minutes)
    send(verb, **fields)
    back = "overview.index" if request.form.get("from") == "overview" else "home.index"
    return redirect(url_for(back), 303)


def send(verb: str, **fields: Any) -> None:
    """Send a verb to the recorder, with who asks; Conflict if it does not do it."""
    try:
        control.send(house.base().socket_path, verb, by=g.user.name, **fields)
    except ControlError as error:
        raise Conflict(
            _("The recorder did not do it: %(error)s", error=error)
        ) from error
