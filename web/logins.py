"""Who has a log-in: add, change the role or the lines, a new password, remove."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest, Conflict, NotFound

from firmware.archive.users import PASSWORD_LENGTH, ROLES, Role, User
from firmware.errors import AccessError
from web import access, house, me, words
from web.auth import CLAIM_PROBLEMS
from web.i18n import N_, _
from web.store import archive

bp = Blueprint("logins", __name__, url_prefix="/box/people")

#: role -> what it is for, in a sentence.
MEANT = {
    "owner": N_("Everything. There is one, made when the box was claimed."),
    "manager": N_("All calls, and what is recorded and kept. Not keys and people."),
    "agent": N_("Calls of their own lines: hear, note, star, throw away."),
    "reviewer": N_("Hears calls and changes nothing."),
    "auditor": N_("What is known of calls, and who did what. No sound."),
}
LONGEST = 200


@bp.get("")
def index() -> str:
    """Everybody who has a log-in, and a form for one more."""
    return _page("")


def _page(problem: str, form: dict[str, str] | None = None) -> str:
    kept = archive()
    now = house.now()
    rows = [
        (
            user,
            _(me.ROLES[user.role]),
            me.alive(kept.sessions.list(user.id), now),
            kept.factors.has(user.id),
        )
        for user in kept.users.list()
    ]
    return render_template(
        "box/logins.html",
        rows=rows,
        roles=[(role, _(me.ROLES[role]), _(MEANT[role])) for role in ROLES],
        line=house.base().line.id,
        shortest=PASSWORD_LENGTH.start,
        problem=problem,
        form=form or {"name": "", "role": "agent", "lines": ""},
    )


@bp.post("")
def add() -> ResponseReturnValue:
    """Give somebody a log-in."""
    form = {key: words.clean(request.form.get(key)) for key in ("name", "role")}
    form["lines"] = request.form.get("lines", "")[:LONGEST]
    try:
        archive().users.add(
            form["name"],
            request.form.get("secret", ""),
            _role(form["role"]),
            house.now(),
            _lines(form["lines"]),
        )
    except AccessError as error:
        told = CLAIM_PROBLEMS.get(error.reason)
        if "exists" in str(error):
            told = N_("Somebody has that name already.")
        return _page(_(told) if told else str(error), form), 422
    return redirect(url_for("logins.index"), 303)


@bp.post("/<int:user_id>")
def change(user_id: int) -> ResponseReturnValue:
    """Give somebody another role or other lines; it counts at once."""
    user = _get(user_id)
    role = _role(request.form.get("role", ""))
    lines = _lines(request.form.get("lines", "")[:LONGEST])
    archive().users.change(user.id, role, lines)
    return redirect(url_for("logins.index"), 303)


@bp.post("/<int:user_id>/password")
def password(user_id: int) -> ResponseReturnValue:
    """Choose a password for somebody who has forgotten theirs; log-ins end."""
    try:
        archive().users.set_password(_get(user_id).id, request.form.get("secret", ""))
    except AccessError as error:
        return _page(_(CLAIM_PROBLEMS.get(error.reason, str(error)))), 422
    return redirect(url_for("logins.index"), 303)


@bp.post("/<int:user_id>/end")
def end(user_id: int) -> ResponseReturnValue:
    """Log somebody out everywhere."""
    archive().sessions.revoke_all(_get(user_id).id)
    return redirect(url_for("logins.index"), 303)


@bp.post("/<int:user_id>/second")
def reset_second(user_id: int) -> ResponseReturnValue:
    """Take the second factors from somebody who has lost them; log-ins end."""
    user = _get(user_id)
    archive().factors.reset(user.id)
    archive().sessions.revoke_all(user.id)
    return redirect(url_for("logins.index"), 303)


@bp.post("/<int:user_id>/remove")
def remove(user_id: int) -> ResponseReturnValue:
    """Take a log-in away, at once."""
    archive().users.remove(_get(user_id).id)
    return redirect(url_for("logins.index"), 303)


def _get(user_id: int) -> User:
    user = archive().users.get(user_id)
    if user is None:
        raise NotFound(_("There is nobody like that on the list."))
    if user.role == "owner":
        raise Conflict(_("The owner’s own log-in is changed on the page “You”."))
    return user


def _role(text: str) -> Role:
    for role in ROLES[1:]:
        if role == text and role in access.ROLES:
            return role
    raise BadRequest(_("Please choose from the list."))


def _lines(text: str) -> list[str]:
    """Return the lines somebody named, by commas; none means all."""
    return list(dict.fromkeys(t for t in map(words.clean, text.split(",")) if t))
