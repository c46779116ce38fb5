"""The first steps on a new box: each may be left out, left and taken up again.

What is done is read from the box itself; only what was left out is noted.
"""

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, Flask, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from firmware.archive.choices import TAKEN_BACK
from firmware.errors import StoreError
from firmware.service import status
from firmware.service.settings import choice_problem
from web import access, house, i18n, live, lock
from web.i18n import N_, _
from web.store import archive

bp = Blueprint("first", __name__, url_prefix="/first")

#: Choices that are none of the settings: what was left out, seen, ended.
SKIPPED, SEEN, ENDED = "first.skipped", "first.line", "first.ended"
#: A handset or a ring shows in these phases of the line.
STILL = frozenset({"", "idle", "starting", "line_cut", "stopped"})
#: A clock of the visitor's that differs by more is told, s.
CLOCK_OFF_S = 90.0


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what it is for, where it is done, what leaving it out means."""

    id: str
    icon: str
    title: str
    gist: str
    without: str
    endpoint: str
    permission: str = "settle"


STEPS = (
    Step(
        "box",
        "brand",
        N_("Name, language, clock"),
        N_("What the box is called, and whether its clock is right."),
        N_("It is called Linekeeper."),
        "first.box",
    ),
    Step(
        "recording",
        "shield",
        N_("What is recorded"),
        N_("Who you are, where, what for, how long, how people are told."),
        N_("Calls are listed, without sound."),
        "setup.index",
    ),
    Step(
        "line",
        "phone",
        N_("The telephone line"),
        N_("Lift the handset: the box says that it sees it."),
        N_("Nobody knows yet whether calls are noticed."),
        "first.line",
    ),
    Step(
        "lock",
        "lock",
        N_("Passphrase and recovery key"),
        N_("So that whoever steals the box hears nothing."),
        N_("Whoever takes the box or its card can hear everything."),
        "lock.index",
        "rule",
    ),
    Step(
        "backup",
        "disk",
        N_("A copy elsewhere"),
        N_("A USB disk in another room is enough."),
        N_("If this box burns, is stolen or breaks, its recordings are gone."),
        "backup.index",
        "rule",
    ),
    Step(
        "people",
        "person",
        N_("A second person"),
        N_("Somebody who can get in when you cannot."),
        N_("If you forget your password, nobody can let you in."),
        "logins.index",
        "rule",
    ),
)


@dataclass(frozen=True, slots=True)
class Stand:
    """A step and how it stands: done, skipped or open."""

    step: Step
    state: str


def install(app: Flask) -> None:
    """Let pages offer the way back to the first steps while they are not over."""
    app.jinja_env.globals.update(first_steps=going_on)


def going_on() -> bool:
    """Say whether whoever is logged in is still setting up."""
    if g.get("user") is None or not access.may("rule"):
        return False
    try:
        chosen = archive().choices.all()
    except StoreError:
        return False
    begun = SKIPPED in chosen
    return begun and not chosen.get(ENDED, False)


def stands() -> list[Stand]:
    """Return every step with how it stands, as the box has it."""
    chosen = archive().choices.all()
    skipped = chosen.get(SKIPPED, [])
    done = {
        "box": "box.name" in chosen or bool(chosen.get("first.box")),
        "recording": house.is_set_up(),
        "line": bool(chosen.get(SEEN)),
        "lock": lock.keyring().mode == "closed",
        "backup": bool(house.settings().backup.target),
        "people": len(archive().users.list()) > 1,
    }
    return [
        Stand(
            step,
            "done" if done[step.id] else "skipped" if step.id in skipped else "open",
        )
        for step in STEPS
        if access.may(step.permission)
    ]


@bp.get("")
def index() -> str:
    """All steps, how far it is, and the next one."""
    if SKIPPED not in archive().choices.all():
        _note({SKIPPED: []})
    found = stands()
    return render_template(
        "first/index.html",
        stands=found,
        done=sum(stand.state != "open" for stand in found),
        next=next((stand.step for stand in found if stand.state == "open"), None),
    )


@bp.post("/skip/<step>")
def skip(step: str) -> ResponseReturnValue:
    """Leave a step out, or take it up again."""
    skipped = [one for one in archive().choices.get(SKIPPED, []) if one != step]
    if "again" not in request.form and step in {one.id for one in STEPS}:
        skipped.append(step)
    _note({SKIPPED: skipped})
    return redirect(url_for("first.index"), 303)


@bp.post("/end")
def end() -> ResponseReturnValue:
    """That is enough; the pages are found under Box and Consent."""
    _note({ENDED: True})
    return redirect(url_for("home.index"), 303)


@bp.route("/box", methods=["GET", "POST"])
def box() -> ResponseReturnValue:
    """Name, language and clock."""
    problem, name = "", house.settings().box.name
    if request.method == "POST":
        name = " ".join(request.form.get("name", "").split())
        if not choice_problem("box.name", name):
            same = name == house.base().box.name
            _note({"box.name": TAKEN_BACK if same else name, "first.box": True})
            return redirect(url_for("first.index"), 303)
        problem = _("Please write a name of 1 to 60 characters.")
    state = status.read(house.base().status_path) or {}
    here = datetime.fromtimestamp(house.now()).astimezone()
    page = render_template(
        "first/box.html",
        name=name,
        problem=problem,
        clock=str(state.get("clock", "")),
        here=here,
        zone=here.tzname(),
        now=house.now(),
        languages=i18n.LANGUAGES,
    )
    return page, 422 if problem else 200


@bp.get("/line")
def line() -> str:
    """Whether a lifted handset is seen."""
    now = live.here()
    seen = bool(archive().choices.get(SEEN))
    if not seen and now["line"]["phase"] not in STILL:
        _note({SEEN: True})
        seen = True
    return render_template(
        "first/line.html",
        line=now["line"],
        running=now["recorder"] == "running",
        seen=seen,
        source=house.base().line.source.partition(":")[0],
    )


def _note(values: dict[str, object]) -> None:
    archive().choices.set(values, g.user.name, house.now())
