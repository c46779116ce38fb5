"""The doors: claim the box once, log in, log out."""

import time
from typing import Any
from urllib.parse import urlsplit

from flask import (
    Blueprint,
    Response,
    current_app,
    g,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue

from firmware.archive.users import PASSWORD_LENGTH, User
from firmware.errors import AccessError
from web import audit, house, tries
from web.i18n import N_, _
from web.security import accounts, cookie_name, limiter, token
from web.store import archive

bp = Blueprint("auth", __name__)

#: Where whose password was right waits for the second step: in the form's cookie.
WAITING = "waiting"


#: AccessError.reason -> what a person reads.
CLAIM_PROBLEMS = {
    "code": N_(
        "This is not the code. Look at the screen or the log of the box again; "
        "letters may be typed small, O and 0 or I and 1 count as the same."
    ),
    "too_many": N_("Too many wrong codes. For safety the box waits 15 minutes."),
    "name": N_("Please write a name of 1 to 64 characters."),
    "password": N_("Please choose a password of 8 to 256 characters."),
}


def _wrong(response: Response) -> bool:
    return response.status_code == 401


#: Only what was wrong counts.
_OF_WRONG: dict[str, Any] = {"methods": ["POST"], "deduct_when": _wrong}


@bp.route("/claim", methods=["GET", "POST"])
def claim() -> ResponseReturnValue:
    """Make the first visitor with the printed code the owner."""
    if accounts().claimed:
        return redirect(url_for("auth.login"))
    problems: list[str] = []
    # A link printed at the box may carry the code.
    form = {key: request.values.get(key, "") for key in ("code", "name")}
    if request.method == "POST":
        problems, done = _claim(form)
        if done:
            return done
    page = render_template(
        "auth/claim.html", problems=problems, form=form, shortest=PASSWORD_LENGTH.start
    )
    return page, 422 if problems else 200


def _claim(form: dict[str, str]) -> tuple[list[str], Response | None]:
    password = request.form.get("password", "")
    if password != request.form.get("again", ""):
        return [_("The two passwords differ.")], None
    try:
        user = accounts().claim(form["code"], form["name"], password)
    except AccessError as error:
        if error.reason == "claimed":
            return [], _to(url_for("auth.login"))
        return [_(CLAIM_PROBLEMS.get(error.reason, str(error)))], None
    audit.came_in(user.name)
    first = "home.index" if house.is_set_up() else "first.index"
    return [], let_in(accounts().open(user, _agent()), url_for(first))


@bp.route("/login", methods=["GET", "POST"])
@limiter.limit(tries.PER_ADDRESS, key_func=tries.address, **_OF_WRONG)
@limiter.limit(tries.PER_ACCOUNT, key_func=tries.account, **_OF_WRONG)
@limiter.limit(tries.OF_STRANGERS, key_func=tries.anybody, **_OF_WRONG)
def login() -> ResponseReturnValue:
    """Let somebody in who knows name and password."""
    if g.user is not None:
        return redirect(inside(request.args.get("next")))
    if not accounts().claimed:
        return redirect(url_for("auth.claim"))
    problem = None
    if request.method == "POST":
        name, password = request.form.get("name", ""), request.form.get("password", "")
        user = accounts().right(name, password)
        if user is not None:
            where = inside(request.form.get("next"))
            return _second_step(user, where) or come_in(user, where)
        audit.refused("log_in")
        problem = _("Name or password is wrong.")
    page = render_template(
        "auth/login.html",
        problem=problem,
        note=_("You are logged out.") if "left" in request.args else None,
        form={"name": request.form.get("name", "")},
        next=inside(request.values.get("next")),
    )
    return page, 401 if problem else 200


def _second_step(user: User, where: str) -> Response | None:
    """Send somebody on to the second step, if they have a second factor."""
    if not archive().factors.has(user.id):
        return None
    session[WAITING] = [user.id, time.time(), where]
    return _to(url_for("second.step"))


def come_in(user: User, where: str) -> Response:
    """Open a session for somebody who has proved who they are."""
    session.pop(WAITING, None)
    audit.came_in(user.name)
    response = let_in(accounts().open(user, _agent()), where)
    tries.remember(response, user.name)
    return response


@bp.post("/logout")
def logout() -> ResponseReturnValue:
    """End the session here and on the server."""
    accounts().log_out(token() or "")
    response = _to(url_for("auth.login", left=""))
    name, secure = cookie_name(request.is_secure), request.is_secure
    response.delete_cookie(name, httponly=True, samesite="Strict", secure=secure)
    return response


def _agent() -> str:
    return request.user_agent.string


def let_in(opened: str, where: str) -> Response:
    """Redirect with the session's cookie, which ends with the browser's session."""
    response = _to(where)
    secure = request.is_secure
    name = cookie_name(secure)
    response.set_cookie(name, opened, httponly=True, samesite="Strict", secure=secure)
    return response


def _to(where: str) -> Response:
    made: Response = current_app.make_response(redirect(where, 303))
    return made


def inside(where: str | None, *, programs: bool = False) -> str:
    """Return a path of this box; anything else becomes the start page.

    With `programs` a file may be it, which /api/ hands out.
    """
    parts = urlsplit(where or "")
    plain = (where or "").isprintable() and "\\" not in (where or "")
    if parts.scheme or parts.netloc or not parts.path.startswith("/") or not plain:
        return url_for("home.index")
    closed = ("//", "/login", "/claim", "/again", *(() if programs else ("/api/",)))
    if parts.path.startswith(closed):
        return url_for("home.index")
    return parts.path + (f"?{parts.query}" if parts.query else "")
