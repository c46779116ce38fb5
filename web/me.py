"""Whoever is logged in: where else they are, their password, what they may do."""

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from firmware.archive.sessions import Session
from firmware.archive.users import PASSWORD_LENGTH
from firmware.errors import AccessError
from web import access, agents, house
from web.auth import CLAIM_PROBLEMS, let_in
from web.i18n import N_, _
from web.security import accounts
from web.store import archive

bp = Blueprint("me", __name__, url_prefix="/me")

#: role -> its name.
ROLES = {
    "owner": N_("Owner"),
    "manager": N_("Manager"),
    "agent": N_("Agent"),
    "reviewer": N_("Reviewer"),
    "auditor": N_("Auditor"),
}


@bp.get("")
def index() -> str:
    """The account of whoever is logged in."""
    return _page("", "done" in request.args)


def _page(problem: str, done: bool) -> str:
    mine = alive(archive().sessions.list(g.user.id), house.now())
    return render_template(
        "box/me.html",
        sessions=[(s, agents.told(s.user_agent), s.key == g.session.key) for s in mine],
        role=_(ROLES[g.user.role]),
        may_do=[
            _(told)
            for name, told in access.PERMISSIONS.items()
            if access.permits(g.user.role, name)
        ],
        shortest=PASSWORD_LENGTH.start,
        problem=problem,
        done=done,
    )


def alive(sessions: list[Session], now_utc: float) -> list[Session]:
    """Return the sessions that are still good."""
    idle_s = 60 * accounts().rules.idle_min
    return [
        session
        for session in sessions
        if now_utc - session.seen_utc < idle_s and now_utc < session.expires_utc
    ]


@bp.post("/sessions/<key>/end")
def end(key: str) -> ResponseReturnValue:
    """End one of my sessions: another browser is logged out."""
    if key not in [session.key for session in archive().sessions.list(g.user.id)]:
        raise NotFound(_("This log-in is over already."))
    archive().sessions.revoke(key)
    return redirect(url_for("me.index"), 303)


@bp.post("/sessions/end")
def end_others() -> ResponseReturnValue:
    """End all my sessions but this one."""
    for session in archive().sessions.list(g.user.id):
        if session.key != g.session.key:
            archive().sessions.revoke(session.key)
    return redirect(url_for("me.index"), 303)


@bp.post("/password")
def password() -> ResponseReturnValue:
    """Choose a new password; every session ends but a new one here."""
    fresh = request.form.get("new", "")
    if fresh != request.form.get("again", ""):
        return _page(_("The two passwords differ."), False), 422
    try:
        archive().users.set_password(g.user.id, fresh)
    except AccessError as error:
        return _page(_(CLAIM_PROBLEMS.get(error.reason, str(error))), False), 422
    token = accounts().open(g.user, request.user_agent.string)
    return let_in(token, url_for("me.index", done=1))
